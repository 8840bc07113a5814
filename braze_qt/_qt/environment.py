"""What an installation runs in: the system, or what the test of a host puts in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from braze_qt._platform.clock import Clock
from braze_qt._upload.transport import SupportsPost


@dataclass(frozen=True, slots=True)
class Environment:
    """None stands for the real thing.

    Attributes:
        clock: the time.
        transport: takes the requests; no network is used then.
        folder: where the data lie, whatever the configuration says.
        foreground: whether the application is in the foreground, whatever Qt says of its windows.
        held: whether the upload thread works only when it is told to.
        heartbeat: seconds between two looks in the foreground, and between two signs of life.
        poll: seconds between two looks in the background that make up for what is not told.
        retry: seconds until a database that took nothing, or could not be read, is tried again.
    """

    clock: Clock | None = None
    transport: SupportsPost | None = None
    folder: Path | None = None
    foreground: Callable[[], bool] | None = None
    held: bool = False
    heartbeat: float | None = None
    poll: float | None = None
    retry: float | None = None
