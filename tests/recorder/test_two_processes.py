"""Several processes of one application share the session, the device and the outbox."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._recorder.recorder import HEARTBEAT_INTERVAL
from braze_qt._session.state import Input
from braze_qt._storage.database import CHANGES, VERSION
from braze_qt._upload.lease import STUCK, Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder
from tests.support.peers import Peer

TIMEOUT = 10
ENTER, LEAVE = "enter foreground", "leave foreground"

Begin = Callable[..., Peer]


def outbox(folder: Path) -> list[dict[str, Any]]:
    """The events to be sent, as they lie on disk."""
    with closing(sqlite3.connect(f"{(folder / 'braze.db').as_uri()}?mode=ro", uri=True)) as reader:
        return [json.loads(text) for (text,) in reader.execute("SELECT event FROM outbox ORDER BY id")]


def told(folder: Path) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in outbox(folder)]


def of(folder: Path, code: str) -> list[dict[str, Any]]:
    return [event for event in outbox(folder) if event["name"] == code]


# -- one session ---------------------------------------------------------------------------------


def test_processes_share_device_session_and_outbox(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    clock.move(1)
    second.log("of the second")
    first.log("of the first")
    second.tell("refresh")
    assert first.state == second.state
    assert told(folder) == ["ss", "of the second", "of the first"]
    assert len({event["session_id"] for event in outbox(folder)}) == 1


def test_one_foreground_process_keeps_the_session_running(begin, folder, clock):
    """The session ends one timeout after the last process has left the foreground."""
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
    first.tell("tick")  # either of them notices
    second.tell("tick")
    assert told(folder) == ["ss", "se"]
    assert (of(folder, "se")[0]["time"], of(folder, "se")[0]["data"]["d"]) == (left, 3.0 + TIMEOUT * 3)


def test_without_boot_ids_clocks_identify_the_same_boot(begin, folder, clock):
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
def test_without_boot_ids_clocks_identify_a_new_boot(begin, folder, clock, away, uptime):
    first = begin(boot_id="")
    first.apply(ENTER)
    first.kill()
    clock.move(away)
    clock.instant = clock.instant._replace(boot=uptime, awake=uptime)
    begin(boot_id="").apply(ENTER)
    assert told(folder) == (["ss"] if max(away, uptime) < TIMEOUT else ["ss", "se", "ss"])


def test_a_switch_between_processes_continues_the_session(begin, folder, clock):
    """Also with a gap that is shorter than the timeout."""
    first, second = begin(), begin()
    first.apply(ENTER)
    first.apply(LEAVE)
    clock.move(TIMEOUT - 1)
    second.apply(ENTER)
    assert told(folder) == ["ss"]
    assert second.state["state"] == "foreground"


def test_the_last_process_to_quit_ends_the_session(begin, folder, clock):
    """Any other process that quits only leaves the foreground."""
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


def test_processes_quitting_together_end_the_session_once(begin, folder, clock):
    first, second = begin(), begin()
    first.apply(ENTER)
    second.apply(ENTER)
    for process in (first, second):
        process.tell("quit")  # and stays alive for as long as it sends
    assert told(folder) == ["ss", "se"]


def test_a_process_may_return_after_its_event_loop(begin, folder, clock):
    """It keeps the session running when another process quits."""
    first, second = begin(), begin()
    first.apply("quit")
    first.apply(ENTER)
    second.tell("quit")
    assert told(folder) == ["ss"]


def test_a_killed_process_left_at_its_last_heartbeat(begin, folder, clock):
    """It was in the foreground until then."""
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
def test_a_stopped_process_stays_in_the_foreground(begin, folder, clock):
    """Until it dies."""
    first, second = begin(), begin()
    first.apply(ENTER)
    first.stop()
    clock.move(3_600)
    second.tell("tick")
    assert second.state["state"] == "foreground"
    first.kill()
    second.tell("tick")
    assert told(folder) == ["ss", "se"]


def test_killing_a_background_process_changes_nothing(begin, folder, clock):
    first, second = begin(), begin()
    second.apply(ENTER)
    first.kill()
    clock.move(100)
    second.tell("tick")
    assert told(folder) == ["ss"]


def test_a_start_ends_the_session_of_killed_processes(begin, folder, clock):
    """Processes that live on share the next session."""
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


def test_a_user_change_holds_for_all_processes(begin, folder, clock):
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


def test_consent_holds_for_all_processes(begin, folder, clock):
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


def test_a_start_without_consent_disturbs_no_other_process(begin, folder, clock):
    first = begin()
    first.apply(ENTER)
    second = begin(enabled=False)
    assert not second.log("refused")
    assert told(folder) == ["ss"]
    first.apply(LEAVE)
    first.apply(ENTER)
    assert first.log("taken")


def test_late_consent_joins_the_database_of_another_process(begin, folder, clock):
    """The process started before there was a database."""
    early = begin(enabled=False)
    early.apply(ENTER)
    other = begin()
    other.apply("enable")
    assert not early.log("without consent")
    early.apply("enable")
    assert told(folder) == ["ss"]
    assert early.state["device"] == other.state["device"]


def test_the_timeout_set_last_holds_for_all_processes(begin, folder, clock):
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


def test_entering_without_consent_restores_no_old_user(begin, folder, clock):
    """And no old timeout."""
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


def test_settings_without_consent_hold_when_another_process_enables(begin, folder, clock):
    """The timeout of one process, and the user of the one that enables."""
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


def test_a_user_set_without_consent_leaves_the_timeout(begin, folder, clock):
    """The timeout that another process set holds beside it."""
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    second.apply("enable")
    second.apply("set timeout", timeout=60)
    assert settled(first, second) == [("ada", 60), ("ada", 60)]


def test_a_timeout_set_without_consent_leaves_the_user(begin, folder, clock):
    """The user that another process set holds beside it."""
    first, second = begin(), begin()
    first.apply("change user", user_id="ada")
    first.apply("disable")
    first.apply("set timeout", timeout=60)
    second.apply("enable")
    second.apply("change user", user_id="bob")
    assert settled(first, second) == [("bob", 60), ("bob", 60)]


def test_user_and_timeout_set_without_consent_both_hold(begin, folder, clock):
    """Although the process that enabled has set others."""
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    first.apply("set timeout", timeout=60)
    first.apply(ENTER)  # which says nothing of either
    second.apply("enable")
    second.apply("change user", user_id="bob")
    second.apply("set timeout", timeout=20)
    assert settled(first, second) == [("ada", 60), ("ada", 60)]


def test_settings_without_consent_hold_when_enabled_again(begin, folder, clock):
    """The same process enables."""
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    first.apply("set timeout", timeout=60)
    assert settled(first) == [("ada", 60)]
    first.apply("enable")
    assert settled(second) == [("ada", 60)]


def test_settings_without_consent_count_once(begin, folder, clock):
    """Later settings of another process replace them."""
    first, second = begin(), begin()
    first.apply("disable")
    first.apply("change user", user_id="ada")
    first.apply("set timeout", timeout=60)
    first.apply("enable")
    second.apply("change user", user_id="bob")
    second.apply("set timeout", timeout=20)
    assert settled(first, second) == [("bob", 20), ("bob", 20)]


@pytest.mark.parametrize("wiper", [0, 1])
def test_a_wipe_forgets_settings_without_consent(begin, folder, clock, wiper):
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


def test_a_wipe_holds_for_all_processes(begin, folder, clock):
    """The last process to notice it deletes the files."""
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


def test_consent_after_a_wipe_includes_unaware_processes(begin, folder, clock):
    """A process that has not noticed the wipe joins the new session."""
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


def test_inputs_before_a_wipe_is_noticed_count(begin, folder, clock):
    """The foreground and the user of that process hold once it is enabled."""
    first, second = begin(), begin()
    first.tell("wipe")
    second.apply(ENTER)
    second.apply("change user", user_id="ada")
    assert not folder.exists()
    second.apply("enable")
    assert told(folder) == ["ss"]
    assert second.state["user"] == "ada"


def test_consent_before_a_wipe_is_noticed_counts(begin, folder, clock):
    first, second = begin(), begin()
    second.apply(ENTER)
    first.tell("wipe")
    second.apply("enable")
    assert second.log("taken")
    assert told(folder) == ["ss", "taken"]


def test_a_start_after_an_unnoticed_wipe_begins_anew(begin, folder, clock):
    """Other processes have not noticed the wipe."""
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


def test_event_times_are_unique_across_processes(begin, folder, clock):
    several = [begin() for _ in range(3)]
    several[0].apply(ENTER)
    for number in range(30):
        assert several[number % 3].log("click")
    times = [event["time"] for event in outbox(folder)]
    assert len(times) == 31
    assert times == sorted(set(times))


# -- a database held by another process ------------------------------------------------------------


def test_calls_beside_a_held_database_keep_their_times(begin, folder, clock):
    """The session goes on, although the merge comes after its timeout."""
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


def test_closing_merges_the_waiting_records(folder, recorder, holder):
    recorder.apply(Input.ENTER_FOREGROUND)
    holder.hold()
    recorder.log(CustomEvent("kept", "{}"))
    recorder.quit()
    holder.let_go()
    recorder.close()
    assert told(folder) == ["ss", "kept"]
    holder.tell("quit")
    assert told(folder) == ["ss", "kept", "se"]


def test_a_wipe_of_a_held_database_is_retried(folder, recorder, holder):
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.log(CustomEvent("secret", "{}"))
    holder.hold()
    assert not recorder.wipe()
    assert not recorder.taking
    assert recorder.is_waiting
    holder.let_go()
    recorder.tick()
    assert not recorder.is_waiting
    assert b"secret" not in b"".join(path.read_bytes() for path in folder.iterdir())
    holder.tell("refresh")
    assert not folder.exists()


def test_a_failed_wipe_brings_back_no_user(folder, recorder, holder):
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    holder.hold()
    recorder.wipe()
    assert not recorder.apply(Input.ENABLE)
    assert not recorder.taking
    holder.let_go()
    assert recorder.apply(Input.ENABLE)
    assert recorder.tracking.user_id is None
    assert told(folder) == ["ss"]


def test_waiting_records_are_merged_when_the_holder_dies(begin, folder, clock):
    first, second = begin(), begin()
    first.hold()
    for number in range(5):
        assert second.log(str(number))
    assert second.apply(ENTER)
    first.kill()
    second.tell("quit")
    assert told(folder) == ["ss", "0", "1", "2", "3", "4", "se"]


@pytest.fixture
def recorder(begin, folder, clock) -> Iterator[MergingRecorder]:
    """One of the processes is this one."""
    recorder = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    yield recorder
    recorder.die()


@pytest.fixture
def holder(begin, recorder) -> Peer:
    """Another one, which can keep the disk for itself."""
    return begin()


def test_a_late_merge_sees_overlapping_foreground_times(begin, folder, clock, holder):
    """The session lasts until the last of the two processes has left."""
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
def nothing_taken(recorder: MergingRecorder) -> Iterator[None]:
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

    database = recorder.store.database
    assert database
    database._db = Full(database._db)
    yield
    database._db = database._db.db


def test_no_event_joins_a_session_ended_elsewhere(begin, folder, clock, recorder):
    """Its process could not merge meanwhile."""
    other = begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(recorder):
        recorder.apply(Input.LEAVE_FOREGROUND)
    other.apply("change user", user_id="ada")
    recorder.log(CustomEvent("click", "{}"))
    ended = of(folder, "se")[0]["session_id"]
    assert not [event for event in of(folder, "ce") if event["session_id"] == ended]


def test_simultaneous_user_changes_end_each_session_once(begin, folder, clock, recorder):
    """One of the two processes cannot merge its change at first."""
    other = begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    other.apply(ENTER)
    with nothing_taken(recorder):
        recorder.apply(Input.CHANGE_USER, user_id="ada")
    other.apply("change user", user_id="bob")
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        recorder.tick()
    recorder.quit()
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


def test_a_recovered_process_ends_no_other_session(begin, folder, clock, recorder):
    """It had no session while it could not merge."""
    other = begin()
    with nothing_taken(recorder):
        recorder.set_attribute("city", '"Ulm"', custom=True)
    other.apply(ENTER)
    settle(clock, recorder, other)
    assert told(folder) == ["ss"]


def test_an_unmerged_timeout_ends_no_other_session(begin, folder, clock, recorder):
    other = begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    with nothing_taken(recorder):
        recorder.tick()
    other.apply(ENTER)
    settle(clock, recorder, other)
    assert told(folder) == ["ss", "se", "ss"]
    assert other.state["state"] == "foreground"


def test_an_unmerged_event_joins_another_process_s_session(begin, folder, clock, recorder):
    other = begin()
    with nothing_taken(recorder):
        recorder.log(CustomEvent("early", "{}"))
    other.apply(ENTER)
    settle(clock, recorder, other)
    assert told(folder) == ["ss", "early"]
    assert len({event["session_id"] for event in outbox(folder)}) == 1


def test_a_withdrawal_beside_a_failing_process_holds(begin, folder, clock, recorder):
    other = begin()
    with nothing_taken(recorder):
        recorder.log(CustomEvent("early", "{}"))
    other.apply("disable")
    settle(clock, recorder, other)
    assert not recorder.tracking.enabled
    assert not other.state["enabled"]


def test_an_unmerged_withdrawal_ends_another_process_s_session(begin, folder, clock, recorder):
    other = begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.LEAVE_FOREGROUND)
    with nothing_taken(recorder):
        recorder.apply(Input.DISABLE)
    other.apply(ENTER)
    other.apply("change user", user_id="bob")
    settle(clock, recorder, other)
    assert not other.state["enabled"]
    assert told(folder) == ["ss", "se"]  # which the other one has read in the journal
    assert other.state["state"] == "none"


def test_a_withdrawal_elsewhere_ends_an_unmerged_session(begin, folder, clock, recorder):
    other = begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(recorder):
        recorder.apply(Input.CHANGE_USER, user_id="ada")
    other.apply("disable")
    settle(clock, recorder, other)
    assert not recorder.tracking.enabled
    assert told(folder) == ["ss", "se", "ss", "se"]
    assert recorder.tracking.session is None


def test_a_recovered_process_undoes_no_other_change(begin, folder, clock, recorder):
    """Another process has changed user and timeout meanwhile."""
    other = begin()
    with nothing_taken(recorder):
        recorder.log(CustomEvent("early", "{}"))
    other.apply("change user", user_id="bob")
    other.apply("set timeout", timeout=60)
    settle(clock, recorder, other)
    assert (other.state["user"], other.state["timeout"]) == ("bob", 60)
    assert (recorder.tracking.user_id, recorder.tracking.timeout) == ("bob", 60)


def test_separate_changes_of_two_processes_both_hold(begin, folder, clock, recorder):
    other = begin()
    other.apply(ENTER)
    with nothing_taken(recorder):
        recorder.apply(Input.SET_TIMEOUT, timeout=60)
    other.apply("change user", user_id="bob")
    settle(clock, recorder, other)
    assert (other.state["user"], other.state["timeout"]) == ("bob", 60)


def test_a_session_ended_elsewhere_is_not_continued(begin, folder, clock, recorder):
    other = begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(recorder):
        recorder.apply(Input.LEAVE_FOREGROUND)
    other.apply("change user", user_id="bob")
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        recorder.tick()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert told(folder) == ["ss", "se", "ss"]
    assert recorder.tracking.user_id == "bob"


def test_a_failing_process_sees_the_foreground_of_others(begin, recorder):
    begin().apply(ENTER)
    recorder.apply(Input.ENTER_FOREGROUND)
    with nothing_taken(recorder):
        recorder.apply(Input.CHANGE_USER, user_id="ada")
        recorder.apply(Input.LEAVE_FOREGROUND)
    assert recorder.tracking.foreground


def test_a_delivery_acknowledged_late_undoes_nothing(begin, folder, clock, start, holder):
    """Another process holds the database when the delivery is acknowledged."""
    recorder, other = start(free_patience=0.0), begin()
    recorder.apply(Input.ENTER_FOREGROUND)
    queue = SendQueue(recorder)
    batch = queue.batch(10)
    holder.hold()
    queue.acknowledge(batch, None, None)
    holder.let_go()
    other.apply("change user", user_id="ada")
    for _ in range(2):
        clock.move(HEARTBEAT_INTERVAL)
        recorder.tick()
    assert told(folder) == ["ss", "se", "ss"]
    assert recorder.tracking.session.id == other.state["session"] == outbox(folder)[2]["session_id"]


# -- files ---------------------------------------------------------------------------------------


def test_a_database_upgraded_meanwhile_is_left_alone(begin, folder, clock):
    """A newer version has upgraded it; this one goes on in memory."""
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


def test_events_of_a_newer_version_are_not_sent(folder, clock, recorder):
    recorder.apply(Input.ENTER_FOREGROUND)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        SendQueue(recorder).waiting()


def test_a_wipe_reports_a_newer_version_s_file(begin, folder, clock):
    """The file stays while another process has it open."""
    begin()
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    recorder = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    assert not recorder.wipe()
    assert (folder / "braze.db").exists()


def test_a_deleted_change_file_is_made_again(begin, folder, clock):
    first, _second = begin(), begin()
    (folder / CHANGES).unlink()
    first.apply(ENTER)
    assert (folder / CHANGES).exists()


def test_a_deleted_folder_is_made_again(begin, folder, clock):
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


def test_one_process_at_a_time_may_send(begin, sender):
    """Another takes over when it dies or has sent."""
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
def test_a_stopped_sender_loses_its_lease(begin, sender):
    first = begin()
    assert first.tell("may_send")
    first.stop()
    assert not sender.may_send(at(0))
    assert not sender.may_send(at(STUCK - 1))
    assert sender.may_send(at(STUCK))


def test_a_working_sender_keeps_its_lease(begin, sender):
    first = begin()
    for second in range(10):
        assert first.tell("may_send")
        assert not sender.may_send(at(second * STUCK / 2))


def test_deliveries_by_another_process_show_as_acknowledged(begin, folder, clock):
    first = begin()
    second = begin()
    first.apply(ENTER)
    first.log("a")
    assert first.tell("waiting") == [2, ["stored", "stored"]]
    second.tell("send")
    assert first.tell("waiting") == [0, ["acknowledged", "acknowledged"]]


def test_while_one_process_signs_none_sends_unsigned(begin, folder, clock):
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


def test_a_huge_timeout_never_ends_a_session(begin, folder, clock):
    """It is larger than any integer of SQLite."""
    first, second = begin(), begin()
    first.apply(ENTER)
    first.apply("set timeout", timeout=2**70)
    first.apply(LEAVE)
    clock.move(1e9)
    second.tell("tick")
    assert second.state["state"] == "background"


def test_reading_its_own_files_releases_no_lock(begin, folder, clock):
    """As for a backup or a support bundle. The process stays alive for the others."""
    recorder = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    recorder.apply(Input.ENTER_FOREGROUND)
    session = recorder.tracking.session
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
        recorder.die()
