"""What one ``logCustomEvent`` costs on the GUI thread, whatever else goes on."""

from __future__ import annotations

import multiprocessing
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter_ns

from benchmarks.figures import Section, Spread
from benchmarks.host import PROPERTIES, Host, drain, fill, hosted
from benchmarks.server import Server
from benchmarks.yardstick import Yardstick
from braze_qt import BrazeQt

BURST = 1_000
"""Calls of one round of a burst: some of the time between two merges."""
PACES = {"one each ms": (1, 1), "two each 5 ms": (5, 2)}
"""Milliseconds between two turns of the event loop that log, and calls in each."""
PACED = 500
"""Calls of one paced round."""
WAITING, FEW_WAITING = 100_000, 1_000
"""Events that wait offline: as many as are kept."""
BACKLOG, SMALL_BACKLOG = 20_000, 1_000
"""Events that go out while others are logged."""

_context = multiprocessing.get_context("spawn")


class Log:
    """Rounds of calls, each followed by a round of the yardstick, and the times of both."""

    def __init__(self, host: Host, braze: BrazeQt) -> None:
        self.calls: list[int] = []
        self._host = host
        self._log = braze.logCustomEvent
        self._yardstick = Yardstick(host.folder)

    def burst(self) -> None:
        """One call after the other, in one turn of the event loop."""
        for _ in range(BURST):
            self._one()
        for _ in range(BURST):
            self._yardstick.step()

    def paced(self, every_ms: int, calls: int) -> None:
        """So many calls in each turn of the event loop."""
        for act in (self._one, self._yardstick.step):
            self._paced(act, every_ms, calls)

    def _paced(self, act: Callable[[], None], every_ms: int, calls: int) -> None:
        turns = iter(range(PACED // calls))

        def turn() -> None:
            for _ in range(calls):
                act()

        self._host.run(every_ms, turn, lambda: next(turns, None) is None)

    def _one(self) -> None:
        """One event with three properties."""
        began = perf_counter_ns()
        self._log("benchmark", PROPERTIES)
        self.calls.append(perf_counter_ns() - began)

    def report(self, section: Section, what: str) -> float:
        """Add what was measured; answers the median of the calls."""
        section.add_spread(what, Spread.of(self.calls), self._yardstick.close())
        return statistics.median(self.calls)


def measure(*, quick: bool) -> Section:
    """Every way of logging, in one process."""
    rounds = 1 if quick else 16
    waiting, backlog = (FEW_WAITING, SMALL_BACKLOG) if quick else (WAITING, BACKLOG)
    section = Section(
        "logCustomEvent on the GUI thread",
        f"One call with a name and three properties; rounds of calls, bare inserts and bare puts by turns.\n"
        f"Burst: {BURST:,} in one turn of the event loop. Held: another process writes to the database.\n"
        f"Uploading: {backlog:,} others go to a local server. Waiting: {waiting:,} others wait offline.\n"
        "Each of these is also compared with bursts without it.",
    )
    with hosted() as host, Server() as server:
        braze = host.install(server.endpoint)
        host.focus(gained=True)
        for what, pace in PACES.items():
            paced = Log(host, braze)
            for _ in range(rounds):
                drain(host, braze)
                paced.paced(*pace)
            paced.report(section, what)
        quiet, held, uploading = (Log(host, braze) for _ in range(3))
        for _ in range(rounds):
            drain(host, braze)
            quiet.burst()
            with _held(host.folder / "data" / "braze.db"):
                held.burst()
            drain(host, braze)
            fill(braze, backlog)
            braze.requestImmediateDataFlush()
            _wait_for_part(host, braze, backlog)
            uploading.burst()
        median = quiet.report(section, "burst")
        for what, log in (("burst, held", held), ("burst, uploading", uploading)):
            section.add(f"{what}, times the quiet median", log.report(section, what) / median, "×")
        drain(host, braze)
        _measure_waiting(host, braze, section, rounds, waiting)
    return section


def _measure_waiting(host: Host, braze: BrazeQt, section: Section, rounds: int, waiting: int) -> None:
    few, many = Log(host, braze), Log(host, braze)
    braze.setOutboundNetworkRequestsOffline(True)
    for log, count in ((few, 0), (many, waiting)):
        fill(braze, count)
        for _ in range(rounds):
            _wait_for_merge(host, braze)
            log.burst()
    median = few.report(section, "burst, offline")
    section.add(
        "burst, waiting, times the offline median", many.report(section, "burst, waiting") / median, "×"
    )


def _wait_for_part(host: Host, braze: BrazeQt, backlog: int) -> None:
    """Until sending is under way."""
    host.run(1, int, lambda: braze.pendingCount < backlog)


def _wait_for_merge(host: Host, braze: BrazeQt) -> None:
    """Until the last event is in the database."""
    host.run(5, int, lambda: not braze.recentEvents() or braze.recentEvents()[-1].id != 0)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Another process writes to the database and does not come to an end."""
    here, there = _context.Pipe()
    holder = _context.Process(target=_hold, args=(path, there), daemon=True)
    holder.start()
    here.recv()
    try:
        yield
    finally:
        here.send(None)
        holder.join()


def _hold(path: Path, orders: Connection) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    orders.send(None)
    orders.recv()
    db.close()
