"""Processes that are killed at one step of what they do, each step in turn."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable


def is_killed(act: Callable[[], object]) -> bool:
    """Act in a forked process; whether that was killed."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def kill_after(steps: int, db: sqlite3.Connection) -> None:
    """Kill this process at the next SQL statement of a connection, or file call, after so many of them."""
    left = iter(range(steps))

    def pass_step(*_: object) -> None:
        if next(left, None) is None:
            signal.raise_signal(signal.SIGKILL)

    db.set_trace_callback(pass_step)
    sys.addaudithook(pass_step)
