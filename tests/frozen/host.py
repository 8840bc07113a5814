"""A small host application, to be frozen: shows a window, waits for the first answer, says it and quits."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.widgets import SessionSettingsDialog


def main() -> int:
    endpoint, folder = sys.argv[1:]
    application = QApplication(sys.argv)
    window = QLabel("A frozen host")
    window.show()
    braze = BrazeQt.install(application, BrazeConfig("frozen-key", endpoint, data_dir=folder))
    dialog = SessionSettingsDialog(braze, parent=window)

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
