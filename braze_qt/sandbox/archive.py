"""Everything that arrived, in SQLite. Safe to use from any thread.

The number of requests bounds the archive: the oldest are forgotten, with the events, attributes and devices
they were the first to bring. Requests of pages of other origins have bounds of their own, so that they never
push out those of applications.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from braze_qt.sandbox.data_folder import claim
from braze_qt.sandbox.intake import (
    Arrival,
    insert_part,
    insert_request,
    oldest_request,
    parts_of,
    remove_part,
)
from braze_qt.sandbox.schema import open_reader, open_writer

TABLES = (
    *("requests", "contents", "mentions", "descriptions", "attributes", "events"),
    *("sessions", "users", "devices", "applications"),
)
YIELD_SECONDS = 0.001
IDLE_READERS = 4
"""Connections that wait for the next one who reads."""
AT_ONCE = 200
"""Rows that are read at once of those that may be too many to be had in memory."""


@dataclass(frozen=True)
class Bounds:
    """How much is kept, and how much is: requests, the bytes of them with their replies, events."""

    requests: int = 0
    bytes: int = 0
    events: int = 0

    def exceeds(self, other: "Bounds") -> bool:
        """Whether any of them does."""
        return self.requests > other.requests or self.bytes > other.bytes or self.events > other.events


MAX_OF_PROGRAMS = Bounds(requests=20_000, bytes=256 << 20, events=500_000)
"""What is kept of what programs have sent: days of one application, on any disk."""
MAX_OF_PAGES = Bounds(requests=5_000, bytes=64 << 20, events=100_000)
"""What is kept of what pages of other origins have sent."""


class Archive:
    """One file in ``folder``; raises OSError when it cannot be used, or is not this user's own.

    ``of_programs`` and ``of_pages`` bound what is kept of programs and of pages of other origins.
    """

    def __init__(
        self, folder: Path, *, of_programs: Bounds = MAX_OF_PROGRAMS, of_pages: Bounds = MAX_OF_PAGES
    ) -> None:
        self._most = {False: of_programs, True: of_pages}
        self._lock = threading.Lock()
        self._waiting = 0
        # One request of a kind at a time, so that none is forgotten while it is being inserted.
        self._intake = {False: threading.Lock(), True: threading.Lock()}
        self._file = claim(folder)
        self._readers: list[sqlite3.Connection] = []
        self._writer = open_writer(self._file)
        self._kept = {other_origin: self._there(other_origin) for other_origin in (False, True)}

    def _count(self, origin: bool, *, requests: int = 0, size: int = 0, events: int = 0) -> None:  # noqa: FBT001
        kept = self._kept[origin]
        self._kept[origin] = Bounds(kept.requests + requests, kept.bytes + size, kept.events + events)

    def _there(self, other_origin: bool) -> Bounds:  # noqa: FBT001 - one of two kinds
        requests, size = self._writer.execute(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM requests WHERE other_origin = ?", (other_origin,)
        ).fetchone()
        (events,) = self._writer.execute(
            "SELECT count(*) FROM events e JOIN requests r ON r.id = e.request WHERE other_origin = ?",
            (other_origin,),
        ).fetchone()
        return Bounds(requests, size, events)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with, which holds up nobody who writes. Not for longer than a moment."""
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = open_reader(self._file)
        try:
            yield connection
        finally:
            if len(self._readers) < IDLE_READERS:
                self._readers.append(connection)
            else:
                connection.close()

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """What a SELECT finds."""
        with self.reading() as connection:
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        """The only value that a SELECT finds."""
        return self.rows(query, *values)[0][0]

    def values(self, query: str, *values: Any) -> list[Any]:
        """The first column of what a SELECT finds."""
        return [row[0] for row in self.rows(query, *values)]

    def rows_by_id(self, query: str, ids: Iterable[int]) -> Iterator[sqlite3.Row]:
        """Rows in the order of ``ids``, which are the first column: a few at a time, if they are still there.

        ``query`` ends in the name of that column, of which the ids are asked for.
        """
        remaining = iter(ids)
        while some := list(islice(remaining, AT_ONCE)):
            marks = ", ".join("?" * len(some))
            found = {row[0]: row for row in self.rows(f"{query} IN ({marks})", *some)}
            yield from (found[each] for each in some if each in found)

    def keep(self, arrival: Arrival) -> None:
        """Keeps the request, and its events if they are to be stored."""
        origin = arrival.other_origin
        with self._intake[origin]:
            with self._transaction() as connection:
                intake = insert_request(connection, arrival)
                self._count(origin, requests=1, size=arrival.bytes)
            for part in parts_of(arrival):
                with self._transaction() as connection:
                    self._count(origin, events=insert_part(connection, intake, part))
            while self._kept[origin].exceeds(self._most[origin]) and self._forget_oldest(origin):
                pass

    def _forget_oldest(self, origin: bool) -> bool:  # noqa: FBT001 - one of two kinds
        """Whether there was one."""
        with self._transaction() as connection:
            oldest = oldest_request(connection, other_origin=origin)
        if oldest is None:
            return False
        request, size = oldest
        is_gone = False
        while not is_gone:
            with self._transaction() as connection:
                events, is_gone = remove_part(connection, request)
                self._count(origin, events=-events)
        self._count(origin, requests=-1, size=-size)
        return True

    def setting(self, name: str) -> Any:
        """What was set under this name, or None."""
        found = self.values("SELECT json FROM settings WHERE name = ?", name)
        return json.loads(found[0]) if found else None

    def set(self, name: str, value: Any) -> None:
        """Keeps a JSON value under this name, whatever is forgotten of what arrived."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def forget(self) -> None:
        """Forgets everything that arrived."""
        with self._intake[False], self._intake[True], self._transaction() as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")
            self._kept = dict.fromkeys((False, True), Bounds())

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A short one: whoever else wants to write waits meanwhile, and comes next."""
        self._waiting += 1
        try:
            self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            with self._writer:
                yield self._writer
        finally:
            self._lock.release()
        if self._waiting:
            time.sleep(YIELD_SECONDS)  # noqa: TID251  # or the thread that had the lock takes it again

    def close(self) -> None:
        """Closes the file; nothing may be asked any more."""
        with self._lock:
            while self._readers:
                self._readers.pop().close()
            self._writer.close()
