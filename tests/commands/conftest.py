"""Runs a command as ``python -m braze_qt`` does, without the user's own proxies and folders."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from braze_qt._commands.command_line import main
from braze_qt._commands.server import look_at_server
from braze_qt._platform.clock import SystemClock
from braze_qt._upload.transport import Transport
from braze_qt.config import BrazeConfig

KEY = "11111111-2222-4333-8444-555555555555"
PASSWORD = "hush-4711"


class Answer(NamedTuple):
    """What a command answered."""

    code: int
    lines: list[str]

    def line(self, subject: str) -> str:
        """The line about a subject, and the advice that belongs to it."""
        number = next(n for n, line in enumerate(self.lines) if line[7:].startswith(f"{subject}:"))
        advice = self.lines[number + 1 : number + 2]
        return " ".join([self.lines[number], *(each.strip() for each in advice if each.startswith("  "))])

    @property
    def faults(self) -> list[str]:
        return [line[7:].partition(":")[0] for line in self.lines if line.startswith("FAULT")]


Run = Callable[..., Answer]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all data folders."""
    monkeypatch.setattr(
        "braze_qt._storage.folders.user_data_dir", lambda name: str(tmp_path / "share" / name)
    )
    return tmp_path / "share" / "braze_qt"


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def look(no_proxy: None) -> Run:
    """Looks at a server as ``verify`` does, with other limits, in seconds."""

    def look(endpoint: str, timeout: float = 5.0, **limits: float) -> Answer:
        config = BrazeConfig(KEY, endpoint)
        now = SystemClock().now
        transport = Transport(config.url, now, connect_timeout=timeout, read_timeout=timeout)
        findings = list(look_at_server(config, transport, has_key=True, **limits))
        code = next((each.code for each in findings if each.code), 0)
        return Answer(code, "\n".join(map(str, findings)).splitlines())

    return look


@pytest.fixture
def run(data: Path, no_proxy: None, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Answer:
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        said = "".join(capsys.readouterr())
        assert KEY not in said
        assert PASSWORD not in said
        assert "Traceback" not in said
        return Answer(code, said.splitlines())

    return run
