"""The thread that merges, where the machine is busy or has no thread for it."""

import pytest
from pytestqt.qtbot import QtBot

from braze_qt._qt.storage_thread import StorageThread

from .conftest import Install


@pytest.fixture
def thread(install: Install, qtbot: QtBot) -> StorageThread:
    """At rest, without a session: no timer looks at it."""
    thread = install(automatic_sessions=False)._scheduler._storage_thread
    qtbot.waitUntil(lambda: not thread._is_running)
    return thread


def test_a_thread_that_goes_late_is_awaited(
    thread: StorageThread, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait, late = thread.wait, iter([False] * 20)
    monkeypatch.setattr(thread, "wait", lambda *args: next(late, True) and wait(*args))
    thread.wake()
    qtbot.waitUntil(lambda: not thread._is_running)


def test_a_bout_without_a_thread_is_given_up(
    thread: StorageThread, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the next one is begun, which may find one."""
    start, refused = thread.start, iter([lambda: None])  # as QThread.start does where the system has none
    monkeypatch.setattr(thread, "start", lambda: next(refused, start)())
    thread.wake()
    assert thread._is_running
    qtbot.waitUntil(lambda: not thread._is_running)
    with qtbot.waitSignal(thread.merged):
        thread.wake()
