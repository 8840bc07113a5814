"""Session tracking for Qt applications, in the protocol of the Braze SDKs.

    from braze_qt import BrazeConfig, BrazeQt

    braze = BrazeQt.install(app, BrazeConfig("YOUR-API-KEY", "sdk.iad-01.braze.com"))

``BrazeQt`` and with it PySide6 are loaded on first use.
"""

import logging
from typing import TYPE_CHECKING, Any

from braze_qt._log import set_up
from braze_qt.config import BrazeConfig
from braze_qt.errors import BrazeError, ConfigError, StoreError, UsageError
from braze_qt.events import EventRecord
from braze_qt.version import __version__

if TYPE_CHECKING:
    from braze_qt._qt.client import BrazeQt

__all__ = [
    "BrazeConfig",
    "BrazeError",
    "BrazeQt",
    "ConfigError",
    "EventRecord",
    "StoreError",
    "UsageError",
    "__version__",
]

set_up(logging.getLogger(__name__))


def __getattr__(name: str) -> Any:
    if name == "BrazeQt":
        from braze_qt._qt.client import BrazeQt

        return BrazeQt
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
