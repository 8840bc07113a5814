"""What in a process is its host's, and no library's to change."""

from __future__ import annotations

import asyncio
import builtins
import decimal
import gc
import locale
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale, QThreadPool, qInstallMessageHandler

OURS = "braze_qt"
PYSIDES = ("__feature_import__", "__lazy_import__")
"""What PySide puts in the place of ``__import__``, by turns."""
THEIRS = ("requests.", "urllib3.")
"""Where the categories of warnings come from that those two add filters for, as soon as they are imported."""


def _importer() -> object:
    given = builtins.__import__
    return "PySide's" if given.__name__ in PYSIDES else given


def process_state() -> dict[str, str]:
    """By name, in a form that can be compared and printed."""
    found: dict[str, Any] = {
        "signal handlers": {str(number): signal.getsignal(number) for number in signal.valid_signals()},
        "hooks": [sys.excepthook, threading.excepthook, sys.unraisablehook, sys.displayhook, sys.gettrace()],
        "streams": [sys.stdin, sys.stdout, sys.stderr],
        "locale": locale.setlocale(locale.LC_ALL),
        "QLocale": QLocale().name(),
        **_logging(),
        "warnings": [each for each in warnings.filters if not _is_theirs(each[2])],
        "showwarning": warnings.showwarning,
        "sys.path": sys.path,
        "import hooks": [sys.meta_path, sys.path_hooks, _importer()],
        "environment": sorted(os.environ.items()),
        "working directory": os.getcwd(),
        "umask": _umask(),
        "interpreter": [sys.getswitchinterval(), sys.getrecursionlimit(), gc.get_threshold(), gc.isenabled()],
        "socket timeout": socket.getdefaulttimeout(),
        "decimal": decimal.getcontext(),
        "asyncio": type(asyncio.get_event_loop_policy()),
        "threads' stack": threading.stack_size(),
        "threads of the pool": QThreadPool.globalInstance().maxThreadCount(),
        "Qt's messages": _message_handler(),
    }
    app = QCoreApplication.instance()
    if app is not None:
        found["application"] = [app.applicationName(), app.organizationName(), app.applicationVersion()]
        found["quits with its last window"] = getattr(app, "quitOnLastWindowClosed", bool)()
    return {name: repr(value) for name, value in found.items()}


def _logging() -> dict[str, Any]:
    """Each logger by itself, so that one which somebody makes later is no change of those that were there."""
    loggers = {"root": logging.getLogger(), **logging.root.manager.loggerDict}
    kinds = [logging.getLoggerClass(), logging.getLogRecordFactory(), logging.lastResort]
    return {
        "logging": [kinds, logging.raiseExceptions, logging.root.manager.disable],
        **{
            f"logger {name}": (each.level, each.propagate, each.disabled, each.filters, each.handlers)
            for name, each in loggers.items()
            if isinstance(each, logging.Logger) and not f"{name}.".startswith((f"{OURS}.", *THEIRS))
        },
    }


def _is_theirs(category: type) -> bool:
    return f"{category.__module__}.".startswith(THEIRS)


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _message_handler() -> Any:
    handler = qInstallMessageHandler(None)
    qInstallMessageHandler(handler)
    return handler
