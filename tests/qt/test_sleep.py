"""After the machine slept nobody is taken to be there before there is a sign of him.

The clocks are moved, and input comes as a window system sends it. A dark wake is one in which nothing does.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from braze_qt._qt.activity import ActivityFilter
from braze_qt._qt.environment import Environment
from tests.support import window_system
from tests.support.clocks import SetClock

from .conftest import Install

T = 60
HOUR = 3_600.0
NO_KEYS = Qt.KeyboardModifier.NoModifier


class Laptop:
    """A laptop with an application in front, whose filter counts the events that it is asked about.

    Attributes:
        told: the sessions that have begun, as the application hears of them.
    """

    def __init__(self, braze: BrazeQt, clock: SetClock, widget: QWidget) -> None:
        self.braze = braze
        self.clock = clock
        self.widget = widget
        self.filtered = 0
        self.told: list[str] = []
        braze.sessionStarted.connect(self.told.append)

    @property
    def window(self) -> QWindow:
        return self.widget.windowHandle()

    def look(self) -> None:
        self.braze._scheduler.evaluate()

    def sleep(self, seconds: float = HOUR) -> None:
        """Sleep, and wake up for some seconds without anybody."""
        self.clock.move(seconds, asleep=True)
        self.look()
        self.clock.move(13)
        self.look()

    def codes(self) -> list[str]:
        return [record.name for record in self.braze.recentEvents()]


@pytest.fixture
def laptop(
    window: QWidget,
    install: Install,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Laptop:
    clock = SetClock()
    monkeypatch.setattr(BrazeQt, "_environment", Environment(clock))
    window_system.focus(window.windowHandle())
    settings = {"session_timeout": T, **getattr(request, "param", {})}
    laptop = Laptop(install(**settings), clock, window)
    filtering = ActivityFilter.eventFilter

    def counting(self: ActivityFilter, watched: QObject, event: QEvent) -> bool:
        laptop.filtered += 1
        return filtering(self, watched, event)

    monkeypatch.setattr(ActivityFilter, "eventFilter", counting)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: laptop.told == [session for session in [laptop.braze.sessionId] if session])
    clock.move(30)
    laptop.look()
    return laptop


def press_key(window: QWindow) -> None:
    QTest.keyPress(window, Qt.Key.Key_A)


def press_button(window: QWindow) -> None:
    QTest.mousePress(window, Qt.MouseButton.LeftButton, NO_KEYS, QPoint(5, 5))


def move_pointer(window: QWindow) -> None:
    for place in (QPoint(20, 20), QPoint(40, 30)):
        QTest.mouseMove(window, place)


def turn_wheel(window: QWindow) -> None:
    QTest.wheelEvent(window, QPointF(5, 5), QPoint(0, 120))


def touch(window: QWindow) -> None:
    QTest.touchEvent(window, QTest.createTouchDevice()).press(0, QPoint(5, 5), window).commit()


def return_from_another_program(window: QWindow) -> None:
    window_system.focus(None)
    window_system.focus(window)


SIGNS = [press_key, press_button, move_pointer, turn_wheel, touch, return_from_another_program]


@pytest.mark.parametrize("show_up", SIGNS)
def test_a_session_starts_at_the_first_sign(laptop: Laptop, show_up: Callable[[QWindow], None]) -> None:
    """And ended with the moment before the sleep, when the machine woke."""
    evening = laptop.braze.sessionId
    for _ in range(3):
        laptop.sleep()
        assert (laptop.braze.sessionState, laptop.codes()) == ("none", ["ss", "se"])
    laptop.clock.move(HOUR, asleep=True)
    show_up(laptop.window)
    QApplication.processEvents()
    assert laptop.braze.sessionState == "foreground"
    assert laptop.braze.sessionId != evening
    start, end, again = laptop.braze.recentEvents()
    assert (end.time - start.time, again.time - start.time) == (30.0, laptop.clock.now().wall - start.time)


def move_to_the_same_place(laptop: Laptop) -> None:
    """As Windows says when something changes below the pointer."""
    for _ in range(3):
        QTest.mouseMove(laptop.window, QPoint(20, 20))
        QTest.mouseMove(laptop.window, QPoint(20, 20))


def let_go_of_keys(laptop: Laptop) -> None:
    QTest.keyRelease(laptop.window, Qt.Key.Key_A)


def press_a_key_by_program(laptop: Laptop) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, NO_KEYS, "a")
    QCoreApplication.sendEvent(laptop.window, event)


def switch_own_windows(laptop: Laptop) -> None:
    """A reminder that a timer of the host's opens."""
    other = QWidget()
    other.show()
    window_system.focus(other.windowHandle())
    window_system.focus(laptop.window)
    other.close()


