"""Content cards in QML, and in the tests of a host."""

import pytest
from PySide6.QtWidgets import QApplication

from braze_qt.content_cards import ContentCards
from braze_qt.testing import BrazeApp
from braze_qt.testing.clock import BEGINNING

from .conftest import Load

pytestmark = pytest.mark.braze(installed=False)

SHOWS = """
    property int unviewed: Braze.contentCards.unviewedCount
    property bool isInstalled: Braze.contentCards.model !== null
    property var clicks: []
    property var titles: {
        let found = []
        for (let row = 0; row < cards.count; row++)
            found.push(cards.objectAt(row).title + " " + cards.objectAt(row).extras.key)
        return found
    }
    property var cards: Instantiator {
        model: Braze.contentCards.model
        QtObject {
            required property string cardId
            required property string title
            required property var extras
        }
    }
    property var log: Connections {
        target: Braze.contentCards
        function onClicked(id, link) { clicks.push(id, link) }
    }
    function act() {
        Braze.contentCards.markViewed(["a", "b"])
        Braze.contentCards.open("a")
        Braze.contentCards.dismiss("b")
    }
"""


def test_views_follow_the_cards(load: Load, braze_app: BrazeApp, qapp: QApplication) -> None:
    shown = load(SHOWS)
    assert (shown.property("isInstalled"), shown.property("titles").toVariant()) == (False, [])
    braze_app.transport.set_content_card("a", title="A", extras={"key": "x"}, link="app://open")
    braze_app.transport.set_content_card("b", title="B", extras={"key": "y"})
    braze_app.transport.set_content_card("c", title="C", extras={"key": "z"}, expires=BEGINNING + 60)
    braze_app.transport.set_content_card("d", kind="control")
    braze_app.install(qapp, extensions=[ContentCards()])
    braze_app.come_to_front()
    assert (shown.property("unviewed"), shown.property("titles").toVariant()) == (3, ["C z", "B y", "A x"])
    shown.act()
    assert (shown.property("unviewed"), shown.property("titles").toVariant()) == (1, ["C z", "A x"])
    assert shown.property("clicks").toVariant() == ["a", "app://open"]
    events = [(event.code, event.data["ids"]) for event in braze_app.events() if event.code[:2] == "cc"]
    assert events == [("cci", ["b", "a"]), ("ccc", ["a"]), ("ccd", ["b"])]
    braze_app.advance(60)
    assert (shown.property("isInstalled"), shown.property("titles").toVariant()) == (True, ["A x"])
    braze_app.braze.shutdown()
    assert not shown.property("isInstalled")


def test_a_test_sets_and_removes_cards(braze_app: BrazeApp, qapp: QApplication) -> None:
    cards = ContentCards()
    braze_app.transport.set_content_card("a", title="A", pinned=True, kind="image_only")
    braze_app.install(qapp, extensions=[cards])
    braze_app.come_to_front()
    (card,) = cards.cards()
    assert (card.title, card.pinned, card.dismissible, card.kind) == ("A", True, True, "image_only")
    braze_app.transport.remove_content_cards()
    braze_app.advance(60)
    assert cards.refresh()
    braze_app.requests()
    assert cards.cards() == ()
    for wrong in ({"colour": "red"}, {"kind": "carousel"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            braze_app.transport.set_content_card("b", **wrong)
