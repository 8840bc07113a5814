"""What the calls of a host cost its GUI thread: counted, not timed."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from braze_qt._inspector.core import InspectorCore
from tests.support import window_system
from tests.support.clocks import SetClock
from tests.support.loopback import Loopback, Silence
from tests.support.merging import is_idle

from .conftest import Install

EVENTS = 300
linux = pytest.mark.skipif(sys.platform != "linux", reason="no other system counts what a thread writes")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Each SQL statement on any connection of the process, with the thread that it ran in."""
    seen: list[tuple[int, str]] = []
    connect = sqlite3.connect

    def traced(*args: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*args, **options)
        db.set_trace_callback(lambda statement: seen.append((threading.get_ident(), statement)))
        return db

    monkeypatch.setattr(sqlite3, "connect", traced)
    return seen


def settle(braze: BrazeQt, qtbot: QtBot) -> None:
    """Wait until all that was called is in the database, and this process has looked at its own change."""
    recorder = braze._tracker

    def is_settled() -> bool:
        return not recorder.has_unmerged and is_idle(recorder)

    qtbot.waitUntil(is_settled)
    QApplication.processEvents()  # the change file
    qtbot.waitUntil(is_settled)


def test_calls_execute_no_statement_in_the_gui_thread(
    install: Install, window: QWidget, qtbot: QtBot, statements: list[tuple[int, str]]
) -> None:
    """The trace is alive: the same calls make statements in other threads."""
    braze = install()
    settle(braze, qtbot)
    statements.clear()
    window_system.focus(window.windowHandle())
    braze.logCustomEvent("saved", {"size": 3})
    braze.user.setFirstName("Ada")
    braze.changeUser("ada")
    braze.setSessionTimeout(60)
    window_system.focus(None)
    assert (braze.sessionState, braze.userId, braze.sessionTimeout) == ("background", "ada", 60)
    settle(braze, qtbot)
    assert statements
    here = threading.get_ident()
    assert [statement for thread, statement in statements if thread == here] == []


def test_an_inspector_executes_no_statement(
    install: Install, window: QWidget, qtbot: QtBot, statements: list[tuple[int, str]]
) -> None:
    braze = install()
    core = InspectorCore(QLocale("C"))
    core.follow(braze)
    settle(braze, qtbot)
    statements.clear()
    window_system.focus(window.windowHandle())
    braze.logCustomEvent("saved", {"size": 3})
    qtbot.waitUntil(lambda: core.events.rowCount() == 2)
    settle(braze, qtbot)
    assert "saved" in core.report()
    assert statements
    here = threading.get_ident()
    assert [statement for thread, statement in statements if thread == here] == []
    core.follow(None)


def test_a_heartbeat_only_appends_to_the_journal(
    install: Install,
    window: QWidget,
    qtbot: QtBot,
    clock: SetClock,
    statements: list[tuple[int, str]],
    tmp_path: Path,
) -> None:
    braze = install()
    braze.setOutboundNetworkRequestsOffline(True)  # a retry would look in the database
    window_system.focus(window.windowHandle())
    settle(braze, qtbot)
    assert braze._scheduler.upload_thread.settle(20.0)
    statements.clear()
    before = times(tmp_path / "data")
    for _ in range(10):
        clock.move(5)
        braze._scheduler.evaluate()
        QApplication.processEvents()
    after = times(tmp_path / "data")
    changed = {path.split("-")[0] for path, time in after.items() if before.get(path) != time}
    assert (changed, statements) == ({"braze.journal"}, [])


def times(folder: Path) -> dict[str, int]:
    """When each file was written last, in nanoseconds."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def written() -> int:
    """Write calls of this thread so far."""
    lines = Path("/proc/thread-self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["syscw"])


@linux
@pytest.mark.parametrize("beside", ["nothing", "a held database", "a silent server", "a backlog"])
def test_an_event_costs_one_write(
    install: Install, window: QWidget, qtbot: QtBot, server: Loopback, tmp_path: Path, beside: str
) -> None:
    silence = Silence()
    server.replies += [silence]
    braze = install(server.url)
    braze.setOutboundNetworkRequestsOffline(beside != "a silent server")
    window_system.focus(window.windowHandle())
    settle(braze, qtbot)
    for _ in range(5_000 if beside == "a backlog" else 1):
        braze.logCustomEvent("waits")
    if beside == "a silent server":  # events are merged when it has answered
        qtbot.waitUntil(silence.heard.is_set)
    else:
        settle(braze, qtbot)
    with closing(sqlite3.connect(tmp_path / "data" / "braze.db", isolation_level=None)) as holder:
        if beside == "a held database":
            holder.execute("BEGIN IMMEDIATE")
        before = written()
        for number in range(EVENTS):
            assert braze.logCustomEvent("saved", {"number": number})
        assert written() - before == EVENTS
    silence.end.set()
