"""Deletes all that is stored, and tries again what could not be deleted yet."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path

from braze_qt._platform.clock import Clock
from braze_qt._recorder.store import FREE_PAUSE, PATIENCE, Store
from braze_qt._session.shared import Shared
from braze_qt._storage.database import WIPING, BusyStoreError, DamagedStoreError
from braze_qt._storage.journal import Journal, others
from braze_qt._storage.journal_database import Database
from braze_qt._storage.recovery import delete_aside, delete_files, delete_note, is_noted, move_aside, note
from braze_qt.errors import StoreError

logger: logging.Logger = logging.getLogger(__name__)

LATEST = 2**31
"""Unix seconds, in the year 2038: after it the name of a wipe is one more than that of the one before."""


class Wipe:
    """The wipes of one process, one after the other.

    Args:
        folder: where the data lie; None where they are in memory.
        clock: the time.

    Attributes:
        generation: names the last wipe of this process: its Unix time in seconds, or one more than the name
            before where that is greater.
    """

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        self.generation = 0
        self._folder = folder
        self._clock = clock
        self._left: tuple[Store, Journal | None, int] | None = None
        self._has_failed = False
        self._committed = 0

    @property
    def is_noted(self) -> bool:
        """Whether an earlier process has ended before it could delete what it was told to forget."""
        return self._folder is not None and is_noted(self._folder, WIPING)

    @property
    def waits(self) -> bool:
        """Whether something is to be deleted yet."""
        return self._left is not None

    def begin(self, store: Store, journal: Journal | None, generation: int, timeout: int) -> None:
        """From now on nobody may use these. They are let go of by ``delete``, which may be called later.

        Args:
            generation: that of the wipe before.
            timeout: the session timeout, which survives.
        """
        if self._left is not None:
            return
        self._left = store, journal, timeout
        self.generation, self._has_failed = generation, self.is_noted
        if self._folder is not None and store.is_there:
            with contextlib.suppress(StoreError):  # another start will not know of it
                note(self._folder, WIPING)  # a kill in between leaves the rest to the next start

    def delete(self) -> bool:
        """Delete what is to be deleted. Waits for other processes; nothing may be merged meanwhile.

        Returns:
            whether all is deleted now: then ``end``.
        """
        if self._left is None:
            return False
        store, journal, timeout = self._left
        if journal is not None:
            journal.close(delete=True)
        try:
            if self._folder is not None:
                self._delete_in(self._folder, store, timeout)
        except StoreError as error:
            if not self._has_failed:
                logger.warning("the stored data cannot be deleted yet: %s", error)
            self._has_failed = True
            return False
        finally:
            store.close()
        return True

    def end(self) -> None:
        """What was to be deleted is deleted."""
        self._left, self._committed = None, 0

    def _delete_in(self, folder: Path, store: Store, timeout: int) -> None:
        is_in_memory = store.database is not None and store.database.folder is None
        if store.is_there and not is_in_memory:
            try:
                self._empty(folder, store, timeout)
            except DamagedStoreError:
                store.close()
                move_aside(folder)
                self._empty(folder, store, timeout)
        elif is_in_memory or self._has_failed:
            self._delete_unopened(folder)  # some files could not be deleted at the first try
        delete_note(folder, WIPING)

    def _empty(self, folder: Path, store: Store, timeout: int) -> None:
        """Leave nothing in the database and in all journals; then delete what nobody uses."""
        database = store.reopened()
        database.overwrite_deleted()
        is_alone = True
        with contextlib.ExitStack() as opened, database.transaction(PATIENCE):
            shared = database.shared() or Shared(self.generation)
            # Where only the files were in the way, what came since is another person's.
            is_new = not 0 < self._committed <= shared.generation
            if is_new:
                at, boot_id = self._clock.now(), self._clock.boot_id
                # Also unlike any that was before a wipe which left no file: a process may know of that still.
                told = max(self.generation, shared.generation) + 1, min(int(at.wall), LATEST)
                generation = min(max(told), 2 * LATEST - 1)  # 32 bits of a journal's header
                shared = Shared(generation, wiped=at.boot, timeout=timeout, boot_id=boot_id, at=at)
                database.wipe(shared)
            for journal in others(folder, "", self._clock.boot_id):
                opened.callback(journal.close)
                if is_new:
                    journal.overwrite()
                    journal.delete()
                is_alone &= journal.is_dead
        self.generation = self._committed = shared.generation
        if not is_alone:
            store.notify_peers()
        _truncate(database)
        store.close()
        delete_aside(folder)
        if is_alone and shared.consent is None:
            delete_files(folder)

    def _delete_unopened(self, folder: Path) -> None:
        """Delete the files of a database that cannot be opened, unless another process has them."""
        with contextlib.ExitStack() as opened:
            for journal in others(folder, "", self._clock.boot_id):
                opened.callback(journal.close)
                if not journal.is_dead:
                    raise StoreError("another process has the data")
            delete_files(folder)


def _truncate(database: Database) -> None:
    """Leave nothing in the log. A reader, or a checkpoint of the thread that sends, is soon over."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return database.truncate()
        except BusyStoreError:
            if time.monotonic() >= end:
                raise
        time.sleep(FREE_PAUSE)  # noqa: TID251  # PATIENCE at most
