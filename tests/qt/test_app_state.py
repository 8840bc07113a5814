"""Foreground and background, derived from what a platform plugin reports to Qt."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QGraphicsScene,
    QGraphicsView,
    QMenu,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from braze_qt._qt.app_state import AppStateAdapter
from tests.support import window_system

from .conftest import Install

State = Qt.ApplicationState


class Told:
    """The changes that an adapter has emitted, in order."""

    def __init__(self, app: QCoreApplication, **bounds: int) -> None:
        self.adapter = AppStateAdapter(app, **bounds)
        self.said: list[bool] = []
        self.adapter.foregroundChanged.connect(self.said.append)
        self.adapter.evaluate()

    def take(self) -> list[bool]:
        said = self.said.copy()
        self.said.clear()
        return said


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    widget = shown(qtbot)
    yield widget
    window_system.focus(None)


@pytest.fixture
def told(window: QWidget, qapp: QApplication) -> Told:
    assert window.isVisible()
    told = Told(qapp)
    assert told.take() == [True]
    return told


def shown(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    window_system.focus(widget.windowHandle())
    return widget


def test_no_focused_window_means_background(qapp: QApplication) -> None:
    window_system.focus(None)
    assert Told(qapp).take() == []


def test_losing_and_regaining_focus_changes_the_state(told: Told, window: QWidget) -> None:
    window_system.focus(None)
    window_system.focus(window.windowHandle())
    assert told.take() == [False, True]


def is_inactive() -> bool:
    return QGuiApplication.applicationState() == State.ApplicationInactive


def test_a_late_x11_focus_loss_is_reported_once(told: Told, qtbot: QtBot) -> None:
    """And not before Qt reports it."""
    window_system.lose_focus_late()
    told.adapter.evaluate()
    assert told.take() == []
    qtbot.waitUntil(is_inactive)
    told.adapter.evaluate()
    assert told.take() == [False]


def test_late_focus_loss_after_closing_is_ignored(told: Told, window: QWidget, qtbot: QtBot) -> None:
    """Closing the window has been reported already."""
    late = window_system.lose_focus_late()
    window.close()
    told.adapter.evaluate()
    assert told.take() == [False]
    with qtbot.waitSignal(late.timeout):
        pass
    QGuiApplication.processEvents()
    told.adapter.evaluate()
    assert told.take() == []


def test_a_native_dialog_hides_a_late_focus_loss(told: Told, window: QWidget, qtbot: QtBot) -> None:
    dialog = native(QDialog(window))
    dialog.open()
    window_system.lose_focus_late()
    qtbot.waitUntil(is_inactive)
    assert told.take() == []
    dialog.close()


def test_late_focus_loss_after_a_dialog_is_reported(told: Told, window: QWidget, qtbot: QtBot) -> None:
    """The native dialog is closed by then."""
    dialog = native(QDialog(window))
    dialog.open()
    window_system.lose_focus_late()
    dialog.close()
    assert told.take() == []
    qtbot.waitUntil(is_inactive)
    assert told.take() == [False]


def test_a_session_resumes_after_a_late_focus_loss(window: QWidget, install: Install, qtbot: QtBot) -> None:
    """It is in the background from the report on; no event is added."""
    braze = install(session_timeout=300)
    session = braze.sessionId
    assert session
    window_system.lose_focus_late()
    assert braze.sessionState == "foreground"
    qtbot.waitUntil(lambda: braze.sessionState == "background")
    assert is_inactive()
    window_system.focus(window.windowHandle())
    assert (braze.sessionState, braze.sessionId) == ("foreground", session)
    assert [record.name for record in braze.recentEvents()] == ["ss"]


def test_a_gap_between_own_windows_continues_the_session(
    window: QWidget, install: Install, qtbot: QtBot
) -> None:
    """A held alt-tab or a dragged frame makes one: the window manager has the keyboard for a second."""
    braze = install(session_timeout=300)
    session = braze.sessionId
    second = shown(qtbot)
    window_system.focus(None)
    assert braze.sessionState == "background"
    window_system.focus(second.windowHandle())
    assert (braze.sessionState, braze.sessionId) == ("foreground", session)
    assert [record.name for record in braze.recentEvents()] == ["ss"]


def test_a_graphics_scene_widget_is_no_native_dialog(told: Told, window: QWidget) -> None:
    view = QGraphicsView(window)
    scene = QGraphicsScene(view)
    proxy = scene.addWidget(QPushButton("in the scene"))
    view.setScene(scene)
    view.show()
    window_system.focus(window.windowHandle())
    window_system.focus(None)
    assert told.take() == [False]
    assert proxy.isVisible()


def test_moving_between_own_windows_keeps_the_foreground(told: Told, window: QWidget, qtbot: QtBot) -> None:
    second = shown(qtbot)
    window_system.focus(window.windowHandle())
    window_system.focus(second.windowHandle())
    assert told.take() == []


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_popup_menu_keeps_the_foreground(told: Told, window: QWidget, qtbot: QtBot) -> None:
    menu = QMenu(window)
    menu.addAction("Open")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    menu.close()
    assert told.take() == []


def test_an_own_modal_dialog_keeps_the_foreground(told: Told, window: QWidget) -> None:
    dialog = QDialog(window)
    dialog.open()
    window_system.focus(dialog.windowHandle())
    dialog.close()
    window_system.focus(window.windowHandle())
    assert told.take() == []


def test_closing_the_focused_window_ends_the_foreground(
    told: Told, window: QWidget, qapp: QApplication
) -> None:
    """Although Qt still reports Active."""
    qapp.setQuitOnLastWindowClosed(False)
    QTimer.singleShot(0, window.close)
    QTimer.singleShot(50, qapp.quit)
    qapp.exec()  # Qt tells of the last window inside exec() only
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False]


def test_showing_a_new_window_restores_the_foreground(told: Told, window: QWidget, qtbot: QtBot) -> None:
    """After the last one was closed, and although Qt announces no state."""
    window.close()
    told.adapter.evaluate()
    shown(qtbot)
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False, True]


def test_a_silently_lost_focus_is_noticed_at_evaluation(told: Told, window: QWidget, qtbot: QtBot) -> None:
    """One of two windows is closed while another program gets the focus; Qt still reports Active."""
    second = shown(qtbot)
    second.close()
    assert window.isVisible()
    told.adapter.evaluate()
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_closing_a_tray_menu_ends_the_foreground(qapp: QApplication, qtbot: QtBot) -> None:
    """Although Qt still reports Active."""
    window_system.focus(None)
    told = Told(qapp)
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction("Open")
    menu.popup(QPoint(10, 10))
    qtbot.waitUntil(menu.isVisible)
    window_system.focus(menu.windowHandle())
    assert told.take() == [True]
    menu.close()
    told.adapter.evaluate()
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False]


def native(dialog: QDialog) -> QDialog:
    """As Qt shows a native dialog: open for the application, while its own window stays unmapped."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    return dialog


