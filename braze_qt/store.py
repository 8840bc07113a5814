"""What must outlive the process: one SQLite file with the outbox, the open session and the device id.

One connection writes, one statement or one transaction per input. In WAL mode with
``synchronous=NORMAL`` a write that has returned survives the death of the process, at the price of
some microseconds. Checkpoints, which wait for the disk, are left to whoever reads the outbox.
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from braze_qt.clock import Instant
from braze_qt.database import (
    APPLICATION_ID,
    BUSY_MS,
    FILES,
    VERSION,
    DamagedStoreError,
    claimed,
    create_private,
    refuse_newer,
    signature,
    translated,
)
from braze_qt.outbox import Outbox
from braze_qt.tracking import Kept, Session, StoredSession

MAX_ROWS = 100_000
MAX_BYTES = 64 * 1024 * 1024
"""Bounds of the outbox. A month offline of an application that logs an event a minute, day and
night, is 43,200 rows."""
MAX_ASIDE = 1_000
"""Events set aside that are kept: enough for whoever looks for the cause."""
LOG_PAGES = 8_192
"""Pages of 4 KiB that the log may come to: 32 MiB, half of what the outbox may."""

SESSION_CODES = "('ss', 'se')"
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE session (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, user_id TEXT, boot_id TEXT NOT NULL,
    started_wall REAL NOT NULL, started_boot REAL NOT NULL, started_awake REAL NOT NULL,
    seen_wall REAL NOT NULL, seen_boot REAL NOT NULL, seen_awake REAL NOT NULL,
    left_wall REAL, left_boot REAL, left_awake REAL, last_stamp REAL NOT NULL);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, user_id TEXT, time REAL NOT NULL,
    size INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE parked (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, user_id TEXT, time REAL NOT NULL,
    size INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE attributes (
    id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, custom INTEGER NOT NULL, key TEXT NOT NULL,
    size INTEGER NOT NULL, value TEXT NOT NULL, UNIQUE (user_id, custom, key));
CREATE TABLE aside (id INTEGER PRIMARY KEY, reason TEXT NOT NULL, event TEXT NOT NULL);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""


class Store:
    """The writing side. One thread at a time; every method raises StoreError when it cannot.

    Attributes:
        rows: events that wait, in the outbox or for a session, and attributes.
        bytes: their size.
        damage: in words, why the last file was moved aside; empty if none was.
        replaced: files moved aside since the store was opened.
    """

    _db: sqlite3.Connection

    def __init__(self, folder: Path | None) -> None:
        """Open the store in ``folder``, made where missing; None keeps everything in memory.

        Raises:
            StoreError: the folder cannot be written, another process has the store, or a newer
                version wrote it.
        """
        self.folder = folder
        self.damage = ""
        self.replaced = 0
        self.rows = self.bytes = self._last_id = 0
        self._claim = None if folder is None else claimed(folder)
        self._uri = f"file:braze_qt-{uuid.uuid4()}?mode=memory&cache=shared"
        if folder is not None:
            # Made beforehand, with its permissions; who opens it later must not make it anew.
            self._uri = (folder / FILES[0]).as_uri() + "?mode=rw"
        try:
            self._open()
        except DamagedStoreError as damage:
            self.replace(str(damage))
        except BaseException:
            self.close()
            raise

    # -- opening and closing -----------------------------------------------------------------

    def _open(self) -> None:
        if self.folder is not None:
            create_private(self.folder / FILES[0])
            refuse_newer(self._uri)
        with translated:
            self._db = sqlite3.connect(
                self._uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
            )
            self._prepare()
            self._count()

    def _prepare(self) -> None:
        version, owner = signature(self._db)
        if version == 0 and not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        elif owner != APPLICATION_ID:
            raise DamagedStoreError("the file is not ours")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA wal_autocheckpoint = 0")
        # Some builds of SQLite overwrite what is deleted wherever it lies, which costs large events a
        # write of each of their pages. A wipe removes the whole file.
        self._db.execute("PRAGMA secure_delete = FAST")
        self._db.execute(f"PRAGMA journal_size_limit = {LOG_PAGES * 4096}")

    def _count(self) -> None:
        figures = "count(*), total(size), coalesce(max(id), 0)"
        tables = ("outbox", "parked", "attributes")
        found = [self._db.execute(f"SELECT {figures} FROM {table}").fetchone() for table in tables]
        self.rows, self.bytes = sum(row[0] for row in found), int(sum(row[1] for row in found))
        gone = self._db.execute(
            "SELECT coalesce(max(id), 0) FROM"
            " (SELECT value AS id FROM meta WHERE key = 'last_id' UNION SELECT max(id) FROM aside)"
        ).fetchone()
        self._last_id = max(self._last_id, *(row[2] for row in found), gone[0])

    def replace(self, damage: str) -> None:
        """Move a damaged file aside and begin a new one."""
        self.damage = damage
        self.replaced += 1
        db: sqlite3.Connection | None = getattr(self, "_db", None)
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()
        if self.folder is not None:
            number = sum(1 for _ in self.folder.glob(f"{FILES[0]}.damaged-*")) + 1
            with translated:
                for name in FILES:
                    path = self.folder / name
                    if path.exists():
                        path.replace(self.folder / name.replace(FILES[0], f"{FILES[0]}.damaged-{number}"))
        self._open()

    def close(self) -> None:
        """Let go of the file. The store cannot be used afterwards."""
        for connection in (getattr(self, "_db", None), self._claim):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def erase(self) -> None:
        """Close the store and leave no file of it behind, those moved aside included."""
        self.close()
        if self.folder is None:
            return
        with translated:
            for path in self.folder.glob("braze.*"):
                path.unlink()
            with contextlib.suppress(OSError):  # the host may keep files of its own there
                self.folder.rmdir()

    def reader(self) -> Outbox:
        """A connection of its own to read the outbox with, for the thread that asks."""
        return Outbox(self._uri)

    # -- writing -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is on disk together, or not at all."""
        counted = self.rows, self.bytes, self._last_id
        with translated:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self.rows, self.bytes, self._last_id = counted
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def add(self, code: str, user_id: str | None, time: float, event: str, *, parked: bool) -> int:
        """Append an event; ``parked`` while no session is there to take it. Returns its id."""
        size = len(event) if event.isascii() else len(event.encode())
        table = "parked" if parked else "outbox"
        with translated:
            self._db.execute(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)",
                (self._last_id + 1, code, user_id, time, size, event),
            )
        self._last_id += 1
        self.rows += 1
        self.bytes += size
        return self._last_id

    def set_attribute(self, user_id: str | None, key: str, value: str, *, custom: bool) -> None:
        """Keep the new value of an attribute; one that waits is replaced."""
        size = len(key) + len(value.encode())
        with translated:
            old = self._db.execute(
                "SELECT size FROM attributes WHERE user_id = ? AND custom = ? AND key = ?",
                (user_id or "", custom, key),
            ).fetchone()
            self._db.execute(
                "INSERT OR REPLACE INTO attributes VALUES (?, ?, ?, ?, ?, ?)",
                (self._last_id + 1, user_id or "", custom, key, size, value),
            )
        self._last_id += 1
        self.rows += 0 if old else 1
        self.bytes += size - (old[0] if old else 0)

    def identify(self, user_id: str) -> None:
        """The attributes of the anonymous user are those of this one from now on.

        They get new ids: what is on its way under no name is sent again under the new one.
        """
        with translated:
            moved = self._db.execute(
                "INSERT OR REPLACE INTO attributes"
                " SELECT ? + row_number() OVER (ORDER BY id), ?, custom, key, size, value"
                " FROM attributes WHERE user_id = ''",
                (self._last_id, user_id),
            ).rowcount
            if moved:
                self._db.execute("DELETE FROM attributes WHERE user_id = ''")
                self._count()

    def discard_attributes(self, through: int, user_id: str | None) -> None:
        """Delete the attributes of a user with ids up to ``through``."""
        mine = "attributes WHERE user_id = ? AND id <= ?"
        with translated:
            last, count, size = self._db.execute(
                f"SELECT max(id), count(*), total(size) FROM {mine}", (user_id or "", through)
            ).fetchone()
            if last == self._last_id:
                self.put("last_id", last)  # there will be no row to go on counting from
            self._db.execute(f"DELETE FROM {mine}", (user_id or "", through))
        self.rows -= count
        self.bytes -= int(size)

    @property
    def full(self) -> bool:
        """Whether the outbox has reached a bound."""
        return self.rows >= MAX_ROWS or self.bytes >= MAX_BYTES

    def adopt(self, closing: str) -> None:
        """Hand what is parked to a session: each event's text gets ``closing``, and goes to the outbox."""
        with translated:
            moved = self._db.execute(
                "INSERT INTO outbox SELECT ? + row_number() OVER (ORDER BY id), code, user_id, time,"
                " size + ?, event || ? FROM parked",
                (self._last_id, len(closing), closing),
            ).rowcount
            if moved:
                self._db.execute("DELETE FROM parked")
        self._last_id += moved
        self.bytes += moved * len(closing)

    def remember_stamp(self, event_id: int) -> None:
        """Before an event goes: no later one of its session may bear its time, or an earlier one."""
        with translated:
            self._db.execute(
                "UPDATE session SET last_stamp ="
                " max(last_stamp, coalesce((SELECT time FROM outbox WHERE id = ?), 0))",
                (event_id,),
            )

    def discard(self, through: int, user_id: str | None, portion: int) -> int:
        """Delete up to ``portion`` of the events with ids up to ``through`` of a user and of nobody.

        Returns:
            how many there were.
        """
        mine = "(user_id IS NULL OR user_id IS ?)"
        with translated:
            last, count, size = self._db.execute(
                "SELECT max(id), count(*), total(size) FROM"
                f" (SELECT id, size FROM outbox WHERE id <= ? AND {mine} ORDER BY id LIMIT ?)",
                (through, user_id, portion),
            ).fetchone()
            if last == self._last_id:
                self.put("last_id", last)  # there will be no row to go on counting from
            if count:
                self._db.execute(f"DELETE FROM outbox WHERE id <= ? AND {mine}", (last, user_id))
        self.rows -= count
        self.bytes -= int(size)
        return int(count)

    def set_aside(self, row_id: int, reason: str) -> None:
        """Take one event or attribute out of the way for good, but keep it to be looked at."""
        for table, text in (("outbox", "event"), ("attributes", "key || ':' || value")):
            self._db.execute(
                f"INSERT INTO aside SELECT id, ?, {text} FROM {table} WHERE id = ?", (reason, row_id)
            )
            (size,) = self._db.execute(f"SELECT total(size) FROM {table} WHERE id = ?", (row_id,)).fetchone()
            self.rows -= self._db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,)).rowcount
            self.bytes -= int(size)
        self._db.execute(
            "DELETE FROM aside WHERE id NOT IN (SELECT id FROM aside ORDER BY id DESC LIMIT ?)", (MAX_ASIDE,)
        )

    def trim(self) -> int:
        """Drop what is over the bounds: the oldest events, then attributes, session data last.

        Returns:
            how many.
        """
        dropped = 0
        choices = (
            f"outbox WHERE code NOT IN {SESSION_CODES}",
            "parked WHERE TRUE",
            "attributes WHERE TRUE",
            "outbox WHERE TRUE",
        )
        for choice in choices:
            while self.rows > MAX_ROWS or self.bytes > MAX_BYTES:
                row = self._db.execute(f"SELECT id, size FROM {choice} ORDER BY id LIMIT 1").fetchone()
                if row is None:
                    break
                self._db.execute(f"DELETE FROM {choice} AND id = ?", (row[0],))
                self.rows, self.bytes, dropped = self.rows - 1, self.bytes - row[1], dropped + 1
        return dropped

    def put(self, key: str, value: str | float | None) -> None:
        """Remember one value by name."""
        with translated:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def save(self, kept: Kept) -> None:
        """Remember the tracking."""
        self.put("user_id", kept.user_id)
        self.put("enabled", int(kept.enabled))
        if kept.user_id is not None:
            self.identify(kept.user_id)
        with translated:
            if kept.session is None:
                self._db.execute("DELETE FROM session")
                return
            session = kept.session.session
            times: list[float | None] = []
            for instant in (session.started, session.seen, session.left):
                times += (instant.wall, instant.boot, instant.awake) if instant else (None, None, None)
            self._db.execute(
                "INSERT OR REPLACE INTO session VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (session.id, session.user_id, kept.session.boot_id, *times, kept.last_stamp),
            )

    # -- reading -------------------------------------------------------------------------------

    def meta(self) -> dict[str, str | float | None]:
        """Everything that was remembered by name."""
        with translated:
            return dict(self._db.execute("SELECT key, value FROM meta"))

    def kept(self) -> Kept | None:
        """What was remembered of the tracking; None in a new store."""
        meta = self.meta()
        if "enabled" not in meta:
            return None
        user_id = str(meta.get("user_id") or "") or None
        with translated:
            row = self._db.execute("SELECT * FROM session").fetchone()
            table = "outbox" if row else "parked"
            (newest,) = self._db.execute(f"SELECT coalesce(max(time), 0) FROM {table}").fetchone()
        if row is None:
            return Kept(user_id, bool(meta["enabled"]), None, newest)
        started, seen = Instant(*row[4:7]), Instant(*row[7:10])
        left = None if row[10] is None else Instant(*row[10:13])
        stored = StoredSession(Session(row[1], row[2], started, seen, left), row[3])
        return Kept(user_id, bool(meta["enabled"]), stored, max(row[13], newest))
