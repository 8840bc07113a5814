"""The session rules a second time, in the plainest form: which sessions have to arrive, from what happened.

``Rules`` is docs/session-rules.md, one branch for each rule. Nothing here knows how the SDK decides. The
tests of the machine know every moment exactly; campaigns see a real application from outside and know moments
within bounds. Where these leave open which result is right, both are: ``session_observers.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from braze_qt._session.state import Input


@dataclass(frozen=True)
class Span:
    """Seconds within bounds: pairs of the least and the most, one of which holds."""

    pairs: tuple[tuple[float, float], ...]

    @classmethod
    def exact(cls, seconds: float) -> Span:
        return cls(((seconds, seconds),))

    @property
    def low(self) -> float:
        return min(low for low, _ in self.pairs)

    @property
    def high(self) -> float:
        return max(high for _, high in self.pairs)

    def __add__(self, other: Span) -> Span:
        return Span(tuple((a + c, b + d) for a, b in self.pairs for c, d in other.pairs))

    def __sub__(self, other: Span) -> Span:
        return Span(tuple((a - d, b - c) for a, b in self.pairs for c, d in other.pairs))

    def at_least(self, least: Span) -> Span:
        """The same, but no less than ``least``."""
        return Span(tuple((max(a, c), max(b, d)) for a, b in self.pairs for c, d in least.pairs))

    def holds(self, seconds: float, within: float) -> bool:
        """Whether it may have been so many seconds, or nearly."""
        return any(low - within <= seconds <= high + within for low, high in self.pairs)


NOTHING = Span.exact(0.0)


class Moment(NamedTuple):
    """A reading of the wall clock, and of one that is never set and never begins anew: ``elapsed``, with its
    two parts, by whether the machine was awake."""

    wall: Span
    elapsed: Span
    lived: Span
    slept: Span


class Clock(Protocol):
    """What a model reads. ``boot`` are the seconds since the machine was started."""

    boot_id: str

    @property
    def boot(self) -> Span: ...

    def moment(self) -> Moment: ...


@dataclass(frozen=True)
class Session:
    """An open session.

    Attributes:
        seen: the last sign of life.
        left: when it was left, None while it is in the foreground.
        gap: seconds from then to the first process after a reboot, which nobody can measure.
        off: gaps that lie within the session, and do not count into its length.
        boot_id: of the boot in which it was seen last.
    """

    user: str | None
    began: Moment
    seen: Moment
    left: Moment | None = None
    gap: Span = NOTHING
    off: Span = NOTHING
    boot_id: str = ""


@dataclass(frozen=True)
class Known:
    """What the application knows, and what of it is on disk."""

    user: str | None = None
    enabled: bool = True
    chosen: bool = False
    session: Session | None = None
    front: frozenset[int] = frozenset()
    timeout: float = 10


class Logged(NamedTuple):
    """A custom event."""

    user: str | None
    name: str


@dataclass
class Told:
    """A session that has to arrive.

    Attributes:
        session: as it was at its end.
        end: None while it is open.
        events: in order; those that ``waited`` for the session come first.
        maybe: names of events that may be in it, or in another one.
        id: where it is known.
    """

    session: Session
    events: list[Logged]
    waited: int
    maybe: set[str]
    end: Moment | None = None
    id: str = ""

    @property
    def length(self) -> Span:
        assert self.end
        return self.end.lived - self.session.began.lived - self.session.off


@dataclass
class Rules:
    """What has to come out, of an application of any number of processes.

    Attributes:
        sign_of_life: how often a process in the foreground writes one down.
        events_are_signs: whether an event is one.
        alive: the processes; those ``apart`` know of no consent and do not count.
        waiting: events that wait for a session.
        perhaps: names of events that may wait for one.
    """

    clock: Clock
    sign_of_life: float = 0.0
    events_are_signs: bool = True
    apart: set[int] = field(default_factory=set)
    known: Known = field(default_factory=Known)
    disk: Known | None = None
    alive: set[int] = field(default_factory=set)
    sessions: list[Told] = field(default_factory=list)
    waiting: list[Logged] = field(default_factory=list)
    perhaps: set[str] = field(default_factory=set)
    saved_at: float = 0.0

    @property
    def now(self) -> Moment:
        return self.clock.moment()

    def know(self, **told: Any) -> None:
        self.known = replace(self.known, **told)

    def save(self) -> None:
        self.disk = self.known
        self.saved_at = self.clock.boot.low

    def start(self) -> None:
        session = Session(self.known.user, self.now, self.now, boot_id=self.clock.boot_id)
        self.know(session=session)
        self.sessions.append(Told(session, self.waiting, len(self.waiting), self.perhaps))
        self.waiting, self.perhaps = [], set()

    def end(self, end: Moment) -> None:
        assert self.known.session
        self.sessions[-1].session, self.sessions[-1].end = self.known.session, end
        self.know(session=None)

    def is_over(self, gone: Span) -> bool:
        """Whether an absence has ended the session."""
        return gone.low >= self.known.timeout

    def time_passes(self) -> None:
        session = self.known.session
        if session is None:
            return
        if session.left is not None:
            if self.is_over(self.now.elapsed - session.left.elapsed):
                self.end(session.left)
        elif self.is_over(self.now.slept - session.seen.slept):
            self.end(session.seen)
        else:
            self.know(session=replace(session, seen=self.now))

    def tick(self) -> None:
        before = self.known
        self.time_passes()
        due = self.clock.boot.low - self.saved_at >= self.sign_of_life
        if (before.session and not self.known.session) or (self.known != before and due):
            self.save()

    def feed(self, given: Input, *, user: str | None = None, timeout: float = 1, process: int = 0) -> None:
        if given is Input.PASS_TIME:
            self.tick()
        elif given is Input.WIPE:
            self.wipe()
        else:
            before = self.known
            self.time_passes()
            self.digest(given, user, timeout, process)
            if before != self.known and (before.enabled or self.known.enabled):
                self.save()

    def digest(self, given: Input, user: str | None, timeout: float, process: int) -> None:
        {
            Input.ENTER_FOREGROUND: lambda: self.enter(process),
            Input.LEAVE_FOREGROUND: lambda: self.leave(process),
            Input.CHANGE_USER: lambda: self.change_user(user),
            Input.SET_TIMEOUT: lambda: self.set_timeout(timeout),
            Input.DISABLE: self.disable,
            Input.ENABLE: self.enable,
            Input.QUIT: lambda: self.quit(process),
        }[given]()

    def enter(self, process: int) -> None:
        session = self.known.session
        self.know(front=self.known.front | {process})
        if session is None and self.known.enabled:
            self.start()
        elif session is not None and session.left is not None:
            off = session.off + session.gap
            self.know(session=replace(session, left=None, seen=self.now, gap=NOTHING, off=off))

    def leave(self, process: int) -> None:
        session = self.known.session
        self.know(front=self.known.front - {process})
        if session is not None and session.left is None and not self.known.front:
            self.know(session=replace(session, left=self.now, seen=self.now))

    def change_user(self, user: str | None) -> None:
        session = self.known.session
        if user == self.known.user:
            return
        self.close()
        self.know(user=user)
        if session is not None and session.left is None:
            self.start()

    def set_timeout(self, timeout: float) -> None:
        self.know(timeout=timeout)
        self.time_passes()

    def close(self) -> None:
        session = self.known.session
        if session is not None:
            self.end(session.left or self.now)

    def disable(self) -> None:
        self.close()
        self.know(enabled=False, chosen=True)

    def enable(self) -> None:
        self.know(chosen=True)
        if not self.known.enabled:
            self.know(enabled=True)
            if self.known.front:
                self.start()

    def quit(self, process: int) -> None:
        self.leave(process)
        self.alive.discard(process)
        if self.alive <= self.apart:
            self.close()

    def log(self, name: str) -> None:
        if not self.known.enabled:
            return
        before = self.known
        self.time_passes()
        if (before.session and not self.known.session) or self.events_are_signs:
            self.save()
        else:
            self.known = before
        events = self.sessions[-1].events if self.known.session else self.waiting
        events.append(Logged(self.known.user, name))

    def wipe(self) -> None:
        self.sessions, self.waiting, self.perhaps, self.disk = [], [], set(), None
        self.know(user=None, enabled=False, session=None, chosen=False)

    def begin(self, timeout: float, *, consent: bool = True, process: int = 0) -> None:
        """A process begins, as the first one, and finds what earlier ones left."""
        self.saved_at = 0.0
        self.alive = {process}
        disk = self.disk or Known()
        enabled = disk.enabled if disk.chosen else consent
        self.known = Known(disk.user, enabled, disk.chosen, disk.session, timeout=timeout)
        session = disk.session
        if session is None:
            return
        ref = session.left or session.seen
        if session.boot_id != self.clock.boot_id:
            now = self.now
            gone = (now.wall - ref.wall).at_least(self.clock.boot)
            session = replace(session, gap=now.lived - ref.lived, boot_id=self.clock.boot_id)
            ref = Moment(ref.wall, now.elapsed - gone, ref.lived, now.slept)
        self.know(session=replace(session, left=ref, seen=ref))
        self.time_passes()
        if self.known.session is not None and not enabled:
            self.end(ref)
        self.save()
