"""One thing that was looked at: how it is, and what to do about it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """With what ``python -m braze_qt`` ends: docs/commands.md has the table."""

    PASSED = 0
    COMPUTER = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_BRAZE = 4
    REFUSED = 5
    UNAVAILABLE = 6
    INTERRUPTED = 130


class Finding(NamedTuple):
    """What was found of one subject.

    Attributes:
        code: what it means for the whole. PASSED with advice is worth a note, and no fault.
        advice: what to do about it; empty for nothing.
    """

    subject: str
    found: str
    code: ExitCode = ExitCode.PASSED
    advice: str = ""

    def __str__(self) -> str:
        """For a terminal, in one line or two."""
        mark = "FAULT" if self.code else "note" if self.advice else "ok"
        advice = f"\n       {self.advice}" if self.advice else ""
        return f"{mark:<6} {self.subject}: {self.found}{advice}"
