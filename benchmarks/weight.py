"""What the package weighs beside PySide6: time to import, memory, and what 100,000 unsent events take."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter_ns

from benchmarks.figures import Section
from benchmarks.host import Host, drain, fill, hosted
from benchmarks.server import Server
from benchmarks.yardstick import measured

MIB = 1024 * 1024
IMPORTS = ("import braze_qt", "from braze_qt import BrazeQt", "import requests")
PROGRAM = """
import time
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
before, began = resident(), time.perf_counter_ns()
{statement}
print(time.perf_counter_ns() - began, resident() - before)
"""


def measure_imports(*, quick: bool) -> Section:
    """Each import in new processes."""
    section = Section(
        "Imports, on top of PySide6",
        "In a new process that has imported QtCore and QtGui; medians, files warm. The upload thread\n"
        "imports requests by itself at the first request. Memory: growth of the resident set.",
    )
    with hosted() as host:
        basis = measured(host.folder)
        timed = {name: [_import(name) for _ in range(2 if quick else 8)] for name in IMPORTS}
    for statement, runs in timed.items():
        # The first one compiles, which an installer has done on its user's behalf.
        seconds, grown = (statistics.median(column) for column in zip(*runs[1:], strict=True))
        section.add_time(f"{statement}: time", seconds, basis)
        section.add(f"{statement}: memory", grown / MIB, "MiB")
    return section


def _import(statement: str) -> tuple[float, float]:
    program = PROGRAM.format(statement=statement)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment
    ).stdout
    nanoseconds, grown = map(int, output.split())
    return nanoseconds / 1e9, grown


def measure_offline(*, quick: bool) -> Section:
    """Log offline up to the bound of the outbox, start again, send all."""
    events = 2_000 if quick else 100_000
    section = Section(
        f"{events:,} events logged offline, in one burst",
        "Memory: growth of the whole process's resident set, modules of the package loaded before.",
    )
    with hosted() as host, Server() as server:
        basis = measured(host.folder)
        start = resident()
        braze = host.install()
        host.focus(gained=True)
        host.run(5, int, lambda: braze.deliveryState == "offline")
        section.add("memory: installed, first request failed", (resident() - start) / MIB, "MiB")
        began = perf_counter_ns()
        fill(braze, events)
        section.add_time("one call, mean", (perf_counter_ns() - began) / 1e9 / events, basis)
        section.add("memory: all events logged", (resident() - start) / MIB, "MiB")
        section.add("disk: outbox", _size(host, "data/braze.db") / MIB, "MiB")
        section.add("disk: its log", _size(host, "data/braze.db-wal") / MIB, "MiB")
        braze.shutdown(0.0)
        began = perf_counter_ns()
        braze = host.install(server.endpoint)
        section.add_time("install, next time", (perf_counter_ns() - began) / 1e9, basis)
        began = perf_counter_ns()
        drain(host, braze)
        section.add_time("sending, per event", (perf_counter_ns() - began) / 1e9 / events, basis)
        section.add("memory: all sent", (resident() - start) / MIB, "MiB")
        section.add("memory: peak", (resident("VmHWM") - start) / MIB, "MiB")
    return section


def resident(field: str = "VmRSS") -> int:
    """Bytes of this process in memory; ``VmHWM`` for the most so far."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) * 1024


def _size(host: Host, name: str) -> int:
    path = host.folder / name
    return path.stat().st_size if path.exists() else 0
