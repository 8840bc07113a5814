"""The sandbox as a process of its own that ends with whoever started it, even if that was killed.

The child waits for the end of its standard input, a pipe whose other end only the parent has. When the
parent is gone, by whatever way, the pipe ends and so does the child: portable, and a dying process need
not do anything for it.
"""

import subprocess
import sys
from pathlib import Path
from types import TracebackType

STOP_SECONDS = 3.0
"""How long the sandbox may take to stop; it has nothing to finish that takes longer."""


class SandboxError(Exception):
    """The sandbox did not start."""


class SandboxProcess:
    """``with SandboxProcess(folder) as sandbox:`` runs one on a free port and keeps in it what arrives."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "demo_app.sandbox_process", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C in the terminal is for the demo, which still has to send
        )
        assert self._process.stdout is not None  # PIPE was asked for
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self.stop()
            raise SandboxError("the sandbox did not start; what it said is above")

    def stop(self) -> None:
        """Ends the sandbox, which may have ended already."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
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


def serve(folder: Path) -> None:
    """What the child does: says where it can be reached, and goes on until the parent ends."""
    from braze_qt.sandbox import Sandbox  # the parent needs none of what this imports

    with Sandbox(data=folder) as sandbox:
        print(sandbox.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
