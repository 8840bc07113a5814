"""One input, one transaction: where the session machine, the clock and the ledger meet. No Qt.

Whoever calls, on whichever thread, takes the one lock and writes through the one connection: two
writing connections would cost stalls of milliseconds, a lock costs nothing that can be measured.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from pathlib import Path

from braze_qt.clock import Clock, Instant
from braze_qt.database import BusyStoreError
from braze_qt.events import AttributeSet, Content, Fact, Logged, SessionStarted
from braze_qt.ledger import Ledger
from braze_qt.session import Step, due, restore, stamp, step
from braze_qt.tracking import Input, Kept, StoredSession, Tracking

logger = logging.getLogger(__name__)

SIGN_OF_LIFE = 5.0
"""Seconds between two notes on disk that the application is in the foreground: what a crash may
cost of a session's length."""


class Tracker:
    """Decides and remembers. Every method may be called from any thread.

    Args:
        folder: where the data lie; None keeps them in memory.
        clock: the time.
        timeout: the session timeout in whole seconds.
        enabled: what holds where no earlier choice is stored.

    Attributes:
        tracking: the state of the machine, frozen.
        ledger: the events.
    """

    def __init__(self, folder: Path | None, clock: Clock, timeout: int, *, enabled: bool) -> None:
        self.ledger = Ledger(folder)
        self.tracking = Tracking(timeout, enabled=enabled)
        self._clock = clock
        self._last_stamp = 0.0
        self._saved_at = 0.0
        self._busy = False
        self._closed = False
        self._least_timeout = 1
        self._untold: deque[Fact] = deque()
        # Without consent not even an empty file is made.
        if enabled or self.ledger.exists:
            self._take_up()

    def now(self) -> Instant:
        """The present moment."""
        return self._clock.now()

    @property
    def taking(self) -> bool:
        """Whether events are taken: not while disabled, not after ``quit``."""
        return self.tracking.enabled and not self._closed

    def take_facts(self) -> list[Fact]:
        """The session facts that nobody was told of yet, oldest first."""
        with self.ledger.lock:
            facts = list(self._untold)
            self._untold.clear()
            return facts

    def apply(self, given: Input, *, user_id: str | None = None, timeout: int | None = None) -> bool:
        """Feed one input to the machine. What it led to is on disk when this returns.

        Returns:
            False when nothing is taken: after ``quit``, or to enable what another process has.
        """
        with self.ledger.lock:
            if self._closed:
                return False
            if given is Input.ENABLE and not self.tracking.enabled:
                if self._busy:
                    return False
                self._take_up()
                if self._busy:
                    return False
                self.tracking = dataclasses.replace(self.tracking, enabled=False)
            before, now = self.tracking, self._clock.now()
            timeout = None if timeout is None else max(timeout, self._least_timeout)
            after = step(before, given, now, user_id=user_id, timeout=timeout)
            self.tracking = after.tracking
            logger.debug("%s: %s -> %s", given.value, before.state.value, after.tracking.state.value)
            if before != after.tracking and (before.enabled or after.tracking.enabled):
                self._write(after, now, last_chance=given is Input.QUIT)
            return True

    def tick(self) -> None:
        """Let time pass. On disk only when something came of it or waits, or to give a sign of life."""
        with self.ledger.lock:
            if not self._closed:
                self._pass_time(self._clock.now())

    def log(self, what: Content) -> bool:
        """Take an event. False while disabled."""
        with self.ledger.lock:
            if not self.taking:
                return False
            now = self._clock.now()
            if due(self.tracking, now):
                self._pass_time(now)
            session = self.tracking.session
            self._last_stamp = time = stamp(now.wall, self._last_stamp)
            event = Logged(session.id if session else None, self.tracking.user_id, time, what)
            if not self.ledger.add(event):
                self.ledger.write((event,), self._kept, now)
            return True

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        """Take the new value of an attribute, the text of a JSON value. False while disabled."""
        with self.ledger.lock:
            if not self.taking:
                return False
            attribute = AttributeSet(self.tracking.user_id, key, value, custom)
            self.ledger.write((attribute,), self._kept, self._clock.now())
            return True

    def wipe(self) -> bool:
        """Forget all that is stored, the device id too, and stay disabled. False after ``quit``."""
        with self.ledger.lock:
            if self._closed:
                return False
            self.tracking = step(self.tracking, Input.WIPE, self._clock.now()).tracking
            self._last_stamp = 0.0
            self._least_timeout = 1
            self.ledger.wipe()
            return True

    def quit(self) -> None:
        """End the session because the process ends. No input is taken afterwards."""
        with self.ledger.lock:
            self.apply(Input.QUIT)
            if self.ledger.unwritten:
                self._write(Step(self.tracking), self._clock.now(), last_chance=True)
            self._closed = True

    # -- inside, with the lock held ------------------------------------------------------------

    def _take_up(self) -> None:
        """Go on where an earlier process ended, if one left anything."""
        try:
            kept = self.ledger.take_up()
        except BusyStoreError:
            # Two processes that both counted would report sessions of one device that overlap.
            self._busy = True
            self.tracking = dataclasses.replace(self.tracking, enabled=False)
            return
        if kept is None:
            return
        self._last_stamp = kept.last_stamp
        user_id = self.tracking.user_id or kept.user_id
        # What the server asks for later counts from the next start on, as in Braze's Web SDK.
        self._least_timeout = self.ledger.server.minimum_timeout
        timeout = max(self.tracking.timeout, self._least_timeout)
        begun = dataclasses.replace(self.tracking, timeout=timeout, user_id=user_id, enabled=kept.enabled)
        if kept.session is None:
            self.tracking = begun
            return
        now = self._clock.now()
        same_boot = kept.session.boot_id == self._clock.boot_id != ""
        after = restore(begun, kept.session.session, now, same_boot=same_boot)
        self.tracking = after.tracking
        self._write(after, now)

    def _pass_time(self, now: Instant) -> None:
        after = step(self.tracking, Input.PASS_TIME, now)
        alive = after.tracking != self.tracking and now.boot - self._saved_at >= SIGN_OF_LIFE
        self.tracking = after.tracking
        if after.facts or alive or self.ledger.unwritten:
            self._write(after, now)

    def _write(self, after: Step, now: Instant, *, last_chance: bool = False) -> None:
        for fact in after.facts:
            # What waited for a session belongs to it, and so do the stamps that it bears.
            self._last_stamp = max(self._last_stamp, fact.time) if isinstance(fact, SessionStarted) else 0.0
        self._untold += after.facts
        self._saved_at = now.boot
        self.ledger.write(after.facts, self._kept, now, last_chance=last_chance)

    @property
    def _kept(self) -> Kept:
        session = self.tracking.session
        row = StoredSession(session, self._clock.boot_id) if session else None
        return Kept(self.tracking.user_id, self.tracking.enabled, row, self._last_stamp)
