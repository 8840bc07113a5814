"""A wiped user is gone: from every file, for every process, and at every later start."""

import itertools
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from braze_qt._recorder.recorder import Recorder
from braze_qt._session.state import Input
from braze_qt._upload.queue import SendQueue
from braze_qt.events import CustomEvent
from tests.support.clocks import SetClock
from tests.support.kills import is_killed, kill_after
from tests.support.merging import MergingRecorder
from tests.support.peers import Peer

Begin = Callable[..., Peer]
ENTER = "enter foreground"
SECRETS = (b"ada-lovelace", b"a secret")
WAIT = 10.0
"""Seconds that a test waits for a thread: as good as for ever."""


def known(*processes: Peer) -> str:
    """A user, and something said of him, in all these processes; answers the device id."""
    processes[0].apply("change user", user_id="ada-lovelace")
    processes[0].apply(ENTER)
    processes[0].log("a secret")
    for process in processes:
        process.tell("refresh")
        assert process.state["user"] == "ada-lovelace"
    return processes[0].state["device"]


def damage(folder: Path) -> None:
    """As by a bad disk: the page of the events is something else. User and device can still be read."""
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("UPDATE shared SET state = state")  # what others remember of the pages is out of date
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with (folder / "braze.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def lose(folder: Path) -> None:
    """Somebody deletes the database and what belongs to it."""
    for ending in ("", "-wal", "-shm"):
        (folder / f"braze.db{ending}").unlink(missing_ok=True)


def wipe(process: Peer, *processes: Peer, clock: SetClock) -> None:
    wiped = process.tell("wipe")
    assert wiped or sys.platform == "win32"
    let_retry(*processes, clock=clock)


def let_retry(*processes: Peer, clock: SetClock) -> None:
    """Where a damaged file that two processes have open cannot be moved aside, each tries again and again."""
    for _ in range(8 if sys.platform == "win32" else 0):
        clock.move(10)
        for each in processes:
            each.tell("tick")
            each.tell("refresh")


def assert_gone(folder: Path, device: str) -> None:
    for path in folder.iterdir() if folder.exists() else ():
        content = path.read_bytes()
        for secret in (*SECRETS, device.encode()):
            assert secret not in content, f"{secret!r} in {path.name}"


def assert_somebody_new(process: Peer, device: str) -> None:
    state = process.state
    assert state["user"] is None
    assert state["device"] != device


@pytest.mark.parametrize("wiper", [0, 1])
@pytest.mark.parametrize("finder", [0, 1])
@pytest.mark.parametrize("enabler", [None, 0, 1])
def test_a_wipe_deletes_damaged_files_beside_other_processes(
    begin: Begin, folder: Path, clock: SetClock, wiper: int, finder: int, enabler: int | None
) -> None:
    processes = begin(), begin()
    device = known(*processes)
    damage(folder)
    processes[finder].log("a secret")
    processes[finder].apply(ENTER)
    wipe(processes[wiper], *processes, clock=clock)
    if enabler is not None:
        processes[enabler].apply("enable")
        processes[enabler].log("after")
    for process in processes:
        process.tell("refresh")
    assert_gone(folder, device)
    for process in processes:
        assert_somebody_new(process, device)
        process.kill()
    lose(folder)
    assert_somebody_new(begin(), device)
    assert_gone(folder, device)


@pytest.mark.parametrize("then", [[], ["enable"]])
def test_an_unaware_process_brings_back_no_user(
    begin: Begin, folder: Path, clock: SetClock, then: list[str]
) -> None:
    """Its file is another one by now: it must not take the new one for its own, begun anew."""
    unaware, wiper = begin(), begin()
    device = known(unaware, wiper)
    damage(folder)
    wiper.apply(ENTER)  # moves the file aside and begins another
    wipe(wiper, wiper, unaware, clock=clock)
    for given in then:
        wiper.apply(given)
    unaware.log("before it has heard")
    unaware.tell("refresh")
    unaware.log("after")
    let_retry(wiper, unaware, clock=clock)
    assert_gone(folder, device)
    assert_somebody_new(unaware, device)
    if (
        sys.platform == "win32"
    ):  # where it has been wiped itself meanwhile, and begins anew when it is told to
        for given in then:
            unaware.apply(given)
    assert unaware.state["device"] == wiper.state["device"] or not then
    unaware.kill()
    wiper.kill()
    assert_somebody_new(begin(), device)


@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_wipe_after_several_damages_forgets_the_user(begin: Begin, folder: Path, before: int) -> None:
    """The next start has a new device and no user."""
    device = ""
    for _ in range(before + 1):
        process = begin()
        device = known(process)
        process.kill()
        damage(folder)
    process = begin()
    other = begin()
    assert process.tell("wipe")
    other.tell("refresh")
    assert_gone(folder, device)
    process.kill()
    other.kill()
    lose(folder)
    assert_somebody_new(begin(), device)


def test_the_next_start_deletes_after_a_refused_wipe(begin: Begin, folder: Path) -> None:
    """While another process held the database nothing could be deleted, and then this one was killed."""
    process = begin()
    device = known(process)
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        assert not process.tell("wipe")
        process.kill()
        disabled = begin()
        assert_somebody_new(disabled, device)
        assert not disabled.state["enabled"]
        disabled.kill()
    following = begin()
    assert_gone(folder, device)
    assert_somebody_new(following, device)
    assert following.state["enabled"]
    following.kill()
    assert_somebody_new(begin(), device)


def wipe_until_killed(folder: Path, clock: SetClock, step: int) -> None:
    """Wipe, until this process is killed after so many SQL and file calls."""
    recorder = MergingRecorder(folder, clock, 10, enabled=True)
    recorder.apply(Input.CHANGE_USER, user_id="ada-lovelace")
    recorder.apply(Input.ENTER_FOREGROUND)
    Recorder.log(recorder, CustomEvent("a secret", "{}"))
    (folder.parent / f"{step}.device").write_text(recorder.device_id)
    kill_after(step, recorder.store.database._db)
    recorder.wipe()


@pytest.mark.posix("a process that is forked and killed")
def test_a_killed_wipe_keeps_all_or_nothing(tmp_path: Path, clock: SetClock) -> None:
    for step in itertools.count():
        folder = tmp_path / str(step)
        was_killed = is_killed(partial(wipe_until_killed, folder, clock, step))
        clock.move(5)
        device = (tmp_path / f"{step}.device").read_text()
        recorder = MergingRecorder(folder, clock, 10, enabled=True)
        with closing(recorder):
            if recorder.device_id == device:
                assert (step, recorder.tracking.user_id) == (step, "ada-lovelace")
                assert (step, recorder.pending) == (step, 2)
            else:
                assert (step, recorder.tracking.user_id) == (step, None)
                assert_gone(folder, device)
        if not was_killed:
            break
    assert step > 20


@contextmanager
def stopped_at(recorder: Recorder, statement: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """The first thread that says this to the database stops there: it sets the first event, and waits for the
    second one.
    """
    reached, go_on = threading.Event(), threading.Event()

    def stop(said: str) -> None:
        if said == statement:
            reached.set()
            go_on.wait(WAIT)

    recorder.store.database._db.set_trace_callback(stop)
    yield reached, go_on
    go_on.set()


def test_a_waiting_wipe_holds_up_no_call(folder: Path, clock: SetClock) -> None:
    """A call of another thread is through while the wipe waits for the database."""
    with closing(Recorder(folder, clock, 10, enabled=True)) as recorder:
        with stopped_at(recorder, "BEGIN IMMEDIATE") as (reached, go_on):
            wiping = threading.Thread(target=recorder.wipe)
            logging = threading.Thread(target=lambda: recorder.log(CustomEvent("a secret", "{}")))
            wiping.start()
            assert reached.wait(WAIT)
            logging.start()
            logging.join(WAIT / 2)
            was_through = not logging.is_alive()
            assert recorder.pending == 0
            go_on.set()
            wiping.join()
            logging.join()
        assert was_through
        assert not list(folder.glob("*"))


def acknowledged(recorder: Recorder) -> Callable[[], object]:
    queue = SendQueue(recorder)
    batch = queue.batch(10)
    assert batch
    return lambda: queue.acknowledge(batch, None, None)


def put_away(recorder: Recorder) -> Callable[[], object]:
    queue = SendQueue(recorder)
    batch = queue.batch(1)
    assert batch
    return lambda: queue.set_aside(batch, "refused")


def merging(recorder: Recorder) -> Callable[[], object]:
    Recorder.log(recorder, CustomEvent("a secret", "{}"))
    return recorder.merge


@pytest.mark.parametrize("prepare", [acknowledged, put_away, merging])
def test_a_wiped_store_s_failure_is_not_reported(
    folder: Path, clock: SetClock, prepare: Callable[[Recorder], Callable[[], object]]
) -> None:
    """What fails in a database that is forgotten meanwhile is no reason to wait for the one after it."""
    with closing(MergingRecorder(folder, clock, 10, enabled=True)) as recorder:
        recorder.apply(Input.ENTER_FOREGROUND)
        act = prepare(recorder)
        database = recorder.store.database._db
        database.execute("PRAGMA query_only = ON")  # the disk takes nothing
        with stopped_at(recorder, "BEGIN IMMEDIATE") as (reached, go_on):
            acting = threading.Thread(target=act)
            acting.start()
            assert reached.wait(WAIT)
            assert not recorder.wipe()
            go_on.set()
            acting.join()
        database.execute("PRAGMA query_only = OFF")
        assert not recorder.storage_error


def test_a_user_named_while_a_wipe_waits_counts(folder: Path, clock: SetClock) -> None:
    with (
        closing(Recorder(folder, clock, 10, enabled=True)) as recorder,
        closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert not recorder.wipe()
        recorder.apply(Input.CHANGE_USER, user_id="bob")
        assert not recorder.merge_all()
        other.execute("ROLLBACK")
        assert recorder.apply(Input.ENABLE)
        recorder.apply(Input.ENTER_FOREGROUND)
        assert recorder.merge_all()
        assert recorder.tracking.user_id == "bob"


def test_a_wipe_beside_a_merge_gives_one_id(folder: Path, clock: SetClock) -> None:
    """The merge that is under way brings the old device back no more."""
    with closing(Recorder(folder, clock, 10, enabled=True)) as recorder:
        recorder.apply(Input.ENTER_FOREGROUND)
        with stopped_at(recorder, "COMMIT") as (reached, go_on):
            merging = threading.Thread(target=recorder.merge)
            merging.start()
            assert reached.wait(WAIT)
            old = recorder.device_id
            assert not recorder.wipe()
            new = recorder.device_id
            go_on.set()
            merging.join()
        assert old != new == recorder.device_id
        assert recorder.merge_all()
        assert recorder.device_id == new
        assert not list(folder.glob("*"))
