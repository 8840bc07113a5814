"""Several processes of one application share the session, the device and the outbox, by their journals.

Each is a recorder of its own in this process: a lock of a journal is of its descriptor.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clocks import SetClock
from merging import MergingRecorder

from braze_qt._recorder.journal_recorder import HEARTBEAT_INTERVAL
from braze_qt._session.state import Input
from braze_qt.events import CustomEvent

TIMEOUT = 10
ENTER, LEAVE = "enter foreground", "leave foreground"


class Peer:
    """One of the processes."""

    def __init__(self, folder: Path, clock: SetClock, timeout: int, *, enabled: bool) -> None:
        self.recorder = MergingRecorder(folder, clock, timeout, enabled=enabled)

    def apply(self, given: str, **told: Any) -> bool:
        return self.recorder.apply(Input(given), **told)

    def log(self, name: str) -> bool:
        return self.recorder.log(CustomEvent(name, "{}"))

    def tell(self, call: str) -> Any:
        if call == "refresh":
            return self.recorder.merge_all()
        return getattr(self.recorder, call)()

    @property
    def state(self) -> dict[str, Any]:
        tracking = self.recorder.tracking
        return {
            "state": tracking.state.value,
            "session": tracking.session and tracking.session.id,
            "user": tracking.user_id,
            "enabled": tracking.enabled,
            "timeout": tracking.timeout,
            "device": self.recorder.device_id,
        }

    def kill(self) -> None:
        self.recorder.die()


Begin = Callable[..., Peer]


@pytest.fixture
def begin(folder: Path, clock: SetClock) -> Iterator[Begin]:
    begun: list[Peer] = []

    def begin(timeout: int = TIMEOUT, *, enabled: bool = True) -> Peer:
        begun.append(Peer(folder, clock, timeout, enabled=enabled))
        return begun[-1]

    yield begin
    for peer in begun:
        peer.kill()


def outbox(folder: Path) -> list[dict[str, Any]]:
    """What would be sent, as it lies on disk."""
    with closing(sqlite3.connect(f"{(folder / 'braze.db').as_uri()}?mode=ro", uri=True)) as reader:
        return [json.loads(text) for (text,) in reader.execute("SELECT event FROM outbox ORDER BY id")]


def told(folder: Path) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in outbox(folder)]


def of(folder: Path, code: str) -> list[dict[str, Any]]:
    return [event for event in outbox(folder) if event["name"] == code]


# -- one session ---------------------------------------------------------------------------------


def test_they_share_device_session_and_outbox(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    clock.move(1)
    second.log("of the second")
    first.log("of the first")
    second.tell("refresh")
    assert first.state == second.state
    assert told(folder) == ["ss", "of the second", "of the first"]
    assert len({event["session_id"] for event in outbox(folder)}) == 1


def test_the_application_is_where_any_of_its_processes_is(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    clock.move(3)
    second.apply(ENTER)  # the windows change places: the second comes before the first has gone
    first.apply(LEAVE)
    clock.move(TIMEOUT * 3)
    first.tell("tick")
    second.tell("tick")
    assert told(folder) == ["ss"]
    left = clock.now().wall
    second.apply(LEAVE)
    clock.move(TIMEOUT - 1)
    first.tell("tick")
    assert first.state["state"] == "background"
    clock.move(1)
    first.tell("tick")  # whoever notices
    second.tell("tick")
    assert told(folder) == ["ss", "se"]
    assert (of(folder, "se")[0]["time"], of(folder, "se")[0]["data"]["d"]) == (left, 3.0 + TIMEOUT * 3)


def test_to_change_over_with_a_gap_is_a_short_visit_to_the_background(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.apply(LEAVE)
    clock.move(TIMEOUT - 1)
    second.apply(ENTER)
    assert told(folder) == ["ss"]
    assert second.state["state"] == "foreground"


def test_to_quit_one_is_to_leave_and_the_last_one_ends_the_session(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    clock.move(2)
    first.tell("quit")
    first.kill()
    assert told(folder) == ["ss"]
    clock.move(1)
    second.apply(ENTER)
    clock.move(4)
    second.tell("quit")
    assert told(folder) == ["ss", "se"]
    assert of(folder, "se")[0]["data"]["d"] == 7.0


def test_of_several_that_quit_together_one_is_the_last(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    second.apply(ENTER)
    for process in (first, second):
        process.tell("quit")  # and stays alive for as long as it sends
    assert told(folder) == ["ss", "se"]


def test_who_comes_back_after_an_event_loop_has_ended_is_there_again(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("quit")
    first.apply(ENTER)
    second.tell("quit")
    assert told(folder) == ["ss"]


def test_a_process_that_was_killed_in_front_has_left_with_its_last_sign_of_life(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    for _ in range(7):
        clock.move(1)
        first.tell("tick")
    first.kill()
    clock.move(HEARTBEAT_INTERVAL)
    second.tell("tick")
    assert second.state["state"] == "background"
    clock.move(TIMEOUT - HEARTBEAT_INTERVAL)
    second.tell("tick")
    assert told(folder) == ["ss", "se"]
    assert of(folder, "se")[0]["data"]["d"] == HEARTBEAT_INTERVAL


def test_a_process_that_was_killed_in_the_background_changes_nothing(begin, folder, clock):
    first, second = begin(), begin()
    second.apply(ENTER)
    first.kill()
    clock.move(100)
    second.tell("tick")
    assert told(folder) == ["ss"]


def test_a_start_after_a_death_finds_the_session_while_another_process_lives(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.kill()
    clock.move(TIMEOUT)
    third = begin()
    assert told(folder) == ["ss", "se"]
    third.apply(ENTER)
    second.tell("tick")
    assert third.state["session"] == second.state["session"] is not None


# -- user, consent, timeout ------------------------------------------------------------------------


def test_the_user_is_the_user_of_all(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    clock.move(1)
    second.apply("change user", user_id="ada")
    first.log("hers")  # without having looked before
    assert [(event["name"], event.get("user_id")) for event in outbox(folder)] == [
        ("ss", None),
        ("se", None),
        ("ss", "ada"),
        ("ce", "ada"),
    ]
    assert first.state["user"] == "ada"


def test_consent_is_that_of_all(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    second.apply("disable")
    first.log("unheard")
    assert not first.log("refused")
    assert told(folder) == ["ss", "se"]
    second.apply("enable")
    first.tell("refresh")
    assert told(folder) == ["ss", "se", "ss"]  # the first is in front
    assert first.log("taken")


def test_who_has_no_consent_ends_nothing_of_those_who_have(begin, folder, clock):
    first = begin()
    first.apply(ENTER)
    second = begin(enabled=False)
    assert not second.log("refused")
    assert told(folder) == ["ss"]
    first.apply(LEAVE)
    first.apply(ENTER)
    assert first.log("taken")


def test_consent_given_in_one_that_looked_before_there_was_a_store(begin, folder, clock):
    early = begin(enabled=False)
    early.apply(ENTER)
    other = begin()
    other.apply("enable")
    assert not early.log("without consent")
    early.apply("enable")
    assert told(folder) == ["ss"]
    assert early.state["device"] == other.state["device"]


def test_the_timeout_that_was_set_last_holds_for_all(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    second.apply("set timeout", timeout=60)
    first.apply(LEAVE)
    clock.move(59)
    first.tell("tick")
    assert (first.state["state"], first.state["timeout"]) == ("background", 60)
    third = begin(timeout=20)
    assert told(folder) == ["ss", "se"]
    assert third.state["timeout"] == 20


def test_who_moved_without_consent_brings_no_user_and_no_timeout_back(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("change user", user_id="ada")
    first.apply("disable")
    second.apply(ENTER)
    first.apply("enable")
    first.apply("change user", user_id="bob")
    first.apply("set timeout", timeout=60)
    second.tell("refresh")
    assert [event["user_id"] for event in of(folder, "ss")] == ["bob"]
    assert (second.state["user"], second.state["timeout"]) == ("bob", 60)


def test_what_one_was_told_without_consent_holds_when_another_enables(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("disable")
    second.apply("set timeout", timeout=60)
    first.apply("change user", user_id="ada")
    first.apply("enable")
    second.tell("refresh")
    assert (second.state["user"], second.state["timeout"]) == ("ada", 60)


def settled(*processes: Peer) -> list[tuple[str | None, int]]:
    """The user and the timeout that each goes by, once they have looked one after the other."""
    for process in processes:
        process.tell("refresh")
    return [(process.state["user"], process.state["timeout"]) for process in processes]


def test_who_was_told_of_a_user_alone_goes_by_the_timeout_of_another(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    second.apply("enable")
    second.apply("set timeout", timeout=60)
    assert settled(first, second) == [("ada", 60), ("ada", 60)]


def test_who_was_told_of_a_timeout_alone_goes_by_the_user_of_another(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("change user", user_id="ada")
    first.apply("disable")
    first.apply("set timeout", timeout=60)
    second.apply("enable")
    second.apply("change user", user_id="bob")
    assert settled(first, second) == [("bob", 60), ("bob", 60)]


def test_all_that_one_was_told_without_consent_holds(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    first.apply("set timeout", timeout=60)
    first.apply(ENTER)  # which says nothing of either
    second.apply("enable")
    second.apply("change user", user_id="bob")
    second.apply("set timeout", timeout=20)
    assert settled(first, second) == [("ada", 60), ("ada", 60)]


def test_what_one_was_told_without_consent_holds_when_it_enables_itself(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    first.apply("set timeout", timeout=60)
    assert settled(first) == [("ada", 60)]
    first.apply("enable")
    assert settled(second) == [("ada", 60)]


def test_what_was_told_without_consent_counts_once(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    first.apply("set timeout", timeout=60)
    first.apply("enable")
    second.apply("change user", user_id="bob")
    second.apply("set timeout", timeout=20)
    assert settled(first, second) == [("bob", 20), ("bob", 20)]


@pytest.mark.parametrize("wiper", [0, 1])
def test_a_wipe_forgets_what_was_told_without_consent(begin, folder, clock, wiper):
    processes = first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    processes[wiper].tell("wipe")
    first.tell("refresh")
    second.apply("enable")
    second.apply("change user", user_id="bob")
    first.apply("enable")
    first.apply(ENTER)
    assert [event["user_id"] for event in of(folder, "ss")] == ["bob"]


def test_a_wipe_is_a_wipe_for_all_and_the_last_deletes_the_files(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("change user", user_id="ada")
    first.apply(ENTER)
    first.log("secret")
    device = first.state["device"]
    second.tell("wipe")
    assert b"secret" not in b"".join(path.read_bytes() for path in folder.iterdir())
    first.log("unheard")
    assert not first.log("refused")
    assert not folder.exists()
    assert first.state["device"] != device
    assert (first.state["user"], first.state["enabled"]) == (None, False)
    first.apply("enable")
    second.apply("enable")
    assert first.state["device"] == second.state["device"]
    assert told(folder) == ["ss"]


def test_who_is_enabled_before_the_others_have_heard_of_a_wipe_takes_them_along(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.apply("change user", user_id="ada")
    second.tell("wipe")
    second.apply("enable")
    first.tell("refresh")
    assert told(folder) == ["ss"]  # the first is in front still
    assert first.log("of nobody")
    assert first.state["device"] == second.state["device"]
    assert "user_id" not in outbox(folder)[1]


def test_what_a_process_does_before_it_has_heard_of_a_wipe_counts(begin, folder, clock):
    first, second = begin(), begin()
    first.tell("wipe")
    second.apply(ENTER)
    second.apply("change user", user_id="ada")
    assert not folder.exists()
    second.apply("enable")
    assert told(folder) == ["ss"]
    assert second.state["user"] == "ada"


def test_consent_that_is_given_before_a_wipe_was_heard_of_counts(begin, folder, clock):
    first, second = begin(), begin()
    second.apply(ENTER)
    first.tell("wipe")
    second.apply("enable")
    assert second.log("taken")
    assert told(folder) == ["ss", "taken"]


def test_a_start_after_a_wipe_that_others_have_not_heard_of_begins_anew(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("change user", user_id="ada")
    device = first.state["device"]
    second.tell("wipe")
    without = begin(enabled=False)
    assert without.state["enabled"] is False
    third = begin()
    assert (third.state["user"], third.state["enabled"]) == (None, True)
    assert third.state["device"] != device


# -- stamps and ids ------------------------------------------------------------------------------


def test_no_two_events_are_equal_whichever_process_logged_them(begin, folder, clock):
    several = [begin() for _ in range(3)]
    several[0].apply(ENTER)
    for number in range(30):
        assert several[number % 3].log("click")
    times = [event["time"] for event in outbox(folder)]
    assert len(times) == 31
    assert times == sorted(set(times))
