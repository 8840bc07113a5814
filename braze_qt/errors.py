"""What braze_qt raises, and only while it is being set up.

::

    BrazeError
    ├── ConfigError   (also ValueError)    bad configuration; names every fault at once
    ├── UsageError    (also RuntimeError)  installed twice, no application, wrong use
    └── StoreError                         the environment: locked, full, damaged, too new

After :meth:`braze_qt.BrazeQt.install` has returned nothing is raised into the host application.
"""

from pathlib import Path
from traceback import walk_tb


class BrazeError(Exception):
    """The root of everything that braze_qt raises."""


class ConfigError(BrazeError, ValueError):
    """A configuration that cannot be used.

    Attributes:
        faults: one sentence per fault, in the order of the fields.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: tuple[str, ...] = tuple(faults)


class UsageError(BrazeError, RuntimeError):
    """A call that makes no sense where it was made."""


class StoreError(BrazeError):
    """The data on disk cannot be used: locked, full, damaged or written by a newer version."""


class ArgumentError(ValueError):
    """What is wrong with an argument of a call: what is allowed, and by how much it is not.

    It quotes no value, which may be about a person: messages end in logs. A host has a warning instead.
    """


def kind_of(value: object) -> str:
    """The name of a value's class, and nothing of what the value says, or says of itself."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return printable(name, 80)


def where(error: BaseException) -> str:
    """The class of an exception and the lines it came by, innermost first; not its words, which may quote."""
    lines = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in walk_tb(error.__traceback__)]
    return f"{kind_of(error)} at {', '.join(reversed(lines[-20:]))}"


def printable(text: str, limit: int = 200) -> str:
    """Words of a stranger as they may be shown and logged: no line of their own, nothing that is no text."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:limit])
