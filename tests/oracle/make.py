"""Writes down what version 0.1.0 makes of random stories: python tests/oracle/make.py COMMIT [STORIES].

The package of that commit is taken from the history of this repository and told the stories by one program
for each process; ``answers.json`` has the stories with what came of them.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from stories import story

HERE = Path(__file__).parent
PROGRAM = """
import json, logging, sqlite3, sys
from contextlib import closing
from pathlib import Path
from braze_qt.clock import Instant
from braze_qt.events import CustomEvent
from braze_qt.tracker import Tracker
from braze_qt.tracking import Input

logging.disable(50)

class Clock:
    def now(self):
        return self.instant

clock, tracker = Clock(), None
for line in sys.stdin:
    at, clock.boot_id, folder, act, told = json.loads(line)
    clock.instant = Instant(*at)
    if act == "begin":
        tracker = Tracker(Path(folder), clock, 10, enabled=told)
    elif act == "log":
        tracker.log(CustomEvent(told, "{}"))
    elif act == "attribute":
        tracker.set_attribute("k", str(told), custom=True)
    elif act in ("tick", "wipe", "refresh"):
        getattr(tracker, act)()
    elif act == "kill":
        tracker.ledger.close()
    elif act == "quit":
        tracker.quit()
        tracker.close()
    else:
        words = {"change user": {"user_id": told}, "set timeout": {"timeout": told}}.get(act, {})
        tracker.apply(Input(act), **words)
    print(flush=True)
"""


class Computer:
    """Its clocks."""

    def __init__(self) -> None:
        self.wall, self.boot, self.awake, self.boots = 1_000_000.0, 100.0, 100.0, 1

    def run(self, seconds: float) -> None:
        self.sleep(seconds)
        self.awake += seconds

    def sleep(self, seconds: float) -> None:
        self.wall += seconds
        self.boot += seconds

    def reboot(self) -> None:
        self.boots += 1
        self.wall += 25
        self.boot = self.awake = 20.0


class Peers:
    """The processes, of the version that is asked."""

    def __init__(self, tree: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=tree,
                env=environment,
            )
            for _ in range(3)
        ]

    def tell(self, process: int, computer: Computer, folder: Path, act: str, told: Any) -> None:
        pipe = self._processes[process]
        assert pipe.stdin
        assert pipe.stdout
        at = computer.wall, computer.boot, computer.awake
        pipe.stdin.write(json.dumps([at, f"boot-{computer.boots}", str(folder), act, told]) + "\n")
        pipe.stdin.flush()
        if not pipe.stdout.readline():
            raise RuntimeError("the process has ended")

    def close(self) -> None:
        for process in self._processes:
            process.communicate()


def tell(peers: Peers, steps: list[list[Any]], folder: Path) -> dict[str, Any]:
    """One story to its end, and what lies on disk."""
    computer, alive = Computer(), set()
    for passed, process, act, told in steps:
        computer.run(passed)
        if act == "sleep":
            computer.sleep(told)
        elif act == "set clock":
            computer.wall += told
        elif act == "reboot":
            for each in sorted(alive):
                peers.tell(each, computer, folder, "kill", None)
            alive.clear()
            computer.reboot()
        else:
            peers.tell(process, computer, folder, act, told)
            (alive.discard if act in ("kill", "quit") else alive.add)(process)
            for each in sorted(alive - {process}):
                peers.tell(each, computer, folder, "refresh", None)
    for each in sorted(alive):
        peers.tell(each, computer, folder, "quit", None)
    return read(folder)


def read(folder: Path) -> dict[str, Any]:
    """What waits to be sent; nothing where nothing is stored."""
    if not (folder / "braze.db").exists():
        return {"outbox": [], "parked": [], "attributes": []}
    db = sqlite3.connect(folder / "braze.db")
    try:
        outbox = [json.loads(text) for (text,) in db.execute("SELECT event FROM outbox ORDER BY id")]
        parked = [json.loads(text + "}") for (text,) in db.execute("SELECT event FROM parked ORDER BY id")]
        attributes = db.execute("SELECT user_id, key, value FROM attributes ORDER BY id").fetchall()
    finally:
        db.close()
    return {"outbox": outbox, "parked": parked, "attributes": [list(row) for row in attributes]}


def compact(found: dict[str, Any]) -> dict[str, Any]:
    """With the sessions as numbers in the order in which they began."""
    numbers: dict[str, int] = {}
    for event in found["outbox"]:
        event["session_id"] = numbers.setdefault(event["session_id"], len(numbers))
    return found


def main(commit: str, stories: int) -> None:
    archive = subprocess.run(
        ["git", "archive", commit, "braze_qt"], cwd=HERE.parent.parent, check=True, stdout=subprocess.PIPE
    )
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(name)
        peers = Peers(Path(name))
        lines = []
        for seed in range(stories):
            steps = story(seed)
            answer = compact(tell(peers, steps, Path(name) / str(seed) / "data"))
            lines.append(json.dumps([seed, steps, answer], separators=(",", ":")))
        peers.close()
    (HERE / "answers.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300)
