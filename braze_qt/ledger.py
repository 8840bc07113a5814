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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braze_qt import payload, store
from braze_qt.clock import Instant
from braze_qt.config import ServerConfig
from braze_qt.database import FILES, BusyStoreError, DamagedStoreError
from braze_qt.delivery import cut_batch
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent, EventRecord, Fact, SessionStarted
from braze_qt.history import History
from braze_qt.outbox import Outbox
from braze_qt.store import Store
from braze_qt.tracking import Kept

logger = logging.getLogger(__name__)

RETRY = 5.0
"""Seconds until a disk that took nothing is tried again: every try may cost ``store.BUSY_MS``."""
PORTION = 50
"""Acknowledged events deleted in one go: some 100 µs, which is all that another thread can be kept
waiting for the lock by a deletion."""
PAUSE = 0.000_5
"""Seconds between two portions. A lock is not fair: taken again at once, it would keep whoever waits
for it waiting for all portions."""
UNWRITTEN_LIMIT = 10_000
"""Facts kept in memory while the disk takes nothing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes into one request: ``count`` events up to the id ``last``, of one user at most.

    ``more`` says that a limit kept others out of it.
    """

    device_id: str
    last: int
    count: int
    user_id: str | None
    starts_session: bool
    events: str
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

    def __init__(self, folder: Path | None) -> None:
        self.lock = threading.RLock()
        self.trouble = ""
        self._folder = folder
        self._unwritten: list[Fact] = []
        self._retry_at = 0.0
        self._trimming = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.device_id = str(uuid.uuid4())
        self.server = ServerConfig()
        self.lost = self._lost_on_disk = 0
        self._done = 0
        self._described: Any = None
        self._kept: Kept | None = None
        self._introduced = True
        self._history = History()
        self._unwritten.clear()
        self._store = Store(None)

    @property
    def exists(self) -> bool:
        """Whether an earlier process has left a store."""
        return self._folder is not None and (self._folder / FILES[0]).exists()

    @property
    def pending(self) -> int:
        """Events that were taken and not acknowledged."""
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

    def take_up(self) -> Kept | None:
        """Open the store and answer what an earlier process left in it; None where there was none.

        Raises:
            BusyStoreError: another process has the store. Any other trouble leaves the ledger in
                memory, with ``trouble`` saying why.
        """
        with self.lock:
            if self._folder is None or self._store.folder is not None:
                return None
            try:
                return self._opened()
            except BusyStoreError as error:
                self._troubled(error)
                raise
            except StoreError as error:
                self._troubled(error)
                return None

    def _opened(self) -> Kept | None:
        opened = Store(self._folder)
        try:
            kept, meta = opened.kept(), opened.meta()
        except DamagedStoreError as damage:
            opened.replace(str(damage))
            kept, meta = None, {}
        if opened.damage:
            logger.warning("the stored data were damaged and are moved aside: %s", opened.damage)
        self._store.close()
        self._store, self._kept, self.trouble = opened, kept, ""
        if "device_id" in meta:
            self.device_id = str(meta["device_id"])
        else:
            opened.put("device_id", self.device_id)
        lost = meta.get("lost")
        self.lost = self._lost_on_disk = lost if isinstance(lost, int) else 0
        self._described = _loaded(meta.get("described"))
        with contextlib.suppress(TypeError):  # another version may have known other fields
            self.server = ServerConfig(**(_loaded(meta.get("server")) or {}))
        return kept

    def wipe(self) -> None:
        """Forget everything, leave no file behind, and go on in memory under a new device id."""
        with self.lock:
            try:
                self._store.erase()
            except StoreError as error:
                self._troubled(error)
            self._begin_anew()

    def close(self) -> None:
        """Let go of the store."""
        with self.lock:
            self._store.close()

    # -- in ------------------------------------------------------------------------------------

    def add(self, event: CustomEvent) -> bool:
        """Take one event by a single insert. False if something is in the way: then ``write`` it."""
        with self.lock:
            if self._unwritten or self._store.full:
                return False
            try:
                self._note(self._insert(event), event)
            except StoreError:
                return False
            return True

    def write(self, facts: Iterable[Fact], kept: Kept, now: Instant, *, last_chance: bool = False) -> None:
        """Take facts and state in one transaction; what cannot be written waits in memory.

        Args:
            last_chance: try even if the disk took nothing a moment ago, because the process ends.
        """
        with self.lock:
            self._unwritten += facts
            self._kept = kept
            if last_chance or not self.trouble or now.boot >= self._retry_at:
                self._retry_at = now.boot + RETRY
                self._write_out()
            self._bound_unwritten()

    def _write_out(self) -> None:
        try:
            try:
                written = self._transact()
            except DamagedStoreError as damage:
                self._replace(damage)
                written = self._transact()
        except StoreError as error:
            self._troubled(error)
            return
        self._unwritten.clear()
        if self._store.folder == self._folder:
            self.trouble = ""
        for event_id, fact in written:
            self._note(event_id, fact)

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
            self._store.put("device_id", self.device_id)
            self._store.put("described", json.dumps(self._described))
            self._store.put("server", json.dumps(dataclasses.asdict(self.server)))

    def _transact(self) -> list[tuple[int, Fact]]:
        with self._store.transaction():
            self._introduce()
            written = [(self._insert(fact), fact) for fact in self._unwritten]
            dropped = self._store.trim() if self._store.full else 0
            lost = self.lost + dropped
            if lost != self._lost_on_disk or not self._introduced:
                self._store.put("lost", lost)
            if self._kept:
                self._store.save(self._kept)
        if dropped and not self._trimming:
            logger.warning("the outbox is full: the oldest events are dropped, custom events first")
        self._introduced = True
        self._trimming = bool(dropped)
        self.lost = self._lost_on_disk = lost
        return written

    def _insert(self, fact: Fact) -> int:
        """Append one event, and to a session's start what waited for it. Answers 0 for one that waits."""
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
            events = (index for index, fact in enumerate(self._unwritten) if isinstance(fact, CustomEvent))
            del self._unwritten[next(events, 0)]
            self.lost += 1

    # -- out -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Outbox]:
        """A connection of its own. A file that turns out to be damaged is moved aside."""
        store = self._store
        replaced = store.replaced
        try:
            with contextlib.closing(store.reader()) as reader:
                yield reader
        except DamagedStoreError as damage:
            with self.lock:
                if self._store is store and store.replaced == replaced:
                    self._cope(damage)
            raise

    def waiting(self) -> bool:
        """Whether there is anything to send."""
        with self._reader() as reader:
            return bool(reader.waiting(self._done, 1))

    def batch(self, max_events: int) -> Batch | None:
        """What to send next, None for nothing. Reads through a connection of its own."""
        device_id = self.device_id
        with self._reader() as reader:
            rows = reader.waiting(self._done, max_events + 1)
            count, last, user_id = cut_batch(row[:3] for row in rows[:max_events])
            if not count:
                return None
            starts = any(code == SessionStarted.code for *_, code in rows[:count])
            events = reader.texts(self._done, last)
        return Batch(device_id, last, count, user_id, starts, events, len(rows) > count)

    def checkpoint(self) -> None:
        """Write the store's log back into its file; waits for the disk."""
        with self._reader() as reader:
            if reader.checkpoint() > store.LOG_PAGES:
                with self.lock:  # or events that come faster than the disk works would let it grow for ever
                    reader.checkpoint()

    def sending(self, through: int) -> None:
        """Everything up to this id is on its way; 0 for nothing."""
        self._history.sending(through)

    def is_described(self, user_id: str | None, device: Mapping[str, str]) -> bool:
        """Whether the server knows this device, as it is now, with this user already."""
        return bool(self._described == [user_id, dict(device)])

    def acknowledge(
        self, batch: Batch, device: Mapping[str, str] | None, config: Mapping[str, Any] | None
    ) -> None:
        """Delete what was accepted, in portions, and remember what the server knows and said.

        Args:
            device: what the request said of the device, None for nothing.
            config: what the reply said of sending, None for nothing.
        """
        try:
            with self.lock:
                if batch.device_id != self.device_id:
                    return  # wiped meanwhile: its ids may have been given anew
                self._done = batch.last  # even if the disk does not let go of it
                self._history.acknowledged(batch.last)
                self._store.remember_stamp(batch.last)
                if device is not None:
                    self._described = [batch.user_id, dict(device)]
                    self._store.put("described", json.dumps(self._described))
                if config is not None:
                    self._obey(config)
            self._delete(batch)
        except StoreError as error:
            with self.lock:
                self._cope(error)

    def _obey(self, config: Mapping[str, Any]) -> None:
        server = payload.read_config(config, self.server)
        if server.time > self.server.time:
            self.server = server
            self._store.put("server", json.dumps(dataclasses.asdict(server)))

    def _delete(self, batch: Batch) -> None:
        deleted = PORTION
        while deleted == PORTION:
            with self.lock:
                deleted = self._store.discard(batch.last, PORTION) if batch.device_id == self.device_id else 0
            time.sleep(PAUSE)

    def set_aside(self, batch: Batch, reason: str) -> None:
        """Take the one event of this batch out of the way: the server refused it again and again."""
        with self.lock:
            if batch.device_id != self.device_id:
                return
            self._done = batch.last
            self._history.set_aside(batch.last)
            self.lost += 1
            try:
                with self._store.transaction():
                    self._store.remember_stamp(batch.last)
                    self._store.set_aside(batch.last, reason)
                    self._store.put("lost", self.lost)
            except StoreError as error:
                self._cope(error)
        logger.warning("an event was refused again and again and is set aside: %s", reason)


def _loaded(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
