"""The last events of this run and how far each got: what an inspector shows."""

from __future__ import annotations

from collections import deque

from braze_qt._protocol import payload
from braze_qt._session.shared import NotedFact
from braze_qt.events import EventRecord

LENGTH = 200
"""Events that are remembered: a screenful many times over, and a bound."""
OPEN = ("stored", "sending")
"""States in which an event has not arrived."""


class History:
    """A bounded list of facts, in the order in which they happened. One thread at a time."""

    def __init__(self) -> None:
        self._entries: deque[tuple[int, NotedFact]] = deque(maxlen=LENGTH)
        self._aside: deque[int] = deque(maxlen=LENGTH)
        self._acknowledged: set[int] = set()
        self._sending: tuple[int, str | None] = (0, None)

    def note(self, event_id: int, fact: NotedFact) -> None:
        """Remember a fact; ``event_id`` is 0 while it waits for a session."""
        self._entries.append((event_id, fact))

    def adopt(self, session_id: str, first_id: int) -> None:
        """The facts that waited now belong to a session, with ids from ``first_id`` on."""
        for index, (event_id, fact) in enumerate(self._entries):
            if event_id == 0:
                text = fact.text and fact.text + payload.session_text(session_id)
                self._entries[index] = (first_id, fact._replace(session_id=session_id, text=text))
                first_id += 1

    def sending(self, through: int, user_id: str | None) -> None:
        """The events of this user, and of nobody, up to this id are on their way; 0 for none."""
        self._sending = (through, user_id)

    def acknowledged(self, through: int, user_id: str | None) -> None:
        """The events of this user, and of nobody, up to this id have arrived."""
        present = {event_id for event_id, _ in self._entries}
        covered = {number for number, fact in self._entries if _covers(through, user_id, number, fact)}
        self._acknowledged = (self._acknowledged | covered) & present

    def open_ids(self) -> set[int]:
        """The events of which it is not known that they have arrived."""
        return {number for number, fact in self._entries if number and self._state(number, fact) in OPEN}

    def gone(self, event_ids: set[int]) -> None:
        """These do not wait any more: another process has sent them."""
        self._acknowledged |= event_ids

    def set_aside(self, event_id: int) -> None:
        """This one was refused for good."""
        self._aside.append(event_id)

    def records(self) -> list[EventRecord]:
        """What is remembered, newest last."""
        return [
            EventRecord(
                event_id,
                fact.code,
                fact.label,
                fact.time,
                fact.session_id,
                fact.user_id,
                self._state(event_id, fact),
            )
            for event_id, fact in self._entries
        ]

    def texts(self) -> list[str]:
        """How each of the records is stored: the text of a JSON object, or nothing."""
        waiting = "}"  # is missing where the id of a session will follow
        return [
            fact.text + waiting if fact.text and fact.session_id is None else fact.text
            for _, fact in self._entries
        ]

    def forget_texts(self) -> None:
        """Nobody looks at them any more."""
        entries = [(number, fact._replace(text="")) for number, fact in self._entries]
        self._entries = deque(entries, maxlen=LENGTH)

    def _state(self, event_id: int, fact: NotedFact) -> str:
        if event_id in self._aside:
            return "set aside"
        if event_id in self._acknowledged:
            return "acknowledged"
        return "sending" if _covers(*self._sending, event_id, fact) else "stored"


def _covers(through: int, user_id: str | None, event_id: int, fact: NotedFact) -> bool:
    return 0 < event_id <= through and fact.user_id in (None, user_id)
