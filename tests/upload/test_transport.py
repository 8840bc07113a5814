import contextlib
import gzip
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import types
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from braze_qt._platform import macos, system
from braze_qt._platform.clock import Instant, SystemClock
from braze_qt._protocol.response import Fault, Kind
from braze_qt._upload.transport import Transport
from tests.support.loopback import (
    PATIENCE,
    Loopback,
    Silence,
    Trickle,
    answer,
    cut,
    free_port,
    raw,
    reset,
    serving,
)
from tests.support.network.servers import black_hole

KEY = "11111111-2222-4333-8444-555555555555"
HEADERS = {"Content-Type": "application/json", "X-Braze-Api-Key": KEY}
BODY = f'{{"api_key":"{KEY}","events":[]}}'.encode()
NOW = 1_800_000_000.0
BOUND = 15.0
"""Seconds for something that would take the read timeout of 25 if nobody woke it."""

Make = Callable[..., Transport]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda url, **timeouts: stack.enter_context(
            closing(Transport(url, lambda: Instant(NOW, 0.0, 0.0), **timeouts))
        )


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with authority.cert_pem.tempfile() as path:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", path)
        yield


def tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


# -- what replies mean ---------------------------------------------------------------------------


def test_body_and_headers_are_posted_unchanged(make):
    """No cookie, no credentials and no compression are added."""
    with serving() as server:
        outcome, said = make(server.url).post(BODY, HEADERS)
    assert (outcome.kind, said) == (Kind.ACCEPTED, {})
    (request,) = server.requests
    assert request.line == "POST /api/v3/data/ HTTP/1.1"
    assert request.body == BODY
    assert request.headers["x-braze-api-key"] == KEY
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "braze_qt"
    assert request.headers["accept-encoding"] == "identity"
    assert not {"cookie", "authorization", "content-encoding"} & set(request.headers)


PORTAL = "<!DOCTYPE html><html><title>Hotel Wi-Fi</title><form>Please log in</form></html>"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (answer(201, "{}"), Kind.ACCEPTED, "201 Created"),
        (answer(200, '{"message":"success"}'), Kind.ACCEPTED, "200 OK"),
        (answer(202, ' {"unknown":[1,2],"error":null} '), Kind.ACCEPTED, "202 Accepted"),
        (answer(200, gzip.compress(b"{}"), Content_Encoding="gzip"), Kind.ACCEPTED, "200 OK"),
        (answer(200, ""), Kind.RETRY, "200 OK, but the reply is not Braze's"),
        (answer(201, ""), Kind.RETRY, "not Braze's"),
        (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), Kind.RETRY, "204 No Content, but the reply is not Braze's"),
        (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), Kind.RETRY, "304 Not Modified"),
        (answer(200, PORTAL, Content_Type="text/html"), Kind.RETRY, "not Braze's"),
        (answer(200, "[]"), Kind.RETRY, "not Braze's"),
        (answer(200, '"{}"'), Kind.RETRY, "not Braze's"),
        (answer(200, "{}{}"), Kind.RETRY, "not Braze's"),
        (answer(200, b'{"message":"\xff\xfe"}'), Kind.RETRY, "not Braze's"),
        (answer(200, "[" * 200_000), Kind.RETRY, "not Braze's"),
        (answer(200, '{"a":' + "[" * 300 + "]" * 300 + "}"), Kind.RETRY, "not Braze's"),
        (answer(200, '{"a":[' + "[]," * 300_000 + "1]}"), Kind.RETRY, "not Braze's"),
        (answer(200, '{"a":"' + r"[\\" * 300 + '"}'), Kind.ACCEPTED, "200 OK"),
        (answer(200, '\ufeff{"a":' + "[" * 50 + "]" * 50 + "}"), Kind.ACCEPTED, "200 OK"),
        (answer(200, '{"a":' * 100_000 + "1" + "}" * 100_000), Kind.RETRY, "not Braze's"),
        (answer(200, '{"config":' + "9" * 100_000 + "}"), Kind.RETRY, "not Braze's"),
        (answer(200, "{}", Content_Encoding="gzip"), Kind.RETRY, "decompress"),
        (answer(200, gzip.compress(b"{}")[:-9], Content_Encoding="gzip"), Kind.RETRY, "decompress"),
        (answer(200, zlib.compress(b"{}"), Content_Encoding="deflate"), Kind.RETRY, "decompress"),
        (
            answer(200, gzip.compress(gzip.compress(b"{}")), Content_Encoding="gzip, gzip"),
            Kind.RETRY,
            "decomp",
        ),
        (answer(200, "{}", Content_Encoding="identity"), Kind.ACCEPTED, "200 OK"),
        (answer(200, '{"error":"no_device_identifier"}'), Kind.REFUSED, "200 OK: no_device_identifier"),
        (
            answer(200, '{"error":{"any":["thing"]}}'),
            Kind.REFUSED,
            "200 OK: an error that is logged at DEBUG",
        ),
        (answer(200, '{"error":"invalid_api_key"}'), Kind.UNAUTHORISED, "invalid_api_key"),
        (answer(200, '{"error":"blacklisted"}'), Kind.UNAUTHORISED, "blacklisted"),
        (
            answer(200, {"error": "sdk_auth_error", "auth_error": {"error_code": 26, "reason": "no token"}}),
            Kind.UNAUTHORISED,
            "the signature is refused, code 26",
        ),
        (answer(200, {"auth_error": {"error_code": 22}}), Kind.UNAUTHORISED, "22"),
        (answer(200, {"auth_error": "expired"}), Kind.UNAUTHORISED, "the signature is refused"),
        (answer(401, ""), Kind.UNAUTHORISED, "401 Unauthorized"),
        (answer(403, PORTAL), Kind.UNAUTHORISED, "403 Forbidden"),
        (answer(400, "{}"), Kind.REFUSED, "400 Bad Request"),
        (answer(422, '{"error":"odd"}'), Kind.REFUSED, "422 Unprocessable"),
        (answer(413, ""), Kind.TOO_LARGE, "413"),
        (answer(404, ""), Kind.RETRY, "404 Not Found"),
        (answer(429, "{}"), Kind.RETRY, "429 Too Many Requests"),
        (answer(500, "oops"), Kind.RETRY, "500 Internal Server Error"),
        (answer(503, "{}"), Kind.RETRY, "503 Service Unavailable"),
        (answer(599, "{}"), Kind.RETRY, "599"),
        (
            raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"),
            Kind.ACCEPTED,
            "201",
        ),
    ],
)
def test_a_reply_determines_the_outcome(make, reply, kind, words):
    with serving(reply) as server:
        outcome, said = make(server.url).post(BODY, HEADERS)
    assert outcome.kind is kind
    assert words in outcome.words
    assert (said is not None) is (kind is Kind.ACCEPTED)
    assert len(server.requests) == 1
    assert (outcome.fault is None) == (kind is Kind.ACCEPTED)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (answer(401, '{"error":"invalid_api_key"}'), Fault.KEY),
        (answer(201, {"auth_error": {"error_code": 22}}), Fault.SIGNATURE),
        (answer(201, {"error": "odd", "optional_auth_error": {"error_code": 22}}), Fault.REQUEST),
        (answer(400, "{}"), Fault.REQUEST),
        (answer(413, "{}"), Fault.REQUEST),
        (answer(429, PORTAL), Fault.UNAVAILABLE),
        (answer(503, "{}"), Fault.UNAVAILABLE),
        (answer(403, PORTAL), Fault.NOT_BRAZE),
        (answer(200, PORTAL), Fault.NOT_BRAZE),
        (cut(), Fault.NO_REPLY),
    ],
)
def test_a_reply_names_the_fault(make, reply, fault):
    with serving(reply) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
    assert outcome.fault is fault


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answer(201, {"config": {"time": 7}, "unknown": [1]}), {"config": {"time": 7}, "unknown": [1]}),
        (answer(201, {"error": "odd", "config": {"time": 7}}), None),
        (answer(500, {"config": {"time": 7}}), None),
    ],
)
def test_only_an_accepted_request_returns_the_reply(make, reply, said):
    with serving(reply) as server:
        assert make(server.url).post(BODY, HEADERS)[1] == said


