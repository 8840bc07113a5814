"""A browser with Qt WebEngine: a page with the focus belongs to the session like any other widget."""

import os
import sys

from PySide6.QtCore import QUrl
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


class Browser(QMainWindow):
    def __init__(self, braze: BrazeQt) -> None:
        super().__init__()
        self._braze = braze
        self._address = QLineEdit(ENDPOINT)
        self._address.returnPressed.connect(self._go)
        self._page = QWebEngineView()
        self._page.titleChanged.connect(self.setWindowTitle)
        self._page.urlChanged.connect(lambda url: self._address.setText(url.toString()))
        self._page.loadFinished.connect(self._tell)
        toolbar = self.addToolBar("Address")
        toolbar.setMovable(False)
        toolbar.addAction("Back", self._page.back)
        toolbar.addWidget(self._address)
        self.setCentralWidget(self._page)
        self.resize(900, 640)
        self._go()

    def _go(self) -> None:
        self._page.load(QUrl.fromUserInput(self._address.text()))

    def _tell(self, loaded: bool) -> None:  # noqa: FBT001 - Qt calls it
        self._braze.logCustomEvent("page", {"loaded": loaded})  # neither its address nor its title


if __name__ == "__main__":
    app = QApplication(sys.argv)
    app.setApplicationName("Browser")
    braze = BrazeQt.install(app, BrazeConfig("example-browser", ENDPOINT))
    browser = Browser(braze)
    browser.show()
    status = app.exec()
    del browser  # before Qt's profile of the browser, which pages must not outlive
    sys.exit(status)
