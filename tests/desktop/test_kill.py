"""Killed without warning, at any moment: no acknowledged event is lost, and none changes."""

import random
import time
from collections import Counter

import pytest

from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess
from tests.support.sessions import (
    assert_repeats_are_identical,
    assert_sessions_are_whole,
    by_session,
    custom_names,
    of_code,
)
from tests.support.waiting import until
from tests.support.witness import Witness

from .conftest import StartHost

LONG = 300
SHORT = 1
ROUNDS = 12
"""Kills under load; ``python -m tests.campaigns kills`` has hundreds. A transaction takes microseconds: it is
hit by number, not by aim."""


def start_working(start_host: StartHost, timeout: int = LONG) -> HostProcess:
    host = start_host(timeout=timeout)
    host.wait_for_session("foreground")
    return host


def assert_all_arrives(
    witness: Witness, start_host: StartHost, acknowledged: list[str], timeout: int = LONG
) -> None:
    """At the next start everything arrives; more may, when the kill came before the host could say so."""
    host = start_working(start_host, timeout)
    host.wait_until_sent()
    host.send("quit")
    assert host.wait_for_exit() == 0
    events = witness.events()
    arrived = Counter(custom_names(events))
    assert not set(acknowledged) - arrived.keys()
    assert set(arrived.values()) <= {1}
    assert_repeats_are_identical(witness.deliveries())
    # Far more than an event in a millisecond has stamps far ahead of the clock: only borders are looked at.
    borders = [event for event in events if event["name"] != "ce"]
    assert_sessions_are_whole(borders)
    assert len(of_code(borders, "ss")) == len(of_code(borders, "se"))
    assert {event["session_id"] for event in events} == {event["session_id"] for event in borders}


def test_a_kill_in_the_foreground_loses_nothing(witness: Witness, start_host: StartHost) -> None:
    host = start_working(start_host)
    host.tell("log", "before")
    host.kill()
    assert_all_arrives(witness, start_host, ["before"])
    assert len(by_session(witness.events())) == 1  # back within the timeout: the session went on


def test_a_kill_in_the_background_loses_nothing(witness: Witness, start_host: StartHost) -> None:
    host = start_working(start_host, SHORT)
    host.tell("log", "before")
    host.tell("keep_running")
    left = host.tell("close", OPENS_WITH)["at"]
    host.wait_for_session("background")
    host.kill()
    until(lambda: time.time() > left + SHORT, "the timeout to run out with nobody there")
    assert_all_arrives(witness, start_host, ["before"], SHORT)
    assert of_code(witness.events(), "se")[0]["time"] == pytest.approx(left, abs=0.5)


@pytest.mark.parametrize("store", [False, True], ids=["unread", "taken"])
def test_a_kill_during_a_request_loses_nothing(witness: Witness, start_host: StartHost, store: bool) -> None:  # noqa: FBT001
    host = start_working(start_host)
    host.wait_until_sent()
    witness.hang(store=store)
    host.tell("log", "on its way")
    host.tell("flush")
    until(lambda: any("on its way" in body for body in witness.bodies()), "the request")
    host.kill()
    witness.heal()
    assert_all_arrives(witness, start_host, ["on its way"])


def test_a_kill_before_deletion_resends_identical_events(witness: Witness, start_host: StartHost) -> None:
    """The endpoint has taken the events, and the application dies before it has the answer."""
    host = start_working(start_host)
    host.wait_until_sent()
    witness.cut(store=True)
    host.tell("log", "taken")
    host.tell("flush")
    until(lambda: "taken" in custom_names(witness.events()), "the event")
    host.kill()
    witness.heal()
    assert_all_arrives(witness, start_host, ["taken"])
    assert custom_names(witness.deliveries()).count("taken") > 1


def test_kills_under_load_lose_nothing(witness: Witness, start_host: StartHost) -> None:
    chance = random.Random(20240229)
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        host = start_host(timeout=SHORT if number % 3 else LONG)
        host.send("burst", f"round {number}")
        enough = chance.randrange(400)
        until(lambda: host.count(logged=...) > enough, "some events")  # noqa: B023 (used within the round)
        host.kill()
        acknowledged += host.acknowledged()
    assert_all_arrives(witness, start_host, acknowledged)


def test_a_restart_after_a_burst_reuses_no_stamp(witness: Witness, start_host: StartHost) -> None:
    """Many equal events at once have stamps ahead of the clock; the next start may not use them again."""
    host = start_working(start_host)
    host.tell("many", "click", 3000)
    host.wait_until_sent()
    host.kill()
    host = start_working(start_host)
    host.tell("many", "click", 10)
    host.wait_until_sent()
    assert custom_names(witness.events()).count("click") == 3010
