"""A sandbox that bears less than usual."""

from typing import Any

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.server import Limits


def sandbox_with(limits: Limits, **options: Any) -> Sandbox:
    class Limited(Sandbox):
        _limits = limits

    return Limited(**options)
