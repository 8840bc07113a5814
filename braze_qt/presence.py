"""What the live processes of one application know of each other: locks on bytes of one file.

The system lets go of a lock when its process dies, however it dies, so nobody has to be waited for.
A lock says that somebody is there, not who: that is all there is to know.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from enum import IntEnum
from pathlib import Path

from braze_qt.database import BUSY_MS, BusyStoreError, create_private, translated
from braze_qt.errors import StoreError

PAUSE = 0.01
"""Seconds between two tries to join while another process deletes the file."""
NO_FILE = -1


class Mark(IntEnum):
    """What a process can say of itself. The numbers are the bytes that are locked."""

    ALIVE = 0
    FOREGROUND = 1
    SIGNING = 2
    SENDING = 3
    STAYING = 4
    """Alive, and not about to end: who quits may take seconds to send what waits."""
    CHECKPOINTING = 5


class Presence:
    """This process among those that have the same file. One thread at a time, but for ``elsewhere``.

    The locks are POSIX record locks: they belong to the process, a forked child has none of them, and
    they are gone when the process closes *any* descriptor of the file. So nobody else may open it.
    """

    def __init__(self, path: Path) -> None:
        """Join the others.

        Raises:
            StoreError: the file cannot be made.
            BusyStoreError: it was being deleted all the time.
        """
        self._path = path
        self._said: set[Mark] = set()
        self._join()

    def _join(self) -> None:
        patience = time.monotonic() + BUSY_MS / 1000
        while True:
            with translated:
                create_private(self._path)
                self._file = os.open(self._path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            try:
                self.say(Mark.ALIVE, True)
            except StoreError:
                self.leave()
                raise
            if Mark.ALIVE in self._said and self._is_there():
                return
            self.leave()
            if time.monotonic() > patience:
                raise BusyStoreError("another process is deleting the data")
            time.sleep(PAUSE)

    def stay(self) -> None:
        """Join again where somebody has deleted the file."""
        if not self._is_there():
            said = set(self._said)
            self.leave()
            self._join()
            for mark in said:
                self.say(mark, True)

    def _is_there(self) -> bool:
        """Whether what was opened is still what others will find under that name."""
        with contextlib.suppress(OSError):
            return os.path.samestat(os.stat(self._path), os.fstat(self._file))
        return False

    def say(self, mark: Mark, holds: bool) -> None:  # noqa: FBT001
        """Say of this process that a mark holds, or that it does not. Others may say the same.

        Who has left says nothing: a thread that is caught in a request may come back later.
        """
        with translated:
            if self._file == NO_FILE:
                return
            if not holds:
                _unlock(self._file, mark)
                self._said.discard(mark)
            elif _lock(self._file, mark, shared=True):
                self._said.add(mark)

    def take(self, mark: Mark) -> bool:
        """Say a mark that no other process may say meanwhile; False if one does, or this one has left."""
        with translated:
            taken = self._file != NO_FILE and _lock(self._file, mark, shared=False)
            if not taken and mark in self._said:
                _lock(self._file, mark, shared=True)
            return taken

    def elsewhere(self, mark: Mark) -> bool:
        """Whether another process that is alive says this of itself. Any thread."""
        with translated:
            return self._file != NO_FILE and _is_locked(self._file, mark, mine=mark in self._said)

    def leave(self) -> None:
        """Let go of everything."""
        self._said.clear()
        file, self._file = self._file, NO_FILE  # its number may soon be that of a file of the host's
        with contextlib.suppress(OSError):
            os.close(file)


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _FAIL_IMMEDIATELY, _EXCLUSIVE = 1, 2

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("internal", ctypes.c_size_t),
            ("internal_high", ctypes.c_size_t),
            ("offset", wintypes.DWORD),
            ("offset_high", wintypes.DWORD),
            ("event", wintypes.HANDLE),
        )

    def _lock(file: int, mark: Mark, *, shared: bool) -> bool:
        _unlock(file, mark)  # here a process can be in its own way
        flags = _FAIL_IMMEDIATELY | (0 if shared else _EXCLUSIVE)
        place = ctypes.byref(_Overlapped(offset=mark))
        return bool(_kernel.LockFileEx(wintypes.HANDLE(msvcrt.get_osfhandle(file)), flags, 0, 1, 0, place))

    def _unlock(file: int, mark: Mark) -> None:
        place = ctypes.byref(_Overlapped(offset=mark))
        while _kernel.UnlockFileEx(wintypes.HANDLE(msvcrt.get_osfhandle(file)), 0, 1, 0, place):
            pass

    def _is_locked(file: int, mark: Mark, *, mine: bool) -> bool:
        free = _lock(file, mark, shared=False)
        _unlock(file, mark)
        if mine:
            _lock(file, mark, shared=True)
        return not free

else:
    import fcntl
    import struct

    def _lock(file: int, mark: Mark, *, shared: bool) -> bool:
        try:
            fcntl.lockf(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB, 1, mark)
        except (BlockingIOError, PermissionError):  # the two errors that POSIX allows for "taken"
            return False
        return True

    def _unlock(file: int, mark: Mark) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN, 1, mark)

    # Asked with F_GETLK: to try for a lock in order to see would keep others from theirs for a moment.
    _KIND_FIRST = not sys.platform.startswith(("darwin", "freebsd"))
    _FLOCK = "@hhqqi0q" if _KIND_FIRST else "@qqihh0q"

    def _is_locked(file: int, mark: Mark, *, mine: bool) -> bool:  # noqa: ARG001 (one's own are not told)
        kind = (fcntl.F_WRLCK, os.SEEK_SET)
        place = (int(mark), 1, 0)
        question = struct.pack(_FLOCK, *(kind + place if _KIND_FIRST else place + kind))
        answer = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, question))
        return bool(answer[0 if _KIND_FIRST else 3] != fcntl.F_UNLCK)
