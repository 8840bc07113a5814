"""Where sending is between its beginning and its end, and what follows from that."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Stage(Enum):
    """The application's thread changes it, in this order; after a flush it is running again."""

    NEW = "new"
    RUNNING = "running"
    FLUSHING = "flushing"
    FINISHING = "finishing"
    ABANDONED = "abandoned"


class Rules(NamedTuple):
    """What holds in a stage.

    Attributes:
        begins: whether a command begins a bout of work.
        asks: whether extensions may ask the server; else session data are in a hurry.
        goes_on: whether there is a later, in which the application can be told, and what is left is sent.
    """

    begins: bool
    asks: bool
    goes_on: bool


RULES = {
    Stage.NEW: Rules(begins=False, asks=True, goes_on=True),
    Stage.RUNNING: Rules(begins=True, asks=True, goes_on=True),
    Stage.FLUSHING: Rules(begins=True, asks=False, goes_on=True),
    Stage.FINISHING: Rules(begins=False, asks=False, goes_on=False),
    Stage.ABANDONED: Rules(begins=False, asks=False, goes_on=False),
}
