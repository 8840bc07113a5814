"""The log on the standard error, for a person to read and to send on."""

from __future__ import annotations

import contextlib
import copy
import logging
import sys

from braze_qt._variables import log_level
from braze_qt.errors import where

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
QUOTES = {"quotes_a_stranger": True}
"""The ``extra`` of a record that holds words of a server, which may quote the user or what was sent."""


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The message; of an exception the class and the lines, not its words, which may be about a person.

        Of a copy: what a formatter leaves in the record would be in the logs of the host.
        """
        own = copy.copy(record)
        own.exc_info = own.exc_text = own.stack_info = None
        error = record.exc_info[1] if record.exc_info else None
        return super().format(own) + (f" ({where(error)})" if error else "")


class _Printer(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """To the standard error of the moment, which a host may replace, close or not have at all."""
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr is not None:
                sys.stderr.write(f"{self.format(record)}\n")
                sys.stderr.flush()


def set_up(logger: logging.Logger) -> None:
    """Print nothing, or what the environment asks for: see :func:`braze_qt._variables.log_level`.

    A handler and the level of our own logger are all that is touched. Records go on to the handlers of the
    host: nothing may be missing in its log file because somebody looks at the standard error.
    """
    # Without it Python would print our warnings for a host that has set up no logging.
    logger.addHandler(logging.NullHandler())
    level = log_level()
    if level is None:
        return
    handler = _Printer()
    handler.setLevel(level)
    handler.setFormatter(_Formatter(FORMAT))
    handler.addFilter(lambda record: not hasattr(record, "quotes_a_stranger"))
    logger.addHandler(handler)
    logger.setLevel(level)
