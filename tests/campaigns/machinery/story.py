"""What somebody tells who saw everything that the processes of an application did: the rules once more."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

SIGN_OF_LIFE = 5.0
"""Seconds by which the end of a process that was killed may be told too early."""


@dataclass
class Told:
    """A session as it has to arrive. ``left`` is a span where only that is certain; names maybe are in it."""

    user: str | None
    started: float
    sure: float
    left: tuple[float, float] | None = None
    names: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)


@dataclass
class Story:
    """One application of several processes, with a session timeout. All times are virtual seconds.

    Attributes:
        timeout: what was told last.
        enabled: whether there is consent.
        front: the processes in the foreground.
        alive: all processes, stopped ones too.
        open: the session that is open.
        ended: the sessions that have ended.
        waiting: events that wait for a session.
        bursts: events which some process is logging: whose session is theirs is not certain.
        late: those of them that may wait for a session.
    """

    timeout: float
    enabled: bool = True
    now: float = 0.0
    user: str | None = None
    front: set[int] = field(default_factory=set)
    alive: set[int] = field(default_factory=set)
    open: Told | None = None
    ended: list[Told] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    bursts: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)

    def wait(self, seconds: float) -> None:
        """Time passes that nobody may be there to notice, but those that are logging may."""
        self.now += seconds
        if self._is_due():
            self.late |= self.bursts

    def pass_time(self, seconds: float = 0.0) -> None:
        """Time passes, and somebody notices."""
        self.wait(seconds)
        if self._is_due():
            self._end()

    def _is_due(self) -> bool:
        return bool(self.open and self.open.left and self.now - self.open.left[1] >= self.timeout)

    def enter(self, process: int) -> None:
        self.pass_time()
        self.front.add(process)
        if self.open is None:
            self._start()
        elif self.open.left:
            self.open.left, self.open.sure = None, self.now

    def leave(self, process: int) -> None:
        self.pass_time()
        self.front.discard(process)
        if self.open and not self.front and not self.open.left:
            self.open.left = (self.now, self.now)

    def look(self, process: int) -> None:
        """A process in the foreground gave a sign of life, or has not long ago."""
        self.pass_time()
        if self.open and process in self.front:
            self.open.sure = max(self.open.sure, self.now - SIGN_OF_LIFE)

    def begin(self, process: int, timeout: float) -> None:
        """A process begins, by the timeout that it was configured with."""
        self.alive.add(process)
        self.timeout = timeout
        self.pass_time()

    def change_timeout(self, seconds: float) -> None:
        self.pass_time()
        self.timeout = seconds
        self.pass_time()

    def disable(self) -> None:
        self.pass_time()
        if self.open:
            self.open.left = self.open.left or (self.now, self.now)
            self._end()
        self.enabled = False

    def enable(self) -> None:
        self.enabled = True
        if self.front:
            self._start()

    def change_user(self, user: str) -> None:
        self.pass_time()
        if user == self.user:
            return
        if self.open:
            self.open.left = self.open.left or (self.now, self.now)
            self._end()
        self.user = user
        if self.front:
            self._start()

    def log(self, name: str) -> None:
        self.pass_time()
        if self.enabled:
            (self.open.names if self.open else self.waiting).add(name)

    def burst(self, names: set[str]) -> None:
        """A process begins to log these; ``burst_over`` says when it is done, or dead."""
        self.pass_time()
        self.bursts |= names
        (self.open.maybe if self.open else self.late).update(names)

    def burst_over(self, names: set[str]) -> None:
        self.bursts -= names

    def quit(self, process: int, apart: Set[int] = frozenset()) -> None:
        """``apart``: processes that take no part, as they do not know yet that there is consent again."""
        self.leave(process)
        self.alive.discard(process)
        if self.open and self.alive <= apart:
            self.open.left = self.open.left or (self.now, self.now)
            self._end()

    def kill(self, process: int) -> bool:
        """Answers whether the application has left the foreground by that, nobody knows exactly when."""
        self.front.discard(process)
        self.alive.discard(process)
        if self.open and not self.front and not self.open.left:
            self.open.left = (self.open.sure, self.now)
            return True
        return False

    def settle(self, state: str, ends_in: float) -> None:
        """A process has said how it took the death of the last one in the foreground."""
        assert self.open
        assert self.open.left
        first, last = self.open.left
        if state == "background":
            at = self.now + ends_in - self.timeout
            assert first - 0.001 <= at <= last + 0.001, f"left at {at:.3f}, not in {first:.3f} to {last:.3f}"
            self.open.left = (at, at)
        else:
            assert self.now - first >= self.timeout, f"{state} too early"
            self.open.left = (first, min(last, self.now - self.timeout))
            self._end()

    def _start(self) -> None:
        if not self.enabled:
            return
        maybe = self.bursts | self.late
        self.open = Told(self.user, self.now, self.now, names=self.waiting, maybe=maybe)
        self.waiting, self.late = set(), set()

    def _end(self) -> None:
        assert self.open
        self.ended.append(self.open)
        self.open = None
        self.late |= self.bursts
