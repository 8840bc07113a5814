"""Disks that fail: power cuts, damage, no room, and a hundred thousand events with nobody to send them to."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.campaigns.machinery import backlog, cuts, room
from tests.campaigns.machinery.lives import lives
from tests.campaigns.machinery.receiver import receiving
from tests.campaigns.machinery.visitors import Visitors


def run(seed: int, seconds: float) -> Iterator[str]:
    """Two thirds of the time for power cuts and damage, the rest for the others."""
    with (
        lives() as nursery,
        tempfile.TemporaryDirectory(prefix="braze-disks-") as name,
        receiving(seed) as receiver,
    ):
        above, visitors, end = Path(name), Visitors(nursery, receiver, seed), time.monotonic() + seconds
        yield from backlog.offline(visitors, above / "backlog")
        left = end - time.monotonic()
        yield from room.limits(visitors, above, time.monotonic() + left / 6)
        yield from room.full(visitors, above, time.monotonic() + left / 6)
        yield from cuts.cut(visitors, above, end)
