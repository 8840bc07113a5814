"""Time: the only reader of the system's clocks. Everything else is handed an :class:`Instant`."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Instant:
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
    """The clocks of this machine. Any thread.

    Which clock counts sleep differs from system to system: Linux ``CLOCK_BOOTTIME`` and
    ``CLOCK_MONOTONIC``; macOS ``CLOCK_MONOTONIC_RAW`` and ``CLOCK_UPTIME_RAW``; Windows
    ``QueryInterruptTime`` and ``QueryUnbiasedInterruptTime``.
    """

    def __init__(self) -> None:
        self.boot_id: str = _boot_id()

    def now(self) -> Instant:
        """The present moment."""
        return Instant(time.time(), _boot(), _awake())


if sys.platform == "win32":
    import ctypes

    _kernel = ctypes.WinDLL("kernelbase")

    def _hundred_nanoseconds(name: str) -> float:
        ticks = ctypes.c_ulonglong()
        getattr(_kernel, name)(ctypes.byref(ticks))
        return ticks.value / 1e7

    def _boot() -> float:
        return _hundred_nanoseconds("QueryInterruptTime")

    def _awake() -> float:
        return _hundred_nanoseconds("QueryUnbiasedInterruptTime")

    def _boot_id() -> str:
        import winreg

        path = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
                return str(winreg.QueryValueEx(key, "BootId")[0])
        except OSError:
            return ""

elif sys.platform == "darwin":

    def _boot() -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)

    def _awake() -> float:
        return time.clock_gettime(time.CLOCK_UPTIME_RAW)

    def _boot_id() -> str:
        import ctypes

        buffer = ctypes.create_string_buffer(64)
        size = ctypes.c_size_t(len(buffer))
        failed = ctypes.CDLL(None).sysctlbyname(b"kern.bootsessionuuid", buffer, ctypes.byref(size), None, 0)
        return "" if failed else buffer.value.decode("ascii", "replace")

else:

    def _boot() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def _awake() -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def _boot_id() -> str:
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            return ""
