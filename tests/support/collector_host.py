"""A host whose dialogs are garbage in cycles, and that tells in which thread each collection began.

Arguments: ``KIND CONFIG DIALOGS [THRESHOLD]``. The kind is ``widgets`` or ``qml``, the configuration a JSON
object for the SDK, or ``null`` for the same host without it. For each dialog one event is logged and sent.
With a threshold the collector, and the change of threads, are as eager as can be. It prints one JSON object.

Or ``waiting CONFIG SECONDS``: the host does nothing, and tells how often it was woken while idle and while a
request hung. Commands, as of ``tests/support/host.py``, would make garbage and wake it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from braze_qt import BrazeConfig, BrazeQt

EVERY_MS = 3
"""Milliseconds between two dialogs."""
WARM_UP = 4
"""The part of the dialogs (one of so many) after which memory is taken to be level."""
AT_REST = 3
"""Wakes in a second at rest: the one that ends the second, and one or two of a timer."""
REST_SECONDS = 8
"""Seconds that a host is waited for to come to rest: fewer than a request that hangs takes."""
ROW = b"import QtQml\nQtObject { property string name; property var list: [1, 2, 3] }"


class Witness:
    """Counts the collections of each generation that begin in this thread, and the ends of objects."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.here = [0, 0, 0]
        self.elsewhere = [0, 0, 0]
        self.ended_elsewhere = 0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            here = threading.get_ident() == self._thread
            (self.here if here else self.elsewhere)[info["generation"]] += 1

    def note_end(self) -> None:
        """An object of the host has come to its end, in this thread."""
        self.ended_elsewhere += threading.get_ident() != self._thread


class Host(QObject):
    """Makes a dialog at each beat of its timer, and logs it."""

    def __init__(self, kind: str, braze: BrazeQt | None, dialogs: int) -> None:
        super().__init__()
        self.witness = Witness()
        self.memory: list[int] = []
        self._make = make_widgets() if kind == "widgets" else make_qml()
        self._braze = braze
        self._left = self._dialogs = dialogs
        self._timer = QTimer(self, interval=EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    @Slot()
    def _beat(self) -> None:
        if self._braze and self._braze.pendingCount:
            return  # one request for each dialog
        self._make(self.witness)
        self._left -= 1
        if self._braze:
            self._braze.logCustomEvent("dialog", {"number": self._left, "kind": "cyclic"})
            self._braze.requestImmediateDataFlush()
        if self._left % max(1, self._dialogs // WARM_UP) == 0:
            self.memory.append(resident())
        if not self._left:
            self._timer.stop()
            QGuiApplication.quit()


def make_widgets() -> Any:
    """What makes a dialog that knows its presenter, which knows the dialog."""
    from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout

    class Dialog(QDialog):
        def __init__(self, witness: Witness) -> None:
            super().__init__()
            self._witness = witness
            self._timer = QTimer(self)
            self._timer.start(50)
            layout = QVBoxLayout(self)
            layout.addWidget(QLabel("name", self))
            self._button = QPushButton("OK", self)
            self._button.clicked.connect(self.accept)
            layout.addWidget(self._button)

        def __del__(self) -> None:
            self._witness.note_end()

    class Presenter:
        def __init__(self, witness: Witness) -> None:
            self.rows = [{"row": number} for number in range(10)]
            self.dialog = Dialog(witness)
            self.dialog.presenter = self

    return Presenter


def make_qml() -> Any:
    """What makes a QML object in an engine's context, with a back end that knows it."""
    from PySide6.QtQml import QQmlComponent, QQmlEngine
    from PySide6.QtQuick import QQuickItem

    engine = QQmlEngine()

    class BackEnd(QQuickItem):
        def __init__(self, witness: Witness) -> None:
            super().__init__()
            self._witness = witness
            self._timer = QTimer(self)
            self._timer.start(50)
            self.rows = [{"row": number} for number in range(10)]
            component = QQmlComponent(engine, self)
            component.setData(ROW, "")
            self.row = component.create()
            self.row.back_end = self

        def __del__(self) -> None:
            self._witness.note_end()

    return BackEnd


def resident() -> int:
    """The memory of this process in kB."""
    return next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text("ascii").splitlines()
        if line.startswith("VmRSS:")
    )


def woken(app: QGuiApplication, seconds: float) -> int:
    """How often something woke this process in so many seconds of its event loop.

    In the GUI thread that is what its event loop wakes for: the kernel also counts a thread as asleep while
    it waits for a page or a file, which happens more often on a busy machine. In the other threads, what the
    kernel counts: they do nothing between two sleeps.
    """
    counted = [0]

    def count() -> None:
        counted[0] += 1

    dispatcher = QAbstractEventDispatcher.instance()
    before = _sleeps_elsewhere()
    QTimer.singleShot(round(seconds * 1000), app.quit)
    dispatcher.awake.connect(count)
    app.exec()
    dispatcher.awake.disconnect(count)
    return counted[0] + _sleeps_elsewhere() - before


def _sleeps_elsewhere() -> int:
    here = str(threading.get_native_id())
    return sum(_sleeps_of(task) for task in Path("/proc/self/task").iterdir() if task.name != here)


def _sleeps_of(task: Path) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread may end while it is looked at
        lines = (task / "status").read_text("ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
    return 0


def rest(app: QGuiApplication) -> None:
    """Wait until what has just begun is done, which takes a busy machine longer: a second without work."""
    for _ in range(REST_SECONDS):
        if woken(app, 1.0) <= AT_REST:
            return


def wait(config: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
    """Do nothing, for so long with nothing to send and for so long with an endpoint that is silent."""
    app = QGuiApplication(sys.argv[:1])
    braze = BrazeQt.install(app, BrazeConfig(**config, automatic_sessions=False)) if config else None
    rest(app)
    idle = woken(app, seconds)
    if braze:
        braze.setSessionTimeout(1)
        braze.openSession()  # which is sent at once
        braze.closeSession()
    rest(app)
    state = braze.deliveryState if braze else "sending"
    return {"idle": idle, "hanging": woken(app, seconds), "state": state}


def make(kind: str, config: dict[str, Any] | None, dialogs: int, threshold: int) -> dict[str, Any]:
    """Make dialogs, and tell of their end."""
    if kind == "widgets":
        from PySide6.QtWidgets import QApplication as Application
    else:
        from PySide6.QtGui import QGuiApplication as Application
    app = Application(sys.argv[:1])
    if threshold:
        gc.set_threshold(threshold)
        sys.setswitchinterval(0.000_1)
    braze = BrazeQt.install(app, BrazeConfig(**config, automatic_sessions=False)) if config else None
    if braze:
        braze.openSession()
    before = gc.get_threshold()
    host = Host(kind, braze, dialogs)
    app.exec()
    restored = gc.get_threshold() == before
    if braze:
        braze.shutdown()
    return {
        "here": host.witness.here,
        "elsewhere": host.witness.elsewhere,
        "ended_elsewhere": host.witness.ended_elsewhere,
        "memory": host.memory,
        "restored": restored and gc.get_threshold() == before,
    }


def main() -> None:
    """Run."""
    kind, config, size = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    if kind == "waiting":
        said = wait(config, size)
    else:
        said = make(kind, config, size, int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    os.write(1, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
