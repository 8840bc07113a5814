"""The public face: install it, listen to its signals, call its slots."""

from __future__ import annotations

import atexit
import functools
import hashlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from appdirs import user_data_dir
from PySide6.QtCore import Property, QCoreApplication, QMetaObject, QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from braze_qt import events
from braze_qt.clock import SystemClock
from braze_qt.config import BrazeConfig, timeout_fault
from braze_qt.errors import UsageError
from braze_qt.events import EventRecord, Fact, SessionEnded, SessionStarted
from braze_qt.qt.device import screen_resolution
from braze_qt.qt.lifecycle import Lifecycle
from braze_qt.qt.uploader import DeliveryStatus, Sender, Uploader
from braze_qt.session import Input, State, deadline
from braze_qt.tracker import Tracker
from braze_qt.transport import Transport

logger = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Seconds between two looks at the clocks and the windows while in the foreground."""
BACKGROUND_LOOK = 10.0
"""Seconds, at most, between two looks at the clocks while a session waits in the background: a
timer stands still while the machine sleeps, so it may not be trusted with a long wait."""
NOTICE_MS = 100
"""Milliseconds in which changes of the delivery are gathered into one ``deliveryChanged``."""
CHECKPOINT_BEATS = 120
"""Heartbeats between two checkpoints of a store that takes nothing but signs of life."""

Method = TypeVar("Method", bound=Callable[..., Any])


def _never_raises(method: Method) -> Method:
    """The host shall not suffer from a fault of ours: log it, answer False."""

    @functools.wraps(method)
    def quiet(self: BrazeQt, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except Exception:
            logger.exception("%s failed", method.__name__)
            return False

    return quiet  # type: ignore[return-value]


class BrazeQt(QObject):
    """Session tracking for one application. Made by :meth:`install`, found by :meth:`instance`.

    Slots may be called from any thread and never raise: they return False, and log one warning,
    for an argument that is not allowed. Signals are emitted in the GUI thread; what they tell is on
    disk by then. Properties are for the GUI thread and for QML.
    """

    sessionStarted = Signal(str)
    sessionEnded = Signal(str, float)
    sessionStateChanged = Signal()
    userChanged = Signal()
    sessionTimeoutChanged = Signal()
    enabledChanged = Signal()
    deliveryChanged = Signal()
    _published_elsewhere = Signal()
    _changed_elsewhere = Signal()

    _installed: ClassVar[BrazeQt | None] = None

    @classmethod
    def install(cls, app: QCoreApplication, config: BrazeConfig) -> BrazeQt:
        """Begin to track the sessions of ``app``. Call it in the GUI thread, at any time after the
        application object was made: before or after the first window, before or inside ``exec()``.

        Raises:
            UsageError: there is no application, one is tracked already, or this is not its thread.
        """
        if not isinstance(app, QCoreApplication) or not isValid(app):
            raise UsageError("install() needs the application object, made before")
        if not isinstance(config, BrazeConfig):
            raise UsageError(f"install() needs a BrazeConfig, not a {type(config).__name__}")
        if cls._installed is not None:
            raise UsageError("braze_qt is installed already; BrazeQt.instance() finds it")
        if app.thread() is not None and not app.thread().isCurrentThread():
            raise UsageError("install() must be called in the GUI thread")
        cls._installed = cls(app, config)
        return cls._installed

    @classmethod
    def instance(cls) -> BrazeQt | None:
        """The installed one; None before :meth:`install` and after :meth:`shutdown`. Any thread."""
        return cls._installed

    def __init__(self, app: QCoreApplication, config: BrazeConfig) -> None:
        super().__init__(app)
        self._config = config
        self._gui_thread = threading.get_ident()
        self._begun = self._publishing = self._stale = self._stopped = False
        self._beats = 0
        self._status = DeliveryStatus()
        clock = SystemClock()
        folder = config.folder or _default_folder(app, config)
        self._tracker = Tracker(folder, clock, config.session_timeout, enabled=config.enabled)
        self._told = self._telling()
        version = config.app_version or app.applicationVersion() or None
        sender = Sender(config.api_key, version, screen_resolution(), config.flush_interval)
        self._uploader = Uploader(self._tracker, Transport(config.url, clock), sender)
        self._uploader.reported.connect(self._take_status)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tick)
        self._notice = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._notice.timeout.connect(self._tell_delivery)
        self._published_elsewhere.connect(self._publish, Qt.ConnectionType.QueuedConnection)
        self._changed_elsewhere.connect(self._notice.start, Qt.ConnectionType.QueuedConnection)
        self._lifecycle = Lifecycle(app, self)
        if config.automatic_sessions:
            self._lifecycle.foregroundChanged.connect(self._follow)
            self._lifecycle.evaluate()
        app.aboutToQuit.connect(self.shutdown)
        atexit.register(self.shutdown)
        # Signals wait for the event loop, so that the caller of install() can connect to them first.
        QTimer.singleShot(0, self._begin)

    # -- calls ---------------------------------------------------------------------------------

    @Slot(str, result=bool)
    @_never_raises
    def changeUser(self, user_id: str) -> bool:
        """From now on sessions and events are those of ``user_id`` (at most 997 bytes of UTF-8).

        For another user than the present one the open session ends, and a new one starts if the
        application is in the foreground. There is no way back to anonymous but :meth:`wipeData`.
        """
        fault = events.user_id_fault(user_id)
        return self._refuse("changeUser", fault) if fault else self._apply(Input.CHANGE_USER, user_id=user_id)

    @Slot(int, result=bool)
    @_never_raises
    def setSessionTimeout(self, seconds: int) -> bool:
        """Whole seconds, 1 or more, until a session in the background ends; moves a running deadline."""
        fault = timeout_fault(seconds)
        return (
            self._refuse("setSessionTimeout", fault)
            if fault
            else self._apply(Input.SET_TIMEOUT, timeout=seconds)
        )

    @Slot(bool, result=bool)
    @_never_raises
    def setEnabled(self, enabled: bool) -> bool:  # noqa: FBT001 (a Qt setter)
        """Consent given or withdrawn; remembered over restarts. While disabled nothing is stored or sent."""
        if not isinstance(enabled, bool):
            return self._refuse("setEnabled", f"enabled must be True or False, not {enabled!r:.80}")
        return self._apply(Input.ENABLE if enabled else Input.DISABLE)

    @Slot(result=bool)
    @_never_raises
    def openSession(self) -> bool:
        """The application came to the foreground, for applications without automatic sessions."""
        return self._apply(Input.ENTER_FOREGROUND)

    @Slot(result=bool)
    @_never_raises
    def closeSession(self) -> bool:
        """The application left the foreground; the session ends after the timeout."""
        return self._apply(Input.LEAVE_FOREGROUND)

    @Slot(str, result=bool)
    @Slot(str, "QVariantMap", result=bool)
    @_never_raises
    def logCustomEvent(self, name: str, properties: dict[str, Any] | None = None) -> bool:
        """Log an event into the open session, or for the next one. Stored when this returns True.

        Args:
            name: 1 to 255 characters, no control characters, no double quotes.
            properties: JSON-like values and datetimes, at most 51,200 bytes of JSON, 50 levels. They
                are copied.
        """
        fault = events.name_fault("the name of an event", name)
        if fault:
            return self._refuse("logCustomEvent", fault)
        try:
            text = events.properties_text(properties)
        except ValueError as error:
            return self._refuse("logCustomEvent", str(error))
        logged = self._tracker.log(name, text)
        if logged:
            self._uploader.look()
            self._delivery_changed()
        return logged

    @Slot(result=bool)
    @_never_raises
    def requestImmediateDataFlush(self) -> bool:
        """Send what waits now, also after a failure. False while disabled."""
        self._uploader.force()
        return self._tracker.tracking.enabled

    @Slot(result=bool)
    @_never_raises
    def wipeData(self) -> bool:
        """Forget everything stored on this computer, device id and user too, and stay disabled."""
        self._tracker.wipe()
        return self._published()

    @Slot(result=bool)
    @_never_raises
    def shutdown(self, timeout: float | None = None) -> bool:
        """End the session, try to send what waits, stop. Happens by itself when the application quits.

        Args:
            timeout: seconds for the sending; default: ``shutdown_timeout``. After a failure nothing
                is waited for. What was not sent goes at the next start.
        """
        if threading.get_ident() != self._gui_thread:
            return bool(QMetaObject.invokeMethod(self, "shutdown", Qt.ConnectionType.QueuedConnection))
        if self._stopped:
            return True
        self._stopped = True
        self._tracker.quit()
        if isValid(self):
            self._timer.stop()
            self._notice.stop()
            self._publish()
        self._uploader.finish(self._config.shutdown_timeout if timeout is None else timeout)
        self._tracker.close()
        atexit.unregister(self.shutdown)
        BrazeQt._installed = None
        return True

    def recentEvents(self) -> list[EventRecord]:
        """The last 200 events of this run and how far each got, newest last. Any thread."""
        return self._tracker.records()

    # -- properties ----------------------------------------------------------------------------

    def _session_start(self) -> float:
        session = self._tracker.tracking.session
        return session.started.wall if session else 0.0

    def _session_seconds(self) -> float:
        session = self._tracker.tracking.session
        return session.duration(session.left or self._tracker.now()) if session else 0.0

    def _seconds_to_timeout(self) -> float:
        at = deadline(self._tracker.tracking)
        return -1.0 if at is None else max(0.0, at - self._tracker.now().boot)

    def _session_id(self) -> str:
        session = self._tracker.tracking.session
        return session.id if session else ""

    def _delivery_state(self) -> str:
        if not self._tracker.tracking.enabled:
            return "disabled"
        return "pending" if self._status.state == "idle" and self._tracker.pending else self._status.state

    sessionId = Property(str, _session_id, notify=sessionStateChanged)
    sessionState = Property(str, lambda self: self._tracker.tracking.state.value, notify=sessionStateChanged)
    sessionStart = Property(float, _session_start, notify=sessionStateChanged)
    sessionSeconds = Property(float, _session_seconds, notify=sessionStateChanged)
    secondsToTimeout = Property(float, _seconds_to_timeout, notify=sessionStateChanged)
    sessionTimeout = Property(int, lambda self: self._tracker.tracking.timeout, notify=sessionTimeoutChanged)
    userId = Property(str, lambda self: self._tracker.tracking.user_id or "", notify=userChanged)
    deviceId = Property(str, lambda self: self._tracker.device_id, notify=enabledChanged)
    enabled = Property(bool, lambda self: self._tracker.tracking.enabled, notify=enabledChanged)
    pendingCount = Property(int, lambda self: self._tracker.pending, notify=deliveryChanged)
    lostCount = Property(int, lambda self: self._tracker.lost, notify=deliveryChanged)
    deliveryState = Property(str, _delivery_state, notify=deliveryChanged)
    lastOutcome = Property(
        str, lambda self: self._tracker.trouble or self._status.words, notify=deliveryChanged
    )
    retryAt = Property(float, lambda self: self._status.retry_at, notify=deliveryChanged)

    # -- inside --------------------------------------------------------------------------------

    @Slot()
    def _begin(self) -> None:
        if not self._stopped:
            self._begun = True
            self._uploader.start()
            self._uploader.look()
            self._publish()

    @Slot(bool)
    @_never_raises
    def _follow(self, foreground: bool) -> None:  # noqa: FBT001 (a Qt slot)
        self._apply(Input.ENTER_FOREGROUND if foreground else Input.LEAVE_FOREGROUND)

    @Slot()
    @_never_raises
    def _tick(self) -> None:
        if self._config.automatic_sessions:
            self._lifecycle.evaluate()
        self._tracker.tick()
        self._beats += 1
        if self._beats % CHECKPOINT_BEATS == 0:
            self._uploader.look()
        self._publish()

    @Slot(object)
    def _take_status(self, status: DeliveryStatus) -> None:
        self._status = status
        self._delivery_changed()

    def _apply(self, given: Input, **told: Any) -> bool:
        return self._tracker.apply(given, **told) and self._published()

    def _published(self) -> bool:
        if threading.get_ident() == self._gui_thread:
            self._publish()
        else:
            self._published_elsewhere.emit()
        return True

    @Slot()
    @_never_raises
    def _publish(self) -> None:
        """Tell what has changed since the last time; what slots of the host change meanwhile follows."""
        if self._publishing or not (self._begun or self._stopped):
            return
        self._publishing = True
        try:
            while (facts := self._tracker.take_facts()) or self._told != self._telling():
                self._uploader.hurry() if facts else self._uploader.look()
                for fact in facts:
                    self._tell_fact(fact)
                self._tell_changes()
        finally:
            self._publishing = False
        self._arm()

    def _tell_fact(self, fact: Fact) -> None:
        if isinstance(fact, SessionStarted):
            logger.info("session %s started", fact.session_id)
            self.sessionStarted.emit(fact.session_id)
        elif isinstance(fact, SessionEnded):
            logger.info("session %s ended after %.3f s", fact.session_id, fact.duration)
            self.sessionEnded.emit(fact.session_id, fact.duration)

    def _telling(self) -> tuple[object, ...]:
        now = self._tracker.tracking
        session = (now.state, self._session_id())
        return session, now.user_id, now.timeout, (now.enabled, self._tracker.device_id)

    def _tell_changes(self) -> None:
        before, self._told = self._told, self._telling()
        signals = (
            self.sessionStateChanged,
            self.userChanged,
            self.sessionTimeoutChanged,
            self.enabledChanged,
        )
        for was, is_now, signal in zip(before, self._told, signals, strict=True):
            if was != is_now:
                signal.emit()
        self._delivery_changed()

    def _arm(self) -> None:
        """Look again when there will be something to see; a session in no hurry of its own needs no timer."""
        tracking = self._tracker.tracking
        at = deadline(tracking)
        if self._stopped or tracking.state is State.NONE:
            self._timer.stop()
        elif at is None:
            self._timer.start(round(HEARTBEAT * 1000))
        else:
            left = min(max(0.0, at - self._tracker.now().boot), BACKGROUND_LOOK)
            self._timer.start(round(left * 1000) + 1)

    def _delivery_changed(self) -> None:
        if self._stale or self._stopped:
            return
        self._stale = True
        if threading.get_ident() == self._gui_thread:
            self._notice.start()
        else:
            self._changed_elsewhere.emit()

    @Slot()
    def _tell_delivery(self) -> None:
        self._stale = False
        self.deliveryChanged.emit()

    def _refuse(self, call: str, fault: str) -> bool:
        logger.warning("%s: %s; nothing is stored", call, fault)
        return False


def _default_folder(app: QCoreApplication, config: BrazeConfig) -> Path:
    """A folder for this API key and this application. Hashed: a path shows up in many places."""
    name = f"{app.organizationName()}/{app.applicationName()}"
    program = Path(sys.executable if not sys.argv or not sys.argv[0] else sys.argv[0])
    # Qt's own default is the name of the program file, and two applications may both be a main.py.
    if app.applicationName() in ("", program.name, program.stem, "python", "python3"):
        name = os.path.abspath(program)
    identity = f"{config.api_key}\0{config.app_name or name}"
    return Path(user_data_dir("braze_qt")) / hashlib.sha256(identity.encode()).hexdigest()[:32]
