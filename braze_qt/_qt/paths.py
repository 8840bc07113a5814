"""Where the data of an application lie, unless it says so itself."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import sys
from pathlib import Path

from appdirs import user_data_dir
from PySide6.QtCore import QCoreApplication

from braze_qt.config import BrazeConfig

logger: logging.Logger = logging.getLogger(__name__)

INTERPRETER = re.compile(r"pythonw?[0-9]*", re.IGNORECASE)
"""What Qt calls a script that gave itself no name: on Windows it takes the name from the file that runs."""


def default_folder(app: QCoreApplication, config: BrazeConfig) -> Path | None:
    """A folder for this API key and this application. Hashed: a path shows up in many places.

    None where this user has no folder for data: a relative path would end wherever the program stands.
    """
    name = f"{app.organizationName()}/{app.applicationName()}"
    program, known = _program(), app.applicationName()
    # Qt's own default is the name of the program file, and two applications may both be a main.py.
    if known in ("", program.name, program.stem) or INTERPRETER.fullmatch(known):
        with contextlib.suppress(OSError):  # the working directory is gone
            name = os.path.normcase(os.path.abspath(program))
    identity = f"{config.api_key}\0{config.app_name or name}"
    folder = Path(user_data_dir("braze_qt")) / hashlib.sha256(identity.encode()).hexdigest()[:32]
    if folder.is_absolute():
        return folder
    logger.warning("this user has no folder for data; they are kept in memory until the application ends")
    return None


def _program() -> Path:
    """The file of the program. A frozen one may be started by a name that is looked up in ``PATH``."""
    started_as = "" if getattr(sys, "frozen", False) else (sys.argv and sys.argv[0])
    # Neither need be there: a program that embeds Python may set none of them.
    return Path(started_as or sys.executable or "")
