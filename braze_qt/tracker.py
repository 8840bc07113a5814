"""One input, one transaction: where the session machine, the store and the clock meet. No Qt.

Whoever calls, on whichever thread, takes the one lock and writes through the one connection: two
writing connections would cost stalls of milliseconds, a lock costs nothing that can be measured.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braze_qt import payload, store
from braze_qt.clock import Clock, Instant
from braze_qt.config import ServerConfig
from braze_qt.delivery import cut_batch
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent, EventRecord, Fact, SessionStarted
from braze_qt.history import History
from braze_qt.session import Input, Tracking, due, restore, stamp, step
from braze_qt.store import BusyStoreError, DamagedStoreError, Store, StoredSession

logger = logging.getLogger(__name__)

SIGN_OF_LIFE = 5.0
"""Seconds between two notes on disk that the application is in the foreground: what a crash may
cost of a session's length."""
PORTION = 50
"""Acknowledged events deleted in one go: some 100 µs, which is all that the GUI thread can be kept
waiting for the lock by a deletion."""
UNWRITTEN_LIMIT = 10_000
"""Facts kept in memory while the disk takes nothing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes into one request: ``count`` events up to the id ``last``, of one user at most."""

    device_id: str
    last: int
    count: int
    user_id: str | None
    starts_session: bool
    events: str
    more: bool


