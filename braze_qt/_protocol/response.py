"""What became of a request, decided in one pure function of what came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timezone
from enum import Enum
from http import HTTPStatus

from braze_qt.errors import printable

LONGEST_WAIT = 3_600.0
"""Seconds. A server may ask for patience; but no slip of its clock, and no stranger in its place, silences us
for longer than an hour."""
WORDS = 300
"""Characters of an outcome in words: a line or two for a person."""


class Kind(Enum):
    """What became of a request."""

    ACCEPTED = "accepted"
    RETRY = "waiting"
    OFFLINE = "offline"
    UNAUTHORISED = "unauthorised"
    TOO_LARGE = "too large"
    REFUSED = "refused"


class Fault(Enum):
    """Why a request was not accepted, as finely as advice differs."""

    NAME = "name"
    CONNECTION = "connection"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    AUTHORITIES = "authorities"
    TLS = "TLS"
    NO_REPLY = "no reply"
    NOT_BRAZE = "not Braze"
    UNAVAILABLE = "unavailable"
    KEY = "key"
    SIGNATURE = "signature"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request, in one word and in words.

    ``words`` are ours, and may be shown and logged. ``retry_after`` is seconds, 0 for none;
    ``signature_fault`` Braze's code and reason where the user's signature was refused; ``said`` what the
    server wrote of an error, for DEBUG alone: it may quote the user or what was sent. ``fault`` is why it was
    not accepted, None where it was. ``status`` is the HTTP status, 0 without a reply, and ``reply`` its body,
    for an inspector alone.
    """

    kind: Kind
    words: str
    retry_after: float = 0.0
    signature_fault: tuple[int, str] | None = None
    said: str = ""
    fault: Fault | None = None
    status: int = 0
    reply: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Whoever answers decides about what is said."""
        object.__setattr__(self, "words", printable(self.words, WORDS))
        object.__setattr__(self, "said", printable(self.said, WORDS))


def judge(
    status: int, *, readable: bool, error: str, unauthorised: bool, retry_after: float, said: str = ""
) -> Outcome:
    """What a reply means.

    Only 2xx with a JSON object that names no error is acceptance. A captive portal's page, an
    empty body and a redirect all mean that somebody else answered.

    Args:
        status: the HTTP status.
        readable: whether the body is a JSON object.
        error: the error that it names, in words that may be logged; empty for none.
        unauthorised: whether that is about the key or a signature.
        retry_after: seconds that the server asks for.
        said: what the server wrote of the error.
    """
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    words = f"{status} {phrase}".strip() + (f": {error}" if error else "")
    if status in (401, 403) or unauthorised:
        kind = Kind.UNAUTHORISED
    elif not 200 <= status < 300:
        kind = {400: Kind.REFUSED, 413: Kind.TOO_LARGE, 422: Kind.REFUSED}.get(status, Kind.RETRY)
    elif readable:
        kind = Kind.REFUSED if error else Kind.ACCEPTED
    else:
        kind = Kind.RETRY
        words = f"{words}, but the reply is not Braze's"
    fault = _fault(status, kind, readable=readable)
    return Outcome(kind, words, retry_after, said=said, fault=fault, status=status)


def _fault(status: int, kind: Kind, *, readable: bool) -> Fault | None:
    if kind is Kind.ACCEPTED:
        return None
    if status == 429 or status >= 500:
        return Fault.UNAVAILABLE
    if not readable:
        return Fault.NOT_BRAZE
    known = {Kind.UNAUTHORISED: Fault.KEY, Kind.REFUSED: Fault.REQUEST, Kind.TOO_LARGE: Fault.REQUEST}
    return known.get(kind, Fault.NOT_BRAZE)


def retry_after_seconds(value: str | None, now: float) -> float:
    """The seconds that a Retry-After header asks for, from 0 to an hour; 0 for what makes no sense.

    Args:
        value: the header, seconds or an HTTP date.
        now: Unix seconds.
    """
    if not value:
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        date = unix_seconds(value)
        if date is None:
            return 0.0
        seconds = date - now
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0.0


def unix_seconds(date: str) -> float | None:
    """An HTTP date as Unix seconds; None for what makes no sense.

    It is one of UTC, also where it says -0000, which is read as no zone at all.
    """
    from email.utils import parsedate_to_datetime  # brings half of email along, for few replies

    try:
        read = parsedate_to_datetime(date)
        return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
