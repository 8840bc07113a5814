"""One POST, with requests. What came back, or what went wrong, in words of ours."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import socket
import sys
import zlib
from collections.abc import Iterator
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Protocol

from braze_qt._protocol import payload
from braze_qt._protocol.response import Fault, Kind, Outcome, judge, retry_after_seconds
from braze_qt._upload.cancellation import Cancellation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from braze_qt._platform.clock import Instant
    from braze_qt._upload.connection import Proxy

DATA = "data/"
"""The path of session data, below that of the API."""
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 25.0
"""Seconds for the connection and between two pieces of a reply: longer than a slow answer takes,
shorter than people leave a laptop open after the network has gone."""
TIME_LIMIT = 60.0
"""Seconds for all of a request, beyond which nothing more is read."""
KEEP_ALIVE = 2.0
"""Seconds after a request for which its connection may be used for another one. A proxy, a NAT or a front
forgets idle connections, some after 4 seconds, and swallows what comes on them; the machine may have slept,
which the clock counts."""
REFUSED_BECAUSE = {
    9: "not yet valid",
    10: "expired",
    18: "self-signed",
    19: "self-signed authority",
    20: "unknown authority",
    62: "its name does not match",
    64: "its IP address does not match",
}
"""What OpenSSL says of certificates, by its number."""
CAUSES = 20
"""Causes of an exception that are looked through. The libraries wrap one in another four times."""


class SupportsPost(Protocol):
    """What takes requests away: :class:`Transport`, or what a test puts in its place."""

    def load(self) -> bool:
        """Import what ``post`` needs. True if that had to be done. From the thread that posts."""
        ...

    def post(
        self, body: bytes, headers: Mapping[str, str], path: str = DATA
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        """What became of one request, and all that the reply says, if it was an acceptance."""
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
    """Posts bodies to one server. ``post`` for one thread at a time, ``cancel`` and ``abort`` for any.

    Args:
        url: where session data go; other paths lie beside it.
        now: reads the clock.
        connect_timeout, read_timeout, time_limit: seconds, as the constants say.
    """

    def __init__(
        self,
        url: str,
        now: Callable[[], Instant],
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._url = url
        self._now = now
        self._timeouts = (connect_timeout, read_timeout)
        self._time_limit = time_limit
        self._session: requests.Session | None = None
        self._cancellation = Cancellation(lambda: now().awake)
        self._used = 0.0
        self._loaded = "requests" in sys.modules

    def load(self) -> bool:
        """Import requests: some 70 ms and 18 MB that only the upload thread shall pay."""
        loaded, self._loaded = self._loaded, True
        if not loaded:
            import braze_qt._upload.connection  # noqa: F401
        return not loaded

    def post(
        self, body: bytes, headers: Mapping[str, str], path: str = DATA
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Post once. Never raises for anything the network does, and quotes nothing that it says.

        It takes 60 seconds and a time-out at most. Only the system's own look-up of a name is not bounded.

        Args:
            path: what is asked for, where that is not about session data.

        Returns:
            what became of it, and all that the reply says, if it was an acceptance.
        """
        try:
            with self.response(body, headers, path) as response:
                return self.read(response)
        except Exception as error:  # noqa: BLE001  # libraries raise what they have not foreseen either
            return failure(error), None

    @contextlib.contextmanager
    def response(
        self, body: bytes, headers: Mapping[str, str], path: str = DATA
    ) -> Iterator[requests.Response]:
        """What ``post`` works with: the reply to one request, of which ``read`` reads the body.

        Raises:
            Exception: anything, which ``failure`` puts into words.
        """
        session = self._opened()
        now = self._now().boot
        if now - self._used > KEEP_ALIVE:
            session.close()
        self._used = now
        self._cancellation.begin(self._time_limit)
        self._cancellation.check()
        with session.post(
            self._url.removesuffix(DATA) + path if path != DATA else self._url,
            data=body,
            headers=dict(headers),
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        ) as response:
            yield response

    def proxy(self) -> Proxy | None:
        """The proxy that requests go by; None for none.

        Raises:
            ProxyAddressError: its address makes no sense.
        """
        from braze_qt._upload import connection

        return connection.proxy_of(self._opened(), self._url)

    def _opened(self) -> requests.Session:
        if self._session is None:
            from braze_qt._upload import connection

            # Plain http is for a server on this machine: a proxy would carry the key over a network.
            self._session = connection.session(self._cancellation, trust_env=self._url.startswith("https://"))
        return self._session

    def abort(self) -> None:
        """Wake a ``post`` that is blocked, and let no other begin.

        Also while a connection is made, by a proxy, by TLS. A look-up of a name cannot be woken; no
        connection is made after it.
        """
        self._cancellation.abort()

    def cancel(self) -> None:
        """Wake a ``post`` that is blocked; the connections that are kept alive go, too."""
        self._cancellation.cancel()

    def close(self) -> None:
        """Close what is kept alive."""
        if self._session is not None:
            self._session.close()

    def read(self, response: requests.Response) -> tuple[Outcome, Mapping[str, Any] | None]:
        """What a reply means, and all that it says. Raises as ``response``."""
        from braze_qt._upload.connection import TooLargeError

        status = response.status_code
        try:
            content = _content(response)
        except TooLargeError:
            words = f"{status}, but the reply is too large"
            return Outcome(Kind.RETRY, words, fault=Fault.NOT_BRAZE, status=status), None
        except zlib.error:
            words = f"{status}, but the reply cannot be decompressed"
            return Outcome(Kind.RETRY, words, fault=Fault.NOT_BRAZE, status=status), None
        wait = retry_after_seconds(response.headers.get("Retry-After"), self._now().wall)
        return read_answer(status, content, wait)