def test_another_path_lies_beside_session_data(make):
    with serving() as server:
        make(server.url).post(BODY, HEADERS, "feature_flags/sync")
    assert [request.line for request in server.requests] == ["POST /api/v3/feature_flags/sync HTTP/1.1"]


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW + seconds, timezone.utc), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 1.5 ", 1.5),
        (http_date(90), 90.0),
        (http_date(-90), 0.0),
        (http_date(365 * 86_400), 3_600.0),
        ("31536000", 3_600.0),
        ("1e999", 3_600.0),
        ("-5", 0.0),
        ("nan", 0.0),
        ("soon", 0.0),
        ("Mon, 99 Foo 2026 77:00:00", 0.0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_becomes_seconds_up_to_one_hour(make, value, seconds):
    """It is a number or a date; zero when invalid or in the past."""
    with serving(answer(503, "{}", Retry_After=value)) as server:
        assert make(server.url).post(BODY, HEADERS)[0].retry_after == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(make, status):
    with serving() as target, serving(answer(status, "", Location=target.url)) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
    assert outcome.kind is Kind.RETRY
    assert outcome.words.startswith(str(status))
    assert target.connections == 0


BOMB = gzip.compress(bytes(20 * 1024 * 1024), 1)


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, b'{"a":"' + b"x" * 1024 * 1024 + b'"}'),
        answer(200, BOMB, Content_Encoding="gzip"),
        answer(302, BOMB, Content_Encoding="gzip", Location="/elsewhere"),
        answer(500, BOMB, Content_Encoding="gzip"),
    ],
    ids=["long", "bomb", "bomb behind a redirect", "bomb in an error"],
)
def test_an_oversized_reply_means_a_retry(make, reply):
    """Also when only its decompressed size is too large."""
    with serving(reply) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
    assert outcome.kind is Kind.RETRY
    assert outcome.words.endswith("but the reply is too large")


