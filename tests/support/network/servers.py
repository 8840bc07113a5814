"""Places on a hostile network, made of real sockets on loopback."""

from __future__ import annotations

import contextlib
import functools
import gzip
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import trustme

from tests.support.loopback import Loopback, Reply, answer, free_port, serving

LINGER = b"\1\0\0\0\0\0\0\0"
"""Closed with this option, a socket is reset instead."""


@dataclass(frozen=True)
class Place:
    """Where the application is to send to, in which environment; ``asked`` is the server, if it can tell."""

    endpoint: str
    environment: dict[str, str] = field(default_factory=dict)
    asked: Loopback | None = None


@contextmanager
def replying(reply: Reply, *, secret: trustme.LeafCert | None = None, ca: str = "") -> Iterator[Place]:
    """A server that gives this reply for ever; with TLS if it has a certificate."""
    with serving(tls=_tls(secret) if secret else None) as server:
        server.next_reply = lambda: reply  # type: ignore[method-assign]
        yield Place(server.endpoint, {"REQUESTS_CA_BUNDLE": ca} if ca else {}, server)


@contextmanager
def talking(
    talk: Callable[[socket.socket, threading.Event], None], scheme: str = "http", **environment: str
) -> Iterator[Place]:
    """A server each of whose connections is handed to ``talk``, with an event that says when it is over."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                talk(self.request, over)
            self.request.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Place(f"{scheme}://127.0.0.1:{server.server_address[1]}", environment)
        finally:
            over.set()
            server.shutdown()


@contextmanager
def black_hole() -> Iterator[Place]:
    """Nobody accepts a connection, and nobody refuses it: the queue is full."""
    with socket.socket() as server, ExitStack() as stack:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield Place(f"http://127.0.0.1:{server.getsockname()[1]}")


@contextmanager
def proxied(reply: Reply) -> Iterator[Place]:
    """An https address that is reached through a proxy which says this."""
    with serving() as proxy:
        proxy.next_reply = lambda: reply  # type: ignore[method-assign]
        environment = {"HTTPS_PROXY": f"http://jane:hush@127.0.0.1:{proxy.port}"}
        yield Place(f"https://127.0.0.1:{free_port()}", environment, proxy)


@contextmanager
def nobody(scheme: str = "http") -> Iterator[Place]:
    """A port on which nobody listens."""
    yield Place(f"{scheme}://127.0.0.1:{free_port()}")


@contextmanager
def certified(how: str) -> Iterator[Place]:
    """A server that proves to be somebody, but not the one who is asked for, or not now."""
    authority = _authority()
    past = datetime.now(timezone.utc) - timedelta(days=1)
    certificate = {
        "valid": lambda: authority.issue_cert("127.0.0.1"),
        "self-signed": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "wrong name": lambda: authority.issue_cert("elsewhere.example"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=past),
    }[how]()
    with (
        authority.cert_pem.tempfile() as ca,
        replying(answer(), secret=certificate, ca=ca) as place,
    ):
        yield place
        if how != "valid":
            assert not (place.asked and place.asked.requests), f"{how}: something was said to a stranger"


@contextmanager
def redirecting(status: int, *, secure: bool) -> Iterator[Place]:
    """A redirect to another host that speaks plain http, and that is to hear nothing.

    Args:
        secure: whether the one who redirects speaks TLS, and proves who he is.
    """
    certificate = _authority().issue_cert("127.0.0.1") if secure else None
    with ExitStack() as stack:
        target = stack.enter_context(serving())
        ca = stack.enter_context(_authority().cert_pem.tempfile()) if secure else ""
        reply = answer(status, "", Location=target.url)
        yield stack.enter_context(replying(reply, secret=certificate, ca=ca))
        assert not target.connections, "a redirect was followed"


@functools.cache
def _authority() -> trustme.CA:
    return trustme.CA()


def _tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


# -- what is said ----------------------------------------------------------------------------------


def hold(_: socket.socket, over: threading.Event) -> None:
    """Say nothing."""
    over.wait()


def break_off(connection: socket.socket, _: threading.Event) -> None:
    """A reset, before anything was read to its end."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)


def break_off_at_once(connection: socket.socket, _: threading.Event) -> None:
    """A reset, with nothing read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)


def trickle(connection: socket.socket, over: threading.Event) -> None:
    """One byte a second."""
    connection.sendall(b"HTTP/1.1 201 Created\r\nX-Filler: ")
    while not over.wait(1.0):
        connection.sendall(b"x")


def gigabyte(connection: socket.socket) -> None:
    """A reply as long as it says, and nobody's."""
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(1024):
        connection.sendall(bytes(1024 * 1024))


def bomb(connection: socket.socket) -> None:
    """A reply that is small on the way."""
    answer(200, _bomb(), Content_Encoding="gzip")(connection)


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(bytes(256 * 1024 * 1024), 1)


@contextmanager
def dead_proxy() -> Iterator[Place]:
    """An https address behind a proxy that is not there."""
    yield Place("https://127.0.0.1:9", {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"})
