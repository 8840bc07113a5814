"""Several processes of one application share the session, the device and the outbox."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from clocks import SetClock
from merging import MergingRecorder
from peers import Peer, peers

from braze_qt._platform.clock import Instant
from braze_qt._recorder import recorder as recorder_module
from braze_qt._recorder.recorder import HEARTBEAT_INTERVAL
from braze_qt._session.state import Input
from braze_qt._storage.database import CHANGES, VERSION
from braze_qt._upload.lease import STUCK, Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent

TIMEOUT = 10
ENTER, LEAVE = "enter foreground", "leave foreground"

Begin = Callable[..., Peer]


@pytest.fixture
def begin(folder: Path, clock: SetClock) -> Iterator[Begin]:
    with peers(folder, clock) as begin:
        yield begin


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


def test_where_boots_have_no_name_one_boot_is_known_by_its_clocks(begin, folder, clock):
    """As on Windows where prefetching is off."""
    first = begin(boot_id="")
    first.apply(ENTER)
    clock.move(TIMEOUT * 3)
    first.tell("tick")
    second = begin(boot_id="")
    assert second.state["session"] == first.state["session"]
    first.kill()
    second.kill()
    clock.move(TIMEOUT - 1)
    begin(boot_id="").apply(ENTER)
    assert told(folder) == ["ss"]


@pytest.mark.parametrize("away", [TIMEOUT - 1, TIMEOUT])
@pytest.mark.parametrize("uptime", [TIMEOUT - 2, TIMEOUT * 200])
def test_where_boots_have_no_name_another_one_is_known_by_its_clocks(begin, folder, clock, away, uptime):
    first = begin(boot_id="")
    first.apply(ENTER)
    first.kill()
    clock.move(away)
    clock.instant = clock.instant._replace(boot=uptime, awake=uptime)
    begin(boot_id="").apply(ENTER)
    assert told(folder) == (["ss"] if max(away, uptime) < TIMEOUT else ["ss", "se", "ss"])


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


@pytest.mark.posix("a signal that stops a process")
def test_a_process_that_is_stopped_in_front_is_in_front_until_it_dies(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.stop()
    clock.move(3_600)
    second.tell("tick")
    assert second.state["state"] == "foreground"
    first.kill()
    second.tell("tick")
    assert told(folder) == ["ss", "se"]


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


# -- who keeps the disk for himself ----------------------------------------------------------------


def test_who_is_kept_from_the_disk_goes_on_in_memory_and_is_right_in_the_end(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.apply(LEAVE)
    first.hold()
    clock.move(TIMEOUT - 1)
    assert second.apply(ENTER)  # within the timeout, whenever it is written
    assert second.log("kept")
    assert second.state["late"]
    clock.move(TIMEOUT)
    first.let_go()
    second.tell("tick")
    assert not second.state["late"]
    assert told(folder) == ["ss", "kept"]
    assert outbox(folder)[1]["time"] == clock.now().wall - TIMEOUT
    assert second.state["state"] == "foreground"


def test_what_waits_is_tried_once_more_when_all_has_been_sent(folder, tracker, holder):
    tracker.apply(Input.ENTER_FOREGROUND)
    holder.hold()
    tracker.log(CustomEvent("kept", "{}"))
    tracker.quit()
    holder.let_go()
    tracker.close()
    assert told(folder) == ["ss", "kept"]
    holder.tell("quit")
    assert told(folder) == ["ss", "kept", "se"]


def test_a_wipe_that_another_process_is_in_the_way_of_is_made_up_for(folder, tracker, holder):
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.log(CustomEvent("secret", "{}"))
    holder.hold()
    assert not tracker.wipe()
    assert not tracker.taking
    assert tracker.is_waiting
    holder.let_go()
    tracker.tick()
    assert not tracker.is_waiting
    assert b"secret" not in b"".join(path.read_bytes() for path in folder.iterdir())
    holder.tell("refresh")
    assert not folder.exists()


def test_what_could_not_be_wiped_does_not_come_back(folder, tracker, holder):
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    tracker.apply(Input.ENTER_FOREGROUND)
    holder.hold()
    tracker.wipe()
    assert not tracker.apply(Input.ENABLE)
    assert not tracker.taking
    holder.let_go()
    assert tracker.apply(Input.ENABLE)
    assert tracker.tracking.user_id is None
    assert told(folder) == ["ss"]


def test_what_waits_for_a_process_that_dies_is_written(begin, folder, clock):
    first, second = begin(), begin()
    first.hold()
    for number in range(5):
        assert second.log(str(number))
    assert second.apply(ENTER)
    first.kill()
    second.tell("quit")
    assert told(folder) == ["ss", "0", "1", "2", "3", "4", "se"]


@pytest.fixture
def tracker(begin, folder, clock) -> Iterator[MergingRecorder]:
    """One of the processes is this one."""
    tracker = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    yield tracker
    tracker.die()


@pytest.fixture
def holder(begin, tracker) -> Peer:
    """Another one, which can keep the disk for itself."""
    return begin()


def test_who_plays_back_first_sees_that_another_is_in_front(begin, folder, clock, holder):
    first, second = begin(), begin()
    holder.hold()
    first.apply(ENTER)
    clock.move(2)
    second.apply(ENTER)
    clock.move(2)
    first.apply(LEAVE)
    clock.move(3)
    second.apply(LEAVE)
    clock.move(TIMEOUT * 10)
    holder.let_go()
    first.tell("tick")
    second.tell("tick")
    assert told(folder) == ["ss", "se"]
    assert of(folder, "se")[0]["data"]["d"] == 7.0


# -- a disk that takes nothing -------------------------------------------------------------------


@contextmanager
def nothing_taken(tracker: MergingRecorder) -> Iterator[None]:
    """Every transaction of this process fails at its end, as on a full disk."""

    class Full:
        def __init__(self, db: sqlite3.Connection) -> None:
            self.db = db

        def __getattr__(self, name: str) -> Any:
            return getattr(self.db, name)

        def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
            if statement == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return self.db.execute(statement, *given)

    database = tracker._database
    assert database
    database._db = Full(database._db)
    yield
    database._db = database._db.db


def test_a_change_that_was_not_written_is_not_taken_for_that_of_another(begin, folder, clock, tracker):
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(tracker):
        tracker.apply(Input.LEAVE_FOREGROUND)
    other.apply("change user", user_id="ada")
    tracker.log(CustomEvent("click", "{}"))
    ended = of(folder, "se")[0]["session_id"]
    assert not [event for event in of(folder, "ce") if event["session_id"] == ended]


def test_of_two_users_that_were_changed_to_at_once_each_session_ends_once(begin, folder, clock, tracker):
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    other.apply(ENTER)
    with nothing_taken(tracker):
        tracker.apply(Input.CHANGE_USER, user_id="ada")
    other.apply("change user", user_id="bob")
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        tracker.tick()
    tracker.quit()
    other.tell("quit")
    assert sorted(event["session_id"] for event in of(folder, "ss")) == sorted(
        event["session_id"] for event in of(folder, "se")
    )
    assert {event.get("user_id") for event in of(folder, "ss")} == {None, "ada", "bob"}


def settle(clock: SetClock, *processes: Any) -> None:
    """The disk takes everything again, and everybody looks."""
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        for each in processes:
            each.tick() if isinstance(each, MergingRecorder) else each.tell("tick")


def test_a_running_session_of_another_is_not_ended_by_who_has_none(begin, folder, clock, tracker):
    other = begin()
    with nothing_taken(tracker):
        tracker.set_attribute("city", '"Ulm"', custom=True)
    other.apply(ENTER)
    settle(clock, tracker, other)
    assert told(folder) == ["ss"]


def test_a_session_that_ran_out_unwritten_ends_no_other_one(begin, folder, clock, tracker):
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    with nothing_taken(tracker):
        tracker.tick()
    other.apply(ENTER)
    settle(clock, tracker, other)
    assert told(folder) == ["ss", "se", "ss"]
    assert other.state["state"] == "foreground"


def test_an_event_that_could_not_be_written_is_given_to_the_session_of_another(begin, folder, clock, tracker):
    other = begin()
    with nothing_taken(tracker):
        tracker.log(CustomEvent("early", "{}"))
    other.apply(ENTER)
    settle(clock, tracker, other)
    assert told(folder) == ["ss", "early"]
    assert len({event["session_id"] for event in outbox(folder)}) == 1


def test_consent_withdrawn_while_another_could_not_write_stays_withdrawn(begin, folder, clock, tracker):
    other = begin()
    with nothing_taken(tracker):
        tracker.log(CustomEvent("early", "{}"))
    other.apply("disable")
    settle(clock, tracker, other)
    assert not tracker.tracking.enabled
    assert not other.state["enabled"]


def test_consent_withdrawn_unwritten_ends_the_session_that_another_began(begin, folder, clock, tracker):
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.apply(Input.LEAVE_FOREGROUND)
    with nothing_taken(tracker):
        tracker.apply(Input.DISABLE)
    other.apply(ENTER)
    other.apply("change user", user_id="bob")
    settle(clock, tracker, other)
    assert not other.state["enabled"]
    assert told(folder) == ["ss", "se"]  # which the other one has read in the journal
    assert other.state["state"] == "none"


def test_a_session_begun_unwritten_ends_with_the_consent_that_another_withdrew(begin, folder, clock, tracker):
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(tracker):
        tracker.apply(Input.CHANGE_USER, user_id="ada")
    other.apply("disable")
    settle(clock, tracker, other)
    assert not tracker.tracking.enabled
    assert told(folder) == ["ss", "se", "ss", "se"]
    assert tracker.tracking.session is None


def test_what_another_changed_while_one_could_not_write_is_not_undone(begin, folder, clock, tracker):
    other = begin()
    with nothing_taken(tracker):
        tracker.log(CustomEvent("early", "{}"))
    other.apply("change user", user_id="bob")
    other.apply("set timeout", timeout=60)
    settle(clock, tracker, other)
    assert (other.state["user"], other.state["timeout"]) == ("bob", 60)
    assert (tracker.tracking.user_id, tracker.tracking.timeout) == ("bob", 60)


def test_what_each_of_two_changed_holds(begin, folder, clock, tracker):
    other = begin()
    other.apply(ENTER)
    with nothing_taken(tracker):
        tracker.apply(Input.SET_TIMEOUT, timeout=60)
    other.apply("change user", user_id="bob")
    settle(clock, tracker, other)
    assert (other.state["user"], other.state["timeout"]) == ("bob", 60)


def test_a_session_that_another_process_has_ended_is_not_gone_on_with(begin, folder, clock, tracker):
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(tracker):
        tracker.apply(Input.LEAVE_FOREGROUND)
    other.apply("change user", user_id="bob")
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        tracker.tick()
    tracker.apply(Input.ENTER_FOREGROUND)
    assert told(folder) == ["ss", "se", "ss"]
    assert tracker.tracking.user_id == "bob"


def test_who_cannot_write_sees_who_is_in_front(begin, tracker):
    begin().apply(ENTER)
    tracker.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(tracker):
        tracker.apply(Input.CHANGE_USER, user_id="ada")
        tracker.apply(Input.LEAVE_FOREGROUND)
    assert tracker.tracking.foreground


def test_a_delivery_that_cannot_be_noted_in_time_undoes_nothing(
    begin, folder, clock, tracker, holder, monkeypatch
):
    monkeypatch.setattr(recorder_module, "FREE_TRIES", 3)
    other = begin()
    tracker.apply(Input.ENTER_FOREGROUND)
    queue = SendQueue(tracker)
    batch = queue.batch(10)
    holder.hold()
    queue.acknowledge(batch, None, None)
    holder.let_go()
    other.apply("change user", user_id="ada")
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        tracker.tick()
    assert told(folder) == ["ss", "se", "ss"]
    assert tracker.tracking.session.id == other.state["session"] == outbox(folder)[2]["session_id"]


# -- files ---------------------------------------------------------------------------------------


def test_a_newer_version_that_comes_to_the_file_is_left_alone(begin, folder, clock):
    first = begin()
    first.apply(ENTER)
    first.log("before")
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
        db.commit()
    assert first.log("in memory")
    first.apply(LEAVE)
    assert told(folder) == ["ss", "before"]
    assert first.state["state"] == "background"


def test_what_a_newer_version_has_written_is_not_sent(folder, clock, tracker):
    tracker.apply(Input.ENTER_FOREGROUND)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        SendQueue(tracker).waiting()


def test_a_wipe_leaves_the_file_of_a_newer_version_that_runs_and_says_so(begin, folder, clock):
    begin()
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    tracker = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    assert not tracker.wipe()
    assert (folder / "braze.db").exists()


def test_what_tells_of_changes_is_made_again_where_somebody_has_deleted_it(begin, folder, clock):
    first, _second = begin(), begin()
    (folder / CHANGES).unlink()
    first.apply(ENTER)
    assert (folder / CHANGES).exists()


def test_a_folder_that_is_deleted_is_made_again(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.log("a")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    second.tell("refresh")
    first.tell("refresh")
    first.log("b")
    assert told(folder)[-1] == "b"


# -- one sends at a time ---------------------------------------------------------------------------


def at(seconds: float) -> Instant:
    return Instant(1_000.0 + seconds, seconds, seconds)


@pytest.fixture
def sender(begin, folder) -> Iterator[Lease]:
    """Another process has something to send, and so may this one."""
    begin().apply(ENTER)
    recorder = MergingRecorder(folder, SetClock(), TIMEOUT, enabled=True)
    with closing(recorder):
        yield Lease(recorder)


def test_one_sends_at_a_time_and_another_takes_over_when_it_dies(begin, sender):
    first = begin()
    assert first.tell("may_send")
    assert not sender.may_send(at(0))
    first.kill()
    assert sender.may_send(at(0))
    second = begin()
    assert not second.tell("may_send")
    sender.sent()
    assert second.tell("may_send")


@pytest.mark.posix("a signal that stops a process")
def test_a_sender_that_was_stopped_is_not_waited_for_without_end(begin, sender):
    first = begin()
    assert first.tell("may_send")
    first.stop()
    assert not sender.may_send(at(0))
    assert not sender.may_send(at(STUCK - 1))
    assert sender.may_send(at(STUCK))


def test_a_sender_that_gets_on_is_waited_for(begin, sender):
    first = begin()
    for second in range(10):
        assert first.tell("may_send")
        assert not sender.may_send(at(second * STUCK / 2))


def test_what_another_process_sent_is_seen_to_have_arrived(begin, folder, clock):
    first = begin()
    second = begin()
    first.apply(ENTER)
    first.log("a")
    assert first.tell("waiting") == [2, ["stored", "stored"]]
    second.tell("send")
    assert first.tell("waiting") == [0, ["acknowledged", "acknowledged"]]


def test_a_process_that_signs_keeps_others_from_sending_unsigned(begin, folder, clock):
    first, second = begin(), begin()
    first.apply("change user", user_id="ada")
    first.apply(ENTER)
    first.tell("sign", "ada", "jwt")
    assert second.tell("send") == 0
    assert first.tell("send") == 1
    first.log("later")
    assert second.tell("send") == 0
    first.kill()
    assert second.tell("send") == 1


def test_a_timeout_that_no_file_can_hold_is_for_ever(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    first.apply("set timeout", timeout=2**70)
    first.apply(LEAVE)
    clock.move(1e9)
    second.tell("tick")
    assert second.state["state"] == "background"


def test_a_host_that_reads_its_own_files_stays_alive_for_the_others(begin, folder, clock):
    """A backup, or a support bundle."""
    tracker = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    tracker.apply(Input.ENTER_FOREGROUND)
    session = tracker.tracking.session
    assert session
    for path in folder.iterdir():
        path.read_bytes()
    clock.move(HEARTBEAT_INTERVAL * 20)
    other = begin()
    other.tell("tick")
    try:
        assert (other.state["state"], other.state["session"]) == ("foreground", session.id)
        assert told(folder) == ["ss"]
    finally:
        tracker.die()
