"""The cost of a request in the database."""

from contextlib import closing
from pathlib import Path

import pytest
from clocks import SetClock
from merging import MergingRecorder

from braze_qt._session.state import Input
from braze_qt._upload.queue import PORTION, SendQueue
from braze_qt.events import CustomEvent


@pytest.mark.parametrize(
    ("events", "transactions"), [(0, 1), (PORTION - 2, 1), (PORTION - 1, 2), (3 * PORTION, 4)]
)
def test_accepted_events_are_deleted_in_few_transactions(
    tmp_path: Path, events: int, transactions: int
) -> None:
    """One for a usual request, and one more for each portion: no other call waits for more than a portion."""
    recorder = MergingRecorder(tmp_path, SetClock(), timeout=10, enabled=True)
    with closing(recorder):
        recorder.apply(Input.ENTER_FOREGROUND)
        recorder.set_attribute("first_name", '"Ada"', custom=False)
        for _ in range(events):
            assert recorder.log(CustomEvent("saved", "{}"))
        queue = SendQueue(recorder)
        batch = queue.batch(1_000)
        assert batch is not None
        begun: list[str] = []
        recorder._database._db.set_trace_callback(begun.append)
        queue.acknowledge(batch, {"locale": "de"}, None)
        assert sum(statement.startswith("BEGIN") for statement in begun) == transactions
        assert queue.batch(1_000) is None
        assert recorder.pending == 0
