"""Sessions of a real application on a real desktop, where another program takes the focus away."""

import contextlib
from collections.abc import Callable

import pytest

from tests.support.display import Desktop
from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess
from tests.support.sessions import assert_sessions_are_whole, names, of_code
from tests.support.waiting import until
from tests.support.witness import Witness

from .conftest import StartHost

LONG = 300
"""A timeout that never runs out in a test."""
SHORT = 1
"""The shortest timeout there is."""
BEYOND_SHORT = 1.6
"""Seconds that a host waits for a session to be ended wrongly, when it must not end."""
NEAR = 0.6
"""Seconds by which a stamp may miss the moment when the host noticed the leave; less than SHORT."""

Move = Callable[[Desktop, HostProcess], None]


def other_program(desktop: Desktop, _: HostProcess) -> None:
    desktop.steal_focus()


def minimise(desktop: Desktop, _: HostProcess) -> None:
    desktop.minimise(OPENS_WITH)


def other_workspace(desktop: Desktop, _: HostProcess) -> None:
    desktop.switch_workspace(1)


def into_the_tray(_: Desktop, host: HostProcess) -> None:
    host.tell("keep_running")
    host.tell("hide", OPENS_WITH)


LEAVES = [other_program, minimise, other_workspace, into_the_tray]


def come_back(desktop: Desktop, host: HostProcess) -> None:
    desktop.switch_workspace(0)
    host.tell("show", OPENS_WITH)
    desktop.focus(OPENS_WITH)
    host.wait_for_state("Active")


@pytest.fixture
def screen(desktop: Desktop) -> Desktop:
    """The desktop, tidy: first workspace, the other program in front."""
    desktop.switch_workspace(0)
    desktop.steal_focus()
    return desktop


def session_started(host: HostProcess) -> str:
    host.wait_for_state("Active")
    return str(host.wait_for(started=...)["started"])


def wait_for_mark(host: HostProcess, witness: Witness, mark: str = "mark") -> list[str]:
    """Log an event, send it, and return the names that have arrived by then."""
    host.tell("log", mark)
    host.tell("flush")
    until(lambda: mark in names(witness.events()), f"the event {mark!r} at the endpoint")
    return names(witness.events())


@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize("toolkit", ["widgets", "qml"])
def test_a_short_absence_continues_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost, leave: Move, toolkit: str
) -> None:
    host = start_host(screen, timeout=LONG, toolkit=toolkit)
    session = session_started(host)
    leave(screen, host)
    host.wait_for_state("Inactive")
    assert host.wait_for_session("background") == session
    come_back(screen, host)
    assert host.wait_for_session("foreground") == session
    assert wait_for_mark(host, witness) == ["ss", "mark"]


@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize("toolkit", ["widgets", "qml"])
def test_a_long_absence_ends_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost, leave: Move, toolkit: str
) -> None:
    """It ends in the background, with the time of the leave."""
    host = start_host(screen, timeout=SHORT, toolkit=toolkit)
    session_started(host)
    leave(screen, host)
    host.wait_for_state("Inactive")
    left = host.find(application="ApplicationInactive")[-1]["at"]
    until(lambda: of_code(witness.events(), "se"), "the end of the session while in the background")
    assert host.application_state() == "ApplicationInactive"
    start, end = witness.events()
    assert end["time"] == pytest.approx(left, abs=NEAR)
    assert end["data"]["d"] == pytest.approx(end["time"] - start["time"], abs=0.01)
    assert host.wait_for(ended=...)["at"] - left >= SHORT - NEAR
    come_back(screen, host)
    until(lambda: len(of_code(witness.events(), "ss")) == 2, "the start of a second session")
    assert_sessions_are_whole(witness.events())


def test_own_windows_do_not_end_the_session(screen: Desktop, witness: Witness, start_host: StartHost) -> None:
    host = start_host(screen, timeout=SHORT)
    session_started(host)
    host.tell("open", "second window")
    screen.focus("second window")
    host.let_pass(BEYOND_SHORT)
    screen.focus(OPENS_WITH)
    host.tell("close", "second window")
    host.let_pass(BEYOND_SHORT)
    assert wait_for_mark(host, witness) == ["ss", "mark"]


@pytest.mark.parametrize("what", ["menu", "dialog"])
def test_menus_and_dialogs_do_not_end_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost, what: str
) -> None:
    host = start_host(screen, timeout=SHORT)
    session_started(host)
    host.tell(what, OPENS_WITH)
    host.let_pass(BEYOND_SHORT)
    host.tell("dismiss")
    host.let_pass(BEYOND_SHORT)
    assert wait_for_mark(host, witness) == ["ss", "mark"]


@pytest.mark.parametrize("how", ["open", "exec", "show"])
def test_a_native_dialog_does_not_end_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost, how: str
) -> None:
    host = start_host(screen, timeout=SHORT)
    session_started(host)
    host.send("files", how)
    screen.window("native dialog")
    host.wait_for_state("Inactive")
    host.let_pass(BEYOND_SHORT)
    host.tell("dismiss")
    host.wait_for_state("Active")
    assert wait_for_mark(host, witness) == ["ss", "mark"]


