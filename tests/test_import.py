"""The cost of an import: an application that never installs the SDK does not notice it."""

import subprocess
import sys

LIGHT = """
import logging, sys, threading
opened = []
sys.addaudithook(lambda event, what: opened.append(str(what[0])) if event == "open" else None)
import braze_qt
sources = (".py", ".pyc")
print("opened:", [name for name in opened if not name.endswith(sources) and ".pyc." not in name])
print("threads:", threading.active_count())
print("modules:", sorted(sys.modules.keys() & {"PySide6", "requests", "sqlite3", "appdirs"}))
print("handlers:", logging.getLogger().handlers)
"""

WHOLE = """
import sys, threading
from braze_qt import BrazeQt
print("threads:", threading.active_count())
heavy = {"PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtWidgets", "requests", "http.client", "ssl"}
print("modules:", sorted(sys.modules.keys() & heavy))
"""


def said_by(program: str) -> list[str]:
    # Without -B the first run after a change would open files to write what it has compiled.
    command = [sys.executable, "-B", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_package_starts_nothing_and_opens_nothing() -> None:
    assert said_by(LIGHT) == ["opened: []", "threads: 1", "modules: []", "handlers: []"]


def test_the_public_class_imports_neither_toolkit_nor_http() -> None:
    assert said_by(WHOLE) == ["threads: 1", "modules: []"]
