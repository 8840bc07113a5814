"""Any input gets an answer in JSON and no traceback, and the pages can still be shown."""

import contextlib
import http.client
import json
import logging
import socket
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.cards import KEYS
from braze_qt.sandbox.flags import TYPES
from braze_qt.sandbox.profiles import RULES

from .bodies import ADA, T0, body, start

strings = st.text(max_size=20) | st.sampled_from(
    ["", "ss", "se", "ce", "ffi", "ccd", "\ud800", "\x00", "<b>", "..", "a/b"]
)
numbers = (
    st.integers() | st.floats() | st.sampled_from([10**400, -1, 0, 1e308, 5e-324, 253402300800, -62135596801])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
    max_leaves=10,
)


def mostly(usual: st.SearchStrategy) -> st.SearchStrategy:
    """The usual thing in three cases of four."""
    return st.one_of(usual, usual, usual, values)


events = st.fixed_dictionaries(
    {
        "name": mostly(strings),
        "time": mostly(numbers),
        "data": mostly(
            st.dictionaries(
                st.sampled_from(["d", "n", "p", "pid", "fid", "fts", "ids"]) | strings, values, max_size=3
            )
        ),
    },
    optional={"session_id": mostly(strings), "user_id": mostly(strings), "alias": values},
)
bodies = st.fixed_dictionaries(
    {
        "api_key": mostly(st.just("key")),
        "device_id": mostly(strings),
        "time": mostly(numbers),
        "events": mostly(st.lists(mostly(events), max_size=4)),
    },
    optional={
        "device": mostly(st.dictionaries(strings, values, max_size=3)),
        "attributes": mostly(st.lists(st.fixed_dictionaries({}, optional={"user_id": values}), max_size=2)),
        "app_version": mostly(strings),
        "respond_with": values
        | st.fixed_dictionaries({"config": st.dictionaries(st.just("config_time"), values)}),
        "user_id": values,
        "last_full_sync_at": values,
        "last_card_updated_at": values,
    },
)

said = mostly(
    numbers
    | strings
    | st.sampled_from(
        [1, -0.5, 10**308, "x", ["x"], {"b": {"c": None}}, {"b": 1}, "EUR", "1.00", "subscribed"]
    )
)
said_of_user = st.dictionaries(
    st.sampled_from(["key", "value", "latitude", "longitude", "altitude", "a", "l", "group_id", "status"])
    | st.sampled_from(["pid", "c", "p", "q", "pr"]),
    said,
)
bodies_of_user = st.builds(
    lambda events, attributes: body(*events, attributes=attributes),
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.sampled_from([*RULES, "ce", "se"]),
                "time": st.sampled_from([T0, T0 + 1]) | st.floats(allow_nan=False, allow_infinity=False),
                "data": said_of_user | said_of_user.map(lambda said: {"key": "a", "value": 1, **said}),
                "user_id": st.just(ADA),
            }
        ),
        max_size=6,
    ),
    st.lists(
        st.fixed_dictionaries(
            {"user_id": mostly(st.just(ADA))},
            optional={"custom": mostly(st.dictionaries(st.sampled_from("ab"), said)), "email": said},
        ),
        max_size=2,
    ),
)

properties = st.fixed_dictionaries(
    {"type": mostly(st.sampled_from([*TYPES])), "value": values | st.sampled_from(["x", 1, True, {}])}
)
flags = st.fixed_dictionaries(
    {"id": mostly(strings)},
    optional={
        "enabled": mostly(st.booleans()),
        "user": mostly(strings),
        "fts": mostly(strings),
        "properties": mostly(st.dictionaries(strings, mostly(properties), max_size=2)),
    },
)
cards = st.fixed_dictionaries(
    {"id": mostly(strings)}, optional={"user": strings} | dict.fromkeys(KEYS, values | strings)
)

