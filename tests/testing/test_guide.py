"""The examples of docs/testing.md pass as they stand on the page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
SETTINGS = "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n"


def examples() -> dict[str, dict[str, str]]:
    """The files of the page by name: those about QML, which has an application of its own, and the others."""
    found: dict[str, dict[str, str]] = {"widgets": {}, "QML": {}}
    for section in PAGE.read_text("utf-8").split("\n## "):
        title = section.partition("\n")[0]
        files = re.findall(r"`(\w+\.py)`:\n\n```python\n(.*?)```", section, re.DOTALL)
        found["QML" if title == "QML" else "widgets"].update(files)
    return found


@pytest.mark.parametrize("title", ["widgets", "QML"])
def test_the_examples_of_the_page_pass(title: str, tmp_path: Path) -> None:
    files = examples()[title]
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "pytest.ini").write_text(SETTINGS, "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "pytestqt.plugin", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ
        | {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_QUICK_BACKEND": "software",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    tests = sum(text.count("\ndef test_") for text in files.values())
    assert tests
    assert f"== {tests} passed in" in run.stdout, run.stdout + run.stderr
