"""What braze_qt raises, and only while it is being set up.

::

    BrazeError
    ├── ConfigError   (also ValueError)    bad configuration; names every fault at once
    ├── UsageError    (also RuntimeError)  installed twice, no application, wrong use
    └── StoreError                         the environment: locked, full, damaged, too new

After :meth:`braze_qt.BrazeQt.install` has returned nothing is raised into the host application.
"""


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


def shown(value: object) -> str:
    """A value as an error message shows it: its first 80 characters."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return f"a huge {type(value).__name__}"
    except Exception:  # an object of the host's own may do anything
        return f"some {type(value).__name__}"
    return printable(text if len(text) <= 80 else text[:77] + "...", 80)


def printable(text: str, limit: int = 200) -> str:
    """Words of a stranger as they may be shown and logged: no line of their own, nothing that is no text."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:limit])
