"""Device, user and consent survive a database that cannot be used, for whatever reason."""

import os
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from braze_qt._recorder.store import Store
from braze_qt._session.state import Input
from braze_qt._storage import recovery
from braze_qt._storage.database import VERSION, DamagedStoreError
from braze_qt._storage.recovery import Remembered, remembered
from braze_qt.events import CustomEvent
from tests.support.disks import fill, make_read_only, mounted
from tests.support.merging import MergingRecorder
from tests.support.starts import Start, names, starts

Harm = Callable[[Path], None]
ALL = ("braze.db", "braze.db-wal", "braze.db-shm")


def newer_version(folder: Path) -> None:
    set_version(folder, 1000)


def set_version(folder: Path, version: int) -> None:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {version}")


def outbox_is_torn(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").fetchone()
    with (folder / "braze.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


unusable = pytest.mark.parametrize("harm", [newer_version, outbox_is_torn])
in_the_way = pytest.mark.parametrize("harm", [newer_version])


def ended(start: Start) -> None:
    """The process that was started last is dead."""
    start(None)


# -- device, user and consent --------------------------------------------------------------------------


@unusable
def test_device_and_user_survive_an_unusable_database(start: Start, folder: Path, harm: Harm) -> None:
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    device_id = recorder.device_id
    ended(start)
    harm(folder)
    recorder = start()
    assert (recorder.device_id, recorder.tracking.user_id) == (device_id, "ada")
    assert recorder.taking


@unusable
def test_consent_stays_withdrawn_beside_an_unusable_database(start: Start, folder: Path, harm: Harm) -> None:
    start().apply(Input.DISABLE)
    ended(start)
    harm(folder)
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert not recorder.log(CustomEvent("unwanted", "{}"))
    assert names(recorder) == []
    recorder.apply(Input.ENABLE)
    assert recorder.log(CustomEvent("wanted", "{}"))
    assert names(recorder) == ["ss", "wanted"]


@pytest.mark.parametrize("left", [ALL, ALL[:2]], ids=["with the log's index", "without"])
@pytest.mark.parametrize("refuse", [make_read_only, fill], ids=["read-only", "full"])
def test_a_withdrawal_in_the_log_alone_counts(
    tmp_path: Path, clock, left: tuple[str, ...], refuse: Callable[[Path], object]
) -> None:
    """A killed process left the log of SQLite on a disk that takes nothing now."""
    with mounted(tmp_path / "disk", "4m") as disk:
        folder = disk / "data"
        with starts(folder, clock) as start:
            start().apply(Input.ENTER_FOREGROUND)
            ended(start)
            recorder = start()
            recorder.apply(Input.DISABLE)
            kept = {name: (folder / name).read_bytes() for name in left}
            ended(start)
            for name, content in kept.items():
                (folder / name).write_bytes(content)
            refuse(disk)
            recorder = start()
            assert not recorder.taking


@pytest.mark.parametrize("value", [5, 5.5, b"abc", None, "x"])
def test_a_garbled_device_id_does_not_change_consent(start: Start, folder: Path, value: object) -> None:
    start().apply(Input.DISABLE)
    ended(start)
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'device_id'", (value,))
    newer_version(folder)
    recorder = start()
    assert not recorder.taking
    assert uuid.UUID(recorder.device_id)


@pytest.mark.parametrize("user_id", ["CAST(x'ff41' AS TEXT)", "x'41'", "7.5"])
def test_a_garbled_user_id_does_not_change_consent(start: Start, folder: Path, user_id: str) -> None:
    start().apply(Input.DISABLE)
    ended(start)
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute(f"UPDATE shared SET user_id = {user_id}")
    newer_version(folder)
    recorder = start()
    assert not recorder.taking
    assert recorder.tracking.user_id in (None, "7.5")  # which is what SQLite makes of a number there


@pytest.mark.parametrize("enabled", [0, 2, -1])
def test_garbled_consent_counts_as_withdrawn(start: Start, folder: Path, enabled: int) -> None:
    start().apply(Input.ENTER_FOREGROUND)
    ended(start)
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("UPDATE shared SET enabled = ?", (enabled,))
    newer_version(folder)
    assert not start().taking


# -- a kill while the database is made -----------------------------------------------------------------


def killed_while_making(folder: Path, elsewhere: Path) -> None:
    """What SQLite leaves: pages of a transaction that is not committed, and the journal to undo it."""
    folder.mkdir()
    with closing(sqlite3.connect(elsewhere / "made.db", isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        db.executemany("INSERT INTO meta VALUES (?, ?)", [("a", "x" * 2_000)] * 20)
        for suffix in ("", "-journal"):
            (folder / f"braze.db{suffix}").write_bytes((elsewhere / f"made.db{suffix}").read_bytes())
        db.execute("ROLLBACK")


def test_a_kill_while_making_the_database_is_undone(start: Start, folder: Path, tmp_path: Path) -> None:
    killed_while_making(folder, tmp_path)
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert (recorder.is_on_disk, recorder.storage_error) == (True, "")
    ended(start)
    assert names(start()) == ["ss"]


def test_a_damaged_database_takes_its_journal_along(folder: Path, tmp_path: Path) -> None:
    """SQLite would write what it undoes into the new one."""
    killed_while_making(folder, tmp_path)
    recovery.move_aside(folder)
    assert {path.name for path in folder.iterdir()} == {"braze.db.damaged-1", "braze.db.damaged-1-journal"}


# -- damage --------------------------------------------------------------------------------------------


def test_unreadable_events_are_counted_beside_those_taken_over(start: Start, folder: Path) -> None:
    """Those of the present run are whole, and its file says how many there were before."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    for number in range(50):
        recorder.log(CustomEvent(f"early {number}", f'{{"text":"{"x" * 1_000}"}}'))
    recorder.store.checkpoint()
    ended(start)
    data = (folder / "braze.db").read_bytes()
    page = data.index(b"early 10") // 4096 * 4096
    (folder / "braze.db").write_bytes(data[:page] + b"\xff" * 8 + data[page + 8 :])
    recorder = start()
    recorder.log(CustomEvent("late", "{}"))
    with pytest.raises(DamagedStoreError):
        names(recorder)
    assert names(recorder) == ["late"]
    recorder.refresh()
    assert recorder.lost == 51


def test_a_kill_during_recovery_keeps_the_withdrawal(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between moving the damaged file aside and restoring consent from it."""
    start().apply(Input.DISABLE)
    ended(start)
    outbox_is_torn(folder)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "recalled", die)
        with pytest.raises(KeyboardInterrupt):
            start()
    assert not start().taking


def test_the_file_moved_aside_last_counts(start: Start, folder: Path) -> None:
    for user_id in ("ada", "bob"):
        start().apply(Input.CHANGE_USER, user_id=user_id)
        ended(start)
        outbox_is_torn(folder)
    assert start().tracking.user_id == "bob"


def test_a_damaged_file_overwrites_no_earlier_one(start: Start, folder: Path) -> None:
    """Also where an older one was deleted."""
    for _ in range(2):
        start().apply(Input.ENABLE)
        ended(start)
        outbox_is_torn(folder)
    start()
    (folder / "braze.db.damaged-1").unlink()
    second = (folder / "braze.db.damaged-2").read_bytes()
    ended(start)
    outbox_is_torn(folder)
    start()
    assert (folder / "braze.db.damaged-2").read_bytes() == second


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), sqlite3.DatabaseError("malformed")])
def test_an_unreadable_file_does_not_prevent_a_start(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    start().apply(Input.ENTER_FOREGROUND)
    ended(start)
    outbox_is_torn(folder)

    def fail(_: Path) -> None:
        raise error

    monkeypatch.setattr(recovery, "_with_log", fail)
    recorder = start()
    assert recorder.taking
    assert recorder.lost == 1


def test_a_garbled_schema_does_not_prevent_a_start(start: Start, folder: Path) -> None:
    start().apply(Input.ENTER_FOREGROUND)
    ended(start)
    content = (folder / "braze.db").read_bytes()
    (folder / "braze.db").write_bytes(content.replace(b"TABLE attributes", b"TABLE attr\x80butes"))
    recorder = start()
    assert recorder.taking
    assert recorder.lost == 1


# -- other files in place of the database --------------------------------------------------------------


def test_a_link_to_a_database_is_not_followed(start: Start, folder: Path) -> None:
    start().apply(Input.CHANGE_USER, user_id="ada")
    ended(start)
    (folder / "braze.db").rename(folder.parent / "elsewhere")
    (folder / "braze.db").symlink_to(folder.parent / "elsewhere")
    assert remembered(folder) is None
    assert start().tracking.user_id is None


@pytest.mark.posix("elsewhere pipes are no files")
@pytest.mark.parametrize("name", ALL)
def test_a_pipe_does_not_block_the_start(start: Start, folder: Path, name: str) -> None:
    start().apply(Input.CHANGE_USER, user_id="ada")
    ended(start)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert start().taking


def test_reading_an_empty_file_keeps_its_log(folder: Path) -> None:
    folder.mkdir()
    for name in ALL[:2]:
        (folder / name).write_bytes(b"x" * len(name) if name.endswith("wal") else b"")
    assert remembered(folder) is None
    assert (folder / "braze.db-wal").exists()


# -- wipes ---------------------------------------------------------------------------------------------


@in_the_way
def test_a_wipe_deletes_an_unusable_database(start: Start, folder: Path, harm: Harm) -> None:
    """Device and user are new after it."""
    start().apply(Input.CHANGE_USER, user_id="ada")
    device_id = start().device_id
    ended(start)
    harm(folder)
    recorder = start()
    assert recorder.wipe()
    assert not (folder / "braze.db").exists()
    recorder.apply(Input.ENABLE)
    for each in (recorder, start()):
        assert each.tracking.user_id is None
        assert each.device_id != device_id


def test_a_wipe_on_a_read_only_disk_fails(tmp_path: Path, clock) -> None:
    """The user does not come back in this run, though."""
    with mounted(tmp_path / "disk", "4m") as disk, starts(disk / "data", clock) as start:
        start().apply(Input.CHANGE_USER, user_id="ada")
        ended(start)
        make_read_only(disk)
        recorder = start()
        assert recorder.tracking.user_id == "ada"
        assert not recorder.wipe()
        recorder.apply(Input.ENABLE)
        assert recorder.tracking.user_id is None
        ended(start)
        make_read_only(disk, read_only=False)


def test_a_file_marked_as_wiped_is_not_remembered(start: Start, folder: Path) -> None:
    """Other processes had it open when it was wiped."""
    start().apply(Input.CHANGE_USER, user_id="ada")
    ended(start)
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("INSERT INTO meta VALUES ('wiped', 1)")
    assert remembered(folder) == Remembered()


# -- consent that the file does not learn of -----------------------------------------------------------


def withdrawn_in_memory(start: Start, folder: Path) -> MergingRecorder:
    start()
    ended(start)
    newer_version(folder)
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    assert recorder.apply(Input.DISABLE)
    return recorder


def repaired(start: Start, folder: Path) -> MergingRecorder:
    ended(start)
    set_version(folder, VERSION)
    return start()


def test_a_withdrawal_beside_an_unusable_database_is_remembered(start: Start, folder: Path) -> None:
    withdrawn_in_memory(start, folder)
    recorder = repaired(start, folder)
    assert not recorder.taking
    assert not (folder / "braze.withdrawn").exists()
    assert not start().taking
    recorder = start()
    recorder.apply(Input.ENABLE)
    assert start().taking


def test_consent_given_again_leaves_no_note(start: Start, folder: Path) -> None:
    recorder = withdrawn_in_memory(start, folder)
    assert (folder / "braze.withdrawn").exists()
    recorder.apply(Input.ENABLE)
    assert not (folder / "braze.withdrawn").exists()
    assert repaired(start, folder).taking


def test_a_withdrawal_beside_a_failing_database_is_remembered(start: Start, folder: Path) -> None:
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.store.database._db.execute("PRAGMA query_only = ON")
    recorder.apply(Input.DISABLE)
    recorder.quit()
    recorder.close()
    recorder = start()
    assert not recorder.taking
    assert names(recorder) == ["ss", "se"]


def test_a_recovered_database_replaces_the_note(start: Start, folder: Path) -> None:
    """The note of a withdrawal that could not be merged."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.store.database._db.execute("PRAGMA query_only = ON")
    recorder.apply(Input.DISABLE)
    assert (folder / "braze.withdrawn").exists()
    recorder.store.database._db.execute("PRAGMA query_only = OFF")
    recorder.quit()
    assert not (folder / "braze.withdrawn").exists()
    assert not start().taking


def test_a_withdrawal_that_cannot_be_stored_is_reported(
    tmp_path: Path, clock, caplog: pytest.LogCaptureFixture
) -> None:
    with mounted(tmp_path / "disk", "4m") as disk, starts(disk / "data", clock) as start:
        start()
        ended(start)
        make_read_only(disk)
        start().apply(Input.DISABLE)
        ended(start)
        assert "consent was withdrawn could not be stored" in caplog.messages[-1]
        make_read_only(disk, read_only=False)


def test_a_withdrawal_counts_before_the_database_opens(start: Start, folder: Path) -> None:
    """Another program has the database for itself at the start."""
    start()
    ended(start)
    (folder / "braze.withdrawn").touch()
    journals = [*folder.glob("braze.journal-*")]
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        recorder = start()
        assert not recorder.taking
        assert [*folder.glob("braze.journal-*")] == journals
    recorder.refresh()
    assert not (folder / "braze.withdrawn").exists()
    assert not recorder.taking
