"""Consent at the first start: without a yes nothing is stored, not even a file, and nothing is sent."""

import os
import sys

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QMessageBox, QVBoxLayout, QWidget

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class Window(QWidget):
    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self.setWindowTitle("Notes")
        self._consent = QCheckBox("&Tell the makers how this application is used")
        self._consent.setChecked(braze.enabled)
        self._consent.toggled.connect(braze.setEnabled)  # off: ends the session, and stops everything
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("Settings"))
        layout.addWidget(self._consent)
        layout.addStretch()
        braze.enabledChanged.connect(lambda: self._consent.setChecked(braze.enabled))
        self.resize(420, 160)


def ask(window: Window, braze: BrazeQt, settings: QSettings) -> None:
    """Once; the answer itself is remembered by braze_qt."""
    if settings.value("asked for consent"):
        return
    question = QMessageBox(window)
    question.setWindowTitle("Usage data")
    question.setText("May this application tell its makers how it is used?")
    question.setInformativeText(
        "When it was started, for how long, on which system. You can change it later."
    )
    question.setDefaultButton(question.addButton("&No", QMessageBox.ButtonRole.RejectRole))
    question.addButton("&Yes", QMessageBox.ButtonRole.AcceptRole)
    question.accepted.connect(lambda: braze.setEnabled(True))
    question.finished.connect(lambda: settings.setValue("asked for consent", True))
    question.open()


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setOrganizationName("Example")
    app.setApplicationName("Notes")
    of_the_device = {"os_version", "locale"}  # and no more
    config = BrazeConfig("example-notes", ENDPOINT, enabled=False, device_properties=of_the_device)
    braze = BrazeQt.install(app, config)
    window = Window(braze)
    window.show()
    ask(window, braze, QSettings())
    sys.exit(app.exec())
