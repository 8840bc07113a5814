"""What can still be had of a file that cannot be used: damaged, of a newer version, or not to be written."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from braze_qt._platform import system
from braze_qt._storage.database import (
    BUSY_MS,
    FILES,
    SYNCED,
    TABLES,
    BusyStoreError,
    create_private,
    is_strange,
    make_private,
    moving,
    uri_of,
)
from braze_qt.errors import StoreError

COPIED = 256 * 1024 * 1024
"""Bytes of a file that is copied to be read: more than twice what an outbox at its bounds comes to."""

UNREADABLE = (sqlite3.Error, OSError, UnicodeDecodeError)
"""What a damaged file can answer with; the last one where SQLite quotes it."""


class Remembered(NamedTuple):
    """What such a file says; None for what it does not."""

    device_id: str | None = None
    user_id: str | None = None
    enabled: bool | None = None


def remembered(folder: Path) -> Remembered | None:
    """Whose device it is, the user and consent, from the file or else from the one moved aside last.

    Each by itself: who withdrew consent has withdrawn it, whatever became of the rest.

    Returns:
        None where nothing can be read. Nothing is said after a wipe.
    """
    return _remembered(folder / FILES[0]) or remembered_aside(folder)


def remembered_aside(folder: Path) -> Remembered | None:
    """The same, from the file that was moved aside last."""
    number = _last_aside(folder)
    return _remembered(_aside(folder, number)) if number else None


def _remembered(path: Path) -> Remembered | None:
    for way in (in_place, _without_log, _copied):
        with contextlib.suppress(*UNREADABLE), way(path) as db:
            db.execute("SELECT count(*) FROM sqlite_master")
            return _read(db)
    return None


def _read(db: sqlite3.Connection) -> Remembered | None:
    if _value(db, "SELECT value FROM meta WHERE key = 'wiped'"):
        return Remembered()
    device_id = _value(db, "SELECT value FROM meta WHERE key = 'device_id'")
    user_id = _value(db, "SELECT user_id FROM shared")
    enabled = _value(db, "SELECT enabled FROM shared")
    found = Remembered(
        device_id if isinstance(device_id, str) and _is_uuid(device_id) else None,
        user_id if isinstance(user_id, str) else None,
        None if enabled is None else enabled == 1,
    )
    return None if found == Remembered() else found


def _value(db: sqlite3.Connection, question: str) -> object:
    with contextlib.suppress(*UNREADABLE):
        row = db.execute(question).fetchone()
        return row and row[0]
    return None


def _is_uuid(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return str(uuid.UUID(text)) == text
    return False


# -- ways to read ------------------------------------------------------------------------------------


def _with_log(path: Path) -> list[Path]:
    """The file, its log and the index of that; OSError where one is no plain file, or nothing is there."""
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    if any(map(is_strange, files)) or not path.stat().st_size:
        raise FileNotFoundError(path)  # and SQLite would delete the log of an empty file
    return files


@contextlib.contextmanager
def _connected(uri: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000)) as db:
        yield db


@contextlib.contextmanager
def in_place(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to read what can be read of a damaged file."""
    _with_log(path)
    with _connected(uri_of(path, "ro")) as db:
        yield db


@contextlib.contextmanager
def _without_log(path: Path) -> Iterator[sqlite3.Connection]:
    """Where there is none: SQLite makes one even to read, which a disk that is full or read-only refuses."""
    log = _with_log(path)[1]
    if log.exists() and log.stat().st_size:
        raise FileExistsError(log)
    with _connected(uri_of(path, "ro") + "&immutable=1") as db:
        yield db


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    """Where there is one, and it says something newer."""
    file, log, _ = _with_log(path)
    if file.stat().st_size + log.stat().st_size > COPIED:
        raise FileExistsError(file)
    with tempfile.TemporaryDirectory() as folder:
        for each in (file, log):
            shutil.copyfile(each, Path(folder) / each.name)
        with _connected(uri_of(Path(folder) / file.name, "rw")) as db:
            yield db


# -- what is in the way --------------------------------------------------------------------------------


def _last_aside(folder: Path) -> int:
    with contextlib.suppress(OSError):  # a folder above it that may not be entered
        endings = [path.name.rpartition("-")[2] for path in _all_aside(folder)]
        return max((int(ending) for ending in endings if ending.isdecimal()), default=0)
    return 0


def _all_aside(folder: Path) -> Iterator[Path]:
    return folder.glob(f"{FILES[0]}.damaged-*")


def _aside(folder: Path, number: int) -> Path:
    return folder / f"{FILES[0]}.damaged-{number}"


def move_aside(folder: Path) -> Path:
    """Put the files of a damaged database aside, under other names; answers the new name of the database."""
    with moving:
        aside = _aside(folder, _last_aside(folder) + 1)
        for name in FILES:
            path = folder / name
            if path.exists():
                path.replace(folder / name.replace(FILES[0], aside.name))
    return aside


def is_log_alone(folder: Path) -> bool:
    """Whether a database is gone, or empty, beside its log. SQLite would begin a new one in silence."""
    file, log = folder / FILES[0], folder / FILES[1]
    with contextlib.suppress(OSError):
        found = log.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_size > 0 and _size(file) == 0
    return False


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.lstat().st_size
    return 0


def delete_aside(folder: Path) -> None:
    """Delete what was moved aside, and what a server has sent."""
    with moving:
        _delete([*_all_aside(folder), *folder.glob(f"{SYNCED}*")])


def _delete(paths: Iterable[Path]) -> None:
    """Delete files; where the system does not let us, leave nothing in them.

    Raises:
        BusyStoreError: a file could not be deleted that another program has open.
        StoreError: a file could not be deleted.
    """
    refused: OSError | None = None
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            refused = error
            with contextlib.suppress(OSError):
                os.truncate(path, 0)
    if refused:
        kind = BusyStoreError if system.is_perhaps_in_use(refused) else StoreError
        raise kind(f"a file cannot be deleted: {refused.strerror}")


def waiting_in(path: Path) -> int:
    """How many events and attributes wait in a damaged file: as many as it has counted where they cannot be
    read, and 1 where not even that can.
    """
    rows = " + ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
    for query in (f"SELECT {rows}", "SELECT max(1, rows) FROM counts WHERE typeof(rows) = 'integer'"):
        with contextlib.suppress(*UNREADABLE, TypeError), in_place(path) as db:
            return int(db.execute(query).fetchone()[0])
    return 1


def delete_files(folder: Path) -> None:
    """Delete what is ours, and the folder, if that was all.

    Files moved aside go first: a later start that finds them alone would recover from them.
    """
    try:
        delete_aside(folder)
    finally:
        with moving:
            _delete(path for path in sorted(folder.glob("braze.*")) if not is_strange(path))
            with contextlib.suppress(OSError):  # the host may keep files of its own there
                folder.rmdir()


# -- notes beside the database, of what it does not know yet -----------------------------------------


def note(folder: Path, name: str) -> None:
    """Make an empty file, which a full disk may still take: ``WITHDRAWN`` or ``WIPING``."""
    with moving:
        make_private(folder)
        create_private(folder / name)


def delete_note(folder: Path, name: str) -> None:
    """What was noted is done."""
    with moving:
        if is_noted(folder, name):
            (folder / name).unlink(missing_ok=True)


def is_noted(folder: Path, name: str) -> bool:
    """Whether there is such a note: a plain file, not a folder or a link of that name."""
    with contextlib.suppress(OSError):
        return stat.S_ISREG((folder / name).lstat().st_mode)
    return False
