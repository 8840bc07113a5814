"""How the ledger comes to its store at the start: the file, or memory and what a file still says."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

from braze_qt.database import BusyStoreError, DamagedStoreError
from braze_qt.errors import StoreError
from braze_qt.ledger_file import LedgerFile
from braze_qt.presence import Mark
from braze_qt.salvage import Remembered, is_withdrawn, note_withdrawn, remembered, remembered_aside
from braze_qt.store import Store
from braze_qt.tracking import Kept

logger: logging.Logger = logging.getLogger(__name__)


class LedgerOpening(LedgerFile):
    """Opens the store when there is consent. Any thread; ``lock`` makes several calls one."""

    device_id: str
    store: Store
    trouble: str

    def take_up(self, *, enabled: bool) -> Kept | None:
        """Open the store and answer what was kept in it; None where there is nothing.

        Trouble leaves the ledger in memory, with ``trouble`` saying why.

        Args:
            enabled: whether there is consent, should the store have been wiped.
        """
        with self.lock:
            if self._folder is None or self.store.folder is not None or self.store.rows:
                return None
            if self._unerased:
                self.erase_again()
                if self._unerased:
                    return None
            try:
                return self._opened(enabled=enabled)
            except StoreError as error:
                self._troubled(error)
                return self._remembered(self._folder, error) if self._unwritten.kept is None else None

    def _remembered(self, folder: Path, error: StoreError) -> Kept | None:
        """In memory, go on as the device and the user of a file that cannot be used."""
        found = remembered(folder)
        if isinstance(error, BusyStoreError) and found:
            found = Remembered(enabled=found.enabled)  # or what another process is deleting would come back
        if is_withdrawn(folder):
            found = (found or Remembered())._replace(enabled=False)
        self._unwritten.kept = self._remember(self.store, found)
        self._noted = found is not None and found.enabled is False
        return self._unwritten.kept

    def _remember(self, store: Store, found: Remembered | None) -> Kept | None:
        """Have this store say what one said that cannot be used, unless another process was quicker."""
        if found is None:
            return None
        with store.transaction():
            kept = store.shared.kept()
            if kept is None:
                kept = Kept(found.user_id, found.enabled)
                store.shared.save(kept)
            self.device_id = found.device_id or self.device_id
            store.shared.put_first("device_id", self.device_id)
        return kept

    def _opened(self, *, enabled: bool) -> Kept | None:
        opened = Store(self._folder)
        try:
            return self._taken_up(opened, enabled=enabled)
        except StoreError:
            if opened is not self.store:
                opened.close()
            raise

    def _taken_up(self, opened: Store, *, enabled: bool) -> Kept | None:
        try:
            kept, meta = opened.shared.kept(), opened.shared.meta()
        except DamagedStoreError as damage:
            opened.replace(str(damage))
            kept, meta = None, {}
        if opened.damage:
            words = "the stored data were damaged and are moved aside, with %d events or more: %s"
            logger.warning(words, opened.lost, opened.damage)
        if "wiped" in meta:  # and another process has not let go of it yet
            if not enabled:
                opened.close()
                return None
            opened.shared.begin_anew()
            kept, meta = None, {}
        elif kept is None and opened.folder:
            kept = self._remember(opened, remembered_aside(opened.folder))
        if not meta.get("device_id"):
            opened.shared.put_first("device_id", self.device_id)
            meta = opened.shared.meta()
        kept = self._heed_withdrawal(opened, kept)
        self.store.close()
        self.store, self._unwritten.kept, self.trouble = opened, kept, ""
        self._unwritten.known(kept)
        self.say(Mark.SIGNING, bool(self.signatures))
        self._know_meta(meta)
        if opened.lost:
            self.count_lost(opened.lost)
        return kept

    def _heed_withdrawal(self, opened: Store, kept: Kept | None) -> Kept | None:
        """Consent that was withdrawn while the file could not be written."""
        if opened.folder is None or not is_withdrawn(opened.folder):
            return kept
        with opened.transaction():
            kept = dataclasses.replace(opened.shared.kept() or Kept(), enabled=False)
            opened.shared.save(kept)
        note_withdrawn(opened.folder, False)
        return kept
