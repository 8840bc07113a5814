"""A clock that a test sets."""

from __future__ import annotations

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
