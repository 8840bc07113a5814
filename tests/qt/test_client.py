"""The behaviour of the SDK that a host application sees."""

import functools
import json
import logging
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QThread, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import getCppPointer

from braze_qt import BrazeConfig, BrazeQt, UsageError
from braze_qt._commands.command_line import main
from braze_qt._qt.environment import Environment
from braze_qt._qt.paths import default_folder, noted_name
from tests.support import window_system
from tests.support.clocks import SetClock
from tests.support.loopback import Loopback, Silence
from tests.support.peers import peers

from .conftest import KEY, NOBODY, OTHER_KEY, Install

OPEN_SESSION = (
    "SELECT json_extract(state, '$[8][0]') FROM shared WHERE json_extract(state, '$[8]') IS NOT NULL"
)


class Heard:
    """Signals in the order in which they came, with their arguments."""

    def __init__(self, braze: BrazeQt, *names: str) -> None:
        self.calls: list[tuple[Any, ...]] = []
        for name in names:
            signal: SignalInstance = getattr(braze, name)
            signal.connect(lambda *args, name=name: self.calls.append((name, *args)))


def stored(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows on disk, read through a connection of our own; none before there is a database."""
    with closing(sqlite3.connect(folder / "data" / "braze.db")) as db:
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return []
        return db.execute(query).fetchall()


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# -- installing ------------------------------------------------------------------------------------


def test_instance_returns_the_installation_until_shutdown(install: Install) -> None:
    braze = install()
    assert BrazeQt.instance() is braze
    assert braze.shutdown()
    assert BrazeQt.instance() is None


def test_a_second_install_is_refused(install: Install, qapp: QApplication) -> None:
    install()
    with pytest.raises(UsageError, match="already"):
        BrazeQt.install(qapp, BrazeConfig(KEY, NOBODY))


@pytest.mark.parametrize("app", [None, "app", object()])
def test_install_without_an_application_is_refused(app: Any) -> None:
    with pytest.raises(UsageError, match="application"):
        BrazeQt.install(app, BrazeConfig(KEY, NOBODY))


def test_install_without_a_configuration_is_refused(qapp: QApplication) -> None:
    with pytest.raises(UsageError, match="BrazeConfig, not a dict"):
        BrazeQt.install(qapp, {"api_key": KEY})  # type: ignore[arg-type]


def test_install_outside_the_gui_thread_is_refused(qapp: QApplication) -> None:
    errors: list[Exception] = []

    def elsewhere() -> None:
        try:
            BrazeQt.install(qapp, BrazeConfig(KEY, NOBODY))
        except UsageError as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "GUI thread" in str(errors[0])


def test_a_shutdown_from_another_thread_keeps_its_timeout(
    install: Install, qtbot: QtBot, server: Loopback
) -> None:
    silence = Silence()
    server.replies += [silence]
    braze = install(server.url, shutdown_timeout=60.0, automatic_sessions=False)
    braze.openSession()
    qtbot.waitUntil(silence.heard.is_set)
    thread = threading.Thread(target=braze.shutdown, args=(0.0,))
    thread.start()
    qtbot.waitUntil(lambda: BrazeQt.instance() is None)
    thread.join()
    assert not silence.outlasted
    silence.end.set()


# -- sessions --------------------------------------------------------------------------------------


def test_a_session_is_stored_before_its_signal(
    install: Install, window: QWidget, tmp_path: Path, qtbot: QtBot
) -> None:
    """It starts when the window gets the focus."""
    braze = install()
    on_disk: list[Any] = []
    braze.sessionStarted.connect(lambda id_: on_disk.append((id_, stored(tmp_path, OPEN_SESSION))))
    with qtbot.waitSignal(braze.sessionStarted):
        window_system.focus(window.windowHandle())
    assert braze.sessionState == "foreground"
    assert on_disk == [(braze.sessionId, [(braze.sessionId,)])]
    assert stored(tmp_path, "SELECT code FROM outbox") == [("ss",)]


def test_a_focused_window_at_install_starts_a_session(
    install: Install, window: QWidget, qtbot: QtBot
) -> None:
    window_system.focus(window.windowHandle())
    braze = install()
    with qtbot.waitSignal(braze.sessionStarted):  # connected after install() returned, and not too late
        pass


def test_focus_right_after_install_starts_a_session(
    install: Install, window: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for the heartbeat."""
    monkeypatch.setattr(BrazeQt, "_environment", Environment(heartbeat=3_600.0))
    braze = install()
    window_system._focus(getCppPointer(window.windowHandle())[0], Qt.FocusReason.OtherFocusReason.value)
    with qtbot.waitSignal(braze.sessionStarted):
        pass


def test_a_short_absence_continues_the_session(
    install: Install, window: QWidget, qtbot: QtBot, tmp_path: Path
) -> None:
    braze = install(session_timeout=3600)
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: braze.sessionState == "foreground")
    before = braze.sessionId
    heard = Heard(braze, "sessionStarted", "sessionEnded")
    window_system.focus(None)
    assert braze.sessionState == "background"
    assert 3590 < braze.secondsToTimeout <= 3600
    window_system.focus(window.windowHandle())
    assert (braze.sessionState, braze.sessionId, braze.secondsToTimeout) == ("foreground", before, -1.0)
    qtbot.waitUntil(lambda: stored(tmp_path, "SELECT code FROM outbox") == [("ss",)])
    assert [name for name, *_ in heard.calls if name == "sessionEnded"] == []


