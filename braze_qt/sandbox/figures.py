"""The figures of the workspace as Braze defines them: by days, and by windows of thirty days."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from braze_qt.sandbox.sessions import Session, day_of

MONTH = 30
"""Days, the last one included, that make a user a monthly active one."""


@dataclass(frozen=True)
class DayFigures:
    """``dau``, ``mau``, ``new_users`` count users, ``stickiness`` is DAU ÷ MAU; None where MAU is 0."""

    day: date
    dau: int
    mau: int
    new_users: int
    stickiness: float | None
    daily_sessions: int
    sessions_per_mau: float | None


def figures_of(sessions: Iterable[Session], last: date, days: int = MONTH) -> list[DayFigures]:
    """The figures of so many days up to ``last``, oldest first, from all the sessions there are."""
    count: dict[date, int] = defaultdict(int)
    users: dict[date, set[str]] = defaultdict(set)
    first: dict[str, date] = {}
    for session in sessions:
        day = day_of(session.begin)
        if session.start is None or day is None:
            continue
        count[day] += 1
        users[day].add(session.user)
        first[session.user] = min(day, first.get(session.user, day))
    return [_figures(last - timedelta(days=ago), count, users, first) for ago in reversed(range(days))]


def _figures(
    day: date, count: dict[date, int], users: dict[date, set[str]], first: dict[str, date]
) -> DayFigures:
    window = (day - timedelta(days=ago) for ago in range(MONTH))
    mau = len(set().union(*(users.get(each, set()) for each in window)))
    dau = len(users.get(day, ()))
    sessions = count.get(day, 0)
    return DayFigures(
        day=day,
        dau=dau,
        mau=mau,
        new_users=sum(each == day for each in first.values()),
        stickiness=dau / mau if mau else None,
        daily_sessions=sessions,
        sessions_per_mau=sessions / mau if mau else None,
    )
