"""Tells the open pages that something has changed."""

import threading
from collections.abc import Iterator

KEEP_ALIVE = 15.0
"""Seconds of silence after which a sign of life shows whether anybody listens still."""
MAX_STREAMS = 24
"""Who listens at once; each holds a connection."""


class News:
    """A number that grows with every change. Safe to use from any thread.

    ``keep_alive`` is in seconds.
    """

    def __init__(self, keep_alive: float = KEEP_ALIVE) -> None:
        self._keep_alive = keep_alive
        self._changed = threading.Condition()
        self._closed = False
        self._newest = 0
        self.number: int = 1

    def tell(self) -> None:
        """Something has changed."""
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Ends every stream."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def stream(self) -> Iterator[str]:
        """Server-sent events: the number now, and after each change; changes in between may be left out.

        It ends when many have begun after it; a page then begins another.
        """
        with self._changed:
            self._newest += 1
            this = self._newest
            self._changed.notify_all()
        told = 0
        while not self._has_ended(this):
            number = self._newer_than(told, this)
            yield f"data: {number}\n\n" if number != told else ": still here\n\n"
            told = number

    def _has_ended(self, stream: int) -> bool:
        return self._closed or stream <= self._newest - MAX_STREAMS

    def _newer_than(self, told: int, stream: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended(stream) or self.number != told, self._keep_alive)
            return self.number
