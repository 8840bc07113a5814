"""The file with a server's answer to an extension: beside the database, replaced as a whole."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from braze_qt._platform import system
from braze_qt._storage.database import SYNCED, is_strange
from braze_qt.errors import StoreError

LARGEST = 8 * 1024 * 1024
"""Bytes that are read: more than a reply at its bounds comes to when all of its characters are escaped."""
TRIES = 10
PAUSE = 0.005
"""Tries, and seconds between them, to replace the file: Windows refuses while another process reads it."""

Stamp = tuple[int, int, int]


def path_of(folder: Path, name: str) -> Path:
    """The file of one extension."""
    return folder / f"{SYNCED}{name}"


def stamp(path: Path) -> Stamp | None:
    """Tells versions of the file apart; None where there is none."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size
    return None


def read(path: Path) -> bytes:
    """The content; nothing where it cannot be read, is too large, or is no plain file."""
    with contextlib.suppress(OSError):
        if not is_strange(path) and path.stat().st_size <= LARGEST:
            return path.read_bytes()
    return b""


def write(path: Path, content: bytes) -> None:
    """Put a whole content into the place of another. One process at a time, in a transaction.

    Raises:
        StoreError: it could not be stored; the former content stays.
    """
    try:
        _write(path, content)
    except OSError as error:
        raise StoreError(str(error)) from error


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    system.create_private(new)
    new.write_bytes(content)
    for tries_left in reversed(range(TRIES)):
        try:
            new.replace(path)
        except OSError as error:
            if not tries_left or not system.is_perhaps_in_use(error):
                raise
            time.sleep(PAUSE)  # noqa: TID251  # TRIES at most
        else:
            return
