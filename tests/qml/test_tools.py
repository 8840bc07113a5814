"""The files for tools: qmllint knows each name, and the types cannot go stale."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from braze_qt._qt.guard import SLOT_RESULT
from braze_qt.qml import IMPORT_PATH

ROOT = Path(__file__).parents[2]
QMLLINT = Path(sys.executable).with_name("pyside6-qmllint")
GUIDE = (ROOT / "docs" / "integration.md").read_text("utf-8")
CALLS = """
    function call(): void {
        Braze.logPurchase("brushes", "EUR", 4.99)
        Braze.logPurchase("brushes", "EUR", "4.99", 2, {"gift": true})
        Braze.user.setDateOfBirth(1990, 7, 4)
        Braze.user.setFirstName(null)
    }
}
"""


same_everywhere = pytest.mark.linux("the files that qmllint reads are the same on every system")


def documented() -> str:
    """The QML of the guide, with more calls."""
    (program,) = re.findall(r'loadData\(b"""\n(.*?)"""', GUIDE, re.DOTALL)
    assert "import BrazeQt" in program
    return program.rstrip().removesuffix("}") + CALLS


def linted(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "Page.qml").write_text(text, "utf-8")
    command = [QMLLINT, "-W", "0", "-I", IMPORT_PATH, "Page.qml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@same_everywhere
def test_qmllint_accepts_the_documented_program(tmp_path: Path) -> None:
    result = linted(documented(), tmp_path)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@same_everywhere
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Braze.sessionState", "Braze.sesionState"),
        ("Braze.logPurchase", "Braze.logPurchse"),
        ("user.setDateOfBirth", "user.setDateOfBith"),
    ],
)
def test_qmllint_finds_a_planted_mistake(right: str, wrong: str, tmp_path: Path) -> None:
    text = documented()
    assert right in text
    result = linted(text.replace(right, wrong), tmp_path)
    assert result.returncode != 0
    assert "Page.qml" in result.stdout + result.stderr


@same_everywhere
def test_qmllint_accepts_the_inspector() -> None:
    """That of 6.8 would warn of a function that is called by the property which holds it."""
    file = Path(IMPORT_PATH) / "BrazeQt" / "Inspector.qml"
    command = [QMLLINT, "-W", "0", "--use-proper-function", "disable", "-I", IMPORT_PATH, file]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@same_everywhere
def test_the_compiled_resource_is_up_to_date() -> None:
    """``python tools/qml_resources.py`` would write the file that is there."""
    tool = runpy.run_path(str(ROOT / "tools" / "qml_resources.py"))
    assert tool["MODULE"].read_text("utf-8") == tool["contents"]()


@pytest.mark.skipif(SLOT_RESULT is None, reason="a slot has a result from PySide6 6.10.2 on")
def test_the_types_are_those_of_the_objects() -> None:
    """``python tools/qmltypes.py`` would write the file that is there."""
    tool = runpy.run_path(str(ROOT / "tools" / "qmltypes.py"))
    assert tool["FILE"].read_text("utf-8") == tool["contents"]()
