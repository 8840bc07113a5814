"""What is told while consent is withdrawn, and withdrawals and wipes beside other processes."""

from __future__ import annotations

import errno
import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from braze_qt._recorder import merge as merge_module
from braze_qt._recorder import recorder as recorder_module
from braze_qt._recorder import store as store_module
from braze_qt._recorder.merge import Outcome, merge
from braze_qt._recorder.recorder import Recorder
from braze_qt._session.state import Input
from braze_qt._storage import recovery
from braze_qt._storage.journal import OtherJournal
from braze_qt._storage.journal_database import Database
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.events import CustomEvent, SessionEnded, SessionStarted
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder

DEEDS = [Input.DISABLE, Input.ENABLE, Input.CHANGE_USER, Input.ENTER_FOREGROUND, Input.LEAVE_FOREGROUND]
Start = Callable[..., Recorder]


@pytest.fixture
def start(folder: Path, clock: SetClock) -> Iterator[Start]:
    started: list[Recorder] = []

    def start(where: Path = folder, *, enabled: bool = True) -> Recorder:
        started.append(Recorder(where, clock, 10, enabled=enabled))
        return started[-1]

    yield start
    for recorder in started:
        recorder.quit()
        recorder.close()


def rows(folder: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [json.loads(text) for (text,) in db.execute("SELECT event FROM outbox ORDER BY id")]


def told(recorder: Recorder) -> list[tuple[str, str | None]]:
    """What is in the outbox, with the user it is of."""
    assert recorder.merge_all()
    assert recorder.merge_all()  # which finds that a journal is closed without consent
    folder = recorder.store.folder
    if folder is None or not (folder / "braze.db").exists():
        return []
    return [(event["data"].get("n", event["name"]), event.get("user_id")) for event in rows(folder)]


def both(recorder: Recorder) -> bool:
    """Whether a start and an end of a session are told."""
    assert recorder.merge_all()
    return [type(fact) for fact in recorder.take_facts()] == [SessionStarted, SessionEnded]


def test_a_merge_within_a_withdrawal_tells_its_end(start, monkeypatch):
    """The storage thread may merge while the call notes that consent was withdrawn."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)

    def note(*where: Any) -> None:
        recovery.note(*where)
        recorder.merge()

    monkeypatch.setattr(recorder_module, "note", note)
    recorder.apply(Input.DISABLE)
    assert both(recorder)
    assert not recorder.enabled


def test_a_withdrawal_within_a_merge_tells_its_end(start, monkeypatch):
    """The call may come when the storage thread has read the journals, and has not merged them yet."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    in_order = merge_module._in_order

    def read(*given: Any) -> Any:
        found = in_order(*given)
        monkeypatch.undo()
        recorder.apply(Input.DISABLE)
        return found

    monkeypatch.setattr(merge_module, "_in_order", read)
    assert both(recorder)
    assert not recorder.enabled


def test_consent_given_anew_within_a_merge_holds(start, monkeypatch):
    """The call may come when the storage thread knows of the withdrawal and has not read the journals yet."""
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.apply(Input.DISABLE)
    others = merge_module._others

    def list_others(*given: Any) -> Any:
        monkeypatch.undo()
        recorder.apply(Input.ENABLE)
        return others(*given)

    monkeypatch.setattr(merge_module, "_others", list_others)
    assert recorder.merge_all()
    assert recorder.enabled
    assert recorder.log(CustomEvent("after", "{}"))
    assert "after" in [name for name, _ in told(recorder)]


def test_consent_by_two_processes_begins_one_journal(start, clock, monkeypatch):
    """That of another process becomes known by the merge in which this one is given consent."""
    one, other = start(), start()
    for each in (other, other, one, one):
        other.apply(Input.DISABLE)
        each.refresh()
        each.merge_all()
    clock.move(1)
    other.apply(Input.ENABLE)
    other.merge_all()
    others = merge_module._others

    def list_others(*given: Any) -> Any:
        monkeypatch.undo()
        found = [*others(*given)]
        one.apply(Input.ENABLE)
        one.apply(Input.ENTER_FOREGROUND)
        return found

    monkeypatch.setattr(merge_module, "_others", list_others)
    one.refresh()
    one.merge_all()
    clock.move(1)
    one.apply(Input.LEAVE_FOREGROUND)
    clock.move(60)
    one.tick()
    one.merge_all()
    assert one.tracking.session is None
    assert both(one)


def test_a_user_told_before_consent_returns_counts(start):
    """Also where nothing is merged in between."""
    recorder = start()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.merge_all()
    recorder.apply(Input.DISABLE)
    recorder.apply(Input.CHANGE_USER, user_id="bob")
    recorder.apply(Input.SET_TIMEOUT, timeout=77)
    recorder.apply(Input.ENABLE)
    recorder.log(CustomEvent("of bob", "{}"))
    assert told(recorder)[-2:] == [("ss", "bob"), ("of bob", "bob")]
    assert (recorder.tracking.user_id, recorder.tracking.timeout) == ("bob", 77)


def test_the_moments_of_merges_change_nothing(start, clock, tmp_path):
    """Each story told twice: merged after each call, and now and then."""
    for seed in range(40):
        chance = random.Random(seed)
        story = [(Input.ENTER_FOREGROUND, ""), (Input.DISABLE, "")]
        story += [(chance.choice([*DEEDS, None]), chance.choice("ab")) for _ in range(6)]
        rarely = [chance.random() < 0.3 for _ in story]
        outcomes = []
        for way, merges in (("always", [True] * len(story)), ("rarely", rarely)):
            recorder = start(tmp_path / f"{seed} {way}")
            for number, ((deed, user), is_merged) in enumerate(zip(story, merges, strict=True)):
                clock.move(1)
                if deed is None:
                    recorder.log(CustomEvent(str(number), "{}"))
                else:
                    recorder.apply(deed, user_id=user if deed is Input.CHANGE_USER else None)
                if is_merged:
                    recorder.merge_all()
            sent, now = told(recorder), recorder.tracking
            outcomes.append((sent, now.enabled, now.user_id, now.state, now.foreground, recorder.pending))
        assert outcomes[0] == outcomes[1], (seed, story, rarely)


def test_a_refusal_without_a_journal_holds_for_all(start):
    """A process that has not heard of another one's consent withdraws it all the same."""
    one, other = start(enabled=False), start(enabled=False)
    other.apply(Input.ENABLE)
    other.apply(Input.ENTER_FOREGROUND)
    other.merge_all()
    assert one.apply(Input.DISABLE)
    one.merge_all()
    other.merge_all()
    assert not other.enabled
    other.log(CustomEvent("after", "{}"))
    assert "after" not in [name for name, _ in told(other)]


def test_a_refusal_before_any_consent_is_not_stored(start, folder):
    recorder = start(enabled=False)
    assert recorder.apply(Input.DISABLE)
    recorder.merge_all()
    assert not folder.exists()
    assert start(enabled=True).enabled


def test_hearing_of_a_wipe_keeps_no_device(start, folder, clock):
    wiper, other, third = start(), start(), start()
    wiper.apply(Input.ENTER_FOREGROUND)
    device = wiper.device_id
    for each in (wiper, other, third):
        each.merge_all()
    assert wiper.wipe()
    other.merge_all()
    clock.move(60)
    wiper.apply(Input.ENABLE)
    wiper.merge_all()
    assert wiper.device_id != device
    third.merge_all()
    assert device not in (wiper.device_id, other.device_id, third.device_id)


def test_a_wipe_after_a_whole_one_is_noticed(start, folder, clock):
    """The first one leaves no file: the process that wiped, and the other one, count from there on anew."""
    one, other = start(), start()
    for each in (one, other, one, other):
        each.apply(Input.DISABLE)
        each.merge_all()
    assert one.wipe()
    assert not any(folder.glob("braze.*"))
    other.merge_all()
    clock.move(60)
    other.apply(Input.ENABLE)
    other.merge_all()
    one.apply(Input.ENABLE)
    clock.move(1)
    assert other.wipe()
    one.merge_all()
    assert not one.enabled


def test_a_wipe_bears_a_clock_far_ahead(start, folder, clock):
    """A journal has 32 bits for the name of a wipe."""
    recorder = start()
    clock.instant = clock.instant._replace(wall=2.0**33)
    assert recorder.wipe()
    assert recorder.apply(Input.ENABLE)
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.merge_all()
    assert recorder.wipe()
    assert recorder.apply(Input.ENABLE)
    recorder.merge_all()
    assert recorder.is_on_disk
    assert start().enabled


def test_a_wipe_fails_while_the_log_is_read(start, folder):
    """What was forgotten would be in it still. The next merge deletes it."""
    wiper, other = start(), start()
    wiper.apply(Input.CHANGE_USER, user_id="ada-lovelace")
    wiper.apply(Input.ENTER_FOREGROUND)
    for each in (wiper, other):
        each.merge_all()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM outbox").fetchall()
        assert not wiper.wipe()
        other.merge_all()
        other.apply(Input.ENABLE)
        other.apply(Input.CHANGE_USER, user_id="bob")
        other.merge_all()
    wiper.merge_all()
    assert b"ada-lovelace" not in b"".join(path.read_bytes() for path in folder.iterdir())
    other.merge_all()
    assert (other.enabled, other.tracking.user_id) == (True, "bob"), "of another person, after the wipe"


def test_inputs_after_an_unnoticed_wipe_count(start, clock):
    """Also where the process that wiped has gone on since."""
    wiper, other = start(), start()
    for each in (wiper, other):
        each.merge_all()
    assert wiper.wipe()
    clock.move(1)
    assert other.apply(Input.CHANGE_USER, user_id="bob")
    clock.move(1)
    wiper.apply(Input.ENABLE)
    wiper.apply(Input.ENTER_FOREGROUND)
    wiper.merge_all()
    other.merge_all()
    other.log(CustomEvent("of bob", "{}"))
    assert ("of bob", "bob") in told(other)


def test_an_acknowledgement_after_a_wipe_stores_nothing(start, folder):
    """The request was under way while another process wiped."""
    sender, wiper = start(), start()
    sender.apply(Input.CHANGE_USER, user_id="ada")
    sender.apply(Input.ENTER_FOREGROUND)
    for each in (sender, wiper):
        each.merge_all()
    queue = SendQueue(sender)
    batch = queue.batch(100)
    assert batch
    assert wiper.wipe()
    queue.acknowledge(batch, {"locale": "de"}, None)
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        assert not [
            key for key, _ in db.execute("SELECT key, value FROM meta") if key in ("described", "device_id")
        ]


@pytest.mark.parametrize(("call", "error"), [("__init__", errno.EMFILE), ("read", errno.EIO)])
def test_an_unreadable_journal_kills_no_process(start, clock, monkeypatch, call, error):
    """No more file descriptors, or a disk that fails: the merge is tried again."""
    one, other = start(), start()
    other.apply(Input.ENTER_FOREGROUND)
    for each in (other, one):
        each.merge_all()
    with monkeypatch.context() as patch:

        def refused(*_: object) -> None:
            raise OSError(error, os.strerror(error))

        patch.setattr(OtherJournal, call, refused)
        assert not one.merge()
        assert one.is_waiting
    clock.move(5)  # until it is tried again
    assert one.merge_all()
    assert other.merge_all()
    other.log(CustomEvent("in the session", "{}"))
    assert told(other)[-1] == ("in the session", None)


def test_a_look_beside_another_process_takes_no_lock(start, folder):
    """Nor does it wait for one while there is nothing to merge."""
    one, other = start(), start()
    other.apply(Input.ENTER_FOREGROUND)
    for each in (other, one):
        each.merge_all()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert one.merge()
        Recorder.log(other, CustomEvent("new", "{}"))
        assert not one.merge()


def test_an_unstored_device_id_is_stored_later(start, folder, monkeypatch):
    """Another process writes between the first merge and it, and dies."""
    Database(folder).close()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as other:

        def merged(*given: Any, **named: Any) -> Outcome:
            outcome = merge(*given, **named)
            other.execute("BEGIN IMMEDIATE")
            return outcome

        with monkeypatch.context() as patch:
            patch.setattr(store_module, "merge", merged)
            one = start()
    one.merge_all()
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'device_id'").fetchone() == (one.device_id,)


@pytest.mark.parametrize("was_wiped", [False, True])
def test_a_journal_outlives_its_database(start, folder, clock, was_wiped):
    recorder = MergingRecorder(folder, clock, 10, enabled=True)
    if was_wiped:
        recorder.wipe()
        recorder.apply(Input.ENABLE)
    recorder.apply(Input.ENTER_FOREGROUND)
    Recorder.log(recorder, CustomEvent("acknowledged", "{}"))
    recorder.die()
    (folder / "braze.db").write_bytes(b"x" * 8_192)
    recorder = start()
    recorder.apply(Input.ENTER_FOREGROUND)
    recorder.merge_all()
    assert "acknowledged" in [event["data"].get("n") for event in rows(folder)]


@pytest.mark.posix("fork")
def test_a_forked_child_holds_up_no_sender(start, clock):
    one, other = start(), start()
    for each in (one, other):
        each.apply(Input.ENTER_FOREGROUND)
        each.merge_all()
    lease = Lease(one)
    assert lease.may_send(clock.now())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        lease.abandon()
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    lease.sent()
    waiting = Lease(other)
    try:
        for _ in range(1_000):  # until the child has let go
            if waiting.may_send(clock.now()):
                break
        else:
            pytest.fail("the child holds the lock on who sends")
    finally:
        os.close(writer)
        os.waitpid(child, 0)
        waiting.sent()
