"""Sessions and users as the events tell them, in whatever order those came."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.local_time import local, seconds_of
from braze_qt.sandbox.schema import begin_of, duration_of

SESSION = (
    "SELECT s.id AS number, u.name AS user, d.name AS device_id, s.name AS id, a.api_key,"
    " a.version AS app_version, s.start, s.end, s.length, s.last, s.events"
    " FROM sessions s JOIN users u ON u.id = s.user JOIN devices d ON d.id = s.device"
    " JOIN applications a ON a.id = s.application WHERE"
)

YEAR = 366 * 86400.0
_KNOWN = "is_known = 1 AND name LIKE ? ESCAPE '\\'"


@dataclass(frozen=True)
class Session:
    """Times are Unix seconds, lengths seconds. ``start`` and ``end`` are None until they have come.

    ``number`` is what the archive calls it.
    """

    user: str
    device_id: str
    id: str
    api_key: str
    app_version: str
    start: float | None
    end: float | None
    length: float | None
    last: float
    events: int
    number: int = 0

    @property
    def anchor(self) -> str:
        """Where it is on the page of its user."""
        return "s" + hashlib.sha256(f"{self.device_id} {self.id}".encode()).hexdigest()[:12]

    @property
    def state(self) -> str:
        """``ended``, ``open``, or ``without start`` when only other events of it have come."""
        if self.start is None:
            return "without start"
        return "open" if self.end is None else "ended"

    @property
    def duration(self) -> float | None:
        """Seconds; None while open."""
        return duration_of(self.start, self.end, self.length)

    @property
    def begin(self) -> float:
        """The start, or the best guess."""
        return begin_of(self.start, self.end, self.length, self.last)

    @property
    def seconds(self) -> float:
        """The length, and of an open session what is known of it so far; never negative, at most a year."""
        duration = self.duration
        known = self.last - self.begin if duration is None else duration
        return min(max(0.0, known), YEAR)


@dataclass(frozen=True)
class Usage:
    """The Sessions Overview of a user or of one of his applications."""

    sessions: int
    open: int
    first_used: float | None
    last_used: float | None
    median_duration: float | None


def number_of(archive: Archive, user: str) -> int | None:
    """What the archive calls a user; None when nothing of him is kept: neither an event nor an attribute."""
    found = archive.values("SELECT id FROM users WHERE name = ? AND is_known", user)
    return found[0] if found else None


def newest_users(
    archive: Archive, limit: int = -1, offset: int = 0, search: str = ""
) -> list[tuple[int, str]]:
    """Number and name of so many users (-1: all) of whom anything came, the last used first.

    Args:
        offset: how many of them are left out before.
        search: a part of the name; upper and lower case of ASCII letters are the same.
    """
    rows = archive.rows(
        f"SELECT id, name FROM users WHERE {_KNOWN} ORDER BY last_begin DESC, id LIMIT ? OFFSET ?",
        *(_pattern(search), limit, offset),
    )
    return [(row["id"], row["name"]) for row in rows]


def count_users(archive: Archive, search: str = "") -> int:
    """How many users ``newest_users`` finds without a limit."""
    return int(archive.value(f"SELECT count(*) FROM users WHERE {_KNOWN}", _pattern(search)))


def _pattern(search: str) -> str:
    for special in "\\%_":
        search = search.replace(special, f"\\{special}")
    return f"%{search}%"


def newest_sessions(archive: Archive, user: int, limit: int) -> list[Session]:
    """So many sessions of a user, the newest first."""
    numbers = archive.values(
        "SELECT id FROM sessions WHERE user = ? AND begin IS NOT NULL ORDER BY begin DESC, id DESC LIMIT ?",
        *(user, limit),
    )
    return list(_sessions(archive, numbers))


def sessions_of(archive: Archive, user: int) -> Iterator[Session]:
    """All sessions of a user, from the oldest to the newest."""
    numbers = archive.values(
        "SELECT id FROM sessions WHERE user = ? AND begin IS NOT NULL ORDER BY begin, id", user
    )
    return _sessions(archive, numbers)


def _sessions(archive: Archive, numbers: list[int]) -> Iterator[Session]:
    return (Session(**dict(row)) for row in archive.rows_by_id(f"{SESSION} s.id", numbers))


def usage_of(archive: Archive, user: int, api_key: str | None = None) -> Usage:
    """Counts sessions whose start has come, of all applications or one; the median is of those that ended."""
    where, values = "user = ?", [user]
    if api_key is not None:
        keys = archive.values("SELECT id FROM applications WHERE api_key = ?", api_key)
        where, values = f"user = ? AND application IN ({', '.join(map(str, keys))})", [user]
    (row,) = archive.rows(
        "SELECT count(start) AS sessions, count(CASE WHEN end IS NULL THEN start END) AS open,"
        " min(start) AS first_used, max(start) AS last_used,"
        f" count(CASE WHEN start IS NOT NULL THEN duration END) AS ended FROM sessions WHERE {where}",
        *values,
    )
    figures = dict(row)
    ended = figures.pop("ended")
    middle = archive.values(
        f"SELECT duration FROM sessions WHERE {where} AND start IS NOT NULL AND duration IS NOT NULL"
        " ORDER BY duration LIMIT ? OFFSET ?",
        *(*values, 2 - ended % 2, (ended - 1) // 2),
    )
    median = sum(each / len(middle) for each in middle) if ended and middle else None
    return Usage(**figures, median_duration=median)


def applications_of(archive: Archive, user: int, limit: int = -1) -> dict[str, list[str]]:
    """The API keys of so many applications that a user has used, with the versions that told of it."""
    rows = archive.rows(
        "SELECT api_key, version FROM applications"
        " WHERE EXISTS"
        " (SELECT 1 FROM sessions WHERE application = applications.id AND user = ? AND name <> '')"
        " ORDER BY id",
        user,
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["api_key"] in found or limit < 0 or len(found) < limit:
            versions = found.setdefault(row["api_key"], [])
            versions += [row["version"]] if row["version"] else []
    return {key: sorted(versions) for key, versions in found.items()}


def day_of(time: float) -> date | None:
    """The day in the time zone of this machine; None beyond the calendar."""
    moment = local(time)
    return moment and moment.date()


def midnights(last: date, days: int) -> list[float]:
    """When so many days up to ``last`` began, and when the last one ended.

    Raises:
        ValueError: that is beyond the calendar.
    """
    try:
        first = datetime(last.year, last.month, last.day) - timedelta(days=days - 1)
        return [seconds_of(first + timedelta(days=number)) for number in range(days + 1)]
    except OverflowError as error:
        raise ValueError(str(error)) from None


def sessions_per_day(archive: Archive, last: date, days: int, user: int | None = None) -> Counter[date]:
    """How many sessions started on each of so many days up to ``last``: all, or those of a user."""
    whose, values = ("", ()) if user is None else ("user = ? AND ", (user,))
    limits = midnights(last, days)
    return Counter(
        {
            last - timedelta(days=days - 1 - number): archive.value(
                f"SELECT count(*) FROM sessions WHERE {whose}start >= ? AND start < ?",
                *(*values, limits[number], limits[number + 1]),
            )
            for number in range(days)
        }
    )


def all_days_of(archive: Archive, user: int) -> Counter[date]:
    """How many sessions of a user started on each day that had any."""
    starts = archive.values("SELECT start FROM sessions WHERE user = ? AND start IS NOT NULL", user)
    days = (day_of(start) for start in starts)
    return Counter(day for day in days if day is not None)
