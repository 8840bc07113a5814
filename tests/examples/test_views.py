"""The examples' feeds of content cards: what a user sees, does by mouse and keyboard, and hears."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from drawn import png
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QFont, QHelpEvent, QImage, QMouseEvent, QPalette
from PySide6.QtQml import QQmlApplicationEngine, QQmlExpression, QQmlProperty, qmlContext
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTabWidget, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.qml import register
from braze_qt.testing import BrazeApp, SandboxProcess
from braze_qt.testing.clock import BEGINNING
from examples.content_cards.card_delegate import Paragraph
from examples.content_cards.card_list import CardList
from examples.content_cards.colours import READABLE, accent, contrast, quiet
from examples.content_cards.feed import Feed
from examples.content_cards.pictures import Limits, Pictures
from examples.content_cards.quick import LoadedPictures, Support
from tests.support.loopback import Loopback, answer

STAY = 30
"""Milliseconds until a card counts as seen, instead of a second."""
FEED = Path(__file__).parents[2] / "examples" / "feed.qml"

pytestmark = pytest.mark.braze(installed=False)

Quick = Callable[[], QQuickWindow]


@pytest.fixture
def cards(braze_app: BrazeApp, qapp: QApplication) -> ContentCards:
    """Three, the newest first: c, b, a."""
    cards = ContentCards()
    braze_app.transport.set_content_card("a", title="A", link="https://example.com/a", dismissible=False)
    braze_app.transport.set_content_card("b", title="B", link="https://example.com/b")
    braze_app.transport.set_content_card("c", title="C", expires=BEGINNING + 60)
    braze_app.install(qapp, extensions=[cards])
    braze_app.come_to_front()
    return cards


@pytest.fixture
def clicked(cards: ContentCards) -> list[str]:
    """The cards that were opened. Nobody's browser shows them."""
    found: list[str] = []
    cards._schemes = set()
    cards.clicked.connect(lambda card, _link: found.append(card))
    return found


def shown(widget: QWidget, qtbot: QtBot) -> None:
    qtbot.addWidget(widget)
    widget.resize(300, 400)
    widget.show()
    qtbot.waitExposed(widget)


@pytest.fixture
def view(cards: ContentCards, qtbot: QtBot) -> CardList:
    view = CardList(cards, Pictures(cards), stay=STAY)
    shown(view, qtbot)
    return view


@pytest.fixture
def quick(qapp: QApplication) -> Iterator[Quick]:
    """The window of feed.qml, once it is asked for."""
    register()
    engine = QQmlApplicationEngine()
    engine.setInitialProperties({"support": Support(engine)})

    def load() -> QQuickWindow:
        engine.load(FEED)
        (window,) = engine.rootObjects()
        assert isinstance(window, QQuickWindow)
        window.findChild(QObject, "feed").setProperty("stay", STAY)
        window.requestActivate()
        return window

    yield load
    engine.deleteLater()
    QApplication.sendPostedEvents(engine, QEvent.Type.DeferredDelete.value)


def item(window: QQuickWindow, name: str) -> QQuickItem | None:
    """A delegate is no child of its view, only drawn on it."""
    waiting = [window.contentItem()]
    while waiting:
        found = waiting.pop()
        if found.objectName() == name:
            return found
        waiting += found.childItems()
    return None


def place_of(window: QQuickWindow, name: str) -> QPoint:
    """The middle of an item, in its window."""
    found = item(window, name)
    assert found is not None
    return found.mapToScene(QPointF(found.width() / 2, found.height() / 2)).toPoint()


def row_of(view: CardList, card: str) -> QModelIndex:
    """By what the model says, not by what the view makes of it."""
    rows = [view.model().index(row, 0) for row in range(view.model().rowCount())]
    return rows[ids(view).index(card)]


def ids(view: CardList) -> list[str]:
    (role,) = (number for number, name in view.model().roleNames().items() if name == b"cardId")
    return [view.model().index(row, 0).data(role) for row in range(view.model().rowCount())]


