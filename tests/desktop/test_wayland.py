"""The same under Wayland: weston in a window, which loses the focus to a program beside it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.display import Desktop, running
from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess
from tests.support.sessions import assert_sessions_are_whole, names, of_code
from tests.support.waiting import until
from tests.support.witness import Witness

from .conftest import StartHost

COMPOSITOR = "Weston Compositor - screen0"
SOCKET = "wayland-of-tests"
PATIENCE = 5.0
"""Seconds for weston to see that it has the focus."""


@pytest.fixture
def wayland(desktop: Desktop, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The surroundings of a Wayland client."""
    sockets = tmp_path / "sockets"
    sockets.mkdir(mode=0o700)
    environment = {"XDG_RUNTIME_DIR": str(sockets), "WAYLAND_DISPLAY": SOCKET, "QT_QPA_PLATFORM": "wayland"}
    weston = ["weston", "--backend=x11-backend.so", "--use-pixman", f"--socket={SOCKET}", "--idle-time=0"]
    with running(weston, desktop.environment | {"XDG_RUNTIME_DIR": str(sockets)}):
        until((sockets / SOCKET).exists, "the socket of the compositor")
        desktop.focus(COMPOSITOR)
        yield environment


def give_back_the_focus(desktop: Desktop, host: HostProcess) -> None:
    """weston on a busy machine may miss that it has the focus again: its key for the next window helps."""
    desktop.focus(COMPOSITOR)
    with contextlib.suppress(AssertionError):
        host.wait_for_state("Active", PATIENCE)
        return
    desktop.type("super+Tab")
    host.wait_for_state("Active")


@pytest.mark.parametrize("toolkit", ["widgets", "qml"])
def test_losing_the_focus_ends_the_session(
    desktop: Desktop, wayland: dict[str, str], witness: Witness, start_host: StartHost, toolkit: str
) -> None:
    """A second one starts when the focus comes back."""
    host = start_host(desktop, toolkit=toolkit, environment=wayland)
    host.wait_for_session("foreground")
    desktop.steal_focus()
    until(lambda: of_code(witness.events(), "se"), "the end of the session while in the background")

    give_back_the_focus(desktop, host)
    until(lambda: names(witness.events()) == ["ss", "se", "ss"], "the start of a second session")
    assert_sessions_are_whole(witness.events())


def test_closing_the_last_window_ends_the_session(
    desktop: Desktop, wayland: dict[str, str], witness: Witness, start_host: StartHost
) -> None:
    host = start_host(desktop, environment=wayland)
    host.wait_for_session("foreground")
    host.tell("keep_running")
    host.tell("close", OPENS_WITH)
    until(lambda: of_code(witness.events(), "se"), "the end of the session")
