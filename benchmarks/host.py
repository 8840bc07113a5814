"""The host application whose costs are measured: one window, no display needed.

It is driven in its own process, not by commands as ``tests/support/host.py``: what is timed is single calls.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow

from braze_qt import BrazeConfig, BrazeQt
from tests.support import window_system

KEY = "00000000-0000-4000-8000-000000000000"
NOBODY = "http://127.0.0.1:9"
PROPERTIES = {"step": 1, "kind": "paced", "ok": True}
PATIENCE = 60.0
"""Seconds after which something that should have happened is given up."""


class Host:
    """An application with a window. Everything it writes lies below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        self.app = QGuiApplication.instance() or QGuiApplication(["benchmark"])
        self._window = QWindow()
        self._window.show()
        QGuiApplication.processEvents()
        self.focus(gained=False)

    def install(self, endpoint: str = NOBODY, folder: str = "data", **settings: Any) -> BrazeQt:
        """The package, with its data in a folder of that name."""
        config = BrazeConfig(KEY, endpoint, data_dir=self.folder / folder, **settings)
        return BrazeQt.install(self.app, config)

    def focus(self, *, gained: bool) -> None:
        """Qt is told of a change of focus by the entry that its platform plugins use, and acts on it."""
        window_system.focus(self._window if gained else None)

    def run(self, every_ms: int, step: Callable[[], object], until: Callable[[], bool]) -> None:
        """Run the event loop with a timer that calls ``step``, until the condition holds after a call."""
        loop = QEventLoop()
        timer = QTimer(interval=every_ms, timerType=Qt.TimerType.PreciseTimer)
        deadline = time.monotonic() + PATIENCE

        def tick() -> None:
            step()
            if until() or time.monotonic() > deadline:
                loop.quit()

        timer.timeout.connect(tick)
        timer.start()
        loop.exec()
        timer.stop()
        if not until():
            raise TimeoutError("what is to be measured did not happen")


def fill(braze: BrazeQt, events: int) -> None:
    """Log so many events."""
    for _ in range(events):
        braze.logCustomEvent("benchmark", PROPERTIES)


def drain(host: Host, braze: BrazeQt) -> None:
    """Wait until everything is sent."""
    braze.requestImmediateDataFlush()
    host.run(5, int, lambda: braze.pendingCount == 0)


@contextmanager
def hosted() -> Iterator[Host]:
    """A host in a temporary folder; what is installed in the end is shut down."""
    folder = Path(tempfile.mkdtemp(prefix="braze_qt-benchmark-"))
    try:
        yield Host(folder)
    finally:
        installed = BrazeQt.instance()
        if installed:
            installed.shutdown(0.0)
        shutil.rmtree(folder)
