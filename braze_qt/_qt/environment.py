"""What an installation runs in: the system, or what the test of a host puts in its place."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from braze_qt._platform.clock import Clock
from braze_qt._upload.transport import SupportsPost

DISABLED = "BRAZE_QT_DISABLED"
"""The variable of the environment that switches the SDK off, for developers and continuous integration."""


def disabled_by_environment() -> bool:
    """Whether the SDK is switched off for this process."""
    return os.environ.get(DISABLED, "").strip().lower() not in ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Environment:
    """None stands for the real thing.

    Attributes:
        clock: the time.
        transport: takes the requests; no network is used then.
        folder: where the data lie, whatever the configuration says.
        foreground: whether the application is in the foreground, whatever Qt says of its windows.
        held: whether the upload thread works only when it is told to.
    """

    clock: Clock | None = None
    transport: SupportsPost | None = None
    folder: Path | None = None
    foreground: Callable[[], bool] | None = None
    held: bool = False
