"""What a host can see: the signals and properties of an installation."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from PySide6.QtCore import Property, QObject, Signal, Slot

from braze_qt._qt.guard import never_raises
from braze_qt._qt.scheduler import Scheduler
from braze_qt._qt.upload_thread import SignatureFault
from braze_qt._recorder.recorder import Recorder
from braze_qt._session.machine import deadline
from braze_qt.events import Fact, SessionEnded, SessionStarted

logger: logging.Logger = logging.getLogger(__name__)

Value = TypeVar("Value")

LARGEST = 2**31 - 1
"""What a Qt property of type int holds: as a timeout, 68 years."""


def _property(kind: type[Value], getter: Callable[[Any], Value], notify: Signal) -> Value:
    """A Qt property that type checkers take for the value which it gives."""
    return cast(Value, Property(kind, getter, notify=notify))


class ObservableProperties(QObject):
    """Signals are emitted in the GUI thread; what they tell is on disk by then. Properties change with a
    call; ``sessionStarted`` and ``sessionEnded`` follow when it is merged. Properties are for the GUI thread
    and for QML; times are Unix seconds, durations seconds.

    Signals:
        sessionStarted: the session's id.
        sessionEnded: the session's id, and its length in seconds.
        sdkAuthenticationFailed: Braze's code (0 if it gave none), its reason, the user id, and the
            signature that was refused.
        loggedOut: the answer to ``logout``: whether everything that waited was sent, and then deleted.
    """

    sessionStarted: ClassVar[Signal] = Signal(str, arguments=["sessionId"])
    sessionEnded: ClassVar[Signal] = Signal(str, float, arguments=["sessionId", "seconds"])
    sessionStateChanged: ClassVar[Signal] = Signal()
    userChanged: ClassVar[Signal] = Signal()
    sessionTimeoutChanged: ClassVar[Signal] = Signal()
    enabledChanged: ClassVar[Signal] = Signal()
    deliveryChanged: ClassVar[Signal] = Signal()
    sdkAuthenticationFailed: ClassVar[Signal] = Signal(
        int, str, str, str, arguments=["code", "reason", "userId", "signature"]
    )
    loggedOut: ClassVar[Signal] = Signal(bool, arguments=["complete"])

    _tracker: Recorder
    _scheduler: Scheduler

    def _observe(self) -> None:
        """Tell what the scheduler tells, from now on."""
        self._scheduler.factTold.connect(self._tell_fact)
        self._scheduler.changed.connect(self._tell_change)
        self._scheduler.deliveryChanged.connect(self.deliveryChanged)
        self._scheduler.signatureRefused.connect(self._tell_refusal)
        self._scheduler.loggedOut.connect(self.loggedOut)

    # -- signals -------------------------------------------------------------------------------

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
    def _tell_change(self, name: str) -> None:
        signals = {
            "session": self.sessionStateChanged,
            "user": self.userChanged,
            "timeout": self.sessionTimeoutChanged,
            "enabled": self.enabledChanged,
        }
        signals[name].emit()

    @Slot(object)
    @never_raises
    def _tell_refusal(self, fault: SignatureFault) -> None:
        self.sdkAuthenticationFailed.emit(fault.code, fault.reason, fault.user_id, fault.signature)

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
        if self._scheduler.upload_thread.offline:
            return "paused"
        if not self._tracker.tracking.enabled and not self._scheduler.leaving:
            return "disabled"
        state = self._scheduler.status.state
        return "pending" if state == "idle" and self._tracker.pending else state

    def _last_outcome(self) -> str:
        return self._tracker.storage_error or self._scheduler.status.words

    sessionId: str = _property(str, _session_id, sessionStateChanged)
    sessionState: str = _property(str, lambda self: self._tracker.tracking.state.value, sessionStateChanged)
    sessionStart: float = _property(float, _session_start, sessionStateChanged)
    sessionSeconds: float = _property(float, _session_seconds, sessionStateChanged)
    secondsToTimeout: float = _property(float, _seconds_to_timeout, sessionStateChanged)
    sessionTimeout: int = _property(
        int, lambda self: min(self._tracker.tracking.timeout, LARGEST), sessionTimeoutChanged
    )
    userId: str = _property(str, lambda self: self._tracker.tracking.user_id or "", userChanged)
    deviceId: str = _property(str, lambda self: self._tracker.device_id, enabledChanged)
    enabled: bool = _property(bool, lambda self: self._tracker.tracking.enabled, enabledChanged)
    pendingCount: int = _property(int, lambda self: self._tracker.pending, deliveryChanged)
    lostCount: int = _property(int, lambda self: self._tracker.lost, deliveryChanged)
    deliveryState: str = _property(str, _delivery_state, deliveryChanged)
    lastOutcome: str = _property(str, _last_outcome, deliveryChanged)
    retryAt: float = _property(float, lambda self: self._scheduler.status.retry_at, deliveryChanged)