def click(view: CardList, card: str) -> None:
    place = view.visualRect(row_of(view, card)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def double_click(
    target: QWidget | QQuickWindow, place: QPoint, qtbot: QtBot, between: Callable[[], bool]
) -> None:
    """Two clicks of which Qt says that they are one; the second comes once ``between`` is so."""
    kinds = QEvent.Type
    for kind in (kinds.MouseButtonPress, kinds.MouseButtonRelease):
        _send(target, kind, place)
    qtbot.waitUntil(between)
    second = [kinds.MouseButtonDblClick, kinds.MouseButtonRelease]
    for kind in second if isinstance(target, QWidget) else [kinds.MouseButtonPress, *second]:
        _send(target, kind, place)


def _send(target: QWidget | QQuickWindow, kind: QEvent.Type, place: QPoint) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    there, everywhere = QPointF(place), QPointF(target.mapToGlobal(place))
    QApplication.sendEvent(
        target, QMouseEvent(kind, there, everywhere, left, held, Qt.KeyboardModifier.NoModifier)
    )


def unviewed(cards: ContentCards) -> str:
    return "".join(card.id for card in cards.cards() if not card.viewed)


# -- mouse and keyboard --------------------------------------------------------------------------


def test_a_click_opens_the_card_under_it(
    view: CardList, cards: ContentCards, clicked: list[str], braze_app: BrazeApp
) -> None:
    """Not the card that has come into its row since, or will."""
    click(view, "b")
    braze_app.clock.move(60, asleep=False)  # c expires, and its row is still there
    assert (view.model().rowCount(), len(cards.cards())) == (3, 2)
    click(view, "b")
    braze_app.advance(0)
    assert view.model().rowCount() == 2
    click(view, "b")
    braze_app.transport.set_content_card("d", title="D")
    assert cards.refresh()
    braze_app.requests()
    assert ids(view) == ["d", "b", "a"]
    click(view, "b")
    assert clicked == ["b"] * 4


def test_a_click_on_the_cross_dismisses(view: CardList, cards: ContentCards, clicked: list[str]) -> None:
    for direction in (Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight):
        view.setLayoutDirection(direction)
        row = cards.model.index(0)
        index = view.model().index(row.row(), 0)
        cross, middle = view._delegate.close_rect(index).center(), view.visualRect(index).center()
        assert (cross.x() < middle.x()) is (direction == Qt.LayoutDirection.RightToLeft)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=cross)
    assert ([card.id for card in cards.cards()], clicked) == (["a"], [])
    assert view._delegate.close_rect(view.model().index(0, 0)).isEmpty()


def test_who_leaves_the_cross_does_nothing(view: CardList, cards: ContentCards, clicked: list[str]) -> None:
    index = row_of(view, "b")
    cross, middle = view._delegate.close_rect(index).center(), view.visualRect(index).center()
    for begin, end in ((cross, middle), (middle, cross)):
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=begin)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert (clicked, ids(view)) == ([], ["c", "b", "a"])


@pytest.mark.parametrize("kind", ["widgets", "quick"])
def test_a_double_click_counts_once(
    kind: str, quick: Quick, cards: ContentCards, clicked: list[str], qtbot: QtBot
) -> None:
    """On the cross, to which another card has come between the two clicks, and on a card."""
    view = CardList(cards, Pictures(cards), stay=STAY)
    target: QWidget | QQuickWindow = view.viewport()
    if kind == "widgets":
        shown(view, qtbot)
    else:
        target = window = quick()
        qtbot.waitUntil(lambda: item(window, "dismiss c") is not None)

    def cross(card: str) -> QPoint:
        if kind == "quick":
            return place_of(window, f"dismiss {card}")
        return view._delegate.close_rect(row_of(view, card)).center()

    place = cross("c")
    double_click(target, place, qtbot, lambda: cross("b") == place)
    assert ([card.id for card in cards.cards()], clicked) == (["b", "a"], [])
    middle = place_of(window, "b") if kind == "quick" else view.visualRect(row_of(view, "b")).center()
    double_click(target, middle, qtbot, lambda: clicked == ["b"])
    assert clicked == ["b"]


