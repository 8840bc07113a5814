"""An endpoint on loopback that notes what it has taken. It knows nothing of braze_qt."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 20.0
"""Seconds after which a forgotten connection is let go of."""
CONFIG = {
    "time": 1,
    "request_backoff": {"min_sleep_duration_ms": 1_000, "scale_factor": 1},
    "global_request_rate_limit": {"enabled": False},
}
"""Makes retries come soon: a host of a campaign does not run long."""


@dataclass(frozen=True)
class FaultRates:
    """In how many of a hundred requests the endpoint is out of sorts; it takes all others at once.

    Attributes:
        slow: takes it, and answers after up to 50 ms.
        cut: takes it, and ends the connection without an answer.
        busy: answers 503 and takes nothing.
        reset: resets the connection before it has read the request.
    """

    slow: int = 0
    cut: int = 0
    busy: int = 0
    reset: int = 0


GOOD = FaultRates()
UNRELIABLE = FaultRates(slow=30, cut=4, busy=3, reset=3)


class Receiver(ThreadingHTTPServer):
    """Takes requests.

    Attributes:
        requests: the bodies of what was taken, in order of arrival.
        unreadable: bodies that were no JSON; they were answered with 400.
        rates: may be changed at any time.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self.requests: list[dict[str, Any]] = []
        self.unreadable: list[bytes] = []
        self.rates = GOOD
        self.chance = random.Random(seed)
        self._lock = threading.Lock()
        self._open = 0

    def take(self) -> list[dict[str, Any]]:
        """What has arrived since the last time."""
        with self._lock:
            taken, self.requests = self.requests, []
        return taken

    def note(self, body: bytes) -> bool:
        """Keep a body; False if it cannot be read."""
        try:
            request = json.loads(body)
        except ValueError:
            self.unreadable.append(body)
            return False
        with self._lock:
            self.requests.append(request)
        return True

    def settle(self) -> None:
        """Wait until everything that dead hosts had sent is noted."""
        with socket.create_connection(("127.0.0.1", self.server_address[1]), PATIENCE) as connection:
            # Connections are accepted in turn: once this one is answered, all before it are counted.
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(4096):
                pass
        end = time.monotonic() + PATIENCE
        while self._open:
            assert time.monotonic() < end, "a connection of a dead host stays open"
            time.sleep(0.001)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count it before a thread has it."""
        with self._lock:
            self._open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The end of one connection."""
        super().shutdown_request(request)
        with self._lock:
            self._open -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that dies in the middle is what the campaigns are about."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver
    timeout = PATIENCE
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(200, {})

    def do_POST(self) -> None:
        rates, number = self.server.rates, self.server.chance.randrange(100)
        if (number := number - rates.reset) < 0:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raise ConnectionAbortedError
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError  # the host died in the middle of it
        if (number := number - rates.busy) < 0:
            return self._answer(503, {})
        if not self.server.note(body):
            return self._answer(400, {"error": "no JSON"})
        if (number := number - rates.cut) < 0:
            raise ConnectionAbortedError
        if number < rates.slow:
            time.sleep(self.server.chance.random() * 0.05)
        return self._answer(201, {"config": CONFIG})

    def _answer(self, status: int, reply: dict[str, Any]) -> None:
        content = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def receiving(seed: int) -> Iterator[Receiver]:
    """A receiver in threads of its own, for as long as the context lasts."""
    with Receiver(seed) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
