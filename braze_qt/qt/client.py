"""The public face: install it, listen to its signals, call its slots."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from PySide6.QtCore import Property, QCoreApplication, QMetaObject, QObject, Qt, Signal, Slot
from shiboken6 import isValid

from braze_qt import events
from braze_qt.clock import SystemClock
from braze_qt.config import BrazeConfig, shutdown_fault, timeout_fault
from braze_qt.errors import UsageError
from braze_qt.events import EventRecord, Fact, SessionEnded, SessionStarted
from braze_qt.qt.folder import default_folder
from braze_qt.qt.quiet import never_raises
from braze_qt.qt.runtime import Runtime
from braze_qt.session import deadline
from braze_qt.tracker import Tracker
from braze_qt.tracking import Input

logger = logging.getLogger(__name__)


Value = TypeVar("Value")


def _property(kind: type[Value], getter: Callable[[Any], Value], notify: Signal) -> Value:
    """A Qt property that type checkers take for the value which it gives."""
    return cast(Value, Property(kind, getter, notify=notify))


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
        """Use :meth:`install`."""
        super().__init__(app)
        self._gui_thread = threading.get_ident()
        self._shutdown_timeout = config.shutdown_timeout
        self._tracker = Tracker(
            config.folder or default_folder(app, config),
            SystemClock(),
            config.session_timeout,
            enabled=config.enabled,
        )
        self._runtime = Runtime(app, config, self._tracker, self)
        self._runtime.factTold.connect(self._tell_fact)
        self._runtime.changed.connect(self._tell_changes)
        self._runtime.deliveryChanged.connect(self.deliveryChanged)
        app.aboutToQuit.connect(self.shutdown)
        atexit.register(self.shutdown)

    # -- calls ---------------------------------------------------------------------------------

    @Slot(str, result=bool)
    @never_raises
    def changeUser(self, user_id: str) -> bool:
        """From now on sessions and events are those of ``user_id`` (at most 997 bytes of UTF-8).

        For another user than the present one the open session ends, and a new one starts if the
        application is in the foreground. There is no way back to anonymous but :meth:`wipeData`.
        """
        fault = events.user_id_fault(user_id)
        return (
            self._refuse("changeUser", fault)
            if fault
            else self._runtime.apply(Input.CHANGE_USER, user_id=user_id)
        )

    @Slot(int, result=bool)
    @never_raises
    def setSessionTimeout(self, seconds: int) -> bool:
        """Whole seconds, 1 or more, until a session in the background ends; moves a running deadline."""
        fault = timeout_fault(seconds)
        return (
            self._refuse("setSessionTimeout", fault)
            if fault
            else self._runtime.apply(Input.SET_TIMEOUT, timeout=seconds)
        )

    @Slot(bool, result=bool)
    @never_raises
    def setEnabled(self, enabled: bool) -> bool:  # noqa: FBT001 (a Qt setter)
        """Consent given or withdrawn; remembered over restarts. While disabled nothing is stored or sent."""
        if not isinstance(enabled, bool):
            return self._refuse("setEnabled", f"enabled must be True or False, not {enabled!r:.80}")
        return self._runtime.apply(Input.ENABLE if enabled else Input.DISABLE)

    @Slot(result=bool)
    @never_raises
    def openSession(self) -> bool:
        """The application came to the foreground, for applications without automatic sessions."""
        return self._runtime.apply(Input.ENTER_FOREGROUND)

    @Slot(result=bool)
    @never_raises
    def closeSession(self) -> bool:
        """The application left the foreground; the session ends after the timeout."""
        return self._runtime.apply(Input.LEAVE_FOREGROUND)

    @Slot(str, result=bool)
    @Slot(str, "QVariantMap", result=bool)
    @never_raises
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
            self._runtime.uploader.look()
            self._runtime.delivery_changed()
        return logged

    @Slot(result=bool)
    @never_raises
    def requestImmediateDataFlush(self) -> bool:
        """Send what waits now, also after a failure. False while disabled."""
        if not self._tracker.taking:
            return False
        self._runtime.uploader.force()
        return True

    @Slot(result=bool)
    @never_raises
    def wipeData(self) -> bool:
        """Forget everything stored on this computer, device id and user too, and stay disabled."""
        return self._tracker.wipe() and self._runtime.published()

    @Slot(result=bool)
    @Slot(float, result=bool)
    @never_raises
    def shutdown(self, timeout: float | None = None) -> bool:
        """End the session, try to send what waits, stop. Happens by itself when the application quits.

        Args:
            timeout: seconds (0 to 60) for the sending; default: ``shutdown_timeout``. After a failure nothing
                is waited for. What was not sent goes at the next start.
        """
        fault = None if timeout is None else shutdown_fault(timeout)
        if fault:
            return self._refuse("shutdown", fault)
        if threading.get_ident() != self._gui_thread:
            return bool(QMetaObject.invokeMethod(self, "shutdown", Qt.ConnectionType.QueuedConnection))
        if BrazeQt._installed is not self:
            return True
        BrazeQt._installed = None
        self._runtime.stop(self._shutdown_timeout if timeout is None else timeout)
        atexit.unregister(self.shutdown)
        return True

    def recentEvents(self) -> list[EventRecord]:
        """The last 200 events of this run and how far each got, newest last. Any thread."""
        return self._tracker.ledger.records()

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
        return (
            "pending"
            if self._runtime.status.state == "idle" and self._tracker.ledger.pending
            else self._runtime.status.state
        )

    def _last_outcome(self) -> str:
        return self._tracker.ledger.trouble or self._runtime.status.words

    sessionId = _property(str, _session_id, sessionStateChanged)
    sessionState = _property(str, lambda self: self._tracker.tracking.state.value, sessionStateChanged)
    sessionStart = _property(float, _session_start, sessionStateChanged)
    sessionSeconds = _property(float, _session_seconds, sessionStateChanged)
    secondsToTimeout = _property(float, _seconds_to_timeout, sessionStateChanged)
    sessionTimeout = _property(int, lambda self: self._tracker.tracking.timeout, sessionTimeoutChanged)
    userId = _property(str, lambda self: self._tracker.tracking.user_id or "", userChanged)
    deviceId = _property(str, lambda self: self._tracker.ledger.device_id, enabledChanged)
    enabled = _property(bool, lambda self: self._tracker.tracking.enabled, enabledChanged)
    pendingCount = _property(int, lambda self: self._tracker.ledger.pending, deliveryChanged)
    lostCount = _property(int, lambda self: self._tracker.ledger.lost, deliveryChanged)
    deliveryState = _property(str, _delivery_state, deliveryChanged)
    lastOutcome = _property(str, _last_outcome, deliveryChanged)
    retryAt = _property(float, lambda self: self._runtime.status.retry_at, deliveryChanged)

    # -- inside --------------------------------------------------------------------------------

    @Slot(object)
    @never_raises
    def _tell_fact(self, fact: Fact) -> None:
        if isinstance(fact, SessionStarted):
            logger.info("session %s started", fact.session_id)
            self.sessionStarted.emit(fact.session_id)
        elif isinstance(fact, SessionEnded):
            logger.info("session %s ended after %.3f s", fact.session_id, fact.duration)
            self.sessionEnded.emit(fact.session_id, fact.duration)

    @Slot(object)
    @never_raises
    def _tell_changes(self, names: list[str]) -> None:
        signals = {
            "session": self.sessionStateChanged,
            "user": self.userChanged,
            "timeout": self.sessionTimeoutChanged,
            "enabled": self.enabledChanged,
        }
        for name in names:
            signals[name].emit()

    def _refuse(self, call: str, fault: str) -> bool:
        logger.warning("%s: %s; nothing is done", call, fault)
        return False
