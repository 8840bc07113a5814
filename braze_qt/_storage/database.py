"""The database and the files beside it: whose they are, how SQLite opens them, and their bounds."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Container
from pathlib import Path, PurePath
from urllib.parse import quote

from braze_qt._platform import system
from braze_qt.errors import StoreError

VERSION = 4
"""The version of the schema. A file of a newer one is left alone."""
APPLICATION_ID = 0x42515431
"""Marks the file as ours ("BQT1"), so that another program's database is not taken for it."""
BUSY_MS = 250
"""Milliseconds that a merge or a quit waits for another process: what a person does not yet call a hang."""
FILES = ("braze.db", "braze.db-wal", "braze.db-shm", "braze.db-journal")
"""The last one is there for the moment in which the database is made, and after a kill in it."""
SENDING = "braze.sending"
"""Locked by the process that sends."""
CHANGES = "braze.news"
"""Touched when a process has changed what all of them share."""
SYNCED = "braze.synced-"
"""How the names of files begin that hold a server's answer to an extension."""
WITHDRAWN = "braze.withdrawn"
"""There from a withdrawal of consent until a merge has taken it into the database."""
WIPING = "braze.wiping"
"""There from the beginning of a wipe to its end."""


META = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
ROWS = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, user_id TEXT, time REAL NOT NULL,
    size INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, user_id TEXT, time REAL NOT NULL,
    size INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE attributes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, custom INTEGER NOT NULL,
    key TEXT NOT NULL, size INTEGER NOT NULL, value TEXT NOT NULL, UNIQUE (user_id, custom, key));
CREATE TABLE aside (id INTEGER PRIMARY KEY, reason TEXT NOT NULL, event TEXT NOT NULL);
"""
LAST_ID = """max(
    coalesce((SELECT last FROM counts), 0), coalesce((SELECT max(id) FROM outbox), 0))"""
"""The id that was given last. Ids are never given twice: what was sent under one is deleted
under it, perhaps much later. AUTOINCREMENT would note it in a page of its own with every event."""
TABLES = ("outbox", "parked", "attributes")
"""Where something waits."""
MAX_ROWS = 100_000
MAX_BYTES = 64 * 1024 * 1024
"""Bounds of the outbox. A month offline of an application that logs an event a minute, day and
night, is 43,200 rows."""
TRIMMED = (
    "outbox WHERE code NOT IN ('ss', 'se')",
    "parked WHERE TRUE",
    "attributes WHERE TRUE",
    "outbox WHERE TRUE",
)
"""What goes first where too much waits: session data last."""
ID_GAP = 100_000
"""Ids left out when a damaged file is replaced: other processes may have given some to events."""
OPENING_PAUSE = 0.01
"""Seconds between two tries to open a file that another process is just making."""
CHANGES_STEP_NS = 2_000_000
"""Nanoseconds by which the time stamp of the change file grows. Qt compares milliseconds on Windows, where
the clock goes in steps of 16 of them: a second change soon after the first was not noticed."""
LOG_PAGES = 8_192
"""Pages of 4 KiB that the log may come to: 32 MiB, half of what the outbox may."""


class DamagedStoreError(StoreError):
    """The file is no database, or not a whole one."""


class RefusedLogError(StoreError):
    """The file system does not support SQLite's write-ahead log: this does not pass."""


class BusyStoreError(StoreError):
    """Another process of the application is writing, or another program has a file open: this passes."""


class Translation:
    """Errors of SQLite and of the file system as StoreError.

    Args:
        in_use: whether an error means that another process has the file open, which passes.
    """

    def __init__(self, in_use: Callable[[OSError], bool]) -> None:
        self._in_use = in_use

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if isinstance(error, sqlite3.OperationalError) and str(error) == "database is locked":
            raise BusyStoreError("another process of this application is writing") from error
        if isinstance(error, OSError) and self._in_use(error):
            raise BusyStoreError(f"another program has a file open: {error}") from error
        garbled = isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode")
        if garbled or isinstance(error, UnicodeDecodeError):  # which SQLite's own words can be, too
            raise DamagedStoreError("a text is no UTF-8") from error
        if isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError, OSError)):
            raise StoreError(str(error)) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise DamagedStoreError(str(error)) from error


translated: Translation = Translation(system.is_in_use)
moving: Translation = Translation(system.is_perhaps_in_use)
"""The same, where files are moved or deleted."""


def uri_of(path: PurePath, mode: str) -> str:
    """The address of a file for SQLite, which makes no file of its own in the modes ``ro`` and ``rw``.

    Every separator is quoted, and so SQLite hands the path to the system as it is. ``Path.as_uri`` makes the
    server of ``\\\\server\\share`` the host of the address, and SQLite knows no hosts.
    """
    return f"file:{quote(os.fsencode(path), safe='')}?mode={mode}"


def refuse_newer(path: Path) -> None:
    """Look who wrote the file, read-only: whoever closes a database that it could write changes it."""
    uri, patience = uri_of(path, "ro"), BUSY_MS / 1000
    with translated:
        try:
            with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=patience)) as db:
                refuse_newer_schema(db)
        except sqlite3.OperationalError:
            # A process was killed while it made the file: SQLite has yet to undo that, which needs to write.
            if not path.with_name(FILES[3]).exists():
                raise


