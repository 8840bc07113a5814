"""The folders of applications, and whose each is."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from appdirs import user_data_dir

from braze_qt._platform import system
from braze_qt._storage.database import is_strange
from braze_qt.errors import printable

NAME = "braze.name"
"""Holds the application's name: the name of the folder is a hash, and tells nobody whose it is."""
OWNER = "braze.key"
"""Holds the hash of the API key whose data lie in a folder that the application chose."""
LIMIT = 255
"""Characters of a note that are kept."""
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


def hashed(identity: str) -> str:
    """The name of a folder for it: a path shows up in many places."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def own_folder(folder: Path, api_key: str) -> Path:
    """``folder``, or one in it where the data of another API key lie there: each has its device and user."""
    own = folder / hashed(api_key)
    is_free = read_note(folder / OWNER) in ("", own.name)
    return folder if is_free and not os.path.isdir(own) else own


def write_note(path: Path, text: str) -> None:
    """Write a line about a folder into it, if that is there and says nothing. An OSError if it cannot."""
    if not path.parent.is_dir() or is_strange(path) or read_note(path):
        return
    with contextlib.suppress(FileExistsError):
        system.create_private(path)
    path.write_text(printable(text, LIMIT), "utf-8")


def read_note(path: Path) -> str:
    """What was noted; empty for nothing."""
    with contextlib.suppress(OSError):
        if not is_strange(path):
            with path.open("rb") as file:
                return printable(file.read(4 * LIMIT).decode("utf-8", "replace"), LIMIT)
    return ""
