"""The folders of all applications of this user, and whose each is."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from appdirs import user_data_dir

from braze_qt._platform import system
from braze_qt._storage.database import is_strange
from braze_qt.errors import printable

NAME = "braze.name"
"""Holds the application's name: the name of the folder is a hash, and tells nobody whose it is."""
NAME_LIMIT = 255
"""Characters of a name that are kept."""
HASHED = re.compile("[0-9a-f]{32}")


def data_root() -> Path | None:
    """The folder of the folders; None where this user has none: a relative path would end anywhere."""
    root = Path(user_data_dir("braze_qt"))
    return root if root.is_absolute() else None


def data_folders(root: Path) -> Iterator[Path]:
    """The folders of applications, in the order of their names. An OSError where they cannot be listed."""
    for path in sorted(root.iterdir()):
        if HASHED.fullmatch(path.name) and not path.is_symlink() and path.is_dir():
            yield path


def write_name(folder: Path, name: str) -> None:
    """Note the application's name in its folder, if that is there and holds none. An OSError if it cannot."""
    path = folder / NAME
    if not folder.is_dir() or is_strange(path) or read_name(folder):
        return
    with contextlib.suppress(FileExistsError):
        system.create_private(path)
    path.write_text(printable(name, NAME_LIMIT), "utf-8")


def read_name(folder: Path) -> str:
    """The name that was noted; empty for none."""
    path = folder / NAME
    with contextlib.suppress(OSError):
        if not is_strange(path):
            with path.open("rb") as file:
                return printable(file.read(4 * NAME_LIMIT).decode("utf-8", "replace"), NAME_LIMIT)
    return ""
