"""An installed SDK, and a window to give the focus to."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from braze_qt import BrazeConfig, BrazeQt
from braze_qt._qt.environment import Environment
from tests.support import window_system
from tests.support.clocks import SetClock

KEY = "00000000-0000-4000-8000-000000000000"
OTHER_KEY = "11111111-0000-4000-8000-000000000000"
NOBODY = "http://127.0.0.1:9"

Install = Callable[..., BrazeQt]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    widget = QWidget()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    window_system.focus(None)
    yield widget
    window_system.focus(None)


@pytest.fixture
def install(qapp: QApplication, tmp_path: Path) -> Iterator[Install]:
    """Installs with what is given; as often as wanted, each one ending the one before."""

    def install(
        endpoint: str = NOBODY, extensions: Sequence[Any] = (), key: str = KEY, **settings: Any
    ) -> BrazeQt:
        end()
        settings = {"session_timeout": 1, "data_dir": tmp_path / "data", "shutdown_timeout": 0.0, **settings}
        return BrazeQt.install(qapp, BrazeConfig(key, endpoint, **settings), extensions=extensions)

    def end() -> None:
        installed = BrazeQt.instance()
        if installed is not None:
            installed.shutdown()

    yield install
    end()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The clock of what is installed from now on."""
    clock = SetClock()
    monkeypatch.setattr(BrazeQt, "_environment", Environment(clock))
    return clock
