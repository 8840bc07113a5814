"""The window against the real SDK and a real sandbox."""

import socket
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
from PySide6.QtCore import QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QMessageBox,
    QSpinBox,
    QTableView,
    QWidget,
)

from braze_qt.sandbox import Sandbox
from braze_qt.widgets import SessionSettingsDialog
from demo_app.app_usage import AppUsage
from demo_app.window import DemoWindow
from examples.content_cards.colours import contrast

COLOURED = {"text": "Hello", "colour": "#102030"}
LONG_ID = "a-user-id-that-was-made-by-a-machine-" * 6


def delivered(window) -> list[str]:
    """The events the table calls acknowledged, the newest first."""
    model = window.inspector.findChild(QTableView, "events").model()
    rows = range(model.rowCount())
    return [model.index(row, 1).data() for row in rows if model.index(row, 4).data() == "Acknowledged"]


def dialog_on(window, qtbot) -> QDialog:
    qtbot.waitUntil(lambda: any(dialog.isVisible() for dialog in window.findChildren(QDialog)))
    return next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())


def ticks(window) -> bool:
    """Whether anything runs again and again; a deadline for an answer runs once."""
    return any(timer.isActive() and not timer.isSingleShot() for timer in window.findChildren(QTimer))


def ok_of(dialog):
    return dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)


def test_no_session_is_shown_without_a_running_timer(window):
    assert window.session.state.whole() == "No session"
    assert window.session.session.whole() == "–"
    assert window.delivery.state.whole() == "Nothing to send"
    assert not ticks(window)


def test_the_window_shows_every_session_state(window, braze, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: window.session.state.whole() == "In the foreground")
    assert window.session.session.whole() == braze.sessionId
    begun = window.session.running.whole()
    qtbot.waitUntil(lambda: window.session.running.whole() > begun)

    braze.closeSession()
    qtbot.waitUntil(lambda: window.session.state.whole() == "In the background")
    begun = window.session.countdown.whole()
    assert begun.startswith("The session ends in ")
    qtbot.waitUntil(lambda: window.session.countdown.whole() != begun)

    braze.setSessionTimeout(1)
    qtbot.waitUntil(lambda: window.session.state.whole() == "No session")
    assert window.session.running.whole() == ""
    qtbot.waitUntil(lambda: not ticks(window))


def test_disabled_tracking_is_shown(window, braze, qtbot):
    braze.setEnabled(False)

    qtbot.waitUntil(lambda: window.delivery.state.whole() == "Switched off")
    assert window.session.countdown.whole() == "Tracking is switched off"
    assert window.delivery.next_try.whole() == "when tracking is switched on"

    braze.setEnabled(True)
    qtbot.waitUntil(lambda: window.delivery.next_try.whole() == "as soon as there is something")
    assert window.session.countdown.whole() == "It starts when this window has the focus"


def test_acknowledged_events_are_shown_in_the_table(window, braze, usage, qtbot):
    braze.openSession()
    braze.logCustomEvent("checked out", {"items": 3})
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    qtbot.waitUntil(lambda: delivered(window) == ["checked out", "Session start"])
    qtbot.waitUntil(lambda: window.delivery.state.whole() == "Everything arrived")
    assert usage.users()["anonymous"].custom_events == 1


def test_events_logged_offline_arrive_afterwards(window, braze, usage, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: delivered(window) == ["Session start"])

    qtbot.mouseClick(window.offline, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: usage.is_offline())
    braze.logCustomEvent("said offline")
    qtbot.mouseClick(window.send_now, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.delivery.state.whole() in ("No connection", "Waits to try again"))
    assert window.delivery.pending.whole() == "1 event"
    qtbot.waitUntil(lambda: window.delivery.next_try.whole().startswith("in "))

    qtbot.mouseClick(window.offline, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not usage.is_offline())
    qtbot.mouseClick(window.send_now, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: delivered(window) == ["said offline", "Session start"])
    assert window.delivery.pending.whole() == "nothing"


def press_on_the_page(url: str, **form: str) -> None:
    """What a visitor's browser sends from the sandbox's own page."""
    urlopen(f"{url}/faults", urlencode(form).encode(), timeout=20).close()


