"""The cost of a request in the database: counted, not timed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from braze_qt._session.state import Input
from braze_qt._upload.queue import SendQueue
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
    """Each SQL statement from now on. One that has triggers is told once more for each run of them."""
    found: list[str] = []

    def note(statement: str) -> None:
        if not (found and statement == found[-1] and statement.startswith("DELETE")):
            found.append(statement)

    recorder._database._db.set_trace_callback(note)
    return found


@pytest.mark.parametrize(("events", "attributes", "bound"), [(1, 0, 13), (3_000, 0, 3 * 12 + 1), (1, 1, 19)])
def test_a_request_costs_few_statements(
    recorder: MergingRecorder, events: int, attributes: int, bound: int
) -> None:
    """From the look for something to merge to the deletion of what was accepted: 12, one of them the only
    transaction; 6 more for attributes, and one for the first.
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


def test_counts_follow_the_database_after_a_request(recorder: MergingRecorder) -> None:
    """The number of waiting rows is not read anew after each request."""
    recorder.set_attribute("first_name", '"Ada"', custom=False)
    for _ in range(3):
        recorder.log(CustomEvent("saved", "{}"))
    queue = SendQueue(recorder)
    for limit, left in ((2, 3), (1, 2), (10, 0)):
        batch = queue.batch(limit)
        assert batch is not None
        queue.acknowledge(batch, {"locale": "de"}, None)
        assert recorder.pending == left == recorder._database.counts()[0]