def work_without_anybody(laptop: Laptop) -> None:
    laptop.braze.logCustomEvent("synchronised")
    laptop.braze.changeUser("ann")
    laptop.braze.setEnabled(True)
    laptop.braze.setSessionTimeout(T + 1)


@pytest.mark.parametrize(
    "happen",
    [
        move_to_the_same_place,
        let_go_of_keys,
        press_a_key_by_program,
        switch_own_windows,
        work_without_anybody,
    ],
)
def test_no_session_starts_without_the_user(laptop: Laptop, happen: Callable[[Laptop], None]) -> None:
    laptop.sleep()
    happen(laptop)
    QApplication.processEvents()
    laptop.look()
    assert laptop.braze.sessionState == "none"
    assert [code for code in laptop.codes() if code in ("ss", "se")] == ["ss", "se"]


def test_a_nightly_event_belongs_to_the_next_session(laptop: Laptop, qtbot: QtBot) -> None:
    """Also where it is the first to find that the machine has slept."""
    laptop.clock.move(HOUR, asleep=True)
    laptop.braze.logCustomEvent("synchronised")
    laptop.look()
    laptop.sleep()
    assert laptop.braze.sessionState == "none"
    press_key(laptop.window)
    QApplication.processEvents()
    told = ("synchronised", laptop.braze.sessionId)
    qtbot.waitUntil(lambda: told in [(each.label, each.session_id) for each in laptop.braze.recentEvents()])


def test_any_call_may_be_first_at_the_waking(laptop: Laptop) -> None:
    """Without a session there are no looks at the clocks any more: the user is waited for at once."""
    laptop.clock.move(HOUR, asleep=True)
    laptop.braze.changeUser("ann")
    assert laptop.braze.sessionState == "none"
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.braze.sessionState == "foreground"


def test_a_sleep_within_the_timeout_ends_nothing(laptop: Laptop) -> None:
    evening = laptop.braze.sessionId
    laptop.sleep(T - 1)
    assert laptop.braze.sessionState == "foreground"
    press_key(laptop.window)
    QApplication.processEvents()
    laptop.sleep(T - 1)
    assert (laptop.braze.sessionId, laptop.codes()) == (evening, ["ss"])


def test_short_sleeps_of_a_night_end_the_session(laptop: Laptop) -> None:
    """Where the first of them began: the wakes between them are nobody's."""
    for _ in range(10):
        laptop.sleep(T / 2)
    start, end = laptop.braze.recentEvents()
    assert (end.name, end.time - start.time) == ("se", 30.0)


