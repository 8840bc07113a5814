"""The public face: install it, listen to its signals, call its slots."""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, cast

from PySide6.QtCore import (
    SIGNAL,
    SLOT,
    Property,
    QCoreApplication,
    QObject,
    Qt,
    QThread,
    Signal,
    Slot,
)
from shiboken6 import isValid

from braze_qt._platform.clock import SystemClock
from braze_qt._qt import fork
from braze_qt._qt.environment import Environment
from braze_qt._qt.extension import Extension
from braze_qt._qt.guard import never_raises, public_slot
from braze_qt._qt.paths import data_folder
from braze_qt._qt.properties import ObservableProperties
from braze_qt._qt.scheduler import Scheduler
from braze_qt._qt.user import BrazeUser
from braze_qt._recorder.recorder import HEARTBEAT_INTERVAL, RETRY, Recorder
from braze_qt._session.state import Input
from braze_qt._storage.folders import write_note
from braze_qt._validation import fields, json_values
from braze_qt._variables import DISABLED, disabled_by_environment
from braze_qt.config import BrazeConfig, shutdown_fault, timeout_fault
from braze_qt.errors import ArgumentError, UsageError
from braze_qt.events import CustomEvent, EventRecord, Purchase

logger: logging.Logger = logging.getLogger(__name__)

LOGOUT_TIMEOUT = 10.0
"""Seconds: what a person may be asked to wait for."""


