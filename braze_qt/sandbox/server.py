"""The sandbox as a server: in this process for tests, or behind the command line."""

import contextlib
import errno
import importlib
import io
import logging
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar, cast

from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

from braze_qt.sandbox.archive import MAX_OF_PAGES, MAX_OF_PROGRAMS, Archive, Bounds
from braze_qt.sandbox.cards import ContentCards
from braze_qt.sandbox.faults import Faults
from braze_qt.sandbox.flags import SWITCH_OPTIONS, Flag
from braze_qt.sandbox.news import KEEP_ALIVE, News
from braze_qt.sandbox.served import Served
from braze_qt.sandbox.web import create_app
from braze_qt.sandbox.witness import RAW_HEADERS, STAY, Witness

logger: logging.Logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 128
"""Connections at once, each of which has a thread; where a process may have few descriptors, fewer."""
REQUEST_SECONDS = 30.0
"""For a request to come, with its body."""
ANSWER_SECONDS = 120.0
"""For all of it, until the answer has been taken; for a piece of an answer that goes on for ever."""
MAX_HEAD = 256 << 10
"""Bytes of the headers of a request."""
PAUSE = 0.05
"""Seconds until the next look at who takes too long, and at a connection that had no descriptor."""


@dataclass(frozen=True)
class Limits:
    """What a sandbox bears, each as the constant that is its default says."""

    of_programs: Bounds = MAX_OF_PROGRAMS
    of_pages: Bounds = MAX_OF_PAGES
    request_seconds: float = REQUEST_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    keep_alive: float = KEEP_ALIVE


class _Connection(io.RawIOBase):
    """One connection, as what it is read and written through; so it is known whether the server waits for it.

    It waits in short pieces: on Windows nobody is woken who waits for a socket that is shut down.
    """

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._socket = connection
        self._limits = limits
        self._socket.settimeout(PAUSE)
        self._since = time.monotonic()
        self._may_stay = self._was_cut = False
        self.is_awaited = False
        """Whether it is the client that keeps everybody waiting."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.is_awaited = True
        try:
            return self._patiently(partial(self._socket.recv_into, buffer))
        finally:
            self.is_awaited = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """All of it."""
        with memoryview(data) as view:
            left = view
            while left:
                if not (sent := self._patiently(partial(self._socket.send, left))):
                    raise ConnectionAbortedError
                left = left[sent:]
            return view.nbytes

    def _patiently(self, act: Callable[[], int]) -> int:
        """What the socket answers; 0 when the connection has been cut."""
        end = time.monotonic() + self._limits.answer_seconds
        while not self._was_cut:
            try:
                return act()
            except TimeoutError:
                if time.monotonic() > end:
                    raise
            except OSError:
                if not self._was_cut:
                    raise
        return 0

    def stay(self) -> None:
        """Let it last."""
        self._may_stay = True

    def takes_too_long(self) -> bool:
        age = time.monotonic() - self._since
        limit = self._limits.request_seconds if self.is_awaited else self._limits.answer_seconds
        return age > limit and not self._may_stay

    def cut(self) -> None:
        """Ends it; the thread that waits for it goes on."""
        self._was_cut = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class _WholeChunks:
    """What Werkzeug reads chunks from.

    It takes a chunk that the client cut short for a whole one, and has Python read as much memory behind
    the buffer as is missing, which kills the process. Here a chunk cut short is a fault of the connection.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self.readline = stream.readline

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise OSError("the client left in the middle of a chunk")
        return data


class _Handler(WSGIRequestHandler):
    server: "_Server"

    def setup(self) -> None:
        self._of_server = self.server.connection_of(self.request)
        super().setup()
        self.rfile = io.BufferedReader(self._of_server)
        self.wfile = self._of_server  # type: ignore[assignment] # one that writes all of it

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if sum(len(name) + len(value) for name, value in self.headers.items()) > MAX_HEAD:
            self.send_error(431)
            return False
        return True

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        environ |= {RAW_HEADERS: self.headers.items(), STAY: self._of_server.stay}
        if isinstance(environ["wsgi.input"], DechunkedInput):
            environ["wsgi.input"] = DechunkedInput(cast("IO[bytes]", _WholeChunks(self.rfile)))
        return environ

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - Werkzeug's name
        """Keeps quiet about requests: the pages show them."""
        if type == "error" and not self.is_of_client(message):
            logger.warning(message, *args)

    @staticmethod
    def is_of_client(message: str) -> bool:
        """Whether it is the client that is at fault, which is nothing to warn of."""
        return message.startswith(("Request timed out", "code "))


