"""The scripted host (``tests/support/host.py``), seen from outside: told by lines, heard by lines."""

import contextlib
import io
import itertools
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from tests.support.forking import ROOT, ForkServer, forking
from tests.support.waiting import DEADLINE, until

HOST = Path(__file__).with_name("host.py")

Starter = Callable[[dict[str, Any], dict[str, str], IO[bytes]], Any]
"""Starts a host with options, in an environment, with a file for its standard error output. Its process can
do what HostProcess needs of ``subprocess.Popen``."""


def from_scratch(
    options: dict[str, Any], environment: dict[str, str], errors: IO[bytes], prefix: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """A host in an interpreter of its own, started by the command ``prefix``, such as ``unshare``."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "tests.support.host", json.dumps(options)],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


class ForkedHost:
    """A host that was forked, with pipes for text as ``subprocess.Popen`` has them."""

    def __init__(
        self, hosts: ForkServer, options: dict[str, Any], environment: dict[str, str], errors: IO[bytes]
    ) -> None:
        process = hosts.start(HOST, [json.dumps(options)], environment, stderr=errors.fileno())
        assert process.stdin
        assert process.stdout
        self.stdin = io.TextIOWrapper(io.BufferedWriter(process.stdin))
        self.stdout = io.TextIOWrapper(io.BufferedReader(process.stdout))
        self.pid, self.wait, self.kill = process.pid, process.wait, process.kill
        self.send_signal = process.send_signal


@contextmanager
def forked_hosts() -> Iterator[Starter]:
    """Starts hosts from one process that has imported everything, also what an upload thread would import."""
    with forking("PySide6.QtGui", "braze_qt._qt.client", "braze_qt._upload.connection") as hosts:
        yield partial(ForkedHost, hosts)


class HostProcess:
    """One run of the host."""

    def __init__(
        self, start: Starter, options: dict[str, Any], environment: dict[str, str], errors: Path
    ) -> None:
        self.reports: list[dict[str, Any]] = []
        """Everything the host has said, oldest first."""
        self._done: dict[int, dict[str, Any]] = {}
        self._heard = threading.Condition()
        self._numbers = itertools.count(1)
        self._is_at_the_end = False
        self._errors = errors
        with errors.open("ab") as file:
            self.process = start(options, environment, file)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def tell(self, command: str, *arguments: Any, within: float = DEADLINE) -> dict[str, Any]:
        """Give a command and wait for the report that it has been carried out."""
        return self.wait_until_done(self.send(command, *arguments), within)

    def send(self, command: str, *arguments: Any) -> int:
        """Give a command that may never return; its number."""
        assert self.process.stdin is not None
        number = next(self._numbers)
        self.process.stdin.write(json.dumps([number, command, *arguments]) + "\n")
        self.process.stdin.flush()
        return number

    def wait_until_done(self, number: int, within: float = DEADLINE) -> dict[str, Any]:
        """The report that the command with this number has been carried out."""
        self._wait(lambda: number in self._done, f"the end of command {number}", within)
        return self._done[number]

    def let_pass(self, seconds: float) -> None:
        """Wait until a timer of the host's own has run so long: for what must not happen meanwhile."""
        before = self.count(passed=seconds)
        self.send("pass", seconds)
        self._wait(lambda: self.count(passed=seconds) > before, f"{seconds} s in the host")

    def find(self, **fields: Any) -> list[dict[str, Any]]:
        """The reports that have all these fields; ``...`` stands for any value."""
        return [
            report
            for report in list(self.reports)
            if all(key in report and (value is ... or report[key] == value) for key, value in fields.items())
        ]

    def count(self, **fields: Any) -> int:
        return len(self.find(**fields))

    def wait_for(self, **fields: Any) -> dict[str, Any]:
        """The newest report with these fields, as soon as there is one."""
        self._wait(lambda: bool(self.find(**fields)), f"a report with {fields}")
        return self.find(**fields)[-1]

    def application_state(self) -> str:
        """What Qt said last of the application as a whole."""
        states = self.find(application=...)
        return str(states[-1]["application"]) if states else "ApplicationInactive"

    def wait_for_state(self, state: str, deadline: float = DEADLINE) -> None:
        wanted = f"Application{state}"
        self._wait(lambda: self.application_state() == wanted, f"the application {state}", deadline)

    def wait_for_session(self, state: str) -> str:
        """The id of the session that the SDK holds, as soon as it is in this state."""
        until(lambda: self.session()["state"] == state, f"the session {state}")
        return str(self.session()["session"])

    def session(self) -> dict[str, Any]:
        """What the SDK says of its session and of its outbox now."""
        return self.tell("session")

    def wait_until_sent(self) -> None:
        """Have everything sent that the SDK holds."""
        self.tell("flush")
        until(lambda: self.session()["pending"] == 0, "an empty outbox")

    def acknowledged(self) -> list[str]:
        """Names of the events that the SDK has taken, as far as this process could still say so."""
        return [report["logged"] for report in self.find(logged=..., acknowledged=True)]

    def kill(self, by: signal.Signals | None = None) -> None:
        """End it by a signal, or else as the system ends a process."""
        if by is None:
            self.process.kill()
        else:
            self.process.send_signal(by)
        self.wait_for_exit()

    def wait_for_exit(self, within: float = DEADLINE) -> int:
        """The exit code; everything the host said has been read."""
        code = self.process.wait(within)
        self._listener.join(DEADLINE)
        return code

    def errors(self) -> str:
        """What this and earlier hosts of the test wrote to their standard error output."""
        return self._errors.read_text(errors="replace")

    def close(self) -> None:
        """Let go of the pipes."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                self._hear(json.loads(line))
        with self._heard:
            self._is_at_the_end = True
            self._heard.notify_all()

    def _hear(self, report: dict[str, Any]) -> None:
        with self._heard:
            self.reports.append(report)
            if "done" in report:
                self._done[report["done"]] = report
            self._heard.notify_all()

    def _wait(self, look: Callable[[], bool], what: str, within: float = DEADLINE) -> None:
        """Wait until the reports show something; AssertionError if the host does not, or ends without it."""
        with self._heard:
            self._heard.wait_for(lambda: look() or self._is_at_the_end, within)
        if not look():
            fault = self._missed(what, within)
            raise AssertionError(f"{fault}; it wrote:\n{self.errors()}")

    def _missed(self, what: str, within: float) -> str:
        """Why something has not come. Has a host that does not answer write where its threads are."""
        if self._is_at_the_end:
            with contextlib.suppress(TimeoutError, subprocess.TimeoutExpired):
                return f"{what}: not before its end with {self.process.wait(DEADLINE)}"
            return f"{what}: not before it has closed its output"
        if sys.platform != "win32":
            before = len(self.errors())
            self.process.send_signal(signal.SIGUSR1)
            with contextlib.suppress(AssertionError):
                until(lambda: "Current thread" in self.errors()[before:], "where its threads are", 2.0)
        return f"{what}: not within {within:g} s"


@contextmanager
def running_host(
    options: dict[str, Any], environment: dict[str, str], errors: Path, start: Starter = from_scratch
) -> Iterator[HostProcess]:
    """A host that has shown its first window; killed at the end of the block if it still runs."""
    host = HostProcess(start, options, environment, errors)
    try:
        host.wait_for(ready=True)
        yield host
    finally:
        host.process.kill()
        host.wait_for_exit()
        host.close()
