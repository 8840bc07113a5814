"""Other processes of the application: a real recorder each, told line by line, with the clock of the test."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from braze_qt._platform.clock import Instant
from tests.support.clocks import SetClock

if TYPE_CHECKING:
    from tests.support.forking import ForkedProcess

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("peer.py")
PATIENCE = 60.0
"""Seconds for a process that was killed to end."""
Starter = Callable[[list[str]], "subprocess.Popen[bytes] | ForkedProcess"]


def from_scratch(arguments: list[str]) -> subprocess.Popen[bytes]:
    """One in an interpreter of its own."""
    command = [sys.executable, "-m", "tests.support.peer", *arguments]
    return subprocess.Popen(command, cwd=ROOT, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@contextmanager
def forked_peers() -> Iterator[Starter]:
    """Starts them from one process that has imported everything, where processes can fork."""
    if sys.platform == "win32":
        yield from_scratch
        return
    from tests.support.forking import forking

    with forking("tests.support.peer") as server:
        yield lambda arguments: server.start(PROGRAM, arguments, os.environ)


class Peer:
    """One such process. Every call answers when it has been carried out."""

    def __init__(self, start: Starter, folder: Path, clock: SetClock, settings: dict[str, Any]) -> None:
        self._clock = clock
        self.process = start([str(folder), json.dumps(settings)])
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._stdin = self.process.stdin
        self._stdout = io.BufferedReader(self.process.stdout)
        self.tell("begin")

    def tell(self, call: str, *given: Any) -> Any:
        self.send(call, *given)
        return self.hear()

    def send(self, call: str, *given: Any) -> None:
        now: Instant = self._clock.now()
        self._write(json.dumps([(now.wall, now.boot, now.awake), call, *given]))

    def hear(self) -> Any:
        line = self._stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)

    def apply(self, given: str, **told: Any) -> bool:
        return bool(self.tell("apply", given, told))

    def log(self, name: str) -> bool:
        return bool(self.tell("log", name))

    @property
    def state(self) -> dict[str, Any]:
        names = ("state", "session", "user", "enabled", "timeout", "device", "late")
        return dict(zip(names, self.tell("state"), strict=True))

    def hold(self) -> None:
        """From now on this process keeps the disk for itself."""
        self.send("hold")
        assert self.hear() == "held"

    def let_go(self) -> None:
        """No longer."""
        self._write("")
        self.hear()

    def _write(self, line: str) -> None:
        self._stdin.write(f"{line}\n".encode())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """Kill it, if it lives, and close its pipes."""
        self.kill()
        self._stdin.close()
        self._stdout.close()


@contextmanager
def peers(folder: Path, clock: SetClock, start: Starter = from_scratch) -> Iterator[Any]:
    """Begins processes of the application; those that live at the end are killed."""
    living: list[Peer] = []

    def begin(**settings: Any) -> Peer:
        options = {"timeout": 10, "enabled": True, "boot_id": clock.boot_id, **settings}
        living.append(Peer(start, folder, clock, options))
        return living[-1]

    try:
        yield begin
    finally:
        for peer in living:
            peer.close()
