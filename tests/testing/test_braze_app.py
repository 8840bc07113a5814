"""The test support for hosts. The tests are written as a host writes them."""

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from braze_qt import BrazeConfig, BrazeQt, UsageError
from braze_qt.testing import BrazeApp


class Shop(QWidget):
    """A small host: a button logs an event, another one a purchase, a field the user."""

    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self.export = QPushButton("Export")
        self.export.clicked.connect(
            lambda: braze.logCustomEvent("export", {"format": "pdf", "pages": [1, 2]})
        )
        self.buy = QPushButton("Buy")
        self.buy.clicked.connect(lambda: braze.logPurchase("licence", "EUR", "9.90", 2, {"campaign": "may"}))
        self.name = QLineEdit()
        self.name.editingFinished.connect(lambda: braze.changeUser(self.name.text()))
        layout = QVBoxLayout(self)
        for part in (self.export, self.buy, self.name):
            layout.addWidget(part)


@pytest.fixture
def shop(qtbot: QtBot, braze_app: BrazeApp) -> Shop:
    shop = Shop(braze_app.braze)
    qtbot.addWidget(shop)
    shop.show()
    return shop


def codes(app: BrazeApp) -> list[str]:
    return [event.code for event in app.events()]


# -- what was logged -----------------------------------------------------------------------------


def test_a_click_logs_its_event_in_this_session(qtbot: QtBot, shop: Shop, braze_app: BrazeApp) -> None:
    braze_app.advance(2.5)
    qtbot.mouseClick(shop.export, Qt.MouseButton.LeftButton)
    event = braze_app.event("export")
    assert event.code == "ce"
    assert event.properties == {"format": "pdf", "pages": [1, 2]}
    assert event.session_id == braze_app.braze.sessionId
    assert event.time == braze_app.clock.now().wall
    assert event.user_id is None


def test_purchases_and_attributes_can_be_read(shop: Shop, braze_app: BrazeApp) -> None:
    shop.buy.click()
    braze_app.braze.user.setFirstName("Ada")
    braze_app.braze.user.setCustomAttribute("plan", "pro")
    braze_app.braze.user.incrementCustomAttribute("exports", 3)
    purchase = braze_app.event("licence")
    assert (purchase.code, purchase.data["p"], purchase.properties) == ("p", "9.90", {"campaign": "may"})
    assert braze_app.event("exports").data["value"] == 3
    assert braze_app.attributes() == [{"first_name": "Ada", "custom": {"plan": "pro"}}]


def test_events_carry_user_and_session_of_their_time(shop: Shop, braze_app: BrazeApp) -> None:
    shop.export.click()
    anonymous = braze_app.braze.sessionId
    braze_app.advance(1)
    shop.name.setText("ada")
    shop.name.editingFinished.emit()
    shop.export.click()
    first, second = braze_app.events("export")
    assert (first.user_id, first.session_id) == (None, anonymous)
    assert (second.user_id, second.session_id) == ("ada", braze_app.braze.sessionId)
    assert codes(braze_app) == ["ss", "ce", "se", "ss", "ce"]


@pytest.mark.parametrize("run", [1, 2])
def test_every_test_begins_with_a_clean_state(run: int, shop: Shop, braze_app: BrazeApp) -> None:
    braze = braze_app.braze
    assert (braze.userId, braze.enabled, braze.sessionTimeout) == ("", True, 10)
    assert codes(braze_app) == ["ss"]
    assert braze_app.clock.now().wall == 1_800_000_000
    braze_app.transport.configure(events_blacklist=["export"])
    braze_app.transport.disconnect()
    shop.export.click()
    braze.changeUser("ada")
    braze.setSessionTimeout(3)
    braze_app.advance(100)
    braze_app.go_away()
    braze.setEnabled(False)


# -- time and foreground -------------------------------------------------------------------------