def read_answer(
    status: int, content: bytes, retry_after: float = 0.0
) -> tuple[Outcome, Mapping[str, Any] | None]:
    """What a whole reply means, and all that it says, if it was an acceptance.

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
        said=answer.said if answer else "",
        unauthorised=answer is not None and answer.unauthorised,
        retry_after=retry_after,
    )
    signature_fault = answer.signature_fault if answer else None
    fault = Fault.SIGNATURE if signature_fault and outcome.fault is Fault.KEY else outcome.fault
    reply = answer.reply if answer and outcome.kind is Kind.ACCEPTED else None
    return dataclasses.replace(outcome, signature_fault=signature_fault, fault=fault, reply=content), reply


def _content(response: requests.Response) -> bytes:
    """The body.

    It was asked for as it is. A front that compresses it all the same does so once, with gzip.

    Raises:
        TooLargeError: it is more than we are willing to read.
        IncompleteRead: it is less than the server has promised.
        zlib.error: it is encoded in another way, or wrongly.
    """
    from http.client import IncompleteRead

    from braze_qt._upload.connection import REPLY_LIMIT, TooLargeError

    content = bytearray()
    for piece in response.raw.stream(16 * 1024, decode_content=False):
        content += piece
        if len(content) > REPLY_LIMIT:
            raise TooLargeError
    if response.raw.length_remaining:  # urllib3 before 2.0 takes it for the end
        raise IncompleteRead(b"")
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return bytes(content)
    if encoding not in ("gzip", "x-gzip"):
        raise zlib.error
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    plain = decompressor.decompress(content, REPLY_LIMIT + 1)
    if len(plain) > REPLY_LIMIT:
        raise TooLargeError
    if not decompressor.eof:
        raise zlib.error
    return plain


def failure(error: Exception) -> Outcome:
    """What a failed attempt means: nobody was reached, which is called offline, or it went wrong later.

    The words are ours, or of the system for the number of an error. What a server, a proxy or a library
    writes may quote the key, the user or the password of a proxy.
    """
    from braze_qt._upload.connection import UnreachableError

    found = list(causes(error))
    offline = any(isinstance(cause, UnreachableError) for cause in found)
    kind = Kind.OFFLINE if offline else Kind.RETRY
    return Outcome(kind, _words(found), fault=_fault(found, kind))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it, the innermost last."""
    for _ in range(CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _fault(causes: list[BaseException], kind: Kind) -> Fault:
    """How far a request came is in the lines that the exceptions came by."""
    import ssl

    from requests.exceptions import InvalidSchema

    from braze_qt._upload.connection import ProxyAddressError

    functions = {frame.f_code.co_name for cause in causes for frame, _ in walk_tb(cause.__traceback__)}

    def is_among(*classes: type[BaseException]) -> bool:
        return any(isinstance(cause, classes) for cause in causes)

    faults = (
        (is_among(ssl.SSLCertVerificationError), Fault.CERTIFICATE),
        ("cert_verify" in functions, Fault.AUTHORITIES),
        ("do_handshake" in functions or isinstance(causes[-1], ssl.SSLError), Fault.TLS),
        ("_tunnel" in functions or is_among(InvalidSchema, ProxyAddressError), Fault.PROXY),
        (is_among(socket.gaierror), Fault.NAME),
        (kind is Kind.OFFLINE, Fault.CONNECTION),
    )
    return next((fault for holds, fault in faults if holds), Fault.NO_REPLY)


def _words(causes: list[BaseException]) -> str:
    """What the innermost cause of which we know something is, or the class of the innermost."""
    for cause in reversed(causes):
        if phrase := _phrase(cause):
            return phrase
    return type(causes[-1]).__name__


def _phrase(cause: BaseException) -> str:
    from http.client import HTTPException, IncompleteRead, RemoteDisconnected

    from requests.exceptions import InvalidSchema
    from urllib3.exceptions import TimeoutError as LibraryTimeoutError

    from braze_qt._upload.connection import ProxyAddressError, TooLargeError

    known: list[tuple[tuple[type[BaseException], ...], str]] = [
        (
            (ProxyAddressError,),
            "the address of the proxy makes no sense: its password may need percent-encoding",
        ),
        ((InvalidSchema,), "proxies of this kind need PySocks"),
        ((TooLargeError,), "the reply is too large"),
        ((RemoteDisconnected,), "the connection was closed without a reply"),
        ((IncompleteRead,), "the reply is cut off"),
        ((HTTPException,), f"the reply is not HTTP ({type(cause).__name__})"),
        ((TimeoutError, LibraryTimeoutError), "timed out"),
        ((socket.gaierror,), "the name of the server or of its proxy cannot be resolved"),
    ]
    for classes, phrase in known:
        if isinstance(cause, classes):
            return phrase
    return _system_phrase(cause) if isinstance(cause, OSError) else ""


def _system_phrase(error: OSError) -> str:
    import ssl

    name = type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{name}: certificate refused: {REFUSED_BECAUSE.get(error.verify_code, error.verify_code)}"
    if isinstance(error, ssl.SSLError):
        return f"{name}: {(error.reason or 'no reason').replace('_', ' ').lower()}"
    if answered := re.match(r"Tunnel connection failed: (\d{3})\b", str(error)):
        return f"the proxy answers {answered[1]}"
    if str(error).startswith("Could not find a suitable TLS CA certificate bundle"):
        return "the certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names are not there"
    return f"{name}: {os.strerror(error.errno)}" if isinstance(error.errno, int) else ""
