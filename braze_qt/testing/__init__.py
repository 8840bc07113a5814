"""For the tests of applications: an SDK without a network, with a clock that a test moves.

``pytest_plugins = ["braze_qt.testing.plugin"]`` in the topmost ``conftest.py`` brings the fixtures; see
``docs/testing.md``. ``BrazeApp`` and with it PySide6 are loaded on first use.
"""

from typing import TYPE_CHECKING, Any

from braze_qt.testing.clock import FakeClock
from braze_qt.testing.records import RecordedEvent, RecordedRequest
from braze_qt.testing.sandbox import SandboxError, SandboxProcess
from braze_qt.testing.transport import RecordingTransport

if TYPE_CHECKING:
    from braze_qt.testing.app import BrazeApp

__all__ = [
    "BrazeApp",
    "FakeClock",
    "RecordedEvent",
    "RecordedRequest",
    "RecordingTransport",
    "SandboxError",
    "SandboxProcess",
]


def __getattr__(name: str) -> Any:
    if name == "BrazeApp":
        from braze_qt.testing.app import BrazeApp

        return BrazeApp
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
