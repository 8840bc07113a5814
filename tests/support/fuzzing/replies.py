"""Arbitrary replies: what is read, what is believed, and what is done next."""

from __future__ import annotations

import gzip
import json
import math
import os
from contextlib import closing
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from braze_qt._platform.clock import Instant, SystemClock
from braze_qt._protocol.payload import read_reply
from braze_qt._protocol.response import LONGEST_WAIT, Kind, Outcome, retry_after_seconds
from braze_qt._protocol.server_config import ServerConfig, read_config, restored
from braze_qt._upload.policy import Send, SendPolicy, Wait
from braze_qt._upload.transport import Transport, read_answer
from braze_qt.content_cards import _cards
from tests.support.fuzzing.calls import watched
from tests.support.loopback import Loopback, cut
from tests.support.network.faults import CONFIG_NAMES
from tests.support.strange import KEY, MARK, Door, plain

json_values = plain.filter(lambda value: _json(value) is not None)
json_text = st.text('{}[]":,\\0123456789eE.-+nulltrue \n', max_size=60).map(str.encode)
configs = st.fixed_dictionaries(
    {},
    optional={
        name: json_values | st.fixed_dictionaries({}, optional=dict.fromkeys(inside, json_values))
        for name, inside in CONFIG_NAMES.items()
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "error": json_values,
        "auth_error": json_values | st.fixed_dictionaries({"error_code": json_values, "reason": json_values}),
        "config": configs | json_values,
    },
)
statuses = st.integers(0, 1000) | st.sampled_from([200, 201, 204, 400, 401, 413, 429, 503])


def _json(value: Any) -> bytes | None:
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError):
        return None


def assert_fit_to_show(words: str) -> None:
    """Words of a server end in logs and on screens."""
    words.encode()
    assert words.isprintable(), repr(words)
    assert len(words) < 500


def replies(content: bytes, status: int, header: str) -> None:
    """Every reply means one thing, and no reply silences us or lets us ask without end."""
    wait = retry_after_seconds(header, 1.8e9)
    assert 0 <= wait <= 3_600
    answer = read_reply(content)
    outcome, _ = read_answer(status, content, wait)
    assert_fit_to_show(outcome.words)
    assert_fit_to_show(outcome.said)
    assert MARK not in outcome.words, "a server's word is told"
    assert outcome.kind is not Kind.ACCEPTED or (200 <= status < 300 and answer and not answer.error)
    config = answer.reply.get("config") if answer else None
    if isinstance(config, dict):
        server = read_config(config, ServerConfig(), 1.8e9) or ServerConfig()
        assert 1 <= server.min_sleep <= server.max_sleep <= LONGEST_WAIT
        assert restored(json.loads(server.text())) == server, "as it is stored"
        _obey(server, outcome)


nested = st.builds(
    lambda opened, count, inside, closed: opened * count + inside + closed * count,
    st.sampled_from([b"[", b'{"error":', b'[{"":[', b'["\\\\",[', b'"[', b"\xff\xfe[\0"]),
    st.sampled_from([1, 30, 200, 5_000, 150_000]),
    st.sampled_from([b"", b"1", b'"\\"["', b'"', b"{},[],"]),
    st.sampled_from([b"]", b"}", b"]}]", b""]),
)
REPLIES = Door(
    replies,
    (st.binary(max_size=300) | json_text | bodies.map(_json) | nested, statuses, st.text(max_size=40)),
)


card_ids = st.sampled_from(["a", "b", "c", ""])
card_values = json_values | st.sampled_from(
    [*_cards.KINDS, True, 1, "https://a/", "java\tscript:0", MARK * 3_000, -1]
)
cards = st.fixed_dictionaries(
    {"id": card_ids | json_values, "tp": st.sampled_from(list(_cards.KINDS)) | json_values},
    optional=dict.fromkeys(sorted((_cards.WIRE_KEYS - {"id", "tp"}) | {"r"}), card_values),
)
card_bodies = st.fixed_dictionaries(
    {"cards": st.lists(cards | json_values, max_size=6) | json_values},
    optional={"full_sync": st.booleans() | json_values, **dict.fromkeys(_cards.TIMES, json_values)},
)


def content_cards(contents: list[bytes | None], dismissed: str) -> None:
    """Replies to questions for cards leave whole cards that can be stored, shown and asked for again."""
    kept: Any = None
    for content in contents:
        answer = read_reply(content or b"")
        if answer is None:
            continue
        kept = _cards.merged(answer.reply, kept).get(_cards.KEY, kept)
        if kept is None:
            continue
        stored = json.dumps(kept)
        found = _cards.read_kept({_cards.KEY: json.loads(stored)})
        assert found is not None, "it cannot be read again"
        assert found.cards.keys() <= {each["id"] for each in kept["cards"]}
        assert len(kept["cards"]) <= _cards.MOST_CARDS
        assert all(len(json.dumps(each)) <= _cards.MOST_BYTES for each in kept["cards"])
        for card in found.cards.values():
            "".join(
                (card.id, card.title, card.text, card.link, card.alt_text, *card.extras.values())
            ).encode()
            assert not card.link.replace("\t", "").lower().startswith("javascript:")
            assert card.image_url.startswith(("https://", "http://")) or not card.image_url
            assert MARK not in repr(card).replace(card.id, ""), "what a card says is told"
        assert {card.id for card in _cards.feed(found.cards.values(), 1.8e9).ordered} <= found.cards.keys()
        assert json.dumps(_cards.request_fields(kept))
        kept = _cards.marked(kept, {dismissed: frozenset({"dismissed"})})
        assert dismissed not in (_cards.read_kept({_cards.KEY: kept}) or found).cards


