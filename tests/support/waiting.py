"""Waiting for something to come true, with a deadline instead of a guess."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

DEADLINE = 20.0
"""Seconds after which a test gives up: far above what a slow machine needs, and no test measures it."""


def until(look: Callable[[], Found], what: str, deadline: float = DEADLINE) -> Found:
    """The first truthy answer of ``look``; AssertionError when none came within ``deadline`` seconds."""
    end = time.monotonic() + deadline
    while True:
        began = time.monotonic()
        found = look()
        if found:
            return found
        if (now := time.monotonic()) > end:
            raise AssertionError(f"{what}: not within {deadline:g} s; last seen: {found!r}")
        time.sleep(max(0.02, 2 * (now - began)))  # a dear look is not to take the time of what it waits for
