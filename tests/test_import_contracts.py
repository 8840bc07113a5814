"""The import contracts hold, and each of them notices a planted violation."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

VIOLATIONS = [
    ("braze_qt/events.py", "import braze_qt._storage.journal_database", "Each package knows only"),
    ("braze_qt/_session/machine.py", "import braze_qt._upload.policy", "Each package knows only"),
    ("braze_qt/_platform/posix.py", "import braze_qt.version", "Each package knows only"),
    ("braze_qt/widgets/inspector.py", "import braze_qt.testing.app", "Each package knows only"),
    ("braze_qt/_qt/client.py", "import braze_qt.feature_flags", "Each package knows only"),
    ("braze_qt/_commands/server.py", "import braze_qt._qt.guard", "Each package knows only"),
    ("braze_qt/_commands/where.py", "import braze_qt._commands.computer", "Inside _commands"),
    ("braze_qt/_qt/app_state.py", "import braze_qt._qt.client", "Inside _qt"),
    ("braze_qt/_upload/policy.py", "import braze_qt._upload.queue", "Inside _upload"),
    ("braze_qt/_recorder/merge.py", "import braze_qt._recorder.recorder", "Inside _recorder"),
    ("braze_qt/_storage/database.py", "import braze_qt._storage.journal_database", "Inside _storage"),
    ("braze_qt/_session/state.py", "import braze_qt._session.machine", "Inside _session"),
    ("braze_qt/_protocol/response.py", "import braze_qt._protocol.payload", "Inside _protocol"),
    ("braze_qt/_validation/fields.py", "import braze_qt._validation.json_values", "Inside _validation"),
    ("braze_qt/testing/records.py", "import braze_qt.testing.app", "Inside testing"),
    ("braze_qt/qml/_facade.py", "import braze_qt.qml._module", "Inside qml"),
    ("braze_qt/testing/app.py", "import pytest", "Nothing but the plugin needs pytest"),
    ("braze_qt/_platform/x11.py", "import PySide6.QtCore", "Systems need the standard library"),
    ("braze_qt/_session/machine.py", "import threading", "Decisions touch no Qt"),
    ("braze_qt/feature_flags/_flags.py", "import threading", "Decisions touch no Qt"),
    ("braze_qt/content_cards/_cards.py", "import PySide6.QtCore", "Decisions touch no Qt"),
    ("braze_qt/content_cards/_cards.py", "import braze_qt.feature_flags", "Each package knows only"),
    ("braze_qt/_protocol/payload.py", "import requests", "Decisions touch no Qt"),
    (
        "braze_qt/_storage/journal.py",
        "from PySide6.QtCore import QObject",
        "Only the Qt side needs PySide6",
    ),
    (
        "braze_qt/_recorder/recorder.py",
        "from PySide6.QtCore import QObject",
        "Only the Qt side needs PySide6",
    ),
    ("braze_qt/_upload/transport.py", "import sqlite3", "Only the storage needs sqlite3"),
    ("braze_qt/_qt/upload_thread.py", "import requests", "Only the upload needs requests"),
    (
        "braze_qt/widgets/settings_dialog.py",
        "import braze_qt._storage.journal_database",
        "Widgets and QML use",
    ),
    ("demo_app/__init__.py", "import braze_qt._qt.client", "The demonstration uses the public names"),
    (
        "braze_qt/sandbox/__init__.py",
        "import braze_qt._protocol.payload",
        "The sandbox is an independent witness",
    ),
    ("braze_qt/_qt/client.py", "import braze_qt.sandbox", "No room of the package knows"),
]
"""Module, statement that is added to it, and the beginning of the name of the contract that forbids it."""

BANNED = [
    ("from PySide6.QtWidgets import QWidget", "PySide6.QtWidgets"),
    ("from PySide6.QtQml import QQmlEngine", "PySide6.QtQml"),
    ("import ctypes", "ctypes"),
    ("import sys; sys.platform", "sys.platform"),
    ("import time; time.sleep(1)", "time.sleep"),
]
"""Statement, and the name in it that ruff reports."""


@pytest.fixture(scope="module")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages with all violations planted: one run of a linter answers for each of them."""
    copy = tmp_path_factory.mktemp("project")
    for package in ("braze_qt", "demo_app"):
        shutil.copytree(PROJECT / package, copy / package)
    shutil.copy(PROJECT / "pyproject.toml", copy)
    for module, statement, _ in VIOLATIONS:
        with (copy / module).open("a") as file:
            file.write(f"\n{statement}\n")
    with (copy / "braze_qt/_qt/client.py").open("a") as file:
        file.writelines(f"\n{statement}\n" for statement, _ in BANNED)
    return copy


def check_contracts(project: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "500"}  # or long lines are broken
    command = [LINT_IMPORTS, "--no-cache"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def broken_contracts(project_copy: Path) -> list[str]:
    """The part of the report that each broken contract has, beginning with its name."""
    result = check_contracts(project_copy)
    assert result.returncode == 1, result.stdout
    _, _, report = result.stdout.partition("Broken contracts")
    return re.split(r"\n(?=[^\n]+\n-{3,}\n)", report)


def test_the_contracts_hold() -> None:
    result = check_contracts(PROJECT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("module", "statement", "contract"), VIOLATIONS)
def test_a_planted_violation_is_found(
    broken_contracts: list[str], module: str, statement: str, contract: str
) -> None:
    importer = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    imported = statement.split()[1]
    if imported.startswith("PySide6."):  # a package from outside is one name
        imported = "PySide6"
    (report,) = (part for part in broken_contracts if part.startswith(contract))
    assert re.search(rf"^- +{re.escape(importer)} -> {re.escape(imported)} \(", report, re.MULTILINE), report


@pytest.fixture(scope="module")
def banned_names(project_copy: Path) -> str:
    """The report of ruff on the same copy."""
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--no-cache", "--select=TID251", "."]
    return subprocess.run(ruff, cwd=project_copy, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("name", [name for _, name in BANNED])
def test_ruff_reports_a_banned_name(banned_names: str, name: str) -> None:
    assert f"`{name}` is banned" in banned_names
