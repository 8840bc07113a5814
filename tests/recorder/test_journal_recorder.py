"""One process that appends what it is told, and merges."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clocks import SetClock
from disks import fill, mounted
from merging import MergingRecorder

from braze_qt._protocol.server_config import ServerConfig, read_config
from braze_qt._recorder.journal_recorder import HEARTBEAT_INTERVAL, RETRY, Recorder
from braze_qt._session.state import Input, State
from braze_qt.events import CustomEvent, SessionEnded, SessionStarted

TIMEOUT = 10

Start = Callable[..., MergingRecorder]


@pytest.fixture
def start(folder: Path, clock: SetClock) -> Iterator[Start]:
    """Starts the application; the process before it dies as by a kill."""
    living: list[MergingRecorder] = []

    def start(where: Path | None = folder, *, enabled: bool = True) -> MergingRecorder:
        while living:
            living.pop().die()
        living.append(MergingRecorder(where, clock, TIMEOUT, enabled=enabled))
        return living[-1]

    yield start
    while living:
        living.pop().die()


def rows(folder: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [json.loads(text) for (text,) in db.execute("SELECT event FROM outbox ORDER BY id")]


def names(folder: Path) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in rows(folder)]


# -- one input, one transaction ------------------------------------------------------------------


def test_what_an_input_led_to_is_on_disk_before_anybody_is_told(start, clock, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    session = recorder.tracking.session
    assert session is not None
    assert (start(), names(folder))[1] == ["ss"]  # nobody had asked for the facts yet
    again = start()
    assert again.tracking.session is not None
    assert again.tracking.session.id == session.id


def test_facts_are_told_once_and_in_order(start, clock, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(3)
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    ended, started = recorder.take_facts()[1:]
    assert isinstance(ended, SessionEnded)
    assert isinstance(started, SessionStarted)
    assert (ended.user_id, ended.duration, started.user_id) == (None, 3.0, "ada")
    assert recorder.take_facts() == []
    assert [event.get("user_id") for event in rows(folder)] == [None, None, "ada"]


def test_events_carry_session_user_and_a_time_of_their_own(start, clock, folder):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    for number in range(3):  # within one reading of the clock
        assert recorder.log(CustomEvent(f"event {number}", '{"n":1}'))
    started, *logged = rows(folder)
    assert {(event["session_id"], event["user_id"]) for event in logged} == {(started["session_id"], "ada")}
    times = [event["time"] for event in rows(folder)]
    assert times == sorted(set(times))
    assert logged[0]["data"] == {"n": "event 0", "p": {"n": 1}}


def test_times_never_run_backwards_although_the_clock_does(start, clock, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.log(CustomEvent("a", "{}"))
    clock.instant = clock.instant.__class__(clock.instant.wall - 500, clock.instant.boot, clock.instant.awake)
    recorder.log(CustomEvent("b", "{}"))
    recorder = start()
    recorder.log(CustomEvent("c", "{}"))
    times = [event["time"] for event in rows(folder)]
    assert times == sorted(set(times))


def test_a_log_after_the_timeout_ends_the_session_first(start, clock, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.LEAVE_FOREGROUND)
    clock.move(TIMEOUT)
    recorder.log(CustomEvent("late", "{}"))
    assert names(folder) == ["ss", "se"]  # the event waits for the next session
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss", "se", "ss", "late"]
    assert rows(folder)[3]["session_id"] == rows(folder)[2]["session_id"]


def test_an_event_without_a_session_waits_for_the_next_even_over_a_restart(start, clock, folder):
    start().log(CustomEvent("early", "{}"))
    recorder = start()
    clock.move(60)
    recorder.apply(Input.ENTER_FOREGROUND)
    started, early = rows(folder)
    assert early["data"]["n"] == "early"
    assert early["session_id"] == started["session_id"]
    assert early["time"] < started["time"]


def test_threads_may_log_at_the_same_time(start, folder):
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
    times = [event["time"] for event in rows(folder)]
    assert len(times) == 401
    assert times == sorted(set(times))


# -- death and return ----------------------------------------------------------------------------


def test_a_process_that_comes_back_in_time_goes_on_with_the_session(start, clock, folder):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(TIMEOUT - 0.5)
    recorder = start()
    assert recorder.tracking.state is State.BACKGROUND
    assert recorder.tracking.user_id == "ada"
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss"]


@pytest.mark.parametrize("beats", [0, 3])
def test_a_process_that_does_not_has_ended_with_its_last_sign_of_life(start, clock, beats, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    for _ in range(beats * 5):
        clock.move(HEARTBEAT_INTERVAL / 5)
        recorder.tick()
    clock.move(1_000)
    recorder = start()
    assert [event["name"] for event in rows(folder)] == ["ss", "se"]
    assert rows(folder)[1]["data"]["d"] == beats * HEARTBEAT_INTERVAL
    assert recorder.tracking.session is None
    assert (start(), names(folder))[1] == ["ss", "se"]


def test_a_clean_end_is_an_end(start, clock, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    clock.move(7)
    recorder.quit()
    assert not recorder.apply(Input.ENTER_FOREGROUND)
    assert not recorder.log(CustomEvent("after", "{}"))
    recorder.tick()
    recorder = start()
    assert rows(folder)[1]["data"]["d"] == 7
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss", "se", "ss"]


# -- consent -------------------------------------------------------------------------------------


def test_without_consent_not_even_a_folder_is_made(start, folder):
    recorder = start(enabled=False)
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert not recorder.log(CustomEvent("a", "{}"))
    recorder.tick()
    recorder.quit()
    assert not folder.exists()


def test_consent_given_in_the_foreground_begins_a_session_and_is_remembered(start, folder):
    recorder = start(enabled=False)
    recorder.apply(Input.ENTER_FOREGROUND)
    assert recorder.apply(Input.ENABLE)
    assert names(folder) == ["ss"]
    assert start(enabled=False).tracking.enabled


def test_consent_withdrawn_ends_the_session_and_is_remembered(start, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.DISABLE)
    assert names(folder) == ["ss", "se"]
    assert not recorder.log(CustomEvent("a", "{}"))
    recorder = start(enabled=True)
    assert not recorder.tracking.enabled
    assert names(folder) == ["ss", "se"]


def test_a_wipe_forgets_and_what_comes_after_consent_is_somebody_new(start, folder):
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
    assert names(folder) == ["ss"]
    assert "user_id" not in rows(folder)[0]
    assert start().device_id == recorder.device_id


# -- what keeps the database from being written ---------------------------------------------------


@pytest.fixture
def held(folder: Path) -> Iterator[Callable[[], sqlite3.Connection]]:
    """Another process keeps the database for itself from the call until it is closed."""
    holders: list[sqlite3.Connection] = []

    def hold() -> sqlite3.Connection:
        holders.append(sqlite3.connect(folder / "braze.db", isolation_level=None))
        holders[-1].execute("BEGIN IMMEDIATE")
        return holders[-1]

    yield hold
    for holder in holders:
        holder.close()


@pytest.fixture
def recorder(folder: Path, clock: SetClock) -> Iterator[Recorder]:
    recorder = Recorder(folder, clock, TIMEOUT, enabled=True)
    yield recorder
    recorder.close()


def test_calls_do_not_wait_for_another_process_and_the_view_shows_them(recorder, folder, clock, held):
    holder = held()
    assert recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert recorder.apply(Input.SET_TIMEOUT, timeout=60)
    assert recorder.apply(Input.ENTER_FOREGROUND)
    assert recorder.log(CustomEvent("kept", "{}"))
    assert not recorder.merge()
    tracking = recorder.tracking
    assert (tracking.user_id, tracking.timeout, tracking.state) == ("ada", 60, State.FOREGROUND)
    assert recorder.pending == 1
    holder.close()
    assert recorder.merge()
    assert names(folder) == ["ss", "kept"]
    assert recorder.tracking.session == tracking.session


def test_sessions_are_told_once_although_nothing_can_be_merged(recorder, clock, held):
    holder = held()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.merge()
    assert not recorder.take_facts()
    clock.move(1)
    recorder.merge()
    (told,) = recorder.take_facts()
    holder.close()
    recorder.merge()
    assert not recorder.take_facts()
    assert recorder.tracking.session.id == told.session_id


def test_what_was_acknowledged_beside_a_held_database_outlives_a_kill(folder, clock, held, start):
    recorder = start()
    holder = held()
    for number in range(300):
        assert Recorder.log(recorder, CustomEvent(str(number), "{}"))
    recorder.die()
    holder.close()
    start().apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss", *map(str, range(300))]


def test_consent_withdrawn_beside_a_held_database_stays_withdrawn(folder, clock, held, start):
    recorder = start()
    holder = held()
    Recorder.apply(recorder, Input.DISABLE)
    assert not recorder.taking
    recorder.die()
    holder.close()
    assert not start(enabled=True).taking


def test_a_full_disk_keeps_calls_and_writes_later(tmp_path, clock):
    with mounted(tmp_path / "disk", "1m") as disk:
        recorder = Recorder(disk / "data", clock, TIMEOUT, enabled=True)
        recorder.apply(Input.ENTER_FOREGROUND)
        while not recorder.merge():
            pass
        ballast = fill(disk)
        for number in range(2_000):
            assert recorder.log(CustomEvent(str(number), "{}"))
        recorder.apply(Input.LEAVE_FOREGROUND)
        clock.move(TIMEOUT)
        recorder.tick()
        assert recorder.tracking.state is State.NONE
        assert not recorder.merge()
        assert recorder.storage_error
        ballast.unlink()
        clock.move(RETRY)
        while not recorder.merge():
            pass
        assert not recorder.storage_error
        assert names(disk / "data") == ["ss", *map(str, range(2_000)), "se"]
        recorder.quit()
        recorder.close()


def test_consent_withdrawn_on_a_full_disk_stays_withdrawn(tmp_path, clock):
    with mounted(tmp_path / "disk", "1m") as disk:
        recorder = MergingRecorder(disk / "data", clock, TIMEOUT, enabled=True)
        fill(disk)
        recorder.log(CustomEvent("x", json.dumps({"filler": "x" * 80_000})))  # no room is left
        recorder.apply(Input.DISABLE)
        recorder.die()
        recorder = Recorder(disk / "data", clock, TIMEOUT, enabled=True)
        assert not recorder.taking
        recorder.close()


def test_a_deleted_database_loses_neither_user_nor_what_was_not_merged(start, folder, clock):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    device = recorder.device_id
    Recorder.log(recorder, CustomEvent("not merged", "{}"))
    for path in folder.glob("braze.db*"):
        path.unlink()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss", "not merged"]
    assert {event["user_id"] for event in rows(folder)} == {"ada"}
    assert start().device_id == device


def test_a_deleted_journal_is_replaced(start, folder, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    for path in folder.glob("braze.journal-*"):
        path.unlink()
    recorder.log(CustomEvent("a", "{}"))
    recorder.log(CustomEvent("b", "{}"))
    start()
    assert names(folder) == ["ss", "a", "b"]


def test_a_heartbeat_is_written_at_times_and_not_at_every_look(start, folder, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    number = recorder._journal.number
    for _ in range(20):
        clock.move(1)
        recorder.tick()
    assert recorder._journal.number == number + 4


@pytest.mark.parametrize("early", [True, False])
def test_what_is_no_text_is_dropped_and_counted_and_bars_nothing(start, folder, early):
    recorder = start()
    if not early:
        recorder.apply(Input.ENTER_FOREGROUND)
    before = recorder.pending
    recorder.log(CustomEvent("\ud800", "{}"))
    recorder.set_attribute("k", '"\ud800"', custom=True)
    assert recorder.lost == 2
    assert recorder.log(CustomEvent("goes on", "{}"))
    assert recorder.pending == before + 1
    assert start().lost == 2


# -- files that cannot be used --------------------------------------------------------------------


def tear(folder: Path, table: str) -> None:
    """One table's page is garbage."""
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with (folder / "braze.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


@pytest.mark.parametrize("table", ["outbox", "journals", "counts"])
def test_a_database_that_gets_damaged_is_moved_aside_and_the_session_goes_on(start, folder, clock, table):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    device, session = recorder.device_id, recorder.tracking.session
    recorder._database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tear(folder, table)
    recorder._database._db.execute("PRAGMA cache_size = 0")
    recorder._database._db.execute("PRAGMA shrink_memory")
    recorder.log(CustomEvent("after", "{}"))
    assert names(folder) == ["after"]
    assert list(folder.glob("braze.db.damaged-*"))
    assert recorder.lost > 0
    recorder = start()
    assert (recorder.device_id, recorder.tracking.user_id) == (device, "ada")
    assert recorder.tracking.session.id == session.id


@pytest.mark.parametrize("table", ["outbox", "parked"])
def test_device_user_and_consent_outlive_a_database_found_damaged(start, folder, table):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.DISABLE)
    device = recorder.device_id
    start(None)
    tear(folder, table)
    recorder = start()
    assert (recorder.device_id, recorder.tracking.user_id) == (device, "ada")
    assert not recorder.taking


