"""Content cards of a real installation, with a real server."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt, UsageError
from braze_qt.content_cards import ContentCards
from braze_qt.content_cards._extension import COOL_DOWN, MOST_AT_ONCE, REFRESH_LIMIT
from braze_qt.feature_flags import FeatureFlags
from tests.support.loopback import Loopback, Reply, Request, answer, free_port

from .arrivals import QUICK, Held, obeyed
from .conftest import Install

SYNC = "content_cards/sync"


def card(name: str, ca: int = 100, **keys: Any) -> dict[str, Any]:
    return {"id": name, "tp": "text_announcement", "ca": ca, "ea": -1, "db": True, "tt": name.upper(), **keys}


def cards_reply(*entries: Any, full: bool = True) -> Reply:
    times = {"last_full_sync_at": 7, "last_card_updated_at": 8}
    return answer(201, {"cards": list(entries), "full_sync": full, **times})


def config(time: int = 1, *, enabled: bool = True) -> Reply:
    return obeyed(**QUICK, time=time, content_cards={"enabled": enabled})


@pytest.fixture
def server(server: Loopback) -> Loopback:
    server.by_path = {"data/": config(), SYNC: cards_reply(card("a"), card("b"))}
    return server


def syncs(server: Loopback) -> list[Request]:
    return [request for request in list(server.requests) if request.path == SYNC]


def shown(cards: ContentCards) -> list[str]:
    """What a view shows, which is what Python is told."""
    titles = [cards.model.index(row).data() for row in range(cards.model.rowCount())]
    assert titles == [card.title for card in cards.cards()]
    return titles


@pytest.fixture
def begin(install: Install, server: Loopback) -> Callable[..., tuple[BrazeQt, ContentCards]]:
    """Installs with content cards, and begins a session."""

    def begin(
        cards: ContentCards | None = None,
        *,
        endpoint: str = server.endpoint,
        open_session: bool = True,
        **settings: Any,
    ) -> tuple[BrazeQt, ContentCards]:
        cards = cards or ContentCards()
        quiet = {"automatic_sessions": False, "flush_interval": 3_600.0, "session_timeout": 3_600}
        braze = install(endpoint, [cards], **quiet, **settings)
        if open_session:
            braze.openSession()
        return braze, cards

    return begin


def comes(qtbot: QtBot, cards: ContentCards, loaded: str = "session") -> None:
    qtbot.waitUntil(lambda: cards.loaded == loaded)


def sent(qtbot: QtBot, braze: BrazeQt, server: Loopback) -> list[tuple[str, Any]]:
    """The events about cards that have been sent."""
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0 and braze.deliveryState == "idle")
    return [(event["name"], event["data"]["ids"]) for event in server.events if event["name"][:2] == "cc"]


# -- asking --------------------------------------------------------------------------------------


def test_a_session_start_brings_the_cards(begin, server, qtbot):
    server.by_path[SYNC] = cards_reply(card("a"), card("b", 101), card("p", p=True), card("c", tp="control"))
    _, cards = begin()
    assert (shown(cards), cards.loaded, cards.unviewedCount) == ([], "never", 0)
    comes(qtbot, cards)
    assert (shown(cards), cards.unviewedCount) == (["P", "B", "A"], 3)
    (sync,) = syncs(server)
    assert sync.json["last_full_sync_at"] == sync.json["last_card_updated_at"] == 0
    expected = {
        "x-braze-contentcardsrequest": "true",
        "x-braze-datarequest": "true",
        "braze-sync-retry-count": "0",
    }
    assert expected.items() <= sync.headers.items()


def test_the_next_session_brings_what_is_new(begin, server, qtbot):
    _, cards = begin()
    comes(qtbot, cards)
    server.by_path[SYNC] = cards_reply({"id": "a", "r": True}, card("n", 200), full=False)
    _, cards = begin()
    comes(qtbot, cards)
    assert shown(cards) == ["N", "B"]
    _, second = (request.json for request in syncs(server))
    assert (second["last_full_sync_at"], second["last_card_updated_at"]) == (7, 8)
    _, offline = begin(endpoint=f"http://127.0.0.1:{free_port()}")
    assert offline.loaded == "cache"
    qtbot.waitUntil(lambda: shown(offline) == ["N", "B"])


def test_a_refresh_tells_how_it_went(begin, server, qtbot, clock):
    _, cards = begin()
    told: list[tuple[str, float]] = []
    cards.refreshed.connect(lambda result, until: told.append((result, until)))
    comes(qtbot, cards)
    assert cards.refresh()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert told[0][0] == "refused"
    assert told[0][1] == clock.now().wall + REFRESH_LIMIT
    for reply, result in ((cards_reply(card("n")), "done"), (answer(201, {}), "failed")):
        clock.move(REFRESH_LIMIT)
        server.by_path[SYNC] = reply
        assert cards.refresh()
        qtbot.waitUntil(lambda: len(told) > 1)
        assert told.pop()[0] == result
        assert shown(cards) == ["N"]


@pytest.mark.parametrize(
    "reply",
    [answer(500), answer(201, {}), answer(201, {"cards": 7}), answer(201, {"cards": [7], "full_sync": True})],
)
def test_no_reply_loses_what_was_there(begin, server, qtbot, reply):
    _, cards = begin()
    comes(qtbot, cards)
    server.by_path[SYNC] = reply
    braze, cards = begin()
    qtbot.waitUntil(lambda: len(syncs(server)) == 2)
    assert sent(qtbot, braze, server) == []
    assert (shown(cards), cards.loaded) == (["A", "B"], "cache")


def test_a_wrong_card_is_left_out_and_counted(begin, server, qtbot):
    server.by_path[SYNC] = cards_reply(card("a"), 7, card("j", u="javascript:alert(1)"))
    _, cards = begin()
    comes(qtbot, cards)
    assert (shown(cards), cards.leftOutCount) == (["A"], 2)


def test_the_server_can_switch_cards_off(begin, server, qtbot):
    braze, cards = begin()
    comes(qtbot, cards)
    server.by_path["data/"] = config(2, enabled=False)
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: shown(cards) == [])
    server.by_path["data/"] = config(3)
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: shown(cards) == ["A", "B"])
    assert [request.json["last_full_sync_at"] for request in syncs(server)] == [0, 0]


# -- whose they are ------------------------------------------------------------------------------


def test_no_card_of_a_former_user_is_seen(begin, server, qtbot):
    braze, cards = begin()
    comes(qtbot, cards)
    assert cards.markViewed(["a"])
    held = Held(cards_reply(card("a"), card("x")))
    server.by_path[SYNC] = held
    braze.changeUser("ada")
    assert (shown(cards), cards.loaded, cards.markViewed("a"), cards.open("a")) == ([], "never", False, False)
    qtbot.waitUntil(held.heard.is_set)
    body = syncs(server)[-1].json
    assert (body["user_id"], body["last_full_sync_at"]) == ("ada", 0)
    held.go.set()
    comes(qtbot, cards)
    assert (shown(cards), cards.unviewedCount) == (["A", "X"], 2)
    assert cards.markViewed("a")  # which this user has not seen before
    assert (cards.unviewedCount, braze.changeUser("bob"), cards.unviewedCount) == (1, True, 0)


def test_a_wipe_takes_the_cards_along(begin, qtbot, tmp_path):
    braze, cards = begin()
    comes(qtbot, cards)
    assert braze.wipeData()
    assert shown(cards) == []
    braze.shutdown(5.0)
    assert not (tmp_path / "data").exists()


# -- what the user does --------------------------------------------------------------------------


def test_what_the_user_does_shows_at_once(begin, server, qtbot):
    """It is sent, and outlasts a restart, and replies that do not know of it yet."""
    entries = [card("a", 103, u="app://open"), card("b", 102), card("c", 101, db=False)]
    server.by_path[SYNC] = cards_reply(*entries)
    braze, cards = begin()
    comes(qtbot, cards)
    counts: list[int] = []
    cards.unviewedCountChanged.connect(lambda: counts.append(cards.unviewedCount))
    assert cards.markViewed(["a", "b", "unknown"])
    assert not cards.markViewed("a")  # so soon
    assert cards.open("a")
    assert [cards.dismiss(name) for name in ("b", "b", "c", "unknown")] == [True, False, False, False]
    assert (shown(cards), counts) == (["A", "C"], [1])
    assert (cards.card("a").viewed, cards.card("a").clicked, cards.card("b")) == (True, True, None)
    assert sent(qtbot, braze, server) == [("cci", ["a", "b"]), ("ccc", ["a"]), ("ccd", ["b"])]
    for reply in (cards_reply(*entries, full=False), cards_reply(*entries)):
        server.by_path[SYNC] = reply
        braze, cards = begin()
        comes(qtbot, cards)
        assert (shown(cards), cards.unviewedCount) == (["A", "C"], 1)
    braze.shutdown()
    _, again = begin(open_session=False)
    qtbot.waitUntil(lambda: shown(again) == ["A", "C"])
    assert (again.card("a").clicked, again.unviewedCount) == (True, 1)


def test_what_is_done_before_quitting_is_kept(begin, qtbot):
    braze, cards = begin()
    comes(qtbot, cards)
    assert cards.dismiss("a")
    braze.shutdown()
    _, again = begin(endpoint=f"http://127.0.0.1:{free_port()}", open_session=False)
    assert [card.title for card in again.cards()] == ["B"]
    assert again.markViewed("b")
    begin(endpoint=f"http://127.0.0.1:{free_port()}", open_session=False)
    _, last = begin(open_session=False)
    assert last.unviewedCount == 0


def test_an_impression_counts_again_later(begin, server, qtbot, clock):
    braze, cards = begin()
    comes(qtbot, cards)
    assert cards.markViewed(["a", "b"])
    clock.move(COOL_DOWN - 1)
    assert not cards.markViewed(["a", "b"])
    clock.move(1)
    assert cards.markViewed("a")
    assert sent(qtbot, braze, server) == [("cci", ["a", "b"]), ("cci", ["a"])]


def test_many_cards_are_seen_in_some_events(begin, server, qtbot):
    names = [f"{number:0>255}" for number in range(120)]
    server.by_path[SYNC] = cards_reply(*map(card, names))
    braze, cards = begin()
    comes(qtbot, cards)
    assert cards.markViewed(names)
    events = sent(qtbot, braze, server)
    assert [len(ids) for _, ids in events] == [MOST_AT_ONCE, MOST_AT_ONCE, 20]
    assert sorted(name for _, ids in events for name in ids) == names
    assert cards.unviewedCount == 0


def test_controls_are_logged_and_not_shown(begin, server, qtbot):
    server.by_path[SYNC] = cards_reply(card("a", 103), card("x", 102, tp="control"), card("b", 101))
    braze, cards = begin()
    comes(qtbot, cards)
    assert (shown(cards), cards.card("x"), cards.dismiss("x"), cards.open("x")) == (
        ["A", "B"],
        None,
        False,
        False,
    )
    assert cards.markViewed("b")
    assert not cards.markViewed("b")
    assert sent(qtbot, braze, server) == [("ccic", ["x"]), ("cci", ["b"])]


def test_an_empty_feed_can_be_seen(begin, server, qtbot):
    server.by_path[SYNC] = cards_reply(card("x", tp="control"))
    braze, cards = begin()
    comes(qtbot, cards)
    assert cards.markViewed([])
    assert sent(qtbot, braze, server) == [("ccic", ["x"])]


class Browser(QObject):
    """What the desktop opens links with."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.mark.parametrize(
    ("schemes", "opened"), [(("https",), ["h"]), (("HTTPS", "app"), ["h", "a"]), ((), [])]
)
def test_links_are_opened_by_their_scheme(begin, server, qtbot, schemes, opened):
    """The signal comes first, and for every link."""
    links = {"h": "https://example.com/", "a": "app://open", "s": "ftp://example.com/", "o": "example.com"}
    server.by_path[SYNC] = cards_reply(*(card(name, u=link) for name, link in links.items()), card("n"))
    browser = Browser()
    for scheme in ("https", "app", "ftp"):
        QDesktopServices.setUrlHandler(scheme, browser, "open")
    try:
        _, cards = begin(ContentCards(link_schemes=schemes))
        comes(qtbot, cards)
        told: list[tuple[str, str, int]] = []
        cards.clicked.connect(lambda name, link: told.append((name, link, len(browser.opened))))
        for name in (*links, "n"):
            before = len(browser.opened)
            assert cards.open(name)
            assert told[-1] == (name, links.get(name, ""), before)
        assert browser.opened == [links[name] for name in opened]
    finally:
        for scheme in ("https", "app", "ftp"):
            QDesktopServices.unsetUrlHandler(scheme)


