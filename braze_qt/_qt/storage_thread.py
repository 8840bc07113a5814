"""The thread that merges: it takes what processes have appended to their journals into the database."""

from __future__ import annotations

import logging
from typing import ClassVar

from PySide6.QtCore import QDeadlineTimer, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from braze_qt._qt.collector import Collector
from braze_qt._qt.guard import never_raises
from braze_qt._qt.sdk_thread import SdkThread
from braze_qt._recorder.recorder import Recorder
from braze_qt._recorder.store import PATIENCE
from braze_qt.errors import where

logger: logging.Logger = logging.getLogger(__name__)

TAIL_MS = 50
"""Milliseconds that the GUI thread waits for one that has left Python to be gone, and then until it looks
again. It takes some 0.1; on a machine that is busy it was seen to take longer than 50."""
RETRY_MS = 1_000
"""Milliseconds until a bout is tried again that the system had no thread for."""
END_MS = 1_000
"""Milliseconds for a merge that is under way when the application ends: several times what one portion takes,
and what it waits for other processes."""


class StorageThread(SdkThread):
    """Merges in bouts, as the upload thread sends in bouts: in between there is no thread (``Collector``).

    It waits for other processes, ``PATIENCE`` at most, and for the disk, but never for the network. All
    methods are for the GUI thread.

    Signals:
        merged: a bout is over; there may be something to tell.
    """

    merged: ClassVar[Signal] = Signal()

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.setObjectName("braze_qt storage")
        self._recorder = recorder
        self._collector = Collector(self)
        self._is_wanted = self._is_ending = self._is_running = False
        self._alarm = QTimer(self)
        self._alarm.timeout.connect(self.attend)
        self.finished.connect(self.attend, Qt.ConnectionType.QueuedConnection)

    def wake(self) -> None:
        """Merge soon."""
        self._is_wanted = True
        self.attend()

    @Slot()
    @never_raises
    def attend(self) -> None:
        """End the bout that is over, and begin the one that is wanted."""
        if self._is_running and not self.isRunning():
            self._alarm.start(TAIL_MS)  # nobody else would look again
            if self.wait(TAIL_MS):
                self._release()
                self.merged.emit()
        if self._is_wanted and not (self._is_running or self._is_ending):
            self._is_wanted = False
            self._is_running = True
            self._collector.hold()
            self.start()
            self._collector.watch()
            if not self.isRunning():  # it is over already, or the system has no thread for it
                self._alarm.start(RETRY_MS)

    def finish(self) -> None:
        """Merge nothing any more. A thread that is caught in the disk is let go of."""
        self._is_ending = True
        if not isValid(self) or not self._is_running:
            return
        if self.wait(QDeadlineTimer(END_MS)):
            self._release()

    def _release(self) -> None:
        """What is to be done once the thread is gone."""
        self._alarm.stop()
        self._is_running = False
        self._collector.release()

    def run(self) -> None:
        """Qt's entry point: one bout."""
        try:
            while not self._recorder.merge(PATIENCE):
                if self._recorder.is_waiting or self._is_ending:
                    break
                if self._collector.should_end():
                    self._is_wanted = True
                    break
        except Exception as error:
            logger.error(  # noqa: TRY400  # the words of an exception may quote what was to be stored
                "merging failed in a way that it should not; it goes on later: %s", where(error)
            )
            logger.debug("merging failed", exc_info=True)
