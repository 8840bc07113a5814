"""What must outlive the process: the outbox, what waits for a session, and attributes. The writing side."""

from __future__ import annotations

from braze_qt.database import NEXT_ID, translated
from braze_qt.presence import Mark
from braze_qt.store_file import StoreFile

MAX_ROWS = 100_000
MAX_BYTES = 64 * 1024 * 1024
"""Bounds of the outbox. A month offline of an application that logs an event a minute, day and
night, is 43,200 rows."""
MAX_ASIDE = 1_000
"""Events set aside that are kept: enough for whoever looks for the cause."""

SESSION_CODES = "('ss', 'se')"


class Store(StoreFile):
    """The rows in it. One thread at a time; every method raises StoreError when it cannot."""

    rows: int
    bytes: int

    def add(self, code: str, user_id: str | None, time: float, event: str, *, parked: bool) -> int:
        """Append an event; ``parked`` while no session is there to take it. Returns its id."""
        size = _size(event)
        table, row_id = ("parked", "NULL") if parked else ("outbox", NEXT_ID)
        with translated:
            added = self._db.execute(
                f"INSERT INTO {table} (id, code, user_id, time, size, event)"
                f" VALUES ({row_id}, ?, ?, ?, ?, ?)",
                (code, user_id, time, size, event),
            ).lastrowid
        return self._added(table, added, size)

    def add_if_known(self, code: str, user_id: str | None, time: float, event: str) -> int:
        """Append an event to the outbox by one statement, without a look at what is shared.

        Returns:
            its id; 0, and nothing is done, if another process has changed what the event was made by,
            or has logged one that is not older.
        """
        size = _size(event)
        with translated:
            # Nothing is selected, no row comes of it: a NOT NULL is ignored. To insert what a SELECT of
            # the same table says would take a table in between.
            done = self._db.execute(
                "INSERT OR IGNORE INTO outbox (id, code, user_id, time, size, event)"
                f" VALUES ({NEXT_ID}, (SELECT ? FROM shared WHERE epoch = ? AND last_stamp < ?"
                " AND ? > coalesce((SELECT time FROM outbox ORDER BY id DESC LIMIT 1), 0)), ?, ?, ?, ?)",
                (code, self.shared.epoch, time, time, user_id, time, size, event),
            )
        return self._added("outbox", done.lastrowid, size) if done.rowcount == 1 else 0

    def _added(self, table: str, row_id: int | None, size: int) -> int:
        assert row_id
        self._last_ids[table] = row_id
        self.rows += 1
        self.bytes += size
        return row_id

    def set_attribute(self, user_id: str | None, key: str, value: str, *, custom: bool) -> None:
        """Keep the new value of an attribute; one that waits is replaced."""
        size = len(key) + len(value.encode())
        with translated:
            old = self._db.execute(
                "SELECT size FROM attributes WHERE user_id = ? AND custom = ? AND key = ?",
                (user_id or "", custom, key),
            ).fetchone()
            self._db.execute(
                "INSERT OR REPLACE INTO attributes (user_id, custom, key, size, value)"
                " VALUES (?, ?, ?, ?, ?)",
                (user_id or "", custom, key, size, value),
            )
        self.rows += 0 if old else 1
        self.bytes += size - (old[0] if old else 0)

    def identify(self, user_id: str) -> None:
        """The attributes of the anonymous user are those of this one from now on.

        They get new ids: what is on its way under no name is sent again under the new one.
        """
        with translated:
            moved = self._db.execute(
                "INSERT OR REPLACE INTO attributes (user_id, custom, key, size, value)"
                " SELECT ?, custom, key, size, value FROM attributes WHERE user_id = '' ORDER BY id",
                (user_id,),
            ).rowcount
            if moved:
                self._db.execute("DELETE FROM attributes WHERE user_id = ''")
                self.count()

    def adopt(self, closing: str) -> None:
        """Hand what is parked to a session: each event's text gets ``closing``, and goes to the outbox.

        Behind the session's start, so that SQLite goes on counting from its id.
        """
        with translated:
            moved = self._db.execute(
                "INSERT INTO outbox (code, user_id, time, size, event)"
                " SELECT code, user_id, time, size + ?, event || ? FROM parked ORDER BY id",
                (len(closing), closing),
            ).rowcount
            if moved:
                self._db.execute("DELETE FROM parked")
        self.bytes += moved * len(closing)

    # -- letting go ----------------------------------------------------------------------------

    def discard(self, through: int, user_id: str | None, portion: int) -> int:
        """Delete up to ``portion`` of the events with ids up to ``through`` of a user and of nobody.

        Returns:
            how many there were.
        """
        mine = "(user_id IS NULL OR user_id IS ?)"
        with translated:
            last, count, size = self._db.execute(
                "SELECT max(id), count(*), total(size) FROM"
                f" (SELECT id, size FROM outbox WHERE id <= ? AND {mine} ORDER BY id LIMIT ?)",
                (through, user_id, portion),
            ).fetchone()
            if count:
                self._db.execute(f"DELETE FROM outbox WHERE id <= ? AND {mine}", (last, user_id))
        self.rows -= count
        self.bytes -= int(size)
        return int(count)

    def discard_attributes(self, through: int, user_id: str | None) -> None:
        """Delete the attributes of a user with ids up to ``through``."""
        mine = "attributes NOT INDEXED WHERE user_id = ? AND id <= ?"
        with translated:
            count, size = self._db.execute(
                f"SELECT count(*), total(size) FROM {mine}", (user_id or "", through)
            ).fetchone()
            # Not by the index: where that is torn it would find nothing to delete, and say nothing.
            self._db.execute(f"DELETE FROM {mine}", (user_id or "", through))
        self.rows -= count
        self.bytes -= int(size)

    def set_aside(self, row_id: int, reason: str, *, attribute: bool = False) -> None:
        """Take one event or attribute out of the way for good, but keep it to be looked at."""
        table, text = ("attributes", "key || ':' || value") if attribute else ("outbox", "event")
        with translated:
            self._db.execute(
                f"INSERT INTO aside (reason, event) SELECT ?, CAST({text} AS TEXT) FROM {table} WHERE id = ?",
                (reason, row_id),
            )
            (size,) = self._db.execute(f"SELECT total(size) FROM {table} WHERE id = ?", (row_id,)).fetchone()
            self.rows -= self._db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,)).rowcount
            self.bytes -= int(size)
            self._db.execute(
                "DELETE FROM aside WHERE id NOT IN (SELECT id FROM aside ORDER BY id DESC LIMIT ?)",
                (MAX_ASIDE,),
            )

    @property
    def full(self) -> bool:
        """Whether the outbox has reached a bound."""
        return self.rows >= MAX_ROWS or self.bytes >= MAX_BYTES

    def trim(self) -> int:
        """Drop what is over the bounds: the oldest events, then attributes, session data last.

        Returns:
            how many.
        """
        if self.elsewhere(Mark.ALIVE):
            self.count()
        dropped = 0
        choices = (
            f"outbox WHERE code NOT IN {SESSION_CODES}",
            "parked WHERE TRUE",
            "attributes WHERE TRUE",
            "outbox WHERE TRUE",
        )
        for choice in choices:
            while self.rows > MAX_ROWS or self.bytes > MAX_BYTES:
                row = self._db.execute(f"SELECT id, size FROM {choice} ORDER BY id LIMIT 1").fetchone()
                if row is None:
                    break
                self._db.execute(f"DELETE FROM {choice} AND id = ?", (row[0],))
                self.rows -= 1
                self.bytes -= row[1]
                dropped += 1
        return dropped


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
