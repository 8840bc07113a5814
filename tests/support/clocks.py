"""Clocks that a test sets, in its own process or in others."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from braze_qt._platform.clock import Clock, Instant


class SetClock:
    """Stands still until it is moved."""

    def __init__(self, wall: float = 1_800_000_000.0, boot_id: str = "boot-1") -> None:
        self.instant = Instant(wall, 1_000.0, 900.0)
        self.boot_id = boot_id

    @classmethod
    def like(cls, clock: Clock) -> SetClock:
        """One of the same machine, at the same moment."""
        made = cls(boot_id=clock.boot_id)
        made.instant = clock.now()
        return made

    def now(self) -> Instant:
        return self.instant

    def move(self, seconds: float, *, asleep: bool = False) -> None:
        moved = self.instant
        self.instant = moved._replace(
            wall=moved.wall + seconds,
            boot=moved.boot + seconds,
            awake=moved.awake + (0.0 if asleep else seconds),
        )


SECONDS = struct.Struct("@d")


class SharedClock:
    """Virtual seconds in a file, the same on all three clocks: one process sets them, others read them."""

    boot_id = "boot-1"

    def __init__(self, file: Path, *, sets: bool = False) -> None:
        if sets:
            file.write_bytes(bytes(SECONDS.size))
        access = mmap.ACCESS_WRITE if sets else mmap.ACCESS_READ
        with file.open("r+b" if sets else "rb") as opened:
            self._shown = mmap.mmap(opened.fileno(), SECONDS.size, access=access)

    def set(self, seconds: float) -> None:
        SECONDS.pack_into(self._shown, 0, seconds)

    def now(self) -> Instant:
        (seconds,) = SECONDS.unpack_from(self._shown)
        return Instant(1_800_000_000.0 + seconds, 1_000.0 + seconds, 1_000.0 + seconds)
