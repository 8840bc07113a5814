"""Lives of hosts, one after another: begins them, hears them, kills them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from tests.support.workload.order import Order

DEADLINE = 60.0
"""Seconds after which a host that should have ended is taken to hang."""
UNREADABLE = "qt.core.logging: Failed to load file"
"""What Qt says to another user's host where this user lets nobody else into the folder of PySide6."""


@dataclass
class Life:
    """One life of a host, from outside.

    Attributes:
        took: what was acknowledged to it: life, thread, number, kind, user.
        warnings: what it logged: level and words.
        state: what it said of itself before its end.
        status: how it ended, as ``os.waitpid`` tells it; None while it lives.
        stderr: what it wrote there, which should be nothing.
    """

    order: Order
    pid: int = 0
    took: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    stderr: str = ""
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def hear(self, line: str) -> None:
        """Take in one line that the host or its parent wrote."""
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "took":
            life, thread, number, kind, user = rest.split(" ")
            self.took.append((int(life), int(thread), int(number), kind, user))
        elif word == "log":
            level, _, words = rest.partition(" ")
            self.warnings.append((level, words))
        elif word == "state":
            self.state.update(json.loads(rest))
        elif word == "begins":
            self.pid = int(rest)
            self.begun.set()
        elif word == "end":
            self.status = int(rest)
            self.ended.set()
            self.begun.set()
        else:
            self.stderr += line

    def signal(self, number: int) -> None:
        """Send it a signal, if it is there still."""
        if not self.ended.is_set():
            os.kill(self.pid, number)

    def end(self, seconds: float | None = None) -> Life:
        """Kill it after so many seconds; None waits for its own end."""
        if seconds is not None and not self.ended.wait(seconds):
            self.signal(signal.SIGKILL)
        if not self.ended.wait(DEADLINE):
            self.signal(signal.SIGUSR1)  # tells where its threads are
            self.ended.wait(1.0)
            self.signal(signal.SIGKILL)
            self.ended.wait(DEADLINE)
            raise AssertionError(f"a host does not end: {self.describe()}")
        return self

    def assert_harmless(self) -> None:
        """It ended by itself, and said nothing on its standard error and nothing of a fault of ours."""
        assert self.status == 0, f"a host ended with {self.status}: {self.describe()}"
        self.assert_quiet()

    def assert_quiet(self) -> None:
        """It wrote nothing on its standard error, and logged nothing above a warning."""
        bad = [words for level, words in self.warnings if level != "WARNING"]
        assert not bad, f"{bad[0]} in {self.describe()}"
        said = [line for line in self.stderr.splitlines() if not line.startswith(UNREADABLE)]
        assert not said, f"on standard error: {self.describe()}"

    def describe(self) -> str:
        """All that is known of it, for whoever looks for the cause."""
        return f"{self.order}\n{self.state}\n{self.warnings}\n{self.stderr}"


class Lives:
    """Begins lives; one at a time."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[str]) -> None:
        self._process = process
        self._errors = errors
        self._life: Life | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self, order: Order) -> Life:
        """Begin one, and wait until it is there. It is the end of the one before."""
        if self._life:
            self._life.end(0)
        self._life = life = Life(order)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        assert life.begun.wait(DEADLINE), "no host begins"
        return life

    def live(self, order: Order, seconds: float | None = None) -> Life:
        """A whole life, killed after so many seconds; None for its own end."""
        return self.begin(order).end(seconds)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            life = self._life
            if life is None:
                continue
            if line.startswith("end "):
                life.stderr += self._errors.read()
            if line.endswith("\n"):
                life.hear(line)


@contextmanager
def lives() -> Iterator[Lives]:
    """A program that lives lives, for as long as the context lasts."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        # Line by line: a line of one life is never joined to one of the next.
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.workload.program"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        with open(f"/proc/self/fd/{errors.fileno()}", encoding="utf-8", errors="replace") as reading, process:
            try:
                yield Lives(process, reading)
            finally:
                process.kill()
