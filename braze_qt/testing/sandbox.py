"""The sandbox as a process of its own that ends with whoever started it, even if that was killed.

The child ends at the end of its standard input, a pipe whose other end only the parent has. When the
parent is gone, by whatever way, the pipe ends and so does the child: portable, and a dying process need
not do anything for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from braze_qt.errors import BrazeError

STOP_SECONDS = 3.0
"""How long the sandbox may take to stop; it has nothing to finish that takes longer."""
REPLY_SECONDS = 30.0
"""For an answer of the API, which takes milliseconds."""
ENDPOINT = "SDK endpoint: "


class SandboxError(BrazeError):
    """The sandbox did not start; why, is in the message."""


class SandboxProcess:
    """``with SandboxProcess() as sandbox:`` runs one on a free port of this machine.

    Args:
        data: a folder for what arrives; without one it is forgotten at the end.

    Attributes:
        url: the endpoint for ``BrazeConfig``, and the address of the pages.

    Raises:
        SandboxError: it did not start, for want of ``braze-qt[sandbox]`` or of the folder's parent.
    """

    def __init__(self, data: Path | None = None) -> None:
        kept = [] if data is None else ["--data", str(data)]
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 (closed in stop)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "braze_qt.sandbox", "--port", "0", "--until-stdin-ends", *kept],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
            start_new_session=True,  # Ctrl+C in the terminal is for the parent, which may still have to send
        )
        self.url: str = self._told_url()
        # A proxy is for the network, not for a process on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def api(self, path: str, method: str = "GET", value: Any = None) -> Any:
        """What the sandbox answers, as ``docs/sandbox.md`` describes it. Any thread; blocks.

        Args:
            path: what follows ``/api/``, escaped.
            method: the HTTP method.
            value: what is sent as JSON.

        Raises:
            ValueError: the sandbox refuses.
        """
        content = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.url}/api/{path}", content, method=method)
        try:
            with self._opener.open(request, timeout=REPLY_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode("utf-8", "replace")) from None

    def stop(self) -> None:
        """Ends the sandbox, which may have ended already."""
        for pipe in (self._process.stdin, self._process.stdout, self._words):
            assert pipe is not None  # PIPE was asked for
            pipe.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> SandboxProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _told_url(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(ENDPOINT):
                return line.removeprefix(ENDPOINT).strip()
        self._process.wait()
        self._words.seek(0)
        words = self._words.read().decode("utf-8", "replace").strip().splitlines()
        self.stop()
        raise SandboxError("the sandbox did not start: " + (words[-1] if words else "it said nothing"))
