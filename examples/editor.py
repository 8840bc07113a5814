"""A small editor with Qt Widgets. It logs which commands are used and has a dialog for the timeout."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QPlainTextEdit

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.widgets import SessionSettingsDialog

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class Editor(QMainWindow):
    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self._braze = braze
        self._text = QPlainTextEdit(placeholderText="Write something")
        self.setCentralWidget(self._text)
        self.setWindowTitle("Editor")
        self.resize(560, 360)
        toolbar = self.addToolBar("File")
        toolbar.addAction("New", QKeySequence.StandardKey.New, self._new)
        toolbar.addAction("Save As…", QKeySequence.StandardKey.SaveAs, self._save)
        toolbar.addAction("Session Settings…", SessionSettingsDialog(braze, self).open)

    def _new(self) -> None:
        self._text.clear()
        self._braze.logCustomEvent("new document")

    def _save(self) -> None:
        dialog = QFileDialog(self, acceptMode=QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda name: self.save_as(Path(name)))
        dialog.open()  # no session ends meanwhile

    def save_as(self, path: Path) -> None:
        path.write_text(self._text.toPlainText(), "utf-8")
        self.statusBar().showMessage(f"Saved as {path.name}", 5000)
        # Nothing of the document but its size and type: neither its name nor its text.
        self._braze.logCustomEvent("saved", {"lines": self._text.blockCount(), "type": path.suffix})


def start(app: QApplication) -> Editor:
    app.setOrganizationName("Example")
    app.setApplicationName("Editor")
    timeout = SessionSettingsDialog.stored_timeout(QSettings())
    braze = BrazeQt.install(app, BrazeConfig("example-editor", ENDPOINT, session_timeout=timeout))
    editor = Editor(braze)
    editor.show()
    return editor


if __name__ == "__main__":
    app = QApplication(sys.argv)
    editor = start(app)
    sys.exit(app.exec())
