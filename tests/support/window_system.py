"""Qt's own entry points for what a window system says: the ones that its platform plugins call.

Emitting ``applicationStateChanged`` by hand would leave ``applicationState()`` and ``focusWindow()``
saying something else, and so would test a situation that does not exist.
"""

import ctypes
import sys
from pathlib import Path

import PySide6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from shiboken6 import getCppPointer

LATE = 100
"""Milliseconds for which the plugin for X11 keeps a lost focus to itself: another own window may get it."""

if sys.platform == "win32":
    _gui = ctypes.CDLL(str(Path(PySide6.__file__).parent / "Qt6Gui.dll"))
    _HANDLE = "??$handle{}@UDefaultDelivery@QWindowSystemInterface@@@QWindowSystemInterface@@SA{}Z"
    _FOCUS = _HANDLE.format("FocusWindowChanged", "XPEAVQWindow@@W4FocusReason@Qt@@@")
    _STATE = _HANDLE.format("ApplicationStateChanged", "XW4ApplicationState@Qt@@_N@")
else:
    _NAME = "QtGui.framework/Versions/A/QtGui" if sys.platform == "darwin" else "libQt6Gui.so.6"
    _gui = ctypes.CDLL(str(Path(PySide6.__file__).parent / "Qt" / "lib" / _NAME))
    _HANDLE = "_ZN22QWindowSystemInterface{}INS_15DefaultDeliveryEEEv{}"
    _FOCUS = _HANDLE.format("24handleFocusWindowChanged", "P7QWindowN2Qt11FocusReasonE")
    _STATE = _HANDLE.format("29handleApplicationStateChanged", "N2Qt16ApplicationStateEb")
_focus, _state = getattr(_gui, _FOCUS), getattr(_gui, _STATE)
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