def test_a_qt_quick_native_dialog_counts_as_foreground(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    """Until another program gets the focus."""
    host = start_host(screen, timeout=SHORT, toolkit="qml")
    session_started(host)
    host.tell("files", "open")
    screen.window("native dialog")
    host.wait_for_state("Inactive")
    host.let_pass(BEYOND_SHORT)
    assert wait_for_mark(host, witness) == ["ss", "mark"]
    screen.steal_focus()
    until(lambda: of_code(witness.events(), "se"), "the end of the session while another program is in front")
    screen.focus("native dialog")
    host.tell("dismiss")
    host.wait_for_state("Active")
    until(lambda: len(of_code(witness.events(), "ss")) == 2, "the start of a second session")


def test_closing_a_covered_native_dialog_ends_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    """Another program has the focus by then."""
    host = start_host(screen, timeout=SHORT)
    session_started(host)
    host.tell("files", "open")
    screen.window("native dialog")
    host.wait_for_state("Inactive")
    screen.steal_focus()
    host.let_pass(BEYOND_SHORT)
    assert names(witness.events()) == ["ss"]
    host.tell("dismiss")
    until(lambda: of_code(witness.events(), "se"), "the end of the session after the dialog closed")


def test_dragging_the_window_continues_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    host = start_host(screen, timeout=LONG)
    session = session_started(host)
    with screen.dragging(OPENS_WITH) as move_on:
        until(lambda: move_on() or host.application_state() == "ApplicationInactive", "the grab of the mouse")
    host.wait_for_state("Active")
    assert host.wait_for_session("foreground") == session
    assert wait_for_mark(host, witness) == ["ss", "mark"]


def hold_alt_tab(screen: Desktop, host: HostProcess, title: str) -> None:
    """Until the host is inactive. A key that comes while the focus still changes is lost: then once more."""
    for _ in range(3):
        screen.focus(title)
        with screen.holding_alt_tab(), contextlib.suppress(AssertionError):
            return host.wait_for_state("Inactive", 5.0)
    pytest.skip("the window manager does not show its list of windows: there is nothing to be tested")


def test_holding_alt_tab_continues_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    """Between windows of the application."""
    host = start_host(screen, timeout=LONG)
    session = session_started(host)
    host.tell("open", "second window")
    hold_alt_tab(screen, host, "second window")
    screen.wait_for_focus(OPENS_WITH)
    host.wait_for_state("Active")
    assert host.wait_for_session("foreground") == session
    assert wait_for_mark(host, witness) == ["ss", "mark"]


def test_a_momentary_focus_loss_continues_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    """It is often over before Qt reports it, which happens a tenth of a second late."""
    host = start_host(screen, timeout=LONG)
    session = session_started(host)
    for _ in range(5):
        screen.steal_focus()
        screen.focus(OPENS_WITH)
    host.wait_for_state("Active")
    assert host.wait_for_session("foreground") == session
    assert wait_for_mark(host, witness) == ["ss", "mark"]


def test_a_tray_menu_has_a_session_while_open(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    """Qt goes on saying Active although no window is left."""
    host = start_host(screen, timeout=SHORT)
    session_started(host)
    into_the_tray(screen, host)
    until(lambda: of_code(witness.events(), "se"), "the end of the first session")
    host.tell("menu", OPENS_WITH)
    host.wait_for_state("Active")
    host.let_pass(BEYOND_SHORT)
    assert host.wait_for_session("foreground")
    closed = host.tell("dismiss")["at"]
    until(lambda: len(of_code(witness.events(), "se")) == 2, "the end of the second session")
    assert of_code(witness.events(), "se")[1]["time"] == pytest.approx(closed, abs=NEAR)
    assert host.application_state() == "ApplicationActive"
    assert_sessions_are_whole(witness.events())


@pytest.mark.parametrize("toolkit", ["widgets", "qml"])
def test_closing_the_last_window_ends_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost, toolkit: str
) -> None:
    host = start_host(screen, timeout=SHORT, toolkit=toolkit)
    session_started(host)
    host.tell("keep_running")
    closed = host.tell("close", OPENS_WITH)["at"]
    until(lambda: of_code(witness.events(), "se"), "the end of the session")
    assert of_code(witness.events(), "se")[0]["time"] == pytest.approx(closed, abs=NEAR)
    host.tell("open", "third window")
    until(lambda: len(of_code(witness.events(), "ss")) == 2, "the start of a second session")


@pytest.mark.parametrize("toolkit", ["widgets", "qml"])
def test_closing_the_focused_window_may_end_the_session(
    screen: Desktop, witness: Witness, start_host: StartHost, toolkit: str
) -> None:
    """It does when another program gets the focus."""
    host = start_host(screen, timeout=SHORT, toolkit=toolkit)
    session_started(host)
    host.tell("open", "second window")
    screen.focus("second window")
    screen.steal_focus()
    screen.focus(OPENS_WITH)
    host.wait_for_state("Active")
    ends = host.count(ended=...)
    host.tell("close", OPENS_WITH)
    screen.wait_for_other_program()
    until(lambda: host.count(ended=...) == ends + 1, "the end of the session")
    screen.focus("second window")
    until(lambda: len(of_code(witness.events(), "ss")) == 2, "the start of a second session")
    assert_sessions_are_whole(witness.events())


def test_a_plain_qml_application_needs_no_widgets(
    screen: Desktop, witness: Witness, start_host: StartHost
) -> None:
    host = start_host(screen, toolkit="qml")
    session_started(host)
    assert host.find(ready=True)[0]["widgets"] is False
    assert wait_for_mark(host, witness) == ["ss", "mark"]