def test_ids_go_on_over_a_damaged_database(start, folder):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    (last,) = ids(folder)
    recorder._database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tear(folder, "outbox")
    recorder._database._db.execute("PRAGMA shrink_memory")
    recorder.log(CustomEvent("after", "{}"))
    assert ids(folder)[0] > last


def ids(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [row[0] for row in db.execute("SELECT id FROM outbox ORDER BY id")]


def test_a_file_of_a_newer_version_is_left_alone_and_the_run_lives_in_memory(start, folder):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    device = recorder.device_id
    start(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    recorder = start()
    assert "newer version" in recorder.storage_error
    assert (recorder.device_id, recorder.tracking.user_id) == (device, "ada")
    assert recorder.apply(Input.ENTER_FOREGROUND)
    assert recorder.log(CustomEvent("in memory", "{}"))
    assert recorder.pending == 2
    assert names(folder) == []


def test_consent_withdrawn_in_memory_stays_withdrawn(start, folder):
    start()
    start(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    start().apply(Input.DISABLE)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 3")
    recorder = start()
    assert not recorder.taking
    assert not (folder / "braze.withdrawn").exists()
    assert not start().taking


def test_consent_given_again_in_memory_is_given(start, folder):
    start()
    start(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    recorder = start()
    recorder.apply(Input.DISABLE)
    recorder.apply(Input.ENABLE)
    assert recorder.taking
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 3")
    assert start().taking


def test_a_wipe_deletes_what_was_moved_aside(start, folder):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    start(None)
    tear(folder, "outbox")
    recorder = start()
    assert list(folder.glob("braze.db.damaged-*"))
    assert recorder.wipe()
    assert not folder.exists()


# -- other processes -------------------------------------------------------------------------------


def test_a_peer_is_notified_of_what_changes_the_session_and_of_nothing_else(start, folder, clock):
    peer = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    recorder = start()
    recorder.make_change_file()
    change_file = recorder.change_file
    assert change_file is not None

    def changed(act: Callable[[], object]) -> bool:
        before = change_file.stat().st_mtime_ns
        act()
        return change_file.stat().st_mtime_ns > before

    assert changed(lambda: recorder.apply(Input.ENTER_FOREGROUND))
    assert not changed(lambda: recorder.log(CustomEvent("x", "{}")))
    clock.move(HEARTBEAT_INTERVAL)
    assert not changed(recorder.tick)
    assert changed(lambda: recorder.apply(Input.CHANGE_USER, user_id="ada"))
    peer.die()


def test_a_process_that_signs_is_known_to_others_until_it_dies(start, folder, clock):
    peer = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    recorder = start()
    assert not recorder.is_signed
    peer.sign("ada", "jwt")
    peer.merge_all()
    recorder.merge_all()
    assert recorder.is_signed
    peer.die()
    recorder.merge_all()
    assert not recorder.is_signed


def test_the_least_timeout_of_the_server_holds_from_the_next_start_on(start, folder):
    recorder = start()
    server = read_config({"time": 7, "minimum_session_timeout": 24.5}, ServerConfig(), 0.0)
    recorder._database.put("server", server.text())
    recorder.apply(Input.SET_TIMEOUT, timeout=2)
    assert recorder.tracking.timeout == 2
    recorder = start()
    assert recorder.tracking.timeout == 25
    recorder.apply(Input.SET_TIMEOUT, timeout=2)
    assert recorder.tracking.timeout == 25
    recorder.wipe()
    recorder.apply(Input.SET_TIMEOUT, timeout=2)
    assert recorder.tracking.timeout == 2
