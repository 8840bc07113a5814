"""The inspector as its user sees it; tests/inspector has what it shows."""

import subprocess
import sys
from itertools import pairwise

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QWidget,
)

from braze_qt._translation.catalogues import CATALOGUES
from braze_qt.widgets import Inspector
from braze_qt.widgets.colours import contrast
from braze_qt.widgets.timeline import Timeline


@pytest.fixture
def inspector(qtbot, braze):
    inspector = Inspector(braze)
    qtbot.addWidget(inspector)
    inspector.show()
    qtbot.waitExposed(inspector)
    inspector.activateWindow()
    qtbot.waitUntil(inspector.isActiveWindow)
    return inspector


def events_of(inspector) -> QTableView:
    return inspector.findChild(QTableView, "events")


def details_of(inspector) -> str:
    """What is shown of the selected row; empty for none."""
    shown = [each.toPlainText() for each in inspector.findChildren(QPlainTextEdit) if each.isVisible()]
    return "".join(shown)


def visible_texts(inspector) -> list[str]:
    return [label.text() for label in inspector.findChildren(QLabel) if label.isVisible()]


def rows(inspector) -> list[list[str]]:
    model = events_of(inspector).model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_an_empty_inspector_shows_a_note(inspector):
    assert "No event in this run yet" in visible_texts(inspector)
    assert not events_of(inspector).isVisible()


def test_the_newest_event_is_on_top(inspector, braze, qtbot):
    """Each row has the user and the session."""
    braze.openSession()
    braze.changeUser("ada")
    braze.logCustomEvent("checked out", {"items": 3})
    inspector.findChild(QCheckBox).click()

    qtbot.waitUntil(lambda: len(rows(inspector)) == 4)
    session = braze.sessionId[:8]
    assert [row[1] for row in rows(inspector)] == [
        "checked out",
        "Session start",
        "Session end",
        "Session start",
    ]
    assert [row[2] for row in rows(inspector)] == ["ada", "ada", "anonymous", "anonymous"]
    assert [row[3] for row in rows(inspector)][:2] == [session, session]
    assert events_of(inspector).isVisible()


def test_every_event_type_has_a_name(inspector, braze, qtbot):
    braze.openSession()
    braze.logPurchase("sku-1", "EUR", "9.99")
    braze.user.addAlias("al-1", "crm")
    braze.user.setLastKnownLocation(52.5, 13.4)
    braze.user.addToSubscriptionGroup("news")
    braze.user.incrementCustomAttribute("visits")
    qtbot.waitUntil(lambda: len(rows(inspector)) == 6)
    assert [row[1] for row in rows(inspector)] == [
        "Attribute visits",
        "Subscription group news",
        "Location",
        "Alias in crm",
        "Purchase of sku-1",
        "Session start",
    ]


def test_the_selection_stays_on_its_event(inspector, braze, qtbot):
    braze.openSession()
    braze.logCustomEvent("first")
    qtbot.waitUntil(lambda: len(rows(inspector)) == 2)
    table = events_of(inspector)
    table.selectRow(0)

    braze.logCustomEvent("second")

    qtbot.waitUntil(lambda: len(rows(inspector)) == 3)
    selected = table.selectionModel().selectedRows()
    assert [index.siblingAtColumn(1).data() for index in selected] == ["first"]


def test_the_newest_two_hundred_events_are_kept(inspector, braze, qtbot):
    braze.openSession()
    for number in range(230):
        braze.logCustomEvent(f"event {number}")

    qtbot.waitUntil(lambda: [row[1] for row in rows(inspector)[:1]] == ["event 229"])
    assert len(rows(inspector)) == 200
    assert rows(inspector)[-1][1] == "event 30"


def test_an_event_waiting_for_a_session_is_marked(inspector, braze, qtbot):
    braze.logCustomEvent("before any session")

    qtbot.waitUntil(lambda: len(rows(inspector)) == 1)
    session = events_of(inspector).model().index(0, 3)
    assert session.data() == "–"
    assert session.data(Qt.ItemDataRole.ToolTipRole) == "Waits for the next session"


