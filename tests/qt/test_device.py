"""The properties of the device, on different screens and in different environments."""

import os
import subprocess
import sys

import pytest

from braze_qt._qt.device import native_length, time_zone
from tests.support.display import running
from tests.support.forking import ROOT
from tests.support.waiting import until

LENGTHS = (
    600,
    720,
    768,
    800,
    864,
    900,
    960,
    1024,
    1050,
    1080,
    1152,
    1200,
    1280,
    1366,
    1440,
    1600,
    1680,
    1800,
)
LENGTHS += (1920, 2048, 2160, 2256, 2304, 2400, 2560, 2880, 3000, 3072, 3200, 3440, 3456, 3840, 5120, 7680)
RATIOS = (1.0, 1.25, 1.3333, 1.5, 1.6667, 1.75, 1.9, 2.0, 2.0083, 2.25, 2.5, 2.75, 3.0)


TYPES = """
import sys
from PySide6 import QtCore, QtGui, QtWidgets
from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.feature_flags import FeatureFlags
from tests.support.loopback import serving

def types():
    return {name for where in (QtCore, QtGui) for name, it in vars(where).items() if isinstance(it, type)}

app = QtWidgets.QApplication([])
window = QtWidgets.QWidget()
with serving() as server:
    config = BrazeConfig("key", server.endpoint, data_dir=sys.argv[1])
    braze = BrazeQt.install(app, config, extensions=[FeatureFlags(), ContentCards()])
    before = types()
    window.show()
    while not braze.sessionId:
        app.processEvents()
    braze.changeUser("ada")
    braze.requestImmediateDataFlush()
    while braze.pendingCount:
        app.processEvents()
    braze.shutdown()
    print(len(server.requests) > 0, *sorted(types() - before))
"""


def test_no_qt_type_is_made_after_installation(tmp_path):
    """PySide makes them at first use, and below Python 3.12 not safely beside other threads."""
    command = [sys.executable, "-c", TYPES, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert run.stdout == "True\n", run.stderr


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_resolution_is_in_physical_pixels(ratio: float) -> None:
    """Qt reports whole logical pixels only, which it has rounded."""
    lengths = [length for length in LENGTHS if length / ratio >= 576]  # logical ones that a desktop has
    assert [native_length(round(length / ratio), ratio) for length in lengths] == lengths


def test_an_odd_screen_without_scaling_stays_odd() -> None:
    assert native_length(801, 1.0) == 801


@pytest.mark.linux("an X server")
@pytest.mark.parametrize(("size", "scale"), [("1366x768", "1.75"), ("2880x1800", "2.0083")])
def test_a_real_screen_is_reported_in_physical_pixels(size: str, scale: str) -> None:
    reader, writer = os.pipe()
    server = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    with running(server, dict(os.environ), [writer]):
        os.close(writer)
        with os.fdopen(reader) as number:
            display = f":{number.readline().strip()}"
        program = (
            "from PySide6.QtGui import QGuiApplication; app = QGuiApplication([]);"
            "from braze_qt._qt.device import screen_resolution; print(screen_resolution())"
        )
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": scale}
        run = [sys.executable, "-c", program]
        told = until(
            lambda: subprocess.run(run, env=environment, capture_output=True, text=True, check=False).stdout,
            "a resolution",
        )
    assert told.strip() == size


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
        ("Mars/Olympus", ""),
        ("CET-1CEST", ""),
        ("/home/ada/zones/mine", ""),
        ("../../etc/passwd", ""),
        ("", ""),
    ],
)
def test_only_a_known_time_zone_is_reported(given: str, told: str) -> None:
    assert time_zone(given.encode()) == told
