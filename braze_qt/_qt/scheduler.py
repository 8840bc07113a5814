"""The timers and the two threads of one installation, and the signals that tell of changes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, SignalInstance, Slot
from shiboken6 import isValid

from braze_qt._platform import system
from braze_qt._qt.activity import ActivityFilter, has_visible_window
from braze_qt._qt.app_state import AppStateAdapter
from braze_qt._qt.device import screen_resolution
from braze_qt._qt.environment import Environment
from braze_qt._qt.file_watcher import FileWatcher
from braze_qt._qt.guard import never_raises
from braze_qt._qt.storage_thread import StorageThread
from braze_qt._qt.upload_thread import STORE_RETRY, UploadStatus, UploadThread
from braze_qt._recorder.recorder import Recorder
from braze_qt._session.machine import deadline, due
from braze_qt._session.sleep import SleepWatch
from braze_qt._session.state import Input, State
from braze_qt._upload.request import AppInfo
from braze_qt._upload.request_log import RequestLog
from braze_qt._upload.transport import Transport
from braze_qt.config import BrazeConfig
from braze_qt.events import Content, Fact, SessionStarted

if TYPE_CHECKING:
    from braze_qt._upload.sync import SyncKind

HEARTBEAT = 1.0
"""Seconds between two looks at the clocks and the windows while in the foreground."""
BACKGROUND_POLL = 10.0
"""Seconds, at most, between two looks at the clocks while a session waits in the background: a
timer stands still while the machine sleeps, so it may not be trusted with a long wait. Without a
session, too, where the system does not let us hear of other processes."""
PEER_LOOK = 5.0
"""Seconds between two looks at a session that another process holds in the foreground: it may die."""
LOST_CHANGE_POLL = 60.0
"""Seconds between two looks without a session where the system may not tell of another process's change."""
LATE_RETRY = 0.5
"""Seconds until a merge is tried again that another process was in the way of."""
NOTICE_MS = 100
"""Milliseconds in which changes of the delivery are gathered into one notice."""
CHECKPOINT_BEATS = 120
"""Looks at the clocks between two checkpoints while nothing is logged but signs of life."""


