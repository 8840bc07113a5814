"""A desktop and a witness for all tests of this folder; any number of hosts for each."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from braze_qt.sandbox import Sandbox
from tests.support.display import Desktop, running_desktop
from tests.support.host_process import HostProcess, Starter, forked_hosts, from_scratch, running_host
from tests.support.witness import Witness

StartHost = Callable[..., HostProcess]

API_KEY = "7e57ab1e-0000-4000-8000-000000000000"


@pytest.fixture(scope="session")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A screen that these tests share; each leaves it without windows of its own."""
    with running_desktop(tmp_path_factory.mktemp("home")) as desktop:
        yield desktop


@pytest.fixture
def witness() -> Iterator[Witness]:
    """An endpoint, with nothing in it and nothing wrong with it."""
    with Sandbox() as sandbox:
        yield Witness(sandbox)


@pytest.fixture(scope="session")
def forked() -> Iterator[Starter]:
    with forked_hosts() as start:
        yield start


@pytest.fixture
def start_host(witness: Witness, tmp_path: Path, forked: Starter) -> Iterator[StartHost]:
    """Start the application under test; every start of a test uses the same data folder.

    It is forked from a process that has imported everything, or, if ``alone``, a program of its own.
    Without a ``desktop`` it runs on Qt's offscreen platform, where it is in the foreground as long as
    one of its windows is open.
    """
    with ExitStack() as stack:

        def start(
            desktop: Desktop | None = None,
            *,
            timeout: int = 1,
            toolkit: str = "widgets",
            ending: str = "exec",
            endpoint: str = "",
            shutdown_timeout: float = 1.0,
            environment: dict[str, str] | None = None,
            alone: bool = False,
        ) -> HostProcess:
            config = {
                "api_key": API_KEY,
                "endpoint": endpoint or witness.url,
                "session_timeout": timeout,
                "shutdown_timeout": shutdown_timeout,
                "data_dir": str(tmp_path / "data"),
                "app_name": "Host",
                "app_version": "1.2.3",
            }
            what = {"toolkit": toolkit, "ending": ending, "config": config}
            surroundings = on_desktop(desktop) if desktop else {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
            starter = from_scratch if alone else forked
            host = running_host(what, surroundings | (environment or {}), tmp_path / "errors", starter)
            return stack.enter_context(host)

        yield start
    assert_no_complaints((tmp_path / "errors").read_text(errors="replace"))


def on_desktop(desktop: Desktop) -> dict[str, str]:
    """The surroundings of a program on an X11 desktop whose file dialogs are those of GTK."""
    return desktop.environment | {
        "QT_QPA_PLATFORM": "xcb",
        "QT_QPA_PLATFORMTHEME": "gtk3",
        "QT_QUICK_BACKEND": "software",
        "GSETTINGS_BACKEND": "memory",
        "NO_AT_BRIDGE": "1",
    }


def assert_no_complaints(errors: str) -> None:
    """Nothing was written that a developer would have to look into, but what the tests have planted."""
    tracebacks = errors.count("Traceback") - errors.count("RuntimeError: planted")
    assert tracebacks == 0, errors
    for line in errors.splitlines():
        if line.startswith("WARNING:braze_qt._qt.upload_thread:sending is "):
            continue  # the endpoint was gone, or silent
        for complaint in ("QThread", "QObject", "QBasicTimer", "QSocketNotifier", "Fatal", ":braze_qt"):
            assert complaint not in line, errors
