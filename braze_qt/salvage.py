"""What can still be had of a file that cannot be used: damaged, of a newer version, or not to be written."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from pathlib import Path

from braze_qt.database import BUSY_MS, FILES, TABLES, is_strange, translated
from braze_qt.tracking import Kept


def move_aside(folder: Path) -> Path:
    """Put the files of a damaged store beside it, under names of their own; answers that of the database."""
    number = sum(1 for _ in folder.glob(f"{FILES[0]}.damaged-*")) + 1
    with translated:
        for name in FILES:
            path = folder / name
            if path.exists():
                path.replace(folder / name.replace(FILES[0], f"{FILES[0]}.damaged-{number}"))
    return folder / f"{FILES[0]}.damaged-{number}"


def remembered(path: Path) -> tuple[str, Kept] | None:
    """The device id, and what was told of user, consent and timeout, from a file that cannot be used.

    Who withdrew consent has withdrawn it, whatever became of the disk.

    Returns:
        None where it cannot be read, and after a wipe.
    """
    for way in ("mode=ro", "immutable=1"):  # the second one knows nothing of the log, and needs none
        with contextlib.suppress(sqlite3.Error, OSError, ValueError, TypeError):
            # SQLite would delete the log of an empty file.
            if not any(map(is_strange, _with_log(path))) and path.stat().st_size:
                return _remembered(f"{path.as_uri()}?{way}")
    return None


def _with_log(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def _remembered(uri: str) -> tuple[str, Kept] | None:
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000)) as db:
        meta = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('device_id', 'wiped')"))
        found = db.execute("SELECT user_id, enabled, timeout FROM shared").fetchone()
    user_id, enabled, timeout = found or (None, None, None)
    if "wiped" in meta or not isinstance(user_id, (str, type(None))):
        return None
    consent = None if enabled is None else bool(enabled)
    told = timeout if isinstance(timeout, int) and timeout > 0 else None
    return str(uuid.UUID(meta.get("device_id"))), Kept(user_id, consent, timeout=told)


def waiting_in(path: Path) -> int:
    """How many events and attributes wait in a damaged file: 1 where that cannot be read."""
    if not path.exists() or not path.stat().st_size:
        return 1  # and SQLite would delete the log of an empty file
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            return sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)
    except sqlite3.Error:
        return 1
