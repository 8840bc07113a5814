"""The positions of sessions and bars in the charts."""

import time
from datetime import date

import pytest

from braze_qt.sandbox.charts import bars_of, timeline_of
from braze_qt.sandbox.sessions import Session
from braze_qt.sandbox.wording import duration

TEN = time.mktime((2026, 10, 20, 10, 0, 0, 0, 0, -1))
"""Ten o'clock of a Tuesday in the time zone of this machine; no zone changes its clocks that week."""
HOUR = 3600.0


def session(start: float, length: float | None, device: str = "d", seen: float = 0.0) -> Session:
    """``length`` None is an open one, last heard of after ``seen`` seconds."""
    end = None if length is None else start + length
    last = start + seen if end is None else end
    return Session("ada", device, str(start), "key", "1", start, end, length, last, 2)


def drawn(*sessions: Session, now: float = TEN + 30 * 24 * HOUR):
    """Per day: left, width and tail of every piece, rounded to whole percent."""
    timeline = timeline_of(sessions, now)
    pieces = {
        lane.day: [(round(each.left), round(each.width), round(each.tail)) for each in lane.pieces]
        for lane in timeline.lanes
    }
    return pieces, [tick.label for tick in timeline.ticks]


def test_sessions_are_placed_at_their_times():
    pieces, ticks = drawn(session(TEN, HOUR), session(TEN + 3 * HOUR, HOUR))
    assert ticks == ["10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00", "13:30"]
    assert pieces == {date(2026, 10, 20): [(0, 25, 0), (75, 25, 0)]}


def test_a_short_session_gets_an_axis_of_seconds():
    pieces, ticks = drawn(session(TEN + 20, 15))
    assert ticks == ["10:00:20", "10:00:30", "10:00:40", "10:00:50", "10:01:00", "10:01:10"]
    assert pieces == {date(2026, 10, 20): [(0, 25, 0)]}


def test_days_share_one_axis_with_the_newest_first():
    pieces, ticks = drawn(session(TEN, HOUR), session(TEN + 25 * HOUR, HOUR))
    assert ticks[0] == "10:00"
    assert list(pieces.items()) == [(date(2026, 10, 21), [(50, 50, 0)]), (date(2026, 10, 20), [(0, 50, 0)])]


def test_a_session_over_midnight_appears_on_both_days():
    pieces, _ = drawn(session(TEN + 12 * HOUR, 4 * HOUR))
    assert pieces == {date(2026, 10, 20): [(92, 8, 0)], date(2026, 10, 21): [(0, 8, 0)]}


def test_the_newest_open_session_extends_to_now():
    pieces, _ = drawn(session(TEN, None, seen=HOUR), now=TEN + 2 * HOUR)
    assert pieces == {date(2026, 10, 20): [(0, 50, 50)]}


@pytest.mark.parametrize("later", [session(TEN + 1.5 * HOUR, 60), session(TEN + 1.5 * HOUR, None)])
def test_an_open_session_ends_with_the_next(later):
    """The next session of the same device."""
    pieces, _ = drawn(session(TEN, None, seen=HOUR), later, now=TEN + 2 * HOUR)
    (_, _, tail), *_ = pieces[date(2026, 10, 20)]
    assert tail == 0


def test_another_device_does_not_end_an_open_session():
    pieces, _ = drawn(session(TEN, None, seen=HOUR), session(TEN, HOUR, "other"), now=TEN + 2 * HOUR)
    assert pieces[date(2026, 10, 20)][0] == (0, 50, 50)


def test_a_stale_open_session_is_not_extended():
    pieces, _ = drawn(session(TEN, None, seen=HOUR), now=TEN + 72 * HOUR)
    assert list(pieces) == [date(2026, 10, 20)]


def test_fourteen_days_are_shown():
    pieces, _ = drawn(*[session(TEN + 24 * HOUR * n, 60) for n in range(20)])
    assert len(pieces) == 14
    assert max(pieces) == date(2026, 11, 8)


def test_no_sessions_give_an_empty_chart():
    assert drawn() == ({}, [])
    assert drawn(session(1e300, 60)) == ({}, [])


def test_the_highest_bar_fills_the_chart():
    bars = bars_of(
        {date(2026, 10, 20): 4, date(2026, 10, 18): 1, date(2026, 1, 1): 99}, date(2026, 10, 20), 30
    )
    assert [(bar.day.day, bar.count, bar.height) for bar in bars if bar.count] == [
        (18, 1, 24.0),
        (20, 4, 96.0),
    ]
    assert [bar.label for bar in bars if bar.label] == ["22 Sep", "29 Sep", "6 Oct", "13 Oct", "20 Oct"]
    assert bars[-1].left + bars[-1].width == pytest.approx(100)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.056, "0.06 s"),
        (9.999, "10 s"),
        (59.7, "1 min"),
        (192, "3 min 12 s"),
        (7500, "2 h 5 min"),
        (356_400, "4 d 3 h"),
        (-3, "-3 s"),
        (1e300, "1e+300 s"),
    ],
)
def test_durations_have_two_units_at_most(seconds, words):
    assert duration(seconds) == words
