"""What everything is compared with: a bare SQLite insert and a bare put into a queue in memory."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter_ns

from benchmarks.figures import Basis, Spread

TEXT = '{"name":"ce","time":1795450809.123,"data":{"n":"benchmark","p":{"step":1,"kind":"paced","ok":true}}}'


class Yardstick:
    """Inserts and puts, timed one by one. In ``folder``, where the package's own store lies as well.

    The insert is one prepared statement in WAL mode with ``synchronous=NORMAL`` and no checkpoint: the
    least that putting one event on disk can cost.
    """

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "basis.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA wal_autocheckpoint = 0")
        self._db.execute("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        self._queue: SimpleQueue[str] = SimpleQueue()
        self._inserts: list[int] = []
        self._puts: list[int] = []

    def step(self) -> None:
        """One of each."""
        began = perf_counter_ns()
        self._db.execute("INSERT INTO event (text) VALUES (?)", (TEXT,))
        between = perf_counter_ns()
        self._queue.put(TEXT)
        ended = perf_counter_ns()
        self._inserts.append(between - began)
        self._puts.append(ended - between)

    def close(self) -> Basis:
        """Let go of the file, and say what it came to."""
        self._db.close()
        return Basis(Spread.of(self._inserts), Spread.of(self._puts))


def measured(folder: Path, times: int = 2_000) -> Basis:
    """The basis by itself, so many times in a row."""
    yardstick = Yardstick(folder)
    for _ in range(times):
        yardstick.step()
    return yardstick.close()
