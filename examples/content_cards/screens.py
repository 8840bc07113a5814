"""What of a window lies on a screen."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QRegion


def on_screens(region: QRegion, origin: QPoint) -> QRegion:
    """The part of a region, whose zero lies at ``origin`` of the desktop, that is on a screen."""
    if QGuiApplication.platformName().startswith("wayland"):
        return region  # which does not tell where windows are
    screens = QRegion()
    for screen in QGuiApplication.screens():
        screens = screens.united(screen.geometry())
    return region.intersected(screens.translated(-origin))
