"""Journals of several processes, merged into one database, also after kills at any time."""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from version_0_1_0 import DEVICE, SESSION, left_by_0_1_0

from braze_qt._platform.clock import Instant
from braze_qt._recorder.merge import Outcome, merge
from braze_qt._session.shared import Kind
from braze_qt._storage.database import FILES, VERSION, BusyStoreError
from braze_qt._storage.journal import Journal
from braze_qt._storage.journal_database import Database
from braze_qt._storage.schema import prepare
from braze_qt.errors import StoreError
from braze_qt.events import SessionEnded, SessionStarted
from tests.support.clocks import SetClock
from tests.support.kills import is_killed, kill_after

TIMEOUT = b"10"


class Process:
    """A journal and a connection, in this process: its death is the end of its lock."""

    def __init__(self, folder: Path | None, clock: SetClock, **bounds: int) -> None:
        self._clock = clock
        self.database = Database(folder, **bounds)
        shared = self.database.shared()
        self.journal = Journal(folder, clock.boot_id, shared.generation if shared else 0)
        self.say(Kind.BEGIN, TIMEOUT)

    def say(self, kind: Kind, body: bytes | str = b"") -> None:
        text = body.encode() if isinstance(body, str) else body
        assert self.journal.append(kind, self._clock.now(), text)

    def log(self, name: str, more: str = "") -> None:
        self.say(Kind.EVENT, f'ce{{"n":"{name}","p":{{"s":"{more}"}}}}')

    def merge(self, *, limit: int = 32 * 1024) -> Outcome:
        return merge(self.database, self.journal, self._clock.boot_id, patience=0.25, limit=limit)

    def merge_all(self, *, limit: int = 32 * 1024) -> Outcome:
        while not (outcome := self.merge(limit=limit)).is_whole:
            pass
        return outcome

    def die(self) -> None:
        self.journal.close(delete=False)
        self.database.close()


@pytest.fixture
def begin(folder: Path, clock: SetClock) -> Iterator[Callable[..., Process]]:
    begun: list[Process] = []

    def begin(where: Path | None = folder, **bounds: int) -> Process:
        begun.append(Process(where, clock, **bounds))
        return begun[-1]

    yield begin
    for process in begun:
        process.die()


def rows(folder: Path, table: str = "outbox") -> list[dict[str, Any]]:
    end = "" if table == "outbox" else "}"
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [json.loads(text + end) for (text,) in db.execute(f"SELECT event FROM {table} ORDER BY id")]


def names(folder: Path, table: str = "outbox") -> list[str]:
    return [event["data"].get("n", event["name"]) for event in rows(folder, table)]


