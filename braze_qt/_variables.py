"""The variables of the environment by which developers and users steer braze_qt from outside."""

from __future__ import annotations

import logging
import os

DISABLED = "BRAZE_QT_DISABLED"
"""Switches the SDK off, for developers and continuous integration."""
LOG = "BRAZE_QT_LOG"
"""Has the SDK log to the standard error."""
OFF = ("", "0", "false", "no", "off")
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def disabled_by_environment() -> bool:
    """Whether the SDK is switched off for this process."""
    return _value(DISABLED) not in OFF


def log_level() -> int | None:
    """The level to log from: DEBUG unless another one is named. None where nothing is to be logged."""
    value = _value(LOG)
    return None if value in OFF else LEVELS.get(value, logging.DEBUG)


def _value(name: str) -> str:
    return os.environ.get(name, "").strip().lower()
