"""Applications that are made, run and ended in other ways than most."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.support import window_system

from .conftest import Install

PRELUDE = """
import logging, os, sys, tempfile, time
from pathlib import Path
logging.basicConfig(format="%(levelname)s %(message)s")
import braze_qt
from braze_qt import BrazeConfig
config = BrazeConfig("key", "http://127.0.0.1:9", data_dir=Path(sys.argv[1]), shutdown_timeout=0.0)

def stored():
    import sqlite3
    with sqlite3.connect(Path(sys.argv[1]) / "braze.db") as db:
        return [code for (code,) in db.execute("SELECT code FROM outbox ORDER BY id")]
"""


def run(program: str, folder: Path) -> list[str]:
    """What a program prints that ends well and says nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(program), str(folder / "data")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    expected = ("propagateSizeHints", "WARNING sending is offline")
    said = [line for line in done.stderr.splitlines() if not any(words in line for words in expected)]
    assert (done.returncode, said) == (0, []), done.stderr
    return done.stdout.splitlines()


@pytest.mark.linux("the file of the library, and the names of C++ in it")
def test_an_application_created_in_cpp_is_tracked(tmp_path: Path) -> None:
    """Python takes it for a QCoreApplication where it was asked for before QtGui was imported."""
    said = run(
        """
        import ctypes, PySide6
        from PySide6.QtCore import QCoreApplication
        library = Path(PySide6.__file__).parent / "Qt" / "lib" / "libQt6Gui.so.6"
        gui = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        count, words = ctypes.c_int(1), (ctypes.c_char_p * 2)(b"host", None)
        memory = ctypes.create_string_buffer(256)
        gui._ZN15QGuiApplicationC1ERiPPci(memory, ctypes.byref(count), words, 0x060800)
        app = QCoreApplication.instance()
        assert type(app) is QCoreApplication
        from PySide6.QtGui import QWindow
        braze = braze_qt.BrazeQt.install(app, config)
        window = QWindow()
        window.show()
        while braze.sessionState != "foreground":
            app.processEvents()
        window.close()
        while braze.sessionState != "background":
            app.processEvents()
        print(braze.sessionState, stored())
        braze.shutdown()
        os._exit(0)  # nobody in Python owns it
        """,
        tmp_path,
    )
    assert said == ["background ['ss']"]


def test_an_application_without_windows_gets_one_warning(
    tmp_path: Path,
) -> None:
    said = run(
        """
        from PySide6.QtCore import QCoreApplication, QTimer
        records = []
        logging.getLogger("braze_qt").addFilter(lambda record: False)
        handler = logging.Handler()
        handler.emit = records.append
        logging.getLogger().handlers[:] = [handler]
        app = QCoreApplication([])
        braze = braze_qt.BrazeQt.install(app, config)
        QTimer.singleShot(100, app.quit)
        app.exec()
        for record in records:
            print(record.levelname, record.getMessage())
        """,
        tmp_path,
    )
    assert said == [
        "WARNING this application has no windows: call openSession() and closeSession() for sessions"
    ]


def test_an_application_in_another_thread_ends_its_session(tmp_path: Path) -> None:
    said = run(
        """
        import threading
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication, QDialog

        def tool():
            app = QApplication([])
            braze = braze_qt.BrazeQt.install(app, config)
            dialog = QDialog()
            braze.sessionStarted.connect(dialog.accept)
            dialog.exec()
            del dialog
            app.shutdown()
            del app

        thread = threading.Thread(target=tool)
        thread.start()
        thread.join()
        print(stored())
        """,
        tmp_path,
    )
    assert said == ["['ss', 'se']"]


@pytest.mark.parametrize("executable", ["None", "''"])
def test_a_program_without_a_name_can_install(tmp_path: Path, executable: str) -> None:
    said = run(
        f"""
        from PySide6.QtGui import QGuiApplication
        app = QGuiApplication([])
        sys.executable, folder = {executable}, sys.argv[1]
        sys.argv = [""]
        os.environ["XDG_DATA_HOME"] = folder
        for name in ("", "Named"):
            config = BrazeConfig("key", "http://127.0.0.1:9", app_name=name or None)
            braze = braze_qt.BrazeQt.install(app, config)
            print(braze.openSession())
            braze.shutdown(0)
        """,
        tmp_path,
    )
    assert said == ["True", "True"]


