"""The files of the store: whose they are, who may see them, and which process holds them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from braze_qt.errors import StoreError

VERSION = 1
"""The version of the schema. A file of a newer one is left alone."""
APPLICATION_ID = 0x42515431
"""Marks the file as ours ("BQT1"), so that another program's database is not taken for it."""
BUSY_MS = 250
"""Milliseconds that a write may wait for another process: what a person does not yet call a hang."""
FILES = ("braze.db", "braze.db-wal", "braze.db-shm")


class DamagedStoreError(StoreError):
    """The file is no database, or not a whole one."""


class BusyStoreError(StoreError):
    """Another process of the application has the store."""


class Translation:
    """Errors of SQLite and of the file system as StoreError."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError, OSError)):
            raise StoreError(str(error)) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise DamagedStoreError(str(error)) from error


translated = Translation()


def signature(db: sqlite3.Connection) -> tuple[int, int]:
    """The version of the schema, and whose file it is."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (owner,) = db.execute("PRAGMA application_id").fetchone()
    return version, owner


def refuse_newer(uri: str) -> None:
    """Look who wrote the file, read-only: whoever closes a database that it could write changes it."""
    with translated, contextlib.closing(sqlite3.connect(uri.removesuffix("rw") + "ro", uri=True)) as db:
        version, owner = signature(db)
    if version > VERSION and owner == APPLICATION_ID:
        raise StoreError(f"the data were written by a newer version ({version}, this one knows {VERSION})")


def create_private(path: Path, flags: int = 0) -> None:
    flags |= os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    with translated:
        os.close(os.open(path, flags, 0o600))


def _make_private(folder: Path) -> None:
    """Make a folder and those above it; ``parents=True`` would give those to whom the umask lets."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def claimed(folder: Path) -> sqlite3.Connection:
    """Make the folder and hold it for this process; the system lets go of it when the process dies."""
    with translated:
        _make_private(folder)
        folder.chmod(0o700)
        create_private(folder / "braze.lock", os.O_TRUNC)  # nothing is ever written there but by accident
        claim = sqlite3.connect(
            (folder / "braze.lock").as_uri(),
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            claim.execute("PRAGMA journal_mode = MEMORY")  # a journal on disk would need room there
            claim.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            claim.close()
            if "locked" in str(error):
                raise BusyStoreError("another process of this application is using the data") from None
            raise
    return claim