class Tracker:
    """Decides and remembers. Every method may be called from any thread.

    Args:
        folder: where the data lie; None keeps them in memory.
        clock: the time.
        timeout: the session timeout in whole seconds.
        enabled: what holds where no earlier choice is stored.
    """

    def __init__(self, folder: Path | None, clock: Clock, timeout: int, *, enabled: bool) -> None:
        self.lock = threading.RLock()
        self.tracking = Tracking(timeout, enabled=enabled)
        self.device_id = str(uuid.uuid4())
        self.server = ServerConfig()
        self.trouble = ""
        self._folder = folder
        self._clock = clock
        self._lost = 0
        self._described: Any = None
        self._last_stamp = 0.0
        self._saved_at = 0.0
        self._retry_at = 0.0
        self._done = 0
        self._trimming = False
        self._closed = False
        self._history = History()
        self._unwritten: list[Fact] = []
        self._outgoing: deque[Fact] = deque()
        self._store = Store(None)
        # Without consent not even an empty file is made.
        if enabled or (folder and (folder / store.FILES[0]).exists()):
            self._take_up()

    # -- what is known -------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Events that were stored and not acknowledged."""
        return self._store.rows + len(self._unwritten)

    @property
    def lost(self) -> int:
        """Events that were dropped by a bound or set aside, ever."""
        return self._lost

    def records(self) -> list[EventRecord]:
        """The last events of this run."""
        with self.lock:
            return self._history.records()

    def now(self) -> Instant:
        """The present moment."""
        return self._clock.now()

    def take_facts(self) -> list[Fact]:
        """The session facts that nobody was told of yet, oldest first."""
        with self.lock:
            facts = list(self._outgoing)
            self._outgoing.clear()
            return facts

    # -- inputs --------------------------------------------------------------------------------

    def apply(self, given: Input, *, user_id: str | None = None, timeout: int | None = None) -> bool:
        """Feed one input to the machine; what it led to is on disk when this returns."""
        with self.lock:
            if self._closed:
                return False
            if given is Input.ENABLE and not self.tracking.enabled:
                self._take_up_after_consent()
            before = self.tracking
            after = step(before, given, self._clock.now(), user_id=user_id, timeout=timeout)
            self.tracking = after.tracking
            if before != after.tracking and (before.enabled or after.tracking.enabled):
                self._commit(after.facts)
            return True

    def tick(self) -> None:
        """Let time pass: cheap, and on disk only when something came of it or a sign of life is due."""
        with self.lock:
            if not self._closed:
                self._pass_time(self._clock.now())

    def log(self, name: str, properties: str) -> bool:
        """Store a custom event; ``properties`` is the text of a JSON object. False while disabled."""
        with self.lock:
            if self._closed or not self.tracking.enabled:
                return False
            now = self._clock.now()
            if due(self.tracking, now):
                self._pass_time(now)
            session = self.tracking.session
            self._last_stamp = time = stamp(now.wall, self._last_stamp)
            event = CustomEvent(
                session.id if session else None, self.tracking.user_id, time, name, properties
            )
            if self._unwritten or self._store.full:
                self._commit((event,))
                return True
            try:
                self._history.note(self._add(event), event)
            except StoreError:
                self._commit((event,))
            return True

    def wipe(self) -> None:
        """Forget everything that is stored here, the device id too, and stay disabled."""
        with self.lock:
            if self._closed:
                return
            self.tracking = step(self.tracking, Input.WIPE, self._clock.now()).tracking
            self._unwritten.clear()
            self._history = History()
            self._lost, self._done, self._described, self.server = 0, 0, None, ServerConfig()
            self.device_id = str(uuid.uuid4())
            try:
                self._store.erase()
            except StoreError as error:
                self._troubled(error)
            self._store = Store(None)

    def quit(self) -> None:
        """End the session because the process ends. No input is taken afterwards."""
        with self.lock:
            self.apply(Input.QUIT)
            self._closed = True

    def close(self) -> None:
        """Let go of the store."""
        with self.lock:
            self._store.close()

    # -- for the sender ------------------------------------------------------------------------

    def batch(self, max_events: int) -> Batch | None:
        """What to send next, None for nothing. Reads through a connection of its own."""
        if not self.tracking.enabled:
            return None
        device_id, reader = self.device_id, self._store.reader()
        try:
            rows = reader.waiting(self._done, max_events + 1)
            count, last, user_id = cut_batch(row[:3] for row in rows[:max_events])
            if not count:
                return None
            starts = any(code == SessionStarted.code for *_, code in rows[:count])
            events = reader.texts(self._done, last)
            return Batch(device_id, last, count, user_id, starts, events, len(rows) > count)
        finally:
            reader.close()

    def waiting(self) -> bool:
        """Whether there is anything to send; not while disabled."""
        if not self.tracking.enabled:
            return False
        reader = self._store.reader()
        try:
            return bool(reader.waiting(self._done, 1))
        finally:
            reader.close()

    def checkpoint(self) -> None:
        """Write the store's log back into its file; waits for the disk."""
        reader = self._store.reader()
        try:
            reader.checkpoint()
        finally:
            reader.close()

    def is_described(self, user_id: str | None, device: Mapping[str, str]) -> bool:
        """Whether the server knows this device in this state with this user already."""
        return bool(self._described == [user_id, dict(device)])

    def sending(self, through: int) -> None:
        """Everything up to this id is on its way; 0 for nothing."""
        self._history.sending(through)

    def acknowledge(
        self, batch: Batch, device: Mapping[str, str] | None, config: Mapping[str, Any] | None
    ) -> None:
        """Delete what was accepted, in portions, and remember what the server knows and said."""
        with self.lock:
            if batch.device_id != self.device_id:
                return  # wiped meanwhile: those ids may have been given anew
            self._done = batch.last  # even if the disk does not let go of it
            self._history.acknowledged(batch.last)
            if device is not None:
                self._described = [batch.user_id, dict(device)]
                self._put("described", json.dumps(self._described))
            if config is not None:
                server = payload.read_config(config, self.server)
                if server.time > self.server.time:
                    self.server = server
                    self._put("server", json.dumps(dataclasses.asdict(server)))
        deleted = PORTION
        while deleted == PORTION:
            with self.lock:
                if batch.device_id != self.device_id:
                    return
                try:
                    deleted = self._store.discard(batch.last, PORTION)
                except StoreError as error:
                    self._troubled(error)
                    return

    def set_aside(self, batch: Batch, reason: str) -> None:
        """Take the one event of this batch out of the way: the server refused it again and again."""
        with self.lock:
            if batch.device_id != self.device_id:
                return
            try:
                with self._store.transaction():
                    self._store.set_aside(batch.last, reason)
                    self._store.put("lost", self._lost + 1)
            except StoreError as error:
                self._troubled(error)
                return
            self._lost += 1
            self._history.set_aside(batch.last)
            logger.warning("an event was refused again and again and is set aside: %s", reason)

    # -- inside, with the lock held ------------------------------------------------------------

    def _take_up_after_consent(self) -> None:
        if self._folder is not None and self._store.folder is None:
            self.trouble = ""
            self._take_up()
            self.tracking = dataclasses.replace(self.tracking, enabled=False)  # what is to be changed now

    def _pass_time(self, now: Instant) -> None:
        after = step(self.tracking, Input.PASS_TIME, now)
        alive = after.tracking != self.tracking and now.boot - self._saved_at >= SIGN_OF_LIFE
        self.tracking = after.tracking
        if after.facts or alive or self._unwritten:
            self._commit(after.facts)

    def _commit(self, facts: tuple[Fact, ...]) -> None:
        """Write facts and state in one transaction; what cannot be written waits in memory."""
        for fact in facts:
            if not isinstance(fact, CustomEvent):
                self._outgoing.append(fact)
            if isinstance(fact, SessionStarted):
                self._last_stamp = fact.time
        self._unwritten += facts
        now = self._clock.now()
        if self.trouble and now.boot < self._retry_at and not self._closed:
            self._bound_unwritten()
            return
        try:
            try:
                written = self._write()
            except DamagedStoreError as damage:
                self._replace_store(damage)
                written = self._write()
        except StoreError as error:
            self._retry_at = now.boot + SIGN_OF_LIFE
            self._troubled(error)
            self._bound_unwritten()
            return
        self._unwritten.clear()
        self._saved_at = now.boot
        self._recovered()
        for event_id, fact in written:
            self._note(event_id, fact)

    def _write(self) -> list[tuple[int, Fact]]:
        with self._store.transaction():
            written = [(self._add(fact), fact) for fact in self._unwritten]
            dropped = self._store.trim() if self._store.full else 0
            if dropped:
                self._store.put("lost", self._lost + dropped)
            self._save()
        if dropped and not self._trimming:
            logger.warning("the outbox is full: the oldest events are dropped, custom events first")
        self._trimming = bool(dropped)
        self._lost += dropped
        return written

    def _add(self, fact: Fact) -> int:
        """Append one event; those that waited for its session follow it. Returns 0 for one that waits."""
        parked = fact.session_id is None
        event_id = self._store.add(
            fact.code, fact.user_id, fact.time, payload.event_text(fact), parked=parked
        )
        if isinstance(fact, SessionStarted):
            self._store.adopt(payload.session_text(fact.session_id))
        return 0 if parked else event_id

    def _note(self, event_id: int, fact: Fact) -> None:
        self._history.note(event_id, fact)
        if isinstance(fact, SessionStarted):
            self._history.adopt(fact.session_id, event_id + 1)

    def _save(self) -> None:
        self._store.put("device_id", self.device_id)
        self._store.put("user_id", self.tracking.user_id)
        self._store.put("enabled", int(self.tracking.enabled))
        session = self.tracking.session
        row = StoredSession(session, self._clock.boot_id, self._last_stamp) if session else None
        self._store.save_session(row)

    def _put(self, key: str, value: str) -> None:
        try:
            self._store.put(key, value)
        except StoreError as error:
            self._troubled(error)

    def _take_up(self) -> None:
        """Open the store and go on where an earlier process ended."""
        try:
            self._store = Store(self._folder)
            try:
                self._read()
            except DamagedStoreError as damage:
                self._replace_store(damage)
        except BusyStoreError as error:
            # Two processes that both counted would report sessions of one device that overlap.
            self.tracking = dataclasses.replace(self.tracking, enabled=False)
            self._troubled(error)
            return
        except StoreError as error:
            self._troubled(error)
            return
        if self._store.damage:
            logger.warning("the stored data were damaged and are moved aside: %s", self._store.damage)

    def _read(self) -> None:
        meta, stored = self._store.meta(), self._store.session()
        self.device_id = str(meta.get("device_id") or self.device_id)
        self._lost = int(meta.get("lost") or 0)
        self._described = _loaded(meta.get("described"))
        server = _loaded(meta.get("server"))
        with contextlib.suppress(TypeError):  # written by another version
            self.server = ServerConfig(**server) if server else self.server
        user_id = self.tracking.user_id or str(meta.get("user_id") or "") or None
        enabled = bool(meta.get("enabled", self.tracking.enabled))
        begun = dataclasses.replace(self.tracking, user_id=user_id, enabled=enabled)
        if stored is None:
            self.tracking = begun
        else:
            same_boot = stored.boot_id == self._clock.boot_id != ""
            after = restore(begun, stored.session, self._clock.now(), same_boot=same_boot)
            self.tracking, self._last_stamp = after.tracking, stored.last_stamp
            self._commit(after.facts)

    def _replace_store(self, damage: StoreError) -> None:
        logger.warning("the stored data are damaged and are moved aside: %s", damage)
        self._store.replace(str(damage))

    def _troubled(self, error: StoreError) -> None:
        if not self.trouble:
            logger.warning("data cannot be stored and wait in memory: %s", error)
        self.trouble = str(error)

    def _recovered(self) -> None:
        if self.trouble and self._store.folder == self._folder:
            self.trouble = ""

    def _bound_unwritten(self) -> None:
        while len(self._unwritten) > UNWRITTEN_LIMIT:
            events = (index for index, fact in enumerate(self._unwritten) if isinstance(fact, CustomEvent))
            del self._unwritten[next(events, 0)]
            self._lost += 1


def _loaded(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
