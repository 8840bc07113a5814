"""Notices the user: keys, and whatever else is done in a window of the application."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QPointF, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QMouseEvent

from braze_qt._qt.guard import never_raises

RESCAN_MS = 1_000
"""Milliseconds between two looks for windows that are new."""
SIGNS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
        QEvent.Type.NonClientAreaMouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.NativeGesture,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
    }
)
"""Events that a user causes. Not those that end something: a system that falls asleep may let go of keys."""


class ActivityFilter(QObject):
    """Emits ``noticed()`` once, at the first sign of the user after ``start``. Lives in the GUI thread.

    It watches the windows and not the application: there it would be called for every object, and for PySide
    to wrap an internal object of Qt WebEngine crashes (PySide6 6.11.3). Input comes to a window first. No
    window is kept alive, and between ``stop`` and ``start`` no event passes through here.
    """

    noticed: ClassVar[Signal] = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_on = self._has_noticed = False
        self._pointer: QPointF | None = None
        self._rescan = QTimer(self, interval=RESCAN_MS)
        self._rescan.timeout.connect(self._watch_windows)

    def start(self) -> None:
        """Watch all windows, those too that are made later."""
        if not self._is_on:
            self._is_on = True
            self._has_noticed = False
            self._pointer = None
            self._rescan.start()
            self._watch_windows()

    def stop(self) -> None:
        """Leave nothing on any window."""
        if self._is_on:
            self._is_on = False
            self._rescan.stop()
            for window in QGuiApplication.allWindows():
                window.removeEventFilter(self)

    @Slot()
    @never_raises
    def _watch_windows(self) -> None:
        for window in QGuiApplication.allWindows():
            window.installEventFilter(self)

    @never_raises
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Let every event pass."""
        if not self._has_noticed and event.type() in SIGNS and event.spontaneous() and self._is_moved(event):
            self._has_noticed = True
            self.noticed.emit()
        return False

    def _is_moved(self, event: QEvent) -> bool:
        """False for a pointer that is where it was: systems tell of it when windows or screens change."""
        if event.type() is not QEvent.Type.MouseMove or not isinstance(event, QMouseEvent):
            return True
        before, self._pointer = self._pointer, event.globalPosition()
        return before not in (None, self._pointer)


def has_visible_window() -> bool:
    """Whether there is a window in which a user could be noticed."""
    return any(window.isVisible() for window in QGuiApplication.allWindows())
