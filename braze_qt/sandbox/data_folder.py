"""The folder of ``--data``: used only where it is this user's own, and nobody else can put anything there."""

import os
import stat
from pathlib import Path

FILE = "sandbox.sqlite3"
FILES = tuple(FILE + suffix for suffix in ("", "-journal", "-shm", "-wal"))
"""What SQLite opens there, if it has to be by following a link."""
OWN_FOLDER = 0o700 if hasattr(os, "geteuid") else 0o777
"""The mode of a new folder. Newer Pythons make of 0o700 on Windows an access list for the account that makes
the folder alone, and an administrator's would shut out the user."""


def claim(folder: Path) -> Path:
    """Make the folder if it is missing, and give back the file in it, which only this user can read.

    Others lose the right to write into the folder: they could exchange the file.

    Raises:
        OSError: it cannot be made, or it or a file in it belongs to another user or is no plain file.
    """
    folder.mkdir(mode=OWN_FOLDER, exist_ok=True)
    _refuse_others(folder, folder.lstat())
    status = folder.stat()
    _refuse_others(folder, status)
    if status.st_mode & 0o022:
        folder.chmod(stat.S_IMODE(status.st_mode) & ~0o022)
    for name in FILES:
        _refuse_strange(folder / name)
    file = folder / FILE
    # Made here, because SQLite would let everybody read it whom the umask lets.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    for name in FILES:
        if (folder / name).exists():
            (folder / name).chmod(0o600)
    return file


def _refuse_strange(path: Path) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    _refuse_others(path, status)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is no plain file")
    if status.st_nlink > 1:
        raise OSError(f"{path} has another name as well")


def _refuse_others(path: Path, status: os.stat_result) -> None:
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise OSError(f"{path} belongs to another user")