class _Server(ThreadedWSGIServer):
    """Knows its connections, so that it can end them.

    A client that says nothing must neither hold up the end nor keep others out: when there are too many, that
    one goes which has been waited for the longest.
    """

    daemon_threads = False
    block_on_close = True

    def __init__(self, host: str, port: int, app: Any, limits: Limits) -> None:
        self._limits = limits
        self.connections: dict[socket.socket, _Connection] = {}
        """From the oldest to the newest."""
        self._lock = threading.Lock()
        self._most = _most_connections()
        super().__init__(host, port, app, _Handler)

    def connection_of(self, request: socket.socket) -> _Connection:
        """What is known of a connection, also of one that has just been cut."""
        with self._lock:
            return self.connections.get(request) or _Connection(request, self._limits)

    def get_request(self) -> Any:
        try:
            return super().get_request()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self._cut_one()
                time.sleep(PAUSE)  # noqa: TID251  # the connection waits on, and would be offered again at once
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        if len(self.connections) >= self._most and not self._cut_one():
            self.shutdown_request(request)
            return
        with self._lock:
            self.connections[request] = _Connection(request, self._limits)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self.connections.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        super().service_actions()
        self._cut(lambda each: each.takes_too_long())

    def _cut_one(self) -> bool:
        """Makes room; whether there was anybody who could go."""
        return self._cut(lambda each: each.is_awaited, at_most=1) > 0

    def cut_connections(self) -> None:
        self._cut(lambda _: True)

    def _cut(self, goes: Callable[[_Connection], bool], at_most: int = -1) -> int:
        with self._lock:
            gone = [request for request, each in self.connections.items() if goes(each)]
            gone = gone[:at_most] if at_most >= 0 else gone
            cut = [self.connections.pop(request) for request in gone]
        for each in cut:
            each.cut()
        return len(cut)


def _most_connections() -> int:
    """Descriptors are for files, too."""
    try:
        resource = importlib.import_module("resource")
    except ModuleNotFoundError:  # a system that sets no such limit
        return MAX_CONNECTIONS
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if limit == resource.RLIM_INFINITY else max(8, min(MAX_CONNECTIONS, limit // 4))


class Sandbox:
    """A running sandbox: ``with Sandbox() as sandbox: …``.

    ``port`` 0 takes a free one. ``data`` is a folder for what arrives, by default a temporary one. Raises
    OSError when the folder or the address cannot be used.
    """

    _limits: ClassVar[Limits] = Limits()
    """A test derives a class that bears less."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1", data: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="braze-sandbox-") if data is None else None
        folder = data if data is not None else Path(self._temporary.name) if self._temporary else Path()
        limits, faults = self._limits, Faults()
        archive = Archive(folder, of_programs=limits.of_programs, of_pages=limits.of_pages)
        flags = Served(archive, "feature_flags", Flag, SWITCH_OPTIONS, faults.next_config_time)
        cards = ContentCards(archive, faults.next_config_time)
        self._witness = Witness(archive, flags, cards, faults, News(limits.keep_alive))
        self._app = create_app(self._witness, host)
        try:
            self._server = _Server(host, port, self._app, limits)
        except SystemExit:  # Werkzeug's way of saying so, after it has printed the reason
            self._close_files()
            raise OSError(f"{host}:{port} cannot be listened on") from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox")
        shown = f"[{host}]" if ":" in host else host
        self.url: str = f"http://{shown}:{self._server.port}"

    def start(self) -> None:
        """Begins to answer; the socket has been listening already."""
        self._thread.start()

    def stop(self) -> None:
        """Ends every connection, and comes back when nothing runs any more."""
        self._server.shutdown()
        self._witness.news.close()
        self._witness.faults.close()
        self._server.cut_connections()
        self._thread.join()
        self._close_files()

    def _close_files(self) -> None:
        self._witness.archive.close()
        if self._temporary:
            self._temporary.cleanup()

    def api(self, path: str, method: str = "GET", value: Any = None) -> Any:
        """What ``/api/PATH`` answers to ``method``, with ``value`` as JSON; ValueError if it refuses."""
        client = self._app.test_client()
        response = client.open(f"/api/{path}", method=method, json=value, base_url=self.url)
        if response.status_code >= 400:
            raise ValueError(response.text)
        return response.json

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