def test_a_long_absence_ends_the_session(
    install: Install, window: QWidget, qtbot: QtBot, tmp_path: Path
) -> None:
    """It ends in the background, with the time of the leave."""
    braze = install(session_timeout=1)
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: braze.sessionState == "foreground")
    session = braze.sessionId
    window_system.focus(None)
    left = time.time()
    with qtbot.waitSignal(braze.sessionEnded) as ended:
        pass
    assert ended.args[0] == session
    assert (braze.sessionState, braze.sessionId, braze.sessionStart) == ("none", "", 0.0)
    event = json.loads(stored(tmp_path, "SELECT event FROM outbox WHERE code = 'se'")[0][0])
    assert event["time"] == pytest.approx(left, abs=0.5)
    assert event["data"]["d"] == ended.args[1]


def test_a_user_change_starts_a_new_session(install: Install, window: QWidget, qtbot: QtBot) -> None:
    braze = install()
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: braze.sessionState == "foreground")
    first = braze.sessionId
    heard = Heard(braze, "sessionStarted", "sessionEnded", "userChanged")
    assert braze.changeUser("ada")
    second = braze.sessionId
    assert ("userChanged",) in heard.calls
    told = [("sessionEnded", first), ("sessionStarted", second)]
    qtbot.waitUntil(lambda: [call[:2] for call in heard.calls if call[0] != "userChanged"][-2:] == told)
    assert braze.userId == "ada"
    heard.calls.clear()
    assert braze.changeUser("ada")
    assert heard.calls == []


def test_a_new_timeout_applies_to_a_background_session(
    install: Install, window: QWidget, qtbot: QtBot
) -> None:
    braze = install(session_timeout=3600)
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: braze.sessionState == "foreground")
    window_system.focus(None)
    with qtbot.waitSignals([braze.sessionTimeoutChanged, braze.sessionEnded]):
        assert braze.setSessionTimeout(1)
    assert braze.sessionTimeout == 1


def test_sessions_can_be_opened_and_closed_manually(install: Install, window: QWidget, qtbot: QtBot) -> None:
    braze = install(automatic_sessions=False, session_timeout=1)
    window_system.focus(window.windowHandle())
    assert braze.sessionState == "none"
    with qtbot.waitSignal(braze.sessionStarted):
        assert braze.openSession()
    with qtbot.waitSignal(braze.sessionEnded):
        assert braze.closeSession()


def test_changing_the_user_in_a_slot_keeps_order(install: Install, window: QWidget, qtbot: QtBot) -> None:
    """The order of the signals."""
    braze = install()
    order: list[tuple[str, str]] = []
    braze.sessionEnded.connect(lambda id_, _: order.append(("ended", id_)))
    braze.sessionStarted.connect(lambda id_: order.append(("started", id_)))
    braze.sessionStarted.connect(lambda _: braze.changeUser("ada"))
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: len(order) == 3)
    assert [what for what, _ in order] == ["started", "ended", "started"]
    assert order[0][1] == order[1][1] != order[2][1] == braze.sessionId


