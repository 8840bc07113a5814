"""Feature flags: pass ``FeatureFlags()`` to ``BrazeQt.install(…, extensions=[…])``; docs/feature-flags.md.

``FeatureFlags`` and with it PySide6 are loaded on first use.
"""

from typing import TYPE_CHECKING, Any

from braze_qt.feature_flags._flags import FeatureFlag

if TYPE_CHECKING:
    from braze_qt.feature_flags._extension import FeatureFlags

__all__ = ["FeatureFlag", "FeatureFlags"]


def __getattr__(name: str) -> Any:
    if name == "FeatureFlags":
        from braze_qt.feature_flags._extension import FeatureFlags

        return FeatureFlags
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
