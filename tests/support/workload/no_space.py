"""No room, at any write: a file that may not grow any more, and a disk that somebody else fills.

While there is none a host keeps what it logs in memory, and says so once. As soon as there is room again
everything is written, sent, and found by the next host only where it was not acknowledged.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.receiver import GOOD, FaultRates
from tests.support.volumes import fill, mounted
from tests.support.workload.probe import RETRY, Prober
from tests.support.workload.process import Run

STEPS = 200
"""Events of one host: below what memory takes while the disk takes nothing."""
EVERY = 0.000_5
"""Seconds between two of them, so that there is room again before the last one, at it, or after it."""
HOSTS = 5
"""Hosts that use a folder one after another before it is made anew."""
SILENT = FaultRates(reset=100)
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
SIZE = "8m"
"""Of the disk: what a host needs with the log of everything that it does, and some more."""


@dataclass
class Tally:
    """What became of the hosts: how many there were, how many said that there was no room."""

    hosts: int = 0
    told: int = 0
    repeated: int = 0

    def __str__(self) -> str:
        """In words."""
        return (
            f"{self.hosts} hosts, {self.told} of which had to wait for room with what they logged:"
            f" 0 lost, 0 changed, {self.repeated:,} sent again by the next one"
        )


def wait_for_room(
    prober: Prober, folder: Path, give: Callable[[Run], None], tally: Tally, **what: Any
) -> None:
    """One host that has no room for a while, and the one after it, which has."""
    prober.receiver.rates = prober.chance.choice((SILENT, GOOD))
    given = {"steps": STEPS, "every": EVERY, "retry": RETRY, "drain": 20.0, "insist": True, **what}
    order = prober.order(folder, plain=True, close=True, **given)
    run = prober.runner.begin(order)
    run.ended.wait(prober.chance.uniform(0.0, 0.3))
    give(run)
    prober.receiver.rates = GOOD
    first = prober.checked(run.end(), STEPS)
    assert not first.told, f"lost or damaged: {run.describe()}"
    second = prober.probe(folder)
    assert not second.warnings, f"afterwards: {second.run.describe()}"
    for probe in (first, second):
        assert not probe.found.changed, f"{probe.found.changed[0]}: {probe.run.describe()}"
    tally.hosts += 1
    tally.told += any("cannot be stored" in words for words in first.warnings)
    tally.repeated += len(second.found.keys)
    if tally.hosts % HOSTS == 0:
        shutil.rmtree(folder)


def limits(prober: Prober, above: Path, end: float, at_least: int = 1) -> Iterator[str]:
    """Files that may not grow beyond some byte, until so many hosts had to wait and the time is over."""

    def give(run: Run) -> None:
        with contextlib.suppress(ProcessLookupError):  # it had room enough, and has ended
            resource.prlimit(run.pid, resource.RLIMIT_FSIZE, UNLIMITED)

    tally = Tally()
    while time.monotonic() < end or tally.told < at_least:
        limit = prober.chance.choice((0, 33_000)) + prober.chance.randrange(120_000)
        wait_for_room(prober, above / "limited", give, tally, file_size=limit, deadly=False)
    yield f"files that may not grow: {tally}"


def full(prober: Prober, above: Path, end: float, at_least: int = 1) -> Iterator[str]:
    """A disk that is full, but for some bytes, until so many hosts had to wait and the time is over."""
    disk, tally = above / "disk", Tally()
    with mounted(disk, SIZE) as there:
        while there and (time.monotonic() < end or tally.told < at_least):
            ballast = fill(disk, prober.chance.randrange(150_000))

            def give(_: Run, ballast: Path = ballast) -> None:
                ballast.unlink()

            wait_for_room(prober, disk / "data", give, tally)
    yield f"a full disk: {tally}" if there else "a full disk: not tried, only root may mount one"
