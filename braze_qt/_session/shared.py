"""What all processes of an application share about the session, and what a record makes of it. Pure.

Each process appends what it is told to a journal of its own. A merge puts the records of all journals in
order and has :class:`Replay` make of them the next :class:`Shared` and what goes to the outbox. Nothing here
reads a clock or draws a random number: the same records in the same order give the same state, the same
sessions and the same stamps, whichever process merges them.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from enum import IntEnum
from hashlib import sha256
from itertools import chain, count
from typing import Any, NamedTuple

from braze_qt._platform.clock import Instant
from braze_qt._session.machine import Step, abandoned, ended, is_same_boot, restore_after_reboot, step
from braze_qt._session.state import Input, Session, Tracking
from braze_qt.events import AliasAdded, AttributeSet, SessionEnded, SessionStarted

AHEAD = 3_600.0
"""Seconds by which stamps may run ahead of the wall clock over a session's end. A burst moves them by a
millisecond for each event; more than this only a clock that was set back can do."""
MOVED = 1.0
"""Seconds by which a stamp may be moved for the sake of order. An event that becomes known late, and would be
moved by more, keeps its own time."""
ORIGIN = Instant(0.0, 0.0, 0.0)


class Kind(IntEnum):
    """What a record says. The numbers are on disk, but for those of the last two."""

    EVENT = 1
    """Body: the event's code, then its data as the text of a JSON object."""
    ATTRIBUTE = 2
    """Body: a JSON list of name, value as JSON text, and whether it is a custom attribute."""
    BEGIN = 3
    """A process begins. Body: the timeout that it is configured with, in whole seconds."""
    ENTER = 4
    LEAVE = 5
    HEARTBEAT = 6
    USER = 7
    """Body: the user id."""
    TIMEOUT = 8
    """Body: whole seconds."""
    DISABLE = 9
    ENABLE = 10
    QUIT = 11
    LOST = 12
    """Body: how many events this process could not take."""
    SIGN = 13
    """From now on this process signs what it sends."""
    PROCESS_DIED = 100
    """Made by a merge for a journal whose lock is free."""
    GAP = 101
    """Made by a merge where records are missing. Body: a JSON list of how many that are no inputs, and how
    many inputs."""


ROWS = (Kind.EVENT, Kind.ATTRIBUTE)
"""Kinds that become rows of the database as they are."""
NO_INPUTS = (*ROWS, Kind.HEARTBEAT)
"""Kinds that change neither user nor consent nor which process is in front."""


class Record(NamedTuple):
    """One thing that a process was told, with the clocks of its moment.

    Attributes:
        process: the name of its journal.
        number: counts the records of this journal.
        boot_id: names the boot of the machine whose clocks were read.
        current_boot: whether that is the present one.
    """

    process: str
    number: int
    kind: int
    wall: float
    boot: float
    awake: float
    body: bytes
    boot_id: str
    current_boot: bool = True


class StampedEvent(NamedTuple):
    """An event as it goes to the outbox, or where it waits for a session while ``session_id`` is None.

    Attributes:
        data: the text of a JSON object.
        time: the stamp, in Unix seconds.
        alias: the name and label by which an anonymous user is known.
    """

    code: str
    data: str
    session_id: str | None
    user_id: str | None
    time: float
    alias: tuple[str, str] | None


class NotedFact(NamedTuple):
    """An event as an inspector shows it. ``text`` is how it is stored, empty where no inspector was there."""

    code: str
    label: str
    time: float
    session_id: str | None
    user_id: str | None
    text: str = ""


class Identified(NamedTuple):
    """The attributes of the anonymous user are those of this one from now on."""

    user_id: str


class Lost(NamedTuple):
    """So many events and attributes are lost for good."""

    events: int


Output = SessionStarted | SessionEnded | AttributeSet | StampedEvent | Identified | Lost
SessionFact = SessionStarted | SessionEnded


