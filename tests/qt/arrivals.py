"""An application that sends when it is told to, and what arrives of that."""

import socket
import threading
from dataclasses import dataclass, field
from typing import Any

from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from tests.support.loopback import PATIENCE, Loopback, Reply, Request, answer

from .conftest import Install

QUICK = {
    "request_backoff": {"min_sleep_duration_ms": 1_000, "scale_factor": 1},
    "global_request_rate_limit": {"enabled": False},
}
"""What a server says to make retries come soon."""


@dataclass
class Held:
    """A reply that comes once ``go`` is set. ``heard`` tells that the request is there."""

    reply: Reply = field(default_factory=answer)
    heard: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, connection: socket.socket) -> None:
        self.heard.set()
        self.go.wait(PATIENCE)
        self.reply(connection)


def obeyed(**config: Any) -> Reply:
    """An acceptance that brings a configuration along."""
    return answer(body={"config": config})


def refused(code: int = 22, reason: str = "JWT expired") -> Reply:
    """The answer to a signature that does not hold."""
    fault = {"error_code": code, "reason": reason}
    return answer(body={"error": "sdk_auth_error", "auth_error": fault})


def begun(install: Install, server: Loopback, **settings: Any) -> BrazeQt:
    """Installed, without a session yet; sends what is in no hurry when told to."""
    quiet = {"automatic_sessions": False, "flush_interval": 3_600.0, "session_timeout": 3_600}
    return install(server.endpoint, **{**quiet, "app_version": "1.2.3", **settings})


def arrived(qtbot: QtBot, braze: BrazeQt, server: Loopback, count: int = 1) -> list[Request]:
    """Wait until so many requests more, and nothing else, are there and everything was acknowledged."""
    qtbot.waitUntil(lambda: len(server.requests) >= count and braze.pendingCount == 0)
    requests = list(server.requests)
    server.requests.clear()
    assert len(requests) == count
    return requests


def flushed(qtbot: QtBot, braze: BrazeQt, server: Loopback, count: int = 1) -> list[Request]:
    """What a flush sends."""
    assert braze.requestImmediateDataFlush()
    return arrived(qtbot, braze, server, count)


def attributes(requests: list[Request]) -> list[dict[str, Any]]:
    """The attributes of all these requests."""
    return [one for request in requests for one in request.json.get("attributes", [])]


def labels(requests: list[Request]) -> list[tuple[str, str | None]]:
    """The custom events of all these requests: name and user."""
    events = [event for request in requests for event in request.json.get("events", [])]
    return [(event["data"]["n"], event.get("user_id")) for event in events if event["name"] == "ce"]
