"""Hears of what other processes of the application do."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QFileSystemWatcher, QObject, QSocketNotifier, Signal

from braze_qt._platform import system


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
        if not news:
            self._unheard = []
        heard = self._watcher.files()
        if news == heard or (news and news == self._unheard):
            return
        if heard:
            self._watcher.removePaths(heard)
        # Not tried again: the system has a bound of what can be watched, and Qt complains each time.
        self._unheard = self._watcher.addPaths(news) if news else []
        for notifier in self._notifiers():
            with contextlib.suppress(OSError):
                # A process that was forked from this one has the same descriptor: who of the two comes second
                # would wait in a read for what the other one has taken, the GUI thread too.
                system.never_wait(int(notifier.socket()))

    def abandon(self) -> None:
        """Hear of nothing any more, in a child that was forked: what it takes its parent would not hear."""
        for notifier in self._notifiers():
            notifier.setEnabled(False)

    def _notifiers(self) -> list[QSocketNotifier]:
        """Where the system tells Qt of changes: on Linux one, once something is watched."""
        return self._watcher.findChildren(QSocketNotifier)
