"""A fast server in a process of its own: it counts events and says yes."""

from __future__ import annotations

import multiprocessing
import socketserver
from multiprocessing.connection import Connection
from typing import Any

_context = multiprocessing.get_context("spawn")

# Without it the client's rate bucket (30 requests, then one every 30 s) would be what is measured.
CONFIG = b'{"config":{"time":1,"global_request_rate_limit":{"enabled":false}}}'
REPLY = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(CONFIG),
    CONFIG,
)
EVENT = b'"name":"ce"'


class Server:
    """``with Server() as server``: ``server.endpoint``, and ``server.received`` custom events so far."""

    def __init__(self) -> None:
        self._count: Any = _context.Value("q", 0)
        here, there = _context.Pipe(duplex=False)
        self._process = _context.Process(target=_serve, args=(there, self._count), daemon=True)
        self._process.start()
        self.endpoint = f"http://127.0.0.1:{here.recv()}"

    @property
    def received(self) -> int:
        """Custom events that have arrived."""
        return int(self._count.value)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(ready: Connection, count: Any) -> None:
    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline():
                length = 0
                while line := self.rfile.readline().strip().lower():
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                events = self.rfile.read(length).count(EVENT)
                with count.get_lock():
                    count.value += events
                self.wfile.write(REPLY)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        ready.send(server.server_address[1])
        server.serve_forever()
