import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clocks import SetClock
from disks import fill, mounted
from merging import MergingRecorder
from starts import Start, names, outbox

from braze_qt._protocol.server_config import ServerConfig, read_config
from braze_qt._recorder import recorder as recorder_module
from braze_qt._recorder.recorder import HEARTBEAT_INTERVAL
from braze_qt._session.state import Input, State
from braze_qt._storage.journal_database import Database
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.events import CustomEvent, SessionEnded, SessionStarted

TIMEOUT = 10


# -- inputs, events and facts ---------------------------------------------------------------------


def test_facts_are_on_disk_before_they_are_told(start, clock, folder):
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    session = tracker.tracking.session
    assert session is not None
    assert names(start()) == ["ss"]  # nobody had asked for the facts yet
    again = start()
    assert again.tracking.session is not None
    assert again.tracking.session.id == session.id


def test_facts_are_told_once_and_in_order(start, clock):
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    clock.move(3)
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    ended, started = tracker.take_facts()[1:]
    assert isinstance(ended, SessionEnded)
    assert isinstance(started, SessionStarted)
    assert (ended.user_id, ended.duration, started.user_id) == (None, 3.0, "ada")
    assert tracker.take_facts() == []
    assert [event.get("user_id") for event in outbox(tracker)] == [None, None, "ada"]


def test_events_carry_session_user_and_a_unique_time(start, clock):
    tracker = start()
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    tracker.apply(Input.ENTER_FOREGROUND)
    for number in range(3):  # within one reading of the clock
        assert tracker.log(CustomEvent(f"event {number}", '{"n":1}'))
    started, *logged = outbox(tracker)
    assert {(event["session_id"], event["user_id"]) for event in logged} == {(started["session_id"], "ada")}
    times = [event["time"] for event in outbox(tracker)]
    assert times == sorted(set(times))
    assert logged[0]["data"] == {"n": "event 0", "p": {"n": 1}}


def test_times_never_run_backwards_although_the_clock_does(start, clock):
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.log(CustomEvent("a", "{}"))
    clock.instant = clock.instant.__class__(clock.instant.wall - 500, clock.instant.boot, clock.instant.awake)
    tracker.log(CustomEvent("b", "{}"))
    tracker = start()
    tracker.log(CustomEvent("c", "{}"))
    times = [event["time"] for event in outbox(tracker)]
    assert times == sorted(set(times))


def test_an_event_after_the_timeout_ends_the_session(start, clock):
    """It joins the next session."""
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    tracker.log(CustomEvent("late", "{}"))
    assert names(tracker) == ["ss", "se"]  # the event waits for the next session
    tracker.apply(Input.ENTER_FOREGROUND)
    assert names(tracker) == ["ss", "se", "ss", "late"]
    assert outbox(tracker)[3]["session_id"] == outbox(tracker)[2]["session_id"]


def test_an_event_without_a_session_survives_a_restart(start, clock):
    """It joins the next session."""
    start().log(CustomEvent("early", "{}"))
    tracker = start()
    clock.move(60)
    tracker.apply(Input.ENTER_FOREGROUND)
    started, early = outbox(tracker)
    assert early["data"]["n"] == "early"
    assert early["session_id"] == started["session_id"]
    assert early["time"] < started["time"]


