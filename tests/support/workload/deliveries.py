"""What was acknowledged against what has arrived: nothing lost or changed, one batch repeated at most."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.support.workload.order import wording
from tests.support.workload.process import Run

Event = dict[str, Any]
Key = tuple[Any, ...]

AHEAD = 0.05
"""Seconds by which a session's start may come before the end of the one before: stamps that are pushed
on because there are more of them than milliseconds."""


@dataclass
class Deliveries:
    """Keeps both sides. Each promise that is broken is an AssertionError.

    Attributes:
        taken: for each run and thread, the numbers that were acknowledged, with kind and user.
        arrived: for each event, its words.
        repeats: how many events came again.
        longest_repeat: the most events that came again in one request.
    """

    taken: dict[tuple[int, int], dict[int, tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    arrived: dict[Key, str] = field(default_factory=dict)
    stamps: dict[Key, Key] = field(default_factory=dict)
    newest: dict[tuple[int, int], int] = field(default_factory=dict)
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    sessions: dict[str, dict[str, Event]] = field(default_factory=lambda: defaultdict(dict))
    repeats: int = 0
    longest_repeat: int = 0
    _last: set[Key] = field(default_factory=set)
    _unconfirmed: list[tuple[tuple[int, int], int]] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many calls returned True."""
        return sum(map(len, self.taken.values()))

    def note_acknowledged(self, run: Run) -> None:
        """Note what was acknowledged to a host."""
        for number, thread, count, kind, user in run.took:
            self.taken[number, thread][count] = (kind, user)

    def note_arrived(self, requests: Iterable[dict[str, Any]]) -> None:
        """Note what has arrived, in order."""
        for request in requests:
            events = request.get("events", [])
            keys = [self._key(event) for event in events]
            assert len(set(keys)) == len(keys), f"twice in one request: {Counter(keys).most_common(1)}"
            known = {key for key in keys if key in self.arrived}
            assert known <= self._last, f"repeated, but not from the batch before: {known - self._last}"
            self.repeats += len(known)
            self.longest_repeat = max(self.longest_repeat, len(known))
            self._last = set(keys)
            for key, event in zip(keys, events, strict=True):
                self._note(key, event, request["device_id"])
            for attributes in request.get("attributes", []):
                self._note_values(attributes)

    def _note(self, key: Key, event: Event, device: str) -> None:
        words = json.dumps(event, sort_keys=True)
        before = self.arrived.setdefault(key, words)
        assert before == words, f"changed between two deliveries: {before} {words}"
        stamp = (device, event["session_id"], event["name"], event["time"], words)
        assert self.stamps.setdefault(stamp[:-1], key) == key, (
            f"two events that cannot be told apart: {words}"
        )
        if before is words:
            self._first(key, event)

    def _key(self, event: Event) -> Key:
        if event["name"] in ("ss", "se"):
            return event["name"], event["session_id"]
        properties = event["data"]["p" if event["name"] == "ce" else "pr"]
        return properties["run"], properties["thread"], properties["number"]

    def _first(self, key: Key, event: Event) -> None:
        """Look at an event that comes for the first time."""
        if event["name"] in ("ss", "se"):
            self.sessions[event["session_id"]][event["name"]] = event
            return
        properties = event["data"]["p" if event["name"] == "ce" else "pr"]
        assert properties == wording(*key), f"changed: {event}"
        assert "ss" in self.sessions[event["session_id"]], f"before the start of its session: {event}"
        place, number = key[:2], key[2]
        assert number > self.newest.get(place, -1), f"out of order: {key} after {self.newest[place]}"
        self.newest[place] = number
        said = self.taken[place].get(number)
        if said is None:
            self._unconfirmed.append((place, number))
        elif said[1] != "-":
            assert said[1] == event.get("user_id"), f"under a wrong user: {event}, not {said[1]}"

    def _note_values(self, attributes: dict[str, Any]) -> None:
        user = attributes["user_id"]
        for name, value in attributes["custom"].items():
            before = self.values.get((user, name), "")
            assert value >= before, f"an older value of {name} after a newer one: {value} after {before}"
            self.values[user, name] = value

    def settle(self) -> None:
        """Everything that was acknowledged has arrived: nothing may be missing now."""
        missing = [
            (place, number)
            for place, numbers in self.taken.items()
            for number, (kind, _) in numbers.items()
            if kind != "a" and (*place, number) not in self.arrived
        ]
        assert not missing, f"{len(missing)} lost: {missing[:10]}"
        self._settle_values()
        for place, number in self._unconfirmed:
            last = max(self.taken[place], default=-1)
            assert number in self.taken[place] or number == last + 1, (
                f"nobody logged this: {place} {number}, the last was {last}"
            )
        self._settle_sessions()

    def _settle_values(self) -> None:
        last: dict[tuple[str, str], str] = {}
        for (run, _), numbers in sorted(self.taken.items()):
            for number, (kind, user) in numbers.items():
                if kind == "a":
                    last[user, f"k{number % 5}"] = f"{run:09}.{number:09}"
        for place, value in last.items():
            assert self.values.get(place, "") >= value, (
                f"the last value of {place} is {value}; arrived: {self.values.get(place)}"
            )

    def _settle_sessions(self) -> None:
        for session, events in self.sessions.items():
            assert set(events) == {"ss", "se"}, f"session {session} has {set(events)}"
            assert events["se"]["data"]["d"] >= 0, f"negative: {events}"
            assert events["se"]["time"] >= events["ss"]["time"], f"ends before it starts: {events}"
        order = sorted(self.sessions.values(), key=lambda events: float(events["ss"]["time"]))
        for earlier, later in pairwise(order):
            gap = later["ss"]["time"] - earlier["se"]["time"]
            assert gap >= -AHEAD, f"two sessions overlap by {-gap} s: {earlier} {later}"
