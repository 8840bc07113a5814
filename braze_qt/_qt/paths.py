"""Where the data of an application lie, unless it says so itself."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from braze_qt._storage.folders import NAME, OWNER, data_root, hashed, own_folder
from braze_qt.config import BrazeConfig

logger: logging.Logger = logging.getLogger(__name__)

INTERPRETER = re.compile(r"pythonw?[0-9]*", re.IGNORECASE)
"""What Qt calls a script that gave itself no name: on Windows it takes the name from the file that runs."""


def data_folder(app: QCoreApplication, config: BrazeConfig) -> tuple[Path | None, str, str]:
    """Where the data lie, and what is noted there of their owner: the name of a file, and its line."""
    if config.folder:
        return own_folder(config.folder, config.api_key), OWNER, hashed(config.api_key)
    return default_folder(app, config), NAME, noted_name(app, config)


def default_folder(app: QCoreApplication, config: BrazeConfig) -> Path | None:
    """A folder for this API key and this application.

    None where this user has no folder for data.
    """
    identity = f"{config.api_key}\0{application_name(app, config)}"
    root = data_root()
    if root is None:
        logger.warning("this user has no folder for data; they are kept in memory until the application ends")
        return None
    return root / hashed(identity)


def application_name(app: QCoreApplication, config: BrazeConfig) -> str:
    """By what an application is told from the others of this user: names, or the path of its program."""
    if config.app_name:
        return config.app_name
    program, known = _program(), app.applicationName()
    # Qt's own default is the name of the program file, and two applications may both be a main.py.
    if known in ("", program.name, program.stem) or INTERPRETER.fullmatch(known):
        with contextlib.suppress(OSError):  # the working directory is gone
            return os.path.normcase(os.path.abspath(program))
    return f"{app.organizationName()}/{known}"


def noted_name(app: QCoreApplication, config: BrazeConfig) -> str:
    """The same for a person to read: without an organization no slash makes it look like a path."""
    name = application_name(app, config)
    return app.applicationName() if name == f"/{app.applicationName()}" else name


def _program() -> Path:
    """The file of the program. A frozen one may be started by a name that is looked up in ``PATH``."""
    started_as = "" if getattr(sys, "frozen", False) else (sys.argv and sys.argv[0])
    # Neither need be there: a program that embeds Python may set none of them.
    return Path(started_as or sys.executable or "")
