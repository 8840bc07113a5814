"""What is told of the device: nothing that names the machine or its owner."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

# Each type by its name, also where none is needed. PySide makes a type at its first use. Below Python 3.12 it
# adds it to a table that another thread may read at that moment, which was seen to end the process.
from PySide6.QtCore import QByteArray, QLocale, QSize, QSysInfo, QTimeZone
from PySide6.QtGui import QGuiApplication, QScreen

from braze_qt._platform import system

LENGTH = 255
ZONE_FOLDER = re.compile(r"^:|^.*/zoneinfo/(posix/|right/)?")
"""What may stand before the name of a time zone in ``TZ``."""
ZONE = re.compile(r"[A-Z][A-Za-z_]*(/[A-Z][A-Za-z0-9_+-]*)*")
"""A name of IANA's list. A rule such as ``CET-1CEST``, which POSIX allows in its place, is none."""


def screen_resolution() -> str:
    """The primary screen in device pixels, ``1920x1080``; empty without one. GUI thread."""
    screen: QScreen | None = QGuiApplication.primaryScreen() if QGuiApplication.instance() else None
    if screen is None:
        return ""
    size: QSize = screen.size()
    ratio = screen.devicePixelRatio()
    return f"{native_length(size.width(), ratio)}x{native_length(size.height(), ratio)}"


def native_length(logical: int, ratio: float) -> int:
    """Device pixels, of which Qt tells logical ones that it has rounded. Any thread.

    Several lengths are possible where the ratio is above 1. Those of screens are even, and most are divisible
    by a high power of two.
    """
    possible = range(math.ceil((logical - 0.5) * ratio), math.floor((logical + 0.5) * ratio) + 1)
    return max(possible, key=lambda length: length & -length, default=round(logical * ratio))


def device_properties(resolution: str, allowed: Collection[str]) -> dict[str, str]:
    """The ``device`` object of a request, without what is not known. Any thread.

    Args:
        resolution: what :func:`screen_resolution` said.
        allowed: the names of those that may be told.
    """
    locale = QLocale.system()
    zone: QByteArray = QTimeZone.systemTimeZoneId()
    known = {
        "os_version": QSysInfo.prettyProductName(),
        "locale": "" if locale.language() == QLocale.Language.C else locale.name(),
        "time_zone": time_zone(bytes(zone.data())),
        "resolution": resolution,
        "model": system.model(),
    }
    return {key: value[:LENGTH] for key, value in known.items() if value and key in allowed}


def time_zone(system: bytes) -> str:
    """The name of the time zone in IANA's list; empty for what is none. Any thread.

    Args:
        system: what the system says, which can be whatever the environment has in ``TZ``.
    """
    name = ZONE_FOLDER.sub("", system.decode("ascii", "replace"))
    known = ZONE.fullmatch(name) and QTimeZone.isTimeZoneIdAvailable(name.encode())
    return name if known else ""