def test_the_offline_button_follows_the_sandbox_page(window, braze_sandbox, qtbot):
    press_on_the_page(braze_sandbox.url, preset="cut")
    qtbot.waitUntil(window.offline.isChecked)
    press_on_the_page(braze_sandbox.url, clear="yes")
    qtbot.waitUntil(lambda: not window.offline.isChecked())

    qtbot.mouseClick(window.offline, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: AppUsage(braze_sandbox.url).is_offline())
    press_on_the_page(braze_sandbox.url, clear="yes")
    qtbot.waitUntil(lambda: not window.offline.isChecked())


def test_the_offline_button_shows_faults_armed_earlier(braze, braze_sandbox, settings, flags, cards, qtbot):
    press_on_the_page(braze_sandbox.url, preset="cut")
    window = DemoWindow(braze, braze_sandbox.url, settings, flags, cards)
    qtbot.addWidget(window)
    qtbot.waitUntil(window.offline.isChecked)


def test_another_fault_is_not_shown_as_offline(window, braze_sandbox, qtbot):
    press_on_the_page(braze_sandbox.url, preset="cut")
    qtbot.waitUntil(window.offline.isChecked)
    press_on_the_page(braze_sandbox.url, clear="yes")
    press_on_the_page(braze_sandbox.url, preset="503")
    qtbot.waitUntil(lambda: not window.offline.isChecked())


def test_the_offline_button_follows_a_restarted_sandbox(braze, settings, flags, cards, qtbot):
    with Sandbox() as first:
        window = DemoWindow(braze, first.url, settings, flags, cards)
        qtbot.addWidget(window)
        first.api("faults", "PUT", {"fault": "cut"})
        qtbot.waitUntil(window.offline.isChecked)
    with Sandbox(port=urlsplit(first.url).port):
        qtbot.waitUntil(lambda: not window.offline.isChecked())


def test_the_offline_button_reports_a_stopped_sandbox(braze, settings, flags, cards, qtbot):
    with Sandbox() as stopped:
        window = DemoWindow(braze, stopped.url, settings, flags, cards)
        qtbot.addWidget(window)
        window.show()
    qtbot.mouseClick(window.offline, Qt.MouseButton.LeftButton)
    message = dialog_on(window, qtbot)
    assert message.text().startswith("The sandbox did not answer: ")
    assert not window.offline.isChecked()


