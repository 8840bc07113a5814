"""Takes the place of the network: notes every request, and answers as the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from braze_qt._protocol.response import Kind, Outcome
from braze_qt._upload.transport import read_answer
from braze_qt.testing.records import RecordedRequest

NO_LIMIT = {"global_request_rate_limit": {"enabled": False}}
"""A test that flushes often would run into the rate limit, and its clock stands still."""

ACCEPTANCE: tuple[int, dict[str, Any]] = (201, {"message": "success"})


class RecordingTransport:
    """A server that accepts everything, until it is told otherwise. Any thread.

    What it is told holds until it is told something else.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._reply: tuple[int, dict[str, Any]] | None = ACCEPTANCE
        self._config_time = 0
        self.configure()

    # -- what it shall answer ------------------------------------------------------------------

    def accept(self) -> None:
        """From now on everything is accepted."""
        self._answer_with(*ACCEPTANCE)

    def refuse(self, status: int = 503, error: str = "refused by the test") -> None:
        """From now on nothing is taken.

        Args:
            status: the HTTP status. 400: the events are at fault; 401: the API key is; 413: they are too
                many; others, such as 429 and 503: later.
            error: what the reply names as the error.
        """
        self._answer_with(status, {"error": error})

    def refuse_signatures(self, code: int = 27, reason: str = "refused by the test") -> None:
        """From now on SDK authentication fails, of everybody but anonymous users, who do not sign.

        Args:
            code: Braze's number for what is wrong with the signature.
            reason: the same in words.
        """
        fault = {"error_code": code, "reason": reason}
        self._answer_with(201, {"error": "sdk_auth_error", "auth_error": fault})

    def disconnect(self) -> None:
        """From now on nobody can be reached."""
        with self._lock:
            self._reply = None

    def configure(self, **config: Any) -> None:
        """From now on acceptances bring this configuration of the server; a newer one replaces it whole.

        Args:
            config: the keys of Braze's ``config`` object, such as ``events_blacklist=["export"]``.
        """
        with self._lock:
            self._config_time += 1
            self._config = NO_LIMIT | {"time": self._config_time} | config

    def _answer_with(self, status: int, reply: dict[str, Any]) -> None:
        with self._lock:
            self._reply = (status, reply)

    # -- what it noted -------------------------------------------------------------------------

    @property
    def requests(self) -> list[RecordedRequest]:
        """Those that have been made, in order, whatever became of them."""
        with self._lock:
            return list(self._requests)

    # -- for the upload thread ----------------------------------------------------------------------

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Note the request, and answer at once."""
        with self._lock:
            decoded = json.loads(body)
            outcome, config = self._judged(decoded)
            accepted = outcome.kind is Kind.ACCEPTED
            # What the server says is the test's own.
            said = f"{outcome.words.partition(':')[0]}: {outcome.said}" if outcome.said else outcome.words
            self._requests.append(RecordedRequest(decoded, dict(headers), accepted, said))
            return outcome, config

    def _judged(self, body: dict[str, Any]) -> tuple[Outcome, Mapping[str, Any] | None]:
        if self._reply is None:
            return Outcome(Kind.OFFLINE, "disconnected by the test"), None
        status, reply = self._reply
        if "auth_error" in reply and "user_id" not in body["respond_with"]:
            status, reply = ACCEPTANCE
        return read_answer(status, json.dumps(reply | {"config": self._config}).encode())

    def load(self) -> bool:
        """Nothing to import."""
        return False

    def cancel(self) -> None:
        """Nothing to wake: no post ever blocks."""

    def abort(self) -> None:
        """Nothing to wake: no post ever blocks."""

    def close(self) -> None:
        """Nothing to close. The next installation goes on with the same one."""
