"""Tells the open pages that something has changed."""

import threading
from collections.abc import Iterator

KEEP_ALIVE = 15.0
"""Seconds of silence after which a sign of life shows whether anybody listens still."""


class News:
    """A number that grows with every change. Safe to use from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._closed = False
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
        """Server-sent events: the number now, and after each change; changes in between may be left out."""
        told = 0
        while not self._closed:
            number = self._newer_than(told)
            yield f"data: {number}\n\n" if number != told else ": still here\n\n"
            told = number

    def _newer_than(self, told: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self.number != told, KEEP_ALIVE)
            return self.number
