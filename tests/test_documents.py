"""The Python code of README.md and docs/ runs as it is written.

Programs run until their session has asked for the right server; shorter pieces run with an application,
and none of their calls is refused.
"""

import dataclasses
import logging
import os
import re
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

import braze_qt.content_cards
import braze_qt.feature_flags
import braze_qt.qml
import braze_qt.testing
import braze_qt.widgets
from braze_qt import BrazeConfig, BrazeQt
from tests.support.forking import ForkServer, forking

ROOT = Path(__file__).parent.parent
DEADLINE = 30.0


def blocks(*, whole: bool) -> list[object]:
    """The Python of all pages: whole programs, or the shorter pieces. testing.md has a test of its own."""
    found = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        if page.name == "testing.md":
            continue
        pieces = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        for number, piece in enumerate(pieces):
            if ("app.exec()" in piece) is whole:
                found.append(pytest.param(piece, id=f"{page.name}-{number}"))
    return found


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


@pytest.fixture(scope="module")
def programs() -> Iterator[ForkServer]:
    with forking("PySide6.QtWidgets", "braze_qt._qt.client", "braze_qt._upload.connection") as programs:
        yield programs


@pytest.mark.linux("it is ended by SIGTERM, and its data lie where a variable says")
@pytest.mark.parametrize("program", blocks(whole=True))
def test_every_documented_program_runs(
    program: str, tmp_path: Path, proxy: tuple[str, list[str]], programs: ForkServer
) -> None:
    url, asked = proxy
    script = tmp_path / "program.py"
    script.write_text(program.replace("http://127.0.0.1:8080", url), "utf-8")
    environment = os.environ | {
        "HTTPS_PROXY": url,
        "NO_PROXY": "",
        "XDG_DATA_HOME": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "QT_QUICK_BACKEND": "software",
    }
    logs = "logCustomEvent" in program and "clicked.connect" not in program
    expected = ["ss", "ce"] if logs else ["ss"]
    with (tmp_path / "errors").open("w") as stderr, open(os.devnull) as nothing:
        streams = {"stdin": nothing.fileno(), "stdout": stderr.fileno(), "stderr": stderr.fileno()}
        process = programs.start(script, [], environment, **streams)
    try:
        until(lambda: stored_codes(tmp_path) == expected or process.has_ended())
        until(lambda: asked != [] or process.has_ended())
    finally:
        process.send_signal(signal.SIGTERM)
        code, errors = process.wait(DEADLINE), (tmp_path / "errors").read_text()
    assert code == -signal.SIGTERM, errors
    assert stored_codes(tmp_path) == expected
    wanted = "POST /api/v3/data/ " if "127.0.0.1" in program else "CONNECT sdk.iad-01.braze.com:443 "
    assert asked[0].startswith(wanted)
    assert "Traceback" not in errors if "basicConfig" in program else errors == ""


def stored_rows(folder: Path) -> int:
    """Events and attributes that wait."""
    rows = 0
    for path in folder.rglob("braze.db"):
        with closing(sqlite3.connect(path)) as db:
            for table in ("outbox", "parked", "attributes"):
                rows += db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return rows


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """No network, a folder of one's own for the data, and nothing installed or shown afterwards."""
    for name, value in {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "",
        "XDG_DATA_HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    level = logging.getLogger("braze_qt").level
    yield tmp_path
    logging.getLogger("braze_qt").setLevel(level)
    if installed := BrazeQt.instance():
        installed.shutdown(0)
    for widget in QApplication.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.mark.parametrize("piece", blocks(whole=False))
def test_every_documented_code_piece_runs(
    piece: str, nobody: Path, qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    """None of its calls is refused."""
    names: dict[str, object] = {"app": qapp}
    if "BrazeQt.install" not in piece:
        names["braze"] = BrazeQt.install(qapp, BrazeConfig("key", "localhost", automatic_sessions=False))
    exec(compile(piece, "piece", "exec"), names)
    braze = names["braze"]
    assert isinstance(braze, BrazeQt)
    assert braze is BrazeQt.instance()
    refused = [record.getMessage() for record in caplog.records if record.name == "braze_qt._qt.guard"]
    assert refused == []
    braze.shutdown(0)  # which merges what was appended
    if "logCustomEvent" in piece or "setFirstName" in piece:
        assert "wipeData" in piece or stored_rows(nobody) > 0
    if "enabled=False" in piece:
        assert stored_rows(nobody) == 0


def test_the_integration_guide_shows_only_tested_code() -> None:
    page = (ROOT / "docs" / "integration.md").read_text("utf-8")
    assert set(re.findall(r"^```(.*)$", page, re.MULTILINE)) == {"python", ""}


def test_the_readme_lists_every_setting() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    settings = {field.name for field in dataclasses.fields(BrazeConfig)} - {"api_key", "endpoint"}
    rows = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == settings


@pytest.mark.parametrize(
    "package",
    [
        braze_qt,
        braze_qt.content_cards,
        braze_qt.feature_flags,
        braze_qt.qml,
        braze_qt.testing,
        braze_qt.widgets,
    ],
    ids=lambda each: each.__name__,
)
def test_the_reference_has_every_public_name(package: ModuleType) -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    named = set(re.findall(rf"^\.\. auto\w+:: {package.__name__}\.(\w+)", page, re.MULTILINE))
    assert {name for name in package.__all__ if name != "__version__"} <= named


PAGES = [page for pattern in ("*.md", "docs/*.md", "examples/*.md") for page in ROOT.glob(pattern)]


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_has_a_target(page: Path) -> None:
    """A file, and the heading in it that the link names."""
    for target in re.findall(r"\]\((?!https?:)(.+?)\)", page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target
