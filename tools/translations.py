"""Renew the translations of the widgets and the inspector with Qt's tools: ``make translations``.

lupdate brings the texts of the source into translations/*.ts, where people translate them with Qt Linguist.
lrelease compiles these, and they are written into a Python module, which frozen programs have without being
told. tests/widgets/test_translation.py fails while a text is not translated or a file is stale.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

import braze_qt

TEXTS = Path(__file__).parent.parent / "translations"
PACKAGE = Path(braze_qt.__file__).parent
SOURCES = [PACKAGE / name for name in ("_inspector", "widgets")]
MODULE = PACKAGE / "_translation" / "catalogues.py"
SOURCE = "en"
LANGUAGES = (SOURCE, "de", "es", "fr", "ja", "pt_BR", "zh_CN")
WIDTH = 96

HEADER = '''"""The catalogues that lrelease makes of translations/, in base64. See tools/translations.py."""

CATALOGUES: dict[str, str] = {
'''


def update(texts: Path) -> None:
    """Bring the texts of the source into the files of all languages."""
    sources = sorted(str(path) for folder in SOURCES for path in folder.glob("*.py"))
    options = ["-silent", "-no-obsolete", "-locations", "none", "-source-language", SOURCE]
    files = {language: str(texts / f"braze_qt_{language}.ts") for language in LANGUAGES}
    _run("lupdate", *options, "-pluralonly", *sources, "-ts", files.pop(SOURCE))
    _run("lupdate", *options, *sources, "-ts", *files.values())


def compiled(texts: Path) -> str:
    """The module with all catalogues."""
    return HEADER + "".join(_entry(language, texts) for language in LANGUAGES) + "}\n"


def main() -> None:
    """Write both."""
    TEXTS.mkdir(exist_ok=True)
    update(TEXTS)
    MODULE.write_text(compiled(TEXTS), "utf-8")


def _entry(language: str, texts: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.qm"
        _run("lrelease", "-silent", str(texts / f"braze_qt_{language}.ts"), "-qm", str(made))
        text = b64encode(made.read_bytes()).decode()
    lines = "".join(f'        "{text[start : start + WIDTH]}"\n' for start in range(0, len(text), WIDTH))
    return f'    "{language}": (\n{lines}    ),\n'


def _run(tool: str, *arguments: str) -> None:
    subprocess.run([Path(sys.executable).with_name(f"pyside6-{tool}"), *arguments], check=True)


if __name__ == "__main__":
    main()
