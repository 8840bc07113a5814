"""Hosts that find a folder as it is: what they say of it, and what arrives from it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.receiver import GOOD, Receiver
from tests.support.workload.order import Order, wording
from tests.support.workload.process import Run, Runner

RETRY = 0.1
"""Seconds between two tries of a disk that took nothing. The SDK waits longer."""
Place = tuple[int, int]
"""A run and a thread of it."""


@dataclass
class Found:
    """What arrived from one folder, in order.

    Attributes:
        numbers: for each run and thread, the numbers of its events.
        words: each event as it came first.
        changed: events whose words are not what was logged, or not what came first.
    """

    numbers: dict[Place, list[int]] = field(default_factory=dict)
    words: dict[tuple[int, int, int], str] = field(default_factory=dict)
    changed: list[Any] = field(default_factory=list)

    def note(self, requests: Iterable[dict[str, Any]]) -> Found:
        """Look at each event that a host has logged."""
        for event in (event for request in requests for event in request.get("events", [])):
            if event["name"] in ("ss", "se"):
                continue
            properties = event["data"].get("p" if event["name"] == "ce" else "pr")
            try:
                place = properties["run"], properties["thread"]
                terse = "text" not in properties
                right = properties == wording(*place, properties["number"], terse=terse)
            except (KeyError, TypeError):
                right = False
            words = json.dumps(event, sort_keys=True)
            if right and self.words.setdefault((*place, properties["number"]), words) == words:
                self.numbers.setdefault(place, []).append(properties["number"])
            else:
                self.changed.append(event)
        return self

    @property
    def keys(self) -> set[tuple[int, int, int]]:
        """All of them that are unchanged."""
        return {(*place, number) for place, numbers in self.numbers.items() for number in numbers}


@dataclass
class Probe:
    """A host in a folder, and what has arrived from there of what it did not log itself."""

    run: Run
    found: Found

    @property
    def told(self) -> bool:
        """Whether somebody who looks would know that something is missing."""
        return self.run.state["lost"] > 0 or any("damaged" in words for _, words in self.run.warnings)

    @property
    def warnings(self) -> list[str]:
        """What it warned of."""
        return [words for _, words in self.run.warnings]


class Prober:
    """Hosts, one after another, in whatever folder."""

    def __init__(self, runner: Runner, receiver: Receiver, seed: int) -> None:
        self.chance = random.Random(seed)
        self.runner = runner
        self.receiver = receiver
        self._number = 0

    def order(self, folder: Path | None, **what: Any) -> Order:
        """A new run."""
        self._number += 1
        given = {"run": self._number, "seed": self.chance.randrange(2**31), **what}
        return Order(None if folder is None else str(folder), self.receiver.endpoint, **given)

    def probe(self, folder: Path | None, steps: int = 5, **what: Any) -> Probe:
        """A host logs some events and sends all there is; it works, whatever it has found."""
        self.receiver.rates = GOOD
        given = {"drain": 30.0, "insist": True, "retry": RETRY, **what}
        order = self.order(folder, plain=True, unbounded=True, steps=steps, close=True, **given)
        return self.checked(self.runner.run(order), steps)

    def checked(self, run: Run, steps: int, *, repeated: bool = False) -> Probe:
        """It ended as it should, and what it logged has arrived in order; ``repeated``: some of it again."""
        found = self.arrived()
        run.assert_harmless()
        mine = found.numbers.pop((run.order.run, 0), [])
        assert run.state["pending"] == 0, f"{len(mine)} of {steps} arrived, pending: {run.describe()}"
        if repeated:
            assert not found.changed, f"{found.changed[0]} in {run.describe()}"
            mine = list(dict.fromkeys(mine))
        assert mine == list(range(steps)), f"of {steps} events arrived {mine}: {run.describe()}"
        return Probe(run, found)

    def arrived(self) -> Found:
        """What came since the last time."""
        self.receiver.settle()
        return Found().note(self.receiver.take())

    def unreadable(self) -> int:
        """How many bodies were no JSON since the last time."""
        count = len(self.receiver.unreadable)
        self.receiver.unreadable.clear()
        return count