def counts(folder: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return db.execute("SELECT rows, bytes FROM counts").fetchone()


def meta(folder: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return dict(db.execute("SELECT key, value FROM meta"))


def journals(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("braze.journal-*"))


# -- what one process appends --------------------------------------------------------------------


def test_appended_records_are_merged_once(begin, folder):
    process = begin()
    process.say(Kind.ENTER)
    process.log("a")
    process.merge_all()
    process.log("b")
    process.merge_all()
    process.merge_all()
    assert names(folder) == ["ss", "a", "b"]
    assert process.journal.pending == 0
    assert counts(folder) == (3, sum(len(text) for text in stored(folder)))


def stored(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        return [text for (text,) in db.execute("SELECT event FROM outbox")]


def test_an_event_without_a_session_is_parked(begin, folder, clock):
    """It joins the next session."""
    process = begin()
    process.log("early")
    process.merge_all()
    assert (names(folder), names(folder, "parked")) == ([], ["early"])
    process.say(Kind.USER, "ada")
    process.say(Kind.ENTER)
    process.merge_all()
    assert names(folder) == ["ss", "early"]
    assert counts(folder)[0] == 2
    assert len({event["session_id"] for event in rows(folder)}) == 1


def test_anonymous_attributes_become_the_first_user_s(begin, folder):
    """Of several values for one key the last is kept."""
    process = begin()
    for value in ("1", "22"):
        process.say(Kind.ATTRIBUTE, json.dumps(["a", value, True]))
    process.say(Kind.ATTRIBUTE, json.dumps(["b", "3", True]))
    process.say(Kind.USER, "ada")
    process.say(Kind.ATTRIBUTE, json.dumps(["b", "4", True]))
    process.merge_all()
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        found = db.execute("SELECT user_id, key, value FROM attributes ORDER BY id").fetchall()
        total = db.execute("SELECT count(*), sum(size) FROM attributes").fetchone()
    assert found == [("ada", "a", "22"), ("ada", "b", "4")]
    assert counts(folder) == total


def test_each_process_tells_the_facts_it_caused(begin):
    """A merge by another process leaves them for it, to be told once."""
    first, second = begin(), begin()
    first.say(Kind.ENTER)
    second.say(Kind.USER, "ada")
    ended, started = second.merge().facts
    (fact,) = first.merge().facts
    assert not first.merge().facts
    assert isinstance(fact, SessionStarted)
    assert isinstance(ended, SessionEnded)
    assert (started.user_id, ended.session_id) == ("ada", fact.session_id)


def test_a_large_journal_is_merged_in_portions(begin, folder):
    process = begin()
    process.say(Kind.ENTER)
    expected = [str(number) for number in range(2_000)]
    for name in expected:
        process.log(name)
    assert not process.merge().is_whole
    assert 0 < len(names(folder)) < 500
    process.merge_all()
    assert names(folder) == ["ss", *expected]


def test_a_full_outbox_drops_its_oldest_events(begin, folder):
    process = begin(max_rows=10)
    process.say(Kind.ENTER)
    for number in range(30):
        process.log(str(number))
    process.merge_all()
    assert names(folder) == ["ss", *map(str, range(21, 30))]
    assert meta(folder)["lost"] == 21
    assert counts(folder) == (10, sum(map(len, stored(folder))))


def test_without_a_folder_everything_is_in_memory(begin):
    process = begin(None)
    process.say(Kind.ENTER)
    process.log("a")
    outcome = process.merge_all()
    assert outcome.shared is not None
    assert outcome.shared.session is not None
    assert process.database.known()[1] == 2


# -- several processes -------------------------------------------------------------------------------


def test_records_of_all_processes_merge_in_time_order(begin, folder, clock):
    first, second = begin(), begin()
    first.say(Kind.ENTER)
    for number in range(6):
        clock.move(1)
        (first, second)[number % 2].say(Kind.USER, f"user {number}")
        clock.move(1)
        first.log(f"a{number}")
        clock.move(1)
        second.log(f"b{number}")
    second.merge_all()
    for event in rows(folder):
        if event["name"] == "ce":
            assert event["user_id"] == f"user {event['data']['n'][1]}"


@pytest.mark.parametrize("limit", [300, 1_000, 32 * 1024])
def test_merge_order_does_not_depend_on_portion_size(begin, folder, clock, limit):
    processes = [begin() for _ in range(3)]
    chance = random.Random(limit)
    processes[0].say(Kind.ENTER)
    expected = []
    for number in range(200):
        clock.move(0.01)
        chance.choice(processes).log(str(number), "x" * chance.choice([3, 90, 400]))
        expected.append(str(number))
    processes[1].merge_all(limit=limit)
    assert names(folder) == ["ss", *expected]


def test_the_journal_of_a_dead_process_is_merged(begin, folder, clock):
    """Then its file is deleted. The session ends at the last record of the process."""
    first, second = begin(), begin()
    first.say(Kind.ENTER)
    clock.move(3)
    first.log("last")
    first.die()
    clock.move(20)
    second.say(Kind.HEARTBEAT)
    second.merge_all()
    assert names(folder) == ["ss", "last", "se"]
    assert rows(folder)[-1]["data"]["d"] == 3.0
    assert journals(folder) == [second.journal.name]
    second.say(Kind.HEARTBEAT)
    second.merge_all()
    assert [*second.database.journals()] == [second.journal.name]


def test_a_process_without_a_journal_counts_as_dead(begin, folder, clock):
    first, second = begin(), begin()
    first.say(Kind.ENTER)
    first.merge_all()
    first.die()
    (folder / first.journal.name).unlink()
    clock.move(20)
    second.say(Kind.HEARTBEAT)
    outcome = second.merge_all()
    assert names(folder) == ["ss", "se"]
    assert outcome.shared is not None
    assert outcome.shared.staying == {second.journal.name}


def test_a_garbled_journal_is_counted_and_deleted(begin, folder):
    process = begin()
    (folder / "braze.journal-garbled").write_bytes(b"garbage" * 100)
    process.merge_all()
    assert meta(folder)["lost"] == 1
    assert journals(folder) == [process.journal.name]


def test_an_empty_journal_is_deleted_without_a_loss(begin, folder):
    """Its process died before it wrote the header."""
    process = begin()
    (folder / "braze.journal-empty").write_bytes(b"")
    process.merge_all()
    assert "lost" not in meta(folder)
    assert journals(folder) == [process.journal.name]


def test_records_from_before_a_wipe_are_not_merged(begin, folder, clock):
    process = begin()
    process.merge_all()
    forgotten = Journal(folder, clock.boot_id, 7)
    assert forgotten.append(Kind.USER, clock.now(), b"secret")
    forgotten.close(delete=False)
    process.merge_all()
    assert process.database.shared().user_id is None
    assert journals(folder) == [process.journal.name]


def test_a_journal_of_an_old_generation_is_forgotten(begin, folder, clock):
    """Its process has missed a wipe, and learns of it from the merge."""
    begin().merge_all()
    late = Process(folder, clock)
    late.journal.generation = 7
    assert late.merge().is_forgotten
    late.die()


def test_records_of_a_busy_merge_are_merged_later(begin, folder, clock):
    process = begin()
    process.say(Kind.ENTER)
    process.merge_all()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        process.log("kept")
        with pytest.raises(BusyStoreError):
            merge(process.database, process.journal, clock.boot_id, patience=0)
        process.die()  # and dies before it could merge
        holder.execute("ROLLBACK")
    begin().merge_all()
    assert "kept" in names(folder)


def test_a_failed_merge_is_repeated_without_duplicates(begin, folder):
    process = begin()
    process.say(Kind.ENTER)
    process.merge_all()
    process.log("a")
    process.database._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError):
        process.merge()
    process.database._db.execute("PRAGMA query_only = OFF")
    process.log("b")
    process.merge_all()
    assert names(folder) == ["ss", "a", "b"]


def test_a_new_database_gets_unmerged_records_only(begin, folder, clock):
    process = begin()
    process.say(Kind.ENTER)
    process.log("merged")
    process.merge_all()
    process.log("not merged")
    process.die()
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    begin().merge_all()
    assert names(folder, "parked") == ["not merged"]


# -- files of other versions -------------------------------------------------------------------------


def test_a_0_1_0_file_is_taken_over(folder, clock, begin):
    left_by_0_1_0(folder, now=clock.now(), user_id="ada")
    clock.move(5)
    process = begin()
    shared = process.merge_all().shared
    assert (shared.user_id, shared.session.id, shared.consent) == ("ada", SESSION, None)
    assert meta(folder)["device_id"] == DEVICE
    assert names(folder) == ["ss", "logged"]
    assert counts(folder)[0] == 3
    process.say(Kind.ENTER)
    process.log("later")
    process.merge_all()
    assert names(folder) == ["ss", "logged", "later"]


def test_ids_go_on_over_0_1_0(folder, clock, begin):
    """Also where all was sent before."""
    left_by_0_1_0(folder, now=clock.now(), user_id="ada")
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        (last,) = db.execute("SELECT max(id) FROM outbox").fetchone()
        db.execute("DELETE FROM outbox")
    process = begin()
    process.log("later")
    process.merge_all()
    assert process.database.last_id == last + 1


def test_an_old_session_ends_at_its_last_heartbeat(folder, clock, begin):
    """A session that version 0.1.0 left."""
    left_by_0_1_0(folder, now=clock.now())
    clock.move(60)
    begin().merge_all()
    assert names(folder) == ["ss", "logged", "se"]
    assert rows(folder)[-1]["data"]["d"] == 0.0


def test_consent_withdrawn_under_0_1_0_stays_withdrawn(folder, clock):
    left_by_0_1_0(folder, now=clock.now(), enabled=False)
    with closing(Database(folder)) as database:
        assert database.shared().consent is False


def test_a_database_made_meanwhile_is_not_strange(folder):
    """Two processes start for the first time: one looks for tables just when the other one has made them."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "braze.db", isolation_level=None)) as db:
        made: list[str] = []

        def make(statement: str) -> None:
            if "sqlite_master" in statement and not made:
                made.append(statement)
                Database(folder).close()

        db.set_trace_callback(make)
        prepare(db)
        assert made


def test_a_database_of_a_newer_version_is_refused(begin, folder):
    begin().merge_all()
    with closing(sqlite3.connect(folder / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        Database(folder)


# -- kills -------------------------------------------------------------------------------------------

MEMBER = """
import os, random, sys, threading, time
from pathlib import Path
from braze_qt._platform.clock import SystemClock
from braze_qt._recorder.merge import merge
from braze_qt._session.shared import Kind
from braze_qt._storage.database import BusyStoreError
from braze_qt._storage.journal import Journal
from braze_qt._storage.journal_database import Database

folder, member = Path(sys.argv[1]), sys.argv[2]
chance, clock = random.Random(member), SystemClock()
while True:
    try:
        database = Database(folder)
        break
    except BusyStoreError:  # the others begin, too
        time.sleep(0.01)
journal = Journal(folder, clock.boot_id, 0)
assert journal.append(Kind.BEGIN, clock.now(), b"10")

def log(thread):
    number = 0
    while True:
        name = f"{member}.{thread}.{number}"
        if journal.append(Kind.EVENT, clock.now(), b'ce{"n":"%s","p":{}}' % name.encode()):
            os.write(1, f"{name}\\n".encode())
        number += 1
        if number % 7 == 0:
            time.sleep(chance.random() * 0.002)

for thread in range(2):
    threading.Thread(target=log, args=(thread,), daemon=True).start()
while True:
    kind = chance.choice([Kind.ENTER, Kind.LEAVE, Kind.HEARTBEAT, Kind.USER])
    journal.append(kind, clock.now(), chance.choice([b"ada", b"bob"]) if kind == Kind.USER else b"")
    try:
        merge(database, journal, clock.boot_id, patience=0.25, limit=chance.choice([2_048, 32_768]))
    except BusyStoreError:
        pass
    journal.reserve_ahead()
"""


def merge_until_killed(folder: Path, clock: SetClock, step: int) -> None:
    """Merge two journals, until this process is killed after so many SQL and file calls."""
    dead = Process(folder, clock)
    dead.say(Kind.ENTER)
    dead.log("of the dead")
    dead.die()
    clock.move(1)
    process = Process(folder, clock)
    process.say(Kind.ENTER)
    process.log("before")
    process.say(Kind.USER, "ada")
    process.log("after")
    kill_after(step, process.database._db)
    process.merge()


@pytest.mark.posix("a process that is forked and killed")
def test_a_killed_merge_loses_nothing(tmp_path, clock):
    wanted = ["ss", "of the dead", "before", "se", "ss", "after", "se"]
    for step in itertools.count():
        folder = tmp_path / str(step)
        was_killed = is_killed(partial(merge_until_killed, folder, clock, step))
        clock.move(5)
        process = Process(folder, clock)
        process.merge_all()
        process.say(Kind.QUIT)
        process.merge_all()
        assert (step, names(folder)) == (step, wanted)
        assert (step, journals(folder)) == (step, [process.journal.name])
        process.die()
        if not was_killed:
            break
    assert step > 20


@pytest.mark.posix("a signal that kills at any instant")
@pytest.mark.parametrize("seed", range(3))
def test_kills_lose_and_repeat_no_acknowledged_event(folder, clock, begin, seed):
    chance, acknowledged = random.Random(seed), set()
    for wave in range(4):
        members = [
            subprocess.Popen(
                [sys.executable, "-c", MEMBER, str(folder), f"{seed}{wave}{member}"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for member in range(chance.randint(1, 3))
        ]
        for member in members:
            assert member.stdout
            line = member.stdout.readline()
            assert line, "a process has ended by itself"
            acknowledged.add(line.strip())
        end = time.monotonic() + chance.uniform(0, 0.4)
        for member in members:
            while time.monotonic() < end:
                acknowledged.add(member.stdout.readline().strip())
            member.kill()
        for member in members:
            lines = member.communicate()[0].split("\n")
            acknowledged |= {line for line in lines[:-1] if line}
    clock.instant = Instant(time.time(), time.monotonic() + 1e6, 1e6)
    clock.boot_id = "the next one"
    process = begin()
    process.merge_all()
    process.say(Kind.HEARTBEAT)
    process.merge_all()
    found = names(folder) + names(folder, "parked")
    events = [name for name in found if name not in ("ss", "se")]
    assert acknowledged <= set(events)
    assert len(events) == len(set(events))
    assert "lost" not in meta(folder)
    assert journals(folder) == [process.journal.name]
    hold(folder)


def hold(folder: Path) -> None:
    """One session at a time, each ended once, no two events with one stamp."""
    present, users, stamps = None, {}, set()
    for event in rows(folder):
        session = event["session_id"]
        if event["name"] == "ss":
            assert present is None
            present = session
            users[session] = event.get("user_id")
        elif event["name"] == "se":
            assert session == present
            present = None
        else:
            assert session == present
            assert event["time"] not in stamps
            stamps.add(event["time"])
    assert present is None
