"""Everything that arrived, in SQLite. Safe to use from any thread.

What is kept is bounded by its requests: the oldest are forgotten, with the events, attributes and devices
they were the first to bring.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braze_qt.sandbox.body import Body

MAX_REQUESTS = 20_000
MAX_BYTES = 256 << 20
"""Newest requests kept, and the bytes of them with their replies: days of one application, on any disk."""
SIZE = "length(body) + length(headers) + length(path) + coalesce(length(reply_body), 0)"
MAX_REPLY_BYTES = 64 << 10
"""How much of a reply is kept to be shown."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received REAL NOT NULL, path TEXT NOT NULL, headers TEXT NOT NULL,
    body BLOB NOT NULL, device_id TEXT, api_key TEXT, app_version TEXT, stored INTEGER NOT NULL,
    error TEXT, fault TEXT, events INTEGER NOT NULL, repeated INTEGER NOT NULL DEFAULT 0,
    reply_status INTEGER, reply_body TEXT
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE,
    request_id INTEGER NOT NULL REFERENCES requests ON DELETE CASCADE,
    device_id TEXT NOT NULL, session_id TEXT, user TEXT NOT NULL, name TEXT NOT NULL, time REAL NOT NULL,
    length REAL, json TEXT NOT NULL, deliveries INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS events_of_user ON events (user, device_id, session_id);
