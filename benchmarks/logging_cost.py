"""What one ``logCustomEvent`` costs on the GUI thread: paced, in a burst, and while sending."""

from __future__ import annotations

from time import perf_counter_ns

from benchmarks.figures import Section, Spread
from benchmarks.host import PROPERTIES, Host, drain, fill, hosted
from benchmarks.server import Server
from benchmarks.yardstick import Yardstick
from braze_qt import BrazeQt

PACE_MS = 1
"""Milliseconds between two paced events."""
BACKLOG, SMALL_BACKLOG = 20_000, 1_000
"""Events that go out while others are logged: 20 requests, one after the other, or a single one."""


class Log:
    """Logs events, each beside one step of the yardstick, and times both.

    They take turns in going first: whoever does, finds the caches cold that the other one then finds warm.
    """

    def __init__(self, host: Host, braze: BrazeQt) -> None:
        self.calls: list[int] = []
        self._log = braze.logCustomEvent
        self._yardstick = Yardstick(host.folder)

    def one(self) -> None:
        """One event with three properties."""
        yardstick_first = len(self.calls) % 2 == 1
        if yardstick_first:
            self._yardstick.step()
        began = perf_counter_ns()
        self._log("benchmark", PROPERTIES)
        self.calls.append(perf_counter_ns() - began)
        if not yardstick_first:
            self._yardstick.step()

    def report(self, section: Section, what: str) -> None:
        """Add what was measured."""
        section.add_spread(what, Spread.of(self.calls), self._yardstick.close())


def measure(*, quick: bool) -> Section:
    """Every way of logging, in one process."""
    times, rounds, backlog = (300, 1, SMALL_BACKLOG) if quick else (5_000, 16, BACKLOG)
    section = Section(
        "logCustomEvent on the GUI thread",
        f"One call with a name and three properties. Paced: one every {PACE_MS} ms. Burst: one after the\n"
        f"other in one turn of the event loop. Uploading: while {backlog:,} others go to a local server.\n"
        "Beside each call, by turns before and after it, one bare insert and one bare put, so that all\n"
        "three meet the same weather.",
    )
    with hosted() as host, Server() as server:
        braze = host.install(server.endpoint)
        host.focus(gained=True)
        drain(host, braze)
        paced = Log(host, braze)
        host.run(PACE_MS, paced.one, lambda: len(paced.calls) >= times)
        paced.report(section, "paced")
        burst = Log(host, braze)
        for _ in range(times * 4):
            burst.one()
        burst.report(section, "burst")
        _measure_uploading(host, braze, section, rounds, backlog)
    return section


def _measure_uploading(host: Host, braze: BrazeQt, section: Section, rounds: int, backlog: int) -> None:
    """A backlog goes out while events are logged, paced until it is gone; another one during a burst."""
    paced, burst = Log(host, braze), Log(host, braze)
    for _ in range(rounds):
        drain(host, braze)
        fill(braze, backlog)

        def gone(began: int = len(paced.calls)) -> bool:
            return braze.pendingCount <= len(paced.calls) - began

        braze.requestImmediateDataFlush()
        host.run(PACE_MS, paced.one, gone)
        fill(braze, backlog)
        braze.requestImmediateDataFlush()
        for _ in range(backlog // 4):
            burst.one()
    paced.report(section, "paced, uploading")
    burst.report(section, "burst, uploading")
