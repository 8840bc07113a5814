"""Journals as files: appended to by processes that live, die, and share a disk that fails."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from braze_qt._platform.clock import Instant
from braze_qt._session.shared import Kind, Record
from braze_qt._storage import journal as journal_module
from braze_qt._storage.journal import BOUND, IN_MEMORY, PORTION, STEP, Journal, OtherJournal, others
from braze_qt._storage.record import START, Position, is_input
from tests.support.disks import fill, mounted

BOOT = "boot-1"
Make = Callable[..., Journal]


def at(seconds: float) -> Instant:
    return Instant(1_000.0 + seconds, seconds, seconds)


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    """Makes journals of this process, closed in the end."""
    made: list[Journal] = []

    def make(where: Path | None = folder) -> Journal:
        if where:
            where.mkdir(exist_ok=True)
        made.append(Journal(where, BOOT, 0))
        return made[-1]

    yield make
    for journal in made:
        journal.close(delete=False)


def path_of(folder: Path) -> Path:
    (path,) = folder.glob("braze.journal-*")
    return path


def bodies(found: list[Record]) -> list[str]:
    return [each.body.decode() for each in found]


def read_all(journal: Journal | OtherJournal, position: Position | None = None) -> list[Record]:
    """Everything from there on, in portions."""
    found: list[Record] = []
    while True:
        portion = journal.read(position)
        found += portion.records
        position = portion.position
        if portion.is_whole:
            return found


def append(journal: Journal, *names: str, kind: int = Kind.EVENT) -> None:
    for name in names:
        assert journal.append(kind, at(1), name.encode())


# -- appending and reading -----------------------------------------------------------------------


def test_appended_records_are_read_by_all_processes(make, folder):
    journal = make()
    append(journal, "a", "b")
    append(journal, "ada", kind=Kind.USER)
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert not other.is_dead
        found = read_all(other)
        assert found == read_all(journal)
    assert bodies(found) == ["a", "b", "ada"]
    assert [each.number for each in found] == [1, 2, 3]
    assert {each.process for each in found} == {path_of(folder).name}
    assert (found[2].kind, found[2].wall, found[2].boot_id, found[2].current_boot) == (
        Kind.USER,
        1_001.0,
        BOOT,
        True,
    )


@pytest.mark.posix("file modes")
def test_a_journal_is_private_to_the_user(make, folder):
    make()
    assert path_of(folder).stat().st_mode & 0o777 == 0o600


def test_reading_goes_on_where_it_ended(make):
    journal = make()
    append(journal, "a")
    position = journal.read(None).position
    append(journal, "b")
    assert bodies(read_all(journal, position)) == ["b"]


def test_a_large_journal_is_read_in_portions(make):
    journal = make()
    names = [f"{number}{'x' * 600}" for number in range(500)]
    append(journal, *names)
    assert sum(len(each.body) for each in journal.read(None).records) <= PORTION
    assert bodies(read_all(journal)) == names


def test_a_merge_without_records_keeps_the_read_position(make):
    """What the database knows of the place may be older than the present beginning of the file."""
    journal = make()
    append(journal, "a", "b")
    known = journal.read(None).position
    journal.merged(known)
    journal.merged(known)
    append(journal, "c")
    assert bodies(read_all(journal, known)) == bodies(read_all(journal)) == ["c"]


def test_a_record_larger_than_a_portion_is_read(make, folder):
    journal = make()
    names = ["a", "x" * (PORTION + 1), "b"]
    append(journal, *names)
    assert bodies(read_all(journal)) == names
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert bodies(read_all(other)) == names


def test_a_record_too_large_is_refused_and_counted(make):
    journal = make()
    assert not journal.append(Kind.EVENT, at(0), bytes(300_000))
    assert journal.refused == 1
    append(journal, "next")
    assert bodies(read_all(journal)) == ["next"]


def test_a_merged_journal_begins_anew(make, folder):
    journal, position, expected = make(), Position(), 0
    for round_ in range(50):
        names = [f"{round_}.{number}" for number in range(30)]
        append(journal, *names)
        portion = journal.read(position)
        assert bodies(portion.records) == names
        position = portion.position
        journal.merged(position)
        expected += len(names)
    assert position.number == expected + 1
    assert path_of(folder).stat().st_size == STEP
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert not other.read(position).records


def test_other_processes_follow_a_journal_begun_anew(make, folder):
    journal = make()
    append(journal, *"abcdef")
    position = journal.read(None).position
    journal.merged(position)
    append(journal, "g")
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert bodies(read_all(other, position)) == ["g"]


def test_a_large_merged_journal_is_cut_back(make, folder):
    journal = make()
    while journal.append(Kind.EVENT, at(0), bytes(50_000)) and journal._size < STEP * 20:
        pass
    position = Position()
    while not (portion := journal.read(position)).is_whole:
        position = portion.position
    journal.merged(portion.position)
    assert path_of(folder).stat().st_size == STEP


def test_a_full_journal_refuses_events_and_takes_inputs(make):
    journal = make()
    while journal.append(Kind.EVENT, at(0), bytes(200_000)) and journal.is_on_disk:
        pass
    assert BOUND - 250_000 < journal._tail < BOUND
    assert journal.append(Kind.DISABLE, at(0))


def test_threads_may_append_at_the_same_time(make):
    journal = make()
    threads = [
        threading.Thread(target=append, args=(journal, *(f"{thread}.{n}" for n in range(2_000))))
        for thread in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = bodies(read_all(journal))
    assert len(set(found)) == len(found) == 8_000


@pytest.mark.posix("signals in the middle of a call")
def test_a_signal_handler_may_append_during_a_call(make):
    journal, handled, numbers = make(), [], itertools.count()

    def handle(*_: object) -> None:
        name = f"signal {next(numbers)}"
        handled.append(name)
        append(journal, name)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
        names = [str(number) for number in range(20_000)]
        append(journal, *names)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    found = bodies(read_all(journal))
    assert len(found) == len(set(found)) == 20_000 + len(handled)
    assert [name for name in found if not name.startswith("signal")] == names
    assert handled


# -- life and death --------------------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
from braze_qt._platform.clock import Instant
from braze_qt._storage.journal import Journal
journal = Journal(Path(sys.argv[1]), "boot-1", 0)
number = 0
while True:
    assert journal.append(1, Instant(1.0, 1.0, 1.0), b"%d" % number)
    print(number, flush=True)
    number += 1
"""