@pytest.mark.parametrize("wrong", ["https", [7], None])
def test_wrong_schemes_are_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match="link_schemes"):
        ContentCards(link_schemes=wrong)


def test_a_card_expires_by_itself(begin, server, qtbot):
    server.by_path[SYNC] = cards_reply(card("a"), card("b", ea=int(time.time()) + 2))
    _, cards = begin()
    comes(qtbot, cards)
    with qtbot.waitSignal(cards.model.rowsRemoved):
        pass
    assert (shown(cards), cards.unviewedCount, len(syncs(server))) == (["A"], 1, 1)


def test_another_thread_may_dismiss(begin, qtbot):
    """The rows change in the GUI thread."""
    _, cards = begin()
    comes(qtbot, cards)
    threads: list[int] = []
    cards.model.rowsRemoved.connect(lambda: threads.append(threading.get_ident()))
    worker = threading.Thread(target=cards.dismiss, args=["a"])
    worker.start()
    worker.join()
    assert [card.id for card in cards.cards()] == ["b"]
    qtbot.waitUntil(lambda: threads == [threading.get_ident()])
    assert shown(cards) == ["B"]


def test_a_slot_may_change_cards_meanwhile(begin, server, qtbot):
    """A delegate marks itself as seen while its row is made."""
    _, cards = begin()
    cards.model.rowsInserted.connect(lambda: cards.markViewed([card.id for card in cards.cards()]))
    cards.model.dataChanged.connect(lambda: cards.dismiss("a"))
    comes(qtbot, cards)
    assert (shown(cards), cards.unviewedCount) == (["B"], 0)


