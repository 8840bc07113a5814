"""The figures of the workspace as Braze defines them: by days, and by windows of thirty days."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.sessions import midnights, sessions_per_day

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


def figures_of(archive: Archive, last: date, days: int = MONTH) -> list[DayFigures]:
    """The figures of so many days up to ``last``, oldest first; ValueError beyond the calendar."""
    limits = midnights(last, MONTH + days - 1)
    count = sessions_per_day(archive, last, days)
    users = [_users_between(archive, *between) for between in pairwise(limits)]
    active: Counter[int] = Counter()
    """How many of the thirty days up to one each user was there on."""
    figures = []
    for number, here in enumerate(users):
        active.update(here)
        if number >= MONTH:
            active.subtract(users[number - MONTH])
            for user in users[number - MONTH]:
                if not active[user]:
                    del active[user]
        if number >= MONTH - 1:
            day = last - timedelta(days=len(users) - 1 - number)
            new = archive.value(
                "SELECT count(*) FROM users WHERE first_start >= ? AND first_start < ?",
                *(limits[number], limits[number + 1]),
            )
            figures.append(_figures(day, len(here), len(active), new, count[day]))
    return figures


def _users_between(archive: Archive, begin: float, end: float) -> list[int]:
    return archive.values("SELECT DISTINCT user FROM sessions WHERE start >= ? AND start < ?", begin, end)


def _figures(day: date, dau: int, mau: int, new_users: int, sessions: int) -> DayFigures:
    return DayFigures(
        day=day,
        dau=dau,
        mau=mau,
        new_users=new_users,
        stickiness=dau / mau if mau else None,
        daily_sessions=sessions,
        sessions_per_mau=sessions / mau if mau else None,
    )
