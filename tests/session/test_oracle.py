"""The same stories told to the replay and, when they were written down, to version 0.1.0.

Where the two differ, the table in docs/session-rules.md says why.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._session.machine import due
from tests.support.clocks import SetClock
from tests.support.replayed import Application, Process

WITHOUT_TIME = ("sleep", "set clock", "reboot", "kill")
"""Acts that 0.1.0 did not look at the clocks for."""
ANSWERS = json.loads((Path(__file__).parent.parent / "oracle" / "answers.json").read_text())


class Told:
    """A story as the replay sees it."""

    def __init__(self, steps: list[list[Any]]) -> None:
        self.clock = SetClock(boot_id="boot-1")
        self.clock.instant = Instant(1_000_000.0, 100.0, 100.0)
        self.application = Application(self.clock)
        self.alive: dict[int, Process] = {}
        for passed, process, act, told in steps:
            self.clock.move(passed)
            self.happen(process, act, told)
            for each in self.alive.values():
                each.hear()
        self.come_back()
        for number in sorted(self.alive):
            self.alive[number].feed("quit")

    def happen(self, number: int, act: str, told: Any) -> None:
        if act not in WITHOUT_TIME:
            self.come_back()
        if act == "sleep":
            self.clock.move(told, asleep=True)
        elif act == "set clock":
            now = self.clock.now()
            self.clock.instant = Instant(now.wall + told, now.boot, now.awake)
        elif act == "reboot":
            self.reboot()
        elif act == "begin":
            self.alive[number] = Process(self.application, 10, consent=told)
        else:
            self.tell(self.alive[number], act, told)
            if act in ("kill", "quit"):
                del self.alive[number]

    def come_back(self) -> None:
        """Whoever was in front when the machine went to sleep is back by now: 0.1.0 did not wait for that."""
        session = self.application.shared.session
        if session and session.left is None and due(self.application.shared.tracking, self.clock.now()):
            next(each for each in self.alive.values() if each.here).feed("enter foreground")

    def tell(self, process: Process, act: str, told: Any) -> None:
        if act == "log":
            process.log(told)
        elif act == "attribute":
            process.set_attribute("k", str(told))
        elif act == "tick":
            process.tick()
        elif act == "kill":
            process.die()
        else:
            process.feed(act, user=told, timeout=told)

    def reboot(self) -> None:
        for process in self.alive.values():
            process.die()
        self.alive.clear()
        boots = int(self.clock.boot_id.split("-")[1])
        self.clock.boot_id = f"boot-{boots + 1}"
        self.clock.instant = Instant(self.clock.now().wall + 25, 20.0, 20.0)

    def answer(self) -> dict[str, Any]:
        numbers: dict[str, int] = {}
        outbox = [
            {**event, "session_id": numbers.setdefault(event["session_id"], len(numbers))}
            for event in self.application.outbox
        ]
        attributes = [[user or "", key, value] for (user, key), value in self.application.attributes.items()]
        return {"outbox": outbox, "parked": self.application.parked, "attributes": attributes}


def without(events: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The events without their times, and without more where only an end is told apart by it."""
    return [
        {
            name: value
            for name, value in event.items()
            if not (name == "time" or (name in names and event["name"] == "se"))
        }
        for event in events
    ]


@pytest.mark.parametrize(("seed", "steps", "answer"), ANSWERS, ids=[str(seed) for seed, *_ in ANSWERS])
def test_a_story_as_told_to_0_1_0(seed, steps, answer):
    found = Told(steps).answer()
    acts = {act for _, _, act, _ in steps}
    if not acts & {"kill", "reboot", "sleep"}:
        assert without(found["outbox"]) == without(answer["outbox"])
    if not [told for _, _, act, told in steps if act == "set clock" and told < 0]:
        assert times(found) == times(answer)
    assert without(found["outbox"], "data") == without(answer["outbox"], "data")
    assert without(found["parked"]) == without(answer["parked"])
    assert found["attributes"] == answer["attributes"]


def times(found: dict[str, Any]) -> list[float]:
    """Of everything but ends."""
    return [event["time"] for event in found["outbox"] + found["parked"] if event["name"] != "se"]


def test_nine_of_ten_stories_are_identical():
    same = sum(Told(steps).answer() == answer for _, steps, answer in ANSWERS)
    assert same > 0.9 * len(ANSWERS)
