"""A look at a data folder from outside: nothing in it is changed, and nobody is kept waiting."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from braze_qt._platform import system
from braze_qt._storage.database import (
    APPLICATION_ID,
    BUSY_MS,
    FILES,
    VERSION,
    DamagedStoreError,
    connected,
    create_private,
    make_private,
    refuse_newer_schema,
    refuse_strange_files,
    signature,
    translated,
    uri_of,
)
from braze_qt._storage.journal import PREFIX
from braze_qt._storage.schema import prepare

SQLITE = sqlite3.sqlite_version


class Size(NamedTuple):
    """What lies in a folder.

    Attributes:
        bytes: of all files together.
        files: how many there are.
        journals: how many of them hold what a process has not handed over to the database yet.
        set_aside: how many of them were put aside as damaged.
    """

    bytes: int
    files: int
    journals: int
    set_aside: int


class Waiting(NamedTuple):
    """How much waits to be sent, or for a session."""

    events: int = 0
    attributes: int = 0


def size_of(folder: Path) -> Size:
    """How large a folder is, links not followed.

    Raises:
        StoreError: it cannot be listed.
    """
    with translated:
        found = {path.name: path.lstat() for path in folder.iterdir()}
    files = {name: each.st_size for name, each in found.items() if stat.S_ISREG(each.st_mode)}
    return Size(
        sum(files.values()),
        len(files),
        sum(name.startswith(PREFIX) for name in files),
        sum(name.startswith(f"{FILES[0]}.damaged-") for name in files),
    )


def waiting(folder: Path) -> Waiting:
    """What waits in the database of a folder.

    Raises:
        BusyStoreError: a process keeps it for itself at the moment.
        DamagedStoreError: it is no database of ours, or not a whole one.
        StoreError: it cannot be read, or a newer version wrote it.
    """
    refuse_strange_files(folder)
    path = folder / FILES[0]
    with translated:
        if not path.exists() or not path.stat().st_size:
            return Waiting()
        with _opened(path) as db:
            refuse_newer_schema(db, VERSION)
            if signature(db)[1] != APPLICATION_ID:
                raise DamagedStoreError("the file is not ours")
            counts = [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("outbox", "parked", "attributes")
            ]
    return Waiting(counts[0] + counts[1], counts[2])


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads. Where there is no log SQLite would make one, to read nothing from it."""
    log = path.with_name(FILES[1])
    unlogged = not log.exists() or not log.stat().st_size
    uri = uri_of(path, "ro") + ("&immutable=1" if unlogged else "")
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000)) as db:
        yield db


def try_out(root: Path) -> None:
    """Make a data folder with a database and a locked file, as an application would, and delete it again.

    Raises:
        StoreError: an application could not store anything there.
    """
    folder = root / f"verify-{uuid.uuid4()}"
    made = [folder, *(path for path in (root, *root.parents) if not path.exists())]
    try:
        make_private(folder)
        create_private(folder / FILES[0])
        connected(uri_of(folder / FILES[0], "rw"), prepare).close()
        with translated:
            file = system.create_to_lock(folder / PREFIX)
            try:
                system.lock_file(file)
                system.write_at(file, b"x", 0)
            finally:
                os.close(file)
    finally:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                path.unlink()
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
