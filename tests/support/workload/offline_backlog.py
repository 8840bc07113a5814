"""A hundred thousand events with nobody to send them to: memory, bound, order."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.receiver import GOOD, FaultRates
from tests.support.workload.probe import Prober
from tests.support.workload.process import DEADLINE, Run

BOUND = 100_000
"""Rows that the outbox takes, the start of the session among them."""
WARM = 1_000
"""Events after which everything is imported, and the thread that sends has tried it once."""
GROWTH = 8 * 1024 * 1024
"""Bytes by which the memory of a host may grow meanwhile."""
NOBODY = FaultRates(reset=100)


def resident(run: Run) -> int:
    """Bytes of memory that a host has."""
    pages = Path(f"/proc/{run.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def wait_until_stopped(run: Run) -> None:
    """Wait until a host has stopped itself."""
    end = time.monotonic() + 2 * DEADLINE
    while Path(f"/proc/{run.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < end, f"does not come so far: {run.describe()}"
        assert not run.ended.wait(0.01), f"ended on the way: {run.describe()}"


def offline(prober: Prober, folder: Path, events: int = BOUND - 1, growth: int = GROWTH) -> Iterator[str]:
    """Log up to the bound, or so many events, then let it drain."""
    prober.receiver.rates = NOBODY
    run = prober.runner.begin(
        prober.order(
            folder,
            plain=True,
            terse=True,
            unbounded=True,
            steps=events,
            pauses=(WARM, events),
            drain=60.0,
            close=True,
            timeout=3_600,
        )
    )
    wait_until_stopped(run)
    before = resident(run)
    run.signal(signal.SIGCONT)
    wait_until_stopped(run)
    grown = resident(run) - before
    prober.receiver.rates = GOOD
    run.signal(signal.SIGCONT)
    began = time.monotonic()
    found = prober.checked(run.end(), events).found
    took = time.monotonic() - began
    assert grown < growth, f"memory grew by {grown / 2**20:.1f} MiB"
    assert run.state["lost"] == 0, f"dropped below the bound: {run.describe()}"
    assert not found.changed, found.changed[0]
    yield (
        f"{events:,} events offline: {grown / 2**20:.1f} MiB more memory than after {WARM:,},"
        f" 0 dropped, drained in order in {took:.1f} s"
    )
