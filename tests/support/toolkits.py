"""What the scripted host shows on the screen, by the part of Qt that shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication, QRasterWindow


class Toolkit:
    """The application object and its windows; this one knows plain windows, which show nothing.

    Args:
        page_titled: is called with each title of a web page.
    """

    def __init__(self, page_titled: Callable[[str], object]) -> None:
        self.application = self.make_application()
        self.page_titled = page_titled
        self._popup: Any = None

    def make_application(self) -> Any:
        return QGuiApplication(sys.argv)

    def window(self, title: str) -> Any:
        window = QRasterWindow()
        window.setTitle(title)
        window.show()
        return window


class QmlToolkit(Toolkit):
    """Windows and dialogs of Qt Quick."""

    def __init__(self, page_titled: Callable[[str], object]) -> None:
        from PySide6.QtQml import QQmlApplicationEngine

        super().__init__(page_titled)
        self._engine = QQmlApplicationEngine()

    def window(self, title: str) -> Any:
        self._engine.setInitialProperties({"title": title})
        self._engine.loadData(
            b"""
            import QtQuick
            import QtQuick.Dialogs
            Window {
                visible: true; width: 300; height: 200
                property alias choosing: files.visible
                FileDialog { id: files; title: "native dialog" }
            }
            """
        )
        return self._engine.rootObjects()[-1]

    def files(self, parent: Any, _: str) -> None:
        self._popup = parent
        self._popup.setProperty("choosing", True)

    def dismiss(self) -> None:
        self._popup.setProperty("choosing", False)


class WidgetToolkit(Toolkit):
    """The same with widgets, and with the things that only they have."""

    def make_application(self) -> Any:
        from PySide6 import QtWidgets

        self._widgets = QtWidgets
        return QtWidgets.QApplication(sys.argv)

    def window(self, title: str) -> Any:
        window = self._widgets.QWidget()
        window.setWindowTitle(title)
        window.resize(300, 200)
        window.show()
        return window

    def menu(self, parent: Any) -> None:
        self._popup = self._widgets.QMenu(parent)
        self._popup.addAction("An entry")
        self._popup.popup(parent.mapToGlobal(parent.rect().center()))

    def dialog(self, parent: Any) -> None:
        self._popup = self._widgets.QDialog(parent)
        self._popup.setWindowTitle("own dialog")
        self._popup.open()

    def files(self, parent: Any, how: str) -> None:
        self._popup = self._widgets.QFileDialog(parent, "native dialog")
        getattr(self._popup, how)()

    def dismiss(self) -> None:
        self._popup.close()


PAGE = """
<title>page</title>
<input id="text" autofocus><select id="choice"><option>one</option><option>two</option></select>
<script>
document.getElementById("text").addEventListener("input", event => document.title = event.target.value)
document.getElementById("choice").addEventListener("change", event => document.title = event.target.value)
document.addEventListener("keydown", event => { if (event.key == "F2") alert("an alert") })
document.addEventListener("keydown", event => { if (event.key == "F3") open("about:blank") })
</script>
"""


class WebToolkit(WidgetToolkit):
    """A browser: each window is a web page."""

    def window(self, title: str) -> Any:
        from PySide6.QtWebEngineWidgets import QWebEngineView

        view = QWebEngineView()
        view.setWindowTitle(title)
        view.titleChanged.connect(self.page_titled)
        view.setHtml(PAGE)
        view.resize(400, 300)
        view.show()
        return view


class WebQuickToolkit(QmlToolkit):
    """The same in Qt Quick."""

    def make_application(self) -> Any:
        from PySide6.QtWebEngineQuick import QtWebEngineQuick

        QtWebEngineQuick.initialize()
        return super().make_application()

    def window(self, title: str) -> Any:
        self._engine.setInitialProperties({"title": title, "page": PAGE})
        self._engine.loadData(
            b"""
            import QtQuick
            import QtWebEngine
            Window {
                id: window
                signal pageTitled(string title)
                property string page
                visible: true; width: 400; height: 300
                WebEngineView {
                    anchors.fill: parent
                    focus: true
                    onTitleChanged: window.pageTitled(title)
                    Component.onCompleted: loadHtml(window.page)
                }
            }
            """
        )
        window = self._engine.rootObjects()[-1]
        window.pageTitled.connect(self.page_titled)
        return window


TOOLKITS = {
    "window": Toolkit,
    "widgets": WidgetToolkit,
    "qml": QmlToolkit,
    "web": WebToolkit,
    "web quick": WebQuickToolkit,
}
