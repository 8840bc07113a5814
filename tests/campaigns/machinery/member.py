"""One process of the application of ``tests.campaigns.processes``: told by lines, answers by lines.

``member.py FOLDER ENDPOINT CLOCK TIMEOUT``. The clock is a file that the campaign writes; the rest is real.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
from typing import Any

from PySide6.QtCore import QCoreApplication, QSocketNotifier

from braze_qt import BrazeConfig, BrazeQt
from braze_qt._platform.clock import Instant
from braze_qt._qt.environment import Environment

CLOCK = struct.Struct("@d")


class FileClock:
    """Virtual seconds, the same on all three clocks, as the campaign has written them last."""

    boot_id = "campaign"

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self._seconds = mmap.mmap(file.fileno(), CLOCK.size, access=mmap.ACCESS_READ)

    def now(self) -> Instant:
        (seconds,) = CLOCK.unpack_from(self._seconds)
        return Instant(1_800_000_000.0 + seconds, 1_000.0 + seconds, 1_000.0 + seconds)


class Member:
    """Carries out what it is told, in the GUI thread."""

    def __init__(self, app: QCoreApplication, folder: str, endpoint: str, timeout: str) -> None:
        config = BrazeConfig(
            "campaign",
            endpoint,
            session_timeout=int(timeout),
            flush_interval=1.0,
            automatic_sessions=False,
            data_dir=folder,
            app_name="campaign",
            shutdown_timeout=5.0,
        )
        self._app = app
        self._braze = BrazeQt.install(app, config)
        self._rest = b""
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, app)
        self._notifier.activated.connect(self._hear)
        self.say(self._state())

    def say(self, answer: Any) -> None:
        print(json.dumps(answer), flush=True)

    def _hear(self) -> None:
        heard = os.read(0, 65536)
        if not heard:
            self._app.quit()
        *lines, self._rest = (self._rest + heard).split(b"\n")
        for line in lines:
            getattr(self, json.loads(line)[0])(*json.loads(line)[1:])
            self.say(self._state())

    def _state(self) -> dict[str, Any]:
        braze = self._braze
        return {
            "state": braze.sessionState,
            "ends_in": braze.secondsToTimeout,
            "pending": braze.pendingCount,
            "merged": self._is_merged,
            "stuck": braze._tracker.is_waiting,
            "lost": braze.lostCount,
        }

    @property
    def _is_merged(self) -> bool:
        """Whether all inputs that it was told of are in the database, and it knows of all others there."""
        recorder, thread = self._braze._tracker, self._braze._scheduler._storage_thread
        if recorder.is_waiting or recorder.wants_merge or thread._is_wanted or thread._is_running:
            return False
        if not recorder._merging.acquire(blocking=False):  # the upload thread is merging
            return False
        recorder._merging.release()
        return True

    def state(self) -> None:
        pass

    def enter(self) -> None:
        self._braze.openSession()

    def leave(self) -> None:
        self._braze.closeSession()

    def enable(self) -> None:
        self._braze.setEnabled(True)

    def disable(self) -> None:
        self._braze.setEnabled(False)

    def timeout(self, seconds: int) -> None:
        self._braze.setSessionTimeout(seconds)

    def user(self, name: str) -> None:
        self._braze.changeUser(name)

    def log(self, *names: str) -> None:
        for name in names:
            taken = self._braze.logCustomEvent(name)
            self.say({"logged": name, "taken": taken})

    def look(self) -> None:
        self._braze._scheduler.evaluate()

    def flush(self) -> None:
        self._braze.requestImmediateDataFlush()
        self._braze._scheduler.evaluate()

    def quit(self) -> None:
        self._app.quit()


def main() -> int:
    folder, endpoint, clock, timeout = sys.argv[1:]
    app = QCoreApplication([])
    BrazeQt._environment = Environment(clock=FileClock(clock))
    member = Member(app, folder, endpoint, timeout)
    code = app.exec()
    del member
    return code


if __name__ == "__main__":
    sys.exit(main())