@pytest.fixture
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which appends numbers and says which it has appended."""
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("count", [1, 50, 3_000])
def test_records_appended_before_a_kill_are_there(writer, folder, count):
    assert writer.stdout
    for _ in range(count):
        writer.stdout.readline()
    writer.kill()
    said = [int(line) for line in writer.stdout.read().split()]
    writer.wait()
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert other.is_dead
        found = [int(each.body) for each in read_all(other)]
        assert found == list(range(len(found)))
        assert len(found) >= max([count - 1, *said])
        assert other.delete()
    assert not list(folder.iterdir())


def test_the_journal_of_a_living_process_stays(writer, folder):
    assert writer.stdout
    writer.stdout.readline()
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert not other.is_dead
        assert not other.delete()
    assert path_of(folder).exists()


def test_only_one_process_deletes_a_dead_journal(make, folder):
    journal = make()
    append(journal, "a")
    journal.close(delete=False)
    (first,) = others(folder, "", BOOT)
    (second,) = others(folder, "", BOOT)
    with closing(first), closing(second):
        assert (first.is_dead, second.is_dead) == (True, False)
        assert not second.delete()
        assert first.delete()


def test_a_new_journal_locked_elsewhere_gets_another_name(folder, monkeypatch):
    """Another process took it for that of a dead one, before it could be locked."""
    folder.mkdir()
    found: list[OtherJournal] = []
    lock_file = journal_module.system.lock_file

    def overtaken(file: int) -> bool:
        if not found:  # another process comes between the making and the locking
            monkeypatch.setattr(journal_module.system, "lock_file", lock_file)
            found.extend(others(folder, "", BOOT))
        return lock_file(file)

    monkeypatch.setattr(journal_module.system, "lock_file", overtaken)
    journal = Journal(folder, BOOT, 0)
    with closing(found[0]):
        assert found[0].is_dead
        append(journal, "a")
        assert journal.is_on_disk
        assert journal.name != found[0].name
    journal.close(delete=True)


def test_closing_another_descriptor_keeps_the_lock(make, folder):
    make()
    path_of(folder).read_bytes()
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert not other.is_dead


FORKING = """
import os, sys, time
from pathlib import Path
from braze_qt._platform.clock import Instant
from braze_qt._storage.journal import Journal
journal = Journal(Path(sys.argv[1]), "boot-1", 0)
assert journal.append(1, Instant(1.0, 1.0, 1.0), b"a")
if not os.fork():
    journal.abandon()
    print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.mark.posix("fork")
