"""A reminder in the system tray: the window closed to the tray is a leave, and shown again a return."""

import os
import sys

from PySide6.QtCore import QTime, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QFormLayout, QLineEdit, QMenu, QSystemTrayIcon, QTimeEdit, QWidget

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class Reminder(QWidget):
    def __init__(self, braze: BrazeQt, icon: QIcon) -> None:
        super().__init__()
        self._braze = braze
        self.setWindowTitle("Reminder")
        self.setWindowIcon(icon)
        self._text = QLineEdit("Stand up and look out of the window")
        self._time = QTimeEdit(QTime.currentTime().addSecs(1800))
        form = QFormLayout(self)
        form.addRow("&Remind me to", self._text)
        form.addRow("&At", self._time)
        self.resize(400, self.sizeHint().height())

        menu = QMenu(self)
        menu.addAction("&Show", self.show)
        menu.addAction("&Quit", QApplication.quit)
        self._tray = QSystemTrayIcon(icon, self)
        self._tray.setContextMenu(menu)
        self._tray.show()

        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._remind_if_due)
        self._timer.start()

    def _remind_if_due(self) -> None:
        if self._time.time() <= QTime.currentTime() < self._time.time().addSecs(2):
            self._tray.showMessage("Reminder", self._text.text())
            # Logged in the background: it is stored, and goes with the next session.
            self._braze.logCustomEvent("reminded")
            self._time.setTime(QTime.currentTime().addSecs(1800))


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("Reminder")
    app.setQuitOnLastWindowClosed(False)
    braze = BrazeQt.install(app, BrazeConfig("example-reminder", ENDPOINT))
    style = app.style()
    reminder = Reminder(braze, style.standardIcon(style.StandardPixmap.SP_MessageBoxInformation))
    reminder.show()
    sys.exit(app.exec())
