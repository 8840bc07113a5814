"""Ends a request from outside: another thread asks for it, or its time is over."""

from __future__ import annotations

import errno
import math
import os
import socket
import threading
import weakref
from collections.abc import Callable

from braze_qt._platform import system


class Cancellation:
    """Knows the sockets of one sender. ``begin`` and ``check`` for the thread that posts, the others for any.

    Args:
        clock: seconds that the machine was awake.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._aborted = self._cancelled = False
        self._deadline = math.inf

    def begin(self, seconds: float) -> None:
        """A request begins, which has so many seconds."""
        with self._lock:
            self._cancelled = self._aborted
            self._deadline = self._clock() + seconds

    def check(self) -> None:
        """Go on, or raise.

        Raises:
            ConnectionAbortedError: the request was cancelled.
            TimeoutError: its time is over.
        """
        if self._cancelled:
            raise ConnectionAbortedError(errno.ECONNABORTED, os.strerror(errno.ECONNABORTED))
        if self._clock() > self._deadline:
            raise TimeoutError

    def register(self, sock: socket.socket) -> None:
        """From now on this socket is shut down by ``cancel``. Raises as ``check``."""
        with self._lock:
            self._sockets.add(sock)
        self.check()

    def release(self, sock: socket.socket) -> None:
        """Close this socket, while nobody shuts it down."""
        with self._lock:
            self._sockets.discard(sock)
            sock.close()

    def cancel(self) -> None:
        """End the present request, even if it has no socket yet. Connections that are kept alive go, too."""
        with self._lock:
            self._cancelled = True
            for sock in self._sockets:
                try:
                    system.wake(sock)
                except OSError:
                    continue

    def abort(self) -> None:
        """End the present request, and let no other begin."""
        self._aborted = True
        self.cancel()
