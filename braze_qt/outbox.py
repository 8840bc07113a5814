"""The reading side of the store, with a connection of its own: for the thread that sends."""

from __future__ import annotations

import sqlite3

from braze_qt.database import BUSY_MS, translated


class Outbox:
    """The reading side, with a connection of its own. For the thread that made it."""

    def __init__(self, uri: str) -> None:
        with translated:
            self._db = sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
            self._db.execute("PRAGMA synchronous = NORMAL")
            if "mode=memory" in uri:
                self._db.execute("PRAGMA read_uncommitted = ON")  # a shared cache knows no snapshots

    def waiting(self, after: int, limit: int) -> list[tuple[int, str | None, int, str]]:
        """Id, user id, size and code of the events behind ``after``, in order, at most ``limit``."""
        with translated:
            return self._db.execute(
                "SELECT id, user_id, size, code FROM outbox WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
            ).fetchall()

    def texts(self, after: int, last: int) -> str:
        """The texts of the events behind ``after`` up to ``last``, joined by commas, in order.

        SQLite joins them with the interpreter's lock released: the GUI thread does not notice.
        """
        with translated:
            (joined,) = self._db.execute(
                "SELECT group_concat(event, ',') FROM"
                " (SELECT event FROM outbox WHERE id > ? AND id <= ? ORDER BY id)",
                (after, last),
            ).fetchone()
        return joined or ""

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