class BrazeQt(ObservableProperties):
    """Session tracking for one application. Made by :meth:`install`, found by :meth:`instance`.

    Slots may be called from any thread and never raise: they return False, and log one warning,
    for an argument that is not allowed.

    Attributes:
        user: the calls that are about the present user: attributes, aliases, subscriptions.
    """

    _shutdown_elsewhere = Signal(object)
    _installed: ClassVar[BrazeQt | None] = None
    _environment: ClassVar[Environment] = Environment()  # braze_qt.testing puts its own here
    _observers: ClassVar[set[Callable[[], object]]] = set()  # called after install() and shutdown()

    @classmethod
    def install(
        cls, app: QCoreApplication, config: BrazeConfig, *, extensions: Sequence[Extension] = ()
    ) -> BrazeQt:
        """Begin to track the sessions of ``app``. Call it in the GUI thread, at any time after the
        application object was made: before or after the first window, before or inside ``exec()``.

        Args:
            extensions: what a session start shall bring back: ``braze_qt.feature_flags.FeatureFlags()``.

        Raises:
            UsageError: there is no application, one is tracked already, this is not its thread, this
                process was forked from one that is tracked, or there is no such extension, or two of a kind.
        """
        if not isinstance(app, QCoreApplication) or not isValid(app):
            raise UsageError("install() needs the application object, made before")
        if not isinstance(config, BrazeConfig):
            raise UsageError(f"install() needs a BrazeConfig, not a {type(config).__name__}")
        if fault := _extensions_fault(extensions):
            raise UsageError(fault)
        if cls.instance() is not None:
            raise UsageError("braze_qt is installed already; BrazeQt.instance() finds it")
        if app.thread() != QThread.currentThread():
            raise UsageError("install() must be called in the GUI thread")
        if fork.is_child:
            raise UsageError("this process was forked from one that braze_qt is installed in")
        if cls._installed is not None:
            cls._installed.shutdown(0.0)  # its application object is gone, and it lives on
        fork.watch(cls._abandon)
        installed = cls._installed = cls(app, config, extensions)
        cls._tell_observers()
        return installed

    @classmethod
    def _tell_observers(cls) -> None:
        for observer in cls._observers:
            observer()

    @classmethod
    def _abandon(cls) -> Recorder | None:
        installed, cls._installed = cls._installed, None
        if installed and isValid(installed):
            installed._scheduler.abandon()
        return installed._tracker if installed else None

    @classmethod
    def instance(cls) -> BrazeQt | None:
        """The installed one; None before :meth:`install` and after :meth:`shutdown`. Any thread."""
        installed = cls._installed  # which is gone, too, when the application object was deleted
        return installed if installed is not None and isValid(installed) else None

    def __init__(
        self, app: QCoreApplication, config: BrazeConfig, extensions: Sequence[Extension] = ()
    ) -> None:
        """Use :meth:`install`."""
        super().__init__(app)
        self._gui_thread = threading.get_ident()
        self._shutdown_timeout = self._patience = config.shutdown_timeout
        environment = self._environment
        # What a test puts in their place touches neither network nor disk, whatever the environment says.
        off = environment == Environment() and disabled_by_environment()
        folder = environment.folder
        self._note: tuple[Path, str] | None = None
        if not (off or folder):
            folder, file, line = data_folder(app, config)
            self._note = (folder / file, line) if folder else None
        self._tracker = Recorder(
            folder,
            environment.clock or SystemClock(),
            config.session_timeout,
            enabled=config.enabled and not off,
            heartbeat=environment.heartbeat or HEARTBEAT_INTERVAL,
            retry=environment.retry or RETRY,
        )
        if off:
            self._tracker.quit()  # from then on it takes nothing
            logger.info("%s is set: nothing is stored or sent", DISABLED)
        self._extensions = tuple(extensions)
        kinds = [extension._kind for extension in self._extensions]
        self._scheduler = Scheduler(app, config, self._tracker, self, environment, kinds)
        self._user = BrazeUser(self._scheduler, self._tracker, self)
        self._observe()
        self.userChanged.connect(self._user.changed)
        for extension in self._extensions:
            extension._attach(self._scheduler, self._tracker)
        self.enabledChanged.connect(self._note_owner)
        self._note_owner()
        self._shutdown_elsewhere.connect(self._shut_down, Qt.ConnectionType.QueuedConnection)
        app.aboutToQuit.connect(self._rest)
        # By name, which keeps the object that the signal carries out of Python: it is half gone.
        QObject.connect(app, SIGNAL("destroyed()"), self, SLOT("_end_with_application()"))
        atexit.register(self.shutdown)

    # -- calls ---------------------------------------------------------------------------------

    @public_slot
    def changeUser(self, user_id: str, sdkAuthSignature: str | None = None) -> bool:  # noqa: N803
        """From now on sessions and events are those of ``user_id`` (at most 997 bytes of UTF-8).

        For another user than the present one the open session ends, and a new one starts if the
        application is in the foreground. There is no way back to anonymous but :meth:`wipeData`.

        Args:
            sdkAuthSignature: the user's JSON Web Token, where the workspace asks for SDK
                authentication. It is kept in memory alone.
        """
        user_id = fields.checked_user_id(user_id)
        if sdkAuthSignature is not None:
            fields.checked_signature(sdkAuthSignature)
            self._tracker.sign(user_id, sdkAuthSignature)
        changed = self._tracker.apply(Input.CHANGE_USER, user_id=user_id)
        if sdkAuthSignature is not None:
            self._scheduler.upload_thread.resume()
        return changed and self._scheduler.published()

    @public_slot
    def setSdkAuthenticationSignature(self, signature: str) -> bool:
        """A new JSON Web Token for the present user. Events refused for want of it are sent again."""
        fields.checked_signature(signature)
        if self._tracker.closed:
            return False
        user_id = self._tracker.tracking.user_id
        if user_id is None:
            raise ArgumentError("an anonymous user does not sign")
        self._tracker.sign(user_id, signature)
        self._scheduler.upload_thread.resume()
        return True

    @public_slot
    def setSessionTimeout(self, seconds: float) -> bool:
        """Whole seconds, 1 or more, until a session in the background ends; moves a running deadline.

        A server may ask for a longer one; ``sessionTimeout`` says what holds.
        """
        seconds = fields.whole(seconds)
        if fault := timeout_fault(seconds):
            raise ArgumentError(fault)
        return self._scheduler.apply(Input.SET_TIMEOUT, timeout=seconds)

    @public_slot
    def setEnabled(self, enabled: bool) -> bool:  # noqa: FBT001 (a Qt setter)
        """Consent given or withdrawn; remembered over restarts. While disabled nothing is stored or sent."""
        if not isinstance(enabled, bool):
            raise ArgumentError("enabled must be True or False")
        return self._scheduler.apply(Input.ENABLE if enabled else Input.DISABLE)

    @public_slot
    def setOutboundNetworkRequestsOffline(self, offline: bool) -> bool:  # noqa: FBT001
        """Send nothing for now, and keep everything; until told otherwise or the process ends."""
        if not isinstance(offline, bool):
            raise ArgumentError("offline must be True or False")
        if self._tracker.closed:
            return False
        self._scheduler.go_offline(offline)
        return True

    @public_slot
    def openSession(self) -> bool:
        """The application came to the foreground, for applications without automatic sessions."""
        return self._scheduler.apply(Input.ENTER_FOREGROUND)

    @public_slot
    def closeSession(self) -> bool:
        """The application left the foreground; the session ends after the timeout."""
        return self._scheduler.apply(Input.LEAVE_FOREGROUND)

    @public_slot
    def logCustomEvent(self, name: str, properties: Mapping[str, Any] | None = None) -> bool:
        """Log an event into the open session, or for the next one. True: it survives a crash.

        Args:
            name: 1 to 255 characters, no control characters, no double quotes, no ``$`` in front.
            properties: JSON-like values and datetimes, at most 51,200 bytes of JSON, 50 levels,
                strings of up to 255 characters. They are copied.
        """
        name = fields.checked_name("the name of an event", name)
        if name in self._tracker.server.blocked_events:
            raise ArgumentError(f"{name!r} is blocked by Braze")
        return self._scheduler.log(CustomEvent(name, json_values.properties_text(properties)))

    @public_slot
    def logPurchase(
        self,
        product_id: str,
        currency: str,
        price: Decimal | float | str,
        quantity: int | None = 1,
        properties: Mapping[str, Any] | None = None,
    ) -> bool:
        """Log a purchase. True: it survives a crash.

        Args:
            product_id: as the name of an event.
            currency: a code of ISO 4217.
            price: of one piece; rounded half up to two decimals; negative for a refund.
            quantity: 1 to 100; None, which is what QML leaves out, stands for 1.
            properties: as those of an event.
        """
        product_id = fields.checked_name("product_id", product_id)
        if product_id in self._tracker.server.blocked_purchases:
            raise ArgumentError(f"{product_id!r} is blocked by Braze")
        text = json_values.properties_text(properties, json_values.RESERVED_FOR_PURCHASES)
        code, sum_text = fields.checked_currency(currency), fields.price_text(price)
        pieces = fields.checked_quantity(1 if quantity is None else fields.whole(quantity))
        return self._scheduler.log(Purchase(product_id, code, sum_text, pieces, text))

    @public_slot
    def requestImmediateDataFlush(self) -> bool:
        """Send what waits now, also after a failure. False while disabled or switched offline."""
        if not self._tracker.taking or self._scheduler.upload_thread.offline:
            return False
        self._scheduler.upload_thread.send_now()
        return True

    @public_slot
    def wipeData(self) -> bool:
        """Forget everything stored on this computer, device id and user too, and stay disabled.

        Waits for a merge that is under way, and for another process that writes. False if something could not
        be deleted; then it is tried again while this process lives.
        """
        return self._tracker.wipe() & self._scheduler.published()

    @public_slot
    def logout(self, timeout: float | None = None) -> bool:
        """End the session, send what waits, then :meth:`wipeData`; ``loggedOut`` tells how it went.

        Args:
            timeout: seconds (0 to 60) for the sending; default: 10. Events not sent by then, or at the
                first failure, are wiped too.
        """
        timeout = LOGOUT_TIMEOUT if timeout is None else timeout
        if fault := shutdown_fault(timeout):
            raise ArgumentError(fault.replace("shutdown_timeout", "timeout"))
        if not self._tracker.taking:
            return False
        self._scheduler.leave(timeout)
        return True

    @Slot()
    @never_raises
    def _note_owner(self) -> None:
        """Not before consent has made the folder, and not in that of another user; anew after a wipe."""
        if self._note and self._tracker.taking and self._tracker.is_on_disk:
            with contextlib.suppress(OSError):
                write_note(*self._note)

    @Slot()
    @never_raises
    def _rest(self) -> None:
        """The event loop has ended, for good or until it runs again: the session ends, the rest stays."""
        if self._scheduler.leaving:
            self.shutdown()  # what is to be forgotten may not depend on how the process ends
            return
        flushed = self._scheduler.quit(self._shutdown_timeout)
        self._patience = self._shutdown_timeout if flushed else 0.0

    @public_slot
    def shutdown(self, timeout: float | None = None) -> bool:
        """End the session, try to send what waits, stop. Happens by itself when the process ends.

        Args:
            timeout: seconds (0 to 60) for the sending; default: ``shutdown_timeout``. After a failure nothing
                is waited for. Unsent events go at the next start.
        """
        if timeout is not None and (fault := shutdown_fault(timeout)):
            raise ArgumentError(fault)
        seconds = self._patience if timeout is None else timeout
        if threading.get_ident() != self._gui_thread and isValid(self):
            self._shutdown_elsewhere.emit(seconds)
            return True
        if BrazeQt._installed is not self:
            return True
        BrazeQt._installed = None
        self._scheduler.stop(seconds)
        atexit.unregister(self.shutdown)
        if isValid(self):
            self._let_go()
            self._tell_observers()
        return True

    @Slot()
    @never_raises
    def _end_with_application(self) -> None:
        """The application object goes, before the interpreter does and maybe in a thread of its own."""
        self.shutdown()

    def _let_go(self) -> None:
        """Leave nothing on the application, which may outlive Python. The host may still ask us."""
        app = self.parent()
        if isinstance(app, QCoreApplication):  # and not half gone
            app.aboutToQuit.disconnect(self._rest)
            self._scheduler.disconnect_from(app)
        self.setParent(None)
        self._scheduler.let_go()

    @Slot(object)
    @never_raises
    def _shut_down(self, seconds: float) -> None:
        self.shutdown(seconds)

    def recentEvents(self) -> list[EventRecord]:
        """The last 200 events of this run and how far each got, newest last. Any thread."""
        return [] if fork.is_child else self._tracker.records()

    user: BrazeUser = cast("BrazeUser", Property(QObject, lambda self: self._user, constant=True))


def _extensions_fault(extensions: Any) -> str:
    """What is wrong with the argument of ``install``; empty for nothing."""
    if not isinstance(extensions, Sequence) or not all(isinstance(each, Extension) for each in extensions):
        return "extensions must be a list of extensions, such as FeatureFlags()"
    names = [each._kind.name for each in extensions]
    return "extensions has two of one kind" if len(set(names)) < len(names) else ""