@pytest.mark.parametrize("status", ["200 OK", "302 Found"])
def test_the_connection_of_an_endless_reply_is_closed(make, status):
    gone = threading.Event()

    def endless(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\nLocation: /elsewhere\r\n\r\n".encode())
        sent = 0
        try:
            while sent < 500 * 1024 * 1024:
                sent += connection.send(bytes(1024 * 1024))
        except OSError:
            gone.set()
            raise

    with serving(endless) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
        assert gone.wait(BOUND)
    assert outcome.kind is Kind.RETRY


HEAD = b"HTTP/1.1 201 Created\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "interim replies": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim replies with headers": (b"", b"HTTP/1.1 100 Continue\r\nLink: x\r\n\r\n"),
    "headers of one interim reply": (b"HTTP/1.1 100 Continue\r\n", b"X-A: " + b"b" * 60_000 + b"\r\n"),
    "headers": (HEAD, b"X-A: " + b"b" * 60_000 + b"\r\n"),
    "status line": (b"HTTP/1.1 201 ", b"C" * 1000),
    "continued header": (HEAD + b"X: y\r\n", b" folded" * 100 + b"\r\n"),
    "body": (HEAD + b"\r\n", b" " * 1000),
    "chunks of a byte": (CHUNKED, b"1\r\n \r\n" * 1000),
    "size of a chunk": (CHUNKED, b"0" * 1000),
    "extension of a chunk": (CHUNKED + b"2;", b"x" * 1000),
    "chunk of a negative size": (CHUNKED + b"-5\r\n", b"x" * 1000),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-A: b\r\n" * 1000),
    "one trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nX: ", b"y" * 1000),
    "gzip of gzip": (HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + gzip.compress(BOMB), bytes(10_000)),
    "gzip of gzip of gzip": (HEAD + b"Content-Encoding: gzip,gzip\r\nContent-Encoding: x-gzip\r\n\r\n", BOMB),
}


