"""Watching the file that other processes touch."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QFileSystemWatcher, QObject, QSocketNotifier
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot
from shiboken6 import getAllValidWrappers

from braze_qt._qt.file_watcher import FileWatcher


@pytest.fixture
def parent() -> QObject:
    return QObject()


@pytest.fixture
def watcher(qapp: QCoreApplication, parent: QObject) -> FileWatcher:
    return FileWatcher(parent)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made(tmp_path / "braze.news")


def made(path: Path) -> Path:
    path.touch()
    return path


def set_later(path: Path) -> None:
    """Touch it, as another process does: by the clock alone two touches can have the same time on Windows."""
    at = max(time.time(), path.stat().st_mtime + 0.1)
    os.utime(path, (at, at))


def touch(qtbot: QtBot, path: Path) -> None:
    """As another process does it. When this returns, every watcher has been told."""
    witness = QFileSystemWatcher([str(path)])
    with qtbot.waitSignal(witness.fileChanged):
        set_later(path)
    QCoreApplication.processEvents()  # the system has told all who watch at once; Qt may not have yet


def notices(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    with qtbot.waitSignal(watcher.changed):
        set_later(path)


def notices_nothing(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    with qtbot.assertNotEmitted(watcher.changed):
        touch(qtbot, path)


def test_each_touch_of_the_file_is_noticed(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    watcher.watch(path)
    assert not watcher.unavailable
    for _ in range(3):
        notices(qtbot, watcher, path)


def test_another_file_is_not_noticed(qtbot: QtBot, watcher: FileWatcher, path: Path, tmp_path: Path) -> None:
    notices_nothing(qtbot, watcher, path)
    watcher.watch(path)
    notices_nothing(qtbot, watcher, made(tmp_path / "other"))


def test_a_new_file_replaces_the_old_one(
    qtbot: QtBot, watcher: FileWatcher, path: Path, tmp_path: Path
) -> None:
    new = made(tmp_path / "new")
    watcher.watch(path)
    watcher.watch(new)
    notices_nothing(qtbot, watcher, path)
    notices(qtbot, watcher, new)
    watcher.watch(path)
    notices_nothing(qtbot, watcher, new)
    notices(qtbot, watcher, path)


def test_nothing_is_noticed_without_a_file(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    watcher.watch(None)
    watcher.watch(path)
    watcher.watch(None)
    assert not watcher.unavailable
    notices_nothing(qtbot, watcher, path)
    watcher.watch(path)
    notices(qtbot, watcher, path)


def test_watching_the_same_file_again_loses_no_change(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    watcher.watch(path)
    with qtbot.waitSignal(watcher.changed):
        set_later(path)
        watcher.watch(path)  # before Qt has had the time to tell


def test_a_recreated_file_is_noticed(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    watcher.watch(path)
    with qtbot.waitSignal(watcher.changed):
        path.unlink()
    watcher.watch(made(path))
    notices(qtbot, watcher, path)


def test_a_file_that_cannot_be_watched_is_reported(
    qtbot: QtBot, watcher: FileWatcher, path: Path, tmp_path: Path
) -> None:
    watcher.watch(path)
    watcher.watch(tmp_path / "nowhere")
    assert watcher.unavailable
    notices_nothing(qtbot, watcher, path)
    watcher.watch(path)
    assert not watcher.unavailable
    notices(qtbot, watcher, path)


@pytest.mark.linux("it forks, and goes on with Qt in the child")
def test_a_forked_child_takes_nothing_from_its_parent(qtbot: QtBot, watcher: FileWatcher, path: Path) -> None:
    watcher.watch(path)
    changes, before = QSignalSpy(watcher.changed), path.stat().st_mtime_ns
    child = os.fork()
    if not child:
        watcher.abandon()
        while path.stat().st_mtime_ns == before:
            QCoreApplication.processEvents()
        for _ in range(100):
            QCoreApplication.processEvents()
        os._exit(changes.count())
    os.utime(path, (1, 1))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    qtbot.waitUntil(lambda: changes.count() > 0)


def test_the_notifier_of_qt_is_not_wrapped(watcher: FileWatcher, path: Path) -> None:
    """PySide frees such a wrapper twice when the garbage collector takes its installation."""
    watcher.watch(path)
    mine = [each for each in getAllValidWrappers() if isinstance(each, QSocketNotifier)]
    assert [each for each in mine if each.parent().parent() is watcher._watcher] == []


UNAVAILABLE = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from braze_qt._qt.file_watcher import FileWatcher
Path("/proc/sys/user/max_inotify_watches").write_text("0")
app = QCoreApplication([])
watcher = FileWatcher(app)
for _ in range(3):
    watcher.watch(Path(sys.argv[1]))
    assert watcher.unavailable
"""


def test_qt_warns_once_where_nothing_can_be_watched(path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user"]
    if shutil.which(alone[0]) is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("a limit of zero watches needs a user namespace")
    program = [*alone, sys.executable, "-c", UNAVAILABLE, str(path)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("failed") == 1
