"""One request: what is said in it, and what came back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from braze_qt._protocol import payload
from braze_qt._protocol.response import Outcome
from braze_qt._protocol.server_config import ServerConfig, read_config
from braze_qt._recorder.recorder import Recorder
from braze_qt._upload.policy import Send
from braze_qt._upload.queue import Batch, SendQueue
from braze_qt._upload.request_log import RequestLog
from braze_qt._upload.transport import SupportsPost

TOLD = 8
"""Characters of a key that say nothing: fewer are found in any words."""


@dataclass(frozen=True, slots=True)
class AppInfo:
    """What is known of the application that sends."""

    api_key: str = field(repr=False)
    app_version: str | None
    device_properties: frozenset[str]
    flush_interval: float


@dataclass(frozen=True, slots=True)
class SentRequest:
    """What became of a request.

    Attributes:
        device: what it said of the device; None for nothing.
        server: what the server decides from now on; None for nothing new.
    """

    outcome: Outcome
    device: Mapping[str, str] | None
    server: ServerConfig | None


class RequestSender:
    """Sends one batch at a time. For the thread that sends.

    Attributes:
        log: takes each request for an inspector; None, as usual, while none is there. Any thread may set it.
    """

    def __init__(
        self, tracker: Recorder, queue: SendQueue, transport: SupportsPost, app_info: AppInfo
    ) -> None:
        self._tracker = tracker
        self._queue = queue
        self._transport = transport
        self._app_info = app_info
        self._last_request: float | None = None
        self.log: RequestLog | None = None

    def send(self, batch: Batch, decision: Send, device: Mapping[str, str]) -> SentRequest:
        """Post a batch; waits for the reply. What the server says of it does not tell the key."""
        now = self._tracker.now()
        head = payload.Head(
            self._app_info.api_key,
            batch.device_id,
            self._app_info.app_version,
            self._tracker.server.time_known(now.wall),
            batch.user_id,
            None if self._queue.is_described(batch.user_id, device) else device,
            batch.alias,
            batch.signature,
        )
        ago = None if self._last_request is None else now.boot - self._last_request
        self._last_request = now.boot
        body = payload.body(head, batch.events, now.wall, batch.attributes)
        headers = payload.headers(head, decision.attempt, ago, decision.tokens)
        self._queue.sending(batch)
        outcome, reply = self._post(batch, body, headers)
        self._queue.sending(None)
        config = (reply or {}).get("config")
        return SentRequest(
            without_key(outcome, self._app_info.api_key),
            head.device,
            read_config(config, self._tracker.server, now.wall) if isinstance(config, dict) else None,
        )

    def _post(
        self, batch: Batch, body: bytes, headers: Mapping[str, str]
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        log = self.log
        if log is None:
            return self._transport.post(body, headers)
        now = self._tracker.now()
        number = log.begin(
            started=now.wall,
            count=batch.count,
            last=batch.last,
            user_id=batch.user_id,
            headers=headers,
            body=body,
            signature=batch.signature,
        )
        outcome, reply = self._transport.post(body, headers)
        log.end(number, outcome, self._tracker.now().boot - now.boot, batch.signature)
        return outcome, reply


def without_key(outcome: Outcome, key: str) -> Outcome:
    """What a server says does not tell the key, also where its words were cut off in the middle of it."""

    def hidden(words: str) -> str:
        for length in range(len(key), min(len(key), TOLD) - 1, -1):
            words = words.replace(key[:length], "(key)")
        return words

    fault = outcome.signature_fault
    return dataclasses.replace(
        outcome, said=hidden(outcome.said), signature_fault=fault and (fault[0], hidden(fault[1]))
    )
