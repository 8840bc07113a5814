"""Runs of hosts, one after another: begins them, hears them, kills them."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import StringIO
from pathlib import Path
from typing import IO, Any

from tests.support.forking import ForkServer, forking
from tests.support.workload.order import Order

PROGRAM = Path(__file__).with_name("program.py")
DEADLINE = 60.0
"""Seconds after which a host that should have ended is taken to hang."""
UNREADABLE = "qt.core.logging: Failed to load file"
"""What Qt says to another user's host where this user lets nobody else into the folder of PySide6."""


@dataclass
class Run:
    """One run of a host, from outside.

    Attributes:
        process: it, a ``ForkedProcess``.
        errors: where its standard error can be read.
        took: what was acknowledged to it: run, thread, number, kind, user.
        warnings: what it logged: level and words.
        state: what it said of itself before its end.
        code: how it ended, as ``subprocess`` has it; None while it runs.
        stderr: what it wrote there, which should be nothing.
    """

    order: Order
    process: Any = None
    errors: IO[str] = field(default_factory=StringIO)
    took: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    code: int | None = None
    stderr: str = ""
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def hear(self, line: str) -> None:
        """Take in one line that the host wrote."""
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "took":
            run, thread, number, kind, user = rest.split(" ")
            self.took.append((int(run), int(thread), int(number), kind, user))
        elif word == "log":
            level, _, words = rest.partition(" ")
            self.warnings.append((level, words))
        elif word == "state":
            self.state.update(json.loads(rest))
        elif word == "begins":
            self.begun.set()

    def follow(self) -> None:
        """Take in all that it writes, until it has ended."""
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for line in stdout:
                if line.endswith(b"\n"):  # or it was killed in the middle of it
                    self.hear(line.decode())
        self.ended.set()
        self.begun.set()

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        """Send it a signal, if it is there still."""
        self.process.send_signal(number)

    def end(self, seconds: float | None = None) -> Run:
        """Kill it after so many seconds; None waits for its own end."""
        if self.code is not None:
            return self
        if seconds is not None and not self.ended.wait(seconds):
            self.signal(signal.SIGKILL)
        if not self.ended.wait(DEADLINE):
            self.signal(signal.SIGUSR1)  # tells where its threads are
            self.ended.wait(1.0)
            self.signal(signal.SIGKILL)
            self.ended.wait(DEADLINE)
            raise AssertionError(f"a host does not end: {self.describe()}")
        self.code = self.process.wait(DEADLINE)
        self.stderr = self.errors.read()
        return self

    def assert_harmless(self) -> None:
        """It ended by itself, and said nothing on its standard error and nothing of a fault of ours."""
        assert self.code == 0, f"a host ended with {self.code}: {self.describe()}"
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


class Runner:
    """Begins runs; one at a time."""

    def __init__(self, hosts: ForkServer, errors: IO[bytes], written: IO[str]) -> None:
        self._hosts = hosts
        self._errors = errors
        self._written = written
        self._run: Run | None = None

    def begin(self, order: Order) -> Run:
        """Begin one, and wait until it is there. It is the end of the one before."""
        self.end()
        arguments = [json.dumps(asdict(order))]
        with open(os.devnull) as nothing:
            streams = {"stdin": nothing.fileno(), "stderr": self._errors.fileno()}
            process = self._hosts.start(PROGRAM, arguments, os.environ, **streams)
        self._run = run = Run(order, process, self._written)
        threading.Thread(target=run.follow, daemon=True).start()
        assert run.begun.wait(DEADLINE), "no host begins"
        return run

    def end(self) -> None:
        """No run goes on."""
        if self._run:
            self._run.end(0)

    def run(self, order: Order, seconds: float | None = None) -> Run:
        """A whole run, killed after so many seconds; None for its own end."""
        return self.begin(order).end(seconds)


@contextmanager
def running_hosts() -> Iterator[Runner]:
    """Each is forked from a process that has imported everything, for as long as the context lasts."""
    with (
        tempfile.NamedTemporaryFile() as errors,
        open(errors.name, encoding="utf-8", errors="replace") as written,
        forking("tests.support.workload.program") as hosts,
    ):
        runner = Runner(hosts, errors, written)
        try:
            yield runner
        finally:
            runner.end()
