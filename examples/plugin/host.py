"""Somebody else's application: it loads and unloads plug-ins, and knows nothing of braze_qt."""

import importlib
import sys

from PySide6.QtWidgets import QApplication, QLabel, QMainWindow


class Host(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Somebody else's application")
        self.setCentralWidget(QLabel("A drawing program, say", margin=24))
        self.tools = self.addToolBar("Plug-ins")
        self.tools.setMovable(False)
        self._toggle = self.tools.addAction("Plug-in", self._load_or_unload)
        self._toggle.setCheckable(True)
        self._plugin = None
        self.resize(420, 200)

    def _load_or_unload(self) -> None:
        if self._toggle.isChecked():
            self._plugin = importlib.import_module("stamps").Stamps(self)
        else:
            self._plugin.unload()
            self._plugin = None


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("Drawing")
    host = Host()
    host.show()
    sys.exit(app.exec())
