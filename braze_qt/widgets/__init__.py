"""Widgets that host applications may show. They use the public API alone."""

from braze_qt.widgets.inspector import Inspector
from braze_qt.widgets.settings_dialog import SessionSettingsDialog

__all__ = ["Inspector", "SessionSettingsDialog"]
