"""The archive is bounded: the oldest requests go, with the events that they were the first to bring."""

import pytest
import requests

from braze_qt.sandbox import Sandbox, archive

from .bodies import ADA, DESKTOP, T0, body, custom, start


def test_the_oldest_requests_are_dropped_with_their_events(monkeypatch, post, sandbox):
    monkeypatch.setattr(archive, "MAX_REQUESTS", 3)
    for number in range(5):
        post(body(start(T0 + number, number, ADA), device=DESKTOP))
    assert [each["id"] for each in sandbox.api("requests")["requests"]] == [3, 4, 5]
    assert [each["time"] for each in sandbox.api("events")["events"]] == [T0 + 2, T0 + 3, T0 + 4]
    assert sandbox.api("users")["users"][0]["first_used"] == T0 + 2


def test_requests_beyond_the_byte_limit_are_dropped(monkeypatch, post, sandbox):
    monkeypatch.setattr(archive, "MAX_BYTES", 50_000)
    for number in range(5):
        post(body(custom(T0 + number, "x" * 15_000)))
    assert len(sandbox.api("requests")["requests"]) == 3
    post(b" " * 60_000)
    assert sandbox.api("requests")["requests"] == []
    assert sandbox.api("users")["users"] == []


def test_the_limits_hold_across_restarts(monkeypatch, tmp_path):
    monkeypatch.setattr(archive, "MAX_REQUESTS", 2)
    for expected in (1, 2, 2):
        with Sandbox(data=tmp_path) as sandbox:
            requests.post(f"{sandbox.url}/api/v3/data", json=body(), timeout=30)
            assert len(sandbox.api("requests")["requests"]) == expected


def test_a_foreign_file_is_reported_and_left_unchanged(tmp_path):
    file = tmp_path / "sandbox.sqlite3"
    file.write_bytes(b"letters to my grandmother " * 100)
    with pytest.raises(OSError, match=r"sandbox\.sqlite3"):
        Sandbox(data=tmp_path)
    assert file.read_bytes().startswith(b"letters")