def test_an_absence_past_the_timeout_ends_the_session(qtbot: QtBot, braze_app: BrazeApp) -> None:
    braze = braze_app.braze
    session = braze.sessionId
    ended: list[tuple[str, float]] = []
    braze.sessionEnded.connect(lambda *told: ended.append(told))
    braze_app.advance(60)
    braze_app.go_away()
    braze_app.advance(9.9)
    assert (braze.sessionState, ended) == ("background", [])
    assert braze.secondsToTimeout == pytest.approx(0.1)
    braze_app.advance(0.1)
    assert (braze.sessionState, ended) == ("none", [(session, 60.0)])
    braze_app.come_to_front()
    assert braze.sessionId not in ("", session)
    assert codes(braze_app) == ["ss", "se", "ss"]


def test_a_short_absence_continues_the_session(braze_app: BrazeApp) -> None:
    session = braze_app.braze.sessionId
    braze_app.go_away()
    braze_app.advance(9)
    braze_app.come_to_front()
    braze_app.advance(1000)
    assert braze_app.braze.sessionId == session
    assert codes(braze_app) == ["ss"]


def test_window_activation_in_qt_is_ignored(qtbot: QtBot, shop: Shop, braze_app: BrazeApp) -> None:
    session = braze_app.braze.sessionId
    shop.close()
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    braze_app.advance(60)
    assert braze_app.braze.sessionId == session
    braze_app.go_away()
    other.activateWindow()
    braze_app.advance(60)
    assert braze_app.braze.sessionState == "none"


def test_a_machine_sleep_ends_the_session(braze_app: BrazeApp) -> None:
    """Its time is in no duration."""
    session = braze_app.braze.sessionId
    braze_app.advance(30)
    braze_app.sleep_machine(3600)
    assert braze_app.braze.sessionState == "none"
    braze_app.advance(5)
    braze_app.come_to_front()
    assert braze_app.braze.sessionId not in ("", session)
    start, end, again = braze_app.events()
    assert (end.code, end.data, end.time - start.time) == ("se", {"d": 30.0}, 30.0)
    assert again.time - start.time == 3635.0


@pytest.mark.parametrize("method", ["advance", "sleep_machine"])
def test_a_negative_time_step_is_refused(braze_app: BrazeApp, method: str) -> None:
    with pytest.raises(ValueError, match="-1"):
        getattr(braze_app, method)(-1)


def test_events_are_sent_after_the_flush_interval(shop: Shop, braze_app: BrazeApp) -> None:
    assert len(braze_app.requests()) == 1
    shop.export.click()
    braze_app.advance(9.9)
    assert len(braze_app.requests()) == 1
    braze_app.advance(0.1)
    assert [event.name for event in braze_app.requests()[1].events] == ["export"]


def test_many_flushes_meet_no_rate_limit(braze_app: BrazeApp) -> None:
    """Although the clock of the test stands still."""
    for number in range(50):
        braze_app.braze.logCustomEvent(f"step {number}")
        assert braze_app.event(f"step {number}")


def test_nothing_is_sent_unless_the_test_asks(qapp: QApplication, braze_app: BrazeApp) -> None:
    for user in ("ada", "bob", "eve"):
        braze_app.braze.changeUser(user)
        qapp.processEvents()
    braze_app.transport.disconnect()
    assert braze_app.events() == []
    assert len(braze_app.requests()) == 1


def test_flushes_and_logouts_of_the_application_are_sent(qtbot: QtBot, braze_app: BrazeApp) -> None:
    braze = braze_app.braze
    assert braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    with qtbot.waitSignal(braze.loggedOut) as logged_out:
        braze.logout()
    assert logged_out.args == [True]
    assert codes(braze_app) == ["ss", "se"]


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.braze(session_timeout=3, app_version="2.4.1")
def test_the_marker_sets_the_configuration(braze_app: BrazeApp) -> None:
    assert braze_app.braze.sessionTimeout == 3
    assert braze_app.requests()[0].body["app_version"] == "2.4.1"