within_reason = settings(suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def long_lived():
    with Sandbox() as sandbox:
        sandbox.api("feature_flags", "PUT", {"id": "a"})
        sandbox.api("content_cards", "PUT", {"id": "a"})
        yield sandbox


@pytest.fixture(autouse=True)
def nothing_failed_inside(caplog):
    yield
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def answer_to(sandbox: Sandbox, raw: bytes, path: str = "data/") -> requests.Response:
    answer = requests.post(f"{sandbox.url}/api/v3/{path}", raw, timeout=30)
    assert answer.headers["Content-Type"] == "application/json"
    assert isinstance(answer.json(), dict)
    return answer


@within_reason
@given(
    st.binary(max_size=200)
    | st.text(alphabet='{}[]":,\\0123456789eE.-+nulltrue \n', max_size=60).map(str.encode)
)
def test_any_bytes_get_a_json_error(long_lived, raw):
    assert answer_to(long_lived, raw).json().keys() == {"error"}


@within_reason
@given(bodies)
def test_any_json_body_gets_a_consistent_answer(long_lived, sent):
    for path in ("data/", "feature_flags/sync", "content_cards/sync"):
        answer = answer_to(long_lived, json.dumps(sent).encode(), path)
        assert (answer.status_code == 201) == ("error" not in answer.json())


@within_reason
@given(st.lists(events.filter(lambda event: isinstance(event["name"], str)), min_size=1, max_size=5))
def test_accepted_events_can_be_shown(long_lived, sent):
    long_lived.api("data", "DELETE")
    answer_to(long_lived, json.dumps(body(*sent)).encode())
    answer_to(long_lived, json.dumps(body(start())).encode())
    features = [f"{begin}/{name}" for name in ("feature_flags", "content_cards") for begin in ("", "/api")]
    for path in ("/", "/api/events", "/api/requests", "/api/figures", *features):
        assert requests.get(long_lived.url + path, timeout=30).status_code == 200
    page = requests.get(long_lived.url, timeout=30).text
    for address in [part.split('"')[0] for part in page.split('href="/users/')[1:]]:
        for path in ("/users/", "/api/users/"):
            assert requests.get(long_lived.url + path + address, timeout=30).status_code == 200


described = {"feature_flags": flags, "content_cards": cards}


@within_reason
@given(st.sampled_from([*described]).flatmap(lambda name: st.tuples(st.just(name), mostly(described[name]))))
def test_any_flag_or_card_is_written_or_refused(long_lived, written):
    feature, thing = written
    told = requests.put(f"{long_lived.url}/api/{feature}", json.dumps(thing).encode(), timeout=30)
    assert told.status_code in (200, 400)
    assert (told.status_code == 200) == ("error" not in told.json())
    assert requests.get(f"{long_lived.url}/{feature}", timeout=30).status_code == 200


def no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


@within_reason
@given(st.lists(bodies_of_user, min_size=1, max_size=3))
def test_any_profile_can_be_shown(long_lived, sent):
    long_lived.api("data", "DELETE")
    for each in sent:
        answer_to(long_lived, json.dumps(each).encode())
    for user in long_lived.api("users")["users"]:
        address = f"{long_lived.url}/api/users/{quote(user['id'], safe='')}"
        json.loads(requests.get(address, timeout=30).text, parse_constant=no_json)
        assert requests.get(address.replace("/api/", "/"), timeout=30).status_code == 200


@pytest.mark.parametrize(
    "lines",
    [
        [b"POST /api/v3/data HTTP/1.1", b"Host: localhost", b"Content-Length: abc"],
        [b"POST /api/v3/data HTTP/1.1", b"Host: localhost", b"Content-Length: -5"],
        [b"POST /api/v3/data HTTP/1.1", b"Host: localhost", b"Content-Length: 99999999999999999999"],
        [b"POST /api/v3/data HTTP/1.1", b"Host: localhost", b"Transfer-Encoding: chunked", b"", b"zz"],
        [
            b"POST /api/v3/data HTTP/1.1",
            b"Host: localhost",
            b"Transfer-Encoding: chunked",
            b"",
            b"ffffffffff",
        ],
        [b"POST /api/v3/%ff%00%0a\xff HTTP/1.1", b"Host: localhost", b"Content-Length: 0"],
        [b"GET /users/%ff%fe HTTP/1.1", b"Host: localhost"],
        [b"GET /users/" + b"%41" * 25_000 + b" HTTP/1.1", b"Host: localhost"],
        [b"GET / HTTP/1.1", b"Host: localhost", b"Origin: http://[::1"],
        [b"PUT /api/faults HTTP/1.1", b"Host: localhost", b"Origin: http://[::1", b"Content-Length: 0"],
        [b"GET / HTTP/1.1"],
        [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ],
)
def test_malformed_http_requests_do_no_harm(long_lived, capfd, lines):
    connection = http.client.HTTPConnection(long_lived.url.removeprefix("http://"), timeout=10)
    connection.connect()
    with contextlib.suppress(OSError):  # the server may have had enough before the end
        connection.sock.sendall(b"\r\n".join([*lines, b"", b""]))
        connection.sock.shutdown(socket.SHUT_WR)
        while connection.sock.recv(65536):
            pass
    connection.close()
    assert requests.get(f"{long_lived.url}/api/users", timeout=30).status_code == 200
    assert "Traceback" not in "".join(capfd.readouterr())
