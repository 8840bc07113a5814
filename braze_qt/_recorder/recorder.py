"""One input, one transaction: where the session machine, the clock and the ledger meet. No Qt.

Whoever calls, on whichever thread, takes the one lock and writes through the one connection: two
writing connections of a process would cost stalls of milliseconds, a lock costs nothing that can be
measured. Every transaction begins with a look at what other processes of the application have done:
they share the session.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from functools import partial
from pathlib import Path
from typing import NamedTuple

from braze_qt._platform.clock import Clock, Instant
from braze_qt._recorder.late import Act, Kind, Late
from braze_qt._recorder.ledger import Found, Ledger
from braze_qt._session.machine import Step, due, is_same_boot, restore, stamp, step
from braze_qt._session.state import Input, Kept, StoredSession, Tracking
from braze_qt._storage.database import BusyStoreError
from braze_qt._storage.locks import Mark
from braze_qt.events import AttributeSet, Content, Fact, Logged, SessionStarted

logger: logging.Logger = logging.getLogger(__name__)

SIGN_OF_LIFE = 5.0
"""Seconds between two notes on disk that the application is in the foreground: what a crash may
cost of a session's length."""
PRESENCE = (Input.ENTER_FOREGROUND, Input.LEAVE_FOREGROUND, Input.QUIT)
"""Inputs that say where this process is."""


class Told(NamedTuple):
    """What this process was told while nothing could be written; None for what it was not."""

    user_id: str | None = None
    timeout: int | None = None


