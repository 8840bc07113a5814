"""Short forms of the campaigns: kills, several processes, and strange things where the data should be."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.support.host_process import HostProcess
from tests.support.loopback import Loopback
from tests.support.sessions import (
    assert_repeats_are_identical,
    assert_sessions_are_whole,
    custom_names,
)
from tests.support.waiting import until

from .conftest import StartHost

KILLS = 8
DEEDS = 14


def started(start_host: StartHost) -> HostProcess:
    host = start_host(plugin="offscreen")
    host.wait_for_session("foreground")
    return host


def assert_all_has_arrived(server: Loopback, acknowledged: list[str]) -> None:
    assert not set(acknowledged) - set(custom_names(server.events))
    once = {(event["session_id"], event["name"], event["time"]): event for event in server.events}
    assert set(Counter(custom_names(list(once.values()))).values()) <= {1}
    assert_repeats_are_identical(server.events)
    assert_sessions_are_whole([event for event in once.values() if event["name"] != "ce"])


def test_nothing_is_lost_when_hosts_are_killed(start_host: StartHost, server: Loopback) -> None:
    chance = random.Random(1)
    acknowledged: list[str] = []
    for number in range(KILLS):
        host = started(start_host)
        host.send("burst", f"life {number}")
        enough = chance.randrange(1, 300)
        until(lambda host=host, enough=enough: len(host.acknowledged()) >= enough, "a burst")
        host.kill()
        acknowledged += host.acknowledged()
    last = started(start_host)
    last.wait_until_sent()
    last.send("quit")
    assert last.wait_for_exit() == 0
    assert_all_has_arrived(server, acknowledged)


@pytest.mark.parametrize("seed", [1, 2])
def test_processes_that_come_and_go_lose_nothing(start_host: StartHost, server: Loopback, seed: int) -> None:
    chance = random.Random(seed)
    gone: list[HostProcess] = []
    living = [started(start_host), started(start_host)]
    for number in range(DEEDS):
        host = chance.choice(living)
        deed = chance.choice(("log", "log", "log", "flush", "kill", "quit"))
        if deed == "log":
            host.tell("log", f"event {number}")
        elif deed == "flush":
            host.tell("flush")
        else:
            if deed == "kill":
                host.kill()
            else:
                host.send("quit")
                assert host.wait_for_exit() == 0
            living.remove(host)
            gone.append(host)
            living.append(started(start_host))
    for host in living:
        host.wait_until_sent()
    for host in living:
        host.send("quit")
        assert host.wait_for_exit() == 0
    assert_all_has_arrived(server, [name for host in gone + living for name in host.acknowledged()])


def a_file(folder: Path) -> None:
    folder.write_text("mine")


def a_folder_for_the_file(folder: Path) -> None:
    (folder / "braze.db").mkdir(parents=True)


def a_damaged_file(folder: Path) -> None:
    folder.mkdir()
    (folder / "braze.db").write_bytes(b"no database" * 1_000)


def a_file_that_may_not_be_written(folder: Path) -> None:
    a_damaged_file(folder)
    (folder / "braze.db").chmod(0o400)


@pytest.mark.parametrize(
    "place", [a_file, a_folder_for_the_file, a_damaged_file, a_file_that_may_not_be_written]
)
def test_an_obstructed_data_folder_loses_no_event(
    start_host: StartHost, server: Loopback, tmp_path: Path, place: object
) -> None:
    assert callable(place)
    place(tmp_path / "data")
    host = started(start_host)
    host.tell("log", "event")
    host.wait_until_sent()
    host.send("quit")
    assert host.wait_for_exit() == 0
    assert_all_has_arrived(server, ["event"])