def test_the_cause_stands_on_top(inspector, braze, qtbot):
    assert "No session yet: the application has not called openSession()." in visible_texts(inspector)
    braze.openSession()
    qtbot.waitUntil(lambda: any("is not reached" in text for text in visible_texts(inspector)))


def test_a_selected_event_shows_what_it_says(inspector, braze, qtbot):
    braze.openSession()
    braze.logCustomEvent("saved", {"pages": 3})
    qtbot.waitUntil(lambda: len(rows(inspector)) == 2)
    assert details_of(inspector) == ""
    table = events_of(inspector)
    table.selectRow(0)
    assert '"pages": 3' in details_of(inspector)

    table.setFocus()
    QTest.keySequence(table, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text() == details_of(inspector)

    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert details_of(inspector) == ""


def test_personal_data_is_shown_on_demand(inspector, braze, qtbot):
    braze.openSession()
    braze.changeUser("ada@example.com")
    qtbot.waitUntil(lambda: len(rows(inspector)) == 3)
    events_of(inspector).selectRow(0)
    assert rows(inspector)[0][2] == "ad•••"
    assert "example.com" not in details_of(inspector)

    inspector.findChild(QCheckBox).click()

    assert rows(inspector)[0][2] == "ada@example.com"
    assert "ada@example.com" in details_of(inspector)


def test_the_report_is_copied_by_a_button(inspector):
    inspector.findChild(QPushButton).click()
    assert QGuiApplication.clipboard().text().startswith("braze_qt ")


def test_the_filter_is_reached_by_its_shortcut(inspector, braze, qtbot):
    braze.openSession()
    braze.logCustomEvent("saved")
    qtbot.waitUntil(lambda: len(rows(inspector)) == 2)
    events_of(inspector).setFocus()
    QTest.keySequence(events_of(inspector), QKeySequence(QKeySequence.StandardKey.Find))
    field = inspector.findChild(QLineEdit)
    assert inspector.focusWidget() is field
    QTest.keyClicks(field, "save")
    assert [row[1] for row in rows(inspector)] == ["saved"]
    QTest.keyClicks(field, "x")
    assert "Nothing matches the filter" in visible_texts(inspector)


def test_tab_reaches_everything_in_reading_order(inspector, braze, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: len(rows(inspector)) == 1)
    events_of(inspector).selectRow(0)
    field = inspector.findChild(QLineEdit)
    field.setFocus()
    reached: list[QWidget] = []
    for _ in range(6):
        reached.append(inspector.focusWidget())
        QTest.keyClick(inspector.focusWidget(), Qt.Key.Key_Tab)
    assert [type(each).__name__ for each in reached] == [
        "QLineEdit",
        "QCheckBox",
        "QPushButton",
        "QTabBar",
        "QTableView",
        "QPlainTextEdit",
    ]


def test_everything_has_a_name_for_screen_readers(inspector, braze):
    braze.openSession()
    for table in inspector.findChildren(QTableView):
        assert table.accessibleName()
    for text in inspector.findChildren(QPlainTextEdit):
        assert text.accessibleName()
    assert inspector.findChild(QLineEdit).accessibleName() == "Filter of events and requests"
    line = inspector.findChild(Timeline)
    assert line.accessibleName() == "Time line of this run: 1 session"
    assert "in the foreground" in line.accessibleDescription()


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_label_of_the_inspector_is_cut(inspector, language, qtbot):
    inspector.setLocale(QLocale(language))
    inspector.resize(inspector.minimumSizeHint())

    def cut() -> list[str]:
        buttons = [inspector.findChild(QCheckBox), inspector.findChild(QPushButton)]
        found = [each.text() for each in buttons if each.width() < each.sizeHint().width()]
        labels = [each for each in inspector.findChildren(QLabel) if each.isVisible()]
        return found + [each.text() for each in labels if each.height() < each.heightForWidth(each.width())]

    qtbot.waitUntil(lambda: cut() == [])


def test_requests_are_on_their_own_page(inspector, braze, qtbot):
    braze.openSession()
    tabs = inspector.findChild(QTabWidget)
    qtbot.waitUntil(lambda: tabs.tabText(1) == "Requests (1)")
    tabs.setCurrentIndex(1)
    inspector.findChild(QTableView, "requests").selectRow(0)
    assert '"api_key": "(hidden)"' in details_of(inspector)


def test_the_details_of_a_request_follow_the_checkbox(inspector, braze, qtbot):
    braze.openSession()
    braze.changeUser("ada@example.com")
    braze.requestImmediateDataFlush()
    tabs = inspector.findChild(QTabWidget)
    tabs.setCurrentIndex(1)
    requests = inspector.findChild(QTableView, "requests")
    qtbot.waitUntil(lambda: requests.model().rowCount() >= 1)
    requests.selectRow(0)
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: requests.model().rowCount() >= 2)
    requests.selectRow(0)
    assert "ad•••" in details_of(inspector)
    inspector.findChild(QCheckBox).click()
    assert "ada@example.com" in details_of(inspector)


PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication
from braze_qt import BrazeConfig, BrazeQt
from braze_qt.widgets import Inspector

app = QApplication([])
braze = BrazeQt.install(app, BrazeConfig("key", sys.argv[1], data_dir=sys.argv[2], automatic_sessions=False))
inspector = Inspector(braze)
inspector.show()
braze.openSession()
for _ in range(20):
    app.processEvents()
"""


def test_an_open_inspector_survives_the_exit(tmp_path):
    """Qt would ask its models for texts when the interpreter is half gone, and PySide would crash."""
    program = [sys.executable, "-c", PROGRAM, "http://127.0.0.1:9", str(tmp_path)]
    result = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (0, "")


# -- the time line -----------------------------------------------------------------------------------


def line_of(inspector) -> Timeline:
    return inspector.findChild(Timeline)


def bar_colours(inspector) -> list[QColor]:
    """Those of the middle of the time line that are not the background, which its right end shows."""
    drawn = line_of(inspector).grab().toImage()
    middle = line_of(inspector).rect().center().y()
    *rest, background = (drawn.pixel(x, middle) for x in range(drawn.width()))
    return [QColor(rgb) for rgb in set(rest) - {background}]


def runs_of_colour(inspector) -> int:
    """How many separate bars a person sees on the time line."""
    drawn = line_of(inspector).grab().toImage()
    accent = inspector.palette().color(QPalette.ColorRole.Highlight).rgb()
    bar = line_of(inspector).rect().center().y()
    coloured = [drawn.pixel(x, bar) == accent for x in range(drawn.width())]
    return sum(now and not before for before, now in pairwise([False, *coloured]))


def test_the_timeline_separates_immediately_successive_sessions(inspector, braze, qtbot):
    """As when a dialog changes the user and closes: the window has no focus for a moment."""
    braze.openSession()
    qtbot.waitUntil(lambda: braze.sessionSeconds >= 1.0)
    assert runs_of_colour(inspector) == 1
    braze.changeUser("ada")
    braze.closeSession()
    braze.openSession()
    qtbot.waitUntil(lambda: braze.sessionSeconds >= 1.0)
    assert runs_of_colour(inspector) == 2


def test_bars_have_contrast_in_a_dark_theme(inspector, braze, qapp, qtbot):
    """As in Adwaita's dark one."""
    before = qapp.palette()
    theme = QPalette(QColor("#353535"))
    theme.setColor(QPalette.ColorRole.Highlight, QColor("#15539e"))
    braze.openSession()
    try:
        qapp.setPalette(theme)
        qapp.processEvents()
        qtbot.waitUntil(lambda: len(bar_colours(inspector)) == 1)
        (bar,) = bar_colours(inspector)
        assert contrast(bar, inspector.palette().color(QPalette.ColorRole.Window)) >= 3.0
        assert bar.blue() > bar.green() > bar.red(), "still the colour of the theme"
    finally:
        qapp.setPalette(before)
