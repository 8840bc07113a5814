"""The scripted host: an application with the SDK, driven by commands, for tests, campaigns and benchmarks.

``python -m tests.support.host OPTIONS``: a JSON object with ``toolkit`` (one of ``TOOLKITS``), ``ending``
(see ``run``), ``config`` (the arguments of ``BrazeConfig``, or null for nothing to be installed yet) and, for
virtual time, ``clock`` (the file of a ``SharedClock``).

Each line of its standard input is a command, a JSON list of a number, the name of a ``do_`` method below and
its arguments. Each line of its standard output is a report, a JSON object; that a command was carried out is
one with its number, ``done``, and what it answered.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, QSocketNotifier, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from tests.support.clocks import SharedClock
from tests.support.toolkits import TOOLKITS

OPENS_WITH = "first window"
BEAT = 0.005
"""Seconds between two beats of the timer that shows whether the GUI thread is held up."""


def report(**fields: Any) -> None:
    """One line for the test, out of this process when the call returns."""
    os.write(1, json.dumps({"at": time.time(), **fields}).encode() + b"\n")


class Lateness(QObject):
    """By how much a timer of the GUI thread is late at worst, in seconds, commands left out."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.worst, self._beaten = 0.0, time.perf_counter()
        self._timer = QTimer(self, interval=round(BEAT * 1000), timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.beat)
        self._timer.start()

    @Slot()
    def beat(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._beaten - BEAT)
        self._beaten = now

    def leave_out(self) -> None:
        """What was done since the last beat."""
        self._beaten = time.perf_counter()


