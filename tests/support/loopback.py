"""Real servers on loopback whose every byte a test decides. They know nothing of braze_qt."""

import json
import socket
import socketserver
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 20.0
"""Seconds after which a server lets go of a client that a test has forgotten."""


@dataclass(frozen=True)
class Request:
    """What arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def path(self) -> str:
        """Below that of the API."""
        return self.line.split()[1].removeprefix("/api/v3/")


Reply = Callable[[socket.socket], None]
"""Says something on the connection; the connection is kept if it returns, closed if it raises."""


def answer(status: int = 201, body: bytes | str | dict[str, Any] = b"{}", **headers: str) -> Reply:
    """A proper reply; an underscore in a header's name stands for a dash."""
    if isinstance(body, dict):
        body = json.dumps(body)
    content = body.encode() if isinstance(body, str) else body
    fields = {"Content_Length": str(len(content)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return raw(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content)


def raw(content: bytes) -> Reply:
    """Exactly these bytes."""
    return lambda connection: connection.sendall(content)


def cut(content: bytes = b"") -> Reply:
    """These bytes, then the end of the connection."""

    def reply(connection: socket.socket) -> None:
        connection.sendall(content)
        raise ConnectionAbortedError

    return reply


def reset(content: bytes = b"") -> Reply:
    """These bytes, then a reset, as from a firewall or a server that died."""

    def reply(connection: socket.socket) -> None:
        connection.sendall(content)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raise ConnectionAbortedError

    return reply


@dataclass
class Trickle:
    """A reply that goes on for ever, byte by byte; ``gone`` is set once the client does not take it any
    more."""

    begun: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nX-Filler: ")
        try:
            while not self.gone.wait(0.02):
                connection.sendall(b"x")
                self.begun.set()
        except OSError:
            self.gone.set()
            raise


@dataclass
class Silence:
    """A reply that never comes. ``heard`` is set once the request is there; ``end`` lets go.

    ``outlasted`` tells that the client waited until the server's patience was at its end.
    """

    content: bytes = b""
    heard: threading.Event = field(default_factory=threading.Event)
    end: threading.Event = field(default_factory=threading.Event)
    outlasted: bool = False

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.content)
        self.heard.set()
        self.outlasted = not self.end.wait(PATIENCE)
        raise ConnectionAbortedError


class Loopback(socketserver.ThreadingTCPServer):
    """An HTTP server that gives its replies in turn, and ``201 {}`` when they are used up.

    ``by_path`` has replies, each for any number of requests, to paths below that of the API.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.replies = deque(replies)
        self.by_path: dict[str, Reply] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.tls = tls
        self.most_at_once = self.at_once = 0
        self.port = self.server_address[1]
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.url = f"{self.endpoint}/api/v3/data/"

    def next_reply(self) -> Reply:
        return self.replies.popleft() if self.replies else answer()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of all requests, in the order of arrival."""
        return [event for request in list(self.requests) for event in request.json.get("events", [])]

    def handle_error(self, *_: Any) -> None:
        """A client that goes away in the middle is what these tests are about."""


class _Conversation(socketserver.BaseRequestHandler):
    server: Loopback

    def handle(self) -> None:
        self.server.connections += 1
        self.request.settimeout(PATIENCE)
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        with self.request.makefile("rb") as stream:
            while request := read_request(stream):
                self.server.at_once += 1
                self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
                try:
                    self.server.requests.append(request)
                    reply = self.server.by_path.get(request.path) or self.server.next_reply()
                    reply(self.request)
                finally:
                    self.server.at_once -= 1

    def finish(self) -> None:
        # Without the shutdown a TLS client would not see the end: the wrapped socket hides the other.
        self.request.close()


def read_request(stream: Any) -> Request | None:
    """The next request, None at the end of the connection, also one that comes within the body."""
    line = stream.readline().decode().strip()
    if not line:
        return None
    headers = {}
    while field_line := stream.readline().decode().strip():
        name, _, value = field_line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", 0))
    body = stream.read(length)
    return Request(line, headers, body) if len(body) == length else None


@contextmanager
def serving(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """A server in threads of its own, for as long as the context lasts."""
    with Loopback(*replies, tls=tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            for reply in server.replies:
                if isinstance(reply, Silence):
                    reply.end.set()
            server.shutdown()
            thread.join()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