CREATE INDEX IF NOT EXISTS events_of_request ON events (request_id);
CREATE TABLE IF NOT EXISTS mentions (
    user TEXT NOT NULL, request_id INTEGER NOT NULL REFERENCES requests ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS mentions_of_user ON mentions (user, request_id);
CREATE INDEX IF NOT EXISTS mentions_of_request ON mentions (request_id);
CREATE TABLE IF NOT EXISTS devices (
    device_id TEXT NOT NULL, json TEXT NOT NULL,
    request_id INTEGER NOT NULL REFERENCES requests ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS devices_of_request ON devices (request_id);
CREATE INDEX IF NOT EXISTS devices_by_id ON devices (device_id, request_id);
CREATE TABLE IF NOT EXISTS attributes (
    id INTEGER PRIMARY KEY, user TEXT NOT NULL, json TEXT NOT NULL,
    request_id INTEGER NOT NULL REFERENCES requests ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS attributes_of_user ON attributes (user, request_id);
CREATE INDEX IF NOT EXISTS attributes_of_request ON attributes (request_id);
"""


@dataclass(frozen=True)
class Arrival:
    """One request: as it came, as it was understood (``body``, or ``error`` why not), as it was answered."""

    received: float
    path: str
    headers: str
    raw: bytes
    body: Body | None
    error: str | None
    fault: str | None
    store: bool
    reply_status: int | None
    reply_body: bytes


class Archive:
    """One file in ``folder``; raises OSError when it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._connection = _open(folder / "sandbox.sqlite3")
        self._bytes = self.value(f"SELECT coalesce(sum({SIZE}), 0) FROM requests")
        self._count = self.value("SELECT count(*) FROM requests")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection:
            yield self._connection

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """What a SELECT finds."""
        with self._transaction() as connection:
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        """The only value that a SELECT finds."""
        return self.rows(query, *values)[0][0]

    def keep(self, arrival: Arrival) -> None:
        """Keeps the request, and its events if they are to be stored."""
        with self._transaction() as connection:
            request_id = _insert_request(connection, arrival)
            self._count += 1
            self._bytes += _size_of(connection, "id = ?", request_id)[1]
            if arrival.body and arrival.store:
                _insert_attributes(connection, request_id, arrival.body)
                _insert_events(connection, request_id, arrival.body)
            self._forget_oldest(connection)

    def _forget_oldest(self, connection: sqlite3.Connection) -> None:
        while self._count > MAX_REQUESTS or self._bytes > MAX_BYTES:
            oldest, size = _size_of(connection, "TRUE ORDER BY id LIMIT 1")
            connection.execute("DELETE FROM requests WHERE id = ?", (oldest,))
            self._count -= 1
            self._bytes -= size

    def forget(self) -> None:
        """Forgets everything."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM requests")
            self._count = self._bytes = 0

    def close(self) -> None:
        """Closes the file; nothing may be asked any more."""
        with self._lock:
            self._connection.close()


def _size_of(connection: sqlite3.Connection, which: str, *values: Any) -> tuple[int, int]:
    """Id and bytes of one request."""
    row = connection.execute(f"SELECT id, {SIZE} FROM requests WHERE {which}", values).fetchone()
    return row[0], row[1]


def _open(file: Path) -> sqlite3.Connection:
    # Made here, because SQLite would let everybody read it whom the umask lets.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        connection = sqlite3.connect(file, check_same_thread=False)
    except sqlite3.Error as error:
        raise OSError(f"{file}: {error}") from None
    try:
        connection.row_factory = sqlite3.Row
        connection.executescript("PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;" + SCHEMA)
    except sqlite3.Error as error:
        connection.close()
        raise OSError(f"{file}: {error}") from None
    return connection


def _insert_request(connection: sqlite3.Connection, arrival: Arrival) -> int:
    body = arrival.body
    row = {
        "received": arrival.received,
        "path": arrival.path,
        "headers": arrival.headers,
        "body": arrival.raw,
        "device_id": body.device_id if body else None,
        "api_key": body.api_key if body else None,
        "app_version": body.app_version if body else None,
        "stored": bool(body and arrival.store),
        "error": arrival.error,
        "fault": arrival.fault,
        "events": len(body.events) if body else 0,
        "reply_status": arrival.reply_status,
        "reply_body": arrival.reply_body[:MAX_REPLY_BYTES].decode("utf-8", "replace"),
    }
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    cursor = connection.execute(f"INSERT INTO requests ({names}) VALUES ({values})", row)
    request_id = cursor.lastrowid
    assert request_id is not None  # SQLite gives one for every INSERT
    users = body.users if body else ()
    connection.executemany("INSERT INTO mentions VALUES (?, ?)", [(user, request_id) for user in users])
    return request_id


def _insert_attributes(connection: sqlite3.Connection, request_id: int, body: Body) -> None:
    """Leaves out what a repeated delivery says again: it would undo what events have made of it since.

    Attributes carry neither time nor id. A request repeats another if it has an event of it.
    """
    if not body.attributes:
        return
    find = "SELECT request_id FROM events WHERE key = ?"
    repeated = {row[0] for event in body.events for row in connection.execute(find, (event.key,))}
    said = {value for earlier in repeated for value in _attributes_of(connection, earlier)}
    for each in body.attributes:
        new = [value for value in each.values if (each.user, json.dumps(value)) not in said]
        if new:
            connection.execute(
                "INSERT INTO attributes (user, json, request_id) VALUES (?, ?, ?)",
                (each.user, json.dumps(new), request_id),
            )


def _attributes_of(connection: sqlite3.Connection, request_id: int) -> Iterator[tuple[str, str]]:
    """Every value, as JSON, that a request was the first to bring, and of whom."""
    query = "SELECT user, json FROM attributes WHERE request_id = ?"
    for row in connection.execute(query, (request_id,)):
        yield from ((row["user"], json.dumps(value)) for value in json.loads(row["json"]))


def _insert_events(connection: sqlite3.Connection, request_id: int, body: Body) -> None:
    if body.device:
        connection.execute("INSERT INTO devices VALUES (?, ?, ?)", (body.device_id, body.device, request_id))
    before = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    connection.executemany(
        "INSERT INTO events (key, request_id, device_id, session_id, user, name, time, length, json)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET deliveries = deliveries + 1",
        [
            (e.key, request_id, body.device_id, e.session_id, e.user, e.name, e.time, e.length, e.json)
            for e in body.events
        ],
    )
    new = connection.execute("SELECT count(*) FROM events WHERE id > ?", (before,)).fetchone()[0]
    connection.execute("UPDATE requests SET repeated = events - ? WHERE id = ?", (new, request_id))
