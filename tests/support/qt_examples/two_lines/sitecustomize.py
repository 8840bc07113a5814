"""Puts into a program what a developer adds by two lines, and leaves its files as they are.

Python runs this module before a program when the folder is on ``PYTHONPATH``. The two lines follow the making
of the application object, as README has them. That is what all programs do alike, and once: they enter their
loop by ``exec()`` of one of three classes or of a dialog, by ``QtAsyncio.run()`` or by trio, and some end
without one. Nothing of Qt is imported before the program does so.

``TWO_LINES`` in the environment is a JSON object, the arguments of ``BrazeConfig``. Where it is empty,
nothing is installed, and everything else is the same.
"""

import importlib.machinery
import json
import os
import sys
from types import ModuleType
from typing import Any

APPLICATIONS = {"PySide6.QtGui": "QGuiApplication", "PySide6.QtWidgets": "QApplication"}
installed = []


def install_into(application: Any) -> None:
    """The two lines."""
    from braze_qt import BrazeConfig, BrazeQt

    installed.append(BrazeQt.install(application, BrazeConfig(**json.loads(os.environ["TWO_LINES"]))))


def add_to(module: ModuleType) -> None:
    """Have the lines follow each making of the module's application object."""
    kind = getattr(module, APPLICATIONS[module.__name__])
    make = kind.__init__

    def make_and_install(self: Any, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        if os.environ["TWO_LINES"]:
            install_into(self)

    kind.__init__ = make_and_install


class Finder:
    """Finds the modules of Qt as usual, and has the lines added once they are loaded."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """A finder's one method, see ``importlib.abc.MetaPathFinder``."""
        if name not in APPLICATIONS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        loader: Any = spec.loader if spec else None
        if loader:
            load = loader.exec_module

            def load_and_add(module: ModuleType) -> None:
                load(module)
                add_to(module)

            loader.exec_module = load_and_add
        return spec


sys.meta_path.insert(0, Finder())