def test_threads_may_log_at_the_same_time(start):
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    threads = [
        threading.Thread(target=lambda: [tracker.log(CustomEvent("x", "{}")) for _ in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = [event["time"] for event in outbox(tracker)]
    assert len(times) == 401
    assert times == sorted(set(times))


# -- death and return ----------------------------------------------------------------------------


def test_a_restart_within_the_timeout_continues_the_session(start, clock):
    tracker = start()
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    tracker.apply(Input.ENTER_FOREGROUND)
    clock.move(TIMEOUT - 0.5)
    tracker = start()
    assert tracker.tracking.state is State.BACKGROUND
    assert tracker.tracking.user_id == "ada"
    tracker.apply(Input.ENTER_FOREGROUND)
    assert names(tracker) == ["ss"]


@pytest.mark.parametrize("beats", [0, 3])
def test_a_killed_session_ends_at_its_last_heartbeat(start, clock, beats):
    """As a start after the timeout finds out; without a heartbeat it ends where it began."""
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    for _ in range(beats * 5):
        clock.move(HEARTBEAT_INTERVAL / 5)
        tracker.tick()
    clock.move(1_000)
    tracker = start()
    assert [event["name"] for event in outbox(tracker)] == ["ss", "se"]
    assert outbox(tracker)[1]["data"]["d"] == beats * HEARTBEAT_INTERVAL
    assert tracker.tracking.session is None
    assert names(start()) == ["ss", "se"]


def test_quitting_ends_the_session_and_refuses_calls(start, clock):
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    clock.move(7)
    tracker.quit()
    assert not tracker.apply(Input.ENTER_FOREGROUND)
    assert not tracker.log(CustomEvent("after", "{}"))
    tracker.tick()
    tracker = start()
    assert outbox(tracker)[1]["data"]["d"] == 7
    tracker.apply(Input.ENTER_FOREGROUND)
    assert names(tracker) == ["ss", "se", "ss"]


# -- consent -------------------------------------------------------------------------------------


def test_without_consent_no_folder_is_made(start, folder):
    tracker = start(enabled=False)
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    assert not tracker.log(CustomEvent("a", "{}"))
    tracker.tick()
    tracker.quit()
    assert not folder.exists()


def test_consent_in_the_foreground_begins_a_session(start, folder):
    """A restart remembers it."""
    tracker = start(enabled=False)
    tracker.apply(Input.ENTER_FOREGROUND)
    assert tracker.apply(Input.ENABLE)
    assert names(tracker) == ["ss"]
    assert start(enabled=False).tracking.enabled


def test_consent_withdrawn_ends_the_session_and_is_remembered(start):
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.apply(Input.DISABLE)
    assert names(tracker) == ["ss", "se"]
    assert not tracker.log(CustomEvent("a", "{}"))
    tracker = start(enabled=True)
    assert not tracker.tracking.enabled
    assert names(tracker) == ["ss", "se"]


def test_consent_after_a_wipe_gives_a_new_device(start, folder):
    """The wipe forgets the user, withdraws consent and deletes the folder."""
    tracker = start()
    tracker.apply(Input.CHANGE_USER, user_id="ada")
    tracker.apply(Input.ENTER_FOREGROUND)
    device = tracker.device_id
    tracker.wipe()
    assert not folder.exists()
    assert not tracker.log(CustomEvent("a", "{}"))
    assert (tracker.tracking.user_id, tracker.tracking.enabled) == (None, False)
    assert tracker.apply(Input.ENABLE)
    assert tracker.device_id != device
    assert names(tracker) == ["ss"]
    assert "user_id" not in outbox(tracker)[0]
    assert start().device_id == tracker.device_id


# -- disks that fail -----------------------------------------------------------------------------


@pytest.fixture
def full_disk(tmp_path: Path, start: Start, clock: SetClock) -> Iterator[tuple[MergingRecorder, Path]]:
    """A tracker in a session whose disk has just become full, and the file to delete for room."""
    with mounted(tmp_path / "disk", "600k") as disk:
        tracker = start(disk / "data")
        tracker.apply(Input.ENTER_FOREGROUND)
        ballast = fill(disk)
        while not tracker.is_waiting:
            assert tracker.log(CustomEvent("x", json.dumps({"filler": "x" * 5_000})))
        yield tracker, ballast


def test_a_tick_writes_records_a_full_disk_refused(full_disk, start, clock):
    tracker, ballast = full_disk
    tracker.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    tracker.tick()
    assert tracker.tracking.state is State.NONE
    assert "se" not in names(tracker)
    ballast.unlink()
    tracker.tick()
    assert tracker.is_waiting
    clock.move(recorder_module.RETRY)
    tracker.tick()
    assert not tracker.is_waiting
    assert names(tracker)[-1] == "se"


def test_quitting_writes_records_a_full_disk_refused(full_disk, start, clock):
    """Also without a session."""
    tracker, ballast = full_disk
    tracker.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    tracker.tick()
    ballast.unlink()
    tracker.quit()
    assert names(tracker)[-1] == "se"


def test_heartbeats_do_not_make_the_log_grow(start, clock, folder):
    """The write-ahead log of SQLite."""
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    lease = Lease(tracker)
    sizes = []
    for beat in range(2_000):
        clock.move(HEARTBEAT_INTERVAL)
        tracker.tick()
        if beat % 100 == 0:
            lease.checkpoint()
            sizes.append((folder / "braze.db-wal").stat().st_size)
    assert sizes[-1] == sizes[2]
    assert max(sizes) < 2 * 1024 * 1024


def test_the_database_holds_the_session_by_itself(start, folder, clock):
    """Read without a recorder, it gives the same session."""
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    clock.move(4)
    tracker.apply(Input.LEAVE_FOREGROUND)
    session = tracker.tracking.session
    start(None)
    with closing(Database(folder)) as database:
        shared = database.shared()
    assert shared is not None
    assert (shared.session, shared.boot_id) == (session, clock.boot_id)


def first_names(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return db.execute("SELECT user_id, value FROM attributes WHERE key = 'first_name'").fetchall()


@pytest.mark.parametrize(
    ("before", "during", "expected"),
    [
        ([], ["=nobody", "ada", "=Ada"], [("ada", '"Ada"')]),
        ([], ["=nobody", "ada", "bob"], [("ada", '"nobody"')]),
        (["=nobody"], ["ada", "bob"], [("ada", '"nobody"')]),
    ],
)
def test_unmerged_anonymous_attributes_become_the_first_user_s(
    start, clock, folder, before, during, expected
):
    """The disk takes nothing meanwhile."""

    def happen(what: list[str]) -> None:
        for word in what:
            if word.startswith("="):
                assert tracker.set_attribute("first_name", json.dumps(word[1:]), custom=False)
            else:
                tracker.apply(Input.CHANGE_USER, user_id=word)

    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    happen(before)
    tracker._database._db.execute("PRAGMA query_only = ON")
    happen(during)
    tracker._database._db.execute("PRAGMA query_only = OFF")
    clock.move(recorder_module.RETRY)
    tracker.tick()
    assert not tracker.is_waiting
    assert first_names(folder) == expected


def test_a_user_set_without_consent_is_never_written(start, clock, folder):
    """Not even when a failed disk recovers."""
    tracker = start()
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker._database._db.execute("PRAGMA query_only = ON")
    tracker.apply(Input.DISABLE)
    tracker.apply(Input.CHANGE_USER, user_id="nobody's")  # no letters that a UUID can have by chance
    tracker._database._db.execute("PRAGMA query_only = OFF")
    clock.move(recorder_module.RETRY)
    tracker.tick()
    assert not tracker.is_waiting
    assert b"nobody's" not in b"".join(path.read_bytes() for path in folder.glob("braze.db*"))


# -- what the server asks for ----------------------------------------------------------------------


def obey(tracker: MergingRecorder, **config: object) -> None:
    """The server answers a request with this configuration."""
    tracker.apply(Input.ENTER_FOREGROUND)
    tracker.log(CustomEvent("x", "{}"))
    queue = SendQueue(tracker)
    batch = queue.batch(1_000)
    assert batch is not None
    queue.acknowledge(batch, None, read_config(config, ServerConfig(), tracker.now().wall))


def test_the_minimum_timeout_holds_from_the_next_start(start, clock):
    """The server's minimum; the application may set a longer timeout."""
    tracker = start()
    obey(tracker, time=7, minimum_session_timeout=24.5)
    tracker.apply(Input.SET_TIMEOUT, timeout=2)
    assert tracker.tracking.timeout == 2
    tracker.apply(Input.LEAVE_FOREGROUND)
    clock.move(20)
    tracker = start()
    assert tracker.tracking.timeout == 25
    assert tracker.tracking.state is State.BACKGROUND  # 20 s ago is no end yet
    tracker.apply(Input.SET_TIMEOUT, timeout=2)
    assert tracker.tracking.timeout == 25
    tracker.apply(Input.SET_TIMEOUT, timeout=26)
    assert tracker.tracking.timeout == 26
    clock.move(6)
    tracker.tick()
    assert tracker.tracking.state is State.NONE


def test_a_wipe_forgets_the_server_s_minimum_timeout(start):
    obey(start(), time=7, minimum_session_timeout=25)
    tracker = start()
    tracker.wipe()
    tracker.apply(Input.SET_TIMEOUT, timeout=2)
    assert tracker.tracking.timeout == 2


# -- what cannot be stored -------------------------------------------------------------------------


@pytest.mark.parametrize("early", [True, False])
def test_text_with_lone_surrogates_is_counted_as_lost(start, early):
    """Later calls are taken all the same."""
    tracker = start()
    if not early:
        tracker.apply(Input.ENTER_FOREGROUND)
    before = tracker.pending
    tracker.log(CustomEvent("\ud800", "{}"))
    tracker.set_attribute("k", '"\ud800"', custom=True)
    assert tracker.lost == 2
    assert tracker.log(CustomEvent("goes on", "{}"))
    assert tracker.pending == before + 1
    assert not tracker.is_waiting
    assert start().lost == 2
