"""A file as version 0.1.0 leaves it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from braze_qt._platform.clock import Instant

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE shared (
    one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, user_id TEXT,
    enabled INTEGER, timeout INTEGER, last_stamp REAL NOT NULL);
CREATE TABLE session (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, user_id TEXT, boot_id TEXT NOT NULL,
    started_wall REAL NOT NULL, started_boot REAL NOT NULL, started_awake REAL NOT NULL,
    seen_wall REAL NOT NULL, seen_boot REAL NOT NULL, seen_awake REAL NOT NULL,
    left_wall REAL, left_boot REAL, left_awake REAL);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, user_id TEXT, time REAL NOT NULL,
    size INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, user_id TEXT, time REAL NOT NULL,
    size INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE attributes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, custom INTEGER NOT NULL,
    key TEXT NOT NULL, size INTEGER NOT NULL, value TEXT NOT NULL, UNIQUE (user_id, custom, key));
CREATE TABLE gone (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL);
CREATE TRIGGER last_goes BEFORE DELETE ON outbox WHEN OLD.id = (SELECT max(id) FROM outbox)
    BEGIN INSERT OR REPLACE INTO gone VALUES (1, OLD.id); END;
CREATE TABLE aside (id INTEGER PRIMARY KEY, reason TEXT NOT NULL, event TEXT NOT NULL);
PRAGMA application_id = 1112626225;
PRAGMA user_version = 2;
"""
DEVICE, SESSION = "d0000000-0000-4000-8000-000000000001", "50000000-0000-4000-8000-000000000001"


def left_by_0_1_0(
    folder: Path, *, now: Instant, user_id: str | None = None, enabled: bool | None = None
) -> None:
    """A process was killed in the foreground, with an event and an attribute unsent."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        db.execute("INSERT INTO meta VALUES ('device_id', ?)", (DEVICE,))
        db.execute("INSERT INTO shared VALUES (1, 7, ?, ?, 10, ?)", (user_id, enabled, now.wall))
        if enabled is not False:
            times = (now.wall, now.boot, now.awake) * 2
            db.execute(
                "INSERT INTO session VALUES (1, ?, ?, 'boot-1', ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
                (SESSION, user_id, *times),
            )
        for number, (code, data) in enumerate([("ss", {}), ("ce", {"n": "logged", "p": {}})]):
            told = {"name": code, "time": now.wall + number / 1000, "data": data, "session_id": SESSION}
            text = json.dumps(told if user_id is None else {**told, "user_id": user_id})
            db.execute(
                "INSERT INTO outbox (code, user_id, time, size, event) VALUES (?, ?, ?, ?, ?)",
                (code, user_id, told["time"], len(text), text),
            )
        db.execute(
            "INSERT INTO attributes (user_id, custom, key, size, value) VALUES (?, 1, 'k', 2, '1')",
            (user_id or "",),
        )
