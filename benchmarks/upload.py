"""What uploading 20,000 events costs: time, CPU, and the punctuality of the GUI thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from time import perf_counter_ns

from benchmarks.figures import Basis, Section, Spread
from benchmarks.host import Host, drain, fill, hosted
from benchmarks.server import Server
from benchmarks.yardstick import measured
from braze_qt import BrazeQt

EVENTS, FEW_EVENTS = 20_000, 1_000
TICK_MS = 5


class Punctuality:
    """How late each turn of a 5 ms timer in the GUI thread came, in nanoseconds."""

    def __init__(self, host: Host) -> None:
        self.late: list[int] = []
        self._host = host
        self._last = 0

    def watch(self, until: Callable[[], bool]) -> None:
        """Let the timer run until the condition holds."""
        self._last = perf_counter_ns()
        self._host.run(TICK_MS, self._tick, until)

    def _tick(self) -> None:
        now = perf_counter_ns()
        self.late.append(max(0, now - self._last - TICK_MS * 1_000_000))
        self._last = now


class Passage:
    """Events on their way: seconds and CPU seconds of it, per event."""

    def __init__(self, events: int) -> None:
        self._events = events
        self.wall: list[float] = []
        self.logging: list[float] = []
        self.sending: list[float] = []

    def go(self, braze: BrazeQt, server: Server, timer: Punctuality) -> None:
        """Log them in one burst, send them, wait until the server has all and the store is empty."""
        expected = server.received + self._events
        began, cpu = time.perf_counter(), time.process_time()
        fill(braze, self._events)
        logged = time.process_time()
        braze.requestImmediateDataFlush()
        timer.watch(lambda: braze.pendingCount == 0 and server.received == expected)
        self.wall.append((time.perf_counter() - began) / self._events)
        self.logging.append((logged - cpu) / self._events)
        self.sending.append((time.process_time() - logged) / self._events)

    def report(self, section: Section, basis: Basis) -> None:
        """Add the medians of the rounds."""
        wall = statistics.median(self.wall)
        section.add("end to end", 1 / wall, "events/s")
        for what, seconds in (
            ("end to end, per event", wall),
            ("CPU per event: logging", statistics.median(self.logging)),
            ("CPU per event: sending", statistics.median(self.sending)),
        ):
            section.add_time(what, seconds, basis)


def measure(*, quick: bool) -> Section:
    """The first request, then idle time and uploads by turns."""
    rounds, idle_s = (1, 0.3) if quick else (20, 0.3)
    events = FEW_EVENTS if quick else EVENTS
    section = Section(
        f"Uploading {events:,} events",
        f"Late: by how much a {TICK_MS} ms timer of the GUI thread misses its turn; idle and uploading by\n"
        "turns. First request: install, session start and import of requests, once. End to end: from the\n"
        "first call of a burst until the server has all and the store is empty. CPU: of the whole process.",
    )
    with hosted() as host, Server() as server:
        first, idle, busy, passage = Punctuality(host), Punctuality(host), Punctuality(host), Passage(events)
        _wait(idle, idle_s)
        braze = host.install(server.endpoint)
        host.focus(gained=True)
        first.watch(lambda: braze.pendingCount == 0)
        for _ in range(rounds):
            _wait(idle, idle_s)
            passage.go(braze, server, busy)
            drain(host, braze)
        basis = measured(host.folder)
    for what, timer in (("idle", idle), ("during the first request", first), ("uploading", busy)):
        section.add_spread(f"late, {what}", Spread.of(timer.late), basis)
    passage.report(section, basis)
    return section


def _wait(timer: Punctuality, seconds: float) -> None:
    until = time.monotonic() + seconds
    timer.watch(lambda: time.monotonic() >= until)
