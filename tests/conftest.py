"""What every test may rely on: no display needed, nothing written into the user's folders."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import hypothesis
import pytest
from pytestqt.qtbot import QtBot

from tests.support.clocks import SetClock
from tests.support.loopback import Loopback, serving
from tests.support.peers import Peer, Starter, forked_peers, peers
from tests.support.starts import Start, starts

pytest_plugins = ["braze_qt.testing.plugin", "pytester"]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# How long an example takes says more of a busy machine than of the code.
hypothesis.settings.register_profile("tests", deadline=None, max_examples=25)
# ``--hypothesis-profile long``, for ``make test-long``.
hypothesis.settings.register_profile("long", deadline=None, max_examples=1_000)
hypothesis.settings.load_profile("tests")

collect_ignore = []
if sys.platform != "win32":
    collect_ignore += ["windows"]
if sys.platform != "linux":
    collect_ignore += [
        "campaigns",  # they fork, stop and limit processes; tests/windows has what takes their place
        "demo",  # its tour needs an X server
        "desktop",  # so do these; tests/windows has what takes their place
        "examples",  # they are forked
        "frozen",
        "test_benchmarks.py",  # written with the campaigns
        "test_import_contracts.py",  # the same on every system
        "sandbox/test_pages.py",  # a browser
        "sandbox/test_profile_page.py",
        "sandbox/test_served_pages.py",
        "sandbox/test_floods.py",  # limits of processes
    ]
if sys.platform == "win32":
    collect_ignore += ["sandbox/test_data_folder.py"]  # users, modes and links of POSIX

HERE = {
    "linux": sys.platform == "linux",
    "posix": sys.platform != "win32",
    "windows": sys.platform == "win32",
}


LONGEST_FIRST = (
    "test_benchmarks.py",
    "test_tour.py",
    "campaigns",
    "test_floods.py",
    "test_session_model.py",
    "sandbox",
    "desktop",
    "demo",
    "storage",
    "recorder",
    "testing",
)
"""Folders and files that take long, in the order in which they begin. A worker that got one of them last
would leave the others idle."""

UNMEASURED = ("campaigns", "desktop", "test_floods.py")
"""Folders and files without coverage: most of it is in other processes, or the hundredth time the same. Below
Python 3.12 it takes as much processor time as the code itself."""


def pytest_configure(config: pytest.Config) -> None:
    if sys.platform == "win32":  # where Qt says so of QML that is no file
        config.addinivalue_line("qt_log_ignore", "Empty filename passed to function")


def _place(item: pytest.Item) -> int:
    """In the order of ``LONGEST_FIRST``; what is not there comes last."""
    names = (item.path.name, item.path.parent.name)
    return next((place for place, name in enumerate(LONGEST_FIRST) if name in names), len(LONGEST_FIRST))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of one kind of system carries a mark with the reason, and is skipped on the others.

    Coverage leaves out property tests, which come by the same lines with each example, and ``UNMEASURED``.
    """
    items.sort(key=_place)
    for item in items:
        if item.get_closest_marker("hypothesis") or {item.path.name, item.path.parent.name} & {*UNMEASURED}:
            item.add_marker("no_cover")
        for mark in item.iter_markers():
            if not HERE.get(mark.name, True):
                (reason,) = mark.args
                item.add_marker(pytest.mark.skip(reason=f"{mark.name} only: {reason}"))


@pytest.fixture(autouse=True, scope="session")
def own_user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Data and settings of the tests, and of the programs they start, stay out of the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))
        if sys.platform != "linux":  # no variable leads them elsewhere
            folder = "braze_qt._storage.folders.user_data_dir"
            patch.setattr(folder, lambda name: str(Path(os.environ["XDG_DATA_HOME"]) / name))
        yield


@pytest.fixture(autouse=True, scope="session")
def upload_thread_is_traced() -> Iterator[None]:
    """Let coverage.py see the upload thread: ``threading`` tells it of new threads, a QThread does not."""
    trace = threading.gettrace()
    if trace is None:
        yield
        return
    from braze_qt._qt.upload_thread import UploadThread

    run = UploadThread.run

    def traced_run(thread: UploadThread) -> None:
        sys.settrace(trace)
        run(thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UploadThread, "run", traced_run)
        yield


WAITS = ("waitExposed", "waitSignal", "waitSignals", "waitUntil")
PATIENCE_MS = 60_000
"""What a thread and a server need beside other work is not known: pytest-qt's own 5 s were too short now and
then. Half of what a test has altogether, so that it is the wait that says what did not come."""


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """pytest-qt's, with more patience where a test says nothing else."""
    for name in WAITS:
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=PATIENCE_MS))
    return qtbot


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left_to_collect() -> Iterator[None]:
    """Python's collector runs in any thread, one of a later test too: no QObject is to be destroyed there."""
    yield
    gc.collect()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the data lie. It is made by whoever stores something."""
    return tmp_path / "data"


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands still until the test moves it."""
    return SetClock()


@pytest.fixture(scope="session")
def peer_starter() -> Iterator[Starter]:
    with forked_peers() as start:
        yield start


@pytest.fixture
def begin(folder: Path, clock: SetClock, peer_starter: Starter) -> Iterator[Callable[..., Peer]]:
    """Begins other processes of the application, which share the folder."""
    with peers(folder, clock, peer_starter) as begin:
        yield begin


@pytest.fixture
def start(folder: Path, clock: SetClock) -> Iterator[Start]:
    """Starts the application, as far as the recorder; the process before it dies as by a kill."""
    with starts(folder, clock) as start:
        yield start
