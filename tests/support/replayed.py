"""An application whose processes append to journals in memory; each record is replayed at once."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from braze_qt._platform.clock import Clock
from braze_qt._session.machine import due
from braze_qt._session.shared import (
    Identified,
    Kind,
    Lost,
    Record,
    Replay,
    Shared,
    StampedEvent,
)
from braze_qt.events import AttributeSet, SessionEnded, SessionStarted

KINDS = {
    "enter foreground": Kind.ENTER,
    "leave foreground": Kind.LEAVE,
    "pass time": Kind.HEARTBEAT,
    "change user": Kind.USER,
    "set timeout": Kind.TIMEOUT,
    "disable": Kind.DISABLE,
    "enable": Kind.ENABLE,
    "quit": Kind.QUIT,
}
Event = dict[str, Any]


@dataclass
class Application:
    """The shared state, and what came of all records: as the database would have it."""

    clock: Clock
    shared: Shared = field(default_factory=Shared)
    outbox: list[Event] = field(default_factory=list)
    parked: list[Event] = field(default_factory=list)
    attributes: dict[tuple[str | None, str], str] = field(default_factory=dict)
    lost: int = 0
    exists: bool = False
    _stamps: dict[str, float] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        self.exists = True
        present = record._replace(current_boot=record.boot_id == self.clock.boot_id)
        replay = Replay(self.shared, [present], self._stamps, self._is_free)
        for _, output in replay:
            self._put(output)
        self.shared = replay.shared

    def wipe(self) -> None:
        self.shared = Shared()
        self.exists = False
        for each in (self.outbox, self.parked, self.attributes, self._stamps):
            each.clear()

    def _is_free(self, time: float) -> bool:
        return time not in [event["time"] for event in self.outbox + self.parked]

    def _put(self, output: object) -> None:
        if isinstance(output, Lost):
            self.lost += output.events
        elif isinstance(output, Identified):
            known = {key: value for (user, key), value in self.attributes.items() if user is None}
            for key, value in known.items():
                self.set(output.user_id, key, value)
                del self.attributes[None, key]
        elif isinstance(output, AttributeSet):
            self.set(output.user_id, output.key, output.value)
        elif isinstance(output, StampedEvent):
            told = {"name": output.code, "time": output.time, "data": json.loads(output.data)}
            self._append(told, output.user_id, output.session_id)
        elif isinstance(output, SessionEnded):
            told = {"name": output.code, "time": output.time, "data": {"d": output.duration}}
            self._append(told, output.user_id, output.session_id)
        elif isinstance(output, SessionStarted):
            told = {"name": output.code, "time": output.time, "data": {}}
            self._append(told, output.user_id, output.session_id)
            self.outbox += [{**event, "session_id": output.session_id} for event in self.parked]
            self.parked.clear()

    def set(self, user: str | None, key: str, value: str) -> None:
        self.attributes.pop((user, key), None)
        self.attributes[user, key] = value

    def _append(self, event: Event, user: str | None, session: str | None) -> None:
        if user is not None:
            event["user_id"] = user
        if session is None:
            self.parked.append(event)
        else:
            self.outbox.append({**event, "session_id": session})


class Process:
    """What one process appends. Without consent it appends nothing, and remembers what it is told."""

    def __init__(self, application: Application, timeout: int, *, consent: bool) -> None:
        self._application = application
        self._default = consent
        self._timeout: int | None = timeout
        self._user: str | None = None
        self._withdrawn = False
        self.here = False
        self.journal = ""
        known = application.shared.consent
        if consent if known is None else known:
            self._begin()
        elif application.exists:
            self.journal = str(uuid.uuid4())
            self._number = 0
            self._append(Kind.QUIT)  # what a dead process has left ends
            self.journal = ""

    @property
    def enabled(self) -> bool:
        if self._withdrawn:
            return False
        consent = self._application.shared.consent
        return self._default if consent is None else consent

    @property
    def user(self) -> str | None:
        return self._application.shared.user_id if self._user is None else self._user

    def _begin(self) -> None:
        self.journal = str(uuid.uuid4())
        self._number = 0
        timeout = self._application.shared.timeout if self._timeout is None else self._timeout
        self._timeout = None
        self._append(Kind.BEGIN, str(timeout))

    def hear(self) -> None:
        """Look what other processes have done."""
        consent = self._application.shared.consent
        if self.journal and consent is False:
            self.die()
            self.journal = ""
        elif not self.journal and consent and not self._withdrawn:
            self._introduce()

    def _introduce(self, *, consent: bool = False) -> None:
        self._begin()
        if consent:
            self._append(Kind.ENABLE)
        if self._user is not None:
            self._append(Kind.USER, self._user)
            self._user = None
        if self.here:
            self._append(Kind.ENTER)

    def _append(self, kind: Kind, body: str = "") -> None:
        now = self._application.clock.now()
        self._number += 1
        boot_id = self._application.clock.boot_id
        readings = now.wall, now.boot, now.awake
        self.last = Record(self.journal, self._number, kind, *readings, body.encode(), boot_id)
        self._application.take(self.last)

    def feed(self, given: str, user: str = "", timeout: int = 1) -> None:
        if given in ("enter foreground", "leave foreground", "quit"):
            self.here = given == "enter foreground"
        if given == "set timeout" and not self.journal:
            self._timeout = timeout
        if given == "wipe":
            self._timeout = self._application.shared.timeout if self._timeout is None else self._timeout
            self._application.wipe()
            self.journal, self._user, self._withdrawn = "", None, True
        elif given == "enable":
            self._enable()
        elif not self.journal:
            self._user = user if given == "change user" else self._user
        else:
            body = {"change user": user, "set timeout": str(timeout)}.get(given, "")
            self._append(KINDS[given], body)
            if given in ("disable", "quit"):
                self.die()
                self.journal = ""

    def _enable(self) -> None:
        self._withdrawn = False
        if self.journal:
            self._append(Kind.ENABLE)
        else:
            self._introduce(consent=True)

    def tick(self) -> None:
        tracking = self._application.shared.tracking
        if self.journal and (self.here or due(tracking, self._application.clock.now())):
            self._append(Kind.HEARTBEAT)

    def log(self, name: str) -> bool:
        if self.journal:
            self._append(Kind.EVENT, 'ce{"n":' + json.dumps(name) + ',"p":{}}')
        return bool(self.journal)

    def set_attribute(self, key: str, value: str) -> None:
        if self.journal:
            self._append(Kind.ATTRIBUTE, json.dumps([key, value, True]))

    def die(self) -> None:
        """As by a kill: whoever merges next finds its lock free."""
        if self.journal:
            self._application.take(self.last._replace(kind=Kind.PROCESS_DIED))
