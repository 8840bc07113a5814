"""The tables of the database that journals are merged into, and how a file of version 0.1.0 becomes one."""

from __future__ import annotations

import json
import sqlite3

from braze_qt._platform.clock import Instant
from braze_qt._session.shared import Shared
from braze_qt._session.state import Session
from braze_qt._storage.database import (
    APPLICATION_ID,
    META,
    ROWS,
    VERSION,
    DamagedStoreError,
    refuse_newer_schema,
    refuse_strange_values,
    signature,
    totals,
    use_log,
)

VERSION_0_1_0 = 2

_SHARED = """
CREATE TABLE shared (
    one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL, user_id TEXT, enabled INTEGER);
CREATE TABLE journals (
    name TEXT PRIMARY KEY, offset INTEGER NOT NULL, number INTEGER NOT NULL, inputs INTEGER NOT NULL,
    stamp REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE counts (
    one INTEGER PRIMARY KEY CHECK (one = 1), rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
    last INTEGER NOT NULL);
CREATE TABLE facts (id INTEGER PRIMARY KEY, process TEXT NOT NULL, fact TEXT NOT NULL);
"""
"""``state`` is the text of ``Shared``. Older versions read ``meta.device_id``, ``shared.user_id`` and
``shared.enabled`` of every newer file: they keep their names. ``journals`` says where the next record of each
is expected, and the time of the last event of its process; ``facts`` what a process has not told yet;
``counts`` what waits, and the id that was given last."""
_MARKS = f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {VERSION};"


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables where there are none, and take over those of version 0.1.0.

    Raises:
        StoreError: a newer version has made them.
        DamagedStoreError: the file is not one of ours.
    """
    refuse_newer_schema(db, VERSION)
    if signature(db)[0] != VERSION:
        if _is_foreign(db):
            raise DamagedStoreError("the file is not ours")  # before anything is written to it
        use_log(db)
        db.execute("BEGIN IMMEDIATE")
        try:
            _make(db)
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
    if signature(db) != (VERSION, APPLICATION_ID):
        raise DamagedStoreError("the file is not ours")
    # The GUI thread may wait for this, and a month offline is long: events are looked at when they are sent.
    refuse_strange_values(db, without=("outbox", "parked"))


def _is_foreign(db: sqlite3.Connection) -> bool:
    """Whether somebody else has made the tables. In one transaction: another process may be making ours."""
    db.execute("BEGIN")
    try:
        ours = (VERSION, APPLICATION_ID), (VERSION_0_1_0, APPLICATION_ID)
        return signature(db) not in ours and _has_tables(db)
    finally:
        db.execute("ROLLBACK")


def _make(db: sqlite3.Connection) -> None:
    version, owner = signature(db)
    if (version, owner) == (VERSION_0_1_0, APPLICATION_ID):
        refuse_strange_values(db)
        _convert(db)
    elif not _has_tables(db):
        _execute(db, META + ROWS + _SHARED + _MARKS)
        db.execute("INSERT INTO counts VALUES (1, 0, 0, 0)")


def _has_tables(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _execute(db: sqlite3.Connection, script: str) -> None:
    """Within the transaction: ``executescript`` would commit it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def _convert(db: sqlite3.Connection) -> None:
    shared = _shared_of_0_1_0(db)
    db.execute("DROP TABLE session")
    db.execute("DROP TABLE shared")
    _execute(db, _SHARED + _MARKS)
    db.execute("INSERT INTO counts SELECT 1, ?, ?, coalesce(max(last), 0) FROM gone", totals(db))
    db.execute("DROP TRIGGER last_goes")
    db.execute("DROP TABLE gone")
    db.execute("DELETE FROM meta WHERE key IN ('alias', 'wiped')")
    if shared:
        save_shared(db, shared)


def save_shared(db: sqlite3.Connection, shared: Shared) -> str:
    """Write what all processes share; answers the text of the state."""
    text = shared.text()
    db.execute("INSERT OR REPLACE INTO shared VALUES (1, ?, ?, ?)", (text, shared.user_id, shared.consent))
    return text


def _shared_of_0_1_0(db: sqlite3.Connection) -> Shared | None:
    """What version 0.1.0 has left; None where it has wiped everything.

    A process of it that still runs leaves the file alone from then on, as that of a newer version.
    """
    found = db.execute("SELECT user_id, enabled, timeout, last_stamp FROM shared").fetchone()
    if found is None or db.execute("SELECT 1 FROM meta WHERE key = 'wiped'").fetchone():
        return None
    user_id, enabled, timeout, last_stamp = found
    (newest,) = db.execute("SELECT coalesce(max(time), 0.0) FROM outbox").fetchone()
    shared = Shared(
        consent=None if enabled is None else bool(enabled),
        user_id=user_id,
        alias=_alias(db),
        timeout=timeout or Shared().timeout,
        last_stamp=max(last_stamp, newest),
    )
    row = db.execute("SELECT * FROM session").fetchone()
    if row is None:
        return shared
    _, session_id, session_user, boot_id, *times = row
    started, seen = Instant(*times[:3]), Instant(*times[3:6])
    left = seen if None in times[6:] else Instant(*times[6:])
    session = Session(session_id, session_user, started, seen, left)
    return shared._replace(session=session, boot_id=boot_id, at=max(seen, left, key=_boot))


def _boot(moment: Instant) -> float:
    return moment.boot


def _alias(db: sqlite3.Connection) -> tuple[str, str] | None:
    row = db.execute("SELECT value FROM meta WHERE key = 'alias'").fetchone()
    try:
        name, label = json.loads(row[0])
    except (TypeError, ValueError):
        return None
    return str(name), str(label)
