"""The inspector for Qt Quick; tests/inspector has what it shows."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from braze_qt.testing import BrazeApp

from .conftest import delete

WINDOW = b"""
import QtQuick
import QtQuick.Controls
import BrazeQt
ApplicationWindow {
    visible: true
    width: 820
    height: 640
    Inspector { anchors.fill: parent }
}
"""

not_installed = pytest.mark.braze(installed=False)


@pytest.fixture
def window(
    engine: QQmlApplicationEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[QQuickWindow]:
    """A window of an application, with an inspector."""
    engine.loadData(WINDOW, QUrl("file:///window.qml"))
    (window,) = engine.rootObjects()
    assert isinstance(window, QQuickWindow)
    window.requestActivate()
    qtbot.waitUntil(window.isActive)
    return window


def items(window: QQuickWindow) -> list[QQuickItem]:
    def below(item: QQuickItem) -> Iterator[QQuickItem]:
        for child in item.childItems():
            if child.isVisible():
                yield child
                yield from below(child)

    return [*below(window.contentItem())]


def texts(window: QQuickWindow) -> list[str]:
    """What can be read."""
    return [text for item in items(window) if isinstance(text := item.property("text"), str) and text]


def focused(window: QQuickWindow) -> QObject:
    focused = window.activeFocusItem()
    assert focused is not None
    return focused


def tab_until(window: QQuickWindow, holds: Callable[[QObject], bool]) -> None:
    for _ in range(12):
        if holds(focused(window)):
            return
        QTest.keyClick(window, Qt.Key.Key_Tab)
    raise AssertionError("Tab does not lead there")


def is_table(item: QObject) -> bool:
    return item.metaObject().className().startswith("QQuickTableView")


def test_the_inspector_shows_events_and_cause(
    window: QQuickWindow, braze_app: BrazeApp, qtbot: QtBot
) -> None:
    braze_app.come_to_front()
    braze_app.braze.logCustomEvent("saved", {"pages": 3})
    braze_app.event("saved")
    qtbot.waitUntil(lambda: {"saved", "Session start", "Events (2)"} <= set(texts(window)))
    assert "Everything has arrived." in texts(window)


def test_the_keyboard_selects_and_copies(window: QQuickWindow, braze_app: BrazeApp, qtbot: QtBot) -> None:
    braze_app.come_to_front()
    braze_app.braze.logCustomEvent("saved", {"pages": 3})
    qtbot.waitUntil(lambda: "saved" in texts(window))
    tab_until(window, is_table)
    QTest.keyClick(window, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: any("As stored" in text for text in texts(window)))
    QTest.keySequence(window, QKeySequence(QKeySequence.StandardKey.Copy))
    assert "As stored" in QGuiApplication.clipboard().text()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not any("As stored" in text for text in texts(window)))


def test_everything_to_use_has_an_accessible_name(window: QQuickWindow, braze_app: BrazeApp) -> None:
    controls = [item for item in items(window) if item.property("activeFocusOnTab")]
    assert len(controls) >= 5
    for item in controls:
        assert item.property("text") or item.property("placeholderText") or is_table(item), item


@not_installed
def test_the_inspector_follows_a_later_installation(
    window: QQuickWindow, braze_app: BrazeApp, qapp: QApplication, qtbot: QtBot
) -> None:
    assert any(text.startswith("braze_qt is not installed") for text in texts(window))
    braze = braze_app.install(qapp)
    braze_app.come_to_front()
    qtbot.waitUntil(lambda: "Session start" in texts(window))
    braze.shutdown()
    qtbot.waitUntil(lambda: any(text.startswith("braze_qt is not installed") for text in texts(window)))


def test_gathering_ends_with_the_engine(
    window: QQuickWindow, engine: QQmlApplicationEngine, braze_app: BrazeApp, qtbot: QtBot
) -> None:
    sender = braze_app.braze._scheduler.upload_thread._request_sender
    assert sender.log is not None
    delete(engine)
    assert sender.log is None