def test_the_keyboard_opens_and_dismisses(view: CardList, cards: ContentCards, clicked: list[str]) -> None:
    view.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_Down):
        QTest.keyClick(view, key)
    QTest.keyClick(view, Qt.Key.Key_Delete)  # it may not be dismissed
    QTest.keyClick(view, Qt.Key.Key_Enter)
    assert (clicked, [card.id for card in cards.cards()]) == (["c", "b", "a"], ["b", "a"])


def test_the_keyboard_works_in_qt_quick(
    quick: Quick, cards: ContentCards, clicked: list[str], qtbot: QtBot
) -> None:
    window = quick()
    qtbot.waitUntil(lambda: window.isActive())
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_End, Qt.Key.Key_Delete):
        QTest.keyClick(window, key)
    QTest.keyClick(window, Qt.Key.Key_Enter)
    QTest.keyClick(window, Qt.Key.Key_Up)
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert (clicked, [card.id for card in cards.cards()]) == (["c", "a", "b"], ["b", "a"])


# -- what was seen -------------------------------------------------------------------------------


def test_only_cards_in_view_are_reported(
    qapp: QApplication, braze_sandbox: SandboxProcess, tmp_path: Path, qtbot: QtBot
) -> None:
    """By the list of Qt Widgets to a real sandbox: in its tab, while its window is there, and by half."""
    written = [{"id": name, "title": "Title", "description": "Text " * 40} for name in "fedcba"]
    braze_sandbox.api("content_cards", "PUT", written)
    cards = ContentCards()
    config = BrazeConfig("views", braze_sandbox.url, data_dir=tmp_path, automatic_sessions=False)
    braze = BrazeQt.install(qapp, config, extensions=[cards])
    try:
        braze.openSession()
        qtbot.waitUntil(lambda: len(cards.cards()) == 6)
        tabs, view = QTabWidget(), CardList(cards, Pictures(cards), stay=STAY)
        tabs.addTab(QLabel("Another tab"), "First")
        tabs.addTab(view, "News")
        shown(tabs, qtbot)
        assert view.in_view() == []
        tabs.setCurrentWidget(view)
        tall = view.visualRect(view.model().index(0, 0)).height()
        view.setFixedHeight(round(tall * 2.4))
        qtbot.waitUntil(lambda: unviewed(cards) == "cdef")
        tabs.showMinimized()
        view.verticalScrollBar().setValue(round(tall * 1.6))
        assert view.in_view() == []
        tabs.showNormal()
        qtbot.waitUntil(lambda: unviewed(cards) == "ef")
        assert view.in_view() == ["c", "d"]
        tabs.setCurrentIndex(0)
        assert view.in_view() == []
        braze.requestImmediateDataFlush()
        qtbot.waitUntil(lambda: len(braze_sandbox.api("content_cards")["impressions"]) == 2)
        seen = [each["event"]["data"]["ids"] for each in braze_sandbox.api("content_cards")["impressions"]]
        assert sorted(map(sorted, seen)) == [["a", "b"], ["c", "d"]]
    finally:
        braze.shutdown(0.0)
        braze.deleteLater()


def test_qt_quick_reports_what_is_in_view(
    quick: Quick, cards: ContentCards, braze_app: BrazeApp, qtbot: QtBot
) -> None:
    braze_app.advance(60)  # c expires
    for name in "defg":
        braze_app.transport.set_content_card(name, title=name, text="Text " * 60)
    cards.refresh()
    braze_app.requests()
    window = quick()
    view = item(window, "list")
    qtbot.waitUntil(lambda: unviewed(cards) not in ("", "gfedba"))
    left = unviewed(cards)
    assert left.endswith("ba")
    window.hide()
    view.setProperty("contentY", view.property("contentHeight") - view.height())
    assert view.inView().toVariant() == []
    assert unviewed(cards) == left
    window.show()
    qtbot.waitUntil(lambda: unviewed(cards) == "")