# -- events ----------------------------------------------------------------------------------------


def test_an_event_is_stored_when_the_call_returns(install: Install, tmp_path: Path, qtbot: QtBot) -> None:
    braze = install(automatic_sessions=False)
    braze.openSession()
    properties = {"level": 7}
    assert braze.logCustomEvent("level_up", properties)
    properties["level"] = 8
    (journal,) = (tmp_path / "data").glob("braze.journal-*")
    assert b"level_up" in journal.read_bytes()
    qtbot.waitUntil(lambda: bool(stored(tmp_path, "SELECT 1 FROM outbox WHERE code = 'ce'")))
    event = json.loads(stored(tmp_path, "SELECT event FROM outbox WHERE code = 'ce'")[0][0])
    assert event["data"] == {"n": "level_up", "p": {"level": 7}}
    assert event["session_id"] == braze.sessionId


def test_an_event_without_a_session_joins_the_next(install: Install, qtbot: QtBot, tmp_path: Path) -> None:
    braze = install(automatic_sessions=False)
    assert braze.logCustomEvent("early")
    assert braze.recentEvents()[-1].session_id is None
    braze.openSession()
    qtbot.waitUntil(lambda: len(stored(tmp_path, "SELECT 1 FROM outbox")) == 2)
    rows = [json.loads(text) for (text,) in stored(tmp_path, "SELECT event FROM outbox ORDER BY id")]
    assert [(row["name"], row["session_id"]) for row in rows] == [
        ("ss", braze.sessionId),
        ("ce", braze.sessionId),
    ]
    qtbot.waitUntil(lambda: braze.recentEvents()[0].session_id is not None)
    assert next((record.label, record.session_id) for record in braze.recentEvents()) == (
        "early",
        braze.sessionId,
    )


