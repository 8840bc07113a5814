"""What the processes of an application do by turns: one of them sends, and one looks after the log."""

from __future__ import annotations

import uuid

from braze_qt._platform.clock import Instant
from braze_qt._recorder.ledger import Ledger
from braze_qt._storage.database import LOG_PAGES, BusyStoreError
from braze_qt._storage.locks import Mark
from braze_qt._storage.store import Store
from braze_qt.errors import StoreError

STUCK = 120.0
"""Seconds that another process may spend with one request before it counts as stopped: twice what the
transport gives a request."""


class Lease:
    """This process among those that share a ledger. For the thread that sends."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._round: object = None
        self._round_at = 0.0
        self._had_others = False
        self._taken_back: tuple[int, ...] = ()

    def may_send(self, now: Instant) -> bool:
        """Whether it is this process that sends now: one does at a time. ``sent`` lets go of it.

        A process that was stopped in the middle of a request is not waited for without end.
        """
        if self._ledger.take(Mark.SENDING):
            if self._ledger.elsewhere(Mark.ALIVE):
                self._ledger.when_free(lambda: self._ledger.store.shared.put("round", str(uuid.uuid4())))
            return True
        with self._ledger.reader() as reader:
            going_on = reader.remembered("round")
        if going_on != self._round:
            self._round, self._round_at = going_on, now.awake
        return now.awake - self._round_at >= STUCK

    @property
    def others_stay(self) -> bool:
        """Whether another process goes on, which will send what this one leaves."""
        return self._ledger.elsewhere(Mark.STAYING)

    def sent(self) -> None:
        """Let another process send."""
        self._ledger.say(Mark.SENDING, False)

    def catch_up(self) -> None:
        """See what other processes have logged and sent meanwhile."""
        others = self._ledger.elsewhere(Mark.ALIVE)
        if not others and not self._had_others:
            return
        self._had_others = others
        store, history = self._ledger.store, self._ledger.history
        with self._ledger.lock:
            before, waiting = (store.rows, store.bytes), history.open_ids()
        with self._ledger.reader() as reader:
            totals, present = reader.totals(), reader.present(waiting)
        with self._ledger.lock:
            history.gone(waiting - present)
            if before == (store.rows, store.bytes):
                store.rows, store.bytes = totals

    def checkpoint(self) -> None:
        """Write the store's log back into its file; waits for the disk. One process at a time does."""
        store = self._ledger.store
        if store.folder is None or not self._ledger.take(Mark.CHECKPOINTING):
            return
        try:
            # The lock before the reader, as a wipe has them: it would wait for us, and we for it.
            if self._is_longer(store) and self._write_back() > LOG_PAGES:
                # Or events that come faster than the disk works would let it grow for ever.
                with self._ledger.lock:
                    if self._is_longer(store):
                        self._write_back()
        finally:
            self._ledger.say(Mark.CHECKPOINTING, False)

    def _write_back(self) -> int:
        with self._ledger.reader() as reader:
            return reader.checkpoint()

    def _is_longer(self, store: Store) -> bool:
        """Whether the log has grown since the last checkpoint; it has more in it when this returns.

        SQLite before 3.51.3 may lose a transaction that is committed at the moment at which a checkpoint of
        a log begins that is wholly written back (https://sqlite.org/wal.html#walresetbug). What was
        written last is not, and it stays so for whoever is the only one to begin a checkpoint.
        """
        with self._ledger.lock:
            if store is not self._ledger.store or store.changes == self._taken_back:
                return False
            try:
                with store.transaction(patient=False):
                    store.shared.put("log", str(uuid.uuid4()))
            except BusyStoreError:
                return False
            except StoreError:
                pass  # a full disk takes nothing from anybody, and gets room by this alone
            self._taken_back = store.changes
        return True
