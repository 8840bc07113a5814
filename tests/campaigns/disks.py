"""Disks that fail: power cuts, damage, no room, and a hundred thousand events with nobody to send them to."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.receiver import receiving
from tests.support.workload import no_space, offline_backlog, power_cuts
from tests.support.workload.probe import Prober
from tests.support.workload.process import running_hosts


def run(seed: int, seconds: float) -> Iterator[str]:
    """Two thirds of the time for power cuts and damage, the rest for the others."""
    with (
        running_hosts() as runner,
        tempfile.TemporaryDirectory(prefix="braze-disks-") as name,
        receiving(seed) as receiver,
    ):
        above, prober, end = Path(name), Prober(runner, receiver, seed), time.monotonic() + seconds
        yield from offline_backlog.offline(prober, above / "backlog")
        left = end - time.monotonic()
        yield from no_space.limits(prober, above, time.monotonic() + left / 6)
        yield from no_space.full(prober, above, time.monotonic() + left / 6)
        yield from power_cuts.cut(prober, above, end)
