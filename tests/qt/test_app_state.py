"""Foreground and background, as Qt's own entry points tell them."""

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

from . import platform
from .conftest import Install

State = Qt.ApplicationState


class Told:
    """What the lifecycle said, in order."""

    def __init__(self, app: QCoreApplication) -> None:
        self.lifecycle = AppStateAdapter(app)
        self.said: list[bool] = []
        self.lifecycle.foregroundChanged.connect(self.said.append)
        self.lifecycle.evaluate()

    def take(self) -> list[bool]:
        said = self.said.copy()
        self.said.clear()
        return said


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    widget = shown(qtbot)
    yield widget
    platform.focus(None)


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
    platform.focus(widget.windowHandle())
    return widget


def test_an_application_without_a_focused_window_is_in_the_background(qapp: QApplication) -> None:
    platform.focus(None)
    assert Told(qapp).take() == []


def test_another_program_takes_the_focus_and_gives_it_back(told: Told, window: QWidget) -> None:
    platform.focus(None)
    platform.focus(window.windowHandle())
    assert told.take() == [False, True]


def is_inactive() -> bool:
    return QGuiApplication.applicationState() == State.ApplicationInactive


def test_a_leave_that_x11_tells_late_is_told_once_and_not_guessed_before(told: Told, qtbot: QtBot) -> None:
    platform.lose_focus_late()
    told.lifecycle.evaluate()
    assert told.take() == []
    qtbot.waitUntil(is_inactive)
    told.lifecycle.evaluate()
    assert told.take() == [False]


def test_a_late_word_about_a_window_that_was_closed_is_no_second_leave(
    told: Told, window: QWidget, qtbot: QtBot
) -> None:
    late = platform.lose_focus_late()
    window.close()
    told.lifecycle.evaluate()
    assert told.take() == [False]
    with qtbot.waitSignal(late.timeout):
        pass
    QGuiApplication.processEvents()
    told.lifecycle.evaluate()
    assert told.take() == []


def test_a_late_word_about_a_native_dialog_is_no_leave(told: Told, window: QWidget, qtbot: QtBot) -> None:
    dialog = native(QDialog(window))
    dialog.open()
    platform.lose_focus_late()
    qtbot.waitUntil(is_inactive)
    assert told.take() == []
    dialog.close()


def test_a_late_word_that_comes_when_the_native_dialog_is_closed_is_a_leave(
    told: Told, window: QWidget, qtbot: QtBot
) -> None:
    dialog = native(QDialog(window))
    dialog.open()
    platform.lose_focus_late()
    dialog.close()
    assert told.take() == []
    qtbot.waitUntil(is_inactive)
    assert told.take() == [False]


def test_a_session_leaves_with_the_late_word_and_is_resumed_without_a_trace(
    window: QWidget, install: Install, qtbot: QtBot
) -> None:
    braze = install(session_timeout=300)
    session = braze.sessionId
    assert session
    platform.lose_focus_late()
    assert braze.sessionState == "foreground"
    qtbot.waitUntil(lambda: braze.sessionState == "background")
    assert is_inactive()
    platform.focus(window.windowHandle())
    assert (braze.sessionState, braze.sessionId) == ("foreground", session)
    assert [record.name for record in braze.recentEvents()] == ["ss"]


def test_a_gap_between_two_own_windows_is_no_session_of_its_own(
    window: QWidget, install: Install, qtbot: QtBot
) -> None:
    """As a held alt-tab or a dragged frame leaves: the window manager has the keyboard for a second."""
    braze = install(session_timeout=300)
    session = braze.sessionId
    second = shown(qtbot)
    platform.focus(None)
    assert braze.sessionState == "background"
    platform.focus(second.windowHandle())
    assert (braze.sessionState, braze.sessionId) == ("foreground", session)
    assert [record.name for record in braze.recentEvents()] == ["ss"]


def test_a_widget_in_a_graphics_scene_is_no_native_dialog(told: Told, window: QWidget) -> None:
    view = QGraphicsView(window)
    scene = QGraphicsScene(view)
    proxy = scene.addWidget(QPushButton("in the scene"))
    view.setScene(scene)
    view.show()
    platform.focus(window.windowHandle())
    platform.focus(None)
    assert told.take() == [False]
    assert proxy.isVisible()


def test_moving_between_own_windows_is_no_leave(told: Told, window: QWidget, qtbot: QtBot) -> None:
    second = shown(qtbot)
    platform.focus(window.windowHandle())
    platform.focus(second.windowHandle())
    assert told.take() == []


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_popup_menu_is_no_leave(told: Told, window: QWidget, qtbot: QtBot) -> None:
    menu = QMenu(window)
    menu.addAction("Open")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    menu.close()
    assert told.take() == []


def test_a_modal_dialog_of_our_own_is_no_leave(told: Told, window: QWidget) -> None:
    dialog = QDialog(window)
    dialog.open()
    platform.focus(dialog.windowHandle())
    dialog.close()
    platform.focus(window.windowHandle())
    assert told.take() == []


