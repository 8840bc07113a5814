"""``python -m demo_app.screenshot WINDOW FILE``: a picture of an X11 window as it is on the screen."""

import sys

from PySide6.QtGui import QGuiApplication


def main(window: int, file: str) -> int:
    """0 when the picture was written."""
    app = QGuiApplication([])
    return 0 if app.primaryScreen().grabWindow(window).save(file) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
