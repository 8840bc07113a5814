"""Hears of what other processes of the application do."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal


class News(QObject):
    """Watches the file that they touch. Lives in the GUI thread.

    Signals:
        heard: another process has changed what all share.
    """

    heard: ClassVar[Signal] = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.heard)
        self._unheard: list[str] = []

    @property
    def deaf(self) -> bool:
        """Whether the system does not let us watch the file."""
        return bool(self._unheard)

    def watch(self, path: Path | None) -> None:
        """From now on hear of this file, and of no other; None for none."""
        news = [str(path)] if path else []
        heard = self._watcher.files()
        if news == heard or (news and news == self._unheard):
            return
        if heard:
            self._watcher.removePaths(heard)
        # Not tried again: the system has a bound of what can be watched, and Qt complains each time.
        self._unheard = self._watcher.addPaths(news) if news else []