def test_calls_from_many_threads_are_all_kept(install: Install, qtbot: QtBot, tmp_path: Path) -> None:
    """Their signals arrive in the GUI thread."""
    braze = install(automatic_sessions=False)
    told_in: set[QThread] = set()
    braze.sessionStarted.connect(lambda _: told_in.add(QThread.currentThread()))

    def elsewhere(number: int) -> None:
        braze.openSession()
        for _ in range(100):
            assert braze.logCustomEvent("busy", {"thread": number})

    threads = [threading.Thread(target=elsewhere, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: bool(told_in))
    assert told_in == {QThread.currentThread()}
    assert stored(tmp_path, "SELECT code, count(*), count(DISTINCT time) FROM outbox GROUP BY code") == [
        ("ce", 400, 400),
        ("ss", 1, 1),
    ]
    assert braze.pendingCount == 401


@pytest.mark.parametrize(
    ("call", "args", "words"),
    [
        ("changeUser", ("",), "user_id must be a non-empty string"),
        ("changeUser", (None,), "user_id must be a non-empty string, not NoneType"),
        ("changeUser", ("ü" * 499,), "998 bytes of UTF-8, 997 are allowed"),
        ("setSessionTimeout", (0,), "1 or more"),
        ("setSessionTimeout", (True,), "1 or more"),
        ("setSessionTimeout", (2.5,), "1 or more"),
        ("setSessionTimeout", ("10",), "1 or more"),
        ("setEnabled", (1,), "must be True or False"),
        ("shutdown", ("soon",), "shutdown_timeout must be a number of seconds from 0 to 60"),
        ("shutdown", (-1,), "from 0 to 60"),
        ("logCustomEvent", ("",), "the name of an event must be"),
        ("logCustomEvent", ("x" * 256,), "256 characters, 255 are allowed"),
        ("logCustomEvent", ("x", {"n": float("nan")}), "not finite"),
        ("logCustomEvent", ("x", {1: 2}), "the name of a property"),
        ("logCustomEvent", ("x", [1]), "properties must be a mapping, not list"),
        ("logCustomEvent", ("x", {"o": object()}), "object, but only strings"),
    ],
)
def test_a_bad_argument_warns_once_and_changes_nothing(
    install: Install, caplog: pytest.LogCaptureFixture, call: str, args: tuple[Any, ...], words: str
) -> None:
    braze = install()
    before = braze.pendingCount, braze.userId, braze.sessionTimeout, braze.enabled
    assert getattr(braze, call)(*args) is False
    (warning,) = warned(caplog)
    assert warning.startswith(call)
    assert words in warning
    assert (braze.pendingCount, braze.userId, braze.sessionTimeout, braze.enabled) == before


# -- consent ---------------------------------------------------------------------------------------


def test_disabling_ends_the_session_and_survives_a_restart(
    install: Install, window: QWidget, qtbot: QtBot
) -> None:
    braze = install()
    window_system.focus(window.windowHandle())
    qtbot.waitUntil(lambda: braze.sessionState == "foreground")
    with qtbot.waitSignals([braze.sessionEnded, braze.enabledChanged]):
        assert braze.setEnabled(False)
    assert braze.deliveryState == "disabled"
    assert not braze.logCustomEvent("ignored")
    braze = install()
    assert not braze.enabled
    assert braze.pendingCount == 2  # ss and se of before
    with qtbot.waitSignal(braze.sessionStarted):
        assert braze.setEnabled(True)


def test_no_file_is_created_without_consent(
    install: Install, window: QWidget, qtbot: QtBot, tmp_path: Path
) -> None:
    braze = install(enabled=False)
    window_system.focus(window.windowHandle())
    assert not braze.logCustomEvent("ignored")
    assert braze.changeUser("ada")
    assert list(tmp_path.rglob("*")) == []
    assert braze.setEnabled(True)
    assert (braze.sessionState, braze.userId) == ("foreground", "ada")
    qtbot.waitUntil(lambda: stored(tmp_path, "SELECT code, user_id FROM outbox") == [("ss", "ada")])


def test_a_wipe_leaves_no_file_and_changes_device(install: Install, qtbot: QtBot, tmp_path: Path) -> None:
    braze = install(automatic_sessions=False)
    braze.openSession()
    braze.changeUser("ada")
    device = braze.deviceId
    assert braze.wipeData()
    assert list(tmp_path.rglob("*")) == []
    assert (braze.enabled, braze.userId, braze.sessionState, braze.pendingCount) == (False, "", "none", 0)
    assert braze.deviceId != device
    kept = braze.deviceId
    assert braze.setEnabled(True)
    device_id = "SELECT value FROM meta WHERE key = 'device_id'"
    qtbot.waitUntil(lambda: stored(tmp_path, device_id) == [(kept,)])
    assert install().deviceId == kept


def test_a_write_blocked_by_another_process_is_retried(
    install: Install, tmp_path: Path, qtbot: QtBot
) -> None:
    """The retry needs no further call."""
    braze = install()
    with peers(tmp_path / "data", SetClock()) as begin:
        holder = begin()
        qtbot.waitUntil(lambda: braze._scheduler._begun)
        holder.hold()
        assert braze.logCustomEvent("kept")
        assert stored(tmp_path, "SELECT * FROM parked") == []
        holder.let_go()
        qtbot.waitUntil(lambda: stored(tmp_path, "SELECT code FROM parked") == [("ce",)])


UNWATCHED = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from braze_qt import BrazeConfig, BrazeQt
from braze_qt._platform.clock import SystemClock
from braze_qt._qt.environment import Environment
folder, root = sys.argv[1:]
sys.path.insert(0, root)
from tests.support.clocks import SetClock
from tests.support.peers import peers
Path("/proc/sys/user/max_inotify_watches").write_text("0")
BrazeQt._environment = Environment(poll=0.1)
app = QCoreApplication([])
settings = dict(data_dir=folder, app_name="unwatched", automatic_sessions=False, shutdown_timeout=0.0)
braze = BrazeQt.install(app, BrazeConfig("key", "http://127.0.0.1:9", **settings))
braze.setSessionTimeout(5)
braze.setSessionTimeout(6)
braze.sessionStateChanged.connect(app.quit)
with peers(Path(folder), SetClock.like(SystemClock())) as begin:
    QTimer.singleShot(0, lambda: begin().apply("enter foreground"))
    code = app.exec()
sys.exit(code)
"""


def test_a_held_database_shows_in_the_last_outcome(
    install: Install, window: QWidget, qtbot: QtBot, tmp_path: Path
) -> None:
    braze = install()
    qtbot.waitUntil((tmp_path / "data" / "braze.db").exists)
    outcomes: list[str] = []
    braze.deliveryChanged.connect(lambda: outcomes.append(braze.lastOutcome))
    with closing(sqlite3.connect(tmp_path / "data" / "braze.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        window_system.focus(window.windowHandle())
        waiting = "calls wait in the journal: another process of this application is writing"
        qtbot.waitUntil(lambda: waiting in outcomes)
        assert braze.lastOutcome == waiting
    qtbot.waitUntil(lambda: waiting != outcomes[-1])


def test_another_process_is_noticed_without_file_watching(tmp_path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user"]
    if shutil.which(alone[0]) is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("to let nothing be watched takes a name space of our own")
    program = [sys.executable, "-c", UNWATCHED, str(tmp_path / "data"), str(Path(__file__).parents[2])]
    ended = subprocess.run([*alone, *program], capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("inotify_add_watch") == 1, ended.stderr  # Qt says so each time


LOST = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from braze_qt import BrazeConfig, BrazeQt
from braze_qt._platform import system
from braze_qt._platform.clock import SystemClock
from braze_qt._qt import file_watcher
from braze_qt._qt.environment import Environment
folder, root = sys.argv[1:]
sys.path.insert(0, root)
from tests.support.clocks import SetClock
from pathlib import Path
from tests.support.peers import peers
system.loses_changes = True
file_watcher.QFileSystemWatcher.addPaths = lambda self, paths: []  # taken, and never heard of again
BrazeQt._environment = Environment(poll=0.1)
app = QCoreApplication([])
settings = dict(data_dir=folder, app_name="lost", automatic_sessions=False, shutdown_timeout=0.0)
braze = BrazeQt.install(app, BrazeConfig("key", "http://127.0.0.1:9", **settings))
while not braze._scheduler._begun:  # or the first look finds it
    app.processEvents()
braze.sessionStateChanged.connect(app.quit)
with peers(Path(folder), SetClock.like(SystemClock())) as begin:
    QTimer.singleShot(0, lambda: begin().apply("enter foreground"))
    code = app.exec()
sys.exit(code)
"""


@pytest.mark.linux("it is made to look like macOS")
def test_on_macos_an_unannounced_change_is_found(tmp_path: Path) -> None:
    """FSEvents may lose the notification; polling sees the change of another process all the same."""
    program = [sys.executable, "-c", LOST, str(tmp_path / "data"), str(Path(__file__).parents[2])]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


# -- the host comes first --------------------------------------------------------------------------


def test_calls_after_shutdown_return_and_do_nothing(install: Install) -> None:
    braze = install()
    assert braze.shutdown()
    assert braze.shutdown()
    assert not braze.logCustomEvent("late")
    assert not braze.changeUser("late")
    assert not braze.openSession()
    assert not braze.requestImmediateDataFlush()
    assert not braze.wipeData()


def test_the_session_ends_with_each_event_loop(
    install: Install, window: QWidget, qtbot: QtBot, qapp: QApplication, server: Loopback
) -> None:
    """A loop that runs again is tracked again."""
    braze = install(server.url, shutdown_timeout=10.0)
    heard = Heard(braze, "sessionStarted", "sessionEnded")
    for _ in range(2):
        with qtbot.waitSignal(braze.sessionStarted):
            window_system.focus(window.windowHandle())
        QTimer.singleShot(0, qapp.exit)
        qapp.exec()
        assert braze.sessionState == "none"
        assert braze.pendingCount == 0  # the end is sent by then
    names = [name for name, *_ in heard.calls]
    assert names == ["sessionStarted", "sessionEnded"] * 2
    assert BrazeQt.instance() is braze


def test_a_raising_slot_does_not_stop_the_others(install: Install, window: QWidget, qtbot: QtBot) -> None:
    braze = install()

    def broken(_: str) -> None:
        raise RuntimeError("the host's own fault")

    braze.sessionStarted.connect(broken)
    with qtbot.captureExceptions() as raised:
        window_system.focus(window.windowHandle())
        qtbot.waitUntil(lambda: len(raised) == 1)
    assert braze.sessionState == "foreground"


def test_emitting_thousands_of_signals_does_not_crash(install: Install) -> None:
    """PySide6 6.12.0 lost a reference to True at each emit, which ended Python 3.11 after some 570."""
    braze = install()
    heard = Heard(braze, "deliveryChanged")
    for _ in range(5_000):
        braze.deliveryChanged.emit()
    assert len(heard.calls) >= 5_000


def test_the_data_folder_depends_on_key_and_name(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    def folder(key: str, name: str | None) -> str:
        before = set(tmp_path.rglob("braze.db"))
        BrazeQt.install(qapp, BrazeConfig(key, NOBODY, app_name=name, shutdown_timeout=0.0)).shutdown()
        made = set(tmp_path.rglob("braze.db")) - before
        return made.pop().parent.name if made else "known"

    folders = [folder("key-1", "Editor"), folder("key-2", "Editor"), folder("key-1", "Viewer")]
    assert len(set(folders)) == 3
    assert folder("key-1", "Editor") == "known"
    assert not any("key" in name or "Editor" in name for name in folders)


@pytest.fixture
def named(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., str]]:
    """The name of the folder for a program that was started so and gave itself no name."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    known = qapp.applicationName()

    def named(started_as: str, executable: str, *, frozen: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", [started_as])
        monkeypatch.setattr(sys, "executable", executable)
        monkeypatch.setattr(sys, "frozen", frozen, raising=False)
        qapp.setApplicationName(Path(executable).stem)
        folder = default_folder(qapp, BrazeConfig(KEY, NOBODY))
        assert folder is not None
        return folder.name

    yield named
    qapp.setApplicationName(known)


@pytest.mark.parametrize("interpreter", ["python", "python3", "python311", "pythonw", "PYTHONW"])
def test_two_scripts_do_not_share_their_data(
    named: Callable[..., str], tmp_path: Path, interpreter: str
) -> None:
    programs = {named(str(tmp_path / name), str(tmp_path / interpreter)) for name in ("one.py", "two.py")}
    assert len(programs) == 2


def test_a_frozen_program_keeps_one_data_folder(
    named: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From whichever folder it is started."""
    executable = str(tmp_path / "editor")
    (tmp_path / "elsewhere").mkdir()
    folders = set()
    for started_as, where in (("editor", "."), ("editor", "elsewhere"), (executable, ".")):
        monkeypatch.chdir(tmp_path / where)
        folders.add(named(started_as, executable, frozen=True))
    assert len(folders) == 1


@pytest.mark.windows("elsewhere these are two files")
def test_the_case_of_a_script_name_is_ignored(named: Callable[..., str], tmp_path: Path) -> None:
    programs = {named(str(tmp_path / name), str(tmp_path / "python")) for name in ("one.py", "ONE.PY")}
    assert len(programs) == 1


# -- two keys and one folder -----------------------------------------------------------------------


def test_two_keys_share_no_events(install: Install, server: Loopback, qtbot: QtBot) -> None:
    first = install(automatic_sessions=False)
    first.openSession()
    first.changeUser("ada")
    first.logCustomEvent("for the first key")
    device = first.deviceId
    sent = []
    for key, user, name in ((OTHER_KEY, "", "for the second key"), (KEY, "ada", "for the first key again")):
        braze = install(server.url, key=key, automatic_sessions=False)
        assert (braze.userId, braze.deviceId == device) == (user, key == KEY)
        braze.openSession()
        braze.logCustomEvent(name)
        braze.requestImmediateDataFlush()
        qtbot.waitUntil(lambda braze=braze: braze.pendingCount == 0)
        named = [
            (event["data"]["n"], event.get("user_id")) for event in server.events if event["name"] == "ce"
        ]
        sent.append(named[sum(map(len, sent)) :])
    assert sent == [
        [("for the second key", None)],
        [("for the first key", "ada"), ("for the first key again", "ada")],
    ]


def test_a_wipe_leaves_another_key_alone(install: Install, tmp_path: Path) -> None:
    install(automatic_sessions=False)
    install(key=OTHER_KEY, automatic_sessions=False).changeUser("bob")
    assert install(automatic_sessions=False).wipeData()
    assert not list((tmp_path / "data").glob("braze.*"))
    assert install(key=OTHER_KEY, automatic_sessions=False).userId == "bob"
    assert install(automatic_sessions=False).userId == ""


# -- switched off ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["1", "true", "YES", "anything"])
def test_an_environment_variable_disables_everything(
    install: Install,
    window: QWidget,
    server: Loopback,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("BRAZE_QT_DISABLED", value)
    braze = install(server.url)
    window_system.focus(window.windowHandle())
    QApplication.processEvents()
    calls = [
        braze.changeUser("ada"),
        braze.changeUser("ada", "SIGNATURE"),
        braze.setSdkAuthenticationSignature("SIGNATURE"),
        braze.setSessionTimeout(5),
        braze.setEnabled(True),
        braze.setOutboundNetworkRequestsOffline(True),
        braze.openSession(),
        braze.closeSession(),
        braze.logCustomEvent("x"),
        braze.logPurchase("x", "EUR", 1),
        braze.user.setFirstName("Ada"),
        braze.user.setCustomAttribute("x", ["y"]),
        braze.user.addAlias("x", "y"),
        braze.requestImmediateDataFlush(),
        braze.logout(),
        braze.wipeData(),
    ]
    assert calls == [False] * len(calls)
    assert (braze.enabled, braze.sessionState, braze.deliveryState) == (False, "none", "disabled")
    assert (braze.userId, braze.pendingCount, braze.recentEvents()) == ("", 0, [])
    assert braze.shutdown()
    assert (server.connections, list(tmp_path.rglob("*"))) == (0, [])
    assert [record.getMessage() for record in caplog.records] == [
        "BRAZE_QT_DISABLED is set: nothing is stored or sent"
    ]


@pytest.mark.parametrize("value", ["", "0", "false", "off"])
def test_a_false_environment_variable_disables_nothing(
    install: Install, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BRAZE_QT_DISABLED", value)
    braze = install(automatic_sessions=False)
    assert braze.openSession()
    assert braze.sessionState == "foreground"


# -- whose data these are ---------------------------------------------------------------------------


@pytest.fixture
def shared_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("braze_qt._storage.folders.user_data_dir", lambda name: str(tmp_path / name))
    return tmp_path / "braze_qt"


def test_a_default_folder_holds_the_name(
    install: Install, shared_root: Path, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    """From consent on, for this user alone, until a wipe, and again after it."""
    braze = install(data_dir=None, app_name="Ink & Co", enabled=False, automatic_sessions=False)
    assert not shared_root.exists()
    for _ in range(2):
        assert braze.setEnabled(True)
        qtbot.waitUntil(
            lambda: [name.read_text() for name in shared_root.glob("*/braze.name")] == ["Ink & Co"]
        )
        (name,) = shared_root.glob("*/braze.name")
        if os.name == "posix":
            assert stat.S_IMODE(name.stat().st_mode) == 0o600
        assert braze.logCustomEvent("x")
        qtbot.waitUntil(lambda: bool(braze.recentEvents()) and braze._tracker.store.known.rows == 1)
        assert main(["where"]) == 0
        said = capsys.readouterr().out
        assert "application  Ink & Co" in said
        assert "waiting      1 event and 0 attributes" in said
        assert braze.wipeData()
        assert list(shared_root.iterdir()) == []


@pytest.mark.parametrize(("organization", "noted"), [("", "Editor"), ("Ink & Co", "Ink & Co/Editor")])
def test_a_missing_organization_leaves_no_slash(
    qapp: QApplication, request: pytest.FixtureRequest, organization: str, noted: str
) -> None:
    request.addfinalizer(functools.partial(qapp.setApplicationName, qapp.applicationName()))
    request.addfinalizer(functools.partial(qapp.setOrganizationName, qapp.organizationName()))
    qapp.setApplicationName("Editor")
    qapp.setOrganizationName(organization)
    assert noted_name(qapp, BrazeConfig(KEY, NOBODY)) == noted


def test_a_folder_of_the_host_gets_no_name(install: Install, tmp_path: Path) -> None:
    install(app_name="Ink & Co")
    assert (tmp_path / "data").is_dir()
    assert not (tmp_path / "data" / "braze.name").exists()


def test_an_unwritable_name_harms_nothing(install: Install, shared_root: Path) -> None:
    assert install(data_dir=None, app_name="Ink & Co").shutdown()
    (name,) = shared_root.glob("*/braze.name")
    name.unlink()
    name.mkdir()
    braze = install(data_dir=None, app_name="Ink & Co", automatic_sessions=False)
    assert braze.logCustomEvent("x")
