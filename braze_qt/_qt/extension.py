"""The base of extensions: connects one to the installation that it was given to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QTimer, Slot
from shiboken6 import isValid

from braze_qt._qt import fork
from braze_qt._qt.guard import never_raises
from braze_qt._qt.scheduler import Scheduler
from braze_qt._recorder.recorder import Recorder

if TYPE_CHECKING:  # without extensions even an import would be too much
    from braze_qt._upload.sync import Binding, Refreshed, Sync, Synced, SyncKind, SyncNews

logger: logging.Logger = logging.getLogger(__name__)


class Extension(QObject):
    """Something that a session start brings back, for ``BrazeQt.install(…, extensions=[…])``.

    It belongs to the installation that it was given to last, and keeps its content when that is shut down.
    """

    _kind: ClassVar[SyncKind]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scheduler: Scheduler | None = None
        self._tracker: Recorder | None = None
        self._synced: Synced | None = None
        self._has_warned = False

    def _attach(self, scheduler: Scheduler, tracker: Recorder) -> None:
        """Belong to this installation, and read the answer that an earlier process has left."""
        from braze_qt._upload.sync import read_kept

        if self._scheduler is not None and isValid(self._scheduler):
            self._scheduler.synced.disconnect(self._take_news)
            self._scheduler.changed.disconnect(self._follow)
        self._scheduler, self._tracker = scheduler, tracker
        self._has_warned = False
        self._synced = read_kept(tracker, self._kind)
        scheduler.synced.connect(self._take_news)
        scheduler.changed.connect(self._follow)
        QTimer.singleShot(0, self._follow)  # nothing is told before install() has returned

    # -- any thread ------------------------------------------------------------------------------

    def _binding(self) -> Binding | None:
        """The present device, user and session; None without an installation."""
        from braze_qt._upload.sync import binding

        return None if self._tracker is None or fork.is_child else binding(self._tracker)

    def _present(self) -> Synced | None:
        """The last answer, if its user is the present one."""
        synced, whom = self._synced, self._binding()
        return synced if synced is not None and whom is not None and synced.binding[:2] == whom[:2] else None

    def _sync(self) -> Sync | None:
        """The kind in the upload thread; None without an installation."""
        return self._scheduler.upload_thread.syncs[self._kind.name] if self._scheduler else None

    @property
    def _takes(self) -> bool:
        return self._tracker is not None and self._tracker.taking

    def _refresh(self) -> bool:
        """Ask now; False while disabled or offline, and, with one warning, without an installation."""
        sync, scheduler = self._sync(), self._scheduler
        if scheduler is None or sync is None or scheduler.is_stopped:
            self._warn("refresh")
            return False
        if not self._takes or scheduler.upload_thread.offline:
            return False
        sync.ask()
        scheduler.upload_thread.look()
        return True

    def _warn(self, call: str) -> None:
        """Once: a host may call by a timer."""
        if not self._has_warned:
            self._has_warned = True
            kind = type(self).__name__
            logger.warning("%s: %s has no installation, or it has ended; nothing is done", call, kind)

    def _loaded(self) -> str:
        """How old the content is: ``never``, ``cache`` or ``session``."""
        there = self._present()
        if there is None:
            return "never"
        return "session" if there.binding == self._binding() and there.binding.session_id else "cache"

    def _left_out(self) -> int:
        """How many parts of the last answer were left out."""
        there = self._present()
        return there.content.left_out if there else 0

    # -- GUI thread ------------------------------------------------------------------------------

    @Slot(object)
    @never_raises
    def _take_news(self, news: SyncNews) -> None:
        if news.name == self._kind.name:
            self._synced = news.synced
            self._publish()
            for refreshed in news.refreshed:
                self._tell(refreshed)

    @Slot()
    @never_raises
    def _follow(self) -> None:
        self._publish()

    def _publish(self) -> None:
        """Emit the signals of what has changed."""
        raise NotImplementedError

    def _tell(self, refreshed: Refreshed) -> None:
        """Emit the result of one refresh."""
        raise NotImplementedError
