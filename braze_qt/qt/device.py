"""What is told of the device: nothing that names the machine or its owner."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QLocale, QSysInfo, QTimeZone
from PySide6.QtGui import QGuiApplication

MODEL_FILE = Path("/sys/class/dmi/id/product_name")
"""Where Linux tells the model of a computer. Elsewhere it would take a further dependency."""
LENGTH = 255


def screen_resolution() -> str:
    """The primary screen in device pixels, ``1920x1080``; empty without one. GUI thread."""
    screen = QGuiApplication.primaryScreen() if QGuiApplication.instance() else None
    if screen is None:
        return ""
    size, ratio = screen.size(), screen.devicePixelRatio()
    return f"{round(size.width() * ratio)}x{round(size.height() * ratio)}"


def device_properties(resolution: str, allowed: Collection[str]) -> dict[str, str]:
    """The ``device`` object of a request, without what is not known. Any thread.

    Args:
        resolution: what :func:`screen_resolution` said.
        allowed: the names of those that may be told.
    """
    locale = QLocale.system()
    known = {
        "os_version": QSysInfo.prettyProductName(),
        "locale": "" if locale.language() == QLocale.Language.C else locale.name(),
        "time_zone": bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace"),
        "resolution": resolution,
        "model": _model(),
    }
    return {key: value[:LENGTH] for key, value in known.items() if value and key in allowed}


def _model() -> str:
    try:
        return MODEL_FILE.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
