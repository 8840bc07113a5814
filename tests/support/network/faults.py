"""What a network can do to a request, and what is to come of each."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from tests.support.loopback import Reply, answer, cut, raw, reset
from tests.support.network import servers
from tests.support.network.servers import Place


@dataclass(frozen=True)
class Fault:
    """A fault and what is to come of it.

    Attributes:
        place: makes the place where it happens.
        states: what ``deliveryState`` says then, one of these: ``idle`` if the events were accepted, while
            all others keep them.
        words: what ``lastOutcome`` says, among others.
        wait: seconds, least and most, until it is tried again by itself.
        slow: seconds until the application gives up, where that is long; 0 where it knows at once.
    """

    name: str
    place: Callable[[], AbstractContextManager[Place]]
    states: tuple[str, ...] = ("waiting",)
    words: str = ""
    wait: tuple[float, float] = (10.0, 30.0)
    slow: float = 0.0


def _date(days: float) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(days=days), usegmt=True)


PORTAL = "<!DOCTYPE html><title>Hotel Wi-Fi</title><form>Please log in</form>"
FULL = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
    b'{"message":"success"}'
)
CHUNKED = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'b\r\n{"message":\r\na\r\n"success"}\r\n0\r\n\r\n'
)
MEANING: dict[int, tuple[str, tuple[float, float]]] = {
    401: ("unauthorised", (300.0, 300.0)),
    403: ("unauthorised", (300.0, 300.0)),
    413: ("waiting", (0.0, 270.0)),  # at once in halves, until one event is alone
}
"""Statuses that mean something of their own: the state, and the wait."""


def _said(name: str, reply: Reply, **expected: Any) -> Fault:
    return Fault(name, lambda: servers.replying(reply), **expected)


def statuses() -> list[Fault]:
    """Every status that is no success, as itself."""
    faults = []
    for status in (*(each for each in HTTPStatus if each >= 300), 418, 451, 499, 520, 599):
        number = int(status)
        reply = raw(b"HTTP/1.1 304 Not Modified\r\n\r\n") if number == 304 else answer(number, "{}")
        state, wait = MEANING.get(number, ("waiting", (10.0, 30.0)))
        faults.append(_said(f"status {number}", reply, states=(state,), words=str(number), wait=wait))
    return faults


def connections() -> list[Fault]:
    """What goes wrong with the connection, before a reply has begun."""
    offline = ("offline",)
    return [
        Fault("refused", servers.nobody, offline, "refused"),
        Fault("refused, TLS", lambda: servers.nobody("https"), offline, "refused"),
        Fault("reset at once", lambda: servers.talking(servers.break_off_at_once), ("waiting", "offline")),
        Fault("reset while the request is read", lambda: servers.talking(servers.break_off)),
        Fault("reset in the TLS handshake", lambda: servers.talking(servers.break_off, "https")),
        Fault("reset after the request", lambda: servers.replying(reset())),
        Fault("closed after the request", lambda: servers.replying(cut())),
        Fault("plain text where TLS is due", lambda: servers.talking(lambda c, _: c.sendall(FULL), "https")),
        Fault("certificate: self-signed", lambda: servers.certified("self-signed"), words="certificate"),
        Fault("certificate: wrong name", lambda: servers.certified("wrong name"), words="match"),
        Fault("certificate: expired", lambda: servers.certified("expired"), words="expired"),
        Fault("proxy asks for a password", lambda: servers.proxied(answer(407, "")), words="407"),
        Fault("proxy is down", servers.dead_proxy, offline),
        Fault("black hole in connect", servers.black_hole, offline, "timed out", slow=5.0),
        Fault(
            "black hole in the TLS handshake",
            lambda: servers.talking(servers.hold, "https"),
            ("waiting",),
            slow=5.0,
        ),
        Fault("black hole in read", lambda: servers.talking(servers.hold), words="timed out", slow=25.0),
        Fault("one byte a second", lambda: servers.talking(servers.trickle), slow=60.0),
    ]


def replies() -> list[Fault]:
    """Replies that are not what they should be."""
    later = (3_600.0, 3_600.0)
    too_large = "too large"
    return [
        *(
            _said(f"reset after {size} bytes of a reply", reset(FULL[:size]))
            for size in (9, 40, 78, len(FULL) - 1)
        ),
        _said("wrong content length: too short", raw(FULL.replace(b"21", b"2"))),
        _said("wrong content length: too long", cut(FULL.replace(b"21", b"22"))),
        _said("wrong content length: negative", cut(FULL.replace(b"21", b"-2")), states=("waiting", "idle")),
        _said("wrong content length: words", cut(FULL.replace(b"21", b"many")), states=("waiting", "idle")),
        _said("gigabyte reply", servers.gigabyte, words=too_large),
        _said("gzip bomb", servers.bomb, words=too_large),
        _said("HTTP/1.0", cut(b"HTTP/1.0 201 Created\r\n\r\n{}"), states=("idle",)),
        _said("keep-alive cut between requests", cut(FULL), states=("idle",)),
        _said("captive portal", answer(200, PORTAL, Content_Type="text/html"), words="not Braze's"),
        _said("empty", answer(200, ""), words="not Braze's"),
        Fault("redirect to another host", lambda: servers.redirecting(302, secure=False), words="302"),
        Fault("redirect by a portal", lambda: servers.redirecting(303, secure=False), words="303"),
        Fault("redirect to plain http", lambda: servers.redirecting(308, secure=True), words="308"),
        _said("Retry-After: 7", answer(503, "{}", Retry_After="7"), wait=(17.0, 37.0)),
        _said("Retry-After in the past", answer(503, "{}", Retry_After=_date(-1))),
        _said("Retry-After in a year", answer(503, "{}", Retry_After=_date(365)), wait=later),
        _said("Retry-After of a year", answer(429, "{}", Retry_After="31536000"), wait=later),
        _said("Retry-After garbage", answer(503, "{}", Retry_After="soon, \t;q=1")),
        _said("Retry-After below nothing", answer(503, "{}", Retry_After="-1e99")),
        _said(
            "unknown key",
            answer(201, {"error": "invalid_api_key"}),
            states=("unauthorised",),
            wait=(300.0, 300.0),
        ),
    ]


def configurations(chance: random.Random, count: int) -> list[Fault]:
    """Acceptances that bring along a configuration full of wrong types."""
    faults = []
    for number in range(count):
        config = {name: _junk(chance) for name in CONFIG_NAMES if chance.random() < 0.9}
        config["time"] = chance.choice([1_000_000_000 + number, _junk(chance)])
        for name in ("request_backoff", "global_request_rate_limit"):
            if chance.random() < 0.7:
                config[name] = {key: _junk(chance) for key in CONFIG_NAMES[name]}
        reply = answer(201, {"config": config})
        faults.append(_said(f"configuration {number}", reply, states=("idle",)))
    return faults


CONFIG_NAMES: dict[str, tuple[str, ...]] = {
    "time": (),
    "events_blacklist": (),
    "attributes_blacklist": (),
    "purchases_blacklist": (),
    "messaging_session_timeout": (),
    "minimum_session_timeout": (),
    "request_backoff": ("min_sleep_duration_ms", "max_sleep_duration_ms", "scale_factor"),
    "global_request_rate_limit": ("enabled", "capacity", "refill_rate"),
}


def _junk(chance: random.Random, depth: int = 0) -> Any:
    numbers = [-1, 0, 2**70, 1e308, float("nan"), float("inf")]
    plain = [None, True, *numbers, "", "ten", "\ud800", "\0", "x" * 5_000]
    nested = [[], {}] if depth > 2 else [[_junk(chance, depth + 1)], {"min": _junk(chance, depth + 1)}]
    return chance.choice(plain + nested)
