"""Every way in which an application ends, with an endpoint that answers, is gone, or is silent."""

import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.display import Desktop
from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess
from tests.support.sessions import (
    AHEAD,
    SIGN_OF_LIFE,
    assert_repeats_are_identical,
    assert_sessions_are_whole,
    custom_names,
    of_code,
)
from tests.support.witness import Witness

from .conftest import StartHost

BOUND = 10.0
"""Seconds in which a process must have ended: more than ``shutdown_timeout`` (1) and a slow machine need,
less than the 25 for which a silent server would be waited for."""


@dataclass(frozen=True)
class Quit:
    """A way to end: what the host is told, how its ``main`` goes on, and the exit code without the SDK."""

    commands: tuple[tuple[Any, ...], ...]
    code: int
    ending: str = "exec"
    clean: bool = True
    """Whether the process hears of its end, and so can end the session."""


QUITS = {
    "app.quit": Quit((("quit",),), 0),
    "closing the last window": Quit((("close", OPENS_WITH),), 0),
    "app.exit": Quit((("exit", 3),), 3),
    "sys.exit in a slot": Quit((("sys_exit", 5),), 5),
    "an exception hook that exits": Quit((("hook", 1), ("fail",)), 1),
    "an exception in a slot, then quit": Quit((("fail",), ("quit",)), 0),
    "exec twice": Quit((("quit",), ("quit",)), 0, ending="exec twice"),
    "returning without exec": Quit((("end",),), 0, ending="return"),
    "raising without exec": Quit((("end",),), 1, ending="raise"),
    "app.shutdown": Quit((("quit",),), 0, ending="shutdown"),
    "app.shutdown without exec": Quit((("end",),), 0, ending="shutdown alone"),
    "sys.exit in a slot, then app.shutdown": Quit(
        (("sys_exit", 5),), 5, ending="exec, then shutdown in any case"
    ),
    "SIGTERM": Quit((("signal", "SIGTERM"),), -15, clean=False),
    "SIGHUP": Quit((("signal", "SIGHUP"),), -1, clean=False),
    "SIGKILL": Quit((("signal", "SIGKILL"),), -9, clean=False),
    "os._exit": Quit((("os_exit", 9),), 9, clean=False),
}


@pytest.fixture
def dead_endpoint() -> Iterator[str]:
    """An address at which nobody listens, and nobody else will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def log_some_events(host: HostProcess) -> None:
    host.wait_for_session("foreground")
    for number in range(3):
        host.tell("log", f"event {number}")


def end(host: HostProcess, way: Quit) -> int:
    *first, last = way.commands
    for command in first:
        host.send(*command)
    if way.ending == "exec twice":
        host.wait_for(again=True)
    host.send(*last)
    return host.wait_for_exit(BOUND)


def assert_all_arrives(
    witness: Witness, start_host: StartHost, acknowledged: list[str], *, clean: bool = True
) -> None:
    """Start the application once more: what the first run had taken arrives, once, in whole sessions."""
    host = start_host()
    host.wait_for_session("foreground")
    host.wait_until_sent()
    host.send("quit")
    assert host.wait_for_exit(BOUND) == 0
    events = witness.events()
    assert sorted(custom_names(events)) == sorted(acknowledged)
    assert_sessions_are_whole(events, AHEAD if clean else SIGN_OF_LIFE)
    counts = Counter(event["name"] for event in events)
    assert counts["ss"] == counts["se"]
    assert_repeats_are_identical(witness.deliveries())


@pytest.mark.parametrize("way", QUITS.values(), ids=QUITS.keys())
def test_quitting_works_with_a_responsive_endpoint(
    witness: Witness, start_host: StartHost, way: Quit
) -> None:
    alone = way is QUITS["app.quit"]
    host = start_host(ending=way.ending, shutdown_timeout=BOUND - 2, alone=alone)
    log_some_events(host)
    assert end(host, way) == way.code
    if way.clean:
        assert of_code(witness.events(), "se")
    assert_all_arrives(witness, start_host, host.acknowledged(), clean=way.clean)


@pytest.mark.parametrize("way", QUITS.values(), ids=QUITS.keys())
def test_quitting_works_with_an_unreachable_endpoint(
    witness: Witness, start_host: StartHost, dead_endpoint: str, way: Quit
) -> None:
    host = start_host(ending=way.ending, endpoint=dead_endpoint)
    log_some_events(host)
    assert end(host, way) == way.code
    assert_all_arrives(witness, start_host, host.acknowledged(), clean=way.clean)


@pytest.mark.parametrize("way", QUITS.values(), ids=QUITS.keys())
def test_quitting_works_with_a_silent_endpoint(witness: Witness, start_host: StartHost, way: Quit) -> None:
    host = start_host(ending=way.ending)
    log_some_events(host)
    host.wait_until_sent()
    witness.hang()
    host.tell("log", "last words")
    assert end(host, way) == way.code
    witness.heal()
    assert_all_arrives(witness, start_host, host.acknowledged(), clean=way.clean)


def test_losing_the_display_ends_the_session(
    witness: Witness, start_host: StartHost, desktop: Desktop
) -> None:
    host = start_host(desktop, shutdown_timeout=BOUND - 2)
    log_some_events(host)
    desktop.cut_connection(OPENS_WITH)
    assert host.wait_for_exit(BOUND) == 1
    assert of_code(witness.events(), "se")
    assert_all_arrives(witness, start_host, host.acknowledged())
