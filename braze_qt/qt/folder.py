"""Where the data of an application lie, unless it says so itself."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
from pathlib import Path

from appdirs import user_data_dir
from PySide6.QtCore import QCoreApplication

from braze_qt.config import BrazeConfig

logger: logging.Logger = logging.getLogger(__name__)


def default_folder(app: QCoreApplication, config: BrazeConfig) -> Path | None:
    """A folder for this API key and this application. Hashed: a path shows up in many places.

    None where this user has no folder for data: a relative path would end wherever the program stands.
    """
    name = f"{app.organizationName()}/{app.applicationName()}"
    # Neither need be there: a program that embeds Python may set none of them.
    program = Path((sys.argv and sys.argv[0]) or sys.executable or "")
    # Qt's own default is the name of the program file, and two applications may both be a main.py.
    if app.applicationName() in ("", program.name, program.stem, "python", "python3"):
        with contextlib.suppress(OSError):  # the working directory is gone
            name = os.path.abspath(program)
    identity = f"{config.api_key}\0{config.app_name or name}"
    folder = Path(user_data_dir("braze_qt")) / hashlib.sha256(identity.encode()).hexdigest()[:32]
    if folder.is_absolute():
        return folder
    logger.warning("this user has no folder for data; they are kept in memory until the application ends")
    return None
