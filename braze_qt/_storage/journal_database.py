"""The database that journals are merged into: what is shared, what waits, how far each journal is merged."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from braze_qt._session.shared import Replay, Shared, shared_from
from braze_qt._storage.database import (
    BUSY_MS,
    FILES,
    LAST_ID,
    MAX_ROWS,
    VERSION,
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
    translated,
    uri_of,
)
from braze_qt._storage.outbox import Outbox
from braze_qt._storage.outbox_writer import OutboxWriter, Written, fact_from
from braze_qt._storage.record import Position
from braze_qt._storage.schema import prepare, save_shared
from braze_qt.errors import StoreError
from braze_qt.events import SessionEnded, SessionStarted

MAX_ASIDE = 1_000
"""Events set aside that are kept: enough to look for the cause."""


class Merged(NamedTuple):
    """How far a journal is merged, and the time of the last event of its process, 0 for none."""

    position: Position
    stamp: float = 0.0


class Database:
    """One connection of one process, for one thread at a time. Every method raises StoreError when it cannot.

    Args:
        folder: where the data lie, made where missing; None keeps everything in memory.
        max_rows: how many events and attributes wait at most.

    Attributes:
        folder: as given.
        uri: the address of the file for SQLite.
        outbox: what waits to be sent.
        first_id: no event of this connection has a smaller id.
        last_id: the id that this process has given last to an event; 0 for none.

    Raises:
        StoreError: the folder cannot be written, or a newer version wrote the file.
        DamagedStoreError: the file is no database of ours.
    """

    def __init__(self, folder: Path | None, *, max_rows: int = MAX_ROWS) -> None:
        self.folder: Path | None = folder
        self._max_rows = max_rows
        self.last_id: int = 0
        self.uri: str = "file::memory:"
        self._path: Path | None = None
        self._inode: tuple[int, int] | None = None
        self._busy_ms = BUSY_MS
        self._seen: tuple[str, Shared] | None = None
        if folder is not None:
            make_private(folder)
            refuse_strange_files(folder)
            self._path = folder / FILES[0]
            create_private(self._path)
            self._inode = inode_of(self._path)
            self.uri = uri_of(self._path, "rw")
            refuse_newer(self._path)
        self._db = connected(self.uri, prepare)
        self.outbox: Outbox = Outbox(self._db)
        try:
            with translated:
                self.first_id: int = self._db.execute(f"SELECT 1 + {LAST_ID}").fetchone()[0]
        except StoreError:
            self.close()  # Windows moves no damaged file aside that is open
            raise

    @property
    def is_gone(self) -> bool:
        """Whether another process, or a person, has moved the file away or deleted it."""
        return self._path is not None and inode_of(self._path) != self._inode

    @contextlib.contextmanager
    def transaction(self, patience: float = BUSY_MS / 1000) -> Iterator[None]:
        """All that is written inside is on disk together, or not at all.

        Args:
            patience: seconds to wait for another process that is writing.

        Raises:
            BusyStoreError: another process is writing.
        """
        with translated:
            busy_ms = round(patience * 1000)
            if busy_ms != self._busy_ms:
                self._db.execute(f"PRAGMA busy_timeout = {busy_ms}")
                self._busy_ms = busy_ms
            self._db.execute("BEGIN IMMEDIATE")
            try:
                refuse_newer_schema(self._db, VERSION)
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._seen = None
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    # -- what all processes share ----------------------------------------------------------------

    def shared(self) -> Shared | None:
        """The shared state; None in a new file."""
        with translated:
            row = self._db.execute("SELECT state FROM shared").fetchone()
        if row is None:
            return None
        if self._seen is None or self._seen[0] != row[0]:
            try:
                self._seen = row[0], shared_from(row[0])
            except ValueError as error:
                raise DamagedStoreError(str(error)) from error
        return self._seen[1]

    def save(self, shared: Shared, before: dict[str, Merged], journals: dict[str, Merged]) -> None:
        """Write the shared state, and how far journals are merged.

        Args:
            before: what ``journals`` has answered.
            journals: the same now; one that is missing is forgotten.
        """
        gone = [(name,) for name in before if name not in journals]
        new = [
            (name, *each.position, each.stamp) for name, each in journals.items() if before.get(name) != each
        ]
        with translated:
            self._seen = save_shared(self._db, shared), shared
            self._db.executemany("DELETE FROM journals WHERE name = ?", gone)
            self._db.executemany("INSERT OR REPLACE INTO journals VALUES (?, ?, ?, ?, ?)", new)
            self._db.executemany("DELETE FROM facts WHERE process = ?", gone)

    def journals(self) -> dict[str, Merged]:
        """How far each journal is merged, by its name."""
        with translated:
            rows = self._db.execute("SELECT name, offset, number, inputs, stamp FROM journals").fetchall()
        return {name: Merged(Position(*position), stamp) for name, *position, stamp in rows}

    # -- rows --------------------------------------------------------------------------------------

    def write(self, replay: Replay, own: str) -> Written:
        """Write what a replay puts out. In a transaction.

        Args:
            own: the name of this process, whose events are noted.
        """
        writer = OutboxWriter(self._db, own, max_rows=self._max_rows)
        written = writer.write(replay)
        self.last_id = writer.last_id
        return written

    def take_over(self, rows_of: Callable[[str], Iterable[tuple[Any, ...]]], first: int = 0) -> int:
        """Take the rows of another database, under their ids: what is on its way is deleted under them. In a
        transaction of this one, in which there are none.

        Args:
            rows_of: answers a query of that database.
            first: with an id of 1 or more, events from that id on alone; else everything.

        Returns:
            how many they were; 0 where the other one cannot be read any more.
        """
        event = "id, code, user_id, time, size, event"
        tables = {"outbox": event}
        if not first:
            tables |= {"parked": event, "attributes": "id, user_id, custom, key, size, value"}
        self._db.execute("SAVEPOINT take_over")
        try:
            for table, columns in tables.items():
                places = ", ".join("?" * (columns.count(",") + 1))
                rows = rows_of(f"SELECT {columns} FROM {table} WHERE id >= {first} ORDER BY id")
                self._db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
            count, size = totals(self._db)
            self._count(count, size)
        except (sqlite3.Error, UnicodeDecodeError):
            self._db.execute("ROLLBACK TO take_over")
            count = 0
        self._db.execute("RELEASE take_over")
        return count

    def rows(self, query: str) -> Iterable[tuple[Any, ...]]:
        """For ``take_over``."""
        return self._db.execute(query)

    def give_no_ids_below(self, last: int) -> None:
        """Ids are never given twice, also over a file that was lost."""
        with translated:
            self._db.execute("UPDATE counts SET last = max(last, ?)", (last,))

    def is_free(self, stamp: float) -> bool:
        """Whether no event that waits has this time."""
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE time = ?)"
            " OR EXISTS (SELECT 1 FROM parked WHERE time = ?)",
            (stamp, stamp),
        )
        return not found.fetchone()[0]

    def add_lost(self, events: int) -> None:
        """So many more are lost, for good."""
        with translated:
            self._db.execute(
                "INSERT INTO meta VALUES ('lost', ?)"
                " ON CONFLICT (key) DO UPDATE SET value = value + excluded.value",
                (events,),
            )

    def discard(self, through: int, user_id: str | None) -> None:
        """Delete the events with ids up to ``through`` of a user and of nobody."""
        self._discard("outbox WHERE id <= ? AND (user_id IS NULL OR user_id IS ?)", through, user_id)

    def discard_attributes(self, through: int, user_id: str | None) -> None:
        """Delete the attributes of a user with ids up to ``through``."""
        # Not by the index: where that is torn it would find nothing to delete, and say nothing.
        self._discard("attributes NOT INDEXED WHERE id <= ? AND user_id = ?", through, user_id or "")

    def _discard(self, rows: str, *values: object) -> None:
        with translated:
            count, size = self._db.execute(f"SELECT count(*), total(size) FROM {rows}", values).fetchone()
            if count:
                self._count(-count, -int(size))
                self._db.execute(f"DELETE FROM {rows}", values)

    def set_aside(self, row_id: int, reason: str, *, attribute: bool = False) -> None:
        """Take one event or attribute out of the way for good, but keep it to be looked at."""
        table, text = ("attributes", "key || ':' || value") if attribute else ("outbox", "event")
        with translated:
            self._db.execute(
                f"INSERT INTO aside (reason, event) SELECT ?, CAST({text} AS TEXT) FROM {table} WHERE id = ?",
                (reason, row_id),
            )
            self._discard(f"{table} WHERE id = ?", row_id)
            self._db.execute(
                "DELETE FROM aside WHERE id NOT IN (SELECT id FROM aside ORDER BY id DESC LIMIT ?)",
                (MAX_ASIDE,),
            )

    def _count(self, rows: int, size: int) -> None:
        """Before rows are deleted: the last one may be among them."""
        self._db.execute(
            f"UPDATE counts SET rows = rows + ?, bytes = bytes + ?, last = {LAST_ID}", (rows, size)
        )

    @property
    def changes(self) -> tuple[int, ...]:
        """Other than before when anything was written, by whichever process."""
        return self._db.total_changes, self.version

    @property
    def version(self) -> int:
        """Other than before when another connection has written."""
        with translated:
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def take_facts(self, process: str) -> list[SessionStarted | SessionEnded]:
        """What the records of a process have begun and ended, and it has not told yet. In a transaction."""
        with translated:
            rows = self._db.execute(
                "SELECT fact FROM facts WHERE process = ? ORDER BY id", (process,)
            ).fetchall()
            if rows:
                self._db.execute("DELETE FROM facts WHERE process = ?", (process,))
        return [fact_from(text) for (text,) in rows]

    def known(self) -> tuple[dict[str, str | float | None], int]:
        """Everything that was remembered by name; and how many events and attributes wait."""
        with translated:
            found = self._db.execute("SELECT key, value FROM meta UNION ALL SELECT NULL, rows FROM counts")
            meta = dict(found)
        return meta, int(meta.pop(None))

    def put(self, key: str, value: str | float | None) -> None:
        """Remember one value by name."""
        with translated:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put_first(self, key: str, value: str) -> None:
        """Remember a value by name, unless another process has been quicker."""
        with translated:
            self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))

    def wipe(self, shared: Shared) -> None:
        """Leave nothing of all rows. In a transaction, and then ``truncate``.

        Args:
            shared: the state from now on.
        """
        with translated:
            self._db.execute(f"UPDATE counts SET rows = 0, bytes = 0, last = {LAST_ID}")
            for table in ("outbox", "parked", "attributes", "aside", "facts", "journals", "meta"):
                self._db.execute(f"DELETE FROM {table}")
            save_shared(self._db, shared)

    def overwrite_deleted(self) -> None:
        """From now on what is deleted is overwritten, wherever it lies."""
        with translated:
            self._db.execute("PRAGMA secure_delete = ON")

    def truncate(self) -> None:
        """Leave nothing in the log.

        Raises:
            BusyStoreError: another connection is reading.
        """
        with translated:
            is_busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise BusyStoreError("the log is being read")

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
