from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.feature_flags import FeatureFlags
from braze_qt.testing import SandboxProcess
from demo_app.app_usage import AppUsage
from demo_app.window import DemoWindow


@pytest.fixture
def usage(braze_sandbox: SandboxProcess):
    return AppUsage(braze_sandbox.url)


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def flags(qapp: QApplication):
    return FeatureFlags()


@pytest.fixture
def cards(qapp: QApplication):
    return ContentCards()


@pytest.fixture
def braze(
    qapp: QApplication,
    tmp_path: Path,
    braze_sandbox: SandboxProcess,
    flags: FeatureFlags,
    cards: ContentCards,
):
    """The real SDK; the tests say when the application is in the foreground."""
    config = BrazeConfig("demo-key", braze_sandbox.url, data_dir=tmp_path / "data", automatic_sessions=False)
    braze = BrazeQt.install(qapp, config, extensions=[flags, cards])
    yield braze
    braze.shutdown(0.0)
    braze.deleteLater()


@pytest.fixture
def window(qtbot, braze, braze_sandbox: SandboxProcess, settings, flags, cards):
    window = DemoWindow(braze, braze_sandbox.url, settings, flags, cards)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window
