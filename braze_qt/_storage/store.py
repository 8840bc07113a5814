"""What must outlive the process: the file, the connection that writes, and the rows in it.

Each process writes through one connection, one statement or one transaction per input. In WAL mode
with ``synchronous=NORMAL`` a write that has returned survives the death of the process, at the price
of some microseconds. Checkpoints, which wait for the disk, are left to whoever reads the outbox.
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from braze_qt._storage.database import (
    BUSY_MS,
    CHANGES,
    FILES,
    ID_GAP,
    LOCK,
    MAX_BYTES,
    MAX_ROWS,
    NEXT_ID,
    TABLES,
    TRIMMED,
    BusyStoreError,
    DamagedStoreError,
    connected,
    create_private,
    inode_of,
    make_private,
    refuse_newer,
    refuse_newer_schema,
    refuse_strange_files,
    totals,
    touch_changes,
    translated,
    uri_of,
)
from braze_qt._storage.locks import Mark, Presence
from braze_qt._storage.outbox import Outbox
from braze_qt._storage.recovery import delete_aside, delete_files, move_aside, waiting_in
from braze_qt._storage.shared_state import Shared
from braze_qt.errors import StoreError

MAX_ASIDE = 1_000
"""Events set aside that are kept: enough for whoever looks for the cause."""


class Store:
    """A file and the connection that writes. One thread at a time; every method raises StoreError when it
    cannot.

    Attributes:
        rows: events that wait, in the outbox or for a session, and attributes: exact for one
            process, and as of the last ``count`` for several.
        bytes: their size.
        shared: the tables beside the outbox.
        presence: this process among the others; None in memory, where there are none.
        damage: in words, why the last file was moved aside; empty if none was.
        lost: what waited in files that were moved aside at the opening, 1 at least for each where that
            cannot be told.
        replaced: files given up since the store was opened.
    """

    _db: sqlite3.Connection
    shared: Shared
    damage: str
    replaced: int
    lost: int
    rows: int
    bytes: int

    def __init__(self, folder: Path | None) -> None:
        """Open the store in ``folder``, made where missing; None keeps everything in memory.

        Raises:
            StoreError: the folder cannot be written, or a newer version wrote the store.
        """
        self.folder = folder
        self.damage = ""
        self.replaced = self.lost = 0
        self.rows = self.bytes = 0
        self.presence: Presence | None = None
        self._inode: tuple[int, int] | None = None
        self._in_the_way = False
        self._last_ids = dict.fromkeys(TABLES, 0)
        self._uri = f"file:braze_qt-{uuid.uuid4()}?mode=memory&cache=shared"
        self._path = ""
        if folder is not None:
            self._path = str(folder / FILES[0])
            # Made beforehand, with its permissions; who opens it later must not make it anew.
            self._uri = uri_of(folder / FILES[0], "rw")
        try:
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
            make_private(self.folder)
            refuse_strange_files(self.folder)
            if self.presence is None:
                self.presence = Presence(self.folder / LOCK)
            self.presence.stay()
            create_private(self.folder / FILES[0])
            create_private(self.folder / CHANGES)
            self._inode = inode_of(self._path)
            self._refuse_orphaned_log(self.folder)
            refuse_newer(self._uri)
        self._db = connected(self._uri)
        self.shared = Shared(self._db)
        self.count()
        with translated:
            last = dict(self._db.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
            (following,) = self._db.execute(f"SELECT {NEXT_ID}").fetchone()
        self._last_ids = dict.fromkeys(TABLES, 0) | last | {"outbox": following - 1}

    def _refuse_orphaned_log(self, folder: Path) -> None:
        """SQLite would delete the log of an empty file without a word."""
        with translated:
            log = folder / FILES[1]
            if not (folder / FILES[0]).stat().st_size and log.exists() and log.stat().st_size:
                raise DamagedStoreError("the file is gone, and its log is there")

    @property
    def gone(self) -> bool:
        """Whether another process, or a person, has moved the file away or deleted it, or it still has to be
        moved aside."""
        return self.folder is not None and (self._in_the_way or inode_of(self._path) != self._inode)

    @property
    def changes(self) -> tuple[int, ...]:
        """Other than before when anything was written, by whichever process."""
        with translated:
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return self.replaced, self._db.total_changes, version

    def replace(self, damage: str) -> None:
        """Move a damaged file aside and begin a new one, in which ids go on.

        Raises:
            StoreError: that cannot be done. Nothing can be read or written until a later try succeeds.
        """
        self.damage = damage
        self.replaced += 1
        last_ids = dict(self._last_ids)
        db: sqlite3.Connection | None = getattr(self, "_db", None)
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()
        self.rows = self.bytes = 0
        if self.folder is not None and (self._inode is None or inode_of(self._path) == self._inode):
            self._in_the_way = True
            try:
                self.lost += waiting_in(move_aside(self.folder))
            except BusyStoreError as busy:
                raise StoreError(str(busy)) from busy  # and no other process of the application is writing
        self._in_the_way = False
        self._open()
        with self.transaction():
            for table, last in last_ids.items():
                if last > self._last_ids[table]:
                    self._give_no_ids_below(table, last + ID_GAP)

    def _give_no_ids_below(self, table: str, last: int) -> None:
        if table == "outbox":
            self._db.execute("INSERT OR REPLACE INTO gone VALUES (1, ?)", (last,))
        else:
            self._db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            self._db.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, last))

    def close(self) -> None:
        """Let go of the file. The store cannot be used afterwards."""
        db: sqlite3.Connection | None = getattr(self, "_db", None)
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()
        if self.presence:
            self.presence.leave()

    def erase(self, *, patient: bool = True) -> None:
        """Leave nothing of it behind, what was moved aside included, and close it in any case.

        Other processes that have the store find it wiped, and the last of them deletes the files.

        Args:
            patient: as for ``transaction``.
        """
        try:
            alone = not self.presence or self.presence.take(Mark.ALIVE)
            if self.folder and not alone:
                try:
                    delete_aside(self.folder)
                finally:
                    self._empty(patient=patient)
                    self.notify_peers()
                return
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            if self.folder:
                delete_files(self.folder, self.presence)
        finally:
            self.close()

    def _empty(self, *, patient: bool) -> None:
        with translated:
            self._db.execute("PRAGMA secure_delete = ON")
            with self.transaction(patient=patient):
                for table in (*TABLES, "aside"):
                    self._db.execute(f"DELETE FROM {table}")
                self.shared.wipe()
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def reader(self) -> Outbox:
        """A connection of its own to read the outbox with, for the thread that asks."""
        if self._in_the_way:
            raise DamagedStoreError(self.damage)
        return Outbox(self._uri)

    # -- other processes -----------------------------------------------------------------------

    def elsewhere(self, mark: Mark) -> bool:
        """Whether another live process says this of itself. Any thread."""
        return self.presence is not None and self.presence.elsewhere(mark)

    def say(self, mark: Mark, holds: bool) -> None:  # noqa: FBT001
        """Say this of the present process."""
        if self.presence:
            self.presence.say(mark, holds)

    def notify_peers(self) -> None:
        """Let the other processes look at what they share."""
        if self.folder and self.elsewhere(Mark.ALIVE):
            self.make_change_file()
            with contextlib.suppress(OSError):
                touch_changes(self.folder)

    def make_change_file(self) -> None:
        """Make the file that tells of changes, where a person has deleted it."""
        if self.folder and not self.gone:
            with contextlib.suppress(StoreError):
                create_private(self.folder / CHANGES)

    # -- writing -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, *, patient: bool = True) -> Iterator[None]:
        """All that is written inside is on disk together, or not at all.

        Args:
            patient: wait for another process that is writing, ``BUSY_MS`` at most.

        Raises:
            BusyStoreError: another process is writing.
        """
        counted = self.rows, self.bytes
        with translated:
            if not patient:
                self._db.execute("PRAGMA busy_timeout = 0")
            try:
                self._db.execute("BEGIN IMMEDIATE")
            finally:
                if not patient:
                    self._db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            try:
                refuse_newer_schema(self._db)
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self.rows, self.bytes = counted
                self.shared.forget()
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def count(self) -> None:
        """Count what waits, instead of adding up what this process has done."""
        with translated:
            self.rows, self.bytes = totals(self._db)

    # -- rows ----------------------------------------------------------------------------------

    def add(self, code: str, user_id: str | None, time: float, event: str, *, parked: bool) -> int:
        """Append an event; ``parked`` while no session is there to take it. Returns its id."""
        size = _size(event)
        table, row_id = ("parked", "NULL") if parked else ("outbox", NEXT_ID)
        with translated:
            added = self._db.execute(
                f"INSERT INTO {table} (id, code, user_id, time, size, event)"
                f" VALUES ({row_id}, ?, ?, ?, ?, ?)",
                (code, user_id, time, size, event),
            ).lastrowid
        return self._added(table, added, size)

    def add_if_known(self, code: str, user_id: str | None, time: float, event: str) -> int:
        """Append an event to the outbox by one statement, without a look at what is shared.

        Returns:
            its id; 0, and nothing is done, if another process has changed what the event was made by,
            or has logged one that is not older.
        """
        size = _size(event)
        with translated:
            # Nothing is selected, no row comes of it: a NOT NULL is ignored. To insert what a SELECT of
            # the same table says would take a table in between.
            done = self._db.execute(
                "INSERT OR IGNORE INTO outbox (id, code, user_id, time, size, event)"
                f" VALUES ({NEXT_ID}, (SELECT ? FROM shared WHERE epoch = ? AND last_stamp < ?"
                " AND ? > coalesce((SELECT time FROM outbox ORDER BY id DESC LIMIT 1), 0)), ?, ?, ?, ?)",
                (code, self.shared.epoch, time, time, user_id, time, size, event),
            )
        return self._added("outbox", done.lastrowid, size) if done.rowcount == 1 else 0

    def _added(self, table: str, row_id: int | None, size: int) -> int:
        assert row_id
        self._last_ids[table] = row_id
        self.rows += 1
        self.bytes += size
        return row_id

    def set_attribute(self, user_id: str | None, key: str, value: str, *, custom: bool) -> None:
        """Keep the new value of an attribute; one that waits is replaced."""
        size = len(key) + len(value.encode())
        with translated:
            old = self._db.execute(
                "SELECT size FROM attributes WHERE user_id = ? AND custom = ? AND key = ?",
                (user_id or "", custom, key),
            ).fetchone()
            self._db.execute(
                "INSERT OR REPLACE INTO attributes (user_id, custom, key, size, value)"
                " VALUES (?, ?, ?, ?, ?)",
                (user_id or "", custom, key, size, value),
            )
        self.rows += 0 if old else 1
        self.bytes += size - (old[0] if old else 0)

    def identify(self, user_id: str) -> None:
        """The attributes of the anonymous user are those of this one from now on.

        They get new ids: what is on its way under no name is sent again under the new one.
        """
        with translated:
            moved = self._db.execute(
                "INSERT OR REPLACE INTO attributes (user_id, custom, key, size, value)"
                " SELECT ?, custom, key, size, value FROM attributes WHERE user_id = '' ORDER BY id",
                (user_id,),
            ).rowcount
            if moved:
                self._db.execute("DELETE FROM attributes WHERE user_id = ''")
                self.count()

    def adopt(self, closing: str) -> None:
        """Hand what is parked to a session: each event's text gets ``closing``, and goes to the outbox.

        Behind the session's start, so that SQLite goes on counting from its id.
        """
        with translated:
            moved = self._db.execute(
                "INSERT INTO outbox (code, user_id, time, size, event)"
                " SELECT code, user_id, time, size + ?, event || ? FROM parked ORDER BY id",
                (len(closing), closing),
            ).rowcount
            if moved:
                self._db.execute("DELETE FROM parked")
        self.bytes += moved * len(closing)

    # -- letting go ----------------------------------------------------------------------------

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
            if count:
                self._db.execute(f"DELETE FROM outbox WHERE id <= ? AND {mine}", (last, user_id))
        self.rows -= count
        self.bytes -= int(size)
        return int(count)

    def discard_attributes(self, through: int, user_id: str | None) -> None:
        """Delete the attributes of a user with ids up to ``through``."""
        mine = "attributes NOT INDEXED WHERE user_id = ? AND id <= ?"
        with translated:
            count, size = self._db.execute(
                f"SELECT count(*), total(size) FROM {mine}", (user_id or "", through)
            ).fetchone()
            # Not by the index: where that is torn it would find nothing to delete, and say nothing.
            self._db.execute(f"DELETE FROM {mine}", (user_id or "", through))
        self.rows -= count
        self.bytes -= int(size)

    def set_aside(self, row_id: int, reason: str, *, attribute: bool = False) -> None:
        """Take one event or attribute out of the way for good, but keep it to be looked at."""
        table, text = ("attributes", "key || ':' || value") if attribute else ("outbox", "event")
        with translated:
            self._db.execute(
                f"INSERT INTO aside (reason, event) SELECT ?, CAST({text} AS TEXT) FROM {table} WHERE id = ?",
                (reason, row_id),
            )
            (size,) = self._db.execute(f"SELECT total(size) FROM {table} WHERE id = ?", (row_id,)).fetchone()
            self.rows -= self._db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,)).rowcount
            self.bytes -= int(size)
            self._db.execute(
                "DELETE FROM aside WHERE id NOT IN (SELECT id FROM aside ORDER BY id DESC LIMIT ?)",
                (MAX_ASIDE,),
            )

    @property
    def full(self) -> bool:
        """Whether the outbox has reached a bound."""
        return self.rows >= MAX_ROWS or self.bytes >= MAX_BYTES

    def trim(self) -> int:
        """Drop what is over the bounds: the oldest events, then attributes, session data last.

        Returns:
            how many.
        """
        if self.elsewhere(Mark.ALIVE):
            self.count()
        dropped = 0
        for choice in TRIMMED:
            while self.rows > MAX_ROWS or self.bytes > MAX_BYTES:
                row = self._db.execute(f"SELECT id, size FROM {choice} ORDER BY id LIMIT 1").fetchone()
                if row is None:
                    break
                self._db.execute(f"DELETE FROM {choice} AND id = ?", (row[0],))
                self.rows -= 1
                self.bytes -= row[1]
                dropped += 1
        return dropped


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
