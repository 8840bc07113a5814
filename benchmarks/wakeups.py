"""How often an application that does nothing is woken: each wake-up costs battery."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from benchmarks.figures import Section
from benchmarks.host import drain, hosted
from benchmarks.server import Server

_context = multiprocessing.get_context("spawn")

SETTLING = 1.0
"""Seconds that an application gets to come to rest."""
STATES = {
    "without the package": "bare",
    "in the foreground": "foreground",
    "in the background, session open": "background",
    "in the background, session ended": "ended",
}


def measure(*, quick: bool) -> Section:
    """One idle application for each state, side by side, watched from outside."""
    seconds = 2.0 if quick else 40.0
    section = Section(
        "Wake-ups of an idle application",
        f"Voluntary context switches of all its threads, counted from outside for {seconds:.0f} s.",
    )
    with Server() as server:
        idlers = {what: _started(state, server.endpoint) for what, state in STATES.items()}
        pids = {what: _settled(idler) for what, idler in idlers.items()}
        time.sleep(SETTLING)
        before = {what: _switches(pid) for what, pid in pids.items()}
        time.sleep(seconds)
        for what, pid in pids.items():
            section.add(what, (_switches(pid) - before[what]) * 60 / seconds, "per minute")
        for process, _ in idlers.values():
            process.kill()
            process.join()
    return section


def _started(state: str, endpoint: str) -> tuple[SpawnProcess, Connection]:
    ours, theirs = _context.Pipe(duplex=False)
    process = _context.Process(target=_idle, args=(state, endpoint, theirs), daemon=True)
    process.start()
    return process, ours


def _settled(idler: tuple[SpawnProcess, Connection]) -> int:
    return int(idler[1].recv())


def _switches(pid: int) -> int:
    statuses = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0]) for status in statuses)


def _idle(state: str, endpoint: str, parent: Connection) -> None:
    """An application in one state, all its events sent, until it is killed."""
    with hosted() as host:
        if state != "bare":
            braze = host.install(endpoint, session_timeout=1 if state == "ended" else 3_600)
            host.focus(gained=True)
            drain(host, braze)
            host.focus(gained=state == "foreground")
            if state == "ended":
                host.run(5, int, lambda: not braze.sessionId and braze.pendingCount == 0)
        parent.send(os.getpid())
        host.app.exec()
