"""An application under test: obeys lines on its standard input, reports in JSON lines on its standard output.

Its one argument is a JSON object: ``toolkit`` (one of ``TOOLKITS``), ``ending`` (see ``run``) and, for
``braze_qt`` to be installed, ``config`` (the arguments of ``BrazeConfig``).
"""

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

OPENS_WITH = "first window"


def report(**fields: Any) -> None:
    """One line for the test, out of this process when the call returns."""
    os.write(1, json.dumps({"at": time.time(), **fields}).encode() + b"\n")


class Toolkit:
    """What the commands need of Qt; this one knows plain windows from QML."""

    def __init__(self) -> None:
        from PySide6.QtQml import QQmlApplicationEngine

        self.application = QGuiApplication(sys.argv)
        self._engine = QQmlApplicationEngine()
        self._popup: Any = None

    def window(self, title: str) -> Any:
        self._engine.setInitialProperties({"title": title})
        self._engine.loadData(
            b"""
            import QtQuick
            import QtQuick.Dialogs
            Window {
                visible: true; width: 300; height: 200
                property alias choosing: files.visible
                FileDialog { id: files; title: "native dialog" }
            }
            """
        )
        return self._engine.rootObjects()[-1]

    def files(self, parent: Any, _: str) -> None:
        self._popup = parent
        self._popup.setProperty("choosing", True)

    def dismiss(self) -> None:
        self._popup.setProperty("choosing", False)


class WidgetToolkit(Toolkit):
    """The same with widgets, and with the things that only they have."""

    def __init__(self) -> None:
        from PySide6 import QtWidgets

        self.application = QtWidgets.QApplication(sys.argv)
        self._widgets = QtWidgets
        self._popup: Any = None

    def window(self, title: str) -> Any:
        window = self._widgets.QWidget()
        window.setWindowTitle(title)
        window.resize(300, 200)
        window.show()
        return window

    def menu(self, parent: Any) -> None:
        self._popup = self._widgets.QMenu(parent)
        self._popup.addAction("An entry")
        self._popup.popup(parent.mapToGlobal(parent.rect().center()))

    def dialog(self, parent: Any) -> None:
        self._popup = self._widgets.QDialog(parent)
        self._popup.setWindowTitle("own dialog")
        self._popup.open()

    def files(self, parent: Any, how: str) -> None:
        self._popup = self._widgets.QFileDialog(parent, "native dialog")
        getattr(self._popup, how)()

    def dismiss(self) -> None:
        self._popup.close()


PAGE = """
<title>page</title>
<input id="text" autofocus><select id="choice"><option>one</option><option>two</option></select>
<script>
document.getElementById("text").addEventListener("input", event => document.title = event.target.value)
document.getElementById("choice").addEventListener("change", event => document.title = event.target.value)
document.addEventListener("keydown", event => { if (event.key == "F2") alert("an alert") })
document.addEventListener("keydown", event => { if (event.key == "F3") open("about:blank") })
</script>
"""


class WebToolkit(WidgetToolkit):
    """A browser: each window is a web page, which reports its titles."""

    def __init__(self) -> None:
        super().__init__()
        from PySide6.QtWebEngineWidgets import QWebEngineView

        self._view = QWebEngineView

    def window(self, title: str) -> Any:
        view = self._view()
        view.setWindowTitle(title)
        view.titleChanged.connect(lambda told: report(page=told))
        view.setHtml(PAGE)
        view.resize(400, 300)
        view.show()
        return view


class WebQuickToolkit(Toolkit):
    """The same in Qt Quick."""

    def __init__(self) -> None:
        from PySide6.QtWebEngineQuick import QtWebEngineQuick

        QtWebEngineQuick.initialize()
        super().__init__()

    def window(self, title: str) -> Any:
        self._engine.setInitialProperties({"title": title, "page": PAGE})
        self._engine.loadData(
            b"""
            import QtQuick
            import QtWebEngine
            Window {
                id: window
                signal pageTitled(string title)
                property string page
                visible: true; width: 400; height: 300
                WebEngineView {
                    anchors.fill: parent
                    focus: true
                    onTitleChanged: window.pageTitled(title)
                    Component.onCompleted: loadHtml(window.page)
                }
            }
            """
        )
        window = self._engine.rootObjects()[-1]
        window.pageTitled.connect(lambda told: report(page=told))
        return window


