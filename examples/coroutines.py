"""Coroutines on Qt's event loop by qasync: work that leaves the window alive, and is logged at its end."""

import asyncio
import os
import sys
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class Counter(QWidget):
    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self._braze = braze
        self.setWindowTitle("Line Counter")
        self._result = QLabel("How many lines of Python are in the standard library?")
        self._button = QPushButton("&Count")
        self._button.clicked.connect(self._count)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._result)
        layout.addLayout(row)
        self.resize(420, self.sizeHint().height())

    @qasync.asyncSlot()
    async def _count(self) -> None:
        self._button.setEnabled(False)
        lines = 0
        files = sorted(Path(os.__file__).parent.glob("*.py"))
        for number, file in enumerate(files, 1):
            lines += len(await asyncio.to_thread(lambda file=file: file.read_bytes().splitlines()))
            self._result.setText(f"{lines:,} lines in {number} of {len(files)} files")
        self._braze.logCustomEvent("counted", {"files": len(files)})
        self._button.setEnabled(True)


async def main(app: QApplication) -> None:
    closed = asyncio.Event()
    app.aboutToQuit.connect(closed.set)
    braze = BrazeQt.install(app, BrazeConfig("example-counter", ENDPOINT))
    counter = Counter(braze)
    counter.show()
    await closed.wait()


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("Line Counter")
    qasync.run(main(app))
