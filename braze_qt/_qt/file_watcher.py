"""Notices what other processes of the application have changed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QFileSystemWatcher, QObject, QSocketNotifier, Signal

from braze_qt._platform import system


class FileWatcher(QObject):
    """Watches the file that a process touches after it has changed shared data. Lives in the GUI thread.

    Signals:
        changed: another process has changed shared data.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.changed)
        self._refused: list[str] = []

    @property
    def unavailable(self) -> bool:
        """Whether the system does not let us watch the file."""
        return bool(self._refused)

    def is_watching(self, path: Path) -> bool:
        """Whether this file is watched. One that somebody has deleted is not any more."""
        return str(path) in self._watcher.files()

    def watch(self, path: Path | None) -> None:
        """Watch this file and no other; None for none."""
        wanted = [str(path)] if path else []
        if not wanted:
            self._refused = []
        watched = self._watcher.files()
        if wanted == watched or (wanted and wanted == self._refused):
            return
        if watched:
            self._watcher.removePaths(watched)
        # Not tried again: the system limits the number of watches, and Qt warns each time.
        self._refused = self._watcher.addPaths(wanted) if wanted else []
        for notifier in self._notifiers():
            with contextlib.suppress(OSError):
                # A forked child has the same descriptor: the process that reads second would wait, in its GUI
                # thread too, for what the other one has read.
                system.never_wait(int(notifier.socket()))

    def abandon(self) -> None:
        """Watch nothing any more, in a forked child: its parent would miss what the child reads."""
        for notifier in self._notifiers():
            notifier.setEnabled(False)

    def _notifiers(self) -> list[QSocketNotifier]:
        """Where the system tells Qt of changes: on Linux one, once something is watched."""
        return self._watcher.findChildren(QSocketNotifier)
