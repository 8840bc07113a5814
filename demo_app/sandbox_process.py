"""The sandbox as a process of its own that ends with whoever started it, even if that was killed.

The child holds the reading end of a pipe whose writing end only the parent has: when the parent is gone,
by whatever way, the pipe ends and so does the child. This is portable and needs nothing of a dying process.
"""

import os
import re
import runpy
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

STOP_SECONDS = 3.0
"""How long the sandbox may take to stop by itself; it has nothing to finish that takes longer."""


class SandboxError(Exception):
    """The sandbox did not start; the text is what it said."""


class SandboxProcess:
    """``with SandboxProcess(folder) as sandbox:`` runs one on a free port of the loopback address."""

    def __init__(self, folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "demo_app.sandbox_process",
            "--port",
            "0",
            "--db",
            str(folder / "sandbox.sqlite3"),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None  # PIPE was asked for
        self.url = self._read_url(self._process.stdout)
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def _read_url(self, output: IO[str]) -> str:
        said = []
        for line in output:
            said.append(line)
            if found := re.search(r"http://[\w.\[\]:-]+:\d+", line):
                return found.group()
        self._process.wait()
        raise SandboxError("".join(said).strip())

    def stop(self) -> None:
        """Ends the sandbox; it may have ended already."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "SandboxProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def end_with_parent() -> None:
    """Asks this process to stop as soon as nobody holds the other end of its standard input."""

    def wait_for_end() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_end, daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    runpy.run_module("braze_qt.sandbox", run_name="__main__", alter_sys=True)