class Shared(NamedTuple):
    """Read, changed and written as one.

    Attributes:
        generation: names the last wipe, 0 for none: its Unix time in seconds, or one more than the name
            before where that is greater. Records of a journal of another one are about a forgotten person.
        consent: what ``setEnabled`` was told last; None where it never was.
        withdrawn: the boot clock at the last withdrawal of consent.
        wiped: the boot clock at the last wipe.
        is_certain: whether nothing is missing that could have named another user.
        alias: the name and label by which the anonymous user is known.
        timeout: whole seconds that a session outlives the foreground.
        boot_id: the boot whose clocks were read for ``session`` and ``at``; None before the first record.
        last_stamp: the time of the newest event, in Unix seconds.
        at: the newest moment that was merged.
        boundary: the boot clock when a session began or ended last: a record from before it comes too late to
            count at its own moment.
        staying: the processes that have begun and are not about to end.
        front: those in the foreground.
        signing: those that sign what they send.
    """

    generation: int = 0
    consent: bool | None = None
    withdrawn: float = 0.0
    wiped: float = 0.0
    is_certain: bool = True
    user_id: str | None = None
    alias: tuple[str, str] | None = None
    timeout: int = 10
    session: Session | None = None
    boot_id: str | None = None
    last_stamp: float = 0.0
    at: Instant = ORIGIN
    boundary: float = 0.0
    staying: frozenset[str] = frozenset()
    front: frozenset[str] = frozenset()
    signing: frozenset[str] = frozenset()

    @property
    def takes_events(self) -> bool:
        """Whether events are kept: not without consent, nor while they could be given to a wrong user."""
        return self.consent is not False and self.is_certain

    @property
    def tracking(self) -> Tracking:
        """The same, as the session machine sees it."""
        return Tracking(self.timeout, self.user_id, self.takes_events, bool(self.front), self.session)

    @property
    def news(self) -> tuple[object, ...]:
        """What other processes need to hear of when it changes."""
        session = self.session and (self.session.id, self.session.left)
        told = self.consent, self.user_id, self.alias, self.timeout
        return (self.generation, *told, session, self.staying, self.front, self.signing)

    def text(self) -> str:
        """As the text of a JSON list."""
        values: list[Any] = [*self]
        session = self.session
        if session:
            times = [_readings(moment) for moment in (session.started, session.seen, session.left)]
            values[_SESSION] = [session.id, session.user_id, *times]
        values[_AT] = _readings(self.at)
        for index in _SETS:
            values[index] = sorted(values[index])
        return json.dumps(values, separators=(",", ":"))


_SESSION, _AT, _ALIAS = map(Shared._fields.index, ("session", "at", "alias"))
_NONE = type(None)
_TYPES: tuple[Any, ...] = (
    int,
    (bool, _NONE),
    (int, float),
    (int, float),
    bool,
    (str, _NONE),
    (tuple, _NONE),
    int,
    (Session, _NONE),
    (str, _NONE),
    (int, float),
    Instant,
    (int, float),
    *[frozenset] * 3,
)
"""Of the attributes, in order."""
_SETS = tuple(map(Shared._fields.index, ("staying", "front", "signing")))


def _readings(moment: Instant | None) -> list[float] | None:
    return [moment.wall, moment.boot, moment.awake] if moment else None


def shared_from(text: str) -> Shared:
    """The other way round.

    Raises:
        ValueError: the text is not one that :meth:`Shared.text` has made.
    """
    try:
        values: list[Any] = json.loads(text)
        if len(values) != len(Shared._fields):
            raise ValueError("the shared state has other fields")
        if values[_SESSION]:
            name, user_id, started, seen, left = values[_SESSION]
            values[_SESSION] = Session(
                name, user_id, _instant(started), _instant(seen), left and _instant(left)
            )
        values[_AT] = _instant(values[_AT])
        values[_ALIAS] = values[_ALIAS] and tuple(values[_ALIAS])
        for index in _SETS:
            values[index] = frozenset(map(str, values[index]))
    except (TypeError, LookupError, RecursionError) as error:
        raise ValueError("the shared state is garbled") from error
    if not all(isinstance(value, kind) for value, kind in zip(values, _TYPES, strict=True)):
        raise ValueError("the shared state holds a value of a wrong type")
    return Shared(*values)


def _instant(readings: list[float]) -> Instant:
    wall, boot, awake = map(float, readings)
    return Instant(wall, boot, awake)


