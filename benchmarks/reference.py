"""The least that reports events reliably: a line of a file for each, and posts of a hundred lines."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from itertools import islice
from pathlib import Path

import requests

from benchmarks.host import PROPERTIES

POSTED = 100
"""Events in one request."""


class Reference:
    """Appends events to a file of its own; a thread sends what the file holds, and empties it."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._path = folder / "reference.jsonl"
        self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._endpoint = endpoint
        self._session = str(uuid.uuid4())
        self._thread = threading.Thread()

    def fill(self, events: int) -> None:
        """Log so many events."""
        for _ in range(events):
            data = {"n": "benchmark", "p": PROPERTIES}
            event = {"name": "ce", "time": time.time(), "data": data, "session_id": self._session}
            line = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
            os.write(self._file, line.encode() + b"\n")

    def send(self) -> None:
        """Begin to send, in a thread."""
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    @property
    def is_sent(self) -> bool:
        """Whether that is over."""
        return not self._thread.is_alive()

    def _send(self) -> None:
        with requests.Session() as session, self._path.open("rb") as lines:
            while some := [line.rstrip(b"\n") for line in islice(lines, POSTED)]:
                body = b'{"events":[%s]}' % b",".join(some)
                headers = {"Content-Type": "application/json"}
                session.post(self._endpoint, data=body, headers=headers, timeout=10).raise_for_status()
        os.truncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
