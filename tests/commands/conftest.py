"""Runs a command as ``python -m braze_qt`` does, without the user's own proxies and folders."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from braze_qt._commands.command_line import main

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
def run(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

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
