"""The last requests as they were sent, and the replies: what an inspector shows."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from braze_qt._protocol.response import Outcome

LENGTH = 50
"""Requests that are remembered."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of all bodies and replies. Beyond that the oldest are let go; the requests stay listed."""
MAX_REPLY = 64 * 1024
"""Bytes of one reply that are remembered: a hundred times what Braze says to a request."""
SHORT = 8
"""Characters of a secret that are found in any text."""
HIDDEN = "(hidden)"
"""What stands in the place of a secret."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request. The key and the signature are nowhere in it.

    Attributes:
        number: 1 for the first one, and so on.
        started: Unix seconds.
        count: events and attributes in it.
        last: the id of its last event, 0 for none.
        user_id: whose events go along with the anonymous ones; None for nobody's.
        body: as it was sent, JSON; None where it was let go for want of room.
        outcome: what became of it, None while it is under way. Its ``reply`` has at most ``MAX_REPLY`` bytes.
        reply_size: the bytes of the whole reply.
        seconds: until the outcome was known.
    """

    number: int
    started: float
    count: int
    last: int
    user_id: str | None
    headers: Mapping[str, str]
    body: bytes | None = field(repr=False)
    outcome: Outcome | None = None
    reply_size: int = 0
    seconds: float = 0.0


class RequestLog:
    """A bounded list of requests. Any thread.

    Args:
        secrets: what is hidden wherever it stands.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._secrets = tuple(secrets)
        self._requests: deque[LoggedRequest] = deque(maxlen=LENGTH)
        self._count = 0

    def begin(
        self,
        *,
        started: float,
        count: int,
        last: int,
        user_id: str | None,
        headers: Mapping[str, str],
        body: bytes,
        signature: str | None,
    ) -> int:
        """A request is about to be sent; its number."""
        secrets = (*self._secrets, signature) if signature else self._secrets
        shown = {name: HIDDEN if value in secrets else value for name, value in headers.items()}
        body = _without(body, secrets)
        with self._lock:
            self._count += 1
            self._requests.append(LoggedRequest(self._count, started, count, last, user_id, shown, body))
            self._make_room()
            return self._count

    def end(self, number: int, outcome: Outcome, seconds: float, signature: str | None) -> None:
        """The outcome of a request."""
        secrets = (*self._secrets, signature) if signature else self._secrets
        reply = _without(outcome.reply, secrets)
        outcome = dataclasses.replace(outcome, reply=reply[:MAX_REPLY], said="", signature_fault=None)
        with self._lock:
            for index, each in enumerate(self._requests):
                if each.number == number:
                    self._requests[index] = dataclasses.replace(
                        each, outcome=outcome, reply_size=len(reply), seconds=seconds
                    )
            self._make_room()

    def clear(self) -> None:
        """Everything was wiped."""
        with self._lock:
            self._requests.clear()

    def requests(self) -> list[LoggedRequest]:
        """What is remembered, newest last."""
        with self._lock:
            return list(self._requests)

    def _make_room(self) -> None:
        size = sum(map(_size, self._requests))
        for index, each in enumerate(self._requests):
            if size <= MAX_BYTES:
                break
            size -= _size(each)
            outcome = each.outcome and dataclasses.replace(each.outcome, reply=b"")
            self._requests[index] = dataclasses.replace(each, body=None, outcome=outcome)


def _size(request: LoggedRequest) -> int:
    return len(request.body or b"") + len(request.outcome.reply if request.outcome else b"")


def _without(text: bytes, secrets: Iterable[str]) -> bytes:
    """Also where they are escaped, as in JSON. A short one only where it is all that a string says."""
    for secret in secrets:
        for form in (secret, json.dumps(secret)[1:-1]):
            if len(secret) >= SHORT:
                text = text.replace(form.encode(), HIDDEN.encode())
            else:
                text = text.replace(f'"{form}"'.encode(), f'"{HIDDEN}"'.encode())
    return text
