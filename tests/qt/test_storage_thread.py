"""The thread that merges, where the machine is busy or has no thread for it."""

import pytest
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt

from .conftest import Install


@pytest.fixture
def braze(install: Install, qtbot: QtBot) -> BrazeQt:
    """In a session. The upload thread, which may merge, too, does not tell of it here."""
    braze = install(automatic_sessions=False)
    with qtbot.waitSignal(braze.sessionStarted):
        braze.openSession()
    thread = braze._scheduler._storage_thread
    qtbot.waitUntil(lambda: not thread._is_running)
    braze._scheduler.upload_thread.merged.disconnect()
    return braze


def test_a_thread_that_goes_late_is_awaited(
    braze: BrazeQt, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = braze._scheduler._storage_thread
    wait, late = thread.wait, iter([False] * 20)
    monkeypatch.setattr(thread, "wait", lambda *args: next(late, True) and wait(*args))
    with qtbot.waitSignals([braze.sessionEnded, braze.enabledChanged]):
        braze.setEnabled(False)


def test_a_bout_without_a_thread_is_tried_again(
    braze: BrazeQt, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = braze._scheduler._storage_thread
    start, refused = thread.start, iter([lambda: None])  # as QThread.start does where the system has none
    monkeypatch.setattr(thread, "start", lambda: next(refused, start)())
    with qtbot.waitSignals([braze.sessionEnded, braze.enabledChanged]):
        braze.setEnabled(False)
