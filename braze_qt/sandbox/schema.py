"""The tables of the archive.

Names are kept once and referred to by number: a body says its device id once, and each of its events takes
a few bytes. What pages count is kept in ``sessions`` and ``users`` and follows the events. Bodies are apart
from what is read of every request.
"""

import math
import sqlite3
from pathlib import Path

VERSION = 3
BUSY_SECONDS = 30.0
CACHE = 32 << 20
"""Bytes of memory for what is being written, and of the log until it is emptied: rows go to many places."""
MAX_LOG = 64 << 20
"""Bytes that SQLite's log keeps on the disk when it has been emptied."""

PROFILE_EVENTS = ("inc", "add", "rem", "set", "ncam", "lcaa", "lcar", "lr", "uae", "sgu", "p")
"""Codes of the events that change a profile."""
OF_PROFILE = f"name IN ({', '.join(repr(code) for code in PROFILE_EVENTS)})"
OF_FLAGS = "name = 'ffi'"
"""The events that say that somebody has seen a feature flag."""
OF_CARDS = "name IN ('cci', 'ccic', 'ccc', 'ccd')"
"""Those that say what somebody has done with a content card."""

SCHEMA = f"""
BEGIN;
CREATE TABLE users (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, is_known INTEGER NOT NULL DEFAULT 0,
    last_begin REAL NOT NULL DEFAULT 0, first_start REAL
);
CREATE INDEX users_by_last_begin ON users (is_known, last_begin);
CREATE INDEX users_by_first_start ON users (first_start);
CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE applications (
    id INTEGER PRIMARY KEY, api_key TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (api_key, version)
);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, other_origin INTEGER NOT NULL, bytes INTEGER NOT NULL,
    size INTEGER NOT NULL, received REAL NOT NULL, device INTEGER, application INTEGER,
    stored INTEGER NOT NULL, events INTEGER NOT NULL, repeated INTEGER NOT NULL DEFAULT 0,
    reply_status INTEGER, error TEXT, fault TEXT, path TEXT NOT NULL
);
CREATE INDEX requests_by_origin ON requests (other_origin);
CREATE INDEX requests_of_device ON requests (device);
CREATE INDEX requests_of_application ON requests (application);
CREATE INDEX requests_refused ON requests (id) WHERE error IS NOT NULL;
CREATE TABLE contents (
    request INTEGER PRIMARY KEY, headers TEXT NOT NULL, reply TEXT NOT NULL, beginning BLOB NOT NULL,
    rest BLOB NOT NULL
);
CREATE TABLE mentions (
    user INTEGER NOT NULL, request INTEGER NOT NULL, PRIMARY KEY (user, request)
) WITHOUT ROWID;
CREATE INDEX mentions_of_request ON mentions (request);
CREATE TABLE descriptions (device INTEGER NOT NULL, request INTEGER NOT NULL UNIQUE, json TEXT NOT NULL);
CREATE INDEX descriptions_of_device ON descriptions (device, request);
CREATE TABLE attributes (
    id INTEGER PRIMARY KEY, user INTEGER NOT NULL, request INTEGER NOT NULL, json TEXT NOT NULL
);
CREATE INDEX attributes_of_user ON attributes (user, request, id);
CREATE INDEX attributes_of_request ON attributes (request);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, request INTEGER NOT NULL,
    session INTEGER NOT NULL, user INTEGER NOT NULL, time REAL NOT NULL, length REAL,
    deliveries INTEGER NOT NULL DEFAULT 1, size INTEGER NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL
);
CREATE INDEX events_of_request ON events (request, session);
CREATE INDEX events_of_session ON events (session, time);
CREATE INDEX events_at_ends ON events (session, name, time, length) WHERE name IN ('ss', 'se');
CREATE INDEX events_of_profile ON events (user, request, time) WHERE {OF_PROFILE};
CREATE INDEX events_repeated ON events (deliveries) WHERE deliveries > 1;
CREATE INDEX events_of_flags ON events (id) WHERE {OF_FLAGS};
CREATE INDEX events_of_cards ON events (id) WHERE {OF_CARDS};
CREATE INDEX events_of_cards_by_user ON events (user, id) WHERE {OF_CARDS};
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, user INTEGER NOT NULL, device INTEGER NOT NULL, name TEXT NOT NULL,
    application INTEGER NOT NULL, events INTEGER NOT NULL DEFAULT 0, first REAL, last REAL,
    start REAL, end REAL, length REAL, begin REAL, duration REAL, UNIQUE (user, device, name)
);
CREATE INDEX sessions_by_begin ON sessions (user, begin);
CREATE INDEX sessions_by_start ON sessions (user, start, end);
CREATE INDEX sessions_by_duration ON sessions (user, duration)
    WHERE start IS NOT NULL AND duration IS NOT NULL;
CREATE INDEX sessions_of_all ON sessions (start, user) WHERE start IS NOT NULL;
CREATE INDEX sessions_of_application ON sessions (application, user, start, end, duration);
CREATE TABLE settings (name TEXT PRIMARY KEY, json TEXT NOT NULL);
PRAGMA user_version = {VERSION};
COMMIT;
"""
"""A session without a name has the events of a user on a device that belong to none, and no ``begin``."""


def open_writer(file: Path) -> sqlite3.Connection:
    """The only connection that writes. Raises OSError for what is no archive of this version."""
    connection = _connect(file)
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            connection.executescript(f"PRAGMA journal_mode = WAL; {SCHEMA}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == VERSION:
            connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
                f"PRAGMA journal_size_limit = {MAX_LOG}; PRAGMA cache_size = -{CACHE >> 10};"
                f"PRAGMA wal_autocheckpoint = {CACHE // 4096}"
            )
            return connection
    except sqlite3.Error as error:
        connection.close()
        raise OSError(f"{file}: {error}") from None
    connection.close()
    raise OSError(f"{file} was made by another version of the sandbox; remove it or name another folder")


def open_reader(file: Path) -> sqlite3.Connection:
    """One that reads beside the one that writes, and holds it up nowhere."""
    connection = _connect(file)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(file: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(file, BUSY_SECONDS, check_same_thread=False)
    except sqlite3.Error as error:
        raise OSError(f"{file}: {error}") from None


def begin_of(start: float | None, end: float | None, length: float | None, last: float) -> float:
    """When a session began, in Unix seconds: its start, or the best guess."""
    if start is not None:
        return start
    return last if end is None else end - max(0.0, length or 0.0)


def duration_of(start: float | None, end: float | None, length: float | None) -> float | None:
    """Seconds: what the end says, which knows best; the time from start to end if it does not.

    None while open, and where there is no such number.
    """
    if end is None:
        return None
    if length is not None:
        return length
    return end - start if start is not None and math.isfinite(end - start) else None
