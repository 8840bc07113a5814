"""A host application that does nothing but report, and tells on its standard output what was acknowledged.

``program.py ORDER``: a JSON object, see ``Order``, has all that it does, while ``tests/support/host.py`` is
driven by commands: whoever dies by the thousand, at a statement or in a write, must not wait for any. Lines
that it writes:

- ``begins``: its surroundings are as ordered, and the application begins;
- ``took LIFE THREAD NUMBER KIND USER``: a call returned True;
- ``log LEVEL WORDS``: a warning, or worse, that a host would see;
- ``state JSON``: what the properties say before it ends.
"""

from __future__ import annotations

import ctypes
import encodings.ascii
import encodings.idna
import encodings.utf_8_sig  # noqa: F401 (who becomes somebody else may not be able to read the library any more)
import faulthandler
import json
import logging
import os
import random
import resource
import signal
import sys
import threading
import time
import traceback

from PySide6.QtCore import QCoreApplication

import braze_qt._upload.connection  # noqa: F401 (the upload thread would import it anew in each run)
from braze_qt import BrazeConfig, BrazeQt
from braze_qt._qt.environment import Environment
from tests.support.workload.kill_at_statement import KillAtStatement
from tests.support.workload.order import CROWD, KEY, Order, wording

OUT = 1
INSISTENCE = 0.2
"""Seconds between two flushes of a host that insists."""


def say(*words: object) -> None:
    """One line, out of this process when the call returns."""
    os.write(OUT, (" ".join(map(str, words)) + "\n").encode())


class Warnings(logging.Handler):
    """What a host that looks at its log would see."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            text += " " + "".join(traceback.format_exception(*record.exc_info))
        say("log", record.levelname, text.replace("\n", "\\n")[:1000])


class Host:
    """One run of the application."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._chance = random.Random(order.seed)
        self._user = ""
        self._number = [0, 0]
        self._app = QCoreApplication([sys.argv[0]])
        config = BrazeConfig(
            KEY,
            order.endpoint,
            session_timeout=order.timeout,
            flush_interval=1.0,
            automatic_sessions=False,
            shutdown_timeout=order.shutdown,
            data_dir=order.folder,
        )
        self._braze = BrazeQt.install(self._app, config)

    def run(self) -> None:
        """Do what was ordered."""
        self._change_user()
        self._braze.openSession()
        if self._order.threads > 1:
            threading.Thread(target=self._log_beside, daemon=True).start()
        done = 0
        while self._order.steps is None or done < self._order.steps:
            # Slower than the sender, or the bound of the outbox would drop what nobody had lost.
            if self._braze.pendingCount < CROWD or self._order.unbounded:
                self._step()
                done += 1
                if done in self._order.pauses:
                    os.kill(os.getpid(), signal.SIGSTOP)
                if self._order.every:
                    time.sleep(self._order.every)
            if done % 5 == 0 or self._braze.pendingCount >= CROWD:
                self._app.processEvents()
        if self._order.drain:
            self._drain()
        self._tell()
        if self._order.close:
            self._braze.closeSession()
            self._braze.shutdown()

    def _drain(self) -> None:
        """Send everything, for so many seconds at most."""
        self._braze.openSession()  # what waits for a session gets one
        end = time.monotonic() + self._order.drain
        asked = 0.0
        while self._braze.pendingCount and (now := time.monotonic()) < end:
            if not asked or (self._order.insist and now - asked > INSISTENCE):
                self._braze.requestImmediateDataFlush()
                asked = now
            self._app.processEvents()
            time.sleep(0.002)

    def _tell(self) -> None:
        braze = self._braze
        state = {
            "pending": braze.pendingCount,
            "lost": braze.lostCount,
            "words": braze.lastOutcome,
            "delivery": braze.deliveryState,
            "device": braze.deviceId,
            "session": braze.sessionId,
        }
        say("state", json.dumps(state))

    def _step(self) -> None:
        """One of the things that an application does, most often an event."""
        plain = self._order.plain
        choice = 0 if plain else self._chance.randrange(100)
        if choice < 74:
            self._log(0, "e")
        elif choice < 82:
            self._log(0, "p")
        elif choice < 90:
            self._log(0, "a")
        elif choice < 92:
            self._change_user()
        elif choice < 94:
            self._braze.closeSession()
        elif choice < 96:
            self._braze.openSession()
        elif choice < 99:
            self._braze.requestImmediateDataFlush()
        else:
            for _ in range(100):  # far more than milliseconds: stamps run ahead of the clock
                self._log(0, "e")

    def _change_user(self) -> None:
        user = f"u{self._chance.randrange(3)}"
        if self._braze.changeUser(user):
            self._user = user

    def _log(self, thread: int, kind: str) -> None:
        number = self._number[thread]
        words = wording(self._order.run, thread, number, terse=self._order.terse)
        if kind == "e":
            taken = self._braze.logCustomEvent("e", words)
        elif kind == "p":
            taken = self._braze.logPurchase("p", "EUR", 1, 1, words)
        else:
            value = f"{self._order.run:09}.{number:09}"
            taken = self._braze.user.setCustomAttribute(f"k{number % 5}", value)
        if taken:
            self._number[thread] += 1
        if taken and not self._order.terse:
            say("took", self._order.run, thread, number, kind, self._user if thread == 0 else "-")

    def _log_beside(self) -> None:
        while True:
            if self._braze.pendingCount < CROWD:
                self._log(1, "e")
            time.sleep(0.001)


def prepare(order: Order) -> None:
    """Make the surroundings what was ordered."""
    os.environ.update({key: value for key, value in order.environment.items() if value is not None})
    for key in [key for key, value in order.environment.items() if value is None]:
        os.environ.pop(key, None)
    if order.file_size is not None:
        # Whoever writes beyond it dies in that write, in the middle if the write began before it.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if order.deadly else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_size, hard))
    if order.retry:
        # The one thing of the inside that is changed: a campaign would mostly wait.
        BrazeQt._environment = Environment(retry=order.retry)
    if order.uid:
        os.setgroups([])
        os.setgid(order.uid)
        os.setuid(order.uid)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: no host outlives its campaign
    logging.getLogger().addHandler(Warnings(logging.WARNING))
    say("begins")


def main() -> None:
    """One run, from the first statement to the last."""
    order = Order(**json.loads(sys.argv[1]))
    faulthandler.register(signal.SIGUSR1)
    prepare(order)
    death = KillAtStatement(order.die_at, order.times) if order.die_at is not None else None
    Host(order).run()
    if death and not order.die_at:
        sys.settrace(None)
        say("state", json.dumps({"statements": death.seen}))


if __name__ == "__main__":
    main()
