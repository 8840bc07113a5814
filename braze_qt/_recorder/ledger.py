"""Events in: the store as the tracker sees it, for as long as it can be written.

What the disk does not take waits in memory, bounded, and is tried again; what is lost is counted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from braze_qt._platform.clock import Instant
from braze_qt._protocol import payload
from braze_qt._protocol.server_config import ServerConfig, restored
from braze_qt._recorder.history import History
from braze_qt._recorder.unwritten import Unwritten
from braze_qt._session.state import Kept
from braze_qt._storage.database import BUSY_MS, CHANGES, FILES, BusyStoreError, DamagedStoreError
from braze_qt._storage.locks import Mark
from braze_qt._storage.outbox import Outbox
from braze_qt._storage.recovery import (
    Remembered,
    erase_unopened,
    is_withdrawn,
    note_withdrawn,
    remembered,
    remembered_aside,
)
from braze_qt._storage.store import Store
from braze_qt._validation.json_reader import read_json
from braze_qt.errors import StoreError
from braze_qt.events import AliasAdded, AttributeSet, EventRecord, Fact, Logged, SessionStarted

logger: logging.Logger = logging.getLogger(__name__)

Result = TypeVar("Result")

SIGNATURES = 10
"""Users whose signatures are kept: the present one, and some whose last events may still wait."""
RETRY = 5.0
"""Seconds until a disk that took nothing is tried again: every try may cost ``database.BUSY_MS``."""
FREE_PAUSE = 0.005
FREE_TRIES = 2_000
"""Tries, and seconds between them, for which the sending thread waits for another process that is
writing: ten seconds, in which it holds up nobody."""


@dataclass(frozen=True, slots=True)
class Found:
    """What all processes share, as it lies on disk.

    Attributes:
        kept: the tracking; None where none was stored, or where this process knows better.
        elsewhere: whether another live process is in the foreground.
        others: whether there is another live process that is not about to end.
        wiped: whether another process has forgotten everything.
    """

    kept: Kept | None = None
    elsewhere: bool = False
    others: bool = False
    wiped: bool = False


class Written(NamedTuple):
    """What one transaction wrote.

    Attributes:
        facts: each with its id, 0 for one that waits.
        lost: how many are lost by now, ever.
        trimmed: whether others had to go because the outbox was full.
        changed: whether other processes need to know.
    """

    facts: list[tuple[int, Fact | AttributeSet]]
    lost: int
    trimmed: bool
    changed: bool


class Ledger:
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
    def change_file(self) -> Path | None:
        """The file that a process touches after it has changed shared data; None in memory."""
        return self.store.folder and self.store.folder / CHANGES

    def make_change_file(self) -> None:
        """Make that file where somebody has deleted it."""
        self.store.make_change_file()

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

    # -- opening --------------------------------------------------------------------------------

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

    # -- transactions ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def exclusive(self, now: Instant, *, patient: bool = True, last_chance: bool = False) -> Iterator[Found]:
        """What all processes share, and one transaction for what comes of it by ``write``.

        What the disk does not take waits in memory.

        Args:
            patient: wait for another process that is writing, for ``database.BUSY_MS`` at most.
            last_chance: try even if the disk took nothing a moment ago, because the process ends.

        Raises:
            BusyStoreError: another process is writing all the time; nothing is done.
        """
        with self.lock:
            refused = self.trouble and self.store.folder == self._folder
            self._open = True
            try:
                if refused and now.boot < self._retry_at and not last_chance:
                    yield self._found_present()
                else:
                    self._retry_at = now.boot + RETRY
                    yield from self._asked(patient=patient)
            finally:
                self._open = False
                self.lost += self._unwritten.bound()
                self._note_withdrawal()

    def _asked(self, *, patient: bool, again: bool = True) -> Iterator[Found]:
        """Begin, look, hand over, write. Hands over once, whatever the disk does."""
        handed = False
        try:
            if self.store.gone:
                raise DamagedStoreError("the file was moved or deleted")
            with self.store.transaction(patient=patient):
                found = self._found()
                handed = True
                yield found
                after = self._transact() if self._unwritten.waits else None
            if after:
                self._settle_written(after)
        except StoreError as error:
            if isinstance(error, BusyStoreError) and not handed:
                raise
            self.cope(error)
            if handed:
                return
            if again and isinstance(error, DamagedStoreError) and not self.trouble:
                yield from self._asked(patient=patient, again=False)  # another may have begun the new file
            else:
                yield self._found_present()
                self._write_out()

    def _found(self) -> Found:
        epoch = self.store.shared.epoch
        kept = self.store.shared.kept()
        self._yield_to_another_device()
        if self.store.shared.epoch != epoch:
            meta = self.store.shared.meta()
            if "wiped" in meta:
                return Found(wiped=True)
            unsaved = self.lost - self._lost_on_disk
            self._know_meta(meta)
            self.lost += unsaved
        if not self._introduced:
            kept = None  # it is this process that knows what is to be there
        elif self._unwritten.waits:
            kept = self._unwritten.reconcile(kept)
        else:
            self._unwritten.known(kept)
        return self._found_present(kept)

    def _yield_to_another_device(self) -> None:
        """Write nothing into a new file in which everything was wiped since the old one was lost."""
        if self._introduced:
            return
        meta = self.store.shared.meta()
        if "wiped" in meta or meta.get("device_id") not in (None, self.device_id):
            self.lost += len(self._unwritten.facts)
            self._unwritten = Unwritten()
            self.history = History()
            self._introduced = True

    def _found_present(self, kept: Kept | None = None) -> Found:
        others = self.elsewhere(Mark.STAYING)
        return Found(kept, others and self.elsewhere(Mark.FOREGROUND), others)

    # -- in ------------------------------------------------------------------------------------

    def add(self, event: Logged) -> bool:
        """Take one event by a single insert. False if something is in the way: then ``write`` it.

        Raises:
            BusyStoreError: another process is writing all the time.
        """
        with self.lock:
            identified = event.user_id is not None and self.alias is not None
            if self.unwritten or self.store.full or isinstance(event.what, AliasAdded) or identified:
                return False
            if event.session_id is None or not self._introduced:
                return False
            text = payload.event_text(event, None if self.signatures else self.alias)
            try:
                event_id = self.store.add_if_known(event.code, event.user_id, event.time, text)
            except BusyStoreError:
                raise
            except (StoreError, UnicodeEncodeError):
                return False
            if event_id:
                self._note(event_id, event)
            return bool(event_id)

    def write(
        self,
        facts: Iterable[Fact | AttributeSet],
        kept: Kept | None,
        now: Instant,
        *,
        last_chance: bool = False,
    ) -> None:
        """Take facts, attributes and state in one transaction; what cannot be written waits in memory.

        Args:
            kept: the state; None where what was to be kept before still holds.
            last_chance: try even if the disk took nothing a moment ago, because the process ends.
        """
        with self.lock:
            if self._open:
                return self._unwritten.take(facts, kept)
            try:
                with self.exclusive(now, last_chance=last_chance):
                    self._unwritten.take(facts, kept)
            except BusyStoreError as error:
                self._unwritten.take(facts, kept)
                self._troubled(error)

    def _write_out(self) -> None:
        try:
            try:
                with self.store.transaction():
                    after = self._transact()
            except DamagedStoreError as damage:
                self._replace(damage)
                with self.store.transaction():
                    after = self._transact()
        except StoreError as error:
            self._troubled(error)
        else:
            self._settle_written(after)

    def _settle_written(self, after: Written) -> None:
        """What ``_transact`` did is on disk."""
        if after.trimmed and not self._trimming:
            logger.warning("the outbox is full: the oldest events are dropped, custom events first")
        self._introduced = True
        self._trimming = after.trimmed
        self.lost = self._lost_on_disk = after.lost
        self._unwritten.written()
        if self.store.folder == self._folder:
            self.trouble = ""
        for event_id, fact in after.facts:
            if not isinstance(fact, AttributeSet):
                self._note(event_id, fact)
        if after.changed:
            self.store.notify_peers()

    def _replace(self, damage: DamagedStoreError) -> None:
        """Move a damaged file aside; what this run still remembers is to be written into the new one."""
        remembered = self.history.take_unsent()
        lost = max(0, self.store.rows - len(remembered))
        self._introduced = False
        self.lost += lost
        self._unwritten.facts[:0] = remembered
        self.store.replace(str(damage))
        logger.warning("the stored data are damaged and are moved aside, with %d events: %s", lost, damage)

    def _introduce(self) -> None:
        """Write into a new file what the old one said beside the events."""
        if not self._introduced:
            self.store.shared.put("device_id", self.device_id)
            self.store.shared.touch()
            self.store.shared.put("described", json.dumps(self.described))
            self.store.shared.put("server", self.server.text())
            self.store.shared.put("alias", json.dumps(self.alias))

    def _transact(self) -> Written:
        """Write what waits, inside a transaction."""
        self._yield_to_another_device()
        self._introduce()
        if self._unwritten.became is not None:
            self.store.identify(self._unwritten.became)
        written, dropped = [], 0
        for fact in self._unwritten.facts:
            try:
                written.append((self._insert(fact), fact))
            except UnicodeEncodeError:  # the one that no later try can write: it would bar all others
                logger.warning("something that is no text cannot be stored and is dropped")
                dropped += 1
        trimmed = self.store.trim() if self.store.full else 0
        lost = self.lost + dropped + trimmed
        if lost != self._lost_on_disk or not self._introduced:
            self.store.shared.put("lost", lost)
        kept = self._unwritten.kept
        return Written(written, lost, trimmed > 0, kept is not None and self.store.shared.save(kept))

    def _insert(self, fact: Fact | AttributeSet) -> int:
        """Append one event, and to a session's start what waited for it. Answers 0 for one that waits."""
        if isinstance(fact, AttributeSet):
            self.store.set_attribute(fact.user_id, fact.key, fact.value, custom=fact.custom)
            return 0
        self._know(fact)
        parked = fact.session_id is None
        text = payload.event_text(fact, None if self.signatures else self.alias)
        event_id = self.store.add(fact.code, fact.user_id, fact.time, text, parked=parked)
        if isinstance(fact, SessionStarted):
            self.store.adopt(payload.session_text(fact.session_id))
        return 0 if parked else event_id

    def _know(self, fact: Fact) -> None:
        """An anonymous user bears the last alias until somebody is identified."""
        if isinstance(fact, Logged) and isinstance(fact.what, AliasAdded) and fact.user_id is None:
            self.alias = (fact.what.alias, fact.what.label)
        elif fact.user_id is None or self.alias is None:
            return
        else:
            self.alias = None
        self.store.shared.put("alias", json.dumps(self.alias))
        self.store.shared.touch()

    def _note(self, event_id: int, fact: Fact) -> None:
        self.history.note(event_id, fact)
        if isinstance(fact, SessionStarted):
            self.history.adopt(fact.session_id, event_id + 1)

    def cope(self, error: StoreError) -> None:
        """Begin a new file where the old one is damaged; where it only takes nothing, wait."""
        if isinstance(error, BusyStoreError):
            return None  # the disk is well, and what another process has done meanwhile counts
        if not isinstance(error, DamagedStoreError):
            return self._troubled(error)
        try:
            self._replace(error)
        except StoreError as again:
            return self._troubled(again)
        return self._write_out()

    # -- for the thread that sends ---------------------------------------------------------------

    @contextlib.contextmanager
    def reader(self) -> Iterator[Outbox]:
        """A connection of its own. A file that turns out to be damaged, or gone, is replaced."""
        store = self.store
        replaced = store.replaced
        try:
            with self.reading, contextlib.closing(store.reader()) as reader:
                yield reader
        except StoreError as error:
            fault = DamagedStoreError("the file was moved or deleted") if store.gone else error
            with self.lock:
                known = self.store is not store or store.replaced != replaced
                if isinstance(fault, DamagedStoreError) and not known:
                    self.cope(fault)
            raise

    def when_free(self, act: Callable[[], Result]) -> Result:
        """Act in a transaction when no other process is writing, without holding up the GUI thread."""
        for _ in range(FREE_TRIES):
            with self.lock, contextlib.suppress(BusyStoreError), self.store.transaction(patient=False):
                return act()
            time.sleep(FREE_PAUSE)  # noqa: TID251  # in the upload thread, bounded by FREE_TRIES
        raise BusyStoreError("another process of this application is writing")


def _loaded(text: object) -> Any:
    try:
        return read_json(text.encode()) if isinstance(text, str) else None
    except ValueError:
        return None