@pytest.mark.parametrize("shape", ENDLESS)
def test_an_endless_reply_part_uses_bounded_memory(make, shape):
    """urllib3 and http.client limit some parts of a reply; which ones depends on their versions."""
    begin, again = ENDLESS[shape]
    gone = threading.Event()

    def endless(connection: socket.socket) -> None:
        connection.sendall(begin)
        try:
            for _ in range(100 * 1024 * 1024 // len(again)):
                connection.sendall(again)
        except OSError:
            gone.set()
            raise

    with serving(endless) as server:
        transport = make(server.url)
        transport.load()
        tracemalloc.start()
        try:
            outcome, _ = transport.post(BODY, HEADERS)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert outcome.kind is Kind.RETRY
    assert gone.wait(BOUND), "all of it was read"
    assert peak < 20 * 1024 * 1024
    assert len(server.requests) == 1


def test_deep_json_never_overflows_the_thread_stack():
    """A host may allow Python a deeper recursion than the stack of a thread can hold."""
    program = """
import sys, threading
sys.setrecursionlimit(1_000_000)
from braze_qt._validation.json_reader import read_json
def read():
    for text in (b"[", b'{"a":', b'[{"a":', b'{"error":['):
        for count in (1_000, 1_000_000 // len(text)):
            try:
                read_json(text * count)
            except ValueError:
                continue
thread = threading.Thread(target=read)
thread.start()
thread.join()
print("alive")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.stdout, ended.returncode) == ("alive\n", 0)


def test_a_reply_of_the_maximum_size_is_accepted(make):
    with serving(answer(200, b'{"a":"' + b"x" * (1024 * 1024 - 8) + b'"}')) as server:
        assert make(server.url).post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


# -- what goes wrong below HTTP ------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        cut(),
        cut(b"HTTP/1.1 20"),
        cut(b"HTTP/1.1 201 Created\r\nContent-Le"),
        cut(b"HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{}"),
        cut(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        cut(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
        reset(),
        reset(b"HTTP/1.1 201 Created\r\nContent-Length: 10\r\n"),
        reset(b"HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{}"),
        cut(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
        cut(b"\0" * 100_000),
        cut(b"HTTP/1.1 abc What\r\n\r\n"),
        cut(b"HTTP/1.1 201 Created\r\n" + b"X-Filler: y\r\n" * 1000 + b"\r\n{}"),
    ],
)
def test_a_broken_or_invalid_reply_means_a_retry(make, reply):
    with serving(reply) as server:
        transport = make(server.url)
        outcome, _ = transport.post(BODY, HEADERS)
        assert outcome.kind is Kind.RETRY
        assert outcome.words
        assert len(server.requests) == 1  # whether to send once more is not the transport's to say
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


def test_a_reset_during_sending_means_a_retry(make):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            connection, _ = server.accept()
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api/v3/data/"
        outcome, _ = make(url).post(BODY * 100_000, HEADERS)
        thread.join()
    assert outcome.kind is Kind.RETRY


@pytest.mark.parametrize(
    ("host", "fault"), [("127.0.0.1", Fault.CONNECTION), ("nowhere.invalid", Fault.NAME)]
)
def test_an_unreachable_server_means_offline(make, host, fault):
    outcome, _ = make(f"http://{host}:{free_port()}/").post(BODY, HEADERS)
    assert outcome.kind is Kind.OFFLINE
    assert outcome.fault is fault
    assert outcome.words


def test_a_connect_timeout_means_offline(make):
    with socket.socket() as server, ExitStack() as stack:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):  # the queue of those who wait to be accepted is full now
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        outcome, _ = make(url, connect_timeout=0.2).post(BODY, HEADERS)
    assert outcome.kind is Kind.OFFLINE


def test_connections_are_kept_between_requests(make):
    with serving() as server:
        transport = make(server.url)
        for _ in range(3):
            assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
    assert server.connections == 1


def test_an_idle_connection_is_not_reused(make):
    """After two seconds a proxy, a NAT or a front may have forgotten it, and swallow the next request."""
    with serving() as server:
        transport = make(server.url)
        for boot in (100.0, 101.0, 103.5, 104.0):
            transport._now = lambda boot=boot: Instant(NOW, boot, 50.0)
            assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
    assert server.connections == 2


def test_a_closed_connection_causes_a_retry_at_most(make):
    """The server closes it after its reply, while the transport keeps it for the next request."""
    cut_after_reply = cut(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    with serving(cut_after_reply, cut_after_reply) as server:
        transport = make(server.url)
        kinds = [transport.post(BODY, HEADERS)[0].kind for _ in range(3)]
    # A cut that is noticed only with the next request is one of the failures that are tried again.
    assert kinds[0] is Kind.ACCEPTED
    assert set(kinds) <= {Kind.ACCEPTED, Kind.RETRY}


def test_cookies_are_not_kept(make):
    with serving(answer(Set_Cookie="visitor=4711; Path=/; Max-Age=99999")) as server:
        transport = make(server.url)
        transport.post(BODY, HEADERS)
        transport.post(BODY, HEADERS)
    assert "cookie" not in server.requests[1].headers


# -- being woken ---------------------------------------------------------------------------------


def posted_elsewhere(transport: Transport) -> tuple[threading.Thread, list]:
    outcomes: list = []
    thread = threading.Thread(target=lambda: outcomes.append(transport.post(BODY, HEADERS)[0]), daemon=True)
    thread.start()
    return thread, outcomes


def aborted(transport: Transport, begun: threading.Event, within: float = BOUND) -> Kind:
    """What becomes of a request that is aborted when it has come so far."""
    thread, outcomes = posted_elsewhere(transport)
    assert begun.wait(BOUND)
    transport.abort()
    thread.join(within)
    assert not thread.is_alive()
    (outcome,) = outcomes
    return outcome.kind


@pytest.mark.parametrize(
    "content", [b"", b"HTTP/1.1 201 Cr", b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.usefixtures("trusted")
def test_abort_ends_a_wait_for_a_reply(make, authority, scheme, content):
    """No other request begins afterwards."""
    silence = Silence(content)
    context = tls(authority.issue_cert("127.0.0.1")) if scheme == "https" else None
    with serving(silence, tls=context) as server:
        transport = make(server.url)
        assert aborted(transport, silence.heard) is Kind.RETRY
        assert transport.post(BODY, HEADERS)[0].kind is not Kind.ACCEPTED
        silence.end.set()
    assert len(server.requests) == 1


def test_abort_ends_a_blocked_send(make):
    """The server does not read."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = make(f"http://127.0.0.1:{server.getsockname()[1]}/")
        outcomes: list = []
        body = bytes(64 * 1024 * 1024)
        thread = threading.Thread(
            target=lambda: outcomes.append(transport.post(body, HEADERS)[0]), daemon=True
        )
        thread.start()
        with server.accept()[0] as connection:
            assert connection.recv(1)
            transport.abort()
            thread.join(BOUND)
    assert [outcome.kind for outcome in outcomes] == [Kind.RETRY]


def test_a_request_succeeds_after_a_cancelled_endless_reply(make):
    trickle = Trickle()
    with serving(trickle) as server:
        transport = make(server.url)
        thread, outcomes = posted_elsewhere(transport)
        assert trickle.begun.wait(BOUND)
        transport.cancel()
        thread.join(BOUND)
        assert [outcome.kind for outcome in outcomes] == [Kind.RETRY]
        assert trickle.gone.wait(BOUND)  # the server saw that we had gone
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


def test_a_read_timeout_means_a_retry(make):
    silence = Silence()
    with serving(silence) as server:
        outcome, _ = make(server.url, read_timeout=0.2).post(BODY, HEADERS)
        silence.end.set()
    assert outcome.kind is Kind.RETRY


# -- seconds -------------------------------------------------------------------------------------

DRIPS = {
    "headers after CONNECT": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "status line after CONNECT": (b"HTTP/1.1 200 ", b"O"),
    "one header after CONNECT": (b"HTTP/1.0 200 OK\r\nX: ", b"y"),
}


@contextlib.contextmanager
def dripping(
    begin: bytes, again: bytes, read: int = 1
) -> Iterator[tuple[int, threading.Event, threading.Event]]:
    """A port on which somebody says the one and then the other, slowly, to whoever has sent so many bytes.

    Yields the port, an event that is set once it drips, and one that is set when the client has gone.
    """
    begun, gone = threading.Event(), threading.Event()

    def drip() -> None:
        with server.accept()[0] as connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            for _ in range(read):
                connection.recv(65536)
            connection.sendall(begin)
            while not gone.wait(0.02):
                connection.sendall(again)
                begun.set()
        gone.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1], begun, gone
        finally:
            gone.set()
            thread.join(BOUND)