def test_closing_the_focused_window_is_a_leave_although_qt_goes_on_saying_active(
    told: Told, window: QWidget, qapp: QApplication
) -> None:
    qapp.setQuitOnLastWindowClosed(False)
    QTimer.singleShot(0, window.close)
    QTimer.singleShot(50, qapp.quit)
    qapp.exec()  # Qt tells of the last window inside exec() only
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False]


def test_a_window_shown_after_that_is_a_return_although_qt_announces_no_state(
    told: Told, window: QWidget, qtbot: QtBot
) -> None:
    window.close()
    told.lifecycle.evaluate()
    shown(qtbot)
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False, True]


def test_closing_one_of_two_windows_while_another_program_gets_the_focus_is_noticed_at_the_next_look(
    told: Told, window: QWidget, qtbot: QtBot
) -> None:
    second = shown(qtbot)
    second.close()
    assert window.isVisible()
    told.lifecycle.evaluate()
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_of_a_tray_icon_is_left_when_it_closes_although_qt_goes_on_saying_active(
    qapp: QApplication, qtbot: QtBot
) -> None:
    platform.focus(None)
    told = Told(qapp)
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction("Open")
    menu.popup(QPoint(10, 10))
    qtbot.waitUntil(menu.isVisible)
    platform.focus(menu.windowHandle())
    assert told.take() == [True]
    menu.close()
    told.lifecycle.evaluate()
    assert QGuiApplication.applicationState() == State.ApplicationActive
    assert told.take() == [False]


def native(dialog: QDialog) -> QDialog:
    """As Qt shows a native dialog: open for the application, while its own window stays unmapped."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    return dialog


def test_an_open_native_dialog_is_no_leave(told: Told, window: QWidget) -> None:
    dialog = native(QDialog(window))
    dialog.open()
    platform.focus(None)
    assert QGuiApplication.applicationState() == State.ApplicationInactive
    assert told.take() == []
    dialog.close()
    platform.focus(window.windowHandle())
    assert told.take() == []


def test_a_native_dialog_that_is_not_modal_is_no_leave(told: Told, window: QWidget) -> None:
    dialog = native(QDialog(window))
    dialog.show()
    platform.focus(None)
    assert told.take() == []
    dialog.close()


def test_a_native_dialog_closed_while_another_program_has_the_focus_is_noticed_at_the_next_look(
    told: Told, window: QWidget
) -> None:
    dialog = native(QDialog(window))
    dialog.open()
    platform.focus(None)
    dialog.close()
    told.lifecycle.evaluate()
    assert told.take() == [False]


def test_a_native_dialog_opened_in_the_background_brings_nobody_back(told: Told, window: QWidget) -> None:
    platform.focus(None)
    assert told.take() == [False]
    dialog = native(QDialog(window))
    dialog.open()
    told.lifecycle.evaluate()
    dialog.close()
    assert told.take() == []


def test_on_macos_an_open_native_dialog_keeps_nobody_in_the_foreground(
    window: QWidget, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt says Active there while the panel is open, so Inactive means that another application came."""
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "cocoa")
    told = Told(qapp)
    dialog = native(QDialog(window))
    dialog.open()
    platform.focus(None)
    platform.state(State.ApplicationInactive)
    dialog.close()
    assert told.take() == [True, False]


def run_event_loop(app: QApplication, *steps: Callable[[], object]) -> None:
    """From its start to its end, which leaves the windows open."""
    for step in (*steps, app.exit):
        QTimer.singleShot(0, step)
    app.exec()


def test_quitting_is_a_leave_though_the_window_stays(told: Told, window: QWidget, qapp: QApplication) -> None:
    run_event_loop(qapp)
    assert window.isVisible()
    assert told.take() == [False]


def test_events_processed_after_the_end_of_the_event_loop_bring_nobody_back(
    told: Told, window: QWidget, qapp: QApplication
) -> None:
    run_event_loop(qapp)
    platform.focus(None)
    platform.focus(window.windowHandle())
    told.lifecycle.evaluate()
    assert told.take() == [False]


def test_the_event_loop_that_ends_is_none_that_runs_again(
    told: Told, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done at quit can take longer than the rest: the timer is due in the last pass of the loop."""
    monkeypatch.setattr("braze_qt._qt.app_state.REST_MS", 0)
    ending = Told(qapp)
    assert ending.take() == [True]
    another = QTimer(interval=0)  # is due, so that the pass goes on with the timers
    another.start()
    run_event_loop(qapp)
    another.stop()
    assert ending.take() == [False]


def test_an_event_loop_that_runs_again_is_a_return_without_a_word_from_qt(
    told: Told, window: QWidget, qtbot: QtBot, qapp: QApplication
) -> None:
    run_event_loop(qapp)
    with qtbot.waitSignal(told.lifecycle.foregroundChanged):  # runs a loop of its own
        pass
    assert told.take() == [False, True]


@pytest.mark.parametrize(
    "background", [State.ApplicationInactive, State.ApplicationHidden, State.ApplicationSuspended]
)
def test_whatever_is_not_active_is_background(told: Told, background: Qt.ApplicationState) -> None:
    platform.state(background)
    platform.state(State.ApplicationActive)
    assert told.take() == [False, True]


def test_a_repeated_active_changes_nothing(told: Told) -> None:
    platform.state(State.ApplicationActive, force=True)
    assert told.take() == []
