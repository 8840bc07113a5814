"""The data folders of this user's applications, and what is in each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from braze_qt._commands.bounded import FOLDER_LIMIT, DeadlineError, within
from braze_qt._storage import inspection
from braze_qt._storage.database import BusyStoreError, DamagedStoreError
from braze_qt._storage.folders import NAME, data_folders, data_root, read_note
from braze_qt.errors import StoreError, printable


def describe_folders() -> Iterator[str]:
    """Line after line. An OSError where the folders cannot be listed."""
    root = data_root()
    folders = list(data_folders(root)) if root and root.is_dir() else []
    for folder in folders:
        yield _shown(folder)
        yield from _described(folder)
    if not folders:
        yield f"no application has stored anything in {_shown(root) if root else 'a folder of this user'}"
    yield "(an application with a data_dir of its own is not listed)"


def _described(folder: Path) -> Iterator[str]:
    try:
        for name, words in within(FOLDER_LIMIT, lambda: list(_look(folder))):
            yield f"  {name:<12} {words}"
    except DeadlineError:
        yield f"  does not answer within {FOLDER_LIMIT:.0f} seconds"


def _look(folder: Path) -> Iterator[tuple[str, str]]:
    yield "application", read_note(folder / NAME) or "unknown: it has not run since names are noted"
    try:
        size = inspection.size_of(folder)
        yield "size", f"{size.bytes / 1024:,.0f} KiB in {_counted(size.files, 'file')}"
        yield "waiting", _waiting(folder)
    except StoreError as error:
        yield "unreadable", printable(str(error))
        return
    if size.journals:
        yield "journals", f"{size.journals}, which may hold what the database does not hold yet"
    if size.set_aside:
        yield "set aside", f"{_counted(size.set_aside, 'file')}, damaged"


def _waiting(folder: Path) -> str:
    try:
        found = inspection.waiting(folder)
    except BusyStoreError:
        return "unknown: a process keeps the database for itself at the moment"
    except DamagedStoreError:
        return "unknown: the database is damaged; the next start saves what can be had of it"
    return f"{_counted(found.events, 'event')} and {_counted(found.attributes, 'attribute')}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(path: Path) -> str:
    return printable(str(path), 4096)