class Tracker:
    """Decides and remembers. Every method may be called from any thread.

    Args:
        folder: where the data lie; None keeps them in memory.
        clock: the time.
        timeout: the session timeout in whole seconds.
        enabled: what holds where no earlier choice is stored.

    Attributes:
        tracking: the state of the machine, frozen: that of the application with all its processes.
        ledger: the events, kept until they are acknowledged.
    """

    def __init__(self, folder: Path | None, clock: Clock, timeout: int, *, enabled: bool) -> None:
        self.ledger: Ledger = Ledger(folder)
        self.tracking: Tracking = Tracking(timeout, enabled=enabled)
        self._clock = clock
        self._told_here = False
        self._here = False
        self._chosen = False
        self._last_stamp = 0.0
        self._saved_at = 0.0
        self._closed = False
        self._begun = True
        self._unsaved: Told = Told()
        self._least_timeout = 1
        self._elsewhere = self._others = False
        self._late = Late()
        self._untold: deque[Fact] = deque()
        # Without consent not even an empty file is made.
        if enabled or self.ledger.exists:
            self._take_up(enabled=enabled)

    def now(self) -> Instant:
        """The present moment."""
        return self._clock.now()

    @property
    def closed(self) -> bool:
        """Whether ``quit`` was called, after which nothing is taken any more."""
        return self._closed

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

    @property
    def late(self) -> bool:
        """Whether anything waits for another process to let us at the disk: then ``tick`` soon."""
        return bool(self._late) or self.ledger.erase_waits

    @property
    def here(self) -> bool:
        """Whether this process is in the foreground."""
        return self._here

    def apply(self, given: Input, *, user_id: str | None = None, timeout: int | None = None) -> bool:
        """Feed one input to the machine. What it led to is on disk when this returns.

        Returns:
            False when nothing is taken: after ``quit``, and consent not before a wipe is through.
        """
        with self.ledger.lock:
            if self._closed:
                return False
            was_enabled = self.tracking.enabled
            if given is Input.ENABLE:
                self._erase_again()
                if self.ledger.erase_waits:
                    return False
                self._do(self._pass_time, Kind.LOOK)  # another process may have forgotten everything
                if not self.tracking.enabled:
                    self._take_up(enabled=True)
            if given in PRESENCE:
                self._told_here = given is Input.ENTER_FOREGROUND
            if given is Input.ENTER_FOREGROUND:
                # At once, even if the input has to wait: who plays back his own meanwhile shall not
                # think that nobody is in front.
                self.ledger.say(Mark.FOREGROUND, True)
            timeout = None if timeout is None else max(timeout, self._least_timeout)
            self._do(partial(self._feed, given, user_id, timeout), last_chance=given is Input.QUIT)
            if given is Input.ENABLE and not was_enabled and self._here:
                # Where another process was given consent before, this one enters only now.
                self._do(partial(self._feed, Input.ENTER_FOREGROUND, None, None))
            return True

    def tick(self) -> None:
        """Let time pass. On disk only when something came of it or waits, or to give a sign of life."""
        with self.ledger.lock:
            self._erase_again()
            if not self._closed:
                self._tick(self._clock.now())

    def refresh(self) -> None:
        """Look what other processes have done."""
        with self.ledger.lock:
            if not self._closed:
                self._do(self._pass_time, Kind.LOOK)

    def log(self, what: Content) -> bool:
        """Take an event. False while disabled."""
        with self.ledger.lock:
            if not self.taking:
                return False
            now = self._clock.now()
            try:
                if not self._late and not due(self.tracking, now) and self._insert(what, now):
                    return True
            except BusyStoreError:
                self._late.add(partial(self._log, what), now, Kind.EVENT)
                self.ledger.lost += self._late.keep()
                return True
            self._do(partial(self._log, what), Kind.EVENT)
            return self.taking

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        """Take the new value of an attribute, the text of a JSON value. False while disabled."""
        with self.ledger.lock:
            if not self.taking:
                return False
            self._do(partial(self._set_attribute, key, value, custom), Kind.EVENT)
            return self.taking

    def wipe(self) -> bool:
        """Forget all that is stored, the device id too, and stay disabled.

        Returns:
            False after ``quit``, and if something could not be deleted yet.
        """
        with self.ledger.lock:
            return not self._closed and self._forget()

    def quit(self) -> None:
        """End the session because the process ends. No input is taken afterwards."""
        with self.ledger.lock:
            self.apply(Input.QUIT)
            if self.ledger.unwritten:
                self._do(self._write_again, last_chance=True)
            self._closed = True

    def close(self) -> None:
        """After ``quit``: try for the last time to write what waits, and let go of the store."""
        with self.ledger.lock:
            self._erase_again()
            if self._late:
                self._do(self._write_again, last_chance=True)
            if self._late:
                logger.warning("another process keeps the data for itself: what happened last is lost")
            self.ledger.close()

    # -- one transaction, with the lock held ---------------------------------------------------

    def _do(self, act: Act, kind: Kind = Kind.INPUT, *, last_chance: bool = False) -> None:
        """Act on what all processes share, now, or when another process lets us.

        A late act uses the readings of the clock of its own moment.
        """
        patient = last_chance or not self._late
        self._late.add(act, self._clock.now(), kind)
        try:
            with self.ledger.exclusive(self._clock.now(), patient=patient, last_chance=last_chance) as found:
                if not found.wiped:
                    self._adopt(found)
                    self._late.do()
        except BusyStoreError:
            self.ledger.lost += self._late.keep()
            return
        if found.wiped:
            newest = self._late.take_newest()
            self._forget()
            newest.act(newest.moment)

    def _adopt(self, found: Found) -> None:
        """Take over what other processes have done, and what a dead one has left."""
        self._elsewhere, self._others = found.elsewhere, found.others
        told = self._unsaved
        self._adopt_shared(found)
        if any(told) and self.tracking.enabled:
            self._begin(told, self._clock.now())
        elif any(told):
            user_id, timeout = told.user_id or self.tracking.user_id, told.timeout or self.tracking.timeout
            self.tracking = dataclasses.replace(self.tracking, user_id=user_id, timeout=timeout)

    def _adopt_shared(self, found: Found) -> None:
        kept = found.kept
        self._chosen |= kept is not None and kept.enabled is not None
        present = self._here or found.elsewhere
        if kept is None:
            self.tracking = dataclasses.replace(self.tracking, foreground=present)
            return
        self._last_stamp = max(self._last_stamp, kept.last_stamp) if kept.session else kept.last_stamp
        mine = self.tracking.session
        adopted = dataclasses.replace(
            self.tracking,
            user_id=kept.user_id,
            enabled=self.tracking.enabled if kept.enabled is None else kept.enabled,
            timeout=max((self._begun and kept.timeout) or self.tracking.timeout, self._least_timeout),
            foreground=present,
            session=None,
        )
        if kept.session is None:
            self.tracking = adopted
            return
        session = kept.session.session
        known = mine is not None and mine.id == session.id
        if known and mine and self._here and mine.seen.boot > session.seen.boot:
            session = dataclasses.replace(session, seen=mine.seen)
        same_boot = known or self._is_of_this_boot(kept.session)
        if same_boot and (session.left or present):
            self.tracking = dataclasses.replace(adopted, session=session)
        else:
            self._take(restore(adopted, session, self._late.moment, same_boot=same_boot), always=True)

    def _is_of_this_boot(self, stored: StoredSession) -> bool:
        if stored.boot_id and self._clock.boot_id:
            return stored.boot_id == self._clock.boot_id
        return is_same_boot(stored.session.left or stored.session.seen, self._late.moment)

    def _feed(self, given: Input, user_id: str | None, timeout: int | None, now: Instant) -> None:
        if given in PRESENCE:
            self._here = given is Input.ENTER_FOREGROUND
            self.ledger.say(Mark.FOREGROUND, self._here)
        if given in (Input.ENTER_FOREGROUND, Input.QUIT):
            self.ledger.say(Mark.STAYING, self._here)
        # The application is where any of its processes is, and quits with the last one.
        if given is Input.QUIT and self._others:
            given = Input.LEAVE_FOREGROUND
        if given is Input.LEAVE_FOREGROUND and self._elsewhere:
            given = Input.PASS_TIME
        choice = given in (Input.ENABLE, Input.DISABLE) and not self._chosen
        self._chosen |= choice
        before = self.tracking.state
        after = step(self.tracking, given, now, user_id=user_id, timeout=timeout)
        present = self._here or self._elsewhere
        after = after._replace(tracking=dataclasses.replace(after.tracking, foreground=present))
        self._take(after, always=choice and self.tracking.enabled)
        logger.debug("%s: %s -> %s", given.value, before.value, after.tracking.state.value)

    def _tick(self, now: Instant) -> None:
        ours = self._here and self.tracking.session is not None
        alive = now.boot - self._saved_at >= SIGN_OF_LIFE
        if not ours or alive or self._late or self.ledger.unwritten or due(self.tracking, now):
            self._do(self._pass_time, Kind.LOOK)
        else:
            self.tracking = step(self.tracking, Input.PASS_TIME, now).tracking

    def _pass_time(self, now: Instant) -> None:
        after = step(self.tracking, Input.PASS_TIME, now)
        alive = self._here and after.tracking != self.tracking and now.boot - self._saved_at >= SIGN_OF_LIFE
        if after.facts or alive:
            self._take(after, always=True)
        elif self.ledger.unwritten:
            self._write_again(now)
        elif self._here:
            self.tracking = after.tracking

    def _insert(self, what: Content, now: Instant) -> bool:
        """Store an event by what is known of other processes; False if they have done something."""
        session = self.tracking.session
        if session is None:
            return False
        time = stamp(now.wall, self._last_stamp)
        if not self.ledger.add(Logged(session.id, self.tracking.user_id, time, what)):
            return False
        self._last_stamp = time
        return True

    def _log(self, what: Content, now: Instant) -> None:
        self._pass_time(now)
        if not self.tracking.enabled:
            return
        session = self.tracking.session
        self._last_stamp = time = stamp(now.wall, self._last_stamp)
        event = Logged(session.id if session else None, self.tracking.user_id, time, what)
        self.ledger.write((event,), self._kept, now)

    def _set_attribute(self, key: str, value: str, custom: bool, now: Instant) -> None:  # noqa: FBT001
        if self.tracking.enabled:
            attribute = AttributeSet(self.tracking.user_id, key, value, custom)
            self.ledger.write((attribute,), self._kept, now)

    def _write_again(self, now: Instant) -> None:
        self.ledger.write((), None, now)

    def _take(self, after: Step, *, always: bool = False) -> None:
        """Go over to what a step led to, and write it if there is anything to write."""
        before, self.tracking = self.tracking, after.tracking
        for fact in after.facts:
            # What waited for a session belongs to it, and so do the stamps that it bears.
            self._last_stamp = max(self._last_stamp, fact.time) if isinstance(fact, SessionStarted) else 0.0
        self._untold += after.facts
        changed = before != after.tracking and (before.enabled or after.tracking.enabled)
        if not (always or changed or after.facts):
            user_id, timeout = after.tracking.user_id, after.tracking.timeout
            self._unsaved = Told(
                self._unsaved.user_id if user_id == before.user_id else user_id,
                self._unsaved.timeout if timeout == before.timeout else timeout,
            )
        else:
            self._unsaved = Told()
            now = self._clock.now()
            self._saved_at = now.boot
            self.ledger.write(after.facts, self._kept, now)

    @property
    def _kept(self) -> Kept:
        tracking = self.tracking
        row = StoredSession(tracking.session, self._clock.boot_id) if tracking.session else None
        enabled = tracking.enabled if self._chosen else None
        return Kept(tracking.user_id, enabled, row, self._last_stamp, tracking.timeout)

    # -- opening and forgetting ----------------------------------------------------------------

    def _take_up(self, *, enabled: bool) -> None:
        """Go on where an earlier process ended, or where another one is, if one left anything."""
        told = Told(self.tracking.user_id, self.tracking.timeout)
        kept = self.ledger.take_up(enabled=enabled)
        self.ledger.say(Mark.FOREGROUND, self._here)
        self.ledger.say(Mark.STAYING, True)
        self._begun = kept is None
        if kept is not None:
            # What the server asks for later counts from the next start on, as in Braze's Web SDK.
            self._least_timeout = self.ledger.server.minimum_timeout
            self._do(partial(self._begin, told))

    def _begin(self, told: Told, now: Instant) -> None:
        """What the process that starts last is configured with holds for all, and so does what it was told
        before it looked.
        """
        self._begun = True
        timeout = max(told.timeout or self.tracking.timeout, self._least_timeout)
        self._take(step(self.tracking, Input.SET_TIMEOUT, now, timeout=timeout), always=True)
        if told.user_id is not None:
            self._take(step(self.tracking, Input.CHANGE_USER, now, user_id=told.user_id))
        if not self.tracking.enabled and not self._others:  # what others may do they go on with
            self._take(step(self.tracking, Input.DISABLE, now))

    def _erase_again(self) -> None:
        if self.ledger.erase_waits:
            self.ledger.erase_again(patient=False)

    def _forget(self) -> bool:
        self._here = self._told_here
        self.tracking = dataclasses.replace(self.tracking, foreground=self._here)
        self.tracking = step(self.tracking, Input.WIPE, self._clock.now()).tracking
        self._last_stamp = 0.0
        self._least_timeout = 1
        self._chosen = False
        self._unsaved = Told()
        self._late = Late()
        return self.ledger.wipe()
