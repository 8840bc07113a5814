"""What happened to the session in this run, as stretches of time."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QObject, Signal, Slot
from shiboken6 import isValid

from braze_qt._qt.client import BrazeQt
from braze_qt._qt.guard import never_raises

LENGTH = 500
"""Stretches that are remembered."""
SHORTEST_RANGE = 60.0
"""Seconds. Without it the first session would fill the line and everything after it would squeeze it."""


@dataclass
class Span:
    """A stretch of one session spent in the foreground or away. Times are Unix seconds.

    Earlier sessions are known from their events alone, which do not tell of absences.
    """

    session_id: str
    user_id: str
    away: bool
    start: float
    end: float | None = None


class SessionTimeline(QObject):
    """The spans of this run, in order; the last one is open while a session is. GUI thread."""

    changed: ClassVar[Signal] = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._braze: BrazeQt | None = None
        self.spans: deque[Span] = deque(maxlen=LENGTH)
        self.began: float = self.now()

    def now(self) -> float:
        """Unix seconds by the clock of the installation, which a test may have set."""
        return time.time() if self._braze is None else self._braze._tracker.now().wall

    def follow(self, braze: BrazeQt | None) -> None:
        """Show the sessions of this installation from now on."""
        self._braze = braze
        self.spans.clear()
        self.began = self.now()
        if braze is not None:
            for signal in (braze.sessionStateChanged, braze.userChanged):
                signal.connect(self.note)
            self._look_back(braze)
            self.note()
        self.changed.emit()

    def clear(self) -> None:
        """Everything was wiped."""
        self.spans.clear()
        self.began = self.now()
        self.changed.emit()

    def _look_back(self, braze: BrazeQt) -> None:
        for record in braze.recentEvents():
            if record.name == "ss" and record.session_id:
                self.spans.append(Span(record.session_id, record.user_id or "", False, record.time))
            elif record.name == "se" and self.spans and self.spans[-1].session_id == record.session_id:
                self.spans[-1].end = record.time
        if braze.sessionId and not (self.spans and self.spans[-1].session_id == braze.sessionId):
            self.spans.append(Span(braze.sessionId, braze.userId, False, braze.sessionStart))
        if self.spans:
            self.began = min(self.began, self.spans[0].start)

    @Slot()
    @never_raises
    def note(self) -> None:
        """Look at the session."""
        braze = self._braze
        if braze is None or not isValid(braze):
            return
        now, away = self.now(), braze.sessionState == "background"
        last = self.spans[-1] if self.spans else None
        if last and last.end is None:
            if (last.session_id, last.away) == (braze.sessionId, away):
                return
            last.end = now
        if braze.sessionId:
            self.spans.append(Span(braze.sessionId, braze.userId, away, now))
        self.changed.emit()

    def until(self) -> float:
        """Unix seconds at which the line ends."""
        return max(self.now(), self.began + SHORTEST_RANGE)

    def session_count(self) -> int:
        """How many sessions this run has seen."""
        return len({span.session_id for span in self.spans})
