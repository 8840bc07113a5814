"""Connections of requests whose bounds are ours. Imported with requests, on first use.

urllib3 bounds lines and the wait for each piece. Interim replies, trailers, encodings and the answers of
proxies go on for as long as somebody sends them, in some versions or in all. So each byte that is read is
counted here, and each socket is known before it is connected.
"""

from __future__ import annotations

import http.client
import io
import os
import re
import socket
import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url, prepend_scheme_if_needed, select_proxy
from urllib3.connection import HTTPConnection
from urllib3.util import parse_url
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssl_ import create_urllib3_context

from braze_qt._platform import system
from braze_qt._upload.cancellation import Cancellation

REPLY_LIMIT = 1024 * 1024
"""Bytes of a reply that are read, before and after decompression. Braze's have some kilobytes."""
HEAD_LIMIT = 64 * 1024
"""Bytes that are read before the body: interim replies and headers; and of what a proxy says to CONNECT.
Braze's have some hundred. It is also what is read beside a body: sizes of chunks, and trailers."""
ADDRESSES = 4
"""Addresses of a name that are tried, each for the time-out of a connection. There may be hundreds."""
PROXIES = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""Kinds of proxies that requests knows, and their usual ports."""


class TooLargeError(Exception):
    """More is coming than is read."""


class UnreachableError(OSError):
    """There is no connection. Its cause says why."""


class ProxyAddressError(Exception):
    """The address of the proxy makes no sense. It is not quoted: its password is in it."""


class Proxy(NamedTuple):
    """Where a proxy is found, without the user and the password that it asks for."""

    scheme: str
    host: str
    port: int


class _Meter(io.RawIOBase):
    """The bytes of a reply, as many as may come."""

    def __init__(self, source: io.RawIOBase, cancellation: Cancellation) -> None:
        self._source = source
        self._cancellation = cancellation
        self.left = HEAD_LIMIT

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._cancellation.check()
        if self.left <= 0:
            raise TooLargeError
        with memoryview(buffer) as view:
            count: int | None = self._source.readinto(view[: self.left])
        self.left -= count or 0
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, cancellation: Cancellation, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._meter = _Meter(self.fp.detach(), cancellation)
        self.fp = io.BufferedReader(self._meter)

    def begin(self) -> None:
        super().begin()
        self._meter.left = REPLY_LIMIT + HEAD_LIMIT
        # urllib3 would log as a warning what it cannot read among the headers, in a server's words.
        self.msg.set_payload("")
        self.msg.defects.clear()


class _Connection(HTTPConnection):
    """One of urllib3's: direct, through a proxy, or through a SOCKS proxy."""

    cancellation: Cancellation
    _handle: socket.socket | None = None

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> _Response:  # type: ignore[override]
        return _Response(sock, self.cancellation, *args, **kwargs)

    def connect(self) -> None:
        if getattr(self, "ssl_context", self) is None:  # then urllib3 would make the same one
            self.ssl_context = create_urllib3_context()
            self.ssl_context.sslsocket_class = _registering(self.cancellation)
        try:
            super().connect()
        finally:
            self._release_handle()
        sock: Any = self.sock
        while not isinstance(sock, socket.socket):
            sock = sock.socket  # TLS inside TLS: to a server behind a proxy that is itself spoken to by TLS
        self.cancellation.register(sock)

    def _tunnel(self) -> None:
        super()._tunnel()
        self.cancellation.check()  # the end of a connection is taken for the end of what the proxy says

    def _new_conn(self) -> socket.socket:
        try:
            return self._dialled()
        except (OSError, UnicodeError) as error:  # a name that is none is a UnicodeError
            raise UnreachableError from error

    def _dialled(self) -> socket.socket:
        options = getattr(self, "_socks_options", None)
        host, port = (
            (options["proxy_host"], options["proxy_port"]) if options else (self._dns_host, self.port)
        )
        found = socket.getaddrinfo(host.strip("[]"), port, allowed_gai_family(), socket.SOCK_STREAM)[
            :ADDRESSES
        ]
        for number, (family, kind, protocol, _, address) in enumerate(found, start=1):
            sock = (
                _socks(options, family, kind, protocol) if options else socket.socket(family, kind, protocol)
            )
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(self.timeout)
                self._keep_handle(sock)
                self.cancellation.register(sock)
                sock.connect((self.host, self.port) if options else address)
            except OSError:
                sock.close()
                if number == len(found):
                    raise
            else:
                return sock
        raise OSError("a name without an address")

    def _keep_handle(self, sock: socket.socket) -> None:
        """Register a second descriptor until the connection is made.

        TLS takes the first one away from the socket, and with a proxy it tells of its own only when the
        handshake is over. To shut down the second one is enough, except on Windows.
        """
        self._release_handle()
        self._handle = sock.dup()
        self.cancellation.register(self._handle)

    def _release_handle(self) -> None:
        if self._handle is not None:
            self.cancellation.release(self._handle)
            self._handle = None


