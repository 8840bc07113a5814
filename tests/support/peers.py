"""Other processes of the application: a real recorder each, told line by line, with the clock of the test."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from braze_qt._platform.clock import Instant
from tests.support.clocks import SetClock

PROGRAM = """
import json, sys
from pathlib import Path
folder, root, settings = sys.argv[1:]
sys.path.insert(0, root)
from tests.support.clocks import SetClock
from braze_qt._platform.clock import Instant
from braze_qt.events import CustomEvent
from tests.support.merging import MergingRecorder
from braze_qt._session.state import Input
from braze_qt._upload.lease import Lease
from braze_qt._upload.queue import SendQueue

clock = SetClock()
def tell(at, call, *given):
    clock.instant = Instant(*at)
    if call == "begin":
        global recorder, queue, lease
        options = json.loads(settings)
        clock.boot_id = options.pop("boot_id")
        recorder = MergingRecorder(Path(folder), clock, **options)
        queue, lease = SendQueue(recorder), Lease(recorder)
    elif call == "apply":
        return recorder.apply(Input(given[0]), **given[1])
    elif call == "log":
        return recorder.log(CustomEvent(given[0], "{}"))
    elif call == "hold":
        with recorder._database.transaction():
            print(json.dumps("held"), flush=True)
            sys.stdin.readline()
    elif call == "state":
        now = recorder.tracking
        return [now.state.value, now.session and now.session.id, now.user_id, now.enabled, now.timeout,
                recorder.device_id, recorder.is_waiting]
    elif call == "may_send":
        return lease.may_send(clock.now())
    elif call == "sign":
        recorder.sign(*given)
    elif call == "send":
        lease.catch_up()
        batch = queue.batch(1_000)
        if batch:
            queue.acknowledge(batch, None, None)
        return batch.count if batch else 0
    elif call == "waiting":
        lease.catch_up()
        return [recorder.pending, [record.state for record in recorder.records()]]
    else:
        return getattr(recorder, call)(*given)
for line in sys.stdin:
    print(json.dumps(tell(*json.loads(line))), flush=True)
"""


class Peer:
    """One such process. Every call answers when it has been carried out."""

    def __init__(self, folder: Path, clock: SetClock, settings: dict[str, Any]) -> None:
        self._clock = clock
        root = str(Path(__file__).parents[2])
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), root, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.tell("begin")

    def tell(self, call: str, *given: Any) -> Any:
        self.send(call, *given)
        return self.hear()

    def send(self, call: str, *given: Any) -> None:
        assert self.process.stdin is not None
        now: Instant = self._clock.now()
        self.process.stdin.write(json.dumps([(now.wall, now.boot, now.awake), call, *given]) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)

    def apply(self, given: str, **told: Any) -> bool:
        return bool(self.tell("apply", given, told))

    def log(self, name: str) -> bool:
        return bool(self.tell("log", name))

    @property
    def state(self) -> dict[str, Any]:
        names = ("state", "session", "user", "enabled", "timeout", "device", "late")
        return dict(zip(names, self.tell("state"), strict=True))

    def hold(self) -> None:
        """From now on this process keeps the disk for itself."""
        self.send("hold")
        assert self.hear() == "held"

    def let_go(self) -> None:
        """No longer."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.hear()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def peers(folder: Path, clock: SetClock) -> Iterator[Any]:
    """Begins processes of the application; those that live at the end are killed."""
    living: list[Peer] = []

    def begin(**settings: Any) -> Peer:
        options = {"timeout": 10, "enabled": True, "boot_id": clock.boot_id, **settings}
        living.append(Peer(folder, clock, options))
        return living[-1]

    try:
        yield begin
    finally:
        for peer in living:
            with peer.process:
                peer.process.kill()
