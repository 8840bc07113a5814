"""A palette of colours with Qt Quick: QML shows the session, and logs by itself which colour is liked."""

import os
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine

from braze_qt import BrazeConfig, BrazeQt

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


def main() -> int:
    app = QGuiApplication(sys.argv)
    app.setApplicationName("Palette")
    braze = BrazeQt.install(app, BrazeConfig("example-palette", ENDPOINT))

    engine = QQmlApplicationEngine()
    engine.rootContext().setContextProperty("braze", braze)
    engine.quit.connect(app.quit)
    engine.load(Path(__file__).with_suffix(".qml"))
    if not engine.rootObjects():
        return 1
    status = app.exec()
    del engine  # before the objects that its bindings refer to
    return status


if __name__ == "__main__":
    sys.exit(main())
