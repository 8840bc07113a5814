"""A palette of colours with Qt Quick: QML shows the session, and logs by itself which colour is liked."""

import os
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.qml import register

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


def main() -> int:
    app = QGuiApplication(sys.argv)
    app.setApplicationName("Palette")
    BrazeQt.install(app, BrazeConfig("example-palette", ENDPOINT))

    register()  # the module BrazeQt, for any engine
    engine = QQmlApplicationEngine()
    engine.load(Path(__file__).with_suffix(".qml"))
    if not engine.rootObjects():
        return 1
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
