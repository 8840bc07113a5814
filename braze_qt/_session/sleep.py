"""Whether anybody is at a machine that has slept. Pure: no clock is read here."""

from __future__ import annotations

from braze_qt._platform.clock import Instant
from braze_qt._session.state import Tracking

NOTICEABLE = 0.5
"""Seconds below which nothing was slept: the clocks are read one after the other. Less than any timeout."""


class SleepWatch:
    """Adds up what the machine has slept since its user was there.

    A machine that wakes by itself again and again sleeps for a night all the same, however short each sleep.
    ``forget`` may be called from any thread.

    Attributes:
        slept: seconds of sleep since the user was there.
    """

    def __init__(self) -> None:
        self.slept: float = 0.0
        self._seen: Instant | None = None

    def forget(self) -> None:
        """The user is there now, or the application is not in the foreground."""
        self._seen = None
        self.slept = 0.0

    def look(self, tracking: Tracking, now: Instant) -> None:
        """The application is in the foreground, as far as is known."""
        seen, session = self._seen, tracking.session
        if seen is None or (session is not None and session.started.boot > seen.boot):
            seen = now
        self.slept = now.slept - seen.slept
        self._seen = seen if self.in_doubt else now

    @property
    def in_doubt(self) -> bool:
        """Whether there was no sign of the user since a sleep."""
        return self.slept >= NOTICEABLE

    def is_leave(self, tracking: Tracking) -> bool:
        """Whether the user left with the first sleep: it ended the session, or it came to the timeout."""
        return self.in_doubt and (tracking.session is None or self.slept >= tracking.timeout)
