"""Compile what QML loads of braze_qt into a Python module, which frozen programs have without being told::

    python tools/qml_resources.py

tests/qml/test_tools.py fails while the module is stale.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

import braze_qt

QML = Path(braze_qt.__file__).parent / "qml"
SOURCE = QML / "BrazeQt" / "Inspector.qml"
MODULE = QML / "_resources.py"
WIDTH = 96

HEADER = '''"""The Qt resource with Inspector.qml, in base64. See tools/qml_resources.py."""

RESOURCES = (
'''
QRC = '<RCC><qresource prefix="/braze_qt"><file>{}</file></qresource></RCC>'


def contents() -> str:
    """The text of the module."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Where git checks out other ends of lines, and at another time, the module is the same.
        (folder / SOURCE.name).write_text(SOURCE.read_text("utf-8"), "utf-8", newline="\n")
        (folder / "list.qrc").write_text(QRC.format(SOURCE.name), "utf-8")
        tool = Path(sys.executable).with_name("pyside6-rcc")
        options = ["--binary", "--format-version", "1", "--compress-algo", "none", "-o", "made.rcc"]
        subprocess.run([tool, *options, "list.qrc"], cwd=folder, check=True)
        text = b64encode((folder / "made.rcc").read_bytes()).decode()
    lines = (f'    "{text[start : start + WIDTH]}"\n' for start in range(0, len(text), WIDTH))
    return HEADER + "".join(lines) + ")\n"


if __name__ == "__main__":
    MODULE.write_text(contents(), "utf-8", newline="\n")