def test_a_silent_sandbox_does_not_block_the_window(braze, settings, flags, cards, qtbot):
    """It accepts connections and never answers; everything else goes on meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        window = DemoWindow(braze, f"http://127.0.0.1:{silent.getsockname()[1]}", settings, flags, cards)
        qtbot.addWidget(window)
        window.show()
        for _ in range(20):
            qtbot.mouseClick(window.offline, Qt.MouseButton.LeftButton)
        braze.openSession()
        qtbot.waitUntil(lambda: window.session.state.whole() == "In the foreground")
        assert not window.findChildren(QMessageBox), "it was waited for an answer"
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=20_000)


def test_app_usage_opens_in_the_browser(window, braze_sandbox, qtbot):
    class Browser(QObject):
        opened = Signal(QUrl)

    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser, "opened")
    try:
        with qtbot.waitSignal(browser.opened) as opening:
            qtbot.mouseClick(window.app_usage, Qt.MouseButton.LeftButton)
    finally:
        QDesktopServices.unsetUrlHandler("http")
    (opened,) = opening.args
    assert opened == QUrl(braze_sandbox.url)
    with urlopen(opened.toString(), timeout=20) as page:
        assert "App Usage" in page.read().decode()


def test_the_user_can_be_changed_by_keyboard(window, braze, qtbot):
    braze.openSession()
    QTest.keyClick(window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    form = dialog_on(window, qtbot)
    assert not ok_of(form).isEnabled()

    QTest.keyClicks(form.findChild(QLineEdit), "ada@example.com")
    QTest.keyClick(form.findChild(QLineEdit), Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.session.user.whole() == "ada@example.com")
    qtbot.waitUntil(lambda: delivered(window) == ["Session start", "Session end", "Session start"])


def test_event_properties_are_a_json_object_or_empty(window, braze, qtbot):
    braze.openSession()
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    form = dialog_on(window, qtbot)
    for text, note in (
        ('{"items": 3,', "Not JSON (line 1, column 13)"),
        ("[1, 2]", "The properties must be a JSON object: {…}"),
        ("", ""),
        ('{"items": 3}', ""),
    ):
        form.properties.setPlainText(text)
        assert form.note.whole() == note
        assert ok_of(form).isEnabled() == (not note)
    form.name.clear()
    assert not ok_of(form).isEnabled()

    QTest.keyClicks(form.name, "opened catalogue")
    QTest.keyClick(form.name, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: [record.label for record in braze.recentEvents()] == ["", "opened catalogue"])


def test_the_event_form_reports_a_refused_event(window, qtbot):
    window.open_event_form()
    form = dialog_on(window, qtbot)

    form.name.setText("x" * 300)
    ok_of(form).click()

    assert form.isVisible()
    assert form.note.whole()


def test_the_settings_dialog_updates_the_window(window, qtbot, settings):
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_on(window, qtbot)

    dialog.findChild(QSpinBox).setValue(42)

    qtbot.waitUntil(lambda: window.session.timeout.whole() == "42 s in the background")
    assert SessionSettingsDialog.stored_timeout(settings) == 42


def test_tab_reaches_every_button_and_the_inspector(window, braze, qtbot):
    braze.openSession()
    table = window.inspector.findChild(QTableView, "events")
    qtbot.waitUntil(table.isVisible)
    window.log_event.setFocus()
    reached: list[QWidget] = []
    for _ in range(13):
        reached.append(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    actions = [window.log_event, window.change_user, window.send_now, window.offline]
    assert reached[:7] == [*actions, window.news, window.app_usage, window.settings]
    assert isinstance(reached[7], QLineEdit)
    assert reached[11:] == [table, window.log_event]


def test_a_long_user_id_is_elided(window, braze, qtbot):
    """The tooltip and the accessible name hold all of it."""
    narrow = window.session.user.minimumSizeHint()
    braze.changeUser(LONG_ID)

    qtbot.waitUntil(lambda: window.session.user.whole() == LONG_ID)
    assert window.session.user.text().endswith("…")
    assert window.session.user.toolTip() == window.session.user.accessibleName() == LONG_ID
    assert window.session.user.minimumSizeHint() == narrow


def test_icons_follow_the_palette(window, qapp):
    """As does the quiet text: both are coloured by hand."""
    before = qapp.palette()
    dark = QPalette(QColor("#2a2b2f"))
    try:
        for palette in (dark, before):
            qapp.setPalette(palette)
            qapp.processEvents()
            drawn = window.send_now.icon().pixmap(64, 64).toImage()
            shades = {
                drawn.pixelColor(x, y).lightness()
                for x in range(drawn.width())
                for y in range(drawn.height())
                if drawn.pixelColor(x, y).alpha() == 255
            }
            assert shades == {palette.color(QPalette.ColorRole.ButtonText).lightness()}
            quiet = window.session.countdown.palette().color(QPalette.ColorRole.WindowText).lightness()
            assert (quiet > 128) == (palette is dark)
    finally:
        qapp.setPalette(before)


def test_contrast_is_computed_as_in_the_guidelines():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21.0)
    assert contrast(QColor("#767676"), QColor("white")) == pytest.approx(4.54, abs=0.01)


def test_a_flag_changes_the_next_session_s_look(window, braze, braze_sandbox, flags, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: braze.deliveryState == "idle")
    properties = {name: {"type": "string", "value": value} for name, value in COLOURED.items()}
    AppUsage(braze_sandbox.url).write_flag({"id": "demo_banner", "fts": "x", "properties": properties})
    assert not window.banner.isVisible()
    braze.changeUser("ada")
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.whole() == "Hello"
    palette = window.banner.palette()
    shown = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    assert shown == (QColor("#102030"), QColor("white"))
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: AppUsage(braze_sandbox.url).impressions() == 1)


def test_the_tool_bar_counts_unviewed_news(window, braze, braze_sandbox, cards, qtbot):
    """They count as seen once they were in view, not as soon as they are there."""
    written = [{"id": name, "title": f"Title {name}"} for name in "ab"]
    braze_sandbox.api("content_cards", "PUT", written)
    braze.openSession()
    qtbot.waitUntil(lambda: window.news.text() == "&News (2)")
    assert not window.feed.isVisible()
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.news.text() == "&News")
    assert window.feed.isVisible()
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: len(braze_sandbox.api("content_cards")["impressions"]) == 1)
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert not window.feed.isVisible()
