"""The archive is bounded: the oldest requests go, with the events that they were the first to bring."""

from dataclasses import replace

import pytest
import requests

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.archive import MAX_OF_PROGRAMS
from braze_qt.sandbox.server import Limits

from .bodies import ADA, DESKTOP, T0, body, custom, start
from .limited import sandbox_with


@pytest.mark.parametrize("limits", [Limits(of_programs=replace(MAX_OF_PROGRAMS, requests=3))])
def test_the_oldest_requests_are_dropped_with_their_events(post, sandbox):
    for number in range(5):
        post(body(start(T0 + number, number, ADA), device=DESKTOP))
    assert [each["id"] for each in sandbox.api("requests")["requests"]] == [3, 4, 5]
    assert [each["time"] for each in sandbox.api("events")["events"]] == [T0 + 2, T0 + 3, T0 + 4]
    assert sandbox.api("users")["users"][0]["first_used"] == T0 + 2


@pytest.mark.parametrize("limits", [Limits(of_programs=replace(MAX_OF_PROGRAMS, bytes=50_000))])
def test_requests_beyond_the_byte_limit_are_dropped(post, sandbox):
    for number in range(5):
        post(body(custom(T0 + number, "x" * 15_000)))
    assert len(sandbox.api("requests")["requests"]) == 3
    post(b" " * 60_000)
    assert sandbox.api("requests")["requests"] == []
    assert sandbox.api("users")["users"] == []


def test_the_limits_hold_across_restarts(tmp_path):
    limits = Limits(of_programs=replace(MAX_OF_PROGRAMS, requests=2))
    for expected in (1, 2, 2):
        with sandbox_with(limits, data=tmp_path) as sandbox:
            requests.post(f"{sandbox.url}/api/v3/data", json=body(), timeout=30)
            assert len(sandbox.api("requests")["requests"]) == expected


def test_a_foreign_file_is_reported_and_left_unchanged(tmp_path):
    file = tmp_path / "sandbox.sqlite3"
    file.write_bytes(b"letters to my grandmother " * 100)
    with pytest.raises(OSError, match=r"sandbox\.sqlite3"):
        Sandbox(data=tmp_path)
    assert file.read_bytes().startswith(b"letters")