def test_shutdown_leaves_nothing_on_the_application(
    install: Install, qapp: QApplication, window: QWidget, qtbot: QtBot
) -> None:
    install().shutdown()  # PySide 6.8 leaves an object of its own at the first connection of all
    before, thread = qapp.children(), qapp.thread().children()
    for _ in range(3):
        braze = install()
        window_system.focus(window.windowHandle())
        qtbot.waitUntil(lambda braze=braze: braze.sessionState == "foreground")
        assert braze.shutdown()
        window_system.focus(None)
        assert not braze.logCustomEvent("late")
        assert (braze.sessionState, braze.userId) == ("none", "")
    assert qapp.children() == before
    # What an earlier test has left there may go meanwhile.
    qtbot.waitUntil(lambda: all(child in thread for child in qapp.thread().children()))


def test_a_custom_event_loop_is_tracked_after_quit(install: Install, window: QWidget, qtbot: QtBot) -> None:
    """Qt says when its own loop ends, and nothing of one that calls processEvents()."""
    braze = install()
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: braze.sessionState == "foreground")
    session = braze.sessionId
    QGuiApplication.instance().aboutToQuit.emit()
    assert braze.sessionState == "none"
    for _ in range(3):
        QCoreApplication.processEvents()  # while all is taken down
        assert braze.sessionState == "none"
    while braze.sessionState == "none":
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    assert braze.sessionId != session


def test_an_installation_can_be_collected_after_shutdown(tmp_path: Path) -> None:
    """A host may hold it in a cycle, as the traceback of an exception does."""
    run(
        """
        import gc
        from PySide6.QtWidgets import QApplication
        app = QApplication([])
        for number in range(30):
            folder = Path(sys.argv[1]) / str(number)
            settings = dict(data_dir=folder, shutdown_timeout=0.0)
            braze = braze_qt.BrazeQt.install(app, BrazeConfig("key", "http://127.0.0.1:9", **settings))
            braze.openSession()
            braze.logCustomEvent("x")
            for _ in range(5):
                app.processEvents()
            braze.shutdown()
            for _ in range(number % 2 * 20):
                app.processEvents()
            cycle = [braze]
            cycle.append(cycle)
            del braze, cycle
            gc.collect()
        """,
        tmp_path,
    )


def test_every_slot_can_be_connected_and_invoked(tmp_path: Path) -> None:
    """With whatever signal, and by name. PySide before 6.10.2 crashes where such a slot has a result."""
    said = run(
        """
        logging.disable()
        from PySide6.QtCore import SIGNAL, SLOT, QMetaMethod, QMetaObject, QObject, Qt, Signal
        from PySide6.QtGui import QGuiApplication
        from PySide6.QtQml import QQmlEngine
        from braze_qt.qml import register
        app = QGuiApplication([])
        register()
        engine = QQmlEngine()
        braze = braze_qt.BrazeQt.install(app, config)
        singleton = engine.singletonInstance("BrazeQt", "Braze")

        class Host(QObject):
            signal0 = Signal()
            signal1 = Signal("QVariant")
            signal2 = Signal("QVariant", "QVariant")
            signal3 = Signal("QVariant", "QVariant", "QVariant")
            signal4 = Signal("QVariant", "QVariant", "QVariant", "QVariant")
            signal5 = Signal("QVariant", "QVariant", "QVariant", "QVariant", "QVariant")
            clicked = Signal(bool)

        host, count = Host(), 0
        for receiver in (singleton.user, singleton, braze.user, braze):
            meta = type(receiver).staticMetaObject
            for method in map(meta.method, range(QObject.staticMetaObject.methodCount(), meta.methodCount())):
                name, arguments = bytes(method.name().data()).decode(), method.parameterCount()
                if method.methodType() != QMetaMethod.MethodType.Slot or name.startswith("_"):
                    continue
                types = ",".join(["QVariant"] * arguments)
                signal = getattr(host, f"signal{arguments}")
                signal.connect(getattr(receiver, name))
                signal.connect(getattr(receiver, name), Qt.ConnectionType.QueuedConnection)
                by_name = SIGNAL(f"signal{arguments}({types})"), receiver, SLOT(f"{name}({types})")
                assert QObject.connect(host, *by_name)
                host.clicked.connect(getattr(receiver, name))
                signal.emit(*[None] * arguments)
                host.clicked.emit(True)
                if not arguments:
                    assert QMetaObject.invokeMethod(receiver, name)
                app.processEvents()
                for each in (signal, host.clicked):
                    each.disconnect()
                count += 1
        print(count > 60)
        braze.shutdown(0.0)
        """,
        tmp_path,
    )
    assert said == ["True"]
