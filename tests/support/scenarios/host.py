"""An application, the SDK in it, and what is to be reported of both."""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from braze_qt import BrazeConfig, BrazeQt
from tests.support.scenarios.process_state import process_state

DEADLINE = 60.0
"""Seconds after which something that is waited for does not come any more."""


class Host:
    """The application; ``report`` is the last that it does."""

    def __init__(self, config: dict[str, Any], size: int, kind: type[QCoreApplication]) -> None:
        self.size = size
        self.acknowledged: list[str] = []
        self.figures: dict[str, Any] = {}
        self.app = kind(sys.argv[:1])
        self._config = config
        self._before: dict[str, str] = {}
        self._lock = threading.Lock()

    def install(self, **more: Any) -> BrazeQt:
        """From here on everything is the host's; what is said of it is said at the very end."""
        self._before = process_state()
        atexit.register(self.report)
        return self.install_again(**more)

    def install_again(self, **more: Any) -> BrazeQt:
        """The same into another application object."""
        self.braze = BrazeQt.install(self.app, BrazeConfig(**{**self._config, **more}))
        return self.braze

    def log(self, name: str) -> bool:
        """Log an event; remembered if it was acknowledged."""
        if not self.braze.logCustomEvent(name, {"number": 1.5}):
            return False
        with self._lock:
            self.acknowledged.append(name)
        return True

    def window(self) -> QWidget:
        """Shown, and with the focus as soon as events are processed."""
        window = QWidget()
        window.show()
        return window

    def until(self, look: Callable[[], object]) -> None:
        """Process events until something is the case."""
        end = time.monotonic() + DEADLINE
        while not look():
            assert time.monotonic() < end, f"not within {DEADLINE} s"
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.001)

    def foreground(self) -> QWidget:
        """A window, and the session of it."""
        window = self.window()
        self.until(lambda: self.braze.sessionState == "foreground")
        return window

    def sent(self) -> None:
        """Have everything sent."""
        self.braze.requestImmediateDataFlush()
        self.until(lambda: self.braze.pendingCount == 0)

    def report(self) -> None:
        """Print what was acknowledged, figures, and what of the host's was changed."""
        after = process_state()
        names = self._before.keys() & after.keys()  # the application object is gone by now
        changed = {
            name: [self._before[name], after[name]] for name in names if self._before[name] != after[name]
        }
        line = {"acknowledged": self.acknowledged, "figures": self.figures, "changed": changed}
        os.write(1, json.dumps(line).encode() + b"\n")


def later(seconds: float, what: Callable[[], object]) -> None:
    """Call it from the event loop."""
    QTimer.singleShot(round(seconds * 1000), what)
