"""Installations that post to a server of the test, and inspectors of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from braze_qt import BrazeConfig, BrazeQt
from braze_qt._inspector.core import InspectorCore
from tests.support.loopback import Loopback, answer, serving

KEY = "a-key-that-nobody-may-see"

Install = Callable[..., BrazeQt]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving(answer(201, '{"message":"success"}')) as server:
        yield server


@pytest.fixture
def install(qapp: QApplication, tmp_path: Path) -> Iterator[Install]:
    """Installs; the test says when the application is in front."""
    installed: list[BrazeQt] = []

    def install(url: str, **options: bool) -> BrazeQt:
        options = {"automatic_sessions": False, **options}
        installed.append(BrazeQt.install(qapp, BrazeConfig(KEY, url, data_dir=tmp_path, **options)))
        return installed[-1]

    yield install
    for braze in installed:
        braze.shutdown(0.0)
        braze.deleteLater()


@pytest.fixture
def braze(install: Install, server: Loopback) -> BrazeQt:
    return install(server.url)


@pytest.fixture
def core(braze: BrazeQt) -> Iterator[InspectorCore]:
    core = InspectorCore(QLocale("C"))
    core.follow(braze)
    yield core
    core.follow(None)