@pytest.mark.parametrize("shape", DRIPS)
def test_abort_ends_a_wait_for_a_proxy(make, monkeypatch, shape):
    with dripping(*DRIPS[shape]) as (port, begun, gone):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        transport = make("https://127.0.0.1:9/")
        assert aborted(transport, begun) is Kind.RETRY
        assert gone.wait(BOUND)


@pytest.mark.parametrize("through", ["HTTPS_PROXY", ""])
def test_abort_ends_a_tls_handshake(make, monkeypatch, through):
    """With the server, or with a proxy that is reached by TLS."""
    handshake = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # a ServerHello of 16 kB
    with dripping(handshake, b"\0") as (port, begun, gone):
        if through:
            monkeypatch.setenv(through, f"https://127.0.0.1:{port}")
        transport = make("https://127.0.0.1:9/" if through else f"https://127.0.0.1:{port}/")
        # By itself it would end after 5 seconds.
        assert aborted(transport, begun, within=1.0) is Kind.RETRY
        assert gone.wait(BOUND)


@pytest.mark.parametrize(
    "through",
    [
        pytest.param(
            "HTTPS_PROXY", marks=pytest.mark.posix("its socket cannot be closed: it ends after 5 seconds")
        ),
        "plain HTTPS_PROXY",
        "",
    ],
)
def test_abort_ends_a_wait_without_any_answer(make, monkeypatch, through):
    """In a handshake, or before the answer of a proxy, no byte arrives."""
    with dripping(b"", b"") as (port, begun, _):
        if through:
            scheme = "http" if through.startswith("plain") else "https"
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{port}")
        transport = make("https://127.0.0.1:9/" if through else f"https://127.0.0.1:{port}/")
        assert aborted(transport, begun, within=1.0) is Kind.RETRY