class Host(QObject):
    """Reads commands and carries them out, each in a method of its own."""

    _heard = Signal(bytes)

    def __init__(self, toolkit: Any) -> None:
        super().__init__(toolkit.application)
        self.told_to_end = False
        self._application = toolkit.application
        self._toolkit = toolkit
        self._windows: dict[str, Any] = {}
        self._buffer = b""
        self._lines: deque[bytes] = deque()
        self._braze: Any = None
        self._lateness: Lateness | None = None
        self._application.applicationStateChanged.connect(self._note_state)
        if sys.platform == "win32":  # where Qt cannot watch a pipe
            self._heard.connect(self._take)
            threading.Thread(target=self._listen, daemon=True).start()
        else:
            self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._read)

    # -- the SDK -----------------------------------------------------------------------------------

    def do_install(self, config: dict[str, Any], clock: str | None = None) -> None:
        """In the place of what was installed before."""
        from braze_qt import BrazeConfig, BrazeQt
        from braze_qt._qt.environment import Environment

        if BrazeQt.instance():
            BrazeQt.instance().shutdown()
        if clock:
            BrazeQt._environment = Environment(clock=SharedClock(Path(clock)))
        self._braze = BrazeQt.install(self._application, BrazeConfig(**config))
        self._braze.sessionStarted.connect(self._note_start)
        self._braze.sessionEnded.connect(self._note_end)

    def do_log(self, *names: str) -> dict[str, Any]:
        taken = True
        for name in names:
            acknowledged = self._braze.logCustomEvent(name)
            report(logged=name, acknowledged=acknowledged)
            taken = taken and acknowledged
        return {"taken": taken}

    def do_many(self, name: str, count: int) -> None:
        """The same event at once, far more often than once in a millisecond."""
        for _ in range(count):
            self._braze.logCustomEvent(name)

    def do_burst(self, names: str) -> None:
        """Events without end, sent all the time, until somebody ends the process."""
        for number in range(10**9):
            if self._braze.logCustomEvent(f"{names} {number}"):
                report(logged=f"{names} {number}", acknowledged=True)
            if number % 50 == 0:
                self._braze.requestImmediateDataFlush()
                self._application.processEvents()

    def do_user(self, user: str) -> None:
        self._braze.changeUser(user)

    def do_open_session(self) -> dict[str, Any]:
        return {"taken": self._braze.openSession()}

    def do_close_session(self) -> None:
        self._braze.closeSession()

    def do_enable(self, enabled: bool) -> None:  # noqa: FBT001
        self._braze.setEnabled(enabled)

    def do_timeout(self, seconds: int) -> None:
        self._braze.setSessionTimeout(seconds)

    def do_flush(self) -> None:
        self._braze.requestImmediateDataFlush()

    def do_evaluate(self) -> None:
        """What a timer triggers, at once."""
        self._braze._scheduler.evaluate()

    def do_watch_for_user(self) -> None:
        """As after a sleep of the machine, until the next look at the clocks."""
        self._braze._scheduler._activity.start()

    def do_shutdown(self) -> dict[str, Any]:
        before = time.perf_counter()
        self._braze.shutdown()
        return {"seconds": time.perf_counter() - before}

    def do_session(self) -> dict[str, Any]:
        braze = self._braze
        return {
            "session": braze.sessionId,
            "state": braze.sessionState,
            "ends_in": braze.secondsToTimeout,
            "pending": braze.pendingCount,
            "lost": braze.lostCount,
        }

    def do_delivery(self) -> dict[str, Any]:
        names = ("deliveryState", "lastOutcome", "retryAt", "pendingCount", "lostCount")
        return {name: getattr(self._braze, name) for name in names}

    def do_merge(self) -> dict[str, Any]:
        """Whether all its inputs are in the database and it knows of all others there; whether it waits."""
        from tests.support.merging import is_idle  # not before an application has imported the package

        recorder, thread = self._braze._tracker, self._braze._scheduler._storage_thread
        waits = recorder.is_waiting
        is_merging = waits or thread._is_wanted or thread._is_running or not is_idle(recorder)
        return {"merged": not is_merging, "waits": waits}

    # -- windows -----------------------------------------------------------------------------------

    def do_open(self, title: str) -> None:
        self._windows[title] = self._toolkit.window(title)

    def do_show(self, title: str) -> None:
        self._windows[title].show()

    def do_hide(self, title: str) -> None:
        self._windows[title].hide()

    def do_close(self, title: str) -> None:
        self._windows[title].close()

    def do_keep_running(self) -> None:
        self._application.setQuitOnLastWindowClosed(False)

    def do_menu(self, title: str) -> None:
        self._toolkit.menu(self._windows[title])

    def do_dialog(self, title: str) -> None:
        self._toolkit.dialog(self._windows[title])

    def do_files(self, how: str) -> None:
        self._toolkit.files(self._windows[OPENS_WITH], how)

    def do_dismiss(self) -> None:
        self._toolkit.dismiss()

    def do_key(self, title: str) -> None:
        """A key that does nothing is pressed in this window, as the window system says it."""
        from PySide6.QtTest import QTest

        window = self._windows[title]
        handle = window.windowHandle() if window.isWidgetType() else window
        QTest.keyClick(handle, Qt.Key.Key_Shift)

    # -- the process -------------------------------------------------------------------------------

    def do_environment(self, variables: dict[str, str]) -> None:
        """These variables, and no proxies and authorities but theirs."""
        for name in [*os.environ]:
            if name.lower().endswith("_proxy") or name.endswith("CA_BUNDLE"):
                del os.environ[name]
        os.environ.update(variables)

    def do_measure_lateness(self) -> None:
        # A full collection of what PySide and requests bring along stops every thread for some 60 ms, whoever
        # causes it: that is the interpreter's, and would hide what the SDK does to the GUI thread.
        gc.disable()
        self._lateness = Lateness(self)

    def do_lateness(self) -> dict[str, Any]:
        assert self._lateness
        return {"seconds": self._lateness.worst}

    def do_pass(self, seconds: float) -> None:
        QTimer.singleShot(round(seconds * 1000), lambda: report(passed=seconds))

    def do_quit(self) -> None:
        self._application.quit()

    def do_exit(self, code: int) -> None:
        self._application.exit(code)

    def do_sys_exit(self, code: int) -> None:
        sys.exit(code)

    def do_fail(self) -> None:
        raise RuntimeError("planted")

    def do_hook(self, code: int) -> None:
        """From now on an exception in a slot ends the application, as many applications do."""
        sys.excepthook = lambda *_: self._application.exit(code)

    def do_signal(self, name: str) -> None:
        os.kill(os.getpid(), signal.Signals[name])

    def do_os_exit(self, code: int) -> None:
        os._exit(code)

    def do_end(self) -> None:
        self.told_to_end = True

    # -- commands and reports ----------------------------------------------------------------------

    @Slot()
    def _read(self) -> None:
        self._take(os.read(0, 65536))

    def _listen(self) -> None:
        while True:
            self._heard.emit(os.read(0, 65536))

    @Slot(bytes)
    def _take(self, data: bytes) -> None:
        if not data:
            os._exit(99)  # the test is gone
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._lines.extend(lines)
        for _ in lines:
            QTimer.singleShot(0, self._obey)  # each in a slot of its own, because each may fail

    @Slot()
    def _obey(self) -> None:
        number, command, *arguments = json.loads(self._lines.popleft())
        if self._lateness:
            self._lateness.beat()
        answer = getattr(self, f"do_{command}")(*arguments)
        if self._lateness:
            self._lateness.leave_out()
        report(done=number, **(answer or {}))

    @Slot()
    def _note_state(self) -> None:
        report(application=self._application.applicationState().name)

    @Slot(str)
    def _note_start(self, session: str) -> None:
        report(started=session)

    @Slot(str, float)
    def _note_end(self, session: str, seconds: float) -> None:
        report(ended=session, seconds=seconds)


def pump(host: Host, application: QGuiApplication) -> None:
    """Events without ``exec()``, as under a game loop or a login dialog."""
    while not host.told_to_end:
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def run(host: Host, application: QGuiApplication, ending: str) -> int:
    """Keep the application alive until the given ending."""
    if ending == "exec twice":
        application.exec()
        report(again=True)
        return application.exec()
    if ending == "shutdown":
        code = application.exec()
        application.shutdown()
        return code
    if ending == "exec":
        return application.exec()
    if ending == "exec, then shutdown in any case":
        try:
            return application.exec()
        finally:
            application.shutdown()
    pump(host, application)
    if ending == "shutdown alone":
        application.shutdown()
    if ending == "raise":
        raise RuntimeError("planted")
    return 0


def main() -> int:
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
        faulthandler.register(signal.SIGUSR1)  # tells where its threads are
    faulthandler.enable()  # so does a crash
    logging.basicConfig()  # whatever the SDK warns of is found in the errors of the test
    options = json.loads(sys.argv[1])
    toolkit = TOOLKITS[options["toolkit"]](lambda title: report(page=title))
    host = Host(toolkit)
    if options["config"]:
        host.do_install(options["config"], options.get("clock"))
    host.do_open(OPENS_WITH)
    report(ready=True, widgets="PySide6.QtWidgets" in sys.modules)
    return run(host, toolkit.application, options["ending"])


if __name__ == "__main__":
    sys.exit(main())
