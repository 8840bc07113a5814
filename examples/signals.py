"""Ctrl+C in the terminal, and SIGTERM from the system, quit properly: the session ends, and is sent.

Python handles a signal when it next runs Python code, which an idle Qt program does not. A byte in a
socket wakes it.
"""

import os
import signal
import socket
import sys

from PySide6.QtCore import QSocketNotifier, Qt
from PySide6.QtWidgets import QApplication, QLabel

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class QuitBySignal:
    """Keep it for as long as the application runs."""

    def __init__(self, app: QApplication) -> None:
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, app)
        self._notifier.activated.connect(lambda: self._reader.recv(64))
        signal.set_wakeup_fd(self._writer.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: app.quit())


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("Clock")
    quit_by_signal = QuitBySignal(app)
    braze = BrazeQt.install(app, BrazeConfig("example-signals", ENDPOINT))
    label = QLabel(f"Press Ctrl+C in the terminal, or run\n\nkill {os.getpid()}", margin=24)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWindowTitle("Quit by a Signal")
    label.show()
    sys.exit(app.exec())