def refuse_newer_schema(db: sqlite3.Connection, known: int = VERSION) -> None:
    """A newer version of this package may have come to the file while this one has it open."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > known and signature(db)[1] == APPLICATION_ID:
        raise StoreError(f"the data were written by a newer version ({version}, this one knows {known})")


def connected(uri: str, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """A connection to write with, from any thread; waits ``BUSY_MS`` while another process makes the file.

    Args:
        prepare: makes the schema where there is none, and refuses a file that is not ours.

    Raises:
        DamagedStoreError: the file is no database, or not one of ours.
    """
    patience = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            return _connect(uri, prepare)
        except BusyStoreError:  # SQLite does not wait where a file is made one with a log
            if time.monotonic() > patience:
                raise
            time.sleep(OPENING_PAUSE)  # noqa: TID251  # BUSY_MS at most


def _connect(uri: str, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    with translated:
        db = sqlite3.connect(
            uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            prepare(db)
            db.execute("PRAGMA synchronous = NORMAL")
            # On macOS a file is safe from a power cut only when the drive was told to empty its cache.
            # Elsewhere it changes nothing.
            db.execute("PRAGMA checkpoint_fullfsync = ON")
            db.execute("PRAGMA wal_autocheckpoint = 0")
            # Some builds of SQLite overwrite what is deleted wherever it lies, which costs large events a
            # write of each of their pages. A wipe removes the whole file.
            db.execute("PRAGMA secure_delete = FAST")
            db.execute(f"PRAGMA journal_size_limit = {LOG_PAGES * 4096}")
        except BaseException:
            db.close()
            raise
        return db


def checkpoint(uri: str) -> None:
    """Write the log back into the file, by a connection of its own: it waits for the disk, for no reader or
    writer.

    The log begins anew if all of it was written back before more was added.
    """
    with translated, contextlib.closing(sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000)) as db:
        refuse_newer_schema(db)
        db.execute("PRAGMA checkpoint_fullfsync = ON")
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def use_log(db: sqlite3.Connection) -> None:
    """Have SQLite keep a write-ahead log.

    Raises:
        RefusedLogError: the file system does not support one.
    """
    (journal,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    if journal not in ("wal", "memory"):  # refused without an error, as on network homes of macOS
        raise RefusedLogError("the file system does not support SQLite's write-ahead log")


def refuse_strange_values(db: sqlite3.Connection, without: Container[str] = ()) -> None:
    """SQLite keeps a value of any type in any column: a torn page can bring some.

    Args:
        without: tables that are not read.
    """
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table in without:
            continue
        strange = [
            f"typeof({name}) NOT IN ('{kind.lower()}', '{kind.lower() if required else 'null'}')"
            for _, name, kind, required, *_ in db.execute(f"PRAGMA table_info({table})")
            if kind
        ]
        if strange and db.execute(f"SELECT 1 FROM {table} WHERE {' OR '.join(strange)} LIMIT 1").fetchone():
            raise DamagedStoreError(f"the table {table} holds a value of a wrong type")


def signature(db: sqlite3.Connection) -> tuple[int, int]:
    """The version of the schema, and whose file it is."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (owner,) = db.execute("PRAGMA application_id").fetchone()
    return version, owner


def inode_of(path: PurePath | str) -> tuple[int, int] | None:
    """What tells a file apart from another one under its name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def touch_changes(folder: Path) -> None:
    """Let the processes that watch the change file know of a change. An OSError where it is missing."""
    file = folder / CHANGES
    moment = max(time.time_ns(), file.stat().st_mtime_ns + CHANGES_STEP_NS)
    os.utime(file, ns=(moment, moment))


def totals(db: sqlite3.Connection) -> tuple[int, int]:
    """How many events and attributes wait, for a session or to be sent, and their bytes."""
    found = [db.execute(f"SELECT count(*), total(size) FROM {table}").fetchone() for table in TABLES]
    return sum(count for count, _ in found), int(sum(size for _, size in found))


def refuse_strange_files(folder: Path) -> None:
    """What is no plain file could hang who opens it, and a link leads to where nothing of ours belongs."""
    with translated:
        for path in (folder / name for name in (*FILES, SENDING, CHANGES, WITHDRAWN, WIPING)):
            if is_strange(path):
                raise StoreError(f"{path.name} is no plain file")


def is_strange(path: Path) -> bool:
    """Whether something is there that is no plain file."""
    with contextlib.suppress(FileNotFoundError):
        return not stat.S_ISREG(path.lstat().st_mode)
    return False


def create_private(path: Path) -> None:
    """Make a file that nobody else may read, where there is none.

    One that is there is not opened: this process would lose the locks that it has on it by closing it again.
    """
    with translated, contextlib.suppress(FileExistsError):
        system.create_private(path)


def make_private(folder: Path) -> None:
    """Make a folder for this user alone, and those above it too."""
    with translated:
        system.make_private(folder)