@pytest.mark.parametrize("kind", ["widgets", "quick"])
def test_an_empty_feed_counts_for_control_cards(
    kind: str, quick: Quick, braze_app: BrazeApp, qapp: QApplication, qtbot: QtBot
) -> None:
    cards = ContentCards()
    braze_app.transport.set_content_card("control", kind="control")
    braze_app.install(qapp, extensions=[cards])
    braze_app.come_to_front()
    feed = Feed(cards)
    if kind == "widgets":
        shown(feed, qtbot)
    else:
        quick()
    qtbot.waitUntil(lambda: "ccic" in [event.name for event in braze_app.braze.recentEvents()])


@pytest.mark.parametrize("kind", ["widgets", "quick"])
def test_an_empty_minimised_feed_counts_for_nobody(
    kind: str, quick: Quick, braze_app: BrazeApp, qapp: QApplication, qtbot: QtBot
) -> None:
    cards = ContentCards()
    braze_app.transport.set_content_card("control", kind="control")
    braze_app.transport.set_content_card("a", title="A", expires=BEGINNING + 60)
    braze_app.install(qapp, extensions=[cards])
    braze_app.come_to_front()
    feed = Feed(cards, stay=STAY)
    if kind == "widgets":
        shown(feed, qtbot)
    window = quick() if kind == "quick" else feed
    window.showMinimized()
    braze_app.advance(61)
    qtbot.wait(STAY * 4)
    assert cards.model.rowCount() == 0
    assert "ccic" not in [event.name for event in braze_app.braze.recentEvents()]
    window.showNormal()
    qtbot.waitUntil(lambda: "ccic" in [event.name for event in braze_app.braze.recentEvents()])


@pytest.mark.parametrize("kind", ["widgets", "quick"])
def test_the_next_user_sees_the_same_cards(
    kind: str, quick: Quick, cards: ContentCards, braze_app: BrazeApp, qtbot: QtBot
) -> None:
    view = CardList(cards, Pictures(cards), stay=STAY)
    if kind == "widgets":
        shown(view, qtbot)
    else:
        quick()
    qtbot.waitUntil(lambda: unviewed(cards) == "")
    seen: list[str] = []
    cards.unviewedCountChanged.connect(lambda: seen.append(unviewed(cards)))
    braze_app.braze.changeUser("ada")
    braze_app.requests()
    qtbot.waitUntil(lambda: "cba" in seen and unviewed(cards) == "")


def test_covered_cards_are_not_seen(cards: ContentCards, qtbot: QtBot) -> None:
    """By another part of the window, most of them, and beside the screen."""
    box = QWidget()
    view, cover = CardList(cards, Pictures(cards), stay=STAY), QLabel("Over it", box)
    view.setParent(box)
    view.resize(300, 400)
    cover.setAutoFillBackground(True)
    cover.raise_()
    shown(box, qtbot)
    QTest.qWaitForWindowExposed(box)
    for place, seen in (((0, 5, 300, 390), 0), ((0, 0, 200, 400), 0), ((0, 0, 100, 400), 3)):
        cover.setGeometry(*place)
        assert len(view.in_view()) == seen
    box.move(-5000, 0)
    assert view.in_view() == []


def test_qt_quick_cards_beside_their_window_are_unseen(quick: Quick, cards: ContentCards) -> None:
    """As on another page of a SwipeView, and beside the screen."""
    window = quick()
    feed, view = window.findChild(QObject, "feed"), item(window, "list")
    QTest.qWaitForWindowExposed(window)
    QTest.qWait(STAY)
    assert view.inView().toVariant() == ["c", "b", "a"]
    window.setPosition(-5000, 0)
    assert view.inView().toVariant() == []
    window.setPosition(0, 0)
    QQmlProperty(feed, "anchors.fill").write(None)
    for x, seen in ((-window.width(), 0), (window.width() * 0.7, 0), (window.width() * 0.3, 3)):
        feed.setProperty("x", x)
        assert len(view.inView().toVariant()) == seen


