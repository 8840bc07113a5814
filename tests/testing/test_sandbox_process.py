"""The sandbox that a test or the demo starts: it ends with the process that started it."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from braze_qt import BrazeConfig, BrazeQt
from braze_qt.content_cards import ContentCards
from braze_qt.testing import SandboxError, SandboxProcess

STARTS_ONE_AND_WAITS = """
import time
from braze_qt.testing import SandboxProcess
print(SandboxProcess().url, flush=True)
time.sleep(600)
"""
WITHOUT_FLASK = 'raise ModuleNotFoundError("No module named flask", name="flask")'


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as connection:
        return connection.connect_ex((parts.hostname, parts.port)) == 0


def wait_until_silent(url: str) -> None:
    deadline = time.monotonic() + 20
    while answers(url):
        assert time.monotonic() < deadline, "the sandbox still answers"
        time.sleep(0.05)


def test_the_sandbox_runs_inside_the_with_block(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox:
        assert answers(sandbox.url)
    assert not answers(sandbox.url)
    sandbox.stop()


def test_the_sandbox_ends_with_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTS_ONE_AND_WAITS], stdout=subprocess.PIPE, text=True)
    with parent:
        url = parent.stdout.readline().strip()
        assert answers(url)
        parent.kill()
    wait_until_silent(url)


def test_a_failed_start_gives_the_reason(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no such folder"):
        SandboxProcess(tmp_path / "no such folder" / "at all")


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flask.py").write_text(WITHOUT_FLASK)  # as if it were not installed
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SandboxError, match="the extra 'sandbox' of braze-qt"):
        SandboxProcess()


def test_the_environment_s_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with SandboxProcess() as sandbox:
        assert sandbox.api("users") == {"users": []}


def test_a_refused_api_call_raises_value_error() -> None:
    with SandboxProcess() as sandbox, pytest.raises(ValueError, match="is one of status"):
        sandbox.api("faults", "PUT", {"fault": "no such"})


@pytest.mark.parametrize("run", [1, 2])
def test_the_sandbox_is_empty_for_each_test(
    run: int, qtbot: QtBot, qapp: QApplication, tmp_path: Path, braze_sandbox: SandboxProcess
) -> None:
    assert braze_sandbox.api("users") == {"users": []}
    assert braze_sandbox.api("faults") == {"faults": []}
    config = BrazeConfig("any-key", braze_sandbox.url, data_dir=tmp_path, automatic_sessions=False)
    braze = BrazeQt.install(qapp, config)
    braze.changeUser("ada")
    braze.openSession()
    qtbot.waitUntil(lambda: len(braze_sandbox.api("users")["users"]) == 1)
    braze.shutdown()
    (user,) = braze_sandbox.api("users")["users"]
    assert (user["id"], user["sessions"]) == ("ada", 1)
    braze_sandbox.api("faults", "PUT", {"fault": "cut"})


def test_cards_travel_to_the_sandbox_and_back(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, braze_sandbox: SandboxProcess
) -> None:
    """What was dismissed is gone on the next device of the same user, and what was seen is seen."""
    written = [{"id": name, "title": name.upper(), "link": "app://open"} for name in "ab"]
    braze_sandbox.api("content_cards", "PUT", [*written, {"id": "c", "type": "control"}])
    for device, titles, unviewed in (("first", ["B", "A"], 2), ("second", ["B"], 0)):
        cards = ContentCards()
        config = BrazeConfig(
            "any-key", braze_sandbox.url, data_dir=tmp_path / device, automatic_sessions=False
        )
        braze = BrazeQt.install(qapp, config, extensions=[cards])
        braze.changeUser("ada")
        braze.openSession()
        qtbot.waitUntil(lambda cards=cards: cards.loaded == "session")
        assert ([card.title for card in cards.cards()], cards.unviewedCount) == (titles, unviewed)
        cards.markViewed(["a", "b"])
        cards.open("b")
        cards.dismiss("a")
        braze.shutdown(10.0)
    told = braze_sandbox.api("content_cards")
    counts = [len(told[kind]) for kind in ("impressions", "clicks", "dismissals")]
    assert counts == [4, 2, 1]
