"""What the live processes of one application know of each other: locks on bytes of one file.

The system lets go of a lock when its process dies, however it dies, so nobody has to be waited for.
A lock says that somebody is there, not who: that is all there is to know.
"""

from __future__ import annotations

import contextlib
import os
import time
from enum import IntEnum
from pathlib import Path

from braze_qt._platform import system
from braze_qt._storage.database import BUSY_MS, BusyStoreError, create_private, translated
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

    Nobody else may open the file in this process: on POSIX its locks would be gone when he closes it.
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
        while not self._has_joined(last_try=time.monotonic() > patience):
            time.sleep(PAUSE)  # noqa: TID251  # BUSY_MS at most

    def _has_joined(self, *, last_try: bool) -> bool:
        try:
            with translated:
                create_private(self._path)
                self._file = system.open_to_lock(self._path)
        except StoreError as error:
            deleted = isinstance(error.__cause__, OSError) and system.is_perhaps_in_use(error.__cause__)
            if deleted and not last_try:
                return False
            raise
        try:
            self.say(Mark.ALIVE, True)
        except StoreError:
            self.leave()
            raise
        if Mark.ALIVE in self._said and self._is_there():
            return True
        self.leave()
        if last_try:
            raise BusyStoreError("another process is deleting the data")
        return False

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

        After ``leave`` this does nothing: a thread that is caught in a request may come back later.
        """
        with translated:
            if self._file == NO_FILE:
                return
            if not holds:
                system.unlock(self._file, mark)
                self._said.discard(mark)
            elif system.lock(self._file, mark, shared=True):
                self._said.add(mark)

    def take(self, mark: Mark) -> bool:
        """Say a mark that no other process may say meanwhile; False if one does, or this one has left."""
        with translated:
            taken = self._file != NO_FILE and system.lock(self._file, mark, shared=False)
            if not taken and mark in self._said:
                system.lock(self._file, mark, shared=True)
            return taken

    def elsewhere(self, mark: Mark) -> bool:
        """Whether another process that is alive says this of itself. Any thread."""
        with translated:
            mine = mark in self._said
            return self._file != NO_FILE and system.is_locked_elsewhere(self._file, mark, mine=mine)

    def leave(self) -> None:
        """Let go of everything."""
        self._said.clear()
        file, self._file = self._file, NO_FILE  # its number may soon be that of a file of the host's
        with contextlib.suppress(OSError):
            os.close(file)
