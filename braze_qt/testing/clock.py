"""A clock that a test moves."""

from __future__ import annotations

from braze_qt._platform.clock import Instant

BEGINNING = 1_800_000_000.0
"""Unix seconds: a day in January 2027, always the same, so that stamps can be compared."""


class FakeClock:
    """Stands still until it is moved. Any thread may read it.

    ``BrazeApp`` moves it, and lets everything that looks at it look again.
    """

    boot_id = "a boot that never ends"

    def __init__(self) -> None:
        self._now = Instant(BEGINNING, 1_000.0, 1_000.0)

    def now(self) -> Instant:
        """The present moment."""
        return self._now

    def move(self, seconds: float, *, asleep: bool = False) -> None:
        """Let time pass.

        Args:
            seconds: how many, 0 or more. Time does not run backwards.
            asleep: whether the machine sleeps meanwhile.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if not seconds >= 0:
            raise ValueError(f"a clock cannot be moved by {seconds!r} seconds")
        before = self._now
        self._now = before._replace(
            wall=before.wall + seconds,
            boot=before.boot + seconds,
            awake=before.awake + (0.0 if asleep else seconds),
        )
