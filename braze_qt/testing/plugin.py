"""A plugin for pytest: ``pytest_plugins = ["braze_qt.testing.plugin"]`` in the topmost conftest.py.

It is not registered as an entry point: that would import the package into every pytest run of every
environment that has it, whether anything in there is about braze_qt or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from braze_qt.testing import BrazeApp, SandboxProcess

MARKER = (
    "braze(installed=True, **settings): how the fixture braze_app installs the SDK: the settings of "
    "BrazeConfig, or installed=False for a test in which the application installs it itself."
)


def pytest_configure(config: pytest.Config) -> None:
    """pytest's hook: makes the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def braze_app(
    request: pytest.FixtureRequest, qapp: QCoreApplication, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrazeApp]:
    """An installed SDK without a network, with a clock of its own; gone after the test.

    ``qapp`` is pytest-qt's; a project without pytest-qt has a fixture of that name which gives the
    application object.
    """
    from braze_qt.testing import BrazeApp

    settings = _settings(request)
    with BrazeApp(tmp_path_factory.mktemp("braze")) as app:
        if settings.pop("installed", True):
            app.install(qapp, **settings)
        elif settings:
            raise pytest.UsageError("with installed=False the application brings its own settings")
        yield app


@pytest.fixture(scope="session")
def _braze_sandbox_process() -> Iterator[SandboxProcess]:
    """One for all tests: it takes half a second to start."""
    from braze_qt.testing import SandboxProcess

    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def braze_sandbox(_braze_sandbox_process: SandboxProcess) -> SandboxProcess:
    """A sandbox on a free port of this machine, which has received nothing yet and has no faults.

    It needs ``braze-qt[sandbox]``.
    """
    _braze_sandbox_process.api("faults", "DELETE")
    _braze_sandbox_process.api("feature_flags", "DELETE")
    _braze_sandbox_process.api("content_cards", "DELETE")
    _braze_sandbox_process.api("data", "DELETE")
    return _braze_sandbox_process


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of all markers of the test, its class and its module; the nearest one decides."""
    settings: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("braze"))):
        if marker.args:
            raise pytest.UsageError("the marker braze takes settings by name")
        settings |= marker.kwargs
    return settings