def test_a_forked_child_abandons_its_parent_s_journal(folder):
    """The journal of a killed parent counts as dead, although the child lives."""
    folder.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", FORKING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    try:
        parent.kill()
        parent.wait()
        (other,) = others(folder, "", BOOT)
        with closing(other):
            assert other.is_dead
            assert bodies(read_all(other)) == ["a"]
    finally:
        os.kill(child, signal.SIGKILL)
        parent.communicate()


@pytest.mark.posix("elsewhere the name stays until the last process closes the file")
def test_a_deleted_journal_is_noticed_and_still_read(make, folder):
    journal = make()
    append(journal, "a")
    assert not journal.is_deleted
    path_of(folder).unlink()
    assert journal.is_deleted
    append(journal, "b")
    assert bodies(read_all(journal)) == ["a", "b"]


def test_a_hint_replaces_a_lost_read_position(make, folder):
    """No database knows the position."""
    journal = make()
    append(journal, "a", "b")
    position = journal.read(None).first(1, Position()).position
    journal.write_hint(position)
    journal.close(delete=False)
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert bodies(read_all(other)) == ["b"]


def test_an_overwritten_journal_holds_nothing(make, folder):
    journal = make()
    append(journal, "secret")
    (other,) = others(folder, "", BOOT)
    with closing(other):
        other.overwrite()
    assert b"secret" not in path_of(folder).read_bytes()
    assert not read_all(journal)


def test_a_newer_version_s_journal_is_left_alone(make, folder):
    journal = make()
    append(journal, "a")
    journal.close(delete=False)
    path = path_of(folder)
    path.write_bytes(path.read_bytes()[:4] + b"\x02\x00" + path.read_bytes()[6:])
    (other,) = others(folder, "", BOOT)
    with closing(other):
        assert not other.is_readable
        assert not read_all(other)
        assert not other.delete()


@pytest.mark.posix("links and directories of that name")
def test_only_a_plain_file_is_a_journal(folder):
    folder.mkdir()
    (folder / "braze.journal-folder").mkdir()
    (folder / "braze.journal-link").symlink_to("/dev/zero")
    os.mkfifo(folder / "braze.journal-pipe")
    assert not list(others(folder, "", BOOT))


# -- damage ----------------------------------------------------------------------------------------


def written(make: Make, folder: Path) -> tuple[bytes, list[int]]:
    """The file of a dead process with twelve records, and where each ends."""
    journal = make()
    for number in range(12):
        kind = Kind.USER if number % 4 == 3 else Kind.EVENT
        append(journal, f"body {number}", kind=kind)
    ends = journal.read(None).ends
    journal.close(delete=False)
    return path_of(folder).read_bytes()[: ends[-1] + 4], ends


def reread(folder: Path, data: bytes) -> list[Record]:
    path = path_of(folder)
    path.write_bytes(data)
    (other,) = others(folder, "", BOOT)
    with closing(other):
        return read_all(other)


def test_a_flipped_byte_costs_one_record(make, folder):
    data, ends = written(make, folder)
    for place in range(START, len(data) - 4):
        damaged = bytearray(data)
        damaged[place] ^= 0x41
        number = next(index for index, end in enumerate(ends) if place < end)
        found = reread(folder, bytes(damaged))
        gaps = [json.loads(each.body) for each in found if each.kind == Kind.GAP]
        whole = [each.body.decode() for each in found if each.kind != Kind.GAP]
        assert whole == [f"body {each}" for each in range(12) if each != number]
        was_input = number % 4 == 3
        assert gaps == ([] if number == 11 else [[int(not was_input), int(was_input)]])


def test_a_damaged_header_invents_no_record(make, folder):
    """Nor does it raise."""
    data, _ = written(make, folder)
    for place in range(START):
        damaged = bytearray(data)
        damaged[place] ^= 0x41
        found = reread(folder, bytes(damaged))
        assert {each.body.decode() for each in found} <= {f"body {number}" for number in range(12)}


def test_a_torn_end_costs_one_record(make, folder):
    data, ends = written(make, folder)
    for length in range(ends[-2], ends[-1]):
        assert len(reread(folder, data[:length])) == 11


def test_records_lost_in_a_power_cut_are_counted(make, folder):
    """The database has forgotten its last merges, and the journal was begun anew since."""
    journal = make()
    append(journal, *(f"a{number}" for number in range(10)))
    journal.merged(journal.read(None).position)
    append(journal, *(f"b{number}" for number in range(5)))
    found = read_all(journal, Position())
    assert json.loads(found[0].body) == [6, 0]  # the zero behind the last record took one more
    assert bodies(found[1:]) == ["a6", "a7", "a8", "a9", "b0", "b1", "b2", "b3", "b4"]


