"""Held databases, full disks, deleted and damaged files lose nothing that was acknowledged."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from braze_qt._recorder.recorder import HEARTBEAT_INTERVAL, RETRY, Recorder
from braze_qt._session.state import Input, State
from braze_qt._storage import journal_database
from braze_qt._storage.database import VERSION, uri_of
from braze_qt._storage.record import LARGEST
from braze_qt.events import CustomEvent
from tests.support.clocks import SetClock
from tests.support.disks import fill, mounted
from tests.support.merging import MergingRecorder
from tests.support.starts import names as sent_names

TIMEOUT = 10


def rows(folder: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [json.loads(text) for (text,) in db.execute("SELECT event FROM outbox ORDER BY id")]


def names(folder: Path) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in rows(folder)]


# -- databases and disks that take nothing --------------------------------------------------------


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


def test_calls_do_not_wait_for_a_held_database(recorder, folder, clock, held):
    """The recorder shows them at once, and merges them when the database is free."""
    holder = held()
    assert recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert recorder.apply(Input.SET_TIMEOUT, timeout=60)
    assert recorder.apply(Input.ENTER_FOREGROUND)
    assert recorder.log(CustomEvent("kept", "{}"))
    assert not recorder.merge()
    tracking = recorder.tracking
    assert (tracking.user_id, tracking.timeout, tracking.state) == ("ada", 60, State.FOREGROUND)
    assert recorder.pending == 2
    holder.close()
    assert recorder.merge()
    assert names(folder) == ["ss", "kept"]
    assert recorder.tracking.session == tracking.session


@pytest.mark.linux("it counts how often a thread has slept")
def test_a_start_waits_for_no_held_database(start, folder, clock, held):
    """SQLite would sleep a dozen times before it gave up."""
    start().apply(Input.CHANGE_USER, user_id="ada")
    start(None)
    holder = held()
    before = times_slept()
    with closing(Recorder(folder, clock, TIMEOUT, enabled=True)) as recorder:
        assert times_slept() - before < 8
        assert recorder.tracking.user_id == "ada"
        assert recorder.log(CustomEvent("kept", "{}"))
        holder.close()
        assert recorder.merge()
        recorder.apply(Input.ENTER_FOREGROUND)
        assert recorder.merge()
    assert names(folder) == ["ss", "kept"]


def times_slept() -> int:
    """How often this thread has waited for something so far."""
    status = Path("/proc/thread-self/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


def test_session_facts_are_told_once_despite_failed_merges(recorder, clock, held):
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


def test_calls_beside_a_held_database_survive_a_kill(folder, clock, held, start):
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


def test_calls_on_a_full_disk_are_written_later(tmp_path, clock):
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


def test_a_deleted_database_loses_nothing(start, folder, clock):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.log(CustomEvent("merged", "{}"))
    recorder.set_attribute("k", '"v"', custom=True)
    device = recorder.device_id
    Recorder.log(recorder, CustomEvent("not merged", "{}"))
    for path in folder.glob("braze.db*"):
        path.unlink()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss", "merged", "not merged"]
    assert (recorder.pending, recorder.lost) == (4, 0)
    assert {event["user_id"] for event in rows(folder)} == {"ada"}
    assert start().device_id == device


@pytest.mark.linux("it looks for the descriptors in /proc")
def test_a_dead_connection_to_a_deleted_database_heals(start, folder, clock):
    """macOS's own SQLite ends a connection whose file was deleted or moved; its rows count as lost."""
    recorder = start()
    recorder.log(CustomEvent("merged", "{}"))
    Recorder.log(recorder, CustomEvent("not merged", "{}"))
    for path in folder.glob("braze.db*"):
        path.unlink()
    with ended_access(recorder.store.database._db, folder / "braze.db"):
        recorder.apply(Input.ENTER_FOREGROUND)
    assert (recorder.storage_error, recorder.lost) == ("", 1)
    assert names(folder) == ["ss", "not merged"]


