"""The import contracts hold, and each of them notices a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    for package in ("braze_qt", "demo_app"):
        shutil.copytree(PROJECT / package, tmp_path / package)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def check_contracts(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"], cwd=project, capture_output=True, text=True, check=False
    )


def test_the_contracts_hold(project_copy: Path) -> None:
    result = check_contracts(project_copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("braze_qt/events.py", "import braze_qt.store", "Each room knows only the rooms below it"),
        ("braze_qt/session.py", "import braze_qt.delivery", "Each room knows only the rooms below it"),
        ("braze_qt/qt/lifecycle.py", "import braze_qt.qt.client", "Inside qt"),
        ("braze_qt/session.py", "import threading", "What decides touches no Qt"),
        ("braze_qt/payload.py", "import requests", "What decides touches no Qt"),
        ("braze_qt/_platform/posix.py", "import braze_qt.version", "Each room knows only the rooms below it"),
        ("braze_qt/_platform/x11.py", "import PySide6.QtCore", "What differs between systems needs nothing"),
        ("braze_qt/store.py", "from PySide6.QtCore import QObject", "The store knows no Qt"),
        ("braze_qt/transport.py", "import sqlite3", "The transport knows no Qt"),
        ("braze_qt/tracker.py", "from PySide6.QtCore import QObject", "Tracker and ledger know no Qt"),
        ("braze_qt/qt/uploader.py", "import requests", "Qt code reaches network and disk"),
        ("braze_qt/widgets/settings_dialog.py", "import braze_qt.store", "Widgets use braze_qt.qt"),
        ("braze_qt/widgets/inspector.py", "import braze_qt.testing.app", "Each room knows"),
        ("braze_qt/testing/records.py", "import braze_qt.testing.app", "Inside testing"),
        ("braze_qt/testing/app.py", "import pytest", "Nothing but the plugin needs pytest"),
        ("demo_app/__init__.py", "import braze_qt.qt.client", "The demonstration uses the public names"),
        ("braze_qt/sandbox/__init__.py", "import braze_qt.payload", "The sandbox is an independent witness"),
        ("braze_qt/qt/client.py", "import braze_qt.sandbox", "No room of the package knows"),
    ],
)
def test_a_planted_violation_is_found(project_copy: Path, module: str, statement: str, contract: str) -> None:
    with (project_copy / module).open("a") as file:
        file.write(f"\n{statement}\n")
    result = check_contracts(project_copy)
    assert result.returncode == 1, result.stdout
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), result.stdout


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("from PySide6.QtWidgets import QWidget", "PySide6.QtWidgets"),
        ("import ctypes", "ctypes"),
        ("import sys; sys.platform", "sys.platform"),
    ],
)
def test_ruff_keeps_a_name_in_its_room(project_copy: Path, statement: str, name: str) -> None:
    with (project_copy / "braze_qt/qt/client.py").open("a") as file:
        file.write(f"\n{statement}\n")
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--no-cache", "--select=TID251", "."]
    result = subprocess.run(ruff, cwd=project_copy, capture_output=True, text=True, check=False)
    assert f"`{name}` is banned" in result.stdout
