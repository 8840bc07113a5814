"""What ``install`` and a change of focus cost on the GUI thread."""

from __future__ import annotations

from time import perf_counter_ns

from benchmarks.figures import Basis, Section, Spread
from benchmarks.host import Host, fill, hosted
from benchmarks.yardstick import Yardstick, measured

BACKLOG, SMALL_BACKLOG = 20_000, 1_000


def measure(*, quick: bool) -> Section:
    """Focus without and with the package, then installs. All in one process."""
    times, backlog = (5, SMALL_BACKLOG) if quick else (40, BACKLOG)
    section = Section(
        "install and a change of focus on the GUI thread",
        "Focus: told by the entry of Qt that platform plugins use, until Qt and all slots are done with it;\n"
        "gained or lost within the session timeout, so that one transaction is written. Install: the call\n"
        "itself, with the data folder missing, there and empty, and there with events waiting.",
    )
    with hosted() as host:
        section.add_spread("focus, without the package", *_focus_changes(host, times * 10))
        braze = host.install(session_timeout=3_600)
        host.focus(gained=True)
        host.run(5, int, lambda: braze.deliveryState == "offline")  # with requests loaded, that is
        section.add_spread("focus, installed", *_focus_changes(host, times * 10))
        fill(braze, backlog)
        braze.shutdown(0.0)
        basis = measured(host.folder)
        first = Spread.of([_install(host, f"new-{number}") for number in range(times)])
        again = Spread.of([_install(host, "new-0") for _ in range(times)])
        waiting = Spread.of([_install(host, "data") for _ in range(times)])
    section.add_spread("install, first time", first, basis)
    section.add_spread("install, again", again, basis)
    section.add_spread(f"install, {backlog:,} events waiting", waiting, basis)
    return section


def _focus_changes(host: Host, times: int) -> tuple[Spread, Basis]:
    """Focus gained and lost by turns, with a step of the yardstick after each."""
    yardstick = Yardstick(host.folder)
    changes = []
    for number in range(times):
        began = perf_counter_ns()
        host.focus(gained=number % 2 == 0)
        changes.append(perf_counter_ns() - began)
        yardstick.step()
    return Spread.of(changes), yardstick.close()


def _install(host: Host, folder: str) -> int:
    began = perf_counter_ns()
    braze = host.install(folder=folder)
    ended = perf_counter_ns()
    braze.shutdown(0.0)
    return ended - began
