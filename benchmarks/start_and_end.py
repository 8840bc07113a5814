"""What a host's start, its memory and its end cost, without the package and with it.

The host imports what such a host needs, and nothing for commands: its imports are what is measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.figures import Section
from benchmarks.server import Server

MIB = 1024 * 1024
PROGRAM = """
import json, sys, time
began = time.perf_counter()
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QRasterWindow

app = QGuiApplication(sys.argv[:1])
lap = time.perf_counter()
if len(sys.argv) > 1:
    from braze_qt import BrazeConfig, BrazeQt
    imported = time.perf_counter() - lap
    BrazeQt.install(app, BrazeConfig(sys.argv[1], sys.argv[2], data_dir=sys.argv[3]))
said = {"installed": time.perf_counter() - lap}
if len(sys.argv) > 1:
    said["imported"] = imported

class Window(QRasterWindow):
    def paintEvent(self, event):
        if "painted" not in said:
            said["painted"] = time.perf_counter() - began
            said["requests"] = "requests" in sys.modules

def end():
    said["memory"] = int(open("/proc/self/statm").read().split()[1]) * 4096
    said["quit"] = time.monotonic()
    app.quit()

window = Window()
window.show()
window.requestActivate()
QTimer.singleShot(1_500, end)
app.exec()
said["left"] = time.monotonic() - said["quit"]
print(json.dumps(said), flush=True)
"""


def measure(*, quick: bool) -> Section:
    """Runs without and with the package by turns, and the difference of their medians."""
    section = Section(
        "Start and end of an application, on top of the same without the package",
        "A window that is painted, in front for 1.5 s, then quits: a session, sent to a server on this\n"
        "machine. Medians, files warm, data folder there. Memory: the resident set just before the end.",
    )
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        told = ["00000000-0000-4000-8000-000000000000", server.endpoint, str(Path(folder, "data"))]
        _run(told)  # which compiles, and makes the folder
        runs = [(_run([]), _run(told)) for _ in range(1 if quick else 15)]
    bare, ours = ({key: _median(side, key) for key in side[0]} for side in zip(*runs, strict=True))
    section.add("import", ours["imported"] * 1000, "ms")
    section.add("install", (ours["installed"] - ours["imported"]) * 1000, "ms")
    differences = (
        ("later first paint", "painted"),
        ("longer from quit to the end of the event loop", "left"),
        ("longer from quit to the end of the process", "end"),
    )
    for what, key in differences:
        section.add(what, (ours[key] - bare[key]) * 1000, "ms")
    section.add("more memory", (ours["memory"] - bare["memory"]) / MIB, "MiB")
    section.add("requests imported before the first paint", ours["requests"] * 100, "% of runs")
    return section


def _median(runs: tuple[Mapping[str, float], ...], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def _run(told: list[str]) -> Mapping[str, float]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": ""}
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM, *told], check=True, capture_output=True, text=True, env=environment
    ).stdout
    said: dict[str, float] = json.loads(output)
    return {**said, "end": time.monotonic() - said["quit"]}
