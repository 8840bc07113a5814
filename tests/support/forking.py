"""Starts programs from a process that has imported them (``fork_server.py``)."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from subprocess import PIPE

ROOT = Path(__file__).parents[2]


class ForkedProcess:
    """A program that was forked, with what is used of ``subprocess.Popen``.

    Attributes:
        stdin, stdout: its pipes, without a buffer; None where it has something else.
    """

    def __init__(self, told: int, stdin: FileIO | None, stdout: FileIO | None) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._told = os.fdopen(told, "rb", buffering=0)
        self._code: int | None = None
        self.pid = int(self._told.readline())

    def wait(self, within: float) -> int:
        """The exit code; a TimeoutError when there is none after so many seconds."""
        if self._code is None:
            if not select.select([self._told], [], [], within)[0]:
                raise TimeoutError(f"the program has not ended within {within:g} s")
            self._code = int(self._told.readline())
            self._told.close()
        return self._code

    def has_ended(self) -> bool:
        """Whether there is an exit code."""
        return self._code is not None or bool(select.select([self._told], [], [], 0)[0])

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if not self.has_ended():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as the system ends a process."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """Starts programs, in any thread."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def start(
        self,
        program: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        stdin: int = PIPE,
        stdout: int = PIPE,
        stderr: int = 2,
    ) -> ForkedProcess:
        """Start a program.

        Args:
            program: its file.
            arguments: what follows in ``sys.argv``.
            environment: all of its variables.
            stdin, stdout, stderr: descriptors, which stay open here. The first two may be ``PIPE``.
        """
        order = {"program": str(program), "arguments": [*arguments], "environment": {**environment}}
        told, tells = os.pipe()
        its, to_program, from_program = [tells], None, None
        if stdin == PIPE:
            stdin, descriptor = os.pipe()
            its.append(stdin)
            to_program = FileIO(descriptor, "wb")
        if stdout == PIPE:
            descriptor, stdout = os.pipe()
            its.append(stdout)
            from_program = FileIO(descriptor, "rb")
        socket.send_fds(self._orders, [json.dumps(order).encode()], [stdin, stdout, stderr, tells])
        for descriptor in its:
            os.close(descriptor)
        return ForkedProcess(told, to_program, from_program)


@contextmanager
def forking(*modules: str, options: Sequence[str] = ()) -> Iterator[ForkServer]:
    """Starts programs from a process that has imported these modules.

    Args:
        modules: their names.
        options: of the interpreter.
    """
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, *options, "-m", "tests.support.fork_server", str(its.fileno()), *modules]
    with ours:
        with its:
            server = subprocess.Popen(command, pass_fds=[its.fileno()], cwd=ROOT, stdin=subprocess.DEVNULL)
        try:
            yield ForkServer(ours)
        finally:
            server.kill()
            server.wait()
