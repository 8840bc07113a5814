"""The geometry of the charts. Across, everything is in percent, so that a chart fits any width."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta

from braze_qt.sandbox.local_time import seconds_of
from braze_qt.sandbox.sessions import Session, day_of

DAY = 86400.0
MAX_LANES = 14
"""Days shown: the newest that have sessions."""
MAX_TICKS = 8
STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600)
"""Seconds between ticks that people read as times of day."""
SHORTEST_AXIS = 60.0
BAR_HEIGHT = 96.0
LANE_HEIGHT = 44
"""Pixels."""


@dataclass(frozen=True)
class Bar:
    """A day in the chart of days; ``height`` in pixels, ``left`` and ``width`` in percent."""

    day: date
    count: int
    left: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Piece:
    """The part of a session that lies on one day; ``tail`` is where an open one may be going on."""

    session: Session
    left: float
    width: float
    tail: float


@dataclass(frozen=True)
class Lane:
    """A day of the time line."""

    day: date
    pieces: tuple[Piece, ...]
    top: int


@dataclass(frozen=True)
class Tick:
    """A time of day on the axis that all lanes share."""

    left: float
    label: str
    is_minor: bool


@dataclass(frozen=True)
class Timeline:
    """Lanes from the newest day to the oldest."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


def bars_of(count: Mapping[date, int], last: date, days: int) -> list[Bar]:
    """The chart of so many days up to ``last``; every seventh is labelled."""
    highest = max([count.get(last - timedelta(days=ago), 0) for ago in range(days)] + [1])
    bars = []
    for number in range(days):
        day = last - timedelta(days=days - 1 - number)
        labelled = (days - 1 - number) % 7 == 0
        bars.append(
            Bar(
                day=day,
                count=count.get(day, 0),
                left=100 * number / days,
                width=100 / days,
                height=BAR_HEIGHT * count.get(day, 0) / highest,
                label=f"{day.day} {day:%b}" if labelled else "",
            )
        )
    return bars


def timeline_of(sessions: Iterable[Session], now: float) -> Timeline:
    """The sessions on their days, over the hours that those days need."""
    spans = list(_spans(list(sessions), now))
    days = sorted({span.day for span in spans}, reverse=True)[:MAX_LANES]
    spans = [span for span in spans if span.day in days]
    if not spans:
        return Timeline((), ())
    axis = _axis(min(span.begin for span in spans), max(span.tail for span in spans))
    lanes = [
        Lane(day, tuple(_piece(span, axis) for span in spans if span.day == day), top=LANE_HEIGHT * number)
        for number, day in enumerate(days)
    ]
    return Timeline(tuple(lanes), tuple(_ticks(axis)))


@dataclass(frozen=True)
class _Span:
    """The part of a session that lies on one day, in seconds since midnight."""

    day: date
    session: Session
    begin: float
    end: float
    tail: float


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    step: float

    def percent(self, seconds: float) -> float:
        return 100 * seconds / (self.high - self.low)


def _spans(sessions: list[Session], now: float) -> Iterator[_Span]:
    """The newest session of a device, as long as its end has not come, may be going on."""
    newest = {session.device_id: session for session in sorted(sessions, key=lambda each: each.begin)}
    for session in sessions:
        end = session.begin + session.seconds
        is_newest = session.state == "open" and newest[session.device_id] is session
        yield from _days_of(session, end, now if is_newest and 0 <= now - end < DAY else end)


def _days_of(session: Session, end: float, tail: float) -> Iterator[_Span]:
    day = day_of(session.begin)
    for _ in range(MAX_LANES):
        if day is None or day.year in (MINYEAR, MAXYEAR):  # no day before or after it
            return
        midnight = seconds_of(datetime.combine(day, datetime.min.time()))
        next_day = day + timedelta(days=1)
        next_midnight = seconds_of(datetime.combine(next_day, datetime.min.time()))
        begin = max(session.begin, midnight)
        last = max(begin, min(end, next_midnight))
        last_tail = max(last, min(tail, next_midnight))
        yield _Span(day, session, begin - midnight, last - midnight, last_tail - midnight)
        if tail < next_midnight:
            return
        day = next_day


def _axis(first: float, last: float) -> _Axis:
    length = max(last - first, SHORTEST_AXIS)
    step = next((each for each in STEPS if length / each <= MAX_TICKS), STEPS[-1])
    low = math.floor(first / step) * step
    return _Axis(low, max(math.ceil(last / step) * step, low + SHORTEST_AXIS), step)


def _ticks(axis: _Axis) -> Iterator[Tick]:
    for number in range(round((axis.high - axis.low) / axis.step)):
        seconds = int(axis.low + number * axis.step)
        label = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        exact = f"{label}:{seconds % 60:02}" if axis.step < 60 else label
        yield Tick(axis.percent(number * axis.step), exact, is_minor=number % 2 == 1)


def _piece(span: _Span, axis: _Axis) -> Piece:
    return Piece(
        session=span.session,
        left=axis.percent(span.begin - axis.low),
        width=axis.percent(span.end - span.begin),
        tail=axis.percent(span.tail - span.end),
    )
