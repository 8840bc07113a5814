"""The cost of a request in the database: counted, not timed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from braze_qt._session.state import Input
from braze_qt._storage.database import VERSION
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.errors import StoreError
from braze_qt.events import CustomEvent
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[MergingRecorder]:
    recorder = MergingRecorder(tmp_path, SetClock(), timeout=10, enabled=True)
    with closing(recorder):
        recorder.apply(Input.ENTER_FOREGROUND)
        yield recorder


def statements(recorder: MergingRecorder) -> list[str]:
    """Each SQL statement from now on. SQLite tells parts of them, too, and runs of their triggers."""
    found: list[str] = []

    def note(statement: str) -> None:
        is_again = found and statement == found[-1] and statement.startswith("DELETE")
        if not (is_again or statement.startswith("--")):
            found.append(statement)

    recorder.store.database._db.set_trace_callback(note)
    return found


@pytest.mark.parametrize(("events", "attributes", "bound"), [(1, 0, 11), (3_000, 0, 3 * 11), (1, 1, 17)])
def test_a_request_costs_few_statements(
    recorder: MergingRecorder, events: int, attributes: int, bound: int
) -> None:
    """From the look for something to merge to the deletion of what was accepted: 11, one of them the only
    transaction; 6 more for attributes.
    """
    for number in range(attributes):
        recorder.set_attribute(f"a{number}", '"Ada"', custom=True)
    for _ in range(events - 1):
        assert recorder.log(CustomEvent("saved", "{}"))
    queue = SendQueue(recorder)
    seen = statements(recorder)
    while recorder.pending:
        recorder.merge_all()
        assert queue.waiting()
        batch = queue.batch(1_000)
        assert batch is not None
        queue.acknowledge(batch, None, None)
    assert len(seen) <= bound, "\n".join(seen)
    assert sum(statement.startswith("BEGIN") for statement in seen) == max(1, events // 1_000)
    assert not queue.waiting()


def test_the_count_follows_each_request(recorder: MergingRecorder) -> None:
    recorder.set_attribute("first_name", '"Ada"', custom=False)
    for _ in range(3):
        recorder.log(CustomEvent("saved", "{}"))
    queue = SendQueue(recorder)
    for limit, left in ((2, 3), (1, 2), (10, 0)):
        batch = queue.batch(limit)
        assert batch is not None
        queue.acknowledge(batch, {"locale": "de"}, None)
        assert recorder.pending == left


@pytest.mark.parametrize("how", ["acknowledged", "set aside", "started anew"])
def test_ids_go_on_after_all_was_deleted(recorder: MergingRecorder, tmp_path: Path, how: str) -> None:
    """What was sent under an id is deleted under it, perhaps much later."""
    queue = SendQueue(recorder)
    batch = queue.batch(1)
    assert batch is not None
    if how == "set aside":
        queue.set_aside(batch, "refused")
    else:
        queue.acknowledge(batch, None, None)
    assert not recorder.pending
    if how == "started anew":
        recorder.close()
        recorder = MergingRecorder(tmp_path, SetClock(), timeout=10, enabled=True)
        recorder.apply(Input.ENTER_FOREGROUND)
        queue = SendQueue(recorder)
    recorder.log(CustomEvent("saved", "{}"))
    following = queue.batch(1)
    assert following is not None
    assert following.last > batch.last
    recorder.close()


def test_another_process_s_events_leave_no_negative_count(recorder: MergingRecorder, tmp_path: Path) -> None:
    """A batch may hold rows that another process has merged since the last look."""
    queue = SendQueue(recorder)
    assert queue.waiting()
    with closing(MergingRecorder(tmp_path, SetClock(), timeout=10, enabled=True)) as other:
        for _ in range(20):
            other.log(CustomEvent("saved", "{}"))
        batch = queue.batch(100)
        assert batch is not None
        assert batch.count > 20
        queue.acknowledge(batch, None, None)
        assert recorder.pending == 0


def test_undeletable_events_are_not_sent_again(recorder: MergingRecorder) -> None:
    """Nor after a request of attributes alone, whose deletion succeeds."""
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    queue = SendQueue(recorder)
    batch = queue.batch(10)
    assert batch is not None
    recorder.store.database._db.execute("PRAGMA query_only = ON")  # the disk takes nothing
    queue.acknowledge(batch, None, None)
    recorder.store.database._db.execute("PRAGMA query_only = OFF")
    recorder.store.outage.clear()
    recorder.set_attribute("first_name", '"Ada"', custom=False)
    batch = queue.batch(10)
    assert batch is not None
    assert (batch.events, batch.count) == ("", 1)
    queue.acknowledge(batch, None, None)
    assert not queue.waiting()


def test_attributes_identified_meanwhile_make_no_empty_batch(recorder: MergingRecorder) -> None:
    queue = SendQueue(recorder)
    batch = queue.batch(10)
    assert batch is not None
    queue.acknowledge(batch, None, None)
    recorder.set_attribute("first_name", '"Ada"', custom=False)
    assert queue.waiting()
    recorder.apply(Input.CHANGE_USER, user_id="ada")
    batch = queue.batch(10)
    assert batch is None or batch.count
    batch = queue.batch(10)
    assert batch is not None
    assert batch.user_id == "ada"


def test_a_newer_version_s_file_gives_no_batch(recorder: MergingRecorder, tmp_path: Path) -> None:
    """It has come between the look and the reading."""
    queue = SendQueue(recorder)
    assert queue.waiting()
    with closing(sqlite3.connect(tmp_path / "braze.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        queue.batch(10)


def test_damage_that_a_checkpoint_meets_is_repaired(recorder: MergingRecorder, tmp_path: Path) -> None:
    """The connection that reads and writes does not read the first page again."""
    lease = Lease(recorder)
    lease.checkpoint()
    with (tmp_path / "braze.db").open("r+b") as file:
        file.write(bytes(100))
    recorder.log(CustomEvent("saved", "{}"))
    with pytest.raises(StoreError):
        lease.checkpoint()
    recorder.log(CustomEvent("goes on", "{}"))
    lease.checkpoint()
    assert [*tmp_path.glob("*damaged*")]
    assert SendQueue(recorder).waiting()


@pytest.mark.parametrize("strange", ["size = 'x'", "user_id = x'41'", "event = x'7b7d'"])
def test_a_garbled_event_is_counted_as_lost(recorder: MergingRecorder, tmp_path: Path, strange: str) -> None:
    """SQLite keeps a value of any type in any column, and a damaged page can bring some."""
    recorder.log(CustomEvent("saved", "{}"))
    recorder.log(CustomEvent("closed", "{}"))
    with closing(sqlite3.connect(tmp_path / "braze.db", isolation_level=None)) as db:
        db.execute(f"UPDATE outbox SET {strange} WHERE event LIKE '%saved%'")
    queue = SendQueue(recorder)
    batch = queue.batch(10)
    assert batch is not None
    assert "saved" not in batch.events
    assert "closed" in batch.events
    assert recorder.lost == 1
    queue.acknowledge(batch, None, None)
    assert recorder.pending == 0


@pytest.mark.linux("it counts in /proc")
def test_opening_reads_no_waiting_events(tmp_path: Path) -> None:
    """``install()`` opens the database in the GUI thread: a month offline must not be felt there."""
    with closing(MergingRecorder(tmp_path, SetClock(), timeout=10, enabled=True)) as recorder:
        recorder.apply(Input.ENTER_FOREGROUND)
        for _ in range(100):
            recorder.log(CustomEvent("saved", f'{{"text":"{"x" * 40_000}"}}'))
        recorder.store.checkpoint()
    assert (tmp_path / "braze.db").stat().st_size > 3_000_000
    before = bytes_read()
    with closing(MergingRecorder(tmp_path, SetClock(), timeout=10, enabled=True)) as recorder:
        assert bytes_read() - before < 500_000
        assert recorder.pending > 100


def bytes_read() -> int:
    """By this process so far, by calls of the system, from the disk or from the system's cache."""
    return int(Path("/proc/self/io").read_text().split()[1])
