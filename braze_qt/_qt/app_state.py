"""What Qt says of the application, as foreground and background."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import SIGNAL, SLOT, QCoreApplication, QObject, Qt, QThread, QTimer, Signal, Slot

# What a focus window is, by its name: PySide makes each of these at its first use, as device.py says.
from PySide6.QtGui import QGuiApplication, QPaintDeviceWindow, QRasterWindow, QWindow  # noqa: F401

from braze_qt._platform.x11 import native_window_is_active
from braze_qt._qt.guard import never_raises

logger: logging.Logger = logging.getLogger(__name__)

REST_MS = 100
"""Milliseconds between two looks whether an event loop runs again: Qt announces its end, not its start."""
RESTS = 20
"""Looks, with events processed all the while, after which the host is taken to have an event loop of its own,
which Qt does not know of. Longer than an application that ends processes events for."""
ONCE_MORE_MS = 200
"""Milliseconds after a leave until an X server is asked again which window is active. A window manager takes
the focus from a window before it tells that a native dialog has it."""
SIGNALS = (
    "applicationStateChanged(Qt::ApplicationState)",
    "focusWindowChanged(QWindow*)",
    "focusObjectChanged(QObject*)",
    "lastWindowClosed()",
)


class AppStateAdapter(QObject):
    """Adapts ``QGuiApplication.applicationStateChanged`` to foreground and background.

    Qt's own word needs mending in two places:

    * After its focused window was closed Qt can say Active for ever. So Active counts only while
      one of the application's windows has the focus; on macOS, where the frontmost application
      may have no window, Active is enough.
    * While a native dialog is open (files, printing, colours), Qt says Inactive although its user
      is at it. So Inactive is no leave while such a dialog is open; on macOS, where Qt says Active
      then, it is.

    When the application quits it is in the background, until an event loop runs again: a window that is
    still open then, or that events are processed for while all is taken down, brings nobody back.

    Emits ``foregroundChanged(bool)`` in the GUI thread. An application that is no QGuiApplication
    has no windows and is never in the foreground.

    Args:
        told: is asked instead of Qt, where a test says what is the foreground.
        rest_ms: milliseconds, as the constant says.
    """

    foregroundChanged: ClassVar[Signal] = Signal(bool)

    def __init__(
        self,
        app: QCoreApplication,
        parent: QObject | None = None,
        told: Callable[[], bool] | None = None,
        *,
        rest_ms: int = REST_MS,
    ) -> None:
        super().__init__(parent)
        self._told = told
        self._foreground = False
        self._windowless = self._on_x11 = False
        self._last_window = 0
        self._rests = self._ending = 0
        self._rest = QTimer(self, interval=rest_ms)
        self._rest.timeout.connect(self._look_for_a_loop)
        self._once_more = QTimer(self, interval=ONCE_MORE_MS)
        self._once_more.timeout.connect(self._look_once_more)
        app.aboutToQuit.connect(self._quit)
        # Qt is asked, not Python: an application that was made in C++ can be a QCoreApplication for Python.
        # For the same reason the signals are connected by name, which also keeps what they carry out of
        # Python.
        self._has_windows = app.inherits("QGuiApplication")
        if self._has_windows:
            self._windowless = QGuiApplication.platformName() == "cocoa"
            self._on_x11 = QGuiApplication.platformName() == "xcb"
            for name in SIGNALS:
                QObject.connect(app, SIGNAL(name), self, SLOT("evaluate()"))
        elif told is None:
            logger.warning(
                "this application has no windows: call openSession() and closeSession() for sessions"
            )

    def let_go(self, app: QCoreApplication) -> None:
        """Hear of the application no more. The object stays: one that is deleted later, of a parent that the
        collector finds, corrupts memory (PySide6 6.11.3).
        """
        self._rest.stop()
        self._once_more.stop()
        app.aboutToQuit.disconnect(self._quit)
        if self._has_windows:
            for name in SIGNALS:
                QObject.disconnect(app, SIGNAL(name), self, SLOT("evaluate()"))

    @property
    def foreground(self) -> bool:
        """What was emitted last."""
        return self._foreground

    @Slot()
    @never_raises
    def evaluate(self) -> None:
        """Look again. Needed now and then without a signal: a native dialog can close silently."""
        if self._rest.isActive() and (self._a_loop_runs_again() or self._rests >= RESTS):
            self._rest.stop()
        self._tell(not self._rest.isActive() and self._is_foreground())

    @Slot()
    @never_raises
    def _look_once_more(self) -> None:
        self._once_more.stop()
        self.evaluate()

    @Slot()
    @never_raises
    def _look_for_a_loop(self) -> None:
        self._rests += 1
        self.evaluate()

    @Slot()
    @never_raises
    def _quit(self) -> None:
        self._rests = 0
        self._ending = QThread.currentThread().loopLevel()
        self._rest.start()
        self._tell(False)

    def _a_loop_runs_again(self) -> bool:
        # Qt tells of the end inside of the loops that end, and the last pass of each may still look once:
        # when what is done at quit takes long, the timer is due by then.
        return self._rests > self._ending and bool(QThread.currentThread().loopLevel())

    def _tell(self, foreground: bool) -> None:  # noqa: FBT001
        if foreground != self._foreground:
            self._foreground = foreground
            if self._on_x11 and not foreground:
                self._once_more.start()
            self.foregroundChanged.emit(foreground)

    def _is_foreground(self) -> bool:
        if self._told is not None:
            return self._told()
        if not self._has_windows:
            return False
        if QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive:
            window: QWindow | None = QGuiApplication.focusWindow()
            if window is not None and self._on_x11:
                self._last_window = int(window.winId())
            return self._windowless or window is not None
        if self._on_x11 and native_window_is_active(self._last_window):
            return True  # one of Qt Quick has neither a widget nor a window that Qt knows
        return self._foreground and not self._windowless and self._native_dialog_is_open()

    def _native_dialog_is_open(self) -> bool:
        """Whether Qt shows a dialog through the platform: it is open, but its own window is not visible."""
        modal = QGuiApplication.modalWindow()
        if modal is not None and not modal.isVisible():
            return True
        # A dialog that is not modal can be told by its widget only. QtWidgets is not imported for
        # this: an application that has widgets brings the list of them along.
        widgets: Any = sys.modules.get("PySide6.QtWidgets")
        return bool(widgets) and any(map(_is_shown_by_the_platform, widgets.QApplication.topLevelWidgets()))


def _is_shown_by_the_platform(widget: Any) -> bool:
    """A dialog alone can be: a widget inside a graphics scene bears the same mark, and for good.

    ``graphicsProxyWidget()`` would tell them apart, but to ask it from Python crashes when the scene goes.
    """
    return bool(
        widget.inherits("QDialog")
        and widget.isVisible()
        and widget.testAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    )
