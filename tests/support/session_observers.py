"""The sessions that have to arrive of real applications, which campaigns see from outside.

``SeveralProcesses`` have virtual time, which is exact but for the death of a process. ``OneMachine`` has the
time of a real machine: each action lies between two looks at its clocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from braze_qt._session.state import Input
from tests.support.machine import AFTER_BOOT, Machine
from tests.support.session_model import NOTHING, Moment, Rules, Span, Told
from tests.support.sessions import SIGN_OF_LIFE

# -- several processes -----------------------------------------------------------------------------


@dataclass
class VirtualClock:
    """Exact seconds. The machine never sleeps."""

    seconds: float = 0.0
    boot_id = "boot-1"

    @property
    def boot(self) -> Span:
        return Span.exact(self.seconds)

    def moment(self) -> Moment:
        return moment_between(self.seconds, self.seconds)


def moment_between(first: float, last: float) -> Moment:
    return Moment(*[Span(((first, last),))] * 3, NOTHING)


@dataclass
class SeveralProcesses(Rules):
    """One application of several processes, each of which may log very many events at once.

    Attributes:
        bursts: events which some process is logging: whose session is theirs is not certain.
        sure: when a process in the foreground gave a sign of life last, for certain.
    """

    clock: VirtualClock = field(default_factory=VirtualClock)
    bursts: set[str] = field(default_factory=set)
    sure: float = 0.0

    @property
    def ended(self) -> list[Told]:
        return [told for told in self.sessions if told.end]

    def wait(self, seconds: float) -> None:
        """Time passes that nobody may be there to notice, but those that are logging may."""
        self.clock.seconds += seconds
        session = self.known.session
        if session and session.left and self.is_over(self.now.elapsed - session.left.elapsed):
            self.perhaps |= self.bursts

    def join(self, process: int, timeout: float) -> None:
        """A process begins, by the timeout that it was configured with."""
        self.alive.add(process)
        self.know(timeout=timeout)
        self.time_passes()

    def start(self) -> None:
        super().start()
        self.sessions[-1].maybe |= self.bursts
        self.sure = self.clock.seconds

    def end(self, end: Moment) -> None:
        super().end(end)
        self.perhaps |= self.bursts

    def enter(self, process: int) -> None:
        session = self.known.session
        if session and session.left:
            self.sure = self.clock.seconds
        super().enter(process)

    def look(self, process: int) -> None:
        """A process in the foreground gave a sign of life, or has not long ago."""
        self.time_passes()
        if self.known.session and process in self.known.front:
            self.sure = max(self.sure, self.clock.seconds - SIGN_OF_LIFE)

    def burst(self, names: set[str]) -> None:
        """A process begins to log these; ``burst_over`` says when it is done, or dead."""
        self.time_passes()
        self.bursts |= names
        (self.sessions[-1].maybe if self.known.session else self.perhaps).update(names)

    def burst_over(self, names: set[str]) -> None:
        self.bursts -= names

    def kill(self, process: int) -> bool:
        """Answers whether the application has left the foreground by that, nobody knows exactly when."""
        self.know(front=self.known.front - {process})
        self.alive.discard(process)
        session = self.known.session
        if session is None or self.known.front or session.left:
            return False
        left = moment_between(self.sure, self.clock.seconds)
        self.know(session=replace(session, left=left, seen=left))
        return True

    def settle(self, state: str, ends_in: float) -> None:
        """A process has said how it took the death of the last one in the foreground."""
        session = self.known.session
        assert session
        assert session.left
        left, now, timeout = session.left.elapsed, self.clock.seconds, self.known.timeout
        if state == "background":
            at = now + ends_in - timeout
            assert left.holds(at, 0.001), f"left at {at:.3f}, not in {left.low:.3f} to {left.high:.3f}"
            self.know(session=replace(session, left=moment_between(at, at)))
        else:
            assert now - left.low >= timeout, f"{state} too early"
            self.end(moment_between(left.low, min(left.high, now - timeout)))


# -- one machine -----------------------------------------------------------------------------------

HEARTBEAT = 1.3
"""Seconds that an application in the foreground may not have looked at the clocks for: 1, and some."""
NEAR = 0.3
"""Seconds by which the clocks of two processes, read one after the other, may differ."""


class MachineClock:
    """Moments of a real machine. ``at`` is what the model reads."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.at = self.look()
        self._walls: list[tuple[float, float]] = []

    @property
    def boot_id(self) -> str:
        return self.machine.boot_id

    @property
    def boot(self) -> Span:
        """Looked at when an application has just begun."""
        return Span(((AFTER_BOOT, self.machine.boot),))

    def moment(self) -> Moment:
        return self.at

    def look(self) -> Moment:
        """This very moment."""
        machine = self.machine
        wall, lived, slept = machine.wall, machine.lived, machine.slept
        return Moment(*map(Span.exact, (wall, lived + slept, lived, slept)))

    def since(self, first: Moment) -> Moment:
        """From ``first`` until now, the wall clock not having been set and the machine awake."""
        now = self.look()
        return Moment(
            Span(((first.wall.low, now.wall.high),)),
            Span(((first.elapsed.low, now.elapsed.high),)),
            Span(((first.lived.low, now.lived.high),)),
            now.slept,
        )

    def before(self, at: Moment, seconds: float) -> Moment:
        """Up to so many seconds earlier, under any wall clock of that time."""
        young = [wall for lived, wall in self._walls if lived > at.lived.low - seconds]
        walls = (*at.wall.pairs, *((wall, wall) for wall in young))
        up_to = Span(((-seconds, 0.0),))
        wall = Span(tuple((low - seconds, high) for low, high in walls))
        return Moment(wall, at.elapsed + up_to, at.lived + up_to, at.slept)

    def set_wall(self, seconds: float) -> None:
        """What the clock showed until now is what a killed application may have known last."""
        self._walls.append((self.machine.lived, self.machine.wall))
        self.machine.set_wall(seconds)