# -- what is said --------------------------------------------------------------------------------


def test_a_refresh_says_how_it_went(
    cards: ContentCards, quick: Quick, braze_app: BrazeApp, qtbot: QtBot
) -> None:
    feed, window, told = Feed(cards), quick(), []
    shown(feed, qtbot)

    def refresh(button: Callable[[], None]) -> None:
        button()
        braze_app.requests()
        told.append((feed.outcome.text()[:24], window.findChild(QObject, "outcome").property("text")[:24]))

    refresh(feed.refresh.click)
    braze_app.advance(60)
    refresh(item(window, "refresh").click)
    braze_app.advance(60)
    braze_app.transport.refuse()
    refresh(feed.refresh.click)
    assert told == [
        ("Up to date. Next refresh", "Up to date. Next refresh"),
        ("Up to date since " + told[1][0][17:], "Up to date since " + told[1][1][17:]),
        ("The news could not be lo", "The news could not be lo"),
    ]
    refresh(feed.refresh.click)
    assert told[-1] == ("The news could not be lo",) * 2
    assert "Next refresh" in feed.outcome.text()
    assert feed.list.isVisible()
    braze_app.transport.accept()
    braze_app.braze.changeUser("ada")
    qtbot.waitUntil(feed.place.isVisible)
    assert feed.place.title.text() == "The news could not be loaded"
    assert window.findChild(QObject, "place").property("text") == "The news could not be loaded"


def test_the_keyboard_stays_where_it_is(cards: ContentCards, braze_app: BrazeApp, qtbot: QtBot) -> None:
    """On the button while it asks, and on a card when others have come."""
    feed = Feed(cards)
    shown(feed, qtbot)
    braze_app.advance(60)
    feed.refresh.setFocus()
    QTest.keyClick(feed.refresh, Qt.Key.Key_Space)
    assert feed.refresh.hasFocus()
    braze_app.requests()
    feed.list.setFocus()
    braze_app.braze.changeUser("ada")
    braze_app.requests()
    feed.list.setFocus()
    assert feed.list.currentIndex().isValid()


def spoken(interface: object) -> tuple[str, str]:
    texts = QAccessible.Text.Name, QAccessible.Text.Description
    return tuple(interface.text(each) for each in texts)  # type: ignore[attr-defined, return-value]


def test_a_screen_reader_hears_whole_cards(
    cards: ContentCards, quick: Quick, braze_app: BrazeApp, qtbot: QtBot
) -> None:
    braze_app.transport.set_content_card(
        "d",
        title="Title",
        text="Text " * 200,
        alt_text="A forest",
        link="https://example.com/",
        link_text="Read on",
        pinned=True,
        kind="image_only",
    )
    braze_app.advance(60)
    cards.refresh()
    braze_app.requests()
    view, window = CardList(cards, Pictures(cards), stay=STAY), quick()
    shown(view, qtbot)
    told = ("Title, pinned, new", "\n".join(["Text " * 200, "A forest", "Read on"]))
    listed = QAccessible.queryAccessibleInterface(view)
    assert (listed.role(), listed.text(QAccessible.Text.Name)) == (QAccessible.Role.List, "News")
    first = listed.child(0)
    assert (first.role(), spoken(first)) == (QAccessible.Role.ListItem, told)
    cards.markViewed("d")
    assert spoken(first)[0] == "Title, pinned"
    qtbot.waitUntil(lambda: item(window, "d") is not None)
    delegate = QAccessible.queryAccessibleInterface(item(window, "d"))
    assert delegate.role() == QAccessible.Role.ListItem
    assert spoken(delegate) == ("Title, pinned", told[1])


@pytest.mark.qt_log_ignore("does not support raise")  # the offscreen platform
def test_a_tool_tip_is_no_rich_text(view: CardList, braze_app: BrazeApp, cards: ContentCards) -> None:
    braze_app.advance(60)
    braze_app.transport.set_content_card("d", title="<img src=x>" * 40)
    cards.refresh()
    braze_app.requests()
    place = view.visualRect(view.model().index(0, 0)).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    assert QToolTip.text() == f"<p>{'&lt;img src=x&gt;' * 40}</p>"
    QToolTip.hideText()


