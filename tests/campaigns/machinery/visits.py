"""The sessions that have to arrive, told from the actions of the user: as an observer would count them.

Nothing here knows how the SDK decides. Each action lies between two looks at the clocks. Where that leaves
open which result is right (an absence about as long as the timeout), both are, and the application's answer
decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.machine import AFTER_BOOT, Machine

HEARTBEAT = 1.3
"""Seconds that an application in the foreground may not have looked at the clocks for: 1, and some."""
SIGN_OF_LIFE = 5.0 + HEARTBEAT
"""Seconds before its death at which a killed application wrote down last that it lives."""
NEAR = 0.3
"""Seconds by which the clocks of two processes, read one after the other, may differ."""


@dataclass(frozen=True)
class Span:
    """When something happened: at least, and at most. ``walls`` are what the wall clock may have shown."""

    elapsed: tuple[float, float]
    lived: tuple[float, float]
    walls: tuple[tuple[float, float], ...]


@dataclass
class Visit:
    """A session: whose, from when, until when, and what was logged in it."""

    id: str
    user: str | None
    began: Span
    left: Span | None = None
    ended: Span | None = None
    rebooted: bool = False


@dataclass
class Diary:
    """Everything that was done, in order."""

    machine: Machine
    timeout: int
    visits: list[Visit] = field(default_factory=list)
    user: str | None = None
    logged: dict[str, tuple[str | None, tuple[int, ...]]] = field(default_factory=dict)
    """For each event its user, and the numbers of the visits in which it may be found."""
    _walls: list[tuple[float, float]] = field(default_factory=list)

    @property
    def open(self) -> Visit | None:
        """The newest visit, unless it has ended for certain."""
        return self.visits[-1] if self.visits and self.visits[-1].ended is None else None

    def look(self) -> Span:
        """This very moment."""
        elapsed, lived, wall = self.machine.elapsed, self.machine.lived, self.machine.wall
        return Span((elapsed, elapsed), (lived, lived), ((wall, wall),))

    def since(self, first: Span) -> Span:
        """From ``first`` until now, the wall clock not having been set."""
        now = self.look()
        return Span(
            (first.elapsed[0], now.elapsed[1]),
            (first.lived[0], now.lived[1]),
            ((first.walls[0][0], now.walls[0][1]),),
        )

    def set_wall(self, seconds: float) -> None:
        """What the clock showed until now is what a killed application may have known last."""
        self._walls.append((self.machine.lived, self.machine.wall))
        self.machine.set_wall(seconds)

    def enter(self, at: Span, session: str) -> None:
        """The application is in the foreground, and says that it is in this session."""
        visit = self.open
        if visit is None:
            return self._begin(at, session)
        assert visit.left is not None
        low = at.elapsed[0] - visit.left.elapsed[1]
        high = at.elapsed[1] - visit.left.elapsed[0]
        self._assert_ended(visit.id != session, low, high)
        if visit.id == session:
            if visit.rebooted:  # from then until the application ran again nobody can have measured
                began = visit.began.lived
                later = began[1] + at.lived[1] - visit.left.lived[0]
                visit.began, visit.rebooted = replace(visit.began, lived=(began[0], later)), False
            visit.left = None
            return None
        visit.ended = visit.left
        return self._begin(at, session)

    def leave(self, at: Span) -> None:
        """The application is in the background."""
        assert self.open is not None
        self.open.left = at

    def sleep(self, began: Span, woke: Span, session: str) -> None:
        """The machine has slept while the application was in the foreground, and nobody was seen since."""
        visit = self.open
        if visit is None:
            assert not session, "nobody was there, and a session began"
            return
        slept = woke.elapsed[0] - woke.lived[0] - (began.elapsed[1] - began.lived[1])
        self._assert_ended(visit.id != session, slept, slept)
        if visit.id != session:
            assert not session, "nobody was there, and a session began"
            visit.ended = self._before(began, HEARTBEAT)

    def change_user(self, at: Span, user: str, session: str) -> None:
        """Somebody else is the user, if it is somebody else; "" for no session."""
        if user == self.user:
            return
        self.user = user
        visit = self.open
        if visit is not None:
            visit.ended = visit.left or at
            assert visit.id != session, f"{visit} outlived its user"
            if visit.left is None:
                self._begin(at, session)

    def log(self, at: Span, name: str) -> None:
        """An event was logged."""
        number = len(self.visits) - 1
        visit = self.open
        if visit is None:
            allowed: tuple[int, ...] = (number + 1,)
        elif visit.left is None or at.elapsed[1] - visit.left.elapsed[0] < self.timeout:
            allowed = (number,)
        elif at.elapsed[0] - visit.left.elapsed[1] >= self.timeout:
            allowed = (number + 1,)
        else:
            allowed = (number, number + 1)
        self.logged[name] = (self.user, allowed)

    def die(self, at: Span, session: str) -> None:
        """The application was killed, and said last that it was in this session; "" for none."""
        visit = self.open
        if visit is not None and visit.left is None:
            visit.left = self._before(at, SIGN_OF_LIFE)
        elif visit is not None and not session:
            visit.ended = visit.left

    def quit(self, at: Span) -> None:
        """The application has ended by itself."""
        visit = self.open
        if visit is not None:
            visit.ended = visit.left or at

    def reboot(self, seconds: float, wall_set: float) -> None:
        """The machine was off, and its wall clock was set meanwhile: all that is known of how long it was."""
        self.machine.reboot(seconds)
        self.machine.set_wall(wall_set)
        visit = self.open
        if visit is None:
            return
        now, left = self.look(), visit.left
        assert left is not None
        gone = [now.walls[0][0] - wall for walls in left.walls for wall in walls]
        elapsed = tuple(now.elapsed[0] - max(AFTER_BOOT, seconds) for seconds in (max(gone), min(gone)))
        off = (now.lived[0] - left.lived[1], now.lived[0] - left.lived[0])
        began = (visit.began.lived[0] + off[0], visit.began.lived[1] + off[1])
        visit.began = replace(visit.began, lived=began)
        visit.left = replace(left, elapsed=elapsed, lived=now.lived)
        visit.rebooted = True

    def _before(self, at: Span, seconds: float) -> Span:
        """Up to so many seconds earlier, under any wall clock of that time."""
        young = tuple((wall, wall) for lived, wall in self._walls if lived > at.lived[0] - seconds)
        return Span(
            (at.elapsed[0] - seconds, at.elapsed[1]),
            (at.lived[0] - seconds, at.lived[1]),
            tuple((low - seconds, high) for low, high in (*at.walls, *young)),
        )

    def _begin(self, at: Span, session: str) -> None:
        assert session, "no session in the foreground"
        self.visits.append(Visit(session, self.user, at))

    def _assert_ended(self, ended: bool, low: float, high: float) -> None:  # noqa: FBT001
        words = f"timeout {self.timeout} s, away for {low:.3f} to {high:.3f} s"
        if low >= self.timeout:
            assert ended, f"the session goes on: {words}"
        elif high < self.timeout:
            assert not ended, f"the session has ended: {words}"


def faults(diary: Diary, events: list[dict[str, Any]]) -> list[str]:
    """What arrived otherwise than it has to; ``events`` in the order in which they were sent."""
    found = []
    borders = [event for event in events if event["name"] in ("ss", "se")]
    expected = [(visit.id, code) for visit in diary.visits for code in ("ss", "se")]
    told = [(event["session_id"], event["name"]) for event in borders]
    if told != expected:
        return [f"sessions: {told}, not {expected}"]
    for visit, start, end in zip(diary.visits, borders[::2], borders[1::2], strict=True):
        found += [f"{visit}: {fault}" for fault in _visit_faults(visit, start, end)]
    return found + list(_event_faults(diary, events))


def _visit_faults(visit: Visit, start: dict[str, Any], end: dict[str, Any]) -> Iterable[str]:
    began, ended = visit.began, visit.ended
    assert ended is not None
    if {start.get("user_id"), end.get("user_id")} != {visit.user}:
        yield f"users {start.get('user_id')} and {end.get('user_id')}"
    if not _in(start["time"], began.walls):
        yield f"started at {start['time']:.3f}"
    length = end["data"]["d"]
    least, most = ended.lived[0] - began.lived[1], ended.lived[1] - began.lived[0]
    if not max(0.0, least - NEAR) <= length <= most + NEAR:
        yield f"{length} s long, not {least:.3f} to {most:.3f}"
    grown = start["time"] + length
    set_back = abs(end["time"] - grown) < 0.01 and any(low < grown - 1 + NEAR for low, _ in ended.walls)
    at_start = end["time"] == start["time"] and any(low < start["time"] + NEAR for low, _ in ended.walls)
    fits = _in(end["time"], ended.walls) or set_back or at_start
    if not fits or end["time"] < max(start["time"], grown - 1 - NEAR):
        yield f"started at {start['time']:.3f}, ended at {end['time']:.3f}"


def _in(time: float, walls: tuple[tuple[float, float], ...]) -> bool:
    return any(low - NEAR <= time <= high + NEAR for low, high in walls)


def _event_faults(diary: Diary, events: list[dict[str, Any]]) -> Iterable[str]:
    numbers = {visit.id: number for number, visit in enumerate(diary.visits)}
    found = [event for event in events if event["name"] == "ce"]
    names = [event["data"]["n"] for event in found]
    if sorted(names) != sorted(diary.logged):
        yield f"events: {sorted(names)}, not {sorted(diary.logged)}"
    last: dict[str, float] = {}
    for event in found:
        name, session = event["data"]["n"], event["session_id"]
        user, allowed = diary.logged.get(name, (None, ()))
        if event.get("user_id") != user or numbers.get(session) not in allowed:
            yield f"{name}: {event}, not of user {user} in a visit of {allowed}"
        if event["time"] <= last.get(session, 0.0):
            yield f"{name}: not later than the one before"
        last[session] = event["time"]