@pytest.mark.braze(session_timeout=3, flush_interval=60.0)
class TestOfAClass:
    @pytest.mark.braze(session_timeout=5)
    def test_the_nearest_marker_takes_precedence(self, braze_app: BrazeApp) -> None:
        assert braze_app.braze.sessionTimeout == 5
        braze_app.braze.logCustomEvent("export")
        braze_app.advance(59)
        assert len(braze_app.requests()) == 1


@pytest.mark.braze(automatic_sessions=False)
def test_manual_sessions_work_in_a_test(braze_app: BrazeApp) -> None:
    braze_app.come_to_front()
    braze_app.braze.logCustomEvent("early")
    assert braze_app.events() == []
    braze_app.braze.openSession()
    assert [(event.code, event.name) for event in braze_app.events()] == [("ss", ""), ("ce", "early")]


def in_main(app: QCoreApplication, **settings: object) -> BrazeQt:
    return BrazeQt.install(app, BrazeConfig("real-key", "http://127.0.0.1:9", **settings))


@pytest.mark.braze(installed=False)
def test_the_host_s_installation_is_isolated(qapp: QApplication, braze_app: BrazeApp, tmp_path) -> None:
    """It uses neither the network nor the folder of its configuration."""
    braze_app.go_away()
    braze = in_main(qapp, data_dir=tmp_path / "real")
    assert braze.sessionId == ""
    braze_app.come_to_front()
    assert codes(braze_app) == ["ss"]
    assert braze_app.requests()[0].headers["X-Braze-Api-Key"] == "real-key"
    assert not (tmp_path / "real").exists()


@pytest.mark.braze(installed=False)
def test_the_application_can_be_started_again(qapp: QApplication, braze_app: BrazeApp) -> None:
    first = in_main(qapp)
    first.changeUser("ada")
    first.setEnabled(False)
    device = first.deviceId
    assert first.shutdown()
    with pytest.raises(UsageError, match="not installed"):
        _ = braze_app.braze
    braze_app.advance(3600)
    second = in_main(qapp)
    assert (second.userId, second.enabled, second.deviceId) == ("ada", False, device)
    assert braze_app.braze is second


def test_events_sent_at_shutdown_can_be_read(braze_app: BrazeApp) -> None:
    braze_app.advance(5)
    assert braze_app.braze.shutdown()
    assert codes(braze_app) == ["ss", "se"]
    braze_app.go_away()
    braze_app.advance(5)
    assert braze_app.attributes() == []


def test_an_installation_after_the_context_is_real(qapp: QApplication, tmp_path) -> None:
    with BrazeApp(tmp_path / "test") as app:
        app.install(qapp)
        with pytest.raises(UsageError, match="installed already"):
            in_main(qapp)
    braze = in_main(qapp, data_dir=tmp_path / "real", shutdown_timeout=0.0)
    braze.openSession()
    assert braze.shutdown()
    assert (tmp_path / "real" / "braze.db").exists()


# -- what goes wrong -----------------------------------------------------------------------------


def test_events_wait_offline_and_arrive_once(shop: Shop, braze_app: BrazeApp) -> None:
    braze_app.transport.disconnect()
    shop.export.click()
    assert braze_app.events() == []
    assert (braze_app.braze.deliveryState, braze_app.braze.pendingCount) == ("offline", 2)
    assert not braze_app.requests()[0].accepted
    braze_app.transport.accept()
    assert braze_app.event("export")
    assert braze_app.braze.pendingCount == 0


def test_a_busy_server_is_retried_after_a_wait(braze_app: BrazeApp) -> None:
    braze_app.transport.refuse(503, "overload")
    assert [request.answer for request in braze_app.requests()] == ["503 Service Unavailable: overload"]
    assert braze_app.braze.deliveryState == "waiting"
    braze_app.transport.accept()
    braze_app.advance(9)
    assert len(braze_app.requests()) == 1
    braze_app.advance(21)
    assert [request.accepted for request in braze_app.requests()] == [False, True]