def test_a_qt_quick_tool_tip_is_plain_text(
    quick: Quick, braze_app: BrazeApp, cards: ContentCards, qtbot: QtBot
) -> None:
    braze_app.advance(60)
    braze_app.transport.set_content_card("d", title="<img src=x>" * 40)
    cards.refresh()
    braze_app.requests()
    window = quick()
    qtbot.waitUntil(lambda: item(window, "d") is not None)
    card = item(window, "d")
    tip = card.findChild(QObject, "tip d")
    assert tip
    shows = QQmlExpression(
        qmlContext(tip), tip, "[text, contentItem.text, contentItem.textFormat]"
    ).evaluate()
    plain = Qt.TextFormat.PlainText.value
    assert shows[0].toVariant() == ["<img src=x>" * 40 + "\n", "<img src=x>" * 40 + "\n", plain]


def words_of(shown: QQuickItem) -> list[str]:
    own = [shown.property("text")] if shown.isVisible() and isinstance(shown.property("text"), str) else []
    return sum(map(words_of, shown.childItems()), own)


def test_a_card_tells_where_its_link_leads(
    quick: Quick, braze_app: BrazeApp, cards: ContentCards, qtbot: QtBot
) -> None:
    """Not what stands before the name of the computer, which looks like one."""
    braze_app.advance(60)
    braze_app.transport.set_content_card("d", title="D", link="https://bank.example@thief.example/")
    cards.refresh()
    braze_app.requests()
    window, view = quick(), CardList(cards, Pictures(cards))
    qtbot.waitUntil(lambda: item(window, "d") is not None)
    assert words_of(item(window, "d"))[-1] == "thief.example"
    assert view._delegate._texts(row_of(view, "d"))[-1][1] == "thief.example"


# -- looks ---------------------------------------------------------------------------------------


def places_of(view: CardList, colour: QColor, card: str) -> list[QPoint]:
    """Where this colour is on a card."""
    row = view.visualRect(row_of(view, card))
    picture = view.viewport().grab(row).toImage()
    across, down = range(picture.width()), range(picture.height())
    return [QPoint(x, y) for x in across for y in down if picture.pixelColor(x, y) == colour]


def test_right_to_left_is_mirrored(
    cards: ContentCards, quick: Quick, braze_app: BrazeApp, qapp: QApplication, qtbot: QtBot
) -> None:
    """Marks and buttons change sides with the application, texts with their own letters."""
    braze_app.advance(60)
    braze_app.transport.set_content_card("he", title="שלום")
    cards.refresh()
    braze_app.requests()
    view, palette, sides = CardList(cards, Pictures(cards)), QPalette(), []
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#ff0000"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#0000ff"))
    view.setPalette(palette)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        shown(view, qtbot)
        for card, colour in (("he", "#ff0000"), ("he", "#0000ff"), ("a", "#0000ff")):
            found = places_of(view, QColor(colour), card)
            sides.append({point.x() > view.viewport().width() / 2 for point in found})
        window = quick()
        qtbot.waitUntil(lambda: bool(item(window, "dismiss he")))
        cross = item(window, "dismiss he")
        assert cross
        qtbot.waitUntil(lambda: cross.mapToScene(QPointF()).x() < window.width() / 2)
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert sides == [{True}, {True}, {False}]


