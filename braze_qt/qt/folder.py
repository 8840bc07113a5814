"""Where the data of an application lie, unless it says so itself."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from appdirs import user_data_dir
from PySide6.QtCore import QCoreApplication

from braze_qt.config import BrazeConfig


def default_folder(app: QCoreApplication, config: BrazeConfig) -> Path:
    """A folder for this API key and this application. Hashed: a path shows up in many places."""
    name = f"{app.organizationName()}/{app.applicationName()}"
    program = Path(sys.executable if not sys.argv or not sys.argv[0] else sys.argv[0])
    # Qt's own default is the name of the program file, and two applications may both be a main.py.
    if app.applicationName() in ("", program.name, program.stem, "python", "python3"):
        name = os.path.abspath(program)
    identity = f"{config.api_key}\0{config.app_name or name}"
    return Path(user_data_dir("braze_qt")) / hashlib.sha256(identity.encode()).hexdigest()[:32]
