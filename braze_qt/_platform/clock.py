"""Time: the only reader of the system's clocks. Everything else is handed an :class:`Instant`."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol

from braze_qt._platform import system


class Instant(NamedTuple):
    """One moment, read on three clocks at once. All in seconds.

    Attributes:
        wall: Unix time. It can be set by anybody, so it serves for stamps alone.
        boot: a monotonic clock that goes on while the machine sleeps. For every elapsed time.
        awake: a monotonic clock that stands still meanwhile. ``boot - awake`` grows by exactly
            the time slept.
    """

    wall: float
    boot: float
    awake: float

    @property
    def slept(self) -> float:
        """Seconds the machine has slept, from an origin that only differences make sense of."""
        return self.boot - self.awake


class Clock(Protocol):
    """What the rest of the package knows of time."""

    @property
    def boot_id(self) -> str:
        """Names the current boot of the machine; empty where the system does not tell.

        ``Instant.boot`` of two moments can be compared only within one boot.
        """
        ...

    def now(self) -> Instant:
        """The present moment. Any thread."""
        ...


class SystemClock:
    """The clocks of this machine. Any thread."""

    def __init__(self) -> None:
        self.boot_id: str = system.boot_id()

    def now(self) -> Instant:
        """The present moment."""
        # Its own constructor takes three times as long, at each event.
        return tuple.__new__(Instant, (time.time(), system.boot(), system.awake()))
