"""Where the ledger keeps things: opened, wiped, and what is known beside the events."""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from braze_qt.database import BUSY_MS, FILES, NEWS, BusyStoreError
from braze_qt.errors import StoreError
from braze_qt.events import EventRecord
from braze_qt.history import History
from braze_qt.json_reader import read_json
from braze_qt.presence import Mark
from braze_qt.salvage import (
    erase_unopened,
    note_withdrawn,
)
from braze_qt.server_config import ServerConfig, restored
from braze_qt.store import Store
from braze_qt.unwritten import Unwritten

logger: logging.Logger = logging.getLogger(__name__)

SIGNATURES = 10
"""Users whose signatures are kept: the present one, and some whose last events may still wait."""


class LedgerFile:
    """The store of one process, and what it remembers of it. Any thread; ``lock`` makes several calls one.

    Args:
        folder: where the data lie; None keeps them in memory. Nothing is opened before ``take_up``.

    Attributes:
        device_id: a random UUID, made with the store and forgotten with it.
        server: what the server decided about sending.
        trouble: why nothing can be stored at present, in words; empty while all is well.
        lost: events that were dropped by a bound, set aside, or waiting in a file that got damaged
            while it was in use, ever.
        store: the file, or memory while there is none.
        erase_waits: whether a wipe waits for another process that is writing.
        history: the last events of this run.
        signatures: the users' JSON Web Tokens, in memory alone.
        alias: the name and label by which the anonymous user is known.
        described: the user and the device that the server knows.
        asked_triggers: when triggers were asked for last, in Unix seconds.
    """

    lock: threading.RLock
    reading: threading.RLock
    trouble: str
    device_id: str
    server: ServerConfig
    lost: int
    store: Store
    erase_waits: bool
    history: History
    signatures: dict[str, str]
    alias: tuple[str, str] | None
    described: Any
    asked_triggers: float

    def __init__(self, folder: Path | None) -> None:
        self.lock = threading.RLock()
        self.reading = threading.RLock()
        self.trouble = ""
        self._folder = folder
        self.signatures = {}
        self._retry_at = 0.0
        self._unerased = self.erase_waits = False
        self._trimming = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.device_id = str(uuid.uuid4())
        self.server = ServerConfig()
        self.lost = self._lost_on_disk = 0
        self.alias = None
        self.asked_triggers = 0.0
        self.described = None
        self._introduced = True
        self._open = self._noted = False
        self._unwritten = Unwritten()
        self.history = History()
        self.signatures.clear()
        self.store = Store(None)

    @property
    def exists(self) -> bool:
        """Whether an earlier process has left a store."""
        with contextlib.suppress(OSError):  # a name that is too long, a folder that may not be entered
            return self._folder is not None and (self._folder / FILES[0]).exists()
        return False

    @property
    def pending(self) -> int:
        """Events and attributes that were taken and not acknowledged."""
        return self.store.rows + len(self._unwritten.facts)

    @property
    def unwritten(self) -> bool:
        """Whether facts wait in memory for a disk that took nothing."""
        return bool(self._unwritten.facts)

    def records(self) -> list[EventRecord]:
        """The last events of this run."""
        with self.lock:
            return self.history.records()

    # -- wiping and closing --------------------------------------------------------------------

    def count_lost(self, count: int) -> None:
        """So many more are lost, for good."""
        self.lost += count
        self.store.shared.put("lost", self.lost)
        self._lost_on_disk = self.lost

    def _know_meta(self, meta: Mapping[str, str | float | None]) -> None:
        """Take over what was remembered by name."""
        self.device_id = str(meta.get("device_id") or self.device_id)
        lost = meta.get("lost")
        self.lost = self._lost_on_disk = lost if isinstance(lost, int) else 0
        self.described = _loaded(meta.get("described"))
        alias = _loaded(meta.get("alias"))
        self.alias = (str(alias[0]), str(alias[1])) if isinstance(alias, list) and len(alias) == 2 else None
        asked = meta.get("asked_triggers")
        self.asked_triggers = float(asked) if isinstance(asked, (int, float)) else 0.0
        server = _loaded(meta.get("server"))
        self.server = restored(server) if isinstance(server, dict) else ServerConfig()

    def wipe(self) -> bool:
        """Forget everything, leave no file behind, and go on in memory under a new device id.

        While another process has the files they stay, empty; the last process deletes them.

        Returns:
            False if something could not be deleted. Nothing is taken up again before that is done.
        """
        with self.lock:
            if self._unerased or (self.store.folder is None and self.exists):
                self._unerased = True
                self.erase_again()
            else:
                self._erase_present()
            self._begin_anew()
            return not self._unerased

    def _erase_present(self) -> None:
        stale = self.store.gone
        if stale:  # what lies there now is another file
            self.store.close()
            self._unerased = True
        else:
            self._erase(self.store)
        if stale or (self._unerased and not self.erase_waits):
            self.erase_again()

    def erase_again(self, *, patient: bool = True) -> None:
        """Delete what could not be deleted by ``wipe``."""
        with self.lock:
            assert self._folder is not None
            try:
                self._erase(Store(self._folder), patient=patient)
            except BusyStoreError as error:
                self.erase_waits = True
                self._troubled(error)
            except StoreError:
                self._erase_unopened(self._folder)

    def _erase_unopened(self, folder: Path) -> None:
        try:
            erase_unopened(folder)
        except StoreError as error:
            self.erase_waits = isinstance(error, BusyStoreError)
            self._troubled(error)
        else:
            self._unerased, self.trouble = False, ""

    def _erase(self, store: Store, *, patient: bool = True) -> None:
        # A reader that opens the file just now would make its log anew. It may wait for our lock, too.
        alone = self.reading.acquire(timeout=BUSY_MS / 1000)
        self._unerased, self.erase_waits = True, False
        try:
            store.erase(patient=patient)
        except StoreError as error:
            self.erase_waits = isinstance(error, BusyStoreError)
            self._troubled(error)
        else:
            self._unerased, self.trouble = False, ""
        finally:
            if alone:
                self.reading.release()

    def close(self) -> None:
        """Let go of the store, and say what is lost because there was none to write it to."""
        with self.lock:
            in_memory = self.store.rows if self._folder and self.store.folder is None else 0
            if lost := len(self._unwritten.facts) + in_memory:
                logger.warning("what could not be stored and was not sent is lost: %d events", lost)
            if self._is_withdrawn_in_memory and not self._noted:
                logger.warning("that consent was withdrawn could not be stored, and is forgotten")
            self._unwritten.written()
            self.store.close()

    @property
    def _is_withdrawn_in_memory(self) -> bool:
        kept = self._unwritten.kept
        unknown = self._unwritten.waits or self.store.folder is None
        return bool(self.trouble) and unknown and kept is not None and kept.enabled is False

    def _note_withdrawal(self) -> None:
        """See to it that consent which was withdrawn is not taken for given when this process has ended."""
        if self._folder is not None and self._noted != self._is_withdrawn_in_memory:
            with contextlib.suppress(StoreError):
                note_withdrawn(self._folder, self._is_withdrawn_in_memory)
                self._noted = self._is_withdrawn_in_memory

    # -- other processes -----------------------------------------------------------------------

    @property
    def news(self) -> Path | None:
        """The file that another process touches when it has changed what all share; None in memory."""
        self.store.keep_news()
        return self.store.folder and self.store.folder / NEWS

    def say(self, mark: Mark, holds: bool) -> None:  # noqa: FBT001
        """Say this of the present process, for as long as it lives."""
        with self.lock, contextlib.suppress(StoreError):
            self.store.say(mark, holds)

    def take(self, mark: Mark) -> bool:
        """Say what no other process may say meanwhile; False if one does."""
        with self.lock:
            return self.store.presence is None or self.store.presence.take(mark)

    def elsewhere(self, mark: Mark) -> bool:
        """Whether another live process says this of itself."""
        with self.lock, contextlib.suppress(StoreError):
            return self.store.elsewhere(mark)
        return False

    def sign(self, user_id: str, signature: str) -> None:
        """From now on what is sent for this user carries this signature. It is kept in memory alone."""
        with self.lock:
            self.signatures.pop(user_id, None)
            self.signatures[user_id] = signature
            while len(self.signatures) > SIGNATURES:
                del self.signatures[next(iter(self.signatures))]
            self.say(Mark.SIGNING, True)

    def unsign(self, user_id: str | None, signature: str | None) -> bool:
        """What this user left waits until he signs again, if others sign: it would be in their way."""
        with self.lock:
            known = signature is not None and self.signatures.get(user_id or "") == signature
            if not known or len(self.signatures) == 1:
                return False
            del self.signatures[user_id or ""]
            return True

    def _troubled(self, error: StoreError) -> None:
        if not self.trouble:
            logger.warning("data cannot be stored and wait in memory: %s", error)
        self.trouble = str(error)


def _loaded(text: object) -> Any:
    try:
        return read_json(text.encode()) if isinstance(text, str) else None
    except ValueError:
        return None
