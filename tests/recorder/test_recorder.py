import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from braze_qt._protocol.server_config import ServerConfig, read_config
from braze_qt._recorder import recorder as recorder_module
from braze_qt._recorder.recorder import HEARTBEAT_INTERVAL, Recorder
from braze_qt._recorder.store import Store
from braze_qt._session.state import Input, State
from braze_qt._storage.journal_database import Database
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent, SessionEnded, SessionStarted
from tests.support.clocks import SetClock
from tests.support.disks import fill, mounted
from tests.support.merging import MergingRecorder
from tests.support.starts import Start, names, outbox

TIMEOUT = 10


# -- inputs, events and facts ---------------------------------------------------------------------


def test_facts_are_on_disk_before_they_are_told(start, clock, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    session = recorder.tracking.session
    assert session is not None
    assert names(start()) == ["ss"]  # nobody had asked for the facts yet
    again = start()
    assert again.tracking.session is not None
    assert again.tracking.session.id == session.id


def test_facts_are_told_once_and_in_order(start, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(3)
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    ended, started = recorder.take_facts()[1:]
    assert isinstance(ended, SessionEnded)
    assert isinstance(started, SessionStarted)
    assert (ended.user_id, ended.duration, started.user_id) == (None, 3.0, "ada")
    assert recorder.take_facts() == []
    assert [event.get("user_id") for event in outbox(recorder)] == [None, None, "ada"]


def test_events_carry_session_user_and_a_unique_time(start, clock):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    for number in range(3):  # within one reading of the clock
        assert recorder.log(CustomEvent(f"event {number}", '{"n":1}'))
    started, *logged = outbox(recorder)
    assert {(event["session_id"], event["user_id"]) for event in logged} == {(started["session_id"], "ada")}
    times = [event["time"] for event in outbox(recorder)]
    assert times == sorted(set(times))
    assert logged[0]["data"] == {"n": "event 0", "p": {"n": 1}}


def test_times_never_run_backwards_although_the_clock_does(start, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.log(CustomEvent("a", "{}"))
    clock.instant = clock.instant.__class__(clock.instant.wall - 500, clock.instant.boot, clock.instant.awake)
    recorder.log(CustomEvent("b", "{}"))
    recorder = start()
    recorder.log(CustomEvent("c", "{}"))
    times = [event["time"] for event in outbox(recorder)]
    assert times == sorted(set(times))


def test_an_event_after_the_timeout_ends_the_session(start, clock):
    """It joins the next session."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    recorder.log(CustomEvent("late", "{}"))
    assert names(recorder) == ["ss", "se"]  # the event waits for the next session
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(recorder) == ["ss", "se", "ss", "late"]
    assert outbox(recorder)[3]["session_id"] == outbox(recorder)[2]["session_id"]


def test_an_event_without_a_session_survives_a_restart(start, clock):
    """It joins the next session."""
    start().log(CustomEvent("early", "{}"))
    recorder = start()
    clock.move(60)
    recorder.apply(Input.ENTER_FOREGROUND)
    started, early = outbox(recorder)
    assert early["data"]["n"] == "early"
    assert early["session_id"] == started["session_id"]
    assert early["time"] < started["time"]


def test_threads_may_log_at_the_same_time(start):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    threads = [
        threading.Thread(target=lambda: [recorder.log(CustomEvent("x", "{}")) for _ in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = [event["time"] for event in outbox(recorder)]
    assert len(times) == 401
    assert times == sorted(set(times))


# -- death and return ----------------------------------------------------------------------------


def test_a_restart_within_the_timeout_continues_the_session(start, clock):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(TIMEOUT - 0.5)
    recorder = start()
    assert recorder.tracking.state is State.BACKGROUND
    assert recorder.tracking.user_id == "ada"
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(recorder) == ["ss"]


@pytest.mark.parametrize("beats", [0, 3])
def test_a_killed_session_ends_at_its_last_heartbeat(start, clock, beats):
    """As a start after the timeout finds out; without a heartbeat it ends where it began."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    for _ in range(beats * 5):
        clock.move(HEARTBEAT_INTERVAL / 5)
        recorder.tick()
    clock.move(1_000)
    recorder = start()
    assert [event["name"] for event in outbox(recorder)] == ["ss", "se"]
    assert outbox(recorder)[1]["data"]["d"] == beats * HEARTBEAT_INTERVAL
    assert recorder.tracking.session is None
    assert names(start()) == ["ss", "se"]


def test_quitting_ends_the_session_and_refuses_calls(start, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(7)
    recorder.quit()
    assert not recorder.apply(Input.ENTER_FOREGROUND)
    assert not recorder.log(CustomEvent("after", "{}"))
    recorder.tick()
    recorder = start()
    assert outbox(recorder)[1]["data"]["d"] == 7
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(recorder) == ["ss", "se", "ss"]


# -- consent -------------------------------------------------------------------------------------


def test_without_consent_no_folder_is_made(start, folder):
    recorder = start(enabled=False)
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert not recorder.log(CustomEvent("a", "{}"))
    recorder.tick()
    recorder.quit()
    assert not folder.exists()


def test_consent_in_the_foreground_begins_a_session(start, folder):
    """A restart remembers it."""
    recorder = start(enabled=False)
    recorder.apply(Input.ENTER_FOREGROUND)
    assert recorder.apply(Input.ENABLE)
    assert names(recorder) == ["ss"]
    assert start(enabled=False).tracking.enabled


def test_consent_withdrawn_ends_the_session_and_is_remembered(start):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.DISABLE)
    assert names(recorder) == ["ss", "se"]
    assert not recorder.log(CustomEvent("a", "{}"))
    recorder = start(enabled=True)
    assert not recorder.tracking.enabled
    assert names(recorder) == ["ss", "se"]


def test_consent_after_a_wipe_gives_a_new_device(start, folder):
    """The wipe forgets the user, withdraws consent and deletes the folder."""
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    device = recorder.device_id
    recorder.wipe()
    assert not folder.exists()
    assert not recorder.log(CustomEvent("a", "{}"))
    assert (recorder.tracking.user_id, recorder.tracking.enabled) == (None, False)
    assert recorder.apply(Input.ENABLE)
    assert recorder.device_id != device
    assert names(recorder) == ["ss"]
    assert "user_id" not in outbox(recorder)[0]
    assert start().device_id == recorder.device_id


# -- disks that fail -----------------------------------------------------------------------------


@pytest.fixture
def full_disk(tmp_path: Path, start: Start, clock: SetClock) -> Iterator[tuple[MergingRecorder, Path]]:
    """A recorder in a session whose disk has just become full, and the file to delete for room."""
    with mounted(tmp_path / "disk", "600k") as disk:
        recorder = start(disk / "data")
        recorder.apply(Input.ENTER_FOREGROUND)
        ballast = fill(disk)
        while not recorder.is_waiting:
            assert recorder.log(CustomEvent("x", json.dumps({"filler": "x" * 5_000})))
        yield recorder, ballast


def test_a_tick_writes_records_a_full_disk_refused(full_disk, start, clock):
    recorder, ballast = full_disk
    recorder.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    recorder.tick()
    assert recorder.tracking.state is State.NONE
    assert "se" not in names(recorder)
    ballast.unlink()
    recorder.tick()
    assert recorder.is_waiting
    clock.move(recorder_module.RETRY)
    recorder.tick()
    assert not recorder.is_waiting
    assert names(recorder)[-1] == "se"


def test_quitting_writes_records_a_full_disk_refused(full_disk, start, clock):
    """Also without a session."""
    recorder, ballast = full_disk
    recorder.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    recorder.tick()
    ballast.unlink()
    recorder.quit()
    assert names(recorder)[-1] == "se"


def test_heartbeats_do_not_make_the_log_grow(start, clock, folder):
    """The write-ahead log of SQLite."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    lease = Lease(recorder)
    sizes = []
    for beat in range(2_000):
        clock.move(HEARTBEAT_INTERVAL)
        recorder.tick()
        if beat % 100 == 0:
            lease.checkpoint()
            sizes.append((folder / "braze.db-wal").stat().st_size)
    assert sizes[-1] == sizes[2]
    assert max(sizes) < 2 * 1024 * 1024


def test_the_database_holds_the_session_by_itself(start, folder, clock):
    """Read without a recorder, it gives the same session."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(4)
    recorder.apply(Input.LEAVE_FOREGROUND)
    session = recorder.tracking.session
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
                assert recorder.set_attribute("first_name", json.dumps(word[1:]), custom=False)
            else:
                recorder.apply(Input.CHANGE_USER, user_id=word)

    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    happen(before)
    recorder.store.database._db.execute("PRAGMA query_only = ON")
    happen(during)
    recorder.store.database._db.execute("PRAGMA query_only = OFF")
    clock.move(recorder_module.RETRY)
    recorder.tick()
    assert not recorder.is_waiting
    assert first_names(folder) == expected


def test_a_user_set_without_consent_is_never_written(start, clock, folder):
    """Not even when a failed disk recovers."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.store.database._db.execute("PRAGMA query_only = ON")
    recorder.apply(Input.DISABLE)
    recorder.apply(Input.CHANGE_USER, user_id="nobody's")  # no letters that a UUID can have by chance
    recorder.store.database._db.execute("PRAGMA query_only = OFF")
    clock.move(recorder_module.RETRY)
    recorder.tick()
    assert not recorder.is_waiting
    assert b"nobody's" not in b"".join(path.read_bytes() for path in folder.glob("braze.db*"))


# -- what the server asks for ----------------------------------------------------------------------


def obey(recorder: MergingRecorder, **config: object) -> None:
    """The server answers a request with this configuration."""
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.log(CustomEvent("x", "{}"))
    queue = SendQueue(recorder)
    batch = queue.batch(1_000)
    assert batch is not None
    queue.acknowledge(batch, None, read_config(config, ServerConfig(), recorder.now().wall))


def test_the_minimum_timeout_holds_from_the_next_start(start, clock):
    """The server's minimum; the application may set a longer timeout."""
    recorder = start()
    obey(recorder, time=7, minimum_session_timeout=24.5)
    recorder.apply(Input.SET_TIMEOUT, timeout=2)
    assert recorder.tracking.timeout == 2
    recorder.apply(Input.LEAVE_FOREGROUND)
    clock.move(20)
    recorder = start()
    assert recorder.tracking.timeout == 25
    assert recorder.tracking.state is State.BACKGROUND  # 20 s ago is no end yet
    recorder.apply(Input.SET_TIMEOUT, timeout=2)
    assert recorder.tracking.timeout == 25
    recorder.apply(Input.SET_TIMEOUT, timeout=26)
    assert recorder.tracking.timeout == 26
    clock.move(6)
    recorder.tick()
    assert recorder.tracking.state is State.NONE


def test_a_wipe_forgets_the_server_s_minimum_timeout(start):
    obey(start(), time=7, minimum_session_timeout=25)
    recorder = start()
    recorder.wipe()
    recorder.apply(Input.SET_TIMEOUT, timeout=2)
    assert recorder.tracking.timeout == 2


def test_pending_counts_events_behind_a_merged_portion(folder, clock):
    """As those that are logged while another thread merges."""
    recorder = Recorder(folder, clock, TIMEOUT, enabled=True)
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.merge()
    waiting = recorder.pending
    for number in range(1, 1_001):
        recorder.log(CustomEvent("event", json.dumps({"text": "x" * 250})))
        assert recorder.pending == waiting + number
    while recorder.has_unmerged:
        recorder.merge()
        assert recorder.pending == waiting + 1_000
    recorder.quit()
    assert recorder.pending == waiting + 1_001  # and the session's end
    recorder.close()


def test_pending_counts_what_is_left_at_the_end(folder, clock):
    """Another process keeps the database: what was logged goes out at the next start."""
    recorder = Recorder(folder, clock, TIMEOUT, enabled=True)
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.merge_all()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for number in range(5):
            recorder.log(CustomEvent(str(number), "{}"))
        recorder.quit()
        recorder.close()
        assert recorder.pending == 7  # a start and an end of a session, too
    assert Recorder(folder, clock, TIMEOUT, enabled=True).pending == 7


def test_pending_leaves_nothing_out_after_a_failure(folder, clock, monkeypatch):
    """The rows are in the database, and the disk fails when they are counted there."""
    recorder = Recorder(folder, clock, TIMEOUT, enabled=True)
    recorder.merge_all()
    recorder.log(CustomEvent("first", "{}"))
    recorder.log(CustomEvent("second", "{}"))

    def fails(_: Database) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "known", fails)
        recorder.merge()
    assert recorder.pending == 2
    clock.move(60)
    assert recorder.merge_all()
    assert recorder.pending == 2
    recorder.quit()
    recorder.close()


def test_pending_never_counts_a_row_twice(folder, clock, monkeypatch):
    """Rows are in the database some time before this process follows."""
    recorder = Recorder(folder, clock, TIMEOUT, enabled=True)
    recorder.apply(Input.ENTER_FOREGROUND)
    complete, seen = Store.complete, []

    def completed(*given):
        known = complete(*given)
        seen.append(recorder.pending)
        return known

    monkeypatch.setattr(Store, "complete", completed)
    recorder.log(CustomEvent("event", "{}"))
    recorder.merge_all()
    assert {*seen, recorder.pending} == {2}
    recorder.quit()
    recorder.close()


# -- what cannot be stored -------------------------------------------------------------------------


@pytest.mark.parametrize("early", [True, False])
def test_text_with_lone_surrogates_is_counted_as_lost(start, early):
    """Later calls are taken all the same."""
    recorder = start()
    if not early:
        recorder.apply(Input.ENTER_FOREGROUND)
    before = recorder.pending
    recorder.log(CustomEvent("\ud800", "{}"))
    recorder.set_attribute("k", '"\ud800"', custom=True)
    assert recorder.lost == 2
    assert recorder.log(CustomEvent("goes on", "{}"))
    assert recorder.pending == before + 1
    assert not recorder.is_waiting
    assert start().lost == 2
