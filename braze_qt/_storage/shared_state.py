"""What all processes of an application share beside the events: the session, the user, consent."""

from __future__ import annotations

import sqlite3
from typing import Any

from braze_qt._platform.clock import Instant
from braze_qt._session.state import Kept, Session, StoredSession
from braze_qt._storage.database import translated

LARGEST = 2**63 - 1
"""What SQLite takes for a whole number. As a timeout it is for ever."""

UNKNOWN = -1
"""An epoch that no store has."""


class Shared:
    """The tables beside the outbox, through the connection that writes. One thread at a time.

    Attributes:
        epoch: grows whenever something changes that an event is stored by: the session, its user,
            consent, the alias. A process that remembers the last one sees whether its knowledge is current.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.epoch: int = 0
        self._known: tuple[Any, ...] | None = None
        self._stale = False

    def kept(self) -> Kept | None:
        """What was remembered of the tracking; None in a new store."""
        with translated:
            found = self._db.execute("SELECT * FROM shared").fetchone()
            if found is None:
                return None
            _, self.epoch, user_id, enabled, timeout, last_stamp = found
            row = self._db.execute("SELECT * FROM session").fetchone()
            table = "outbox" if row else "parked"
            newest = self._db.execute(f"SELECT time FROM {table} ORDER BY id DESC LIMIT 1").fetchone()
        stored = None
        if row:
            left = None if None in row[10:13] else Instant(*row[10:13])
            session = Session(row[1], row[2], Instant(*row[4:7]), Instant(*row[7:10]), left)
            stored = StoredSession(session, row[3])
        consent = None if enabled is None else bool(enabled)
        kept = Kept(user_id, consent, stored, max(last_stamp, newest[0] if newest else 0.0), timeout)
        self._known = _marks(kept)
        return kept

    def save(self, kept: Kept) -> bool:
        """Remember the tracking. Inside a transaction.

        Returns:
            whether the other processes need to know.
        """
        changed = self._stale or _marks(kept) != self._known
        if self.epoch == UNKNOWN:
            with translated:
                self.epoch = int(self._db.execute("SELECT total(epoch) FROM shared").fetchone()[0])
        self.epoch += changed
        self._known, self._stale = _marks(kept), False
        timeout = None if kept.timeout is None else min(kept.timeout, LARGEST)
        with translated:
            self._db.execute(
                "INSERT OR REPLACE INTO shared VALUES (1, ?, ?, ?, ?, ?)",
                (self.epoch, kept.user_id, kept.enabled, timeout, kept.last_stamp),
            )
            if kept.session is None:
                self._db.execute("DELETE FROM session")
                return changed
            session = kept.session.session
            times: list[float | None] = []
            for instant in (session.started, session.seen, session.left):
                times += (instant.wall, instant.boot, instant.awake) if instant else (None, None, None)
            self._db.execute(
                "INSERT OR REPLACE INTO session VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (session.id, session.user_id, kept.session.boot_id, *times),
            )
        return changed

    def wipe(self) -> None:
        """Forget everything, and let whoever else has the file know why. Inside a transaction."""
        with translated:
            self._db.execute("DELETE FROM session")
            self._db.execute("DELETE FROM meta")
            self._db.execute(
                "INSERT OR REPLACE INTO shared"
                " SELECT 1, total(epoch) + 1, NULL, 0, NULL, 0.0 FROM shared"  # perhaps of no row
            )
            self.put("wiped", 1)

    def begin_anew(self) -> None:
        """After a wipe, in a file that another process has still open."""
        with translated:
            self._db.execute("DELETE FROM meta WHERE key = 'wiped'")
            self._db.execute("UPDATE shared SET epoch = epoch + 1, enabled = NULL")

    def forget(self) -> None:
        """What was written last was taken back."""
        self.epoch, self._known, self._stale = UNKNOWN, None, True

    def touch(self) -> None:
        """With the next ``save`` the others need to know of something that is not in it."""
        self._stale = True

    def remember_stamp(self, event_id: int) -> None:
        """Before an event goes: no later one of its session may bear its time, or an earlier one."""
        with translated:
            self._db.execute(
                "UPDATE shared SET last_stamp ="
                " max(last_stamp, coalesce((SELECT time FROM outbox WHERE id = ?), 0))"
                " WHERE EXISTS (SELECT 1 FROM session)",
                (event_id,),
            )

    def meta(self) -> dict[str, str | float | None]:
        """Everything that was remembered by name."""
        with translated:
            return dict(self._db.execute("SELECT key, value FROM meta"))

    def put_first(self, key: str, value: str) -> None:
        """Remember a value by name, unless another process has been quicker."""
        with translated:
            self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))

    def put(self, key: str, value: str | float | None) -> None:
        """Remember one value by name."""
        with translated:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def _marks(kept: Kept) -> tuple[Any, ...]:
    """What tells two trackings apart for whoever stores an event."""
    session = kept.session and kept.session.session
    return kept.user_id, kept.enabled, kept.timeout, session and (session.id, session.left)
