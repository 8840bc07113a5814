"""What happened to the session in this run, collected from the signals alone."""

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from braze_qt import BrazeQt


@dataclass
class Span:
    """A stretch of one session spent in the foreground or away. Times are Unix seconds."""

    session_id: str
    user_id: str
    away: bool
    start: float
    end: float | None = None


class RunHistory(QObject):
    """The spans of this run, in order; the last one is open while a session is."""

    changed = Signal()

    def __init__(self, braze: BrazeQt, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._braze = braze
        self.began = time.time()
        self.spans: list[Span] = []
        for signal in (
            braze.sessionStateChanged,
            braze.sessionStarted,
            braze.sessionEnded,
            braze.userChanged,
        ):
            signal.connect(self._note)
        self._note()

    @Slot()
    def _note(self) -> None:
        now = time.time()
        away = self._braze.sessionState == "background"
        last = self.spans[-1] if self.spans else None
        if last and last.end is None:
            if (last.session_id, last.away) == (self._braze.sessionId, away):
                return
            last.end = now
        if self._braze.sessionId:
            self.spans.append(Span(self._braze.sessionId, self._braze.userId, away, now))
        self.changed.emit()

    def session_count(self) -> int:
        """How many sessions this run has seen."""
        return len({span.session_id for span in self.spans})
