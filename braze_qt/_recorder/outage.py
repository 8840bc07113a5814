"""Why nothing can be merged at present, since when, and when it is tried again."""

from __future__ import annotations

import logging

from braze_qt._storage.database import BusyStoreError
from braze_qt.errors import StoreError

logger: logging.Logger = logging.getLogger(__name__)

TOLD_UNMERGED = 1.0
"""Seconds after which sessions that this process has begun or ended are told although they are not merged."""
IN_JOURNAL = "calls wait in the journal: "
"""What the reason begins with while another process keeps the database for itself."""


class Outage:
    """One thread at a time; any thread may read.

    Args:
        retry: seconds until a database that took nothing is tried again.

    Attributes:
        reason: in words; empty while all is well.
        is_on: whether the last merge has failed.
    """

    def __init__(self, retry: float) -> None:
        self.reason: str = ""
        self.is_on: bool = False
        self._retry = retry
        self._since = self._retry_at = 0.0

    def report(self, error: StoreError, where: str = "wait in the journal") -> None:
        """Data cannot be stored in the database; another process that is writing is no reason. It is logged
        once.
        """
        if isinstance(error, BusyStoreError):
            return
        if not self.reason:
            logger.warning("data cannot be stored in the database and %s: %s", where, error)
        self.reason = str(error)

    def is_too_soon(self, now: float) -> bool:
        """Whether a try at this moment of the boot clock could not be the one that succeeds."""
        return bool(self.reason) and now < self._retry_at

    def go_on(self, now: float, error: StoreError | None) -> bool:
        """Nothing can be merged. Whether that has lasted so long that sessions are told all the same."""
        busy = isinstance(error, BusyStoreError)
        if error and not busy:
            self.report(error)
            self._retry_at = now + self._retry
        if not self.is_on:
            self.is_on, self._since = True, now
        is_long = now - self._since >= TOLD_UNMERGED
        if is_long and busy and not self.reason:
            self.reason = f"{IN_JOURNAL}{error}"
        return is_long

    def end(self) -> None:
        """Merged."""
        self.is_on = False

    def clear(self) -> None:
        """The database takes data again."""
        self.reason = ""
