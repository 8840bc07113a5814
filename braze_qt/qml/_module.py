"""The QML module ``BrazeQt``."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, QResource, QUrl
from PySide6.QtQml import QQmlEngine, qmlRegisterSingletonType, qmlRegisterType
from shiboken6 import isValid

from braze_qt._inspector.core import InspectorCore
from braze_qt._qt.client import BrazeQt
from braze_qt._qt.guard import never_raises
from braze_qt.qml._facade import Braze
from braze_qt.qml._resources import RESOURCES

IMPORT_PATH: str = str(Path(__file__).parent)
"""The import path for tools: ``qmllint -I``, or ``importPaths`` in ``.qmlls.ini``."""

_facades: list[Braze] = []
"""One for each engine that has asked for it; those of deleted engines are dropped at the next look."""
_inspectors: list[FollowingCore] = []
"""Those of the inspectors that QML has made, likewise."""
_resources = b64decode(RESOURCES)
"""To which Qt only points."""


class FollowingCore(InspectorCore):
    """What the type ``Inspector`` of QML shows: the present installation."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(QLocale(), parent)
        _inspectors[:] = [*filter(isValid, _inspectors), self]
        self.follow(BrazeQt.instance())


def register() -> None:
    """Make ``import BrazeQt`` possible in every engine of the GUI thread.

    Call it in the GUI thread before QML is loaded, before or after ``BrazeQt.install()``. A second call does
    nothing.
    """
    if _follow not in BrazeQt._observers:
        qmlRegisterSingletonType(Braze, "BrazeQt", 1, 0, "Braze", _make)  # type: ignore[call-overload]
        QResource.registerResourceData(_resources)
        qmlRegisterType(FollowingCore, "BrazeQt", 1, 0, "InspectorCore")  # type: ignore[call-overload]
        url = QUrl("qrc:/braze_qt/Inspector.qml")
        qmlRegisterType(url, "BrazeQt", 1, 0, "Inspector")  # type: ignore[call-overload]
        BrazeQt._observers.add(_follow)


def _make(engine: QQmlEngine) -> Braze:
    """The singleton of one engine. As its child it lives as long as a binding can refer to it."""
    facade = Braze(engine)
    QQmlEngine.setObjectOwnership(facade, QQmlEngine.ObjectOwnership.CppOwnership)
    _facades[:] = [*filter(isValid, _facades), facade]
    return facade


@never_raises
def _follow() -> None:
    for facade in list(_facades):
        if isValid(facade):  # the handler of a signal may delete another engine
            facade.follow()
    for inspector in list(_inspectors):
        if isValid(inspector):
            inspector.follow(BrazeQt.instance())