def test_an_open_native_dialog_keeps_the_foreground(told: Told, window: QWidget) -> None:
    dialog = native(QDialog(window))
    dialog.open()
    window_system.focus(None)
    assert QGuiApplication.applicationState() == State.ApplicationInactive
    assert told.take() == []
    dialog.close()
    window_system.focus(window.windowHandle())
    assert told.take() == []


def test_a_modeless_native_dialog_keeps_the_foreground(told: Told, window: QWidget) -> None:
    dialog = native(QDialog(window))
    dialog.show()
    window_system.focus(None)
    assert told.take() == []
    dialog.close()


def test_a_silently_closed_dialog_is_noticed_at_evaluation(told: Told, window: QWidget) -> None:
    """A native one, while another program has the focus."""
    dialog = native(QDialog(window))
    dialog.open()
    window_system.focus(None)
    dialog.close()
    told.adapter.evaluate()
    assert told.take() == [False]


def test_a_background_native_dialog_changes_nothing(told: Told, window: QWidget) -> None:
    window_system.focus(None)
    assert told.take() == [False]
    dialog = native(QDialog(window))
    dialog.open()
    told.adapter.evaluate()
    dialog.close()
    assert told.take() == []


def test_on_macos_inactive_always_means_background(
    window: QWidget, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt reports Active while a native dialog is open there, so Inactive means another application."""
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "cocoa")
    told = Told(qapp)
    dialog = native(QDialog(window))
    dialog.open()
    window_system.focus(None)
    window_system.state(State.ApplicationInactive)
    dialog.close()
    assert told.take() == [True, False]


def run_event_loop(app: QApplication, *steps: Callable[[], object]) -> None:
    """From its start to its end, which leaves the windows open."""
    for step in (*steps, app.exit):
        QTimer.singleShot(0, step)
    app.exec()


def test_quitting_with_an_open_window_ends_the_foreground(
    told: Told, window: QWidget, qapp: QApplication
) -> None:
    run_event_loop(qapp)
    assert window.isVisible()
    assert told.take() == [False]


def test_focus_after_the_event_loop_changes_nothing(told: Told, window: QWidget, qapp: QApplication) -> None:
    run_event_loop(qapp)
    window_system.focus(None)
    window_system.focus(window.windowHandle())
    told.adapter.evaluate()
    assert told.take() == [False]


def test_the_ending_event_loop_is_not_new(told: Told, qapp: QApplication) -> None:
    """Work at quit may take longer than REST_MS: the timer is then due in the last pass of the loop."""
    ending = Told(qapp, rest_ms=0)
    assert ending.take() == [True]
    another = QTimer(interval=0)  # is due, so that the pass goes on with the timers
    another.start()
    run_event_loop(qapp)
    another.stop()
    assert ending.take() == [False]


def test_a_new_event_loop_restores_the_foreground(
    told: Told, window: QWidget, qtbot: QtBot, qapp: QApplication
) -> None:
    """Without a signal from Qt."""
    run_event_loop(qapp)
    with qtbot.waitSignal(told.adapter.foregroundChanged):  # runs a loop of its own
        pass
    assert told.take() == [False, True]


@pytest.mark.parametrize(
    "background", [State.ApplicationInactive, State.ApplicationHidden, State.ApplicationSuspended]
)
def test_every_state_but_active_is_background(told: Told, background: Qt.ApplicationState) -> None:
    window_system.state(background)
    window_system.state(State.ApplicationActive)
    assert told.take() == [False, True]


def test_a_repeated_active_state_changes_nothing(told: Told) -> None:
    window_system.state(State.ApplicationActive, force=True)
    assert told.take() == []
