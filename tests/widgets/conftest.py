from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from braze_qt import BrazeConfig, BrazeQt

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def braze(qapp: QApplication, tmp_path: Path):
    config = BrazeConfig("test-key", NOBODY_LISTENS, data_dir=tmp_path / "data", automatic_sessions=False)
    braze = BrazeQt.install(qapp, config)
    yield braze
    braze.shutdown(0.0)
    braze.deleteLater()
