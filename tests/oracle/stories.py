"""Random stories of an application with up to three processes, as lists that JSON can hold."""

from __future__ import annotations

import random
from typing import Any

Step = list[Any]
"""Seconds that pass before, the process, what happens, and with what."""

ACTS = {
    "enter foreground": 6,
    "leave foreground": 6,
    "log": 8,
    "change user": 4,
    "set timeout": 2,
    "tick": 5,
    "disable": 1,
    "enable": 2,
    "attribute": 2,
    "kill": 2,
    "quit": 1,
    "sleep": 1,
    "set clock": 2,
    "reboot": 0.3,
    "wipe": 0.3,
}
SPANS = [0, 0, 0.0004, 0.5, 1, 3, 9.9, 10, 10.1, 30]
SET = [-7_200, -50, -1, 50]
SLEPT = [1, 5, 11, 100]


def story(seed: int) -> list[Step]:
    """One story; a process that is dead begins before anything else happens to it."""
    chance = random.Random(seed)
    processes = chance.choice([1, 1, 2, 3])
    alive: set[int] = set()
    steps: list[Step] = []
    for number in range(chance.randint(5, 40)):
        process = chance.randrange(processes)
        passed = chance.choice(SPANS)
        if process not in alive:
            alive.add(process)
            # What a process without consent does beside others that have it counts for nothing now.
            steps.append([passed, process, "begin", processes > 1 or chance.random() < 0.8])
            continue
        (act,) = chance.choices([*ACTS], [*ACTS.values()])
        if act in ("wipe", "disable", "enable") and len(alive) > 1:
            act = "log"  # which of several processes hears of it when is another question
        if act in ("kill", "quit"):
            alive.discard(process)
        if act == "reboot":
            alive.clear()
        steps.append([passed, process, act, _told(chance, act, number)])
    return steps


def _told(chance: random.Random, act: str, number: int) -> Any:
    if act == "log":
        return f"e{number}"
    choices = {"change user": "ab", "set timeout": [5, 10, 20], "sleep": SLEPT, "set clock": SET}
    return chance.choice(choices[act]) if act in choices else number
