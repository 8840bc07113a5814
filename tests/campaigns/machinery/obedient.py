"""An application that does what lines on its standard input say, and tells how its GUI thread is."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from braze_qt import BrazeConfig, BrazeQt
from tests.campaigns.machinery.application import is_proxy

BEAT = 0.005
"""Seconds between two beats of the timer that shows whether the GUI thread is held up."""
SHOWN = ("deliveryState", "lastOutcome", "retryAt", "pendingCount", "lostCount")
SET_FLAGS, UP = 0x8914, 1
"""How Linux is told that a network interface is up."""


class Obedient(QObject):
    """Carries out commands, each in a method of its own that answers what came of it."""

    def __init__(self, app: QGuiApplication) -> None:
        super().__init__(app)
        self._app = app
        self._late, self._beaten = 0.0, time.perf_counter()
        self._timer = QTimer(self, interval=round(BEAT * 1000), timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._obey)

    def do_install(self, environment: dict[str, str], events: list[str], **config: Any) -> dict[str, Any]:
        for name in [name for name in os.environ if is_proxy(name) or name.endswith("CA_BUNDLE")]:
            del os.environ[name]
        os.environ.update(environment)
        if BrazeQt.instance():  # what failed before this must not fail it
            BrazeQt.instance().shutdown()
        braze = BrazeQt.install(self._app, BrazeConfig(**config, automatic_sessions=False))
        return {"taken": braze.openSession() and self.do_log(events)["taken"]}

    def do_log(self, events: list[str]) -> dict[str, Any]:
        taken = [BrazeQt.instance().logCustomEvent(name) for name in events]
        return {"taken": all(taken)}

    def do_flush(self) -> dict[str, Any]:
        return {"flushed": BrazeQt.instance().requestImmediateDataFlush()}

    def do_look(self) -> dict[str, Any]:
        return {name: getattr(BrazeQt.instance(), name) for name in SHOWN}

    def do_quit(self) -> dict[str, Any]:
        before = time.perf_counter()
        BrazeQt.instance().shutdown()
        return {"seconds": time.perf_counter() - before}

    def do_rest(self) -> dict[str, Any]:
        return {}

    def do_memory(self) -> dict[str, Any]:
        lines = Path("/proc/self/status").read_text().splitlines()
        return {"peak": next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))}

    def do_name_server(self) -> dict[str, Any]:
        """In namespaces of its own: a loopback that is up, and a name server on it that never answers."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))
        self._silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._silent.bind(("127.0.0.1", 53))
        return {}

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self._late = max(self._late, now - self._beaten - BEAT)
        self._beaten = now

    @Slot()
    def _obey(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self._notifier.setEnabled(False)
            self._app.quit()
            return
        what, told = json.loads(line)
        self._beat()
        answer = getattr(self, f"do_{what}")(**told) | {"late": self._late}
        self._late, self._beaten = 0.0, time.perf_counter()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    # A full collection of what PySide and requests bring along stops every thread for some 60 ms, whoever
    # causes it: that is the interpreter's, and would hide what a network does to the GUI thread.
    gc.disable()
    application = QGuiApplication(sys.argv)
    obedient = Obedient(application)
    sys.exit(application.exec())
