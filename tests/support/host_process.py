"""The application under test, seen from outside: told by lines, heard by lines."""

import contextlib
import io
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from tests.support.forking import ForkServer, forking
from tests.support.waiting import DEADLINE, until

HOST = Path(__file__).with_name("host.py")

Starter = Callable[[dict[str, Any], dict[str, str], IO[bytes]], Any]
"""Starts a host that is to be ``what``, in an environment, with a file for its standard error output. Its
process can do what HostProcess needs of ``subprocess.Popen``."""


def from_scratch(
    what: dict[str, Any], environment: dict[str, str], errors: IO[bytes]
) -> "subprocess.Popen[str]":
    """A host in an interpreter of its own."""
    return subprocess.Popen(
        [sys.executable, str(HOST), json.dumps(what)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


class ForkedHost:
    """A host that was forked, with pipes for text as ``subprocess.Popen`` has them."""

    def __init__(
        self, hosts: ForkServer, what: dict[str, Any], environment: dict[str, str], errors: IO[bytes]
    ) -> None:
        process = hosts.start(HOST, [json.dumps(what)], environment, stderr=errors.fileno())
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
    """One run of ``host.py``."""

    def __init__(
        self, start: Starter, what: dict[str, Any], environment: dict[str, str], errors: Path
    ) -> None:
        self.reports: list[dict[str, Any]] = []
        """Everything the host has said, oldest first."""
        self._errors = errors
        with errors.open("ab") as file:
            self.process = start(what, environment, file)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def tell(self, line: str) -> None:
        """Give a command and wait until it has been carried out."""
        before = self.count(done=line)
        self.send(line)
        until(lambda: self.count(done=line) > before, f"{line!r} done by the host")

    def let_pass(self, seconds: float) -> None:
        """Wait until a timer of the host's own has run so long: for what must not happen meanwhile."""
        before = self.count(passed=seconds)
        self.send(f"pass {seconds}")
        until(lambda: self.count(passed=seconds) > before, f"{seconds} s in the host")

    def send(self, line: str) -> None:
        """Give a command that may never return."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

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
        until(lambda: self.find(**fields) or self.has_ended(), f"a report with {fields}")
        found = self.find(**fields)
        assert found, f"the host ended without a report with {fields}:\n{self.errors()}"
        return found[-1]

    def application_state(self) -> str:
        """What Qt said last of the application as a whole."""
        states = self.find(application=...)
        return str(states[-1]["application"]) if states else "ApplicationInactive"

    def wait_for_state(self, state: str, deadline: float = DEADLINE) -> None:
        wanted = f"Application{state}"
        until(lambda: self.application_state() == wanted, f"the application {state}", deadline)

    def wait_for_session(self, state: str) -> str:
        """The id of the session that the SDK holds, as soon as it is in this state."""
        until(lambda: self.session()["state"] == state, f"the session {state}")
        return str(self.session()["session"])

    def session(self) -> dict[str, Any]:
        """What the SDK says of its session and of its outbox now."""
        self.tell("session")
        return self.find(session=...)[-1]

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

    def has_ended(self) -> bool:
        """Whether the process has ended and everything it said has been read."""
        return not self._listener.is_alive()

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
                self.reports.append(json.loads(line))


@contextmanager
def running_host(
    what: dict[str, Any], environment: dict[str, str], errors: Path, start: Starter = from_scratch
) -> Iterator[HostProcess]:
    """A host that has shown its first window; killed at the end of the block if it still runs."""
    host = HostProcess(start, what, environment, errors)
    try:
        host.wait_for(ready=True)
        yield host
    finally:
        host.process.kill()
        host.wait_for_exit()
        host.close()
