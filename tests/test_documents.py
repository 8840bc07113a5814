"""The programs in README.md and docs/ run as they stand, and their sessions reach for the right server."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEADLINE = 30.0


def programs() -> Iterator[tuple[str, str]]:
    for page in (ROOT / "README.md", ROOT / "docs" / "integration.md"):
        for number, block in enumerate(
            re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        ):
            if "app.exec()" in block:
                yield f"{page.name}-{number}", block


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that lets nothing out of this machine and notes where somebody wanted to go."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(4096).decode().splitlines()[0])
                    connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)
    thread.join(DEADLINE)


def stored_codes(folder: Path) -> list[str]:
    for path in folder.rglob("braze.db"):
        with closing(sqlite3.connect(path)) as db:
            try:
                return [code for (code,) in db.execute("SELECT code FROM outbox ORDER BY id")]
            except sqlite3.OperationalError:  # just being made
                return []
    return []


@pytest.mark.parametrize("program", [pytest.param(text, id=name) for name, text in programs()])
def test_a_program_of_the_documents_runs_as_it_stands(
    program: str, tmp_path: Path, proxy: tuple[str, list[str]]
) -> None:
    url, asked = proxy
    script = tmp_path / "program.py"
    script.write_text(program, "utf-8")
    environment = os.environ | {
        "HTTPS_PROXY": url,
        "NO_PROXY": "",
        "XDG_DATA_HOME": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "QT_QUICK_BACKEND": "software",
    }
    expected = ["ss", "ce"] if "logCustomEvent" in program else ["ss"]
    with subprocess.Popen(
        [sys.executable, str(script)], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            until(lambda: stored_codes(tmp_path) == expected or process.poll() is not None)
            until(lambda: asked != [] or process.poll() is not None)
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGTERM, errors
    assert stored_codes(tmp_path) == expected
    assert asked[0].startswith("CONNECT sdk.iad-01.braze.com:443 ")
    assert errors == ""
