"""An application with the platform plugin of Windows: the focus, dialogs, and every way to end."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess
from tests.support.loopback import Loopback
from tests.support.sessions import assert_sessions_are_whole, by_session, names, of_code
from tests.support.waiting import until

from .conftest import StartHost
from .desktop import Window, program_without_console


@pytest.fixture
def host(start_host: StartHost) -> HostProcess:
    """One in the foreground."""
    host = start_host()
    in_front(host)
    return host


def in_front(host: HostProcess) -> None:
    window = Window(host, OPENS_WITH)

    def asked_for() -> bool:  # again and again: what was just closed may keep the focus for a moment
        window.take_focus()
        return bool(host.session()["state"] == "foreground")

    until(asked_for, "the focus")


def quit_and_sent(host: HostProcess, server: Loopback) -> list[str]:
    host.send("quit")
    assert host.wait_for_exit() == 0, host.errors()
    assert_sessions_are_whole(server.events)
    return names(server.events)


def test_a_short_absence_continues_the_session(
    host: HostProcess, start_host: StartHost, server: Loopback
) -> None:
    other = start_host(tracked=False)
    other.tell("open", "another program")
    session = host.session()["session"]
    Window(other, "another program").take_focus()
    host.wait_for_state("Inactive")
    assert host.wait_for_session("background") == session
    in_front(host)
    assert host.session()["session"] == session
    assert quit_and_sent(host, server) == ["ss", "se"]


def test_a_long_absence_ends_the_session(start_host: StartHost, server: Loopback) -> None:
    host = start_host(timeout=1)
    in_front(host)
    other = start_host(tracked=False)
    other.tell("open", "another program")
    Window(other, "another program").take_focus()
    host.wait_for(ended=...)
    in_front(host)
    assert quit_and_sent(host, server) == ["ss", "se", "ss", "se"]


def test_a_minimised_window_is_in_the_background(host: HostProcess, server: Loopback) -> None:
    window = Window(host, OPENS_WITH)
    window.minimise()
    host.wait_for_session("background")
    window.restore()
    host.wait_for_session("foreground")
    assert quit_and_sent(host, server) == ["ss", "se"]


def test_a_native_dialog_keeps_the_foreground(host: HostProcess, server: Loopback) -> None:
    host.send("files", "open")
    dialog = Window(host, "native dialog")
    host.let_pass(2)
    assert host.session()["state"] == "foreground"
    dialog.cancel()
    until(lambda: not dialog.is_there(), "the end of the dialog")
    in_front(host)
    assert quit_and_sent(host, server) == ["ss", "se"]


def test_closing_the_last_window_ends_the_session(host: HostProcess, server: Loopback) -> None:
    Window(host, OPENS_WITH).close()
    assert host.wait_for_exit() == 0
    assert names(server.events) == ["ss", "se"]


def test_a_restart_after_a_kill_continues_the_session(
    host: HostProcess, start_host: StartHost, server: Loopback
) -> None:
    host.tell("log", "before")
    host.kill()
    again = start_host()
    in_front(again)
    again.tell("log", "after")
    assert quit_and_sent(again, server) == ["ss", "before", "after", "se"]
    assert len(by_session(server.events)) == 1  # back within the timeout: the session went on


def test_signing_off_windows_ends_the_session(
    host: HostProcess, start_host: StartHost, server: Loopback
) -> None:
    """The end is sent at once, or waits on disk for the next start."""
    host.tell("log", "before")
    Window(host, OPENS_WITH).end_session()
    host.kill()  # as Windows does it when it has been told
    events = server.events
    if not of_code(events, "se"):  # then it waits on the disk
        again = start_host(automatic_sessions=False)
        until(lambda: again.session()["pending"] == 0, "an empty outbox")
    assert names(server.events) == ["ss", "before", "se"]


def test_two_processes_have_one_session(host: HostProcess, start_host: StartHost, server: Loopback) -> None:
    other = start_host()
    other.tell("open", "second process")
    Window(other, "second process").take_focus()
    assert other.wait_for_session("foreground") == host.session()["session"]
    host.tell("log", "first")
    other.tell("log", "second")
    host.kill()
    assert quit_and_sent(other, server) == ["ss", "first", "second", "se"]
    assert len(by_session(server.events)) == 1


PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from braze_qt import BrazeConfig, BrazeQt
assert sys.stdout is sys.stderr is None
application = QApplication(sys.argv)
window = QLabel("without streams")
window.show()
braze = BrazeQt.install(application, BrazeConfig("windows-key", sys.argv[1], data_dir=sys.argv[2]))
braze.openSession()
braze.logCustomEvent("")  # which is complained of
braze.logCustomEvent("logged")
braze.deliveryChanged.connect(lambda: "201" in braze.lastOutcome and application.quit())
QTimer.singleShot(20_000, application.quit)
sys.exit(application.exec())
"""


def test_a_program_without_standard_streams_sends_events(server: Loopback, tmp_path: Path) -> None:
    script = tmp_path / "program.pyw"
    script.write_text(PROGRAM, "utf-8")
    command = [str(program_without_console()), str(script), server.endpoint, str(tmp_path / "data")]
    nothing = subprocess.STARTUPINFO(dwFlags=subprocess.STARTF_USESTDHANDLES)
    surroundings = os.environ | {"QT_QPA_PLATFORM": "windows"}
    process = subprocess.Popen(command, env=surroundings, startupinfo=nothing)
    assert process.wait(60) == 0
    assert names(server.events) == ["ss", "logged", "se"]
