"""One POST, with requests. The only file that knows HTTP."""

from __future__ import annotations

import dataclasses
import re
import socket
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from braze_qt import payload
from braze_qt.outcome import Kind, Outcome, judge, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from braze_qt.clock import Instant

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 25.0
"""Seconds for the connection and between two pieces of a reply: longer than a slow answer takes,
shorter than people leave a laptop open after the network has gone."""
KEEP_ALIVE = 2.0
"""Seconds after a request for which its connection may be used for another one. A proxy, a NAT or a front
forgets idle connections, some after 4 seconds, and swallows what comes on them; the machine may have slept,
which the clock counts."""
REPLY_LIMIT = 1024 * 1024
"""Bytes of a reply that are read, after decompression. Braze's have some kilobytes."""


class Carrier(Protocol):
    """What takes requests away: :class:`Transport`, or what a test puts in its place."""

    def load(self) -> bool:
        """Import what ``post`` needs. True if that had to be done. From the thread that posts."""
        ...

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[Outcome, Mapping[str, Any] | None]:
        """What became of one request, and the ``config`` object of the reply, if there was one."""
        ...

    def cancel(self) -> None:
        """Wake a ``post`` that is blocked: it has failed. Any thread."""
        ...

    def abort(self) -> None:
        """Wake a ``post`` that is blocked, and let no other begin. Any thread."""
        ...

    def close(self) -> None:
        """Nothing more will be posted. While nothing is."""
        ...


class Transport:
    """Posts bodies to one address. ``post`` for one thread at a time, ``cancel`` and ``abort`` for any."""

    def __init__(self, url: str, now: Callable[[], Instant]) -> None:
        self._url = url
        self._now = now
        self._session: requests.Session | None = None
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._aborted = False
        self._used = 0.0
        self._loaded = "requests" in sys.modules

    def load(self) -> bool:
        """Import requests: some 70 ms and 18 MB that only the uploader's thread shall pay."""
        loaded, self._loaded = self._loaded, True
        if not loaded:
            import requests  # noqa: F401
        return not loaded

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Post once. Never raises for anything the network does.

        A server that sends one byte now and then could stretch it without end: ``cancel`` is for that.

        Returns:
            what became of it, and the ``config`` object of the reply, if there was one.
        """
        import requests

        if self._session is None:
            self._session = self._made()
        now = self._now().boot
        if now - self._used > KEEP_ALIVE:
            self._session.close()
        self._used = now
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=dict(headers),
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._outcome(response)
        except (requests.RequestException, OSError, ValueError, TypeError) as error:
            return _failure(error), None  # a TypeError where the address of a proxy lacks its host

    def abort(self) -> None:
        """Wake a ``post`` that is blocked, and let no other begin.

        A shut-down socket wakes its reader at once, which closing it does not. A look-up of the
        name, a connection that is being made and a TLS handshake cannot be woken.
        """
        self._aborted = True
        self.cancel()

    def cancel(self) -> None:
        """Wake a ``post`` that is blocked; the connections that are kept alive go, too."""
        with self._lock:
            live = list(self._sockets)
        for sock in live:
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                continue

    def close(self) -> None:
        """Close what is kept alive."""
        if self._session is not None:
            self._session.close()

    def _outcome(self, response: requests.Response) -> tuple[Outcome, Mapping[str, Any] | None]:
        content = _content(response)
        if content is None:
            return Outcome(Kind.RETRY, f"{response.status_code}, but the reply is too large"), None
        wait = retry_after_seconds(response.headers.get("Retry-After"), self._now().wall)
        return read_answer(response.status_code, content, wait)

    def _register(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.add(sock)
            if not self._aborted:
                return
        sock.close()
        raise ConnectionAbortedError("stopped")

    def _watch(self, manager: Any) -> None:
        """Let every connection of a pool manager of urllib3 register its socket when it is made."""
        manager.pool_classes_by_scheme = {
            scheme: _registering(pool, self._register)
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }

    def _made(self) -> requests.Session:
        from http.cookiejar import DefaultCookiePolicy

        import requests
        from requests.adapters import HTTPAdapter

        watch = self._watch

        class Adapter(HTTPAdapter):
            def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
                super().init_poolmanager(*args, **kwargs)
                watch(self.poolmanager)

            def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
                known = proxy in self.proxy_manager
                manager = super().proxy_manager_for(proxy, **kwargs)
                if not known:
                    watch(manager)
                return manager

        class Session(requests.Session):
            def get_redirect_target(self, resp: requests.Response) -> None:
                """Nowhere: to tell where a redirect leads, requests reads its body, however long that is."""

        session = Session()
        # Plain http is for a server on this machine: a proxy would carry the key over a network, readable.
        session.trust_env = self._url.startswith("https://")
        adapter = Adapter(max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        # A .netrc entry for the host would replace nothing of ours but add a header of the user's.
        session.auth = _no_auth
        # A cookie would be an identifier that a wipe does not reach.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = "braze_qt"
        return session


def read_answer(
    status: int, content: bytes, retry_after: float = 0.0
) -> tuple[Outcome, Mapping[str, Any] | None]:
    """What a whole reply means, and its ``config`` object, if it was an acceptance that has one.

    Args:
        status: the HTTP status.
        content: the body.
        retry_after: seconds that the server asks for.
    """
    answer = payload.read_reply(content)
    outcome = judge(
        status,
        readable=answer is not None,
        error=answer.error if answer else "",
        unauthorised=answer is not None and answer.unauthorised,
        retry_after=retry_after,
    )
    fault = answer.signature_fault if answer else None
    config = answer.config if answer and outcome.kind is Kind.ACCEPTED else None
    return dataclasses.replace(outcome, signature_fault=fault), config


def _registering(pool: Any, register: Callable[[socket.socket], None]) -> type:
    """A class like ``pool``, one of urllib3's or of its SOCKS proxies', whose sockets get registered."""
    plain = pool.ConnectionCls

    def connect(connection: Any) -> None:
        plain.connect(connection)
        register(connection.sock)

    connection_class = type(plain.__name__, (plain,), {"connect": connect})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection_class})


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _content(response: requests.Response) -> bytes | None:
    """The body, or None where it is more than we are willing to read."""
    content = bytearray()
    for piece in response.iter_content(16 * 1024):
        content += piece
        if len(content) > REPLY_LIMIT:
            return None
    return bytes(content)


def _failure(error: Exception) -> Outcome:
    """What a failed attempt means: nobody was reached, which is called offline, or it went wrong later."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    # The innermost cause says it in a few words; the others pack the address around it.
    cause: BaseException = error
    offline = False
    while (inner := cause.__cause__ or cause.__context__) is not None:
        offline |= isinstance(inner, (ConnectTimeoutError, NewConnectionError))
        cause = inner
    # The address of a proxy that makes no sense is quoted with its password.
    words = re.sub(r"//\S*@", "//", f"{type(cause).__name__}: {cause}")
    return Outcome(Kind.OFFLINE if offline else Kind.RETRY, words)
