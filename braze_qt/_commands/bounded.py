"""A limit for what the system does by itself, for however long: names that are looked up, disks far away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

FOLDER_LIMIT = 10.0
"""Seconds for work in one folder: a disk takes milliseconds, a share that is gone for ever."""


class DeadlineError(Exception):
    """It was not done in time. It may go on, and nobody waits for it."""


def within(seconds: float, act: Callable[[], Result]) -> Result:
    """What ``act`` answers or raises, if that is known in time.

    Raises:
        DeadlineError: it is not.
    """
    results: list[Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(act())
        except Exception as error:  # noqa: BLE001  # it is raised where somebody waits for it
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise DeadlineError
    return results[0]
