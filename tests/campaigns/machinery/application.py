"""A real application, as a campaign sees it: ``machinery/obedient.py`` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds for one answer. A shutdown that hangs ends a campaign, it does not stop it."""


class Application:
    """One such process; killed at the end of the ``with`` block if it still runs.

    Args:
        prefix: a command that the program is started by, such as ``unshare``.

    Attributes:
        late: seconds by which the timer of its GUI thread was late at worst, while it was told nothing.
    """

    def __init__(self, prefix: tuple[str, ...] = ()) -> None:
        environment = {name: value for name, value in os.environ.items() if not is_proxy(name)}
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "tests.campaigns.machinery.obedient"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"QT_QPA_PLATFORM": "offscreen", **environment},
            cwd=Path(__file__).parents[3],
        )
        self.late = 0.0

    def ask(self, what: str, **told: Any) -> dict[str, Any]:
        """Have something done, and hear what came of it."""
        assert self._process.stdin
        assert self._process.stdout
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps([what, told]) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline() or "null")
        except BrokenPipeError:
            answer = None
        finally:
            watchdog.cancel()
        assert isinstance(answer, dict), f"the application died at {what} {told}: {self.end()}"
        self.late = max(self.late, answer.pop("late"))
        return answer

    def end(self) -> str:
        """Let it come to its end; answers what it complained of, which is nothing."""
        try:
            _, errors = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return "it does not end"
        return errors if self._process.returncode == 0 else f"exit code {self._process.returncode}: {errors}"

    def __enter__(self) -> Application:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def is_proxy(name: str) -> bool:
    """Whether a variable of the environment names a proxy."""
    return name.lower().endswith("_proxy")
