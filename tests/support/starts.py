"""Runs of an application, one after another on the same data, as far as the recorder: the events to send."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from braze_qt._upload.queue import SendQueue
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder

TIMEOUT = 10

Start = Callable[..., MergingRecorder]


@contextmanager
def starts(folder: Path, clock: SetClock) -> Iterator[Start]:
    """Starts the application; the process before it dies as by a kill."""
    living: list[MergingRecorder] = []

    def end() -> None:
        while living:
            living.pop().die()

    def start(where: Path | None = folder, *, enabled: bool = True, **bounds: Any) -> MergingRecorder:
        end()
        living.append(MergingRecorder(where, clock, TIMEOUT, enabled=enabled, **bounds))
        return living[-1]

    yield start
    end()


def outbox(recorder: MergingRecorder) -> list[dict]:
    """What would be sent, as it lies on disk."""
    batch = SendQueue(recorder).batch(1_000)
    return json.loads(f"[{batch.events}]") if batch else []


def names(recorder: MergingRecorder) -> list[str]:
    return [event["data"].get("n", event["name"]) for event in outbox(recorder)]
