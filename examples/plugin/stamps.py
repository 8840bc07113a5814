"""The plug-in: its sessions are those of its own panel, not those of the application around it."""

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QPushButton

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox
# The name parts the plug-in's data from those of the application; when it is in use the plug-in says itself.
CONFIG = BrazeConfig("example-stamps", ENDPOINT, app_name="Stamps", automatic_sessions=False)


class Stamps:
    def __init__(self, window: QMainWindow) -> None:
        self._app = QApplication.instance()
        found = BrazeQt.instance()  # a process has one: perhaps the application has made it
        self._braze = found or BrazeQt.install(self._app, CONFIG)
        self._installed = found is None
        button = QPushButton("Put a Stamp")
        button.clicked.connect(lambda: self._braze.logCustomEvent("stamped"))
        self._panel = QDockWidget("Stamps")
        self._panel.setWidget(button)
        self._panel.visibilityChanged.connect(self._track)
        self._app.applicationStateChanged.connect(self._track)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._panel)

    def _track(self) -> None:
        active = self._app.applicationState() == Qt.ApplicationState.ApplicationActive
        if active and self._panel.isVisible():
            self._braze.openSession()
        else:
            self._braze.closeSession()

    def unload(self) -> None:
        self._app.applicationStateChanged.disconnect(self._track)
        self._panel.visibilityChanged.disconnect(self._track)
        self._panel.deleteLater()
        if self._installed:
            self._braze.shutdown()