class OneMachine(Rules):
    """Everything that was done with an application on a machine that sleeps and is started again.

    Each method is given when it was done and in which session the application said to be after that, "" for
    none. Where the bounds leave open whether an absence was too long, this decides.
    """

    clock: MachineClock

    def __init__(self, machine: Machine) -> None:
        super().__init__(MachineClock(machine))
        self.logged: dict[str, str | None] = {}
        """Each event and its user."""
        self._said: str | None = ""

    @property
    def id(self) -> str:
        """Of the newest session."""
        return self.sessions[-1].id

    def is_over(self, gone: Span) -> bool:
        timeout = self.known.timeout
        return gone.low >= timeout or (gone.high >= timeout and self._said != self.id)

    def do(self, at: Moment, said: str, given: Input = Input.PASS_TIME, user: str | None = None) -> None:
        self.clock.at, self._said = at, said
        before = len(self.sessions)
        self.feed(given, user=user)
        self._agree(said, is_new=len(self.sessions) > before)

    def start_application(self, at: Moment, timeout: int, said: str) -> None:
        """It comes to the foreground at once."""
        self.clock.at, self._said = at, said
        self.begin(timeout)
        self.do(at, said, Input.ENTER_FOREGROUND)

    def sleep(self, began: Moment, woke: Moment, said: str) -> None:
        """The machine has slept while the application was in the foreground, and nobody was seen since."""
        if self.known.session:
            self.know(session=replace(self.known.session, seen=self.clock.before(began, HEARTBEAT)))
        self.do(woke, said)

    def log_at(self, at: Moment, name: str) -> None:
        """An event was logged; in which session is not certain where the timeout ran out just then."""
        self.logged[name] = self.known.user
        session = self.known.session
        gone = at.elapsed - session.left.elapsed if session and session.left else NOTHING
        if session and gone.low < self.known.timeout <= gone.high:
            self.sessions[-1].maybe.add(name)
            self.perhaps.add(name)
        else:
            self.clock.at = at
            self.log(name)

    def die(self, at: Moment, said: str) -> None:
        """The application was killed, and was in this session last."""
        self.clock.at = at
        session = self.known.session
        if session and session.left is None:
            seen = self.clock.before(at, SIGN_OF_LIFE + HEARTBEAT)
            self.know(session=replace(session, seen=seen))
        elif session and not said:
            self.end(session.left)
        self.save()

    def quit_at(self, at: Moment) -> None:
        """The application has ended by itself."""
        self.clock.at = at
        self.feed(Input.QUIT)

    def _agree(self, said: str, *, is_new: bool) -> None:
        words = f"{said!r}, {self.sessions[-1:]}, timeout {self.known.timeout} s, at {self.clock.at}"
        if is_new:
            assert said not in ("", *(told.id for told in self.sessions)), f"no new session: {words}"
            self.sessions[-1].id = said
        elif self.known.session:
            assert said == self.id, f"the session has ended: {words}"
        else:
            assert not said, f"the session goes on, or nobody was there: {words}"


def faults(model: OneMachine, events: list[dict[str, Any]]) -> list[str]:
    """What arrived otherwise than it has to; ``events`` in the order in which they were sent."""
    borders = [event for event in events if event["name"] in ("ss", "se")]
    expected = [(told.id, code) for told in model.sessions for code in ("ss", "se")]
    arrived = [(event["session_id"], event["name"]) for event in borders]
    if arrived != expected:
        return [f"sessions: {arrived}, not {expected}"]
    found = []
    for told, start, end in zip(model.sessions, borders[::2], borders[1::2], strict=True):
        found += [f"{told}: {fault}" for fault in _session_faults(told, start, end)]
    return found + list(_event_faults(model, events))


def _session_faults(told: Told, start: dict[str, Any], end: dict[str, Any]) -> Iterable[str]:
    assert told.end
    if {start.get("user_id"), end.get("user_id")} != {told.session.user}:
        yield f"users {start.get('user_id')} and {end.get('user_id')}"
    if not told.session.began.wall.holds(start["time"], NEAR):
        yield f"started at {start['time']:.3f}"
    length, walls = end["data"]["d"], told.end.wall
    if length < 0 or not told.length.holds(length, NEAR):
        yield f"{length} s long, not {told.length.low:.3f} to {told.length.high:.3f}"
    grown = start["time"] + length
    set_back = abs(end["time"] - grown) < 0.01 and walls.low < grown - 1 + NEAR
    at_start = end["time"] == start["time"] and walls.low < start["time"] + NEAR
    fits = walls.holds(end["time"], NEAR) or set_back or at_start
    if not fits or end["time"] < max(start["time"], grown - 1 - NEAR):
        yield f"started at {start['time']:.3f}, ended at {end['time']:.3f}"


def _event_faults(model: OneMachine, events: list[dict[str, Any]]) -> Iterable[str]:
    places = {told.id: told for told in model.sessions}
    found = [event for event in events if event["name"] == "ce"]
    names = [event["data"]["n"] for event in found]
    if sorted(names) != sorted(model.logged):
        yield f"events: {sorted(names)}, not {sorted(model.logged)}"
    last: dict[str, float] = {}
    for event in found:
        name, told = event["data"]["n"], places[event["session_id"]]
        if event.get("user_id") != model.logged.get(name):
            yield f"{name}: {event}, not of user {model.logged.get(name)}"
        if name not in told.maybe and name not in [each.name for each in told.events]:
            yield f"{name}: in another session than {told}"
        if event["time"] <= last.get(told.id, 0.0):
            yield f"{name}: not later than the one before"
        last[told.id] = event["time"]