class Scheduler(QObject):
    """Connects Qt, the recorder, and the threads that merge and send. Lives in the GUI thread.

    ``published``, ``apply`` and ``delivery_changed`` may be called from any thread.

    Signals:
        factTold: a SessionStarted or SessionEnded that is merged, or could not be merged for a second.
        changed: the name of what has changed: ``session``, ``user``, ``timeout`` or ``enabled``.
        deliveryChanged: anything about sending has changed since the last time.
        signatureRefused: a SignatureFault.
        synced: a SyncNews.
        loggedOut: the end of ``leave``: whether everything was sent, and then deleted.

    All timers repeat until they are stopped: an exception in a slot, such as Ctrl+C, could keep a timer that
    fires once from being started again. Timers and upload thread are started before a signal is emitted: a
    slot of the host may raise, run an event loop of its own, or never return.
    """

    factTold: Signal = Signal(object)
    changed: Signal = Signal(object)
    deliveryChanged: Signal = Signal()
    signatureRefused: Signal = Signal(object)
    synced: Signal = Signal(object)
    loggedOut: Signal = Signal(bool)
    _left = Signal(float)
    _published_elsewhere = Signal()
    _delivered_elsewhere = Signal()

    def __init__(
        self,
        app: QCoreApplication,
        config: BrazeConfig,
        tracker: Recorder,
        parent: QObject,
        environment: Environment,
        sync_kinds: Sequence[SyncKind] = (),
    ) -> None:
        super().__init__(parent)
        self.status: UploadStatus = UploadStatus()
        self._gui_thread = threading.get_ident()
        self.leaving: bool = False
        self._begun = self._telling = self._stopped = False
        self._notices = self._notices_elsewhere = False
        self._beats = 0
        self._inspectors = 0
        self._heartbeat = environment.heartbeat or HEARTBEAT
        self._background_poll = environment.poll or BACKGROUND_POLL
        self._lost_change_poll = environment.poll or LOST_CHANGE_POLL
        self._tracker = tracker
        self._told = self._properties()
        self._storage_error = ""
        self._untold: deque[tuple[SignalInstance, object]] = deque()
        self._followed = False
        self._sleep = SleepWatch()
        self._awaits_user = False
        self._activity = ActivityFilter(self)
        self._activity.noticed.connect(self.note_user)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.evaluate)
        self._watcher = FileWatcher(self)
        self._watcher.changed.connect(self._look_at_changes)
        self._soon = QTimer(self, interval=0)
        self._soon.timeout.connect(self._tell)
        self._notice = QTimer(self, interval=NOTICE_MS)
        self._notice.timeout.connect(self._tell_delivery)
        self._patience = QTimer(self)
        self._patience.timeout.connect(self._give_up)
        self._left.connect(self._leave)
        queued = Qt.ConnectionType.QueuedConnection
        self._published_elsewhere.connect(self._publish, queued)
        self._delivered_elsewhere.connect(self._notice_elsewhere, queued)
        version = config.app_version or app.applicationVersion() or None
        app_info = AppInfo(
            config.api_key,
            version,
            frozenset(config.device_properties),
            config.flush_interval,
        )
        transport = environment.transport or Transport(config.url, tracker.now)
        self.upload_thread: UploadThread = UploadThread(
            tracker,
            transport,
            app_info,
            sync_kinds,
            held=environment.held,
            store_retry=environment.retry or STORE_RETRY,
        )
        self.upload_thread.outlive_application()
        self._storage_thread = StorageThread(tracker)
        self._storage_thread.outlive_application()
        self._storage_thread.merged.connect(self._publish)
        self._merges_here = environment.held
        self.upload_thread.reported.connect(self._take_status)
        self.upload_thread.merged.connect(self._publish)
        self.upload_thread.signatureRefused.connect(self.signatureRefused)
        self.upload_thread.synced.connect(self.synced)
        self.upload_thread.drained.connect(self._finish_leaving)
        self._app_state = (
            AppStateAdapter(app, self, environment.foreground) if config.automatic_sessions else None
        )
        if self._app_state:
            self._app_state.foregroundChanged.connect(self._follow)
            self._app_state.evaluate()
        # Whoever installs shall be able to connect to the signals before the first one comes.
        self._timer.start(0)

    def apply(self, given: Input, **told: Any) -> bool:
        """Feed one input to the machine and tell what came of it."""
        if given in (Input.ENTER_FOREGROUND, Input.LEAVE_FOREGROUND):
            self._awaits_user = False
            self._sleep.forget()
        return self._tracker.apply(given, **told) and self.published()

    def log(self, what: Content) -> bool:
        """Take an event; in the journal when this returns True, in memory while the disk takes nothing."""
        return self._tracker.log(what) and self._taken()

    def set_attribute(self, key: str, value: str, *, custom: bool) -> bool:
        """Take the value of an attribute, JSON text; True as for ``log``."""
        return self._tracker.set_attribute(key, value, custom=custom) and self._taken()

    def _taken(self) -> bool:
        if self._tracker.is_waiting and not self._timer.isActive():
            self.published()  # which sees to it that it is tried again
        self.upload_thread.wake()
        self.delivery_changed()
        return True

    def go_offline(self, offline: bool) -> None:  # noqa: FBT001
        """Send nothing for now, or again."""
        self.upload_thread.offline = offline
        self.upload_thread.send_soon()
        self.delivery_changed()

    def leave(self, seconds: float) -> None:
        """End the session, send for so many seconds at most, then forget everything."""
        self._left.emit(seconds)

    @Slot(float)
    @never_raises
    def _leave(self, seconds: float) -> None:
        self.leaving = True
        self._patience.start(round(seconds * 1000))
        self._tracker.apply(Input.DISABLE)
        self.upload_thread.drain()
        self.published()

    @Slot()
    @never_raises
    def _give_up(self) -> None:
        self._finish_leaving(False)

    @Slot(bool)
    @never_raises
    def _finish_leaving(self, sent: bool) -> None:  # noqa: FBT001 (a Qt slot)
        if self.leaving:
            wiped = self._tracker.wipe()
            self.leaving = False
            self._patience.stop()
            self._gather()
            self._untold.append((self.loggedOut, sent and wiped))
            self.published()

    @property
    def is_stopped(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopped

    @property
    def is_automatic(self) -> bool:
        """Whether windows decide about sessions."""
        return self._app_state is not None

    def begin_inspection(self) -> RequestLog:
        """Remember requests and whole events, until ``end_inspection`` was called as often."""
        self._inspectors += 1
        self._tracker.keep_texts(True)
        return self.upload_thread.log_requests()

    def end_inspection(self) -> None:
        """One inspector less."""
        self._inspectors -= 1
        if not self._inspectors:
            self.upload_thread.stop_logging()
            self._tracker.keep_texts(False)

    def quit(self, seconds: float) -> bool:
        """End the session, and send what waits for so many seconds at most. False if that was not enough."""
        self._awaits_user = False
        self._tracker.apply(Input.QUIT)
        self.published()
        return self.upload_thread.flush(seconds)

    def published(self) -> bool:
        """Tell what has changed: at once in the GUI thread, soon from any other."""
        if threading.get_ident() == self._gui_thread:
            self._publish()
        else:
            self._published_elsewhere.emit()
        return True

    def delivery_changed(self) -> None:
        """Something about sending has changed; it is told soon, once for many."""
        if self._notices or self._stopped:  # a flag: to ask the timer at each event costs a microsecond
            return
        if threading.get_ident() == self._gui_thread:
            self._notice.start()
            self._notices = True
        elif not self._notices_elsewhere:
            self._notices_elsewhere = True
            self._delivered_elsewhere.emit()

    @Slot()
    @never_raises
    def _notice_elsewhere(self) -> None:
        self._notices_elsewhere = False
        self.delivery_changed()

    def stop(self, seconds: float) -> None:
        """End the session, tell it, send for so many seconds at most. Works without the application too."""
        self._stopped = True
        self._storage_thread.finish()
        self._tracker.quit()
        if isValid(self):
            self._timer.stop()
            self._notice.stop()
            self._publish()
        self.upload_thread.finish(seconds)
        if self.leaving:
            self._forget()
        self._tracker.close()

    def disconnect_from(self, app: QCoreApplication) -> None:
        """After ``stop``: leave nothing on the application."""
        if self._app_state:
            self._app_state.let_go(app)

    def let_go(self) -> None:
        """After ``stop``: leave nothing on the application's thread."""
        self.upload_thread.let_go(self)
        self._storage_thread.let_go(self)

    def abandon(self) -> None:
        """In a child that was forked: leave to the parent what is the parent's."""
        if threading.get_ident() == self._gui_thread:  # another thread's child has nobody who would hear
            self._watcher.abandon()
            for timer in self.findChildren(QTimer):
                timer.stop()
            self.upload_thread.abandon()
            self._storage_thread.abandon()
        self.upload_thread.abandon_lease()
        self._tracker.abandon()

    def _forget(self) -> None:
        """The application quits while it logs out: the recorder takes no other wipe any more."""
        self.leaving = False
        sent = not self._tracker.pending
        wiped = self._tracker.erase()
        if isValid(self):
            self.loggedOut.emit(sent and wiped)

    @Slot(bool)
    @never_raises
    def _follow(self, foreground: bool) -> None:  # noqa: FBT001 (a Qt slot)
        if self._begun:
            self._timer.start(round(self._heartbeat * 1000))  # tries again, should Ctrl+C interrupt the rest
        self.apply(Input.ENTER_FOREGROUND if foreground else Input.LEAVE_FOREGROUND)
        self._followed = foreground

    @Slot()
    @never_raises
    def evaluate(self) -> None:
        """Look at the clocks and the windows now. GUI thread."""
        if not self._begun:
            self._begun = True
            self.upload_thread.begin()
        elif self._app_state:
            self._app_state.evaluate()
            if self._app_state.foreground != self._followed:
                self._follow(self._app_state.foreground)
        waited = self._tracker.is_waiting
        self._mind_sleep()
        # Until the user is noticed, nothing shows that anybody was there since the sleep.
        if waited or not self._sleep.in_doubt or due(self._tracker.tracking, self._tracker.now()):
            self._tracker.tick()
        if waited and not self._tracker.is_waiting:
            self.upload_thread.send_soon()
        self._beats += 1
        if self._beats % CHECKPOINT_BEATS == 0:
            self.upload_thread.wake()
        self.upload_thread.attend()
        self._storage_thread.attend()
        self._publish()

    @Slot(object)
    @never_raises
    def _take_status(self, status: UploadStatus) -> None:
        self.status = status
        self.delivery_changed()

    @Slot()
    @never_raises
    def _publish(self) -> None:
        """Do what follows from what has changed since the last time, then tell it."""
        if not (self._begun or self._stopped):
            return
        self._mind_sleep()
        self._merge()
        self._gather()
        try:
            self._watch()
        finally:
            self._arm()  # which looks whether the file could be watched
        if self._telling and self._untold:
            # A slot of the host has changed this, or an event loop that it runs. The rest is told when the
            # slot returns, or by that event loop.
            self._soon.start()
        else:
            self._tell()

    def _merge(self) -> None:
        """Have merged what somebody waits for. Nothing but a test of the host waits for it here."""
        if self._stopped or not self._tracker.wants_merge:
            return
        if self._merges_here:
            self._tracker.merge_all()
        else:
            self._storage_thread.wake()

    def _mind_sleep(self) -> None:
        """After a sleep of the machine watch for the user, and after a long one wait for him."""
        tracker = self._tracker
        if not tracker.here:
            self._sleep.forget()
        elif not self._awaits_user:
            self._sleep.look(tracker.tracking, tracker.now())
            if self._sleep.is_leave(tracker.tracking):
                tracker.apply(Input.LEAVE_FOREGROUND)
                self._awaits_user = True
                if not (self._app_state or has_visible_window()):
                    self._return()  # nothing could show the user
        if (self._awaits_user or self._sleep.in_doubt) and not self._stopped:
            self._activity.start()
        else:
            self._activity.stop()

    @Slot()
    @never_raises
    def note_user(self) -> None:
        """Called from within an event: the host is told when Qt has delivered it."""
        if self._awaits_user:
            self._return()
        else:
            self._sleep.forget()
            self._tracker.tick()
        self._published_elsewhere.emit()

    def _return(self) -> None:
        self._awaits_user = False
        self._sleep.forget()
        self._tracker.apply(Input.ENTER_FOREGROUND)

    def _watch(self) -> None:
        path = None if self._stopped else self._tracker.store.change_file
        if path and not self._watcher.unavailable and not self._watcher.is_watching(path):
            self._tracker.store.make_change_file()
        self._watcher.watch(path)

    def _gather(self) -> None:
        """Take what is to be told, in order, and wake the upload thread."""
        facts = self._tracker.take_facts()
        before, self._told = self._told, self._properties()
        changed = [name for name, value in self._told.items() if value != before[name]]
        if facts or changed:
            self._untold += [(self.factTold, fact) for fact in facts]
            self._untold += [(self.changed, name) for name in changed]
            self._wake_upload_thread(facts)
        error, self._storage_error = self._storage_error, self._tracker.storage_error
        if facts or changed or error != self._storage_error:
            self.delivery_changed()

    @Slot()
    @never_raises
    def _tell(self) -> None:
        self._soon.stop()
        outer = self._telling
        try:
            self._telling = True
            while self._untold:
                signal, what = self._untold.popleft()
                signal.emit(what)
        finally:
            self._telling = outer

    def _wake_upload_thread(self, facts: Sequence[Fact]) -> None:
        if any(isinstance(fact, SessionStarted) for fact in facts):
            self.upload_thread.resolution = screen_resolution()
            self.upload_thread.resume()
        elif facts:
            self.upload_thread.send_soon()
        else:
            self.upload_thread.wake()

    def _properties(self) -> dict[str, object]:
        now = self._tracker.tracking
        return {
            "session": (now.state, now.session and now.session.id),
            "user": now.user_id,
            "timeout": now.timeout,
            "enabled": (now.enabled, self._tracker.device_id),
        }

    def _arm(self) -> None:
        """Look again when there will be something to see; without a session there will not."""
        tracking = self._tracker.tracking
        at = deadline(tracking)
        if self._stopped:
            self._timer.stop()
        elif self._tracker.is_waiting:
            self._timer.start(round(LATE_RETRY * 1000))
        elif self._app_state and self._app_state.foreground != self._followed:
            self._timer.start(round(self._heartbeat * 1000))
        elif tracking.state is State.NONE and self._watcher.unavailable:
            self._timer.start(round(self._background_poll * 1000))
        elif tracking.state is State.NONE and (system.loses_changes or self._tracker.store.is_unwatched):
            self._timer.start(round(self._lost_change_poll * 1000))
        elif tracking.state is State.NONE:
            self._timer.stop()
        elif at is None:
            self._timer.start(round((self._heartbeat if self._tracker.here else PEER_LOOK) * 1000))
        else:
            left = min(max(0.0, at - self._tracker.now().boot), self._background_poll)
            self._timer.start(round(left * 1000) + 1)

    @Slot()
    @never_raises
    def _look_at_changes(self) -> None:
        self._tracker.refresh()
        if self.upload_thread.syncs:
            self.upload_thread.look()
        self._publish()

    @Slot()
    @never_raises
    def _tell_delivery(self) -> None:
        self._notices = False
        self._notice.stop()
        self.deliveryChanged.emit()
