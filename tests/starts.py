"""Applications that start one after another on the same data, as far as the tracker: what they would send."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clocks import SetClock

from braze_qt._recorder.recorder import Tracker
from braze_qt._upload.queue import SendQueue

TIMEOUT = 10

Start = Callable[..., Tracker]


@contextmanager
def starts(folder: Path, clock: SetClock) -> Iterator[Start]:
    """Starts the application; the process before it dies as by a kill."""
    living: list[Tracker] = []

    def end() -> None:
        while living:
            living.pop().ledger.close()

    def start(where: Path | None = folder, *, enabled: bool = True) -> Tracker:
        end()
        living.append(Tracker(where, clock, TIMEOUT, enabled=enabled))
        return living[-1]

    yield start
    end()


def outbox(tracker: Tracker) -> list[dict]:
    """What would be sent, as it lies on disk."""
    batch = SendQueue(tracker.ledger).batch(1_000)
    return json.loads(f"[{batch.events}]") if batch else []


def names(tracker: Tracker) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in outbox(tracker)]
