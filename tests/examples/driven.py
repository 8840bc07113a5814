"""Runs an example as it stands, with a timer in the place of a person: ``driven.py EXAMPLE STEPS``.

The steps are a function of this file, a generator: at each ``yield`` the example goes on for a moment.
"""

import os
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QPlainTextEdit, QWidget

from braze_qt import BrazeConfig, BrazeQt

EXAMPLES = Path(__file__).parents[2] / "examples"
LOOK_MS = 10

Steps = Iterator[None]


def until(condition: Callable[[], Any]) -> Steps:
    while not condition():
        yield


def braze() -> BrazeQt:
    installed = BrazeQt.instance()
    assert installed is not None
    return installed


def window() -> QWidget:
    """The only one that is shown."""
    (found,) = (each for each in QApplication.topLevelWidgets() if each.isVisible())
    return found


def button(text: str) -> QAbstractButton:
    """The one with this text, without the dots that Qt 6.8 leaves to an action."""
    buttons = [each for each in QApplication.allWidgets() if isinstance(each, QAbstractButton)]
    (found,) = (
        each for each in buttons if each.isVisible() and each.text().replace("&", "").rstrip("…") == text
    )
    return found


def click(text: str) -> None:
    QTest.mouseClick(button(text), Qt.MouseButton.LeftButton)


def logged(name: str) -> Steps:
    yield from until(lambda: name in [event.label for event in braze().recentEvents()])


def sent() -> Steps:
    """Until everything has been acknowledged."""
    braze().requestImmediateDataFlush()
    yield from until(lambda: braze().deliveryState == "idle")


def close() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    window().close()


def write() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    QTest.keyClicks(window().findChild(QPlainTextEdit), "Dear diary")
    window().save_as(Path(os.environ["XDG_DATA_HOME"], "diary.txt"))
    click("New")
    click("Session Settings")
    yield from until(lambda: QApplication.activeModalWidget())
    QApplication.activeModalWidget().close()
    window().close()


def choose_colour() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    (palette,) = QGuiApplication.topLevelWindows()
    QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    yield from logged("colour chosen")
    palette.close()


def happened(code: str) -> Steps:
    yield from until(lambda: code in [event.name for event in braze().recentEvents()])


def read_news() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    yield from happened("cci")
    for key, code in ((Qt.Key.Key_Down, ""), (Qt.Key.Key_Return, "ccc"), (Qt.Key.Key_Delete, "ccd")):
        QTest.keyClick(QApplication.focusWidget(), key)
        yield from happened(code) if code else ()
    window().close()


def read_feed() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    yield from happened("cci")
    (feed,) = QGuiApplication.topLevelWindows()
    for key, code in ((Qt.Key.Key_Down, ""), (Qt.Key.Key_Return, "ccc"), (Qt.Key.Key_Delete, "ccd")):
        QTest.keyClick(feed, key)
        yield from happened(code) if code else ()
    feed.close()


def go_to_tray() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    reminder = window()
    reminder.close()
    yield from until(lambda: braze().sessionState == "background")
    show, leave = reminder.findChild(QMenu).actions()
    show.trigger()
    yield from until(lambda: braze().sessionState == "foreground")
    leave.trigger()


def count_lines() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    click("Count")
    yield from logged("counted")
    window().close()


def agree() -> Steps:
    yield from until(lambda: QApplication.activeModalWidget())
    assert not braze().enabled
    click("Yes")
    yield from close()


def disagree() -> Steps:
    yield from until(lambda: QApplication.activeModalWidget())
    click("No")
    yield from until(lambda: not QApplication.activeModalWidget())
    window().close()


def log_in_and_out() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    click("Log In")
    yield from until(lambda: braze().userId == "ada")
    yield from sent()
    click("Log Out")
    yield from until(lambda: button("Log In").isEnabled() and braze().enabled)
    yield from close()


def load_and_unload() -> Steps:
    yield from until(lambda: QApplication.activeWindow())
    assert BrazeQt.instance() is None
    click("Plug-in")
    yield from until(lambda: braze().sessionState == "foreground")
    click("Put a Stamp")
    click("Plug-in")
    assert BrazeQt.instance() is None
    window().close()


def browse() -> Steps:
    yield from logged("page")
    assert window().windowTitle() == "App Usage"
    yield from close()


def wait_for_signal() -> Steps:
    yield from until(lambda: braze().sessionState == "foreground")
    print("ready", flush=True)


def play(steps: Steps) -> None:
    """Let the steps go on whenever one of Qt's event loops runs."""

    def go_on() -> None:
        try:
            next(steps)
        except StopIteration:
            timer.stop()
        except Exception:
            QGuiApplication.exit(3)
            raise

    timer = QTimer(interval=LOOK_MS)
    timer.timeout.connect(go_on)
    for application in (QApplication, QGuiApplication):
        start_loop = application.exec

        def exec_(*args: Any, start_loop: Callable[..., int] = start_loop) -> int:
            timer.start()
            return start_loop()

        application.exec = exec_


if __name__ == "__main__":
    example, name, *_ = sys.argv[1:]
    script = EXAMPLES / example
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    # An example keeps the second that quitting may take; a busy machine needs more to send.
    BrazeConfig.__init__.__kwdefaults__["shutdown_timeout"] = 20.0
    play(globals()[name]())
    runpy.run_path(str(script), run_name="__main__")
