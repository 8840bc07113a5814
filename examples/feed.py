"""News with Qt Quick: content cards in a feed with pictures. The parts are in content_cards."""

import os
import sys
from pathlib import Path

from content_cards.quick import Support
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.qml import register

ENDPOINT = os.environ.get("BRAZE_ENDPOINT", "http://127.0.0.1:8080")  # the sandbox


def load() -> QQmlApplicationEngine:
    register()
    engine = QQmlApplicationEngine()
    engine.setInitialProperties({"support": Support(engine)})
    engine.load(Path(__file__).with_suffix(".qml"))
    return engine


def main() -> int:
    app = QGuiApplication(sys.argv)
    app.setApplicationName("Feed")
    BrazeQt.install(app, BrazeConfig("example-feed", ENDPOINT), extensions=[ContentCards()])
    engine = load()
    if not engine.rootObjects():
        return 1
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
