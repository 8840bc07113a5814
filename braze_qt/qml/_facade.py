"""The objects that QML sees. They forward to the present installation, which may come and go meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar, cast

from PySide6.QtCore import Property, QMetaMethod, QObject, Signal, Slot

from braze_qt._qt.client import BrazeQt
from braze_qt._qt.guard import SLOT_RESULT, never_raises
from braze_qt._qt.user import BrazeUser
from braze_qt.content_cards import ContentCards
from braze_qt.feature_flags import FeatureFlags

logger: logging.Logger = logging.getLogger(__name__)

_TYPES: dict[str, type] = {"QString": str, "QVariantMap": dict, "bool": bool, "double": float, "int": int}
_NOT_INSTALLED: dict[str, object] = {
    "deliveryState": "disabled",
    "isAnonymous": True,
    "loaded": "never",
    "secondsToTimeout": -1.0,
    "sessionState": "none",
}
"""Values without an installation, where they are not empty, 0 or False."""


class Facade(QObject):
    """The base of all; ``_forwarding_class`` adds the members."""

    _signals: ClassVar[list[str]]
    _notifiers: ClassVar[list[str]]
    _shown: ClassVar[str]

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._connections: list[Any] = []
        self._connect()

    def _target(self) -> Any:
        """Where everything is forwarded to; None without an installation."""
        raise NotImplementedError

    def _connect(self) -> None:
        # Perhaps to the same one: a handler may install again while the engines are told.
        for connection in self._connections:
            QObject.disconnect(connection)
        target = self._target()
        names = [] if target is None else self._signals
        self._connections = [getattr(target, name).connect(getattr(self, name)) for name in names]

    def follow(self) -> None:
        """There is another installation, or none any more: each property may have changed."""
        self._connect()
        for name in self._notifiers:
            getattr(self, name).emit()


def _forwarding_class(name: str, shown: Any, target: Callable[[], Any], shown_name: str = "braze_qt") -> Any:
    """A class with the signals, properties and slots of ``shown``, forwarded to the answer of ``target``."""
    meta, base = shown.staticMetaObject, cast(Any, QObject).staticMetaObject
    members: dict[str, Any] = {}
    for index in range(base.methodCount(), meta.methodCount()):
        method = meta.method(index)
        method_name = _text(method.name())
        types: list[Any] = list(map(_text, method.parameterTypes()))
        if method_name.startswith("_"):
            continue
        if method.methodType() == QMetaMethod.MethodType.Signal:
            members[method_name] = Signal(
                *types, name=method_name, arguments=list(map(_text, method.parameterNames()))
            )
        else:
            forwarding = members.get(method_name) or _forwarding(method_name)
            members[method_name] = Slot(*types, result=SLOT_RESULT)(forwarding)
    signals = [key for key, member in members.items() if isinstance(member, Signal)]
    notifiers = set()
    for index in range(base.propertyCount(), meta.propertyCount()):
        shown_property = meta.property(index)
        kind = _TYPES.get(shown_property.typeName())
        if kind is not None:  # else it is an object, which Braze has by itself
            notifier = _text(shown_property.notifySignal().name())
            getter = _getter(shown_property.name(), kind)
            members[shown_property.name()] = Property(kind, getter, notify=members[notifier])
            notifiers.add(notifier)
    members |= {"_target": lambda _: target(), "_signals": signals, "_notifiers": sorted(notifiers)}
    members["_shown"] = shown_name
    return cast(Any, type(Facade))(name, (Facade,), members)


def _forwarding(name: str) -> Callable[..., bool]:
    def call(self: Facade, *args: Any) -> bool:
        target = self._target()
        if target is None:
            logger.warning("%s: %s is not installed; nothing is done", name, self._shown)
            return False
        return bool(getattr(target, name)(*args))

    call.__name__ = call.__qualname__ = name  # for Qt, and for the log
    return never_raises(call)


def _getter(name: str, kind: type) -> Callable[[Facade], Any]:
    def get(self: Facade) -> Any:
        target = self._target()
        return _NOT_INSTALLED.get(name, kind()) if target is None else getattr(target, name)

    return get


def _text(name: Any) -> str:
    return bytes(name.data()).decode()


def _user() -> BrazeUser | None:
    installed = BrazeQt.instance()
    return installed.user if installed else None


def _extension(kind: type[Any]) -> Callable[[], Any]:
    def find() -> Any:
        installed = BrazeQt.instance()
        extensions = installed._extensions if installed else ()
        return next((each for each in extensions if isinstance(each, kind)), None)

    return find


_Installation: Any = _forwarding_class("_Installation", BrazeQt, BrazeQt.instance)
User: Any = _forwarding_class("BrazeUser", BrazeUser, _user)
Flags: Any = _forwarding_class("BrazeFeatureFlags", FeatureFlags, _extension(FeatureFlags), "FeatureFlags")
_Cards: Any = _forwarding_class("_Cards", ContentCards, _extension(ContentCards), "ContentCards")


class Cards(_Cards):  # type: ignore[misc]  # made while this module is imported
    """``Braze.contentCards``: what QML sees of ``ContentCards``."""

    modelChanged: ClassVar[Signal] = Signal()

    def follow(self) -> None:
        """There is another model now, or none any more."""
        super().follow()
        self.modelChanged.emit()

    def _model(self) -> QObject | None:
        target = self._target()
        return target.model if target is not None else None

    model: QObject = cast(QObject, Property(QObject, _model, notify=modelChanged))


class Braze(_Installation):  # type: ignore[misc]  # made while this module is imported
    """``Braze``: what QML sees of ``BrazeQt``."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._user = User(self)
        self._flags = Flags(self)
        self._cards = Cards(self)

    def follow(self) -> None:
        """All have another target now."""
        super().follow()
        self._user.follow()
        self._flags.follow()
        self._cards.follow()

    user: QObject = cast(QObject, Property(QObject, lambda self: self._user, constant=True))
    featureFlags: QObject = cast(QObject, Property(QObject, lambda self: self._flags, constant=True))
    contentCards: QObject = cast(QObject, Property(QObject, lambda self: self._cards, constant=True))
