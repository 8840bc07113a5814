"""Notices what other processes of the application have changed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from braze_qt._platform import system


class FileWatcher(QObject):
    """Watches the file that a process touches after it has changed shared data. Lives in the GUI thread.

    Signals:
        changed: another process has changed shared data.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        before = system.watch_descriptors()
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.changed)
        self._refused: list[str] = []
        # Not by Qt's notifier, a child of the watcher: once PySide has wrapped it, it is freed twice when the
        # garbage collector takes an installation.
        self._descriptor: int | None = None
        opened = system.watch_descriptors() - before
        if len(opened) == 1:  # or another thread has opened one at the same time
            (self._descriptor,) = opened
            # A forked child has the same descriptor: the process that reads second would wait, in its GUI
            # thread too, for what the other one has read.
            with contextlib.suppress(OSError):
                system.never_wait(self._descriptor)

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

    def abandon(self) -> None:
        """Watch nothing any more, in a forked child: its parent would miss what the child reads."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                system.silence(self._descriptor)