def _registering(cancellation: Cancellation) -> type[ssl.SSLSocket]:
    """Sockets that are known before they shake hands."""

    class Registering(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002
            cancellation.register(self)
            super().do_handshake(block)

    return Registering


def _socks(options: Any, *kind: Any) -> socket.socket:
    import socks  # type: ignore[import-untyped]

    sock = socks.socksocket(*kind)
    sock.set_proxy(
        options["socks_version"],
        options["proxy_host"],
        options["proxy_port"],
        options["rdns"],
        options["username"],
        options["password"],
    )
    return sock  # type: ignore[no-any-return]


class _Adapter(HTTPAdapter):
    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            self._watch(manager)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if address := select_proxy(str(request.url), kwargs.get("proxies")):
            self.checked_proxy(address)
        return super().send(request, *args, **kwargs)

    def checked_proxy(self, address: str) -> Proxy:
        """Refuse what is no address.

        A password that is not quoted as it should be makes another address of it: with the user's name as
        host, digits as port, and the rest behind it.
        """
        try:
            whole = prepend_scheme_if_needed(address, "http")  # type: ignore[no-untyped-call]
            parts = parse_url(whole)
            urlsplit(address)  # as requests does, too
            get_auth_from_url(whole) if str(parts.scheme).startswith("socks") else self.proxy_headers(whole)
        except Exception:  # noqa: BLE001  # of two libraries, for an address that they have not foreseen
            raise ProxyAddressError from None
        behind = "".join(part or "" for part in (parts.path, parts.query, parts.fragment))
        host = parts.host or ""
        if parts.scheme not in PROXIES or not re.fullmatch(r"[^\s@]+", host) or "@" in behind:
            raise ProxyAddressError
        return Proxy(parts.scheme, host, parts.port or PROXIES[parts.scheme])

    def _watch(self, manager: Any) -> None:
        """Let a pool manager of urllib3 make our connections."""
        manager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": self._watched(pool.ConnectionCls)})
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }

    def _watched(self, plain: type) -> type:
        return type(plain.__name__, (_Connection, plain), {"cancellation": self._cancellation})


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: to tell where a redirect leads, requests reads its body, however long that is."""

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """What requests finds in the environment. On macOS it would look up the server's name for that."""
        found = system.proxies(urlsplit(url).hostname or "") if self.trust_env else None
        if found is None:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        return {"proxies": found, "stream": stream, "verify": authorities or self.verify, "cert": self.cert}


def session(cancellation: Cancellation, *, trust_env: bool) -> requests.Session:
    """A session that keeps nothing but connections, and adds nothing of the user's.

    Args:
        trust_env: whether proxies and authorities of the environment count.
    """
    made = _Session()
    made.trust_env = trust_env
    adapter = _Adapter(cancellation)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    # A .netrc entry for the host would replace nothing of ours but add a header of the user's.
    made.auth = _no_auth
    # A cookie would be an identifier that a wipe does not reach.
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.headers["User-Agent"] = "braze_qt"
    # Replies are small. Compressed ones would need a bound on their size after decompression.
    made.headers["Accept-Encoding"] = "identity"
    return made


def proxy_of(session: requests.Session, url: str) -> Proxy | None:
    """The proxy by which a session reaches an address; None for none.

    Raises:
        ProxyAddressError: its address makes no sense.
    """
    settings = session.merge_environment_settings(url, {}, None, None, None)
    address = select_proxy(url, settings["proxies"])
    return cast("_Adapter", session.get_adapter(url)).checked_proxy(address) if address else None


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