def test_an_event_refused_repeatedly_is_lost(braze_app: BrazeApp) -> None:
    assert codes(braze_app) == ["ss"]
    braze_app.transport.refuse(400, "what is that")
    braze_app.braze.logCustomEvent("odd")
    for _ in range(3):
        assert braze_app.events("odd") == []
    assert (braze_app.braze.lostCount, braze_app.braze.pendingCount) == (1, 0)


def test_a_wrong_key_is_reported(braze_app: BrazeApp) -> None:
    braze_app.transport.refuse(401)
    assert braze_app.events() == []
    assert braze_app.braze.deliveryState == "unauthorised"


def test_a_refused_signature_is_reported_and_replaced(braze_app: BrazeApp) -> None:
    braze = braze_app.braze
    told: list[tuple[int, str, str, str]] = []
    braze.sdkAuthenticationFailed.connect(lambda *fault: told.append(fault))
    braze_app.transport.refuse_signatures(22, "expired")
    braze.changeUser("ada", "stale")
    assert [event.code for event in braze_app.events()] == ["ss", "se"]  # the anonymous user's
    assert set(told) == {(22, "expired", "ada", "stale")}
    braze_app.transport.accept()
    braze.setSdkAuthenticationSignature("fresh")
    assert [(event.code, event.user_id) for event in braze_app.events()][2:] == [("ss", "ada")]
    assert braze_app.requests()[-1].headers["X-Braze-Auth-Signature"] == "fresh"


def test_the_server_can_block_and_unblock_an_event(shop: Shop, braze_app: BrazeApp) -> None:
    braze_app.transport.configure(events_blacklist=["export"])
    assert codes(braze_app) == ["ss"]
    assert not braze_app.braze.logCustomEvent("export")
    braze_app.transport.configure()
    braze_app.braze.logCustomEvent("import")
    assert braze_app.event("import")
    shop.export.click()
    assert braze_app.event("export")


@pytest.mark.braze(enabled=False)
def test_nothing_is_sent_without_consent(shop: Shop, braze_app: BrazeApp) -> None:
    shop.export.click()
    braze_app.advance(3600)
    assert braze_app.requests() == []
    assert braze_app.braze.setEnabled(True)
    shop.export.click()
    assert codes(braze_app) == ["ss", "ce"]


# -- what a failure says -------------------------------------------------------------------------


def test_a_missing_event_error_lists_the_other_events(shop: Shop, braze_app: BrazeApp) -> None:
    shop.export.click()
    session = braze_app.event("export").session_id
    braze_app.transport.disconnect()
    braze_app.braze.logCustomEvent("import")
    with pytest.raises(AssertionError) as failure:
        braze_app.event("import")
    assert str(failure.value).splitlines() == [
        "no event 'import' arrived.",
        "What arrived:",
        f"    ss of an anonymous user in session {session}",
        f"    ce 'export' {{'format': 'pdf', 'pages': [1, 2]}} of an anonymous user in session {session}",
        "What did not (session foreground, delivery offline, "
        "last answer 'disconnected by the test; 1 event'):",
        "    ce 'import'",
    ]


def test_a_duplicate_event_is_an_error(shop: Shop, braze_app: BrazeApp) -> None:
    shop.export.click()
    shop.export.click()
    with pytest.raises(AssertionError, match=r"2 events 'export' arrived\.(.|\n)*nothing$"):
        braze_app.event("export")


def test_an_event_query_after_shutdown_is_an_error(braze_app: BrazeApp) -> None:
    braze_app.braze.shutdown()
    with pytest.raises(AssertionError, match="braze_qt is not installed, or it was shut down"):
        braze_app.event("export")


def test_the_disabling_environment_variable_is_ignored(
    braze_app: BrazeApp, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    braze_app.braze.shutdown()
    monkeypatch.setenv("BRAZE_QT_DISABLED", "1")
    braze_app.install(qapp)
    assert braze_app.braze.logCustomEvent("export")
    assert braze_app.event("export")
