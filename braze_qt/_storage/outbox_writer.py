"""Writes what a replay puts out into the tables of what waits."""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from braze_qt._protocol import payload
from braze_qt._session.shared import Identified, Lost, NotedFact, Output, Record, Replay, StampedEvent
from braze_qt._storage.database import LAST_ID, MAX_BYTES, MAX_ROWS, TRIMMED
from braze_qt.events import AttributeSet, SessionEnded, SessionStarted

NOTED = 200
"""Events of this process that are noted: as many as a history shows."""
TOLD = 1_000
"""Facts of one process that wait until it has told them."""

_INSERT = "INSERT INTO {} (id, code, user_id, time, size, event) VALUES (?, ?, ?, ?, ?, ?)"

Row = tuple[int | None, str, str | None, float, int, str]


Noted = tuple[int, int, NotedFact]
"""An event of this process that was written: by which record, under which id, 0 where it waits for a session,
and what it is, without a label.
"""


class Written(NamedTuple):
    """What was written.

    Attributes:
        lost: events and attributes that are lost for good, by the outputs or by the bounds.
        noted: the last events of this process.
    """

    lost: int
    noted: tuple[Noted, ...]


class OutboxWriter:
    """For one transaction of one connection, which is open.

    Events that go to the outbox are streamed: thousands of rows that live for a moment together would have
    the interpreter look for garbage among all that the host has, which stops every thread.

    Args:
        own: the name of this process, whose events are noted.
        max_rows: beyond it the oldest go.
    """

    def __init__(self, db: sqlite3.Connection, own: str, *, max_rows: int = MAX_ROWS) -> None:
        self._db = db
        self._own = own
        self._max_rows = max_rows
        self._noted: deque[tuple[int, Row, str | None]] = deque(maxlen=NOTED)
        self._next_id = int(db.execute(f"SELECT 1 + {LAST_ID}").fetchone()[0])
        self._rows = self._bytes = self._lost = 0
        self._ends: dict[tuple[str | None, tuple[str, str] | None, str | None], str] = {}
        self._other: tuple[Record, Output] | None = None

    @property
    def last_id(self) -> int:
        """The id that was given last."""
        return self._next_id - 1

    def write(self, replay: Replay) -> Written:
        """All that a replay puts out, in order; then what is over the bounds goes."""
        rest = iter(replay)
        while True:
            self._db.executemany(_INSERT.format("outbox"), self._events(rest))
            if self._other is None:
                break
            (record, output), self._other = self._other, None
            self._write_one(record, output, replay.alias)
        self._count()
        noted = tuple(
            (number, row_id or 0, NotedFact(code, "", time, session_id, user_id, text))
            for number, (row_id, code, user_id, time, _, text), session_id in self._noted
        )
        return Written(self._lost + self._trim(), noted)

    def _events(self, outputs: Iterator[tuple[Record, Output]]) -> Iterator[Row]:
        """The rows of events in a row that have a session; what is none of them is left in ``_other``."""
        for record, output in outputs:
            if type(output) is not StampedEvent or output.session_id is None:
                self._other = record, output
                return
            row = self._row(output, parked=False)
            self._note(record, row, output.session_id)
            yield row

    def _write_one(self, record: Record, output: Output, alias: tuple[str, str] | None) -> None:
        if isinstance(output, StampedEvent):
            row = self._row(output, parked=True)
            self._db.execute(_INSERT.format("parked"), row)
            self._note(record, row, None)
        elif isinstance(output, AttributeSet):
            self._set_attribute(output)
        elif isinstance(output, Identified):
            self._identify(output.user_id)
        elif isinstance(output, Lost):
            self._lost += output.events
        else:
            self._write_fact(record, output, alias)

    def _note(self, record: Record, row: Row, session_id: str | None) -> None:
        if record.process == self._own:
            self._noted.append((record.number, row, session_id))

    def _row(self, event: StampedEvent, *, parked: bool) -> Row:
        code, data, session_id, user_id, time, alias = event
        key = user_id, alias, session_id
        end = self._ends.get(key)
        if end is None:
            end = self._ends[key] = payload.event_end(*key)
        text = f'{{"name":"{code}","time":{time!r},"data":{data}{end}'
        row_id = None
        if not parked:
            row_id, self._next_id = self._next_id, self._next_id + 1
        size = len(text) if text.isascii() else len(text.encode())
        self._rows += 1
        self._bytes += size
        return row_id, code, user_id, time, size, text

    def _write_fact(
        self, record: Record, fact: SessionStarted | SessionEnded, alias: tuple[str, str] | None
    ) -> None:
        duration = fact.duration if isinstance(fact, SessionEnded) else None
        alias = alias if fact.user_id is None else None
        data = payload.data_text(fact)
        event = StampedEvent(fact.code, data, fact.session_id, fact.user_id, fact.time, alias)
        row = self._row(event, parked=False)
        self._db.execute(_INSERT.format("outbox"), row)
        self._note(record, row, fact.session_id)
        told = json.dumps([fact.session_id, fact.user_id, fact.time, duration])
        self._db.execute("INSERT INTO facts (process, fact) VALUES (?, ?)", (record.process, told))
        self._db.execute(
            "DELETE FROM facts WHERE process = ? AND id NOT IN"
            " (SELECT id FROM facts WHERE process = ? ORDER BY id DESC LIMIT ?)",
            (record.process, record.process, TOLD),
        )
        if isinstance(fact, SessionStarted):
            self._adopt(payload.session_text(fact.session_id))

    def _adopt(self, closing: str) -> None:
        """Hand what is parked to the session that has begun."""
        moved = self._db.execute(
            "INSERT INTO outbox (code, user_id, time, size, event)"
            " SELECT code, user_id, time, size + ?, event || ? FROM parked ORDER BY id",
            (len(closing), closing),
        ).rowcount
        if moved:
            self._db.execute("DELETE FROM parked")
            self._bytes += moved * len(closing)
            self._next_id += moved

    def _set_attribute(self, attribute: AttributeSet) -> None:
        key = attribute.user_id or "", attribute.custom, attribute.key
        where = "user_id = ? AND custom = ? AND key = ?"
        old = self._db.execute(f"SELECT size FROM attributes WHERE {where}", key).fetchone()
        size = len(attribute.key) + len(attribute.value.encode())
        self._db.execute(
            "INSERT OR REPLACE INTO attributes (user_id, custom, key, size, value) VALUES (?, ?, ?, ?, ?)",
            (*key, size, attribute.value),
        )
        self._rows += 0 if old else 1
        self._bytes += size - (old[0] if old else 0)

    def _identify(self, user_id: str) -> None:
        """They get new ids: what is on its way under no name is sent again under the new one."""
        replaced = self._db.execute(
            "SELECT count(*), total(size) FROM attributes AS old WHERE user_id = ? AND EXISTS (SELECT 1 FROM"
            " attributes WHERE user_id = '' AND custom = old.custom AND key = old.key)",
            (user_id,),
        ).fetchone()
        moved = self._db.execute(
            "INSERT OR REPLACE INTO attributes (user_id, custom, key, size, value)"
            " SELECT ?, custom, key, size, value FROM attributes WHERE user_id = '' ORDER BY id",
            (user_id,),
        ).rowcount
        if moved:
            self._db.execute("DELETE FROM attributes WHERE user_id = ''")
            self._rows -= replaced[0]
            self._bytes -= int(replaced[1])

    def _count(self) -> None:
        if self._rows or self._bytes:
            self._db.execute(
                "UPDATE counts SET rows = rows + ?, bytes = bytes + ?, last = ?",
                (self._rows, self._bytes, self.last_id),
            )
        self._rows = self._bytes = 0

    def _trim(self) -> int:
        """Drop what is over the bounds; answers how many."""
        rows, size = self._db.execute("SELECT rows, bytes FROM counts").fetchone()
        dropped = 0
        for choice in TRIMMED:
            while rows + self._rows > self._max_rows or size + self._bytes > MAX_BYTES:
                row = self._db.execute(
                    f"SELECT id, CAST(size AS INTEGER) FROM {choice} ORDER BY id LIMIT 1"
                ).fetchone()
                if row is None:
                    break
                self._db.execute(f"DELETE FROM {choice} AND id = ?", (row[0],))
                self._rows -= 1
                self._bytes -= row[1]
                dropped += 1
        self._count()
        return dropped


def fact_from(text: str) -> SessionStarted | SessionEnded:
    """A fact that waits to be told."""
    session_id, user_id, time, duration = json.loads(text)
    if duration is None:
        return SessionStarted(session_id, user_id, time)
    return SessionEnded(session_id, user_id, time, duration)