def session_id(process: str, number: int, index: int) -> str:
    """A UUID of the record that began a session, so that it is the same whichever process merges.

    Args:
        index: counts the sessions that one record began.
    """
    digest = sha256(f"{process} {number} {index}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def every_stamp_is_free(time: float) -> bool:  # noqa: ARG001
    """For a view of the session, in which stamps do not matter."""
    return True


class Replay:
    """What records make of the shared state, one by one, as an iterator of what goes to the outbox.

    Outputs are handed out and not kept: thousands of values that live for a moment together would have the
    interpreter look for garbage among all that the host has, which stops every thread.

    Args:
        shared: the state before.
        records: in the order in which they count.
        stamps: the time of the last event of each process, kept up to date.
        is_free: whether no event that waits has this stamp, nor one that was handed out before.

    Attributes:
        shared: the state after all records that were taken.
        alias: the name and label that a session's start or end of an anonymous user bears, at the moment when
            it is handed out.
    """

    def __init__(
        self,
        shared: Shared,
        records: Iterable[Record],
        stamps: dict[str, float],
        is_free: Callable[[float], bool] = every_stamp_is_free,
    ) -> None:
        self.shared: Shared = shared
        self.alias: tuple[str, str] | None = None
        self._records = records
        self._stamps = stamps
        self._is_free = is_free

    def __iter__(self) -> Iterator[tuple[Record, Output]]:
        """Each output with the record that caused it."""
        records = iter(self._records)
        for record in records:
            following: Record | None = record
            if record.kind == Kind.EVENT and self.shared.takes_events:
                following = yield from self._burst(chain([record], records))
            if following is not None:
                for output in self._replay(following):
                    yield following, output

    def run(self) -> Shared:
        """The state after all records, where the outputs do not matter."""
        for _ in self:
            pass
        return self.shared

    def _burst(self, records: Iterator[Record]) -> Generator[tuple[Record, Output], None, Record | None]:
        """Events in a row of which nothing comes but themselves. The same as ``_replay``, but a state is made
        once for all of them.

        Returns:
            the record behind them, which may change more than the stamps.
        """
        before, session = self.shared, self.shared.session
        session_id, timeout = (session.id, before.timeout) if session else (None, math.inf)
        left = session.left.boot if session and session.left else None
        slept = session.seen.slept if session else 0.0
        front = before.front if session and left is None else frozenset[str]()
        at, last = (before.at.wall, before.at.boot, before.at.awake), before.last_stamp
        seen: tuple[float, float, float] | None = None
        following: Record | None = None
        for record in records:
            process, _, kind, wall, boot, awake, body, boot_id, _ = record
            is_after = kind == Kind.EVENT and boot >= at[1] and boot_id == before.boot_id
            code, data = content_of(body) if is_after else ("", "")
            since = boot - awake - slept if left is None else boot - left
            is_known = boot_id or _same_boot(before, record)
            if not is_after or since >= timeout or code == AliasAdded.code or not is_known:
                following = record
                break
            at = wall, boot, awake
            if process in front:
                seen, slept = at, boot - awake
            last = self._stamps[process] = _next_stamp(wall, last)
            alias = None if process in before.signing else before.alias
            values = code, data, session_id, before.user_id, last, alias
            yield record, tuple.__new__(StampedEvent, values)  # its own takes twice as long
        if session and seen:
            session = session._replace(seen=Instant(*seen))
        self.shared = before._replace(session=session, last_stamp=last, at=Instant(*at))
        return following

    def _replay(self, record: Record) -> Iterator[Output]:
        if record.kind == Kind.PROCESS_DIED:
            self.shared = _without(self.shared, record.process)
            return
        self.alias = None if record.process in self.shared.signing else self.shared.alias
        if record.kind == Kind.GAP:
            yield from self._skip(record)
            return
        before = self.shared
        moved = _moved(before, record)
        self.shared = moved.shared
        if self.shared.user_id is not None and before.user_id is None:
            yield Identified(self.shared.user_id)
        yield from moved.facts
        yield from self._content(record, is_late=moved.is_late)

    def _skip(self, record: Record) -> Iterator[Output]:
        others, inputs = json.loads(record.body)
        if inputs:
            self.shared, facts = _doubted(self.shared, record.process)
            yield from facts
        if others:
            yield Lost(others)

    def _content(self, record: Record, *, is_late: bool) -> Iterator[Output]:
        shared = self.shared
        if record.kind == Kind.LOST:
            yield Lost(int(record.body))
        elif record.kind in ROWS and not shared.takes_events:
            if shared.consent is not False:
                yield Lost(1)
        elif record.kind == Kind.ATTRIBUTE:
            key, value, custom = json.loads(record.body)
            yield AttributeSet(shared.user_id, key, value, custom)
        elif record.kind == Kind.EVENT:
            yield self._stamped(record, is_late=is_late)

    def _stamped(self, record: Record, *, is_late: bool) -> StampedEvent:
        shared = self.shared
        code, data = content_of(record.body)
        alias = shared.alias
        if code == AliasAdded.code and shared.user_id is None:
            told = json.loads(data)
            alias = told["a"], told["l"]
        time = _next_stamp(record.wall, shared.last_stamp)
        if is_late and time > record.wall + MOVED:
            own = _next_stamp(record.wall, self._stamps.get(record.process, 0.0))
            while own < time and not self._is_free(own):
                own = round(own + 0.001, 3)
            time = own
        self._stamps[record.process] = time
        self.shared = shared._replace(alias=alias, last_stamp=max(shared.last_stamp, time))
        session = shared.session
        return StampedEvent(
            code,
            data,
            session.id if session else None,
            shared.user_id,
            time,
            None if record.process in shared.signing else alias,
        )


def content_of(body: bytes) -> tuple[str, str]:
    """Code and data of an event."""
    text = body.decode()
    cut = text.index("{")
    return text[:cut], text[cut:]


def _next_stamp(wall: float, last: float) -> float:
    following = last + 0.001
    # ``round`` to three places takes three times as long.
    return math.floor((wall if wall > following else following) * 1000 + 0.5) / 1000


def _same_boot(shared: Shared, record: Record) -> bool:
    """Whether the clocks of a record can be compared with those of the state.

    Where the system does not name its boots they can as long as a process lives that was there before, and
    where wall clock and boot clock have moved equally.
    """
    if record.boot_id != shared.boot_id:
        return False
    if record.boot_id or shared.staying:
        return True
    return is_same_boot(shared.at, Instant(record.wall, record.boot, record.awake))


class _Arrival(NamedTuple):
    """When a record counts.

    Attributes:
        moment: as which moment it counts.
        boot: its own reading of the boot clock; minus infinity where that cannot be compared.
        is_late: whether later moments are merged already.
        is_reboot: whether it is the first one since the machine was started again.
    """

    moment: Instant
    boot: float
    is_late: bool
    is_reboot: bool


class _Moved(NamedTuple):
    """The state after one record, the sessions that it ended and began, and whether it came late."""

    shared: Shared
    facts: tuple[SessionFact, ...]
    is_late: bool


def _arrival(shared: Shared, record: Record) -> _Arrival:
    """A late record counts at its own moment, but changes nothing that is merged.

    So it counts no sooner than the last sign of life, and as if it had come now where a session has begun or
    ended since.
    """
    own = Instant(record.wall, record.boot, record.awake)
    if shared.boot_id is None:
        return _Arrival(own, record.boot, is_late=False, is_reboot=False)
    if not _same_boot(shared, record):
        if record.current_boot or record.wall >= shared.at.wall:
            return _Arrival(own, record.boot, is_late=False, is_reboot=True)
        return _Arrival(shared.at, -math.inf, is_late=True, is_reboot=False)
    if record.boot >= shared.at.boot:
        return _Arrival(own, record.boot, is_late=False, is_reboot=False)
    if record.boot < shared.boundary:
        return _Arrival(shared.at, record.boot, is_late=True, is_reboot=False)
    last = own if shared.session is None else shared.session.left or shared.session.seen
    moment = last if last.boot > own.boot else own
    return _Arrival(moment, record.boot, is_late=True, is_reboot=False)


def _moved(shared: Shared, record: Record) -> _Moved:
    """One record: time passes, the process moves, and the session machine is told."""
    arrival = _arrival(shared, record)
    moment = arrival.moment
    shared, after = _time_passed(shared, record, arrival)
    was_front = shared.front
    shared = _placed(shared, record)
    given, words = _input(shared, record, arrival, was_front=bool(was_front))
    foreground = bool(shared.front)
    after = _then(after, given, moment, foreground=foreground, **words)
    if not shared.is_certain and _ends_doubt(shared, record):
        shared = shared._replace(is_certain=True)
        again = Input.ENABLE if shared.takes_events else None
        after = _then(after, again, moment, foreground=foreground)
    tracking, facts = after
    session = tracking.session
    if record.process not in was_front | shared.front:
        session = _without_sign_of_life(session, shared.session)
    if given is Input.DISABLE:
        shared = shared._replace(consent=False, withdrawn=max(shared.withdrawn, arrival.boot))
    elif given is Input.ENABLE:
        shared = shared._replace(consent=True)
    if not arrival.is_late:
        shared = shared._replace(boot_id=record.boot_id, at=moment)
    if facts:
        last = _stamp_after(facts, shared.last_stamp, moment.wall)
        shared = shared._replace(boundary=max(shared.boundary, moment.boot), last_stamp=last)
    alias = shared.alias if tracking.user_id is None else None
    shared = shared._replace(user_id=tracking.user_id, alias=alias, timeout=tracking.timeout, session=session)
    return _Moved(shared, facts, arrival.is_late)


def _ends_doubt(shared: Shared, record: Record) -> bool:
    """A user is named, or a process begins and all that could know of another one are gone."""
    is_alone = shared.staying == {record.process}
    return record.kind == Kind.USER or (record.kind == Kind.BEGIN and is_alone)


def _time_passed(shared: Shared, record: Record, arrival: _Arrival) -> tuple[Shared, Step]:
    """Up to the moment at which a record counts."""
    if record.kind == Kind.BEGIN:
        staying = shared.staying | {record.process}
        shared = shared._replace(timeout=int(record.body), staying=staying)
    index = count()
    tracking = shared.tracking._replace(new_id=lambda: session_id(record.process, record.number, next(index)))
    if not arrival.is_reboot:
        return shared, step(tracking, Input.PASS_TIME, arrival.moment)
    # Every other process of that boot is gone, and the readings of its clocks mean nothing now.
    only = frozenset({record.process})
    shared = shared._replace(
        withdrawn=0.0,
        wiped=0.0,
        boundary=0.0,
        staying=shared.staying & only,
        front=shared.front & only,
        signing=shared.signing & only,
    )
    begun = tracking._replace(session=None)
    return shared, restore_after_reboot(begun, shared.session, arrival.moment)


def _then(after: Step, given: Input | None, moment: Instant, *, foreground: bool, **words: Any) -> Step:
    """One input more."""
    tracking = after.tracking._replace(foreground=foreground)
    if given is None:
        return Step(tracking, after.facts)
    following = step(tracking, given, moment, **words)
    return Step(following.tracking, after.facts + following.facts)


def _placed(shared: Shared, record: Record) -> Shared:
    """Where the process of a record is now."""
    process = frozenset({record.process})
    if record.kind == Kind.ENTER:
        return shared._replace(front=shared.front | process, staying=shared.staying | process)
    if record.kind == Kind.LEAVE:
        return shared._replace(front=shared.front - process)
    if record.kind == Kind.QUIT:
        return shared._replace(front=shared.front - process, staying=shared.staying - process)
    if record.kind == Kind.SIGN:
        return shared._replace(signing=shared.signing | process)
    return shared


def _input(
    shared: Shared, record: Record, arrival: _Arrival, *, was_front: bool
) -> tuple[Input | None, dict[str, Any]]:
    """What a record is to the session machine.

    The application is in front while any of its processes is, and quits with the last one.
    """
    kind = record.kind
    if kind == Kind.USER:
        return Input.CHANGE_USER, {"user_id": record.body.decode()}
    if kind == Kind.TIMEOUT:
        return Input.SET_TIMEOUT, {"timeout": int(record.body)}
    if kind == Kind.QUIT and not shared.staying:
        return Input.QUIT, {}
    if kind in (Kind.LEAVE, Kind.QUIT):
        return (Input.LEAVE_FOREGROUND if was_front and not shared.front else None), {}
    # A withdrawal wins over any consent that was given before it.
    if kind == Kind.ENABLE and arrival.boot < shared.withdrawn:
        return None, {}
    return _PLAIN_INPUTS.get(kind), {}


_PLAIN_INPUTS: dict[int, Input] = {
    Kind.ENTER: Input.ENTER_FOREGROUND,
    Kind.DISABLE: Input.DISABLE,
    Kind.ENABLE: Input.ENABLE,
}


def _without_sign_of_life(session: Session | None, before: Session | None) -> Session | None:
    """What a process says that is not in front is no sign of life of those that are."""
    if session and before and session.id == before.id and session.left is None and before.left is None:
        return session._replace(seen=before.seen)
    return session


def _stamp_after(facts: tuple[SessionFact, ...], last: float, wall: float) -> float:
    for fact in facts:
        if isinstance(fact, SessionStarted):
            last = max(last, fact.time)
        elif last > wall + AHEAD:  # the clock was set back
            last = 0.0
    return last


def _without(shared: Shared, process: str) -> Shared:
    """A process has died: it left with the last sign of life of those that were in front."""
    front, session = shared.front - {process}, shared.session
    if shared.front and not front and session:
        session = abandoned(session)
    return shared._replace(
        session=session,
        front=front,
        staying=shared.staying - {process},
        signing=shared.signing - {process},
    )


def _doubted(shared: Shared, process: str) -> tuple[Shared, tuple[SessionFact, ...]]:
    """Inputs of a process are missing: nothing is kept until a user is named, or all begins anew."""
    session = shared.session
    shared = shared._replace(is_certain=False, session=None, front=shared.front - {process})
    if session is None:
        return shared, ()
    facts = (ended(session, session.left or session.seen),)
    last = _stamp_after(facts, shared.last_stamp, shared.at.wall)
    return shared._replace(last_stamp=last, boundary=shared.at.boot), facts