def test_both_views_show_pictures(
    quick: Quick,
    braze_app: BrazeApp,
    qapp: QApplication,
    secure: Loopback,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that were loaded; Qt Quick asks for them in the GUI thread."""
    threads, request = [], LoadedPictures.requestImage

    def watched(provider: LoadedPictures, name: str, size: QSize, wanted: QSize) -> QImage:
        threads.append(threading.current_thread())
        return request(provider, name, size, wanted)

    monkeypatch.setattr(LoadedPictures, "requestImage", watched)
    secure.by_path["/wide"] = answer(200, png(200, 100))
    address = f"{secure.endpoint}/wide"
    braze_app.transport.set_content_card("a", kind="image_only", image_url=address, aspect_ratio=2)
    braze_app.transport.set_content_card("b", image_url=address)
    cards = ContentCards()
    braze_app.install(qapp, extensions=[cards])
    braze_app.come_to_front()
    view, window, teal = CardList(cards, Pictures(cards)), quick(), QColor("#008080")
    shown(view, qtbot)
    for card in "ab":
        qtbot.waitUntil(lambda card=card: bool(places_of(view, teal, card)))
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert set(threads) == {threading.main_thread()}
    qtbot.waitUntil(lambda: window.grabWindow().pixelColor(window.width() // 2, 150) == teal)


def test_more_pictures_than_are_kept_are_loaded_once(
    braze_app: BrazeApp, qapp: QApplication, secure: Loopback, qtbot: QtBot
) -> None:
    """All of them in view, on a large screen."""
    for name in "abc":
        secure.by_path[f"/{name}"] = answer(200, png(200, 200))
        braze_app.transport.set_content_card(name, title=name, image_url=f"{secure.endpoint}/{name}")
    cards = ContentCards()
    braze_app.install(qapp, extensions=[cards])
    braze_app.come_to_front()
    pictures = Pictures(cards, Limits(kept=200_000))
    view = CardList(cards, pictures)
    shown(view, qtbot)
    addresses = [f"{secure.endpoint}/{name}" for name in "abc"]
    qtbot.waitUntil(lambda: all(not pictures.image(each).isNull() for each in addresses))
    qtbot.wait(50)
    assert len(secure.requests) == 3


@pytest.mark.parametrize("ground", ["#ffffff", "#1e1f22"])
def test_cards_follow_the_palette(ground: str, view: CardList) -> None:
    palette = QPalette(QColor(ground))
    palette.setColor(QPalette.ColorRole.Base, QColor(ground))
    view.setPalette(palette)
    assert len(places_of(view, QColor(ground), "a")) > 1000
    base = palette.color(QPalette.ColorRole.Base)
    assert contrast(accent(palette), base) >= 3
    assert contrast(accent(palette, READABLE), base) >= 4.5


@pytest.mark.parametrize(("text", "base"), [("#333333", "#dddddd"), ("#839496", "#002b36")])
def test_a_soft_palette_can_be_read(text: str, base: str) -> None:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Text, QColor(text))
    palette.setColor(QPalette.ColorRole.Base, QColor(base))
    assert contrast(quiet(palette), QColor(base)) >= READABLE


@pytest.mark.parametrize(
    "text", ["😀 smile " * 90, "Word " * 400, "W" * 900, "שלום " * 200, "漢字" * 400, "i" * 9000]
)
def test_what_is_too_long_ends_with_dots(text: str, qapp: QApplication) -> None:
    for width in range(200, 300, 7):
        paragraph = Paragraph(text, QFont(), width, 3)
        shown, last = paragraph._layout.text(), paragraph._layout.lineAt(2)
        assert (paragraph.is_elided, shown[-1]) == (True, "…")
        assert last.textStart() + last.textLength() == len(shown.encode("utf-16-le")) // 2


@pytest.mark.parametrize(("text", "is_elided"), [("W " * 20, False), ("\u200b" * 3000 + "W", True)])
def test_what_is_short_is_whole(text: str, is_elided: bool, qapp: QApplication) -> None:  # noqa: FBT001
    assert Paragraph(text, QFont(), 300, 3).is_elided is is_elided


def test_a_font_in_pixels_is_scaled(cards: ContentCards, qtbot: QtBot) -> None:
    """As by a style sheet of the application."""
    box = QWidget()
    box.setStyleSheet("* { font-size: 20px }")
    feed = Feed(cards, box)
    shown(box, qtbot)
    fonts = feed.list._delegate._fonts()
    assert [fonts[name].pixelSize() for name in ("title", "text", "caption")] == [22, 20, 18]