TOOLKITS = {"widgets": WidgetToolkit, "qml": Toolkit, "web": WebToolkit, "web quick": WebQuickToolkit}


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
        self._application.applicationStateChanged.connect(self._note_state)
        if sys.platform == "win32":  # where Qt cannot watch a pipe
            self._heard.connect(self._take)
            threading.Thread(target=self._listen, daemon=True).start()
        else:
            self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._read)

    def install(self, config: dict[str, Any]) -> None:
        from braze_qt import BrazeConfig, BrazeQt

        directory = Path(config.pop("data_dir"))
        braze = BrazeQt.install(self._application, BrazeConfig(**config, data_dir=directory))
        braze.sessionStarted.connect(self._note_start)
        braze.sessionEnded.connect(self._note_end)
        self._braze = braze

    def do_open(self, title: str) -> None:
        self._windows[title] = self._toolkit.window(title)

    def do_show(self, title: str) -> None:
        self._windows[title].show()

    def do_hide(self, title: str) -> None:
        self._windows[title].hide()

    def do_activate(self, title: str) -> None:
        self._windows[title].activateWindow()

    def do_close(self, title: str) -> None:
        self._windows[title].close()

    def do_keep_running(self, _: str) -> None:
        self._application.setQuitOnLastWindowClosed(False)

    def do_menu(self, title: str) -> None:
        self._toolkit.menu(self._windows[title])

    def do_dialog(self, title: str) -> None:
        self._toolkit.dialog(self._windows[title])

    def do_files(self, how: str) -> None:
        self._toolkit.files(self._windows[OPENS_WITH], how)

    def do_dismiss(self, _: str) -> None:
        self._toolkit.dismiss()

    def do_log(self, name: str) -> None:
        report(logged=name, acknowledged=self._braze.logCustomEvent(name))

    def do_many(self, what: str) -> None:
        """The same event at once, far more often than once in a millisecond."""
        name, _, count = what.partition(" ")
        for _ in range(int(count)):
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

    def do_key(self, title: str) -> None:
        """A key that does nothing is pressed in this window, as the window system says it."""
        from PySide6.QtTest import QTest

        window = self._windows[title]
        handle = window.windowHandle() if window.isWidgetType() else window
        QTest.keyClick(handle, Qt.Key.Key_Shift)

    def do_watch_for_user(self, _: str) -> None:
        """As after a sleep of the machine, until the next look at the clocks."""
        self._braze._scheduler._activity.start()

    def do_flush(self, _: str) -> None:
        self._braze.requestImmediateDataFlush()

    def do_session(self, _: str) -> None:
        report(
            session=self._braze.sessionId, state=self._braze.sessionState, pending=self._braze.pendingCount
        )

    def do_pass(self, seconds: str) -> None:
        QTimer.singleShot(round(float(seconds) * 1000), lambda: report(passed=float(seconds)))

    def do_block(self, seconds: str) -> None:
        time.sleep(float(seconds))

    def do_quit(self, _: str) -> None:
        self._application.quit()

    def do_exit(self, code: str) -> None:
        self._application.exit(int(code))

    def do_sys_exit(self, code: str) -> None:
        sys.exit(int(code))

    def do_fail(self, _: str) -> None:
        raise RuntimeError("planted")

    def do_hook(self, code: str) -> None:
        """From now on an exception in a slot ends the application, as many applications do."""
        sys.excepthook = lambda *_: self._application.exit(int(code))

    def do_signal(self, name: str) -> None:
        os.kill(os.getpid(), signal.Signals[name])

    def do_os_exit(self, code: str) -> None:
        os._exit(int(code))

    def do_end(self, _: str) -> None:
        self.told_to_end = True

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
        line = self._lines.popleft().decode().rstrip()
        command, _, argument = line.partition(" ")
        getattr(self, f"do_{command}")(argument)
        report(done=line)

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
    logging.basicConfig()  # whatever the SDK warns of is found in the errors of the test
    what = json.loads(sys.argv[1])
    toolkit = TOOLKITS[what["toolkit"]]()
    host = Host(toolkit)
    if what["config"]:
        host.install(what["config"])
    host.do_open(OPENS_WITH)
    report(ready=True, widgets="PySide6.QtWidgets" in sys.modules)
    return run(host, toolkit.application, what["ending"])


if __name__ == "__main__":
    sys.exit(main())
