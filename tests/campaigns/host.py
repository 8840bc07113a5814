"""The host comes first: whatever an application does, nothing raises, hangs, prints, leaks or is changed.

Each scenario is a run of ``tests/support/scenarios/program.py`` in a process of its own, forked from one that
has imported it, with every warning an error. A run after it sends what is left; then everything that was
acknowledged has arrived once, in whole sessions.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braze_qt.sandbox import Sandbox
from tests.support.forking import ForkServer, forking
from tests.support.scenarios import program
from tests.support.sessions import assert_repeats_are_identical, custom_names, of_code
from tests.support.witness import Witness

PROGRAM = Path(program.__file__)
PATIENCE = 180.0
"""Seconds for one run beyond what it was told to take."""
NOT_OURS = ("propagateSizeHints", "uncollectable objects at shutdown")
"""What is printed without the SDK, too: by Qt's offscreen platform for every window; by the interpreter, when
warnings are on, for every ``Property`` of PySide that a program has defined."""
NO_LIMIT = {"global_request_rate_limit": {"enabled": True, "capacity": 1, "refill_rate": 1}}
"""What a server says to be sent an hour's sessions in a minute."""
LEVEL_KB = 3_072
"""How much the last third of an hour may hold more than the first: fragments, not events, of which there are
thousands of some 200 bytes."""
LEVEL_DESCRIPTORS = 5
"""The same of open files: the connections to the endpoint and to the store come and go."""

SHORT = {
    "busy": 3,
    "windows": 150,
    "nested_loops": 20,
    "only_process_events": 200,
    "no_event_loop": 50,
    "exec_twice": 1,
    "two_applications": 1,
    "fork": 2,
    "threads_at_quit": 4,
    "own_hooks": 1,
    "no_gui": 100,
    "no_gui_and_automatic": 1,
    "coroutines": 30,
    "own_logging": 1,
    "other_locales": 1,
    "an_hour": 30,
}
LONG = SHORT | {
    "busy": 30,
    "windows": 3_000,
    "nested_loops": 40,
    "only_process_events": 5_000,
    "fork": 15,
    "threads_at_quit": 12,
    "no_gui": 1_000,
    "coroutines": 300,
    "an_hour": 900,
}


@dataclass(frozen=True)
class Verdict:
    """What became of one scenario: its figures, and how long it took in seconds."""

    figures: dict[str, Any]
    acknowledged: int
    sessions: int
    seconds: float


def applications() -> AbstractContextManager[ForkServer]:
    """Starts applications."""
    return forking("tests.support.scenarios.program", options=("-W", "error"))


def run_scenario(name: str, size: int, start: ForkServer) -> Verdict:
    """Let one application have its way.

    Raises:
        AssertionError: something was raised, printed, changed, lost or told wrong.
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        witness = Witness(sandbox)
        sandbox.api("faults", "PUT", {"fault": "config", "config": NO_LIMIT})
        told = _run(name, size, witness, Path(folder), start)
        assert not told["changed"], f"{name} changed what is the host's: {told['changed']}"
        _run("only_process_events", 0, witness, Path(folder), start)
        _assert_arrived(name, told, witness)
        sessions = len(of_code(witness.events(), "ss")) - 1
    assert sessions == told["figures"].get("sessions", sessions), f"{name}: {sessions} sessions"
    _assert_level(told["figures"].get("thirds", []))
    return Verdict(told["figures"], len(told["acknowledged"]), sessions, time.monotonic() - begun)


def _run(name: str, size: int, witness: Witness, folder: Path, start: ForkServer) -> dict[str, Any]:
    config = {
        "api_key": "7e57ab1e-0000-4000-8000-000000000000",
        "endpoint": witness.url,
        "session_timeout": 1,
        "shutdown_timeout": 20.0,  # on a busy machine the upload thread may take longer than by default
        "data_dir": str(folder / "data"),
        "app_version": "1.2.3",
    }
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    out, err = folder / "stdout", folder / "stderr"
    with open(os.devnull) as stdin, out.open("w") as stdout, err.open("w") as stderr:
        arguments = [name, json.dumps(config), str(size)]
        streams = {"stdin": stdin.fileno(), "stdout": stdout.fileno(), "stderr": stderr.fileno()}
        process = start.start(PROGRAM, arguments, environment, **streams)
    try:
        code = process.wait(PATIENCE + size)
    finally:
        process.kill()
    printed, complaints = out.read_text(), err.read_text()
    said = [line for line in complaints.splitlines() if not any(words in line for words in NOT_OURS)]
    quiet = "\n".join(said)
    assert code == 0, f"{name} ended with {code}: {quiet[-3000:]}"
    assert not quiet, f"{name} printed: {quiet[-3000:]}"
    assert printed.count("\n") == 1, f"{name} printed: {printed[-3000:]}"
    told: dict[str, Any] = json.loads(printed)
    return told


def _assert_arrived(name: str, told: dict[str, Any], witness: Witness) -> None:
    events = witness.events()
    lost = set(told["acknowledged"]) - set(custom_names(events))
    assert not lost, f"{name}: lost {sorted(lost)[:5]} of {len(told['acknowledged'])}"
    assert sorted(custom_names(events)) == sorted(told["acknowledged"]), (
        f"{name}: more arrived than was logged"
    )
    borders = [(event["name"], event["session_id"]) for event in events if event["name"] in ("ss", "se")]
    starts, ends = borders[::2], borders[1::2]
    assert starts == [("ss", id_) for _, id_ in ends], f"{name}: {borders[:20]}"
    assert ends == [("se", id_) for _, id_ in starts], f"{name}: {borders[:20]}"
    assert_repeats_are_identical(witness.deliveries())


def _assert_level(thirds: list[dict[str, int]]) -> None:
    if not thirds:
        return
    first, *_, last = thirds
    assert last["descriptors"] - first["descriptors"] < LEVEL_DESCRIPTORS, f"descriptors: {thirds}"
    assert last["kB"] - first["kB"] < LEVEL_KB, f"memory: {thirds}"


def run(seed: int, seconds: float) -> Iterator[str]:
    """All scenarios, in an order that the seed decides, at the size that the time allows; then some again."""
    sizes = LONG if seconds >= 90 else SHORT
    end = time.monotonic() + seconds
    chance = random.Random(seed)
    names = chance.sample(list(SHORT), len(SHORT))
    again = Counter[str]()
    with applications() as start:
        for name in names:
            verdict = run_scenario(name, sizes[name], start)
            told = f"{verdict.sessions:6} sessions {verdict.acknowledged:6} events"
            held = verdict.figures.get("thirds", "")
            yield f"{name.replace('_', ' '):22} {told} {verdict.seconds:6.1f} s  {held}".rstrip()
        while time.monotonic() < end:
            name = chance.choice(names)
            run_scenario(name, SHORT[name], start)
            again[name] += 1
    if again:
        yield f"and {again.total()} of them again"
