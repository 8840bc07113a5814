"""The Qt side: the only rooms that import PySide6."""

from braze_qt._qt.client import BrazeQt

__all__ = ["BrazeQt"]
