"""What is looked at without a network: versions, variables, the folder for data."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from braze_qt._commands.bounded import FOLDER_LIMIT, DeadlineError, within
from braze_qt._commands.finding import ExitCode, Finding
from braze_qt._storage import inspection
from braze_qt._storage.folders import data_root
from braze_qt._variables import DISABLED, disabled_by_environment
from braze_qt.errors import StoreError
from braze_qt.version import __version__

LOWEST_PYSIDE = (6, 8, 3)
LOWEST_WITH_RESULTS = (6, 10, 2)
"""From here on PySide can carry what a call answers to QML."""
COUNTS_WRONG = (6, 12, 0)
"""Loses references to True. Python before 3.12 ends when none is left."""
OTHERS = ("PyQt6", "PyQt5", "PySide2")


def look_at_computer() -> Iterator[Finding]:
    """One finding after another."""
    yield _versions()
    yield Finding("platform", platform.platform())
    yield _pyside()
    if disabled_by_environment():
        yield Finding(
            "switch", f"{DISABLED} is set", advice="Nothing is stored or sent where it is set. Unset it."
        )
    yield _data_folder()


def _versions() -> Finding:
    packages = ", ".join(f"{name} {_version(name) or 'unknown'}" for name in ("requests", "urllib3"))
    python = f"Python {platform.python_version()}"
    return Finding("versions", f"braze_qt {__version__}, {python}, {packages}, SQLite {inspection.SQLITE}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _pyside() -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        other = next((name for name in OTHERS if importlib.util.find_spec(name)), "")
        advice = f"braze_qt does not work with {other}. " if other else ""
        return Finding(
            "PySide6", "not installed", ExitCode.COMPUTER, f"{advice}Install PySide6-Essentials or PySide6."
        )
    version = _version("PySide6-Essentials") or _version("PySide6")
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if numbers and numbers < LOWEST_PYSIDE:
        lowest = ".".join(map(str, LOWEST_PYSIDE))
        return Finding("PySide6", version, ExitCode.COMPUTER, f"braze_qt needs {lowest} or later.")
    if numbers == COUNTS_WRONG and sys.version_info < (3, 12):
        advice = "With Python before 3.12 it ends the process after some hundred signals. Take another."
        return Finding("PySide6", version, ExitCode.COMPUTER, advice)
    if numbers and numbers < LOWEST_WITH_RESULTS:
        return Finding("PySide6", version, advice="Calls from QML answer undefined before PySide6 6.10.2.")
    return Finding("PySide6", version or "installed, of an unknown version")


def _data_folder() -> Finding:
    root = data_root()
    if root is None:
        return Finding(
            "data folder",
            "this user has none, so that nothing outlives the application",
            ExitCode.COMPUTER,
            "Set HOME to an absolute path, or give BrazeConfig a data_dir.",
        )
    try:
        within(FOLDER_LIMIT, lambda: inspection.try_out(root))
    except StoreError as error:
        found = f"{root} cannot be used: {error}"
    except DeadlineError:
        found = f"{root} does not answer within {FOLDER_LIMIT:.0f} seconds"
    else:
        return Finding("data folder", f"{root} can be written")
    return Finding(
        "data folder",
        found,
        ExitCode.COMPUTER,
        "Everything is kept in memory and lost with the application. Make room, let this user write there, or"
        " give BrazeConfig a data_dir on a local disk.",
    )
