"""Reads the rows that wait to be sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from braze_qt._storage.database import VERSION, refuse_newer_schema, translated

_VERSION = "(SELECT user_version FROM pragma_user_version)"
_IS_WHOLE = """(json_valid(event) AND length(CAST(event AS BLOB)) = size
    AND typeof(user_id) IN ('text', 'null'))"""
LARGEST_ID = 2**63 - 1


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """What may be sent now: whether there are events, and whose attribute has waited longest.

    Attributes:
        attributes: a tuple of one user id (None for the anonymous user); None where no attribute waits.
    """

    events: bool
    attributes: tuple[str | None] | None

    def __bool__(self) -> bool:
        return self.events or self.attributes is not None


class Run(NamedTuple):
    """Events that follow each other.

    Attributes:
        device_id: whose they are, at the same moment; None where there is no device.
        newest: the id of the last of all events that may be sent; None for none.
        events: how many these are.
        last: the id of the last one of them; None for none.
        size: their bytes, and a comma behind each.
        user_id: the greatest of their users; None where all are anonymous.
        is_plain: whether each is whole, and all are of the same user.
        texts: joined by commas; None for none.
    """

    device_id: object
    newest: int | None
    events: int
    last: int | None
    size: float
    user_id: str | None
    is_plain: bool
    texts: str | None


class Outbox:
    """Reads the rows that wait to be sent. For the thread that uses the connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def waiting(self, choice: Choice) -> Waiting:
        """What is there of the rows that are chosen.

        Raises:
            StoreError: a newer version of this package has come to the file meanwhile.
        """
        events, event_values = choice.events()
        attributes, attribute_values = choice.attributes()
        with translated:
            version, has_events, user_id = self._db.execute(
                f"SELECT {_VERSION}, EXISTS (SELECT 1 FROM outbox WHERE {events}),"
                f" (SELECT user_id FROM attributes WHERE {attributes} ORDER BY id LIMIT 1)",
                (*event_values, *attribute_values),
            ).fetchone()
            self._refuse_newer(version)
        return Waiting(bool(has_events), None if user_id is None else (user_id or None,))

    def rows(self, choice: Choice, limit: int) -> list[tuple[int, str | None, int, bool]]:
        """Id, user id and size of the chosen events, in order, at most ``limit``; and whether the row is
        whole, which a damaged disk may have garbled.
        """
        where, values = choice.events()
        with translated:
            return self._db.execute(
                f"SELECT id, user_id, size, {_IS_WHOLE} FROM outbox WHERE {where} ORDER BY id LIMIT ?",
                (*values, limit),
            ).fetchall()

    def run(self, choice: Choice, limit: int, last: int = LARGEST_ID) -> Run:
        """The chosen events up to ``last``, in order, at most ``limit``.

        SQLite joins them with the interpreter's lock released: the GUI thread does not notice.

        Raises:
            StoreError: as ``waiting``.
        """
        where, values = choice.events()
        with translated:
            version, *found = self._db.execute(
                f"SELECT {_VERSION}, (SELECT value FROM meta WHERE key = 'device_id'),"
                f" (SELECT max(id) FROM outbox WHERE {where}), count(*), max(id), total(size + 1),"
                " max(user_id), ifnull(min(is_whole IS TRUE), 1) AND count(user_id) IN (0, count(*))"
                " AND min(user_id) IS max(user_id), group_concat(event, ',')"
                f" FROM (SELECT id, user_id, size, event, {_IS_WHOLE} AS is_whole FROM outbox"
                f" WHERE {where} AND id <= ? ORDER BY id LIMIT ?)",
                (*values, *values, last, limit),
            ).fetchone()
            self._refuse_newer(version)
        return Run(*found)

    def _refuse_newer(self, version: int) -> None:
        if version > VERSION:
            refuse_newer_schema(self._db)

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