CARD_REPLIES = Door(
    content_cards,
    (st.lists(st.binary(max_size=100) | json_text | card_bodies.map(_json), max_size=4), card_ids),
)


def _obey(server: ServerConfig, outcome: Outcome) -> None:
    delivery = SendPolicy(10.0, server)
    at = 0.0
    for _ in range(20):
        decision = delivery.next(waiting=True, now=Instant(at, at, at))
        if isinstance(decision, Send):
            assert decision.max_events >= 1
            delivery.digest(outcome, 1, Instant(at, at, at), more=False)
        else:
            assert isinstance(decision, Wait)
            assert at < decision.until <= at + LONGEST_WAIT + 0.001
            at = decision.until


MARKED = f"{MARK} {KEY}".encode()
heads = st.sampled_from(
    [
        b"HTTP/1.1 201 Created\r\n",
        b"HTTP/1.1 201 " + MARKED + b"\r\n",
        b"HTTP/1.1 " + MARKED + b"\r\n",
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.1 302 Found\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        b"HTTP/1.1 100 Continue\r\n" + MARKED + b"\r\n\r\nHTTP/1.1 201 Created\r\n",
        b"",
    ]
)
names = st.sampled_from(
    [
        b"Content-Length",
        b"Transfer-Encoding",
        b"Content-Encoding",
        b"Content-Type",
        b"Location",
        b"Retry-After",
        b"Set-Cookie",
        MARKED,
    ]
)
contents = st.sampled_from(
    [b"2", b"-1", b"chunked", b"gzip", b"gzip, gzip", b"br", b"deflate, gzip", b"//", b"http://[", MARKED]
)
fields = st.lists(
    st.tuples(names | st.binary(max_size=8), contents | st.binary(max_size=20)).map(b": ".join)
    | st.sampled_from([MARKED, b" " + MARKED, b":" + MARKED, b"X: " + b"y" * 60_000]),
    max_size=4,
).map(lambda lines: b"".join(line + b"\r\n" for line in lines) + b"\r\n")
ends = st.sampled_from(
    [
        b"{}",
        MARKED,
        b'{"error":"' + MARKED + b'"}',
        b'{"auth_error":{"error_code":22,"reason":"' + MARKED + b'"}}',
        MARKED + b"\r\n{}\r\n0\r\n\r\n",
        b"2;" + MARKED + b"\r\n{}\r\n0\r\n" + MARKED + b"\r\n\r\n",
        b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 200_000,
        gzip.compress(b"{}"),
        gzip.compress(gzip.compress(bytes(50 * 2**20))),
    ]
)
conversations = st.tuples(heads, fields, st.binary(max_size=60) | ends).map(b"".join)
addresses = st.builds(
    lambda scheme, user, password, rest: f"{scheme}{user}:{password}{rest}",
    st.sampled_from(["http://", "https://", "socks5://", "//", "", "gopher://"]),
    st.sampled_from(["jane", "", MARK]),
    st.lists(st.sampled_from([MARK, "#", "/", "?", "\\", " ", "%", "@", ":", "[", "]", "\u20ac", "1"])).map(
        "".join
    ),
    st.sampled_from(["@127.0.0.1:1", "@127.0.0.1:port", "@[::1", "@", ""]),
)


def _post(url: str) -> tuple[Outcome, Any]:
    with watched(), closing(Transport(url, SystemClock().now)) as transport:
        outcome, reply = transport.post(b"{}", {})
    assert isinstance(outcome.kind, Kind)
    assert_fit_to_show(outcome.words)
    assert not any(secret in outcome.words for secret in (MARK, KEY)), f"a secret is told: {outcome.words}"
    return outcome, reply


def wire(server: Loopback) -> Door:
    """Arbitrary bytes from a real socket."""

    def test(content: bytes) -> None:
        server.replies.append(cut(content))
        outcome, reply = _post(server.url)
        server.replies.clear()
        assert 0 <= outcome.retry_after <= 3_600
        assert math.isfinite(outcome.retry_after)
        assert (reply is not None) is (outcome.kind is Kind.ACCEPTED)

    return Door(test, (st.binary(max_size=200) | conversations,))


def proxy(server: Loopback) -> Door:
    """Arbitrary bytes from a proxy."""

    def test(content: bytes) -> None:
        server.replies.append(cut(content))
        with mock.patch.dict(os.environ, {"HTTPS_PROXY": f"http://jane:{MARK}@127.0.0.1:{server.port}"}):
            outcome, _ = _post("https://127.0.0.1:9/")
        server.replies.clear()
        assert outcome.kind is Kind.RETRY

    return Door(test, (st.binary(max_size=200) | conversations,))


def _address(address: str) -> None:
    with mock.patch.dict(os.environ, {"HTTPS_PROXY": address, "NO_PROXY": "jane"}):
        assert _post("https://127.0.0.1:9/")[0].kind in (Kind.RETRY, Kind.OFFLINE)


ADDRESSES = Door(_address, (addresses,))
