"""What is looked at over the network, step by step, by the connections that an application would make."""

from __future__ import annotations

import os
import socket
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from braze_qt._commands.bounded import DeadlineError, within
from braze_qt._commands.finding import ExitCode, Finding
from braze_qt._protocol import payload
from braze_qt._protocol.response import Fault, Kind, Outcome, unix_seconds
from braze_qt._upload.transport import Transport, causes, failure
from braze_qt.config import BrazeConfig

NAME_LIMIT = 15.0
"""Seconds for the look-up of a name: a resolver asks each of two servers for five, and once more."""
REQUEST_LIMIT = 90.0
"""Seconds for a request: more than it takes at most, but for one more look-up of the name."""
CLOCK_TOLERANCE = 60.0
"""Seconds that the clocks may differ: more than a reply takes and a date, in whole seconds, hides."""
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

NETWORK = "Check the network, VPN and firewall of this computer"
PORTAL = "Open a browser: a network may want a login first"
NO_KEY = "No key was tried: give it by --key."
SPELLING = (
    "Braze documents the SDK endpoint of each cluster, such as sdk.iad-01.braze.com. A REST endpoint"
    " does not serve, nor the address of a dashboard."
)
CERTIFICATES = {
    9: "Set the clock of this computer.",
    10: "Set the clock of this computer. If it is right, the certificate has to be renewed.",
    62: f"Another server answers in its place. {PORTAL}, or the endpoint is misspelt.",
    64: f"Another server answers in its place. {PORTAL}, or the endpoint is misspelt.",
}
OWN_AUTHORITY = (
    "A proxy or a virus scanner may look into TLS here: name a file with its authority in REQUESTS_CA_BUNDLE,"
    " or use the package truststore."
)


class Exchange(NamedTuple):
    """What became of the request. Where there was no reply there is an ``error``."""

    outcome: Outcome
    date: str = ""
    received: float = 0.0
    error: Exception | None = None


def look_at_server(
    config: BrazeConfig,
    transport: Transport,
    *,
    has_key: bool,
    name_limit: float = NAME_LIMIT,
    request_limit: float = REQUEST_LIMIT,
) -> Iterator[Finding]:
    """One finding after another, up to the first fault that leaves nothing more to be tried.

    Args:
        transport: to the server of the configuration.
        has_key: whether the key of the configuration is one to be judged.
        name_limit, request_limit: seconds, as the constants say.
    """
    from braze_qt._upload.connection import ProxyAddressError

    yield Finding("endpoint", config.url)
    try:
        proxy = transport.proxy()
    except ProxyAddressError as error:
        yield Finding("proxy", failure(error).words, ExitCode.UNREACHABLE, "Correct the setting.")
        return
    yield Finding("proxy", f"{proxy.scheme}://{proxy.host}:{proxy.port}" if proxy else "none")
    server = urlsplit(config.url)
    name = _resolve((proxy.host if proxy else server.hostname or "").strip("[]"), name_limit)
    yield name
    if name.code:
        return
    exchange = _exchange(transport, config, request_limit)
    if exchange.error is not None:
        yield _unreached(exchange.error, exchange.outcome)
        return
    yield _tls(secure=server.scheme == "https")
    yield _reply(exchange, has_key=has_key)
    yield _clock(exchange)


def _resolve(host: str, limit: float) -> Finding:
    try:
        found = within(limit, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        words = f"{host} cannot be resolved"
    except DeadlineError:
        words = f"nobody says within {limit:.0f} seconds what {host} is"
    else:
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        more = f" and {len(addresses) - 2} more" if len(addresses) > 2 else ""
        return Finding("name", f"{host} is {', '.join(addresses[:2])}{more}")
    return Finding("name", words, ExitCode.UNREACHABLE, f"{NETWORK}, and the spelling. {SPELLING}")


def _exchange(transport: Transport, config: BrazeConfig, limit: float) -> Exchange:
    """One request without an event, an attribute or a word about the device, under an id made up for it."""
    head = payload.Head(config.api_key, str(uuid.uuid4()), None)
    body, headers = payload.body(head, "", time.time()), payload.headers(head, 1, None, None)
    try:
        return within(limit, lambda: _post(transport, body, headers))
    except DeadlineError:
        transport.abort()
        error = TimeoutError()
        return Exchange(failure(error), error=error)


def _post(transport: Transport, body: bytes, headers: Mapping[str, str]) -> Exchange:
    try:
        with transport.response(body, headers) as response:
            received = time.time()
            outcome, _ = transport.read(response)
            return Exchange(outcome, response.headers.get("Date", ""), received)
    except Exception as error:  # noqa: BLE001  # libraries raise what they have not foreseen either
        return Exchange(failure(error), error=error)
    finally:
        transport.close()


def _unreached(error: Exception, outcome: Outcome) -> Finding:
    refused = next((each for each in causes(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
    advised = {
        Fault.CERTIFICATE: ("TLS", CERTIFICATES.get(refused.verify_code if refused else 0, OWN_AUTHORITY)),
        Fault.AUTHORITIES: ("TLS", "Correct or unset the variable."),
        Fault.TLS: ("TLS", f"No TLS is spoken there: a firewall, a proxy or a wrong port. {PORTAL}."),
        Fault.PROXY: ("proxy", "Check the address, the user and the password of the proxy."),
        Fault.NAME: ("connection", f"{NETWORK}, the endpoint and its port."),
        Fault.CONNECTION: ("connection", f"{NETWORK}, the endpoint and its port."),
    }
    no_reply = ("reply", f"No web server answers there, or not in time. {SPELLING}")
    subject, advice = advised.get(outcome.fault or Fault.NO_REPLY, no_reply)
    return Finding(subject, outcome.words, ExitCode.UNREACHABLE, advice)


def _tls(*, secure: bool) -> Finding:
    if not secure:
        return Finding("TLS", "none, which is for servers on this computer alone")
    named = next((name for name in AUTHORITIES if os.environ.get(name)), "")
    source = f"{named} ({os.environ[named]})" if named else "certifi"
    return Finding("TLS", f"the certificate is trusted, by the authorities of {source}")


def _reply(exchange: Exchange, *, has_key: bool) -> Finding:
    outcome = exchange.outcome
    if outcome.kind is Kind.ACCEPTED:
        return Finding("reply", outcome.words, advice="" if has_key else NO_KEY)
    if outcome.fault is Fault.UNAVAILABLE:
        advice = "The server, or what stands before it, cannot take requests now. Try again later."
        return Finding("reply", outcome.words, ExitCode.UNAVAILABLE, advice)
    if outcome.fault in (Fault.KEY, Fault.SIGNATURE, Fault.REQUEST):
        if not has_key:
            return Finding("reply", f"{outcome.words}, as expected", advice=NO_KEY)
        advice = "Take the SDK API key of the application, no REST API key, and the endpoint of its cluster."
        return Finding("reply", outcome.words, ExitCode.REFUSED, advice)
    words = f"{outcome.words}: no SDK endpoint of Braze answers"
    advice = f"{PORTAL}. " if outcome.status < 400 else ""
    return Finding("reply", words, ExitCode.NOT_BRAZE, f"{advice}{SPELLING}")


def _clock(exchange: Exchange) -> Finding:
    date = unix_seconds(exchange.date)
    if date is None:
        return Finding("clock", "the server tells no time to compare it with")
    ahead = exchange.received - date
    if abs(ahead) <= CLOCK_TOLERANCE:
        return Finding("clock", "as the server's")
    words = f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the server's"
    advice = "Sessions and events have the time of this computer: have the system set it."
    return Finding("clock", words, ExitCode.COMPUTER, advice)
