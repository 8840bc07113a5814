"""Hearing of what other processes do. They touch a file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QFileSystemWatcher, QObject
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from braze_qt._qt.file_watcher import News


@pytest.fixture
def parent() -> QObject:
    return QObject()


@pytest.fixture
def news(qapp: QCoreApplication, parent: QObject) -> News:
    return News(parent)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made(tmp_path / "braze.news")


def made(path: Path) -> Path:
    path.touch()
    return path


def touch(qtbot: QtBot, path: Path) -> None:
    """As another process does it. When this returns, whoever watches the file has heard of it."""
    witness = QFileSystemWatcher([str(path)])
    with qtbot.waitSignal(witness.fileChanged):
        os.utime(path)
    QCoreApplication.processEvents()  # the system has told all who watch at once; Qt may not have yet


def hears(qtbot: QtBot, news: News, path: Path) -> None:
    with qtbot.waitSignal(news.heard):
        os.utime(path)


def hears_nothing(qtbot: QtBot, news: News, path: Path) -> None:
    with qtbot.assertNotEmitted(news.heard):
        touch(qtbot, path)


def test_a_file_is_heard_of_each_time_that_it_is_touched(qtbot: QtBot, news: News, path: Path) -> None:
    news.watch(path)
    assert not news.deaf
    for _ in range(3):
        hears(qtbot, news, path)


def test_of_another_file_nothing_is_heard(qtbot: QtBot, news: News, path: Path, tmp_path: Path) -> None:
    hears_nothing(qtbot, news, path)
    news.watch(path)
    hears_nothing(qtbot, news, made(tmp_path / "other"))


def test_the_new_file_is_heard_of_and_no_more_the_old_one(
    qtbot: QtBot, news: News, path: Path, tmp_path: Path
) -> None:
    new = made(tmp_path / "new")
    news.watch(path)
    news.watch(new)
    hears_nothing(qtbot, news, path)
    hears(qtbot, news, new)
    news.watch(path)
    hears_nothing(qtbot, news, new)
    hears(qtbot, news, path)


def test_where_there_is_no_file_nothing_is_heard(qtbot: QtBot, news: News, path: Path) -> None:
    news.watch(None)
    news.watch(path)
    news.watch(None)
    assert not news.deaf
    hears_nothing(qtbot, news, path)
    news.watch(path)
    hears(qtbot, news, path)


def test_to_be_told_of_the_same_file_again_loses_no_news(qtbot: QtBot, news: News, path: Path) -> None:
    news.watch(path)
    with qtbot.waitSignal(news.heard):
        os.utime(path)
        news.watch(path)  # before Qt has had the time to tell


def test_a_file_that_is_deleted_and_made_again_is_heard_of(qtbot: QtBot, news: News, path: Path) -> None:
    news.watch(path)
    with qtbot.waitSignal(news.heard):
        path.unlink()
    news.watch(made(path))
    hears(qtbot, news, path)


def test_who_cannot_watch_a_file_is_deaf_until_told_of_one_that_can_be_watched(
    qtbot: QtBot, news: News, path: Path, tmp_path: Path
) -> None:
    news.watch(path)
    news.watch(tmp_path / "nowhere")
    assert news.deaf
    hears_nothing(qtbot, news, path)
    news.watch(path)
    assert not news.deaf
    hears(qtbot, news, path)


@pytest.mark.posix("it forks")
def test_a_forked_child_hears_nothing_and_takes_nothing_from_its_parent(
    qtbot: QtBot, news: News, path: Path
) -> None:
    news.watch(path)
    heard, before = QSignalSpy(news.heard), path.stat().st_mtime_ns
    child = os.fork()
    if not child:
        news.abandon()
        while path.stat().st_mtime_ns == before:
            QCoreApplication.processEvents()
        for _ in range(100):
            QCoreApplication.processEvents()
        os._exit(heard.count())
    os.utime(path, (1, 1))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    qtbot.waitUntil(lambda: heard.count() > 0)


DEAF = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from braze_qt._qt.file_watcher import News
Path("/proc/sys/user/max_inotify_watches").write_text("0")
app = QCoreApplication([])
news = News(app)
for _ in range(3):
    news.watch(Path(sys.argv[1]))
    assert news.deaf
"""


def test_where_nothing_can_be_watched_qt_complains_once(path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user"]
    if shutil.which(alone[0]) is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("to let nothing be watched takes a name space of our own")
    program = [*alone, sys.executable, "-c", DEAF, str(path)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("failed") == 1