@pytest.mark.usefixtures("trusted")
def test_abort_ends_a_handshake_inside_a_tls_tunnel(make, authority, monkeypatch):
    """With a server behind a proxy that is itself reached by TLS."""
    begun = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.recv(65536)
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        while True:
            connection.sendall(b"\0")
            begun.set()
            time.sleep(0.02)

    with serving(drip, tls=tls(authority.issue_cert("127.0.0.1"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{proxy.port}")
        transport = make("https://127.0.0.1:9/")
        assert aborted(transport, begun) is Kind.RETRY


@pytest.mark.parametrize("begin", [b"\5", b"\5\0\5\0\0\3\xff"])
def test_abort_ends_a_wait_for_a_socks_proxy(make, monkeypatch, begin):
    with dripping(begin, b"\0" if len(begin) > 1 else b"", read=1) as (port, begun, _):
        monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{port}")
        transport = make("https://127.0.0.1:9/")
        assert aborted(transport, begun, within=1.0) is Kind.OFFLINE


def test_abort_ends_an_attempt_to_connect(make):
    with black_hole() as place:
        transport = make(place.endpoint)
        thread, outcomes = posted_elsewhere(transport)
        while not transport._cancellation._sockets:
            assert thread.is_alive()
        transport.abort()
        thread.join(1.0)
        assert not thread.is_alive()
    assert outcomes[0].kind is Kind.OFFLINE


def test_a_name_with_many_addresses_is_given_up(make, monkeypatch):
    with black_hole() as place:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", urlsplit(place.endpoint).port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [address] * 10_000)
        assert make(place.endpoint, connect_timeout=0.1).post(BODY, HEADERS)[0].kind is Kind.OFFLINE


def test_no_connection_follows_a_cancelled_name_lookup(make, monkeypatch):
    """The look-up itself cannot be interrupted."""
    looking, known, look_up = threading.Event(), threading.Event(), socket.getaddrinfo

    def slow(*given):
        looking.set()
        assert known.wait(BOUND)
        return look_up(*given)

    with serving() as server:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        transport = make(server.url)
        thread, outcomes = posted_elsewhere(transport)
        assert looking.wait(BOUND)
        transport.cancel()
        known.set()
        thread.join(BOUND)
        assert [outcome.kind for outcome in outcomes] == [Kind.OFFLINE]
        assert server.connections == 0
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


@pytest.mark.parametrize("through_proxy", [False, True])
def test_a_request_ends_at_its_time_limit(monkeypatch, through_proxy):
    """Also where no event loop has a timer that would cancel it."""
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n") as (port, _, gone):
        if through_proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        url = "https://127.0.0.1:9/" if through_proxy else f"http://127.0.0.1:{port}/"
        with closing(Transport(url, SystemClock().now, time_limit=0.3)) as transport:
            outcome, _ = transport.post(BODY, HEADERS)
        assert gone.wait(BOUND)
    assert (outcome.kind, outcome.words) == (Kind.RETRY, "timed out")


# -- TLS -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_is_valid_is_trusted(make, authority):
    with serving(tls=tls(authority.issue_cert("127.0.0.1"))) as server:
        assert make(server.url).post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
    assert server.requests[0].body == BODY


BROKEN = {
    "unknown authority": lambda _: trustme.CA().issue_cert("127.0.0.1"),
    "another name": lambda ca: ca.issue_cert("elsewhere.example"),
    "expired": lambda ca: ca.issue_cert(
        "127.0.0.1", not_after=datetime.now(timezone.utc) - timedelta(days=1)
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.usefixtures("trusted")
def test_an_invalid_certificate_prevents_the_request(make, authority, fault):
    with serving(tls=tls(BROKEN[fault](authority))) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
    assert outcome.kind is Kind.RETRY
    assert "certificate" in outcome.words.lower()
    assert outcome.fault is Fault.CERTIFICATE
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_https_never_falls_back_to_plain_http(make):
    with serving() as server:
        outcome, _ = make(server.url.replace("http://", "https://")).post(BODY, HEADERS)
    assert outcome.kind is Kind.RETRY
    assert not any(KEY.encode() in request.body for request in server.requests)


@pytest.mark.parametrize("value", ["", "0", "False", "no", "/nowhere", "/dev/null"])
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_no_environment_variable_disables_certificate_verification(make, authority, monkeypatch, name, value):
    """Variables may name other authorities, such as that of a company that inspects traffic; no more."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    monkeypatch.setenv("CURL_INSECURE", "1")
    with serving(tls=tls(authority.issue_cert("127.0.0.1"))) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
    assert outcome.kind is Kind.RETRY
    assert server.requests == []


# -- proxies -------------------------------------------------------------------------------------


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def tunnel(connection: socket.socket, port: int) -> None:
    """Bytes to and fro until both have done."""
    with socket.create_connection(("127.0.0.1", port)) as target:
        there = threading.Thread(target=pump, args=(connection, target), daemon=True)
        there.start()
        pump(target, connection)
        there.join()
    raise ConnectionAbortedError


def connecting(port: int) -> Callable[[socket.socket], None]:
    def reply(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        tunnel(connection, port)

    return reply


PROXY_SECRET = "hush-4711"


@pytest.mark.usefixtures("trusted")
def test_https_goes_through_the_proxy_of_the_environment(make, authority, monkeypatch):
    context = tls(authority.issue_cert("127.0.0.1"))
    with serving(tls=context) as server, serving(connecting(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://jane:{PROXY_SECRET}@127.0.0.1:{proxy.port}")
        transport = make(server.url)
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
        transport.close()
    assert len(server.requests) == 2
    (asked,) = proxy.requests
    assert asked.line.startswith(f"CONNECT 127.0.0.1:{server.port} ")
    assert "proxy-authorization" in asked.headers
    assert "x-braze-api-key" not in asked.headers
    assert "proxy-authorization" not in server.requests[0].headers


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_plain_http_uses_no_proxy(make, monkeypatch, name):
    """Plain http is for a server on this machine: a proxy would read it on the way."""
    with serving() as server, serving() as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert make(server.url).post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
    assert len(server.requests) == 1
    assert proxy.connections == 0


@pytest.fixture
def settings_of_macos(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The system's proxies and exceptions, as Python's module tells them, and urllib as it is there."""
    settings: dict[str, Any] = {
        "exclude_simple": False,
        "exceptions": ("*.local", "169.254/16"),
        "proxies": {},
    }
    module = types.ModuleType("_scproxy")
    monkeypatch.setattr(module, "_get_proxy_settings", lambda: settings, raising=False)
    monkeypatch.setattr(module, "_get_proxies", lambda: settings["proxies"], raising=False)
    monkeypatch.setitem(sys.modules, "_scproxy", module)
    bypass: Any = urllib.request._proxy_bypass_macosx_sysconf  # type: ignore[attr-defined]
    monkeypatch.setattr("requests.utils.proxy_bypass", lambda host: bypass(host, settings))
    monkeypatch.setattr("requests.utils.getproxies", lambda: settings["proxies"])
    monkeypatch.setattr(system, "proxies", macos.proxies)
    return settings


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("proxied", [True, False])
def test_macos_proxy_exceptions_need_no_name_lookup(make, authority, monkeypatch, settings_of_macos, proxied):
    """Where an exception is an address, urllib looks the name up at each request, without a time limit."""
    looked_up: list[str] = []
    monkeypatch.setattr(socket, "gethostbyname", lambda name: looked_up.append(name) or "127.0.0.1")
    context = tls(authority.issue_cert("localhost"))
    with serving(tls=context) as server, serving(connecting(server.port)) as proxy:
        if proxied:
            settings_of_macos["proxies"] = {"https": f"http://127.0.0.1:{proxy.port}"}
        transport = make(f"https://localhost:{server.port}/api/v3/data/")
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
    assert proxy.connections == proxied
    assert looked_up == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("excepted", [{"exceptions": ("*.local", "local*")}, {"exclude_simple": True}])
def test_a_macos_proxy_exception_is_contacted_directly(make, authority, settings_of_macos, excepted):
    with serving(tls=tls(authority.issue_cert("localhost"))) as server:
        settings_of_macos["proxies"] = {"https": f"http://127.0.0.1:{free_port()}"}
        settings_of_macos.update(excepted)
        transport = make(f"https://localhost:{server.port}/api/v3/data/")
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


@pytest.mark.usefixtures("trusted")
def test_the_environment_overrides_macos_proxy_settings(make, authority, monkeypatch, settings_of_macos):
    with serving(tls=tls(authority.issue_cert("localhost"))) as server:
        settings_of_macos["proxies"] = {"https": f"http://127.0.0.1:{free_port()}"}
        monkeypatch.setenv("NO_PROXY", "localhost")
        monkeypatch.setattr("requests.utils.proxy_bypass", urllib.request.proxy_bypass)
        transport = make(f"https://localhost:{server.port}/api/v3/data/")
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


@pytest.mark.usefixtures("trusted")
def test_a_host_in_no_proxy_is_contacted_directly(make, authority, monkeypatch):
    with serving(tls=tls(authority.issue_cert("127.0.0.1"))) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert make(server.url).post(BODY, HEADERS)[0].kind is Kind.ACCEPTED


@pytest.mark.usefixtures("trusted")
def test_abort_ends_a_wait_behind_a_proxy(make, authority, monkeypatch):
    silence = Silence()
    context = tls(authority.issue_cert("127.0.0.1"))
    with serving(silence, tls=context) as server, serving(connecting(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        transport = make(server.url)
        assert aborted(transport, silence.heard) is Kind.RETRY
        silence.end.set()


def test_a_refused_proxy_password_is_not_reported(make, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    wants = answer(407, "", Proxy_Authenticate='Basic realm="office"')
    with serving(wants) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://jane:{PROXY_SECRET}@127.0.0.1:{proxy.port}")
        outcome, _ = make("https://127.0.0.1:9/").post(BODY, HEADERS)
    assert outcome.kind is Kind.RETRY
    assert "407" in outcome.words
    assert PROXY_SECRET not in outcome.words + caplog.text


def test_an_unreachable_proxy_means_offline(make, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HTTPS_PROXY", f"http://jane:{PROXY_SECRET}@127.0.0.1:{free_port()}")
    outcome, _ = make("https://127.0.0.1:9/").post(BODY, HEADERS)
    assert outcome.kind is Kind.OFFLINE
    assert PROXY_SECRET not in outcome.words + caplog.text


@pytest.mark.parametrize("address", ["127.0.0.1:port", "127.0.0.1:99999", "[::1", "a b:1", "\u2100:1", ""])
@pytest.mark.parametrize("scheme", ["http", "https", "socks5h", "gopher"])
def test_an_invalid_proxy_is_reported_without_its_password(make, monkeypatch, caplog, scheme, address):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://jane:{PROXY_SECRET}@{address}")
    outcome, _ = make("https://127.0.0.1:9/").post(BODY, HEADERS)
    assert outcome.kind in (Kind.RETRY, Kind.OFFLINE)
    assert "prox" in outcome.words
    assert outcome.fault in (Fault.PROXY, Fault.NAME)
    assert PROXY_SECRET not in outcome.words + caplog.text


@pytest.mark.parametrize("before", ["", "4711", "pass"])
@pytest.mark.parametrize("raw", ["#", "/", "?", "\\", " ", "%", "[", "@", ":", "//", "\u20ac", "<", "\t"])
@pytest.mark.parametrize("scheme", ["http://", "socks5://", ""])
def test_an_unescaped_proxy_password_is_never_reported(make, monkeypatch, caplog, scheme, raw, before):
    """Nor is any part of it taken for a host name and looked up."""
    caplog.set_level(logging.DEBUG)
    called: list[object] = []
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest: called.append(host) or look_up(host, *rest)
    )
    address = f"{scheme}jane:{before}{raw}{PROXY_SECRET}@127.0.0.1:{free_port()}"
    monkeypatch.setenv("HTTPS_PROXY", address)
    outcome, _ = make("https://127.0.0.1:9/").post(BODY, HEADERS)
    assert outcome.kind in (Kind.RETRY, Kind.OFFLINE)
    assert "the address of the proxy makes no sense" in outcome.words or outcome.kind is Kind.OFFLINE
    for secret in (PROXY_SECRET, "jane", "4711", "pass@"):
        assert secret not in outcome.words + caplog.text
    assert set(called) <= {"127.0.0.1"}


@pytest.mark.usefixtures("trusted")
def test_a_socks_proxy_of_the_environment_is_used(make, authority, monkeypatch):
    # requests can do this where PySocks is installed, as it is in this environment.
    asked: list[bytes] = []

    def socks(proxy: socket.socket, port: int) -> None:
        with proxy.accept()[0] as connection, contextlib.suppress(ConnectionAbortedError):
            assert connection.recv(3) == b"\5\1\0"
            connection.sendall(b"\5\0")
            asked.append(connection.recv(10))
            connection.sendall(b"\5\0\0\1\0\0\0\0\0\0")
            tunnel(connection, port)

    context = tls(authority.issue_cert("127.0.0.1"))
    with serving(tls=context) as server, socket.create_server(("127.0.0.1", 0)) as proxy:
        thread = threading.Thread(target=socks, args=(proxy, server.port), daemon=True)
        thread.start()
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.getsockname()[1]}")
        transport = make("https://127.0.0.1:9/")
        assert transport.post(BODY, HEADERS)[0].kind is Kind.ACCEPTED
        transport.close()
        thread.join(BOUND)
    assert asked == [b"\5\1\0\1\x7f\0\0\1\0\x09"]
    assert server.requests[0].body == BODY


# -- secrets -------------------------------------------------------------------------------------


def test_a_netrc_file_adds_no_credentials(make, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login jane password hush\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving() as server:
        make(server.url).post(BODY, HEADERS)
    assert "authorization" not in server.requests[0].headers


USER = "ada@hush.example"
ECHO = f"{KEY} {USER} hush-4711".encode()
GZIPPED = b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\n\r\n"
ECHOES = [
    b"HTTP/1.1 201 " + ECHO + b"\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 " + ECHO + b"\r\n\r\n",
    b"HTTP/1.1 2" + ECHO + b" OK\r\n\r\n",
    b"HTTP/" + ECHO + b" 201 OK\r\n\r\n",
    ECHO + b"\r\n\r\n",
    ECHO,
    HEAD + ECHO + b"\r\nContent-Length: 2\r\n\r\n{}",
    HEAD + b" " + ECHO + b"\r\nContent-Length: 2\r\n\r\n{}",
    HEAD + ECHO + b": x\r\nContent-Length: 2\r\n\r\n{}",
    HEAD + b":" + ECHO + b"\r\nContent-Length: 2\r\n\r\n{}",
    HEAD + b"Content-Length: 2\r\n" + ECHO + b"\r\n" + ECHO + b"\r\n\r\n{}",
    HEAD + b"Content-Length: 2\r\nX\0" + ECHO + b"\r\n\r\n{}",
    HEAD + b"From " + ECHO + b"\r\n\r\n{}",
    HEAD + b"Content-Type: multipart/mixed; boundary=" + ECHO + b"\r\nno colon " + ECHO + b"\r\n\r\n{}",
    HEAD + b"Content-Length: " + ECHO + b"\r\n\r\n{}",
    HEAD + b"Content-Encoding: " + ECHO + b"\r\n\r\n{}",
    HEAD + b"Transfer-Encoding: " + ECHO + b"\r\n\r\n{}",
    HEAD + b"Set-Cookie: " + ECHO + b"; expires=" + ECHO + b"\r\n\r\n{}",
    HEAD + b"Retry-After: " + ECHO + b"\r\n\r\n{}",
    HEAD + b"Content-Type: text/html; charset=" + ECHO + b"\r\n\r\n{}",
    b"HTTP/1.1 302 Found\r\nLocation: //" + ECHO + b"\r\n\r\n{}",
    CHUNKED + ECHO + b"\r\n{}",
    CHUNKED + b"2;" + ECHO + b"\r\n{}\r\n" + ECHO,
    CHUNKED + b"2\r\n{}\r\n0\r\n" + ECHO + b"\r\n\r\n",
    GZIPPED + ECHO,
    HEAD + b"\r\n" + ECHO,
    *(
        HEAD + b"\r\n" + body.replace(b"ECHO", word)
        for word in (ECHO, b"ada", b"hush_secret", b"4711")
        for body in (
            b'{"error":"ECHO"}',
            b'{"error":["ECHO"]}',
            b'{"error":{"ECHO":1}}',
            b'{"auth_error":"ECHO"}',
            b'{"auth_error":{"error_code":"ECHO","reason":"ECHO"}}',
            b'{"auth_error":{"error_code":22,"reason":"ECHO"}}',
            b'{"optional_auth_error":{"error_code":22,"reason":"ECHO"}}',
        )
    ),
]
SECRETS = (KEY, USER, "hush", "4711", "ada")


@pytest.mark.parametrize("reply", ECHOES, ids=range(len(ECHOES)))
def test_secrets_echoed_by_a_server_are_not_reported(make, caplog, reply):
    """The server knows the key and all that was sent. At DEBUG only urllib3 logs its words."""
    caplog.set_level(logging.INFO)
    with serving(cut(reply)) as server:
        outcome, _ = make(server.url).post(BODY, HEADERS)
    assert outcome.words
    assert [secret for secret in SECRETS if secret in outcome.words + caplog.text] == []


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 407 " + ECHO + b"\r\n\r\n",
        b"HTTP/1.1 200 " + ECHO + b"\r\n" + ECHO + b"\r\n\r\n" + ECHO,
        b"HTTP/1.1 " + ECHO + b"\r\n\r\n",
        ECHO,
    ],
)
def test_secrets_echoed_by_a_proxy_are_not_reported(make, monkeypatch, caplog, reply):
    with serving(cut(reply)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://jane:hush-4711@127.0.0.1:{proxy.port}")
        outcome, _ = make("https://127.0.0.1:9/").post(BODY, HEADERS)
    assert outcome.words
    assert [secret for secret in SECRETS if secret in outcome.words + caplog.text] == []


def test_an_invalid_header_value_is_not_reported(make):
    """Such as a signature with a line break."""
    for value in ("hush-4711\n", " hush-4711", "hush-4711\r\nX: y", "hush-4711\u20ac"):
        outcome, _ = make(f"http://127.0.0.1:{free_port()}/").post(BODY, {"X-Braze-Auth-Signature": value})
        assert outcome.kind is Kind.RETRY
        assert "hush" not in outcome.words


def test_the_loopback_server_receives_the_exact_bytes(make):
    """A test of the tests."""
    with serving() as server:
        assert isinstance(server, Loopback)
        make(server.url).post(b"\0\xff" * 1000, {})
    assert server.requests[0].body == b"\0\xff" * 1000
