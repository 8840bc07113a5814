"""Sessions and users as the events tell them, in whatever order those came."""

import hashlib
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from braze_qt.sandbox.archive import Archive

SESSIONS = """
SELECT e.user, e.device_id, e.session_id AS id, max(r.api_key) AS api_key, max(r.app_version) AS app_version,
    min(CASE WHEN e.name = 'ss' THEN e.time END) AS start,
    max(CASE WHEN e.name = 'se' THEN e.time END) AS end,
    max(e.length) AS length, max(e.time) AS last, count(*) AS events
FROM events e JOIN requests r ON r.id = e.request_id WHERE e.session_id IS NOT NULL
"""

YEAR = 366 * 86400.0


@dataclass(frozen=True)
class Session:
    """Times are Unix seconds, lengths seconds. ``start`` and ``end`` are None until they have come."""

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
        """What the end says, which knows best; the time from start to end if it does not; None while open."""
        if self.end is None:
            return None
        if self.length is not None:
            return self.length
        return None if self.start is None else self.end - self.start

    @property
    def begin(self) -> float:
        """The start, or the best guess."""
        if self.start is not None:
            return self.start
        return self.last if self.end is None else self.end - max(0.0, self.length or 0.0)

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


def sessions_of(archive: Archive, user: str | None = None) -> list[Session]:
    """All sessions, or those of one user, from the oldest to the newest."""
    one_user = " AND e.user = ?" if user is not None else ""
    query = SESSIONS + one_user + " GROUP BY e.user, e.device_id, e.session_id"
    rows = archive.rows(query, *([] if user is None else [user]))
    return sorted((Session(**dict(row)) for row in rows), key=lambda session: session.begin)


def usage_of(sessions: Iterable[Session]) -> Usage:
    """Counts sessions whose start has come; the median is over those that have ended."""
    started = [session for session in sessions if session.start is not None]
    starts = [session.begin for session in started]
    durations = [session.duration for session in started if session.duration is not None]
    return Usage(
        sessions=len(started),
        open=sum(session.state == "open" for session in started),
        first_used=min(starts, default=None),
        last_used=max(starts, default=None),
        median_duration=statistics.median(durations) if durations else None,
    )


def users_of(archive: Archive) -> dict[str, list[Session]]:
    """Every user of whom anything came, with the sessions; who was there last comes first."""
    users: dict[str, list[Session]] = defaultdict(list)
    for session in sessions_of(archive):
        users[session.user].append(session)
    for row in archive.rows("SELECT user FROM events UNION SELECT user FROM attributes"):
        users.setdefault(row["user"], [])
    return dict(sorted(users.items(), key=lambda item: item[1][-1].begin if item[1] else 0.0, reverse=True))


def day_of(time: float) -> date | None:
    """The day in the time zone of this machine; None beyond the calendar."""
    try:
        return datetime.fromtimestamp(time).date()
    except (ValueError, OverflowError, OSError):
        return None


def applications_of(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    """The sessions of each application, which is what an API key stands for."""
    by_key: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        by_key[session.api_key].append(session)
    return dict(by_key)


def versions_of(sessions: Iterable[Session]) -> list[str]:
    """The versions of the application that these sessions told of."""
    return sorted({session.app_version for session in sessions if session.app_version})


def sessions_per_day(sessions: Iterable[Session]) -> Counter[date]:
    """How many sessions started on each day that had any."""
    days = (day_of(session.begin) for session in sessions if session.start is not None)
    return Counter(day for day in days if day is not None)