# -- disks that fail -------------------------------------------------------------------------------


@pytest.fixture
def full(tmp_path: Path, make: Make) -> Iterator[tuple[Journal, Path]]:
    """A journal on a disk that has just become full, and the file to delete for room."""
    with mounted(tmp_path / "disk", "2m") as disk:
        journal = make(disk / "data")
        append(journal, "before")
        yield journal, fill(disk)
        journal.close(delete=False)


def test_a_full_disk_takes_records_into_reserved_space(full):
    journal, _ = full
    while journal.is_on_disk:
        append(journal, "x" * 100)
    assert journal.pending > 300
    assert len(read_all(journal)) == journal.pending


def test_a_full_disk_keeps_space_for_inputs(full):
    """It takes an input when it takes no event."""
    journal, _ = full
    while journal.append(Kind.EVENT, at(0), b"x" * 100) and journal.is_on_disk:
        pass
    journal._waiting.pop()  # the last event, which went to memory
    journal._number -= 1
    append(journal, "", kind=Kind.DISABLE)
    assert journal.is_on_disk


def test_records_waiting_for_room_are_bounded(full, monkeypatch):
    """They are read in order, and written when there is room."""
    journal, ballast = full
    taken = 0
    while journal.append(Kind.EVENT, at(0), b"%d" % taken):
        taken += 1
    assert len(journal._waiting) == IN_MEMORY
    assert journal.refused == 1
    append(journal, "ada", kind=Kind.USER)
    expected = ["before", *map(str, range(taken)), "ada"]
    assert bodies(read_all(journal)) == expected
    ballast.unlink()
    while not journal.is_on_disk:
        journal.write_waiting()
    assert bodies(read_all(journal)) == expected
    append(journal, "after")
    assert bodies(read_all(journal)) == [*expected, "after"]


def test_only_the_last_waiting_heartbeat_is_kept(full):
    journal, ballast = full
    while journal.is_on_disk:
        append(journal, "x")
    before = journal.pending
    for number in range(20_000):
        assert journal.append(Kind.HEARTBEAT, at(number))
    assert journal.pending == before + 1
    found = read_all(journal)
    assert (found[-1].kind, found[-1].boot) == (Kind.HEARTBEAT, 19_999.0)
    ballast.unlink()
    while not journal.is_on_disk:
        journal.write_waiting()
    assert read_all(journal) == found


def test_a_replaced_heartbeat_overwrites_nothing_written_meanwhile(full):
    journal, ballast = full
    while journal.is_on_disk:
        append(journal, "x")
    append(journal, "y")
    assert journal.append(Kind.HEARTBEAT, at(1))
    expected = bodies(read_all(journal))
    ballast.unlink()
    journal.write_waiting(records=1)
    assert journal.append(Kind.HEARTBEAT, at(2))
    journal.write_waiting()
    assert journal.is_on_disk
    assert bodies(read_all(journal)) == expected


def test_a_journal_is_made_once_there_is_room(tmp_path, make):
    with mounted(tmp_path / "disk", "256k") as disk:
        (disk / "data").mkdir()
        ballast = fill(disk)
        journal = make(disk / "data")
        append(journal, "early")
        assert not journal.is_on_disk
        assert not list((disk / "data").iterdir())
        ballast.unlink()
        journal.write_waiting()
        assert journal.is_on_disk
        append(journal, "later")
        assert bodies(read_all(journal)) == ["early", "later"]
        (other,) = others(disk / "data", "", BOOT)
        with closing(other):
            assert bodies(read_all(other)) == ["early", "later"]
        journal.close(delete=False)


def test_a_journal_in_memory_takes_everything(make):
    journal = make(None)
    append(journal, *map(str, range(20_000)))
    position = None
    found = []
    while True:
        portion = journal.read(position)
        found += bodies(portion.records)
        journal.merged(portion.position)
        position = portion.position
        if portion.is_whole:
            break
    assert found == [*map(str, range(20_000))]
    assert not journal.pending


def test_space_is_reserved_ahead_of_need(make, folder):
    journal = make()
    while journal._tail < STEP * 3 // 4:
        append(journal, "x" * 100)
    journal.reserve_ahead()
    assert path_of(folder).stat().st_size >= STEP * 2


def test_every_kind_says_whether_it_is_an_input():
    assert [kind for kind in Kind if not is_input(kind)] == [Kind.EVENT, Kind.ATTRIBUTE, Kind.HEARTBEAT]