@pytest.mark.parametrize(("period", "awake"), [(900, 13), (3_600, 45)])
@pytest.mark.parametrize(
    "laptop", [{"session_timeout": timeout} for timeout in (1, 10, 60, 1_800, 3_600)], indirect=True
)
def test_a_night_of_dark_wakes_has_no_session(laptop: Laptop, period: int, awake: int) -> None:
    """With the wakes that Macs are reported to make; the look at the clocks goes on in each of them."""
    for _ in range(8 * 3_600 // period):
        laptop.clock.move(period - awake, asleep=True)
        for _ in range(awake):
            laptop.look()
            laptop.clock.move(1)
    start, end = laptop.braze.recentEvents()
    assert (end.name, end.time - start.time) == ("se", 30.0)
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.codes() == ["ss", "se", "ss"]


def test_events_are_filtered_only_after_sleep(laptop: Laptop) -> None:
    press_key(laptop.window)
    assert laptop.filtered == 0
    laptop.sleep()
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.filtered > 0
    filtered = laptop.filtered
    press_key(laptop.window)
    assert laptop.filtered == filtered


@pytest.mark.parametrize("seconds", [T - 1, HOUR])
def test_no_events_are_filtered_in_the_background(laptop: Laptop, seconds: float) -> None:
    """Whoever went to another program after the sleep is awaited no more: to come back is a sign itself."""
    laptop.sleep(seconds)
    window_system.focus(None)
    filtered = laptop.filtered
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.filtered == filtered
    window_system.focus(laptop.window)
    assert laptop.braze.sessionState == "foreground"


def test_every_event_reaches_the_application(laptop: Laptop, qtbot: QtBot) -> None:
    line = QLineEdit(laptop.widget)
    line.show()
    line.setFocus()
    laptop.sleep()
    for key in (Qt.Key.Key_A, Qt.Key.Key_B):
        QTest.keyClick(laptop.window, key)
    assert line.text() == "ab"


def test_the_host_may_close_the_used_window(laptop: Laptop, qtbot: QtBot) -> None:
    """The start of the session is told when Qt has delivered the event."""
    widget = QWidget()
    widget.show()
    widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    laptop.sleep()
    laptop.braze.sessionStarted.connect(lambda _: widget.close())
    press_key(widget.windowHandle())
    qtbot.waitUntil(lambda: laptop.told[1:] == [laptop.braze.sessionId])


def test_windows_may_come_and_go_before_the_user(laptop: Laptop, qtbot: QtBot) -> None:
    gone = [QWindow(), QWidget()]
    for each in gone:
        each.show()
    window_system.focus(laptop.window)
    laptop.sleep()
    gone.clear()
    del each
    gc.collect()
    later = QWidget()
    qtbot.addWidget(later)
    later.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    later.show()
    assert laptop.braze.sessionState == "none"

    def is_noticed() -> bool:
        press_key(later.windowHandle())
        return laptop.braze.sessionState == "foreground"

    qtbot.waitUntil(is_noticed, timeout=20_000)


def test_a_fault_of_the_filter_stays_inside(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-qt fails the test for an exception that gets out."""
    line = QLineEdit(laptop.widget)
    line.show()
    line.setFocus()
    laptop.sleep()
    monkeypatch.setattr(laptop.braze._scheduler, "_return", lambda: 1 / 0)
    QTest.keyClick(laptop.window, Qt.Key.Key_A)
    assert line.text() == "a"


def test_shutdown_while_waiting_leaves_no_filter(laptop: Laptop) -> None:
    laptop.sleep()
    laptop.braze.shutdown()
    filtered = laptop.filtered
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.filtered == filtered


def test_consent_given_after_a_night_starts_a_session(laptop: Laptop) -> None:
    laptop.braze.setEnabled(False)
    laptop.sleep()
    press_key(laptop.window)
    laptop.braze.setEnabled(True)
    laptop.look()
    assert laptop.braze.sessionState == "foreground"


# -- sessions that the application opens and closes itself -----------------------------------------

by_hand = pytest.mark.parametrize("laptop", [{"automatic_sessions": False}], indirect=True)


@by_hand
def test_a_session_opened_by_hand_returns_too(laptop: Laptop) -> None:
    laptop.braze.openSession()
    laptop.sleep()
    assert laptop.braze.sessionState == "none"
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.braze.sessionState == "foreground"


@by_hand
def test_the_host_need_not_wait_for_the_user(laptop: Laptop) -> None:
    laptop.braze.openSession()
    laptop.sleep()
    laptop.braze.openSession()
    laptop.look()
    assert laptop.braze.sessionState == "foreground"


@by_hand
def test_a_session_closed_meanwhile_stays_closed(laptop: Laptop) -> None:
    laptop.braze.openSession()
    laptop.sleep()
    laptop.braze.closeSession()
    press_key(laptop.window)
    QApplication.processEvents()
    assert laptop.braze.sessionState == "none"


@by_hand
def test_without_windows_the_waking_is_the_return(laptop: Laptop) -> None:
    """Nothing else could ever show the user."""
    laptop.widget.hide()
    laptop.braze.openSession()
    laptop.sleep()
    assert laptop.braze.sessionState == "foreground"
    assert laptop.codes() == ["ss", "se", "ss"]
