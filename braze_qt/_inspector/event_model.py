"""The events of this run as a table: what was stored, sent and acknowledged, the newest first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDateTime, QLocale, QObject

from braze_qt._inspector.newest_first import NewestFirst
from braze_qt.events import EventRecord

TIME, EVENT, USER, SESSION, STATE = range(5)
STEPS = {"set aside": 0, "stored": 1, "sending": 2, "acknowledged": 3}
SAME_MOMENT = 1.0
"""Seconds by which a merge may move the time of an event, as long as the clock is not set."""

Event = tuple[EventRecord, str]
"""An event, and the text that is stored, if that is known."""


class EventModel(NewestFirst[Event]):
    """The last events.

    Args:
        shown_user: how a user id is shown.
    """

    context = "EventModel"
    columns = STATE + 1

    def __init__(self, locale: QLocale, shown_user: Callable[[str], str], parent: QObject) -> None:
        super().__init__(locale, parent)
        self._shown_user = shown_user

    def is_same(self, old: Event, new: Event) -> bool:
        before, now = old[0], new[0]
        if before.id and now.id:
            return before.id == now.id
        same_name = (before.name, before.label) == (now.name, now.label)
        return same_name and abs(before.time - now.time) < SAME_MOMENT

    def headings(self) -> tuple[str, ...]:
        return self.tr("Time"), self.tr("Event"), self.tr("User"), self.tr("Session"), self.tr("Delivery")

    def steps(self, item: Event) -> int:
        return STEPS.get(item[0].state, 0)

    def found_by(self, item: Event) -> str:
        return item[1]

    def text(self, item: Event, column: int) -> str:
        if column == TIME:
            return local_time(item[0].time).toString("HH:mm:ss")
        if column == SESSION:
            return (item[0].session_id or "–")[:8]
        return self.full_text(item, column)

    def full_text(self, item: Event, column: int) -> str:
        record = item[0]
        if column == TIME:
            return local_time(record.time).toString("yyyy-MM-dd HH:mm:ss.zzz")
        if column == EVENT:
            return self.event_name(record)
        if column == USER:
            return self._shown_user(record.user_id) if record.user_id else self.tr("anonymous")
        if column == SESSION:
            return record.session_id or self.tr("Waits for the next session")
        return self._state_name(record.state)

    def event_name(self, record: EventRecord) -> str:
        """What an event is called."""
        names = {
            "ss": self.tr("Session start"),
            "se": self.tr("Session end"),
            "ce": "{}",
            "p": self.tr("Purchase of {}"),
            "uae": self.tr("Alias in {}"),
            "lr": self.tr("Location"),
            "ffi": self.tr("Feature flag {}"),
            "cci": self.tr("Content cards seen"),
            "ccic": self.tr("Control cards not shown"),
            "ccc": self.tr("Content card {} clicked"),
            "ccd": self.tr("Content card {} dismissed"),
            "sgu": self.tr("Subscription group {}"),
        }
        # All others are edits of attributes, each named by its key.
        return names.get(record.name, self.tr("Attribute {}")).replace("{}", record.label)

    def _state_name(self, state: str) -> str:
        return {
            "stored": self.tr("Stored"),
            "sending": self.tr("Sending"),
            "acknowledged": self.tr("Acknowledged"),
            "set aside": self.tr("Set aside"),
        }.get(state, state)


def local_time(seconds: float) -> QDateTime:
    """Unix seconds as a time of this computer's zone."""
    return QDateTime.fromMSecsSinceEpoch(round(seconds * 1000))
