"""The dialog as its user sees it, and its effect on the SDK."""

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QSpinBox

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.sandbox import Sandbox
from braze_qt.widgets import SessionSettingsDialog


@pytest.fixture
def dialog(qtbot, braze, settings):
    dialog = SessionSettingsDialog(braze, settings=settings)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def seconds_of(dialog) -> QSpinBox:
    return dialog.findChild(QSpinBox)


def button_of(dialog, text: str) -> QPushButton:
    return next(
        button for button in dialog.findChildren(QPushButton) if button.text().replace("&", "") == text
    )


def test_the_dialog_shows_the_current_timeout(dialog, braze):
    assert seconds_of(dialog).value() == braze.sessionTimeout == 10


def test_a_typed_timeout_applies_immediately_and_is_stored(dialog, braze, settings):
    QTest.keyClicks(seconds_of(dialog), "25")  # the old number is selected and is typed over

    assert braze.sessionTimeout == 25
    settings.sync()
    assert (
        SessionSettingsDialog.stored_timeout(QSettings(settings.fileName(), QSettings.Format.IniFormat)) == 25
    )


@pytest.fixture
def patient_braze(qapp, qtbot, tmp_path):
    """One whose server asks for a timeout of 30 seconds at least, since an earlier run."""
    config = {"minimum_session_timeout": 30}
    with Sandbox() as sandbox:
        sandbox.api("faults", "PUT", {"fault": "config", "config": config})
        settings = BrazeConfig("test-key", sandbox.url, data_dir=tmp_path, automatic_sessions=False)
        earlier = BrazeQt.install(qapp, settings)
        earlier.openSession()
        qtbot.waitUntil(lambda: earlier.lastOutcome.startswith("201"))
        earlier.shutdown(0.0)
    braze = BrazeQt.install(qapp, settings)
    yield braze
    braze.shutdown(0.0)


def test_the_server_minimum_overrides_the_typed_timeout(qtbot, patient_braze, settings):
    dialog = SessionSettingsDialog(patient_braze, settings=settings)
    qtbot.addWidget(dialog)
    seconds = seconds_of(dialog)
    assert seconds.value() == 30

    seconds.selectAll()
    QTest.keyClicks(seconds, "12")
    assert seconds.value() == 12, "who types is not interrupted"
    QTest.keyClick(seconds, Qt.Key.Key_Return)

    assert seconds.value() == patient_braze.sessionTimeout == 30


def test_the_minimum_timeout_is_one_second(dialog, braze):
    seconds_of(dialog).setValue(2)
    for _ in range(3):
        QTest.keyClick(seconds_of(dialog), Qt.Key.Key_Down)

    assert braze.sessionTimeout == seconds_of(dialog).value() == 1


def test_the_timeout_may_exceed_a_day(dialog, braze):
    QTest.keyClicks(seconds_of(dialog), "200000")

    assert braze.sessionTimeout == 200_000


def test_the_default_can_be_restored_by_keyboard(dialog, braze, settings, qtbot):
    seconds_of(dialog).setValue(99)

    QTest.keyClick(seconds_of(dialog), Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)

    qtbot.waitUntil(lambda: braze.sessionTimeout == seconds_of(dialog).value() == 10)
    assert SessionSettingsDialog.stored_timeout(settings) == 10


def test_restoring_is_disabled_at_the_default(dialog):
    restore = button_of(dialog, "Restore Default")
    assert not restore.isEnabled()

    seconds_of(dialog).setValue(11)

    assert restore.isEnabled()


def test_an_external_change_is_shown_but_not_stored(dialog, braze, settings):
    braze.setSessionTimeout(77)

    assert seconds_of(dialog).value() == 77
    assert not settings.allKeys()


def test_tab_reaches_everything_and_escape_closes(dialog, qtbot):
    seconds_of(dialog).setValue(11)
    reached = []
    for _ in range(3):
        reached.append(dialog.focusWidget())
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    close = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close)
    assert set(reached) == {seconds_of(dialog), button_of(dialog, "Restore Default"), close}

    QTest.keyClick(dialog, Qt.Key.Key_Escape)

    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_the_timeout_has_an_accessible_name(dialog):
    assert seconds_of(dialog).accessibleName() == "Session timeout in seconds"
    assert "background" in seconds_of(dialog).accessibleDescription()


@pytest.mark.parametrize("kept", ["", "soon", "0", "-3", "2.5", "99999999999", [1, 2], None])
def test_invalid_settings_give_the_default(settings, kept):
    settings.setValue("braze_qt/session_timeout", kept)

    assert SessionSettingsDialog.stored_timeout(settings) == 10
    assert SessionSettingsDialog.stored_timeout(settings, default=30) == 30


def test_a_stored_timeout_is_read_as_a_number(settings):
    settings.setValue("braze_qt/session_timeout", 45)

    assert SessionSettingsDialog.stored_timeout(settings, default=30) == 45
