"""A process of the application without Qt: a recorder that is told line by line, with the clock of the test.

Arguments: ``FOLDER SETTINGS``, the latter a JSON object. Each line is a JSON list of a moment, a call and
what is given with it, and is answered by a line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from braze_qt._platform.clock import Instant
from braze_qt._session.state import Input
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import SendQueue
from braze_qt.events import CustomEvent
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder


class Process:
    """What can be told: any method of the recorder, or one of these."""

    def __init__(self, folder: Path, clock: SetClock, settings: dict[str, Any]) -> None:
        self.recorder = MergingRecorder(folder, clock, **settings)
        self._clock = clock
        self._queue, self._lease = SendQueue(self.recorder), Lease(self.recorder)

    def apply(self, given: str, told: dict[str, Any]) -> bool:
        return self.recorder.apply(Input(given), **told)

    def log(self, name: str) -> bool:
        return self.recorder.log(CustomEvent(name, "{}"))

    def hold(self) -> None:
        """Keep the database until the next line."""
        assert self.recorder.store.database is not None
        with self.recorder.store.database.transaction():
            print(json.dumps("held"), flush=True)
            sys.stdin.readline()

    def state(self) -> list[Any]:
        now, recorder = self.recorder.tracking, self.recorder
        session = now.session and now.session.id
        told = [now.state.value, session, now.user_id, now.enabled, now.timeout]
        return [*told, recorder.device_id, recorder.is_waiting]

    def may_send(self) -> bool:
        return self._lease.may_send(self._clock.now())

    def send(self) -> int:
        self._lease.catch_up()
        batch = self._queue.batch(1_000)
        if batch:
            self._queue.acknowledge(batch, None, None)
        return batch.count if batch else 0

    def waiting(self) -> list[Any]:
        self._lease.catch_up()
        return [self.recorder.pending, [record.state for record in self.recorder.records()]]


def main(folder: str, options: str) -> None:
    settings = json.loads(options)
    clock = SetClock(boot_id=settings.pop("boot_id"))
    process: Process | None = None
    for line in sys.stdin:
        at, call, *given = json.loads(line)
        clock.instant = Instant(*at)
        if process is None:
            process = Process(Path(folder), clock, settings)
            answer = None
        else:
            answer = getattr(process if hasattr(process, call) else process.recorder, call)(*given)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
