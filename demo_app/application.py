"""Starts what the demo consists of: the sandbox, the SDK, the window."""

import logging
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.feature_flags import FeatureFlags
from braze_qt.testing import SandboxProcess
from braze_qt.widgets import SessionSettingsDialog
from demo_app.icons import application_icon
from demo_app.signals import quit_on_signals
from demo_app.window import DemoWindow

API_KEY = "demo-key-of-the-sandbox"


def run(sandbox_url: str | None, data_dir: Path | None) -> int:
    """Shows the window until it is closed; starts a sandbox unless one is named."""
    app = QApplication([])
    app.setOrganizationName("braze_qt")
    app.setApplicationName("braze_qt demo")
    app.setWindowIcon(application_icon())
    folder = data_dir or Path(
        QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    )
    folder.mkdir(parents=True, exist_ok=True)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    if sandbox_url is not None:
        return show(app, sandbox_url, folder, settings)
    with SandboxProcess(folder / "sandbox") as sandbox:
        return show(app, sandbox.url, folder, settings)


def show(app: QApplication, sandbox_url: str, folder: Path, settings: QSettings) -> int:
    """The whole integration: one configuration, one install."""
    config = BrazeConfig(
        API_KEY,
        sandbox_url,
        session_timeout=SessionSettingsDialog.stored_timeout(settings),
        app_name="braze_qt demo",
        data_dir=folder,
    )
    quit_on_signals(app)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    flags, cards = FeatureFlags(), ContentCards()
    braze = BrazeQt.install(app, config, extensions=[flags, cards])
    window = DemoWindow(braze, sandbox_url, settings, flags, cards)
    window.show()
    return app.exec()
