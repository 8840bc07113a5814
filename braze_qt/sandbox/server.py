"""The sandbox as a server: in this process for tests, or behind the command line."""

import contextlib
import io
import logging
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.web import create_app
from braze_qt.sandbox.witness import RAW_HEADERS, Witness

logger: logging.Logger = logging.getLogger(__name__)


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
    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ() | {RAW_HEADERS: self.headers.items()}
        if isinstance(environ["wsgi.input"], DechunkedInput):
            environ["wsgi.input"] = DechunkedInput(cast("IO[bytes]", _WholeChunks(self.rfile)))
        return environ

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - Werkzeug's name
        """Keeps quiet about requests: the pages show them."""
        if type == "error":
            logger.warning(message, *args)


class _Server(ThreadedWSGIServer):
    """Knows its connections, so that it can end them: a client that says nothing must not hold up the end."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, host: str, port: int, app: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(host, port, app, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Sandbox:
    """A running sandbox: ``with Sandbox() as sandbox: …``.

    ``port`` 0 takes a free one. ``data`` is a folder for what arrives, by default a temporary one. Raises
    OSError when the folder or the address cannot be used.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", data: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="braze-sandbox-") if data is None else None
        folder = data if data is not None else Path(self._temporary.name) if self._temporary else Path()
        folder.mkdir(mode=0o700, exist_ok=True)
        self._witness = Witness(Archive(folder))
        self._app = create_app(self._witness, host)
        try:
            self._server = _Server(host, port, self._app)
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
