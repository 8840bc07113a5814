"""Events in, events out: the store as the tracker and the sender see it, for as long as it can be written.

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
from typing import Any, TypeVar

from braze_qt import payload
from braze_qt.clock import Instant
from braze_qt.config import ServerConfig
from braze_qt.database import BUSY_MS, FILES, LOG_PAGES, NEWS, BusyStoreError, DamagedStoreError
from braze_qt.delivery import cut_attributes, cut_batch
from braze_qt.errors import StoreError
from braze_qt.events import AliasAdded, AttributeSet, EventRecord, Fact, Logged, SessionStarted
from braze_qt.history import History
from braze_qt.outbox import Choice, Outbox
from braze_qt.presence import Mark
from braze_qt.store import Store
from braze_qt.tracking import Kept

logger: logging.Logger = logging.getLogger(__name__)

Result = TypeVar("Result")

RETRY = 5.0
"""Seconds until a disk that took nothing is tried again: every try may cost ``store.BUSY_MS``."""
PORTION = 50
"""Acknowledged events deleted in one go: some 100 µs, which is all that another thread can be kept
waiting for the lock by a deletion."""
PAUSE = 0.000_5
"""Seconds between two portions. A lock is not fair: taken again at once, it would keep whoever waits
for it waiting for all portions."""
SIGNATURES = 10
"""Users whose signatures are kept: the present one, and some whose last events may still wait."""
UNWRITTEN_LIMIT = 10_000
"""Facts kept in memory while the disk takes nothing."""
STUCK = 120.0
"""Seconds that another process may spend with one request before it counts as stopped: twice what the
transport gives a request."""
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
        others: whether there is another live process at all.
        wiped: whether another process has forgotten everything.
    """

    kept: Kept | None = None
    elsewhere: bool = False
    others: bool = False
    wiped: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes into one request, of one user at most.

    Attributes:
        count: the number of events and attributes.
        last: the id of the last event, 0 for none.
        last_attribute: the id of the last attribute, 0 for none.
        alias: the name and label by which an anonymous user is known.
        signature: the user's JSON Web Token, where the application gave one.
        starts_session: whether a session's start is among the events.
        events: the events' texts, joined.
        attributes: the attributes' text.
        more: whether a limit kept others out of it.
    """

    device_id: str
    last: int
    last_attribute: int
    count: int
    user_id: str | None
    alias: tuple[str, str] | None
    signature: str | None
    starts_session: bool
    events: str
    attributes: str
    more: bool


class Ledger:
    """Keeps events until they are acknowledged. Any thread; ``lock`` makes several calls one.

    Args:
        folder: where the data lie; None keeps them in memory. Nothing is opened before ``take_up``.

    Attributes:
        device_id: a random UUID, made with the store and forgotten with it.
        server: what the server decided about sending.
        trouble: why nothing can be stored at present, in words; empty while all is well.
        lost: events that were dropped by a bound, set aside, or waiting in a file that got damaged
            while it was in use, ever.
    """

    lock: threading.RLock
    trouble: str
    device_id: str
    server: ServerConfig
    lost: int

    def __init__(self, folder: Path | None) -> None:
        self.lock = threading.RLock()
        self._reading = threading.RLock()
        self.trouble = ""
        self._folder = folder
        self._unwritten: list[Fact | AttributeSet] = []
        self._signatures: dict[str, str] = {}
        self._retry_at = 0.0
        self._trimming = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.device_id = str(uuid.uuid4())
        self.server = ServerConfig()
        self.lost = self._lost_on_disk = 0
        self._done: dict[str | None, int] = {}
        self._done_attributes: dict[str | None, int] = {}
        self._alias: tuple[str, str] | None = None
        self._asked_triggers = 0.0
        self._described: Any = None
        self._kept: Kept | None = None
        self._introduced = True
        self._dirty = self._open = False
        self._round: object = None
        self._round_at = 0.0
        self._had_others = False
        self._history = History()
        self._unwritten.clear()
        self._signatures.clear()
        self._store = Store(None)

    @property
    def exists(self) -> bool:
        """Whether an earlier process has left a store."""
        return self._folder is not None and (self._folder / FILES[0]).exists()

    @property
    def pending(self) -> int:
        """Events and attributes that were taken and not acknowledged."""
        return self._store.rows + len(self._unwritten)

    @property
    def unwritten(self) -> bool:
        """Whether facts wait in memory for a disk that took nothing."""
        return bool(self._unwritten)

    def records(self) -> list[EventRecord]:
        """The last events of this run."""
        with self.lock:
            return self._history.records()

    # -- opening and closing -------------------------------------------------------------------

    def take_up(self, *, enabled: bool) -> Kept | None:
        """Open the store and answer what was kept in it; None where there is nothing.

        Trouble leaves the ledger in memory, with ``trouble`` saying why.

        Args:
            enabled: whether there is consent, should the store have been wiped.
        """
        with self.lock:
            if self._folder is None or self._store.folder is not None:
                return None
            try:
                return self._opened(enabled=enabled)
            except StoreError as error:
                self._troubled(error)
                return None

    def _opened(self, *, enabled: bool) -> Kept | None:
        opened = Store(self._folder)
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
        self._store.close()
        self._store, self._kept, self.trouble = opened, kept, ""
        self.say(Mark.SIGNING, bool(self._signatures))
        if not meta.get("device_id"):
            opened.shared.put("device_id", self.device_id)
        self._know_meta(meta)
        if opened.lost:
            self.lost += opened.lost
            opened.shared.put("lost", self.lost)
            self._lost_on_disk = self.lost
        return kept

    def _know_meta(self, meta: Mapping[str, str | float | None]) -> None:
        """Take over what was remembered by name."""
        self.device_id = str(meta.get("device_id") or self.device_id)
        lost = meta.get("lost")
        self.lost = self._lost_on_disk = lost if isinstance(lost, int) else 0
        self._described = _loaded(meta.get("described"))
        alias = _loaded(meta.get("alias"))
        self._alias = (str(alias[0]), str(alias[1])) if isinstance(alias, list) and len(alias) == 2 else None
        asked = meta.get("asked_triggers")
        self._asked_triggers = float(asked) if isinstance(asked, (int, float)) else 0.0
        with contextlib.suppress(TypeError):  # another version may have known other fields
            fields = _loaded(meta.get("server")) or {}
            self.server = ServerConfig(**fields)

    def wipe(self) -> None:
        """Forget everything, leave no file behind, and go on in memory under a new device id.

        While another process has the files they stay, empty; the last process deletes them.
        """
        with self.lock:
            # A reader that opens the file just now would make its log anew. It may wait for our lock, too.
            alone = self._reading.acquire(timeout=BUSY_MS / 1000)
            try:
                self._store.erase()
            except StoreError as error:
                self._troubled(error)
            finally:
                if alone:
                    self._reading.release()
            self._begin_anew()

    def close(self) -> None:
        """Let go of the store."""
        with self.lock:
            self._store.close()

    # -- other processes -----------------------------------------------------------------------

    @property
    def news(self) -> Path | None:
        """The file that another process touches when it has changed what all share; None in memory."""
        return self._store.folder and self._store.folder / NEWS

    def say(self, mark: Mark, holds: bool) -> None:  # noqa: FBT001
        """Say this of the present process, for as long as it lives."""
        with contextlib.suppress(StoreError):
            self._store.say(mark, holds)

    def _elsewhere(self, mark: Mark) -> bool:
        with contextlib.suppress(StoreError):
            return self._store.elsewhere(mark)
        return False

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
            refused = self.trouble and self._store.folder == self._folder
            self._open = True
            try:
                if refused and now.boot < self._retry_at and not last_chance:
                    yield Found()
                else:
                    self._retry_at = now.boot + RETRY
                    yield from self._asked(patient=patient)
            finally:
                self._open = False
                self._bound_unwritten()

    def _asked(self, *, patient: bool) -> Iterator[Found]:
        """Begin, look, hand over, write. Hands over once, whatever the disk does."""
        handed = False
        try:
            if self._store.gone:
                raise DamagedStoreError("the file was moved or deleted")
            with self._store.transaction(patient=patient):
                found = self._found()
                handed = True
                yield found
                after = self._transact() if self._dirty else None
            if after:
                self._settle_written(after)
        except StoreError as error:
            if isinstance(error, BusyStoreError) and not handed:
                raise
            self._cope(error)
            if not handed:
                yield Found()
                self._write_out()

    def _found(self) -> Found:
        epoch = self._store.shared.epoch
        kept = self._store.shared.kept()
        if self._store.shared.epoch != epoch:
            meta = self._store.shared.meta()
            if "wiped" in meta:
                return Found(wiped=True)
            unsaved = self.lost - self._lost_on_disk
            self._know_meta(meta)
            self.lost += unsaved
        if self._unwritten or self.trouble or not self._introduced:
            kept = None  # what is in memory is newer
        others = self._elsewhere(Mark.ALIVE)
        return Found(kept, others and self._elsewhere(Mark.FOREGROUND), others)

    # -- in ------------------------------------------------------------------------------------

    def add(self, event: Logged) -> bool:
        """Take one event by a single insert. False if something is in the way: then ``write`` it.

        Raises:
            BusyStoreError: another process is writing all the time.
        """
        with self.lock:
            identified = event.user_id is not None and self._alias is not None
            if self._unwritten or self._store.full or isinstance(event.what, AliasAdded) or identified:
                return False
            if event.session_id is None or not self._introduced:
                return False
            text = payload.event_text(event, None if self._signatures else self._alias)
            try:
                event_id = self._store.add_if_known(event.code, event.user_id, event.time, text)
            except BusyStoreError:
                raise
            except StoreError:
                return False
            if event_id:
                self._note(event_id, event)
            return bool(event_id)

    def sign(self, user_id: str, signature: str) -> None:
        """From now on what is sent for this user carries this signature. It is kept in memory alone."""
        with self.lock:
            self._signatures.pop(user_id, None)
            self._signatures[user_id] = signature
            while len(self._signatures) > SIGNATURES:
                del self._signatures[next(iter(self._signatures))]
            self.say(Mark.SIGNING, True)

    def unsign(self, user_id: str | None, signature: str | None) -> bool:
        """What this user left waits until he signs again, if others sign: it would be in their way."""
        with self.lock:
            known = user_id is not None and self._signatures.get(user_id) == signature
            if not known or len(self._signatures) == 1:
                return False
            del self._signatures[user_id or ""]
            return True

    def write(
        self,
        facts: Iterable[Fact | AttributeSet],
        kept: Kept,
        now: Instant,
        *,
        last_chance: bool = False,
    ) -> None:
        """Take facts, attributes and state in one transaction; what cannot be written waits in memory.

        Args:
            last_chance: try even if the disk took nothing a moment ago, because the process ends.
        """
        with self.lock:
            if self._open:
                return self._take(facts, kept)
            try:
                with self.exclusive(now, last_chance=last_chance):
                    self._take(facts, kept)
            except BusyStoreError as error:
                self._take(facts, kept)
                self._troubled(error)

    def _take(self, facts: Iterable[Fact | AttributeSet], kept: Kept) -> None:
        self._unwritten += facts
        self._kept = kept
        self._dirty = True

    def _write_out(self) -> None:
        try:
            try:
                with self._store.transaction():
                    after = self._transact()
            except DamagedStoreError as damage:
                self._replace(damage)
                with self._store.transaction():
                    after = self._transact()
        except StoreError as error:
            self._troubled(error)
        else:
            self._settle_written(after)

    def _settle_written(self, after: tuple[list[tuple[int, Fact | AttributeSet]], int, bool]) -> None:
        """What ``_transact`` did is on disk."""
        written, dropped, news = after
        if dropped and not self._trimming:
            logger.warning("the outbox is full: the oldest events are dropped, custom events first")
        self._dirty = False
        self._introduced = True
        self._trimming = bool(dropped)
        self.lost += dropped
        self._lost_on_disk = self.lost
        self._unwritten.clear()
        if self._store.folder == self._folder:
            self.trouble = ""
        for event_id, fact in written:
            if not isinstance(fact, AttributeSet):
                self._note(event_id, fact)
        if news:
            self._store.tell_others()

    def _replace(self, damage: DamagedStoreError) -> None:
        """Move a damaged file aside; what this run still remembers is to be written into the new one."""
        remembered = self._history.take_unsent()
        lost = max(0, self._store.rows - len(remembered))
        logger.warning("the stored data are damaged and are moved aside, with %d events: %s", lost, damage)
        self._introduced = False
        self.lost += lost
        self._unwritten[:0] = remembered
        self._store.replace(str(damage))

    def _introduce(self) -> None:
        """Write into a new file what the old one said beside the events."""
        if not self._introduced:
            self._store.shared.put("device_id", self.device_id)
            self._store.shared.touch()
            self._store.shared.put("described", json.dumps(self._described))
            self._store.shared.put("server", json.dumps(dataclasses.asdict(self.server)))
            self._store.shared.put("alias", json.dumps(self._alias))

    def _transact(self) -> tuple[list[tuple[int, Fact | AttributeSet]], int, bool]:
        """Inside a transaction: what was written, how much was dropped, whether others need to know."""
        self._introduce()
        written = [(self._insert(fact), fact) for fact in self._unwritten]
        dropped = self._store.trim() if self._store.full else 0
        if self.lost + dropped != self._lost_on_disk or not self._introduced:
            self._store.shared.put("lost", self.lost + dropped)
        news = False
        if self._kept:
            if self._kept.user_id is not None:
                self._store.identify(self._kept.user_id)
            news = self._store.shared.save(self._kept)
        return written, dropped, news

    def _insert(self, fact: Fact | AttributeSet) -> int:
        """Append one event, and to a session's start what waited for it. Answers 0 for one that waits."""
        if isinstance(fact, AttributeSet):
            self._store.set_attribute(fact.user_id, fact.key, fact.value, custom=fact.custom)
            return 0
        self._know(fact)
        parked = fact.session_id is None
        text = payload.event_text(fact, None if self._signatures else self._alias)
        event_id = self._store.add(fact.code, fact.user_id, fact.time, text, parked=parked)
        if isinstance(fact, SessionStarted):
            self._store.adopt(payload.session_text(fact.session_id))
        return 0 if parked else event_id

    def _know(self, fact: Fact) -> None:
        """An anonymous user bears the last alias until somebody is identified."""
        if isinstance(fact, Logged) and isinstance(fact.what, AliasAdded) and fact.user_id is None:
            self._alias = (fact.what.alias, fact.what.label)
        elif fact.user_id is None or self._alias is None:
            return
        else:
            self._alias = None
        self._store.shared.put("alias", json.dumps(self._alias))
        self._store.shared.touch()

    def _note(self, event_id: int, fact: Fact) -> None:
        self._history.note(event_id, fact)
        if isinstance(fact, SessionStarted):
            self._history.adopt(fact.session_id, event_id + 1)

    def _cope(self, error: StoreError) -> None:
        """Begin a new file where the old one is damaged; where it only takes nothing, wait."""
        if not isinstance(error, DamagedStoreError):
            return self._troubled(error)
        try:
            self._replace(error)
        except StoreError as again:
            return self._troubled(again)
        return self._write_out()

    def _troubled(self, error: StoreError) -> None:
        if not self.trouble:
            logger.warning("data cannot be stored and wait in memory: %s", error)
        self.trouble = str(error)

    def _bound_unwritten(self) -> None:
        while len(self._unwritten) > UNWRITTEN_LIMIT:
            events = (index for index, fact in enumerate(self._unwritten) if isinstance(fact, Logged))
            del self._unwritten[next(events, 0)]
            self.lost += 1

    # -- out -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Outbox]:
        """A connection of its own. A file that turns out to be damaged is moved aside."""
        store = self._store
        replaced = store.replaced
        try:
            with self._reading, contextlib.closing(store.reader()) as reader:
                yield reader
        except DamagedStoreError as damage:
            with self.lock:
                if self._store is store and store.replaced == replaced:
                    self._cope(damage)
            raise

    @property
    def _signed(self) -> bool:
        """Whether SDK authentication is in use, by this process or by another."""
        return bool(self._signatures) or self._elsewhere(Mark.SIGNING)

    def _choice(self) -> Choice:
        """What may be sent: with SDK authentication nothing of a user who cannot sign."""
        with self.lock:
            users = tuple(self._signatures) if self._signed else None
            return Choice(users, tuple(_pairs(self._done)), tuple(_pairs(self._done_attributes)))

    def waiting(self) -> bool:
        """Whether there is anything to send."""
        choice = self._choice()
        with self._reader() as reader:
            return bool(reader.waiting(choice, 1) or reader.first_user(choice))

    def batch(self, limit: int) -> Batch | None:
        """What to send next, at most so many events and attributes; None for nothing.

        Reads through a connection of its own.
        """
        device_id, choice, signed = self.device_id, self._choice(), self._signed
        with self._reader() as reader:
            self._put_away(reader.unreadable(limit))
            rows = reader.waiting(choice, limit + 1)
            count, last, size, user_id = cut_batch((row[:3] for row in rows[:limit]), signed=signed)
            first = reader.first_user(choice)
            if not count:
                if first is None:
                    return None
                (user_id,) = first
            values = reader.attributes(choice, user_id, limit + 1 - count) if first else []
            taken = cut_attributes((row[1] for row in values[: limit - count]), size)
            starts = any(code == SessionStarted.code for *_, code in rows[:count])
            events = reader.texts(choice, last) if count else ""
            last_attribute = values[taken - 1][0] if taken else 0
            done = (*choice.done_attributes, (last_attribute, user_id))
            others = first and reader.first_user(dataclasses.replace(choice, done_attributes=done))
        told = [(bool(custom), key, value) for _, _, custom, key, value in values[:taken]]
        return Batch(
            device_id=device_id,
            last=last,
            last_attribute=last_attribute,
            count=count + taken,
            user_id=user_id,
            alias=self._alias if user_id is None and not signed else None,
            signature=self._signatures.get(user_id or ""),
            starts_session=starts,
            events=events,
            attributes=payload.attributes_text(user_id, told) if taken else "",
            more=len(rows) > count or bool(others),
        )

    def _put_away(self, unreadable: list[tuple[bool, int]]) -> None:
        """Take out of the way what a damaged disk has made of events and attributes."""
        if not unreadable:
            return

        def move() -> None:
            for is_attribute, row_id in unreadable:
                self._store.set_aside(row_id, "unreadable", attribute=is_attribute)
            self.lost += len(unreadable)
            self._store.shared.put("lost", self.lost)
            self._lost_on_disk = self.lost

        self._when_free(move)
        logger.warning("%d stored events cannot be read any more and are set aside", len(unreadable))

    def asks_triggers(self, batch: Batch, now: float) -> bool:
        """Whether the request asks for triggers: at a session's start, or when the last ones are old."""
        age = self.server.messaging_timeout
        return batch.starts_session or (age is not None and now - self._asked_triggers > age)

    def checkpoint(self) -> None:
        """Write the store's log back into its file; waits for the disk."""
        with self._reader() as reader:
            if reader.checkpoint() > LOG_PAGES:
                with self.lock:  # or events that come faster than the disk works would let it grow for ever
                    reader.checkpoint()

    def sending(self, batch: Batch | None) -> None:
        """This batch is on its way; None for nothing."""
        with self.lock:
            self._history.sending(*((batch.last, batch.user_id) if batch else (0, None)))

    def is_described(self, user_id: str | None, device: Mapping[str, str]) -> bool:
        """Whether the server knows this device, as it is now, with this user already."""
        return bool(self._described == [user_id, dict(device)])

    def acknowledge(
        self,
        batch: Batch,
        device: Mapping[str, str] | None,
        config: Mapping[str, Any] | None,
        asked_triggers: float = 0.0,
    ) -> None:
        """Delete what was accepted, in portions, and remember what the server knows and said.

        Args:
            device: what the request said of the device, None for nothing.
            config: what the reply said of sending, None for nothing.
            asked_triggers: when the request asked for triggers, in Unix seconds; 0 if it did not.
        """

        def note() -> None:
            if self._is_foreign(batch):
                return
            self._settle(batch)
            self._history.acknowledged(batch.last, batch.user_id)
            self._store.shared.remember_stamp(batch.last)
            if asked_triggers:
                self._asked_triggers = asked_triggers
                self._store.shared.put("asked_triggers", asked_triggers)
            if device is not None:
                self._described = [batch.user_id, dict(device)]
                self._store.shared.put("described", json.dumps(self._described))
            if config is not None:
                self._obey(config)

        try:
            self._when_free(note)
            self._delete(batch)
        except StoreError as error:
            with self.lock:
                if batch.device_id == self.device_id:
                    self._settle(batch)
                    self._history.acknowledged(batch.last, batch.user_id)
                self._cope(error)

    def _is_foreign(self, batch: Batch) -> bool:
        """Whether everything was wiped meanwhile, by this process or by another."""
        if self._store.folder is None:
            return batch.device_id != self.device_id
        return batch.device_id != self._store.shared.meta().get("device_id")

    def _when_free(self, act: Callable[[], Result]) -> Result:
        """Act in a transaction when no other process is writing, without holding up the GUI thread."""
        for _ in range(FREE_TRIES):
            with self.lock, contextlib.suppress(BusyStoreError), self._store.transaction(patient=False):
                return act()
            time.sleep(FREE_PAUSE)
        raise BusyStoreError("another process of this application is writing")

    def _settle(self, batch: Batch) -> None:
        """Never send it again, even if the disk does not let go of it."""
        if batch.last:
            self._done[batch.user_id] = batch.last
        if batch.last_attribute:
            self._done_attributes[batch.user_id] = batch.last_attribute

    def _obey(self, config: Mapping[str, Any]) -> None:
        server = payload.read_config(config, self.server)
        if server.time > self.server.time:
            self.server = server
            self._store.shared.put("server", json.dumps(dataclasses.asdict(server)))
            self._store.shared.touch()

    def _delete(self, batch: Batch) -> None:
        def portion() -> int:
            if self._is_foreign(batch):
                return 0
            return self._store.discard(batch.last, batch.user_id, PORTION)

        def rest() -> None:
            if not self._is_foreign(batch):
                self._store.discard_attributes(batch.last_attribute, batch.user_id)
                self._done.pop(batch.user_id, None)
                self._done_attributes.pop(batch.user_id, None)

        while self._when_free(portion) == PORTION:
            time.sleep(PAUSE)
        self._when_free(rest)

    def set_aside(self, batch: Batch, reason: str) -> None:
        """Take the one event or attribute of this batch out of the way: it was refused again and again."""

        def move() -> None:
            if self._is_foreign(batch):
                return
            self._settle(batch)
            self._history.set_aside(batch.last)
            self.lost += 1
            self._store.shared.remember_stamp(batch.last)
            self._store.set_aside(batch.last or batch.last_attribute, reason, attribute=not batch.last)
            self._store.shared.put("lost", self.lost)
            self._lost_on_disk = self.lost
            logger.warning("an event was refused again and again and is set aside: %s", reason)

        try:
            self._when_free(move)
        except StoreError as error:
            with self.lock:
                self._cope(error)

    # -- other processes' sending --------------------------------------------------------------

    def may_send(self, now: Instant) -> bool:
        """Whether it is this process that sends now: one does at a time. ``sent`` lets go of it.

        A process that was stopped in the middle of a request is not waited for without end.
        """
        presence = self._store.presence
        if presence is None:
            return True
        if presence.take(Mark.SENDING):
            if presence.elsewhere(Mark.ALIVE):
                self._when_free(lambda: self._store.shared.put("round", str(uuid.uuid4())))
            return True
        with self._reader() as reader:
            going_on = reader.remembered("round")
        if going_on != self._round:
            self._round, self._round_at = going_on, now.awake
        return now.awake - self._round_at >= STUCK

    def sent(self) -> None:
        """Let another process send."""
        self.say(Mark.SENDING, False)

    def catch_up(self) -> None:
        """See what other processes have logged and sent meanwhile."""
        others = self._elsewhere(Mark.ALIVE)
        if not others and not self._had_others:
            return
        self._had_others = others
        with self.lock:
            before, waiting = (self._store.rows, self._store.bytes), self._history.open_ids()
        with self._reader() as reader:
            totals, present = reader.totals(), reader.present(waiting)
        with self.lock:
            self._history.gone(waiting - present)
            if before == (self._store.rows, self._store.bytes):
                self._store.rows, self._store.bytes = totals


def _pairs(done: Mapping[str | None, int]) -> Iterator[tuple[int, str | None]]:
    return ((last, user_id) for user_id, last in done.items())


def _loaded(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