def test_without_consent_nothing_is_logged(begin, qtbot):
    braze, cards = begin()
    comes(qtbot, cards)
    braze.setEnabled(False)
    assert (cards.markViewed("a"), cards.open("a"), cards.dismiss("a"), cards.refresh()) == (False,) * 4
    assert (shown(cards), cards.unviewedCount) == (["A", "B"], 2)


def test_without_an_installation_there_are_no_cards(qapp: QCoreApplication) -> None:
    cards = ContentCards()
    assert (shown(cards), cards.card("a"), cards.loaded, cards.leftOutCount) == ([], None, "never", 0)
    for strange in (None, 7, ["a"], {}, "x" * 256, "\ud800"):
        assert not cards.open(strange)  # type: ignore[arg-type]
        assert not cards.dismiss(strange)  # type: ignore[arg-type]
        assert not cards.markViewed(strange)  # type: ignore[arg-type]
        assert cards.card(strange) is None  # type: ignore[arg-type]
    assert not cards.refresh()


@pytest.mark.parametrize("kind", [ContentCards, FeatureFlags])
def test_a_refresh_without_an_installation_warns_once(install, caplog, kind):
    extension = kind()
    assert not extension.refresh()
    assert not extension.refresh()
    braze = install(extensions=[extension], automatic_sessions=False)
    assert extension.refresh()
    braze.setOutboundNetworkRequestsOffline(True)
    assert not extension.refresh()
    braze.shutdown()
    assert not extension.refresh()
    assert not extension.refresh()
    warning = f"refresh: {kind.__name__} has no installation, or it has ended; nothing is done"
    assert caplog.messages == [warning] * 2


def test_the_file_is_private(begin, qtbot, tmp_path):
    _, cards = begin()
    comes(qtbot, cards)
    assert (tmp_path / "data" / "braze.synced-content_cards").stat().st_mode & 0o077 == 0
