"""What the threads of the package have in common: whom they belong to, and how they are let go."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QObject, QThread, QTimer
from shiboken6 import isValid


class SdkThread(QThread):
    """A thread of ours in the host's process. All methods are for the GUI thread."""

    _main_thread: ClassVar[QThread | None] = None

    def outlive_application(self) -> None:
        """Belong to Qt's own object for the main thread, which is there still when the application object is
        gone: PySide destroys what has no parent while that goes."""
        # Before 6.10.2 PySide takes away its children when the last reference to it from Python goes.
        SdkThread._main_thread = QThread.currentThread()
        self.setParent(SdkThread._main_thread)

    def let_go(self, parent: QObject) -> None:
        """After ``finish``: belong to another object than the thread's own. A thread that runs goes when it
        ends."""
        if not isValid(self) or self.thread() != parent.thread():
            return
        if self.isRunning():
            self.finished.connect(self.deleteLater)
        else:
            self.setParent(parent)

    def abandon(self) -> None:
        """In a child that was forked, in which there is no thread: wake up for nothing."""
        for timer in self.findChildren(QTimer):
            timer.stop()
