"""Which process of an application sends, and looks after the database's log: one at a time does."""

from __future__ import annotations

import contextlib
import os
import uuid

from braze_qt._platform import system
from braze_qt._platform.clock import Instant
from braze_qt._recorder.recorder import Recorder
from braze_qt._storage.database import SENDING, create_private, translated
from braze_qt.errors import StoreError

STUCK = 120.0
"""Seconds that another process may spend with one request before it counts as stopped: twice what the
transport gives a request."""
NO_FILE = -1


class Lease:
    """This process among those that share a database. For the thread that sends."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._file = NO_FILE
        self._round: object = self  # so that the first look begins to count
        self._round_at = 0.0

    def may_send(self, now: Instant) -> bool:
        """Whether it is this process that sends now: one does at a time. ``sent`` lets go of it.

        A process that was stopped in the middle of a request is not waited for without end.
        """
        if self._take():
            if self._recorder.store.has_peers:
                self._recorder.store.when_free(lambda database: database.put("round", str(uuid.uuid4())))
            return True
        with self._recorder.store.reading() as outbox:
            going_on = outbox.remembered("round")
        if going_on != self._round:
            self._round, self._round_at = going_on, now.awake
        return now.awake - self._round_at >= STUCK

    def _take(self) -> bool:
        change_file = self._recorder.store.change_file
        if change_file is None or self._file != NO_FILE:
            return True
        path = change_file.with_name(SENDING)
        with translated:
            create_private(path)
            file = system.open_to_lock(path)
        try:
            taken = system.lock_file(file)
        except OSError as error:
            os.close(file)
            raise StoreError(str(error)) from error
        if taken:
            self._file = file
        else:
            os.close(file)
        return taken

    @property
    def others_stay(self) -> bool:
        """Whether another process goes on, which will send what this one leaves."""
        return self._recorder.others_stay

    def sent(self) -> None:
        """Let another process send."""
        file, self._file = self._file, NO_FILE
        if file != NO_FILE:
            with contextlib.suppress(OSError):
                os.close(file)

    def abandon(self) -> None:
        """In a forked child: the parent's lock would be held as long as the child lives."""
        self.sent()

    def catch_up(self) -> None:
        """Merge what waits, and see what other processes have sent meanwhile."""
        recorder = self._recorder
        recorder.merge_all()
        if not recorder.store.has_peers:
            return
        with recorder.lock:
            waiting = recorder.history.open_ids()
        with recorder.store.reading() as outbox:
            present = outbox.present(waiting)
        with recorder.lock:
            recorder.history.gone(waiting - present)

    def checkpoint(self) -> None:
        """Write the database's log back into its file; waits for the disk. One process at a time does."""
        had = self._file != NO_FILE
        if not self._take():
            return
        try:
            self._recorder.store.checkpoint()
        finally:
            if not had:
                self.sent()
