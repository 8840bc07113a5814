"""Qt's own entry points for what a window system says: the ones that its platform plugins call.

Emitting ``applicationStateChanged`` by hand would leave ``applicationState()`` and ``focusWindow()``
saying something else, and so would test a situation that does not exist.
"""

import ctypes
from pathlib import Path

import PySide6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from shiboken6 import getCppPointer

LATE = 100
"""Milliseconds for which the plugin for X11 keeps a lost focus to itself: another own window may get it."""

_gui = ctypes.CDLL(str(next((Path(PySide6.__file__).parent / "Qt/lib").glob("libQt6Gui.so.6"))))
_DELIVERY = "INS_15DefaultDeliveryEEEv"
_focus = getattr(
    _gui, f"_ZN22QWindowSystemInterface24handleFocusWindowChanged{_DELIVERY}P7QWindowN2Qt11FocusReasonE"
)
_state = getattr(
    _gui, f"_ZN22QWindowSystemInterface29handleApplicationStateChanged{_DELIVERY}N2Qt16ApplicationStateEb"
)
_focus.argtypes = (ctypes.c_void_p, ctypes.c_int)
_state.argtypes = (ctypes.c_int, ctypes.c_bool)


def focus(window: QWindow | None) -> None:
    """The window system gives the focus to ``window``, or to another program."""
    _focus(None if window is None else getCppPointer(window)[0], Qt.FocusReason.OtherFocusReason.value)
    QGuiApplication.processEvents()


def lose_focus_late() -> QTimer:
    """Another program gets the focus under X11: Qt hears of it later, from a timer in its own event loop."""
    timer = QTimer(QGuiApplication.instance(), interval=LATE, singleShot=True)
    timer.timeout.connect(lambda: _focus(None, Qt.FocusReason.OtherFocusReason.value))
    timer.start()
    return timer


def state(value: Qt.ApplicationState, *, force: bool = False) -> None:
    """The window system tells an application state by itself, as on phones and on macOS."""
    _state(value.value, force)
    QGuiApplication.processEvents()
