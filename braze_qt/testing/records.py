"""What was sent, read back from the bodies of the requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NAMES = ("n", "pid", "key", "a", "group_id", "fid")
"""Where the data of an event have the name of what it is about."""
PROPERTIES = {"ce": "p", "p": "pr"}
"""Where the events that have properties have them."""


@dataclass(frozen=True)
class RecordedEvent:
    """One event as it was sent.

    Attributes:
        code: ``ss`` session start, ``se`` session end, ``ce`` custom event, ``p`` purchase, and so on
            as ``docs/calls.md`` lists them.
        name: the custom event's name, the product, the attribute, the alias, the group or the flag; else
            empty.
        properties: of a custom event or a purchase; else empty.
        user_id: None while anonymous.
        session_id: that of the session it happened in.
        time: Unix seconds.
        data: the whole ``data`` object.
    """

    code: str
    name: str
    properties: dict[str, Any]
    user_id: str | None
    session_id: str
    time: float
    data: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        properties = f" {self.properties}" if self.properties else ""
        user = "an anonymous user" if self.user_id is None else self.user_id
        return f"{self.code}{name}{properties} of {user} in session {self.session_id}"


@dataclass(frozen=True)
class RecordedRequest:
    """One request, whatever became of it.

    Attributes:
        body: the decoded JSON.
        headers: as they were given to the transport.
        accepted: whether the events were taken.
        answer: what the server said, in words.
        path: where it went: ``data/`` for session data.
    """

    body: dict[str, Any]
    headers: dict[str, str]
    accepted: bool
    answer: str
    path: str = "data/"

    @property
    def events(self) -> list[RecordedEvent]:
        """The events of the body, in order."""
        return [_event(each) for each in self.body.get("events", [])]

    @property
    def attributes(self) -> list[dict[str, Any]]:
        """One object for each user of the body, with custom attributes under ``custom``."""
        return list(self.body.get("attributes", []))


def _event(event: dict[str, Any]) -> RecordedEvent:
    data = event["data"]
    return RecordedEvent(
        code=event["name"],
        name=next((str(data[key]) for key in NAMES if key in data), ""),
        properties=data.get(PROPERTIES.get(event["name"]), {}),
        user_id=event.get("user_id"),
        session_id=event["session_id"],
        time=event["time"],
        data=data,
    )
