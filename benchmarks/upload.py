"""What uploading 20,000 events costs: time, CPU, and the punctuality of the GUI thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from time import perf_counter_ns

from benchmarks.figures import Basis, Section, Spread
from benchmarks.host import Host, drain, fill, hosted
from benchmarks.reference import Reference
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

    def go(
        self,
        timer: Punctuality,
        log: Callable[[int], object],
        send: Callable[[], object],
        is_over: Callable[[], bool],
    ) -> None:
        """Log them in one burst, send them, wait until that is over."""
        began, cpu = time.perf_counter(), time.process_time()
        log(self._events)
        logged = time.process_time()
        send()
        timer.watch(is_over)
        self.wall.append((time.perf_counter() - began) / self._events)
        self.logging.append((logged - cpu) / self._events)
        self.sending.append((time.process_time() - logged) / self._events)

    @property
    def seconds(self) -> float:
        """The median of the rounds, per event."""
        return statistics.median(self.wall)

    @property
    def cpu(self) -> float:
        """CPU seconds, per event."""
        return statistics.median(map(sum, zip(self.logging, self.sending, strict=True)))

    def report(self, section: Section, basis: Basis) -> None:
        """Add the medians of the rounds."""
        section.add("end to end", 1 / self.seconds, "events/s")
        for what, seconds in (
            ("end to end, per event", self.seconds),
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
        "first call of a burst until the server has all and nothing waits. CPU: of the whole process.\n"
        "Reference: lines appended to a file and posted in hundreds, by turns with the package.",
    )
    with hosted() as host, Server() as server:
        first, idle, busy, beside = (Punctuality(host) for _ in range(4))
        passage, least = Passage(events), Passage(events)
        reference = Reference(host.folder, server.endpoint)
        _wait(idle, idle_s)
        braze = host.install(server.endpoint)
        host.focus(gained=True)
        first.watch(lambda: braze.pendingCount == 0)
        for _ in range(rounds):
            _wait(idle, idle_s)
            passage.go(
                busy,
                partial(fill, braze),
                braze.requestImmediateDataFlush,
                partial(_has_arrived, braze, server, server.received + events),
            )
            drain(host, braze)
            least.go(beside, reference.fill, reference.send, lambda: reference.is_sent)
        reference.close()
        basis = measured(host.folder)
    for what, timer in (("idle", idle), ("during the first request", first), ("uploading", busy)):
        section.add_spread(f"late, {what}", Spread.of(timer.late), basis)
    passage.report(section, basis)
    section.add("end to end, times the reference's", least.seconds / passage.seconds, "×")
    section.add("CPU per event, times the reference's", passage.cpu / least.cpu, "×")
    return section


def _has_arrived(braze: BrazeQt, server: Server, events: int) -> bool:
    return braze.pendingCount == 0 and server.received == events


def _wait(timer: Punctuality, seconds: float) -> None:
    until = time.monotonic() + seconds
    timer.watch(lambda: time.monotonic() >= until)
