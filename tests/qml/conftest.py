"""Engines with the module, and objects that they made."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QUrl
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from braze_qt.qml import register

Load = Callable[[str], QObject]


def delete(what: QObject) -> None:
    """Delete it now, as C++ would."""
    what.deleteLater()
    QCoreApplication.sendPostedEvents(what, QEvent.Type.DeferredDelete.value)


def loaded(engine: QQmlApplicationEngine, members: str) -> QObject:
    """An object of QML with these members."""
    engine.loadData(
        f"import QtQml\nimport BrazeQt\nQtObject {{\n{members}\n}}".encode(), QUrl("file:///object.qml")
    )
    return engine.rootObjects()[-1]


@pytest.fixture
def engine(qapp: QApplication) -> Iterator[QQmlApplicationEngine]:
    register()
    engine = QQmlApplicationEngine()
    yield engine
    if isValid(engine):
        delete(engine)


@pytest.fixture
def load(engine: QQmlApplicationEngine) -> Load:
    """Makes an object of QML with these members."""
    return lambda members: loaded(engine, members)
