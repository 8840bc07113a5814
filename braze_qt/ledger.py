"""Events in: the store as the tracker sees it, for as long as it can be written.

What the disk does not take waits in memory, bounded, and is tried again; what is lost is counted.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from braze_qt import payload
from braze_qt.clock import Instant
from braze_qt.database import BusyStoreError, DamagedStoreError
from braze_qt.errors import StoreError
from braze_qt.events import AliasAdded, AttributeSet, Fact, Logged, SessionStarted
from braze_qt.history import History
from braze_qt.ledger_opening import LedgerOpening
from braze_qt.outbox import Outbox
from braze_qt.presence import Mark
from braze_qt.tracking import Kept
from braze_qt.unwritten import Unwritten

logger: logging.Logger = logging.getLogger(__name__)

Result = TypeVar("Result")

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
        news: whether other processes need to know.
    """

    facts: list[tuple[int, Fact | AttributeSet]]
    lost: int
    trimmed: bool
    news: bool


class Ledger(LedgerOpening):
    """Keeps events until they are acknowledged. Any thread; ``lock`` makes several calls one."""

    lost: int
    history: History

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
        if after.news:
            self.store.tell_others()

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
            time.sleep(FREE_PAUSE)
        raise BusyStoreError("another process of this application is writing")