@contextmanager
def ended_access(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Every read or write of this connection fails with a disk I/O error, in files that still exist."""
    connection.execute("PRAGMA shrink_memory")
    refusing = os.open("/", os.O_RDONLY)
    opened = [refusing]
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # that of the list
            name = os.readlink(f"/proc/self/fd/{descriptor}").removesuffix(" (deleted)")
            if name in (str(path), f"{path}-wal"):
                opened.append(os.dup(descriptor))
                os.dup2(refusing, descriptor)
    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        connection.execute("SELECT * FROM outbox")
    yield
    for each in opened:
        os.close(each)


def test_events_deleted_beside_peers_count_as_lost(start, folder, clock):
    """They are not restored: each of the processes would send them."""
    peer = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    recorder = start()
    recorder.log(CustomEvent("merged", "{}"))
    for path in folder.glob("braze.db*"):
        path.unlink()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert names(folder) == ["ss"]
    assert recorder.lost == 1
    peer.die()


def test_a_deleted_journal_is_replaced(start, folder, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    for path in folder.glob("braze.journal-*"):
        path.unlink()
    recorder.log(CustomEvent("a", "{}"))
    recorder.log(CustomEvent("b", "{}"))
    start()
    assert names(folder) == ["ss", "a", "b"]


def test_a_heartbeat_is_written_once_per_interval(start, folder, clock):
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    number = recorder._journal._number
    for _ in range(20):
        clock.move(1)
        recorder.tick()
    assert recorder._journal._number == number + 4


def test_a_checkpoint_empties_the_drive_s_cache(start, monkeypatch):
    """macOS does so only for a connection that asks for it."""
    recorder = start()
    recorder.log(CustomEvent("a", "{}"))
    connect, said = sqlite3.connect, []

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    recorder.store.checkpoint()
    assert said.index("PRAGMA checkpoint_fullfsync = ON") < said.index("PRAGMA wal_checkpoint(PASSIVE)")


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
def test_a_session_survives_damage_to_its_database(start, folder, clock, table):
    """The damaged file is moved aside, and the events that it held are counted as lost."""
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    device, session = recorder.device_id, recorder.tracking.session
    recorder.store.database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tear(folder, table)
    recorder.store.database._db.execute("PRAGMA cache_size = 0")
    recorder.store.database._db.execute("PRAGMA shrink_memory")
    recorder.log(CustomEvent("after", "{}"))
    assert names(folder) == (["after"] if table == "outbox" else ["ss", "after"])
    assert list(folder.glob("braze.db.damaged-*"))
    assert recorder.lost == (1 if table == "outbox" else 0)
    recorder = start()
    assert (recorder.device_id, recorder.tracking.user_id) == (device, "ada")
    assert recorder.tracking.session.id == session.id


@pytest.mark.parametrize("is_there", [True, False])
def test_a_database_lost_beside_its_log_is_counted(start, folder, is_there):
    """SQLite would throw the log away and begin anew."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    log = (folder / "braze.db-wal").read_bytes()
    recorder.die()  # with the last connection, which takes the log along
    (folder / "braze.db-wal").write_bytes(log)
    (folder / "braze.db").unlink()
    if is_there:
        (folder / "braze.db").touch()
    recorder = start()
    assert recorder.lost == 1
    recorder.log(CustomEvent("goes on", "{}"))
    assert recorder.pending == 1


@pytest.mark.parametrize("table", ["outbox", "parked"])
def test_device_user_and_consent_survive_a_damaged_database(start, folder, table):
    """A start finds the damage."""
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
    recorder.store.database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tear(folder, "outbox")
    recorder.store.database._db.execute("PRAGMA shrink_memory")
    recorder.log(CustomEvent("after", "{}"))
    assert ids(folder)[0] > last


def ids(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [row[0] for row in db.execute("SELECT id FROM outbox ORDER BY id")]


def test_a_newer_version_s_database_forces_memory_storage(start, folder):
    """Device and user are read from it, and nothing is written to it."""
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


@pytest.mark.posix("SQLite has no file system without shared memory elsewhere")
@pytest.mark.parametrize("enabled", [True, False])
def test_a_refused_log_forces_memory_storage(start, folder, monkeypatch, caplog, enabled):
    """SQLite refuses by its answer, without an error, on network homes of macOS; at the first start, too."""

    def without_shared_memory(path: Path, mode: str) -> str:
        return uri_of(path, mode).replace("?", "?vfs=unix-dotfile&")

    monkeypatch.setattr(journal_database, "uri_of", without_shared_memory)
    for _ in range(2):
        caplog.clear()
        recorder = start(enabled=enabled)
        recorder.apply(Input.CHANGE_USER, user_id="ada")
        recorder.apply(Input.ENABLE)
        recorder.apply(Input.ENTER_FOREGROUND)
        recorder.log(CustomEvent("in memory", "{}"))
        assert sent_names(recorder) == ["ss", "in memory"]
        assert "write-ahead log" in recorder.storage_error
        (warning,) = [record for record in caplog.records if record.levelname != "DEBUG"]
        assert "kept in memory" in warning.getMessage()
        assert not [*folder.glob("braze.journal-*")]
        recorder.quit()
        assert recorder.tracking.session is None


def test_consent_withdrawn_in_memory_stays_withdrawn(start, folder):
    start()
    start(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    start().apply(Input.DISABLE)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION}")
    recorder = start()
    assert not recorder.taking
    assert not (folder / "braze.withdrawn").exists()
    assert not start().taking


def test_consent_given_again_in_memory_is_remembered(start, folder):
    start()
    start(None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    recorder = start()
    recorder.apply(Input.DISABLE)
    recorder.apply(Input.ENABLE)
    assert recorder.taking
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION}")
    assert start().taking


def test_a_wipe_deletes_damaged_files_moved_aside(start, folder):
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    start(None)
    tear(folder, "outbox")
    recorder = start()
    assert list(folder.glob("braze.db.damaged-*"))
    assert recorder.wipe()
    assert not folder.exists()


# -- other processes -------------------------------------------------------------------------------


def test_peers_are_notified_of_session_changes_only(start, folder, clock):
    peer = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    recorder = start()
    recorder.store.make_change_file()
    change_file = recorder.store.change_file
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


def test_a_signing_process_is_known_until_it_dies(start, folder, clock):
    """Other processes send nothing unsigned meanwhile."""
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


def test_a_foreground_tick_notices_consent_given_elsewhere(start, folder, clock):
    """Also where the system does not tell of another process's change."""
    peer = MergingRecorder(folder, clock, TIMEOUT, enabled=True)
    recorder = start()
    peer.apply(Input.DISABLE)
    recorder.refresh()
    recorder.apply(Input.ENTER_FOREGROUND)
    peer.apply(Input.ENABLE)
    Recorder.tick(recorder)
    assert recorder.wants_merge
    recorder.merge_all()
    assert recorder.tracking.state is State.FOREGROUND
    peer.die()


def test_a_strange_file_forces_memory_storage(start, folder):
    folder.mkdir(mode=0o700)
    (folder / "braze.db-wal").mkdir()
    recorder = start()
    assert recorder.log(CustomEvent("a", "{}"))
    assert recorder.merge_all()
    assert "no plain file" in recorder.storage_error
    assert [path.name for path in folder.iterdir()] == ["braze.db-wal"]


def test_refused_events_are_counted_as_lost(clock):
    recorder = MergingRecorder(None, clock, TIMEOUT, enabled=True)
    assert not recorder.log(CustomEvent("too large", json.dumps({"filler": "x" * LARGEST})))
    assert recorder.log(CustomEvent("goes on", "{}"))
    recorder.merge_all()
    assert recorder.lost == 1
    recorder.die()


def test_calls_wait_for_a_database_held_at_start(start, folder, clock, held):
    start().apply(Input.CHANGE_USER, user_id="ada")
    start(None)
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        recorder = Recorder(folder, clock, TIMEOUT, enabled=True)
        assert recorder.log(CustomEvent("kept", "{}"))
    assert recorder.merge_all()
    assert recorder.tracking.user_id == "ada"
    recorder.close()
