"""The view of stored, sent and acknowledged events."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView

from braze_qt.widgets import Inspector


@pytest.fixture
def inspector(qtbot, braze):
    inspector = Inspector(braze)
    qtbot.addWidget(inspector)
    inspector.show()
    return inspector


def rows(inspector) -> list[list[str]]:
    model = inspector.findChild(QTableView).model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_an_empty_inspector_shows_a_note(inspector):
    assert inspector.findChild(QLabel).isVisible()
    assert not inspector.findChild(QTableView).isVisible()


def test_the_newest_event_is_on_top(inspector, braze, qtbot):
    """Each row has the user and the session."""
    braze.openSession()
    braze.changeUser("ada")
    braze.logCustomEvent("checked out", {"items": 3})

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
    assert inspector.findChild(QTableView).isVisible()


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
    table = inspector.findChild(QTableView)
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
    session = inspector.findChild(QTableView).model().index(0, 3)
    assert session.data() == "–"
    assert session.data(Qt.ItemDataRole.ToolTipRole) == "Waits for the next session"
