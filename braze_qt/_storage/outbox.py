"""Reads the rows that wait to be sent, with a connection of its own: for the thread that sends."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from braze_qt._storage.database import BUSY_MS, refuse_newer_schema, translated


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the waiting rows may be sent.

    Attributes:
        users: identified users whose rows may be sent beside the anonymous ones; None for all.
        done: last id of an event, user id of its batch: what was acknowledged, should the disk not
            have let go of it.
        done_attributes: the same for attributes.
    """

    users: tuple[str, ...] | None = None
    done: tuple[tuple[int, str | None], ...] = ()
    done_attributes: tuple[tuple[int, str | None], ...] = ()

    def events(self) -> tuple[str, tuple[object, ...]]:
        """The condition for events in SQL, and its values."""
        return self._condition("(user_id IS NULL OR user_id IS ?)", self.done)

    def attributes(self) -> tuple[str, tuple[object, ...]]:
        """The condition for attributes in SQL, and its values."""
        own = tuple((last, user_id or "") for last, user_id in self.done_attributes)
        return self._condition("user_id = ?", own)

    def _condition(
        self, same_user: str, done: tuple[tuple[int, str | None], ...]
    ) -> tuple[str, tuple[object, ...]]:
        parts: list[str] = ["TRUE"]
        values: list[object] = []
        for last, user_id in done:
            parts.append(f"NOT (id <= ? AND {same_user})")
            values += [last, user_id]
        if self.users is not None:
            parts.append(f"(user_id IS NULL OR user_id IN (''{', ?' * len(self.users)}))")
            values += self.users
        return " AND ".join(parts), tuple(values)


class Outbox:
    """The reading side, with a connection of its own. For the thread that made it."""

    def __init__(self, uri: str) -> None:
        with translated:
            self._db = sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
            try:
                refuse_newer_schema(self._db)
                self._db.execute("PRAGMA synchronous = NORMAL")
                if "mode=memory" in uri:
                    self._db.execute("PRAGMA read_uncommitted = ON")  # a shared cache knows no snapshots
            except BaseException:
                self._db.close()
                raise

    def waiting(self, choice: Choice, limit: int) -> list[tuple[int, str | None, int, str]]:
        """Id, user id, size and code of the events that are chosen, in order, at most ``limit``."""
        where, values = choice.events()
        with translated:
            return self._db.execute(
                f"SELECT id, user_id, size, code FROM outbox WHERE {where} ORDER BY id LIMIT ?",
                (*values, limit),
            ).fetchall()

    def texts(self, choice: Choice, last: int) -> str:
        """The texts of the chosen events up to ``last``, joined by commas, in order.

        SQLite joins them with the interpreter's lock released: the GUI thread does not notice.
        """
        where, values = choice.events()
        with translated:
            (joined,) = self._db.execute(
                "SELECT group_concat(event, ',') FROM"
                f" (SELECT event FROM outbox WHERE {where} AND id <= ? ORDER BY id)",
                (*values, last),
            ).fetchone()
        return joined or ""

    def unreadable(self, limit: int) -> list[int]:
        """The ids of those of the first so many events that the disk has garbled."""
        with translated:
            rows = self._db.execute(
                "SELECT id FROM (SELECT id, size, event FROM outbox ORDER BY id LIMIT ?)"
                " WHERE NOT json_valid(event) OR length(CAST(event AS BLOB)) != size",
                (limit,),
            ).fetchall()
        return [row[0] for row in rows]

    def first_user(self, choice: Choice) -> tuple[str | None] | None:
        """Whose attribute has waited longest among those chosen: a tuple of one user id, or None."""
        where, values = choice.attributes()
        with translated:
            row = self._db.execute(
                f"SELECT user_id FROM attributes WHERE {where} ORDER BY id LIMIT 1", values
            ).fetchone()
        return row and (row[0] or None,)

    def attributes(
        self, choice: Choice, user_id: str | None, limit: int
    ) -> list[tuple[int, int, bool, str, str | None]]:
        """Id, size, whether it is a custom one, name and value of the chosen attributes of one user.

        The value is None where the disk has garbled it.
        """
        where, values = choice.attributes()
        with translated:
            return self._db.execute(
                "SELECT id, size, custom, key, CASE WHEN json_valid(value) THEN value END"
                " FROM attributes NOT INDEXED"
                f" WHERE {where} AND user_id = ? ORDER BY id LIMIT ?",
                (*values, user_id or "", limit),
            ).fetchall()

    def present(self, ids: Collection[int]) -> set[int]:
        """Which of these events still wait."""
        with translated:
            rows = self._db.execute(
                f"SELECT id FROM outbox WHERE id IN ({', '.join('?' * len(ids))})", tuple(ids)
            )
            return {row[0] for row in rows}

    def remembered(self, key: str) -> object:
        """What was remembered under a name; None for nothing."""
        with translated:
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row and row[0]

    def checkpoint(self) -> int:
        """Write the log back into the file. Waits for the disk, but for no reader or writer.

        Returns:
            the pages of the log. It begins anew if all of it was written back before more was added.
        """
        with translated:
            _, pages, _ = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return int(pages)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
