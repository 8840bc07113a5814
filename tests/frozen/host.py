"""A small host to be frozen: a window, an event and an inspector of QML; says the first answer and quits.

It has what a frozen application could miss, and nothing of the tests beside it.
"""

import sys

from PySide6.QtCore import QLocale, QTimer
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtWidgets import QApplication, QLabel

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.qml import register
from braze_qt.widgets import SessionSettingsDialog

QML = b"""
import QtQml
import BrazeQt
Inspector {
    property var log: Connections {
        target: Braze
        function onSessionStarted() { Braze.logCustomEvent("from QML") }
    }
}
"""


def main() -> int:
    endpoint, folder = sys.argv[1:]
    application = QApplication(sys.argv)
    window = QLabel("A frozen host")
    window.show()
    braze = BrazeQt.install(application, BrazeConfig("frozen-key", endpoint, data_dir=folder))
    dialog = SessionSettingsDialog(braze, parent=window)
    dialog.setLocale(QLocale("de"))
    assert dialog.windowTitle() == "Sitzungseinstellungen", "the translations are missing"
    register()
    engine = QQmlApplicationEngine()
    engine.loadData(QML)
    assert engine.rootObjects(), "the inspector for Qt Quick is missing"

    def look() -> None:
        if braze.lastOutcome and braze.deliveryState != "sending":
            print(braze.lastOutcome, flush=True)
            application.quit()

    braze.deliveryChanged.connect(look)
    QTimer.singleShot(60_000, application.quit)
    code = application.exec()
    dialog.deleteLater()
    return code


if __name__ == "__main__":
    sys.exit(main())
