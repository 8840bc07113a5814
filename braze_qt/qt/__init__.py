"""The Qt side: the only rooms that import PySide6."""

from braze_qt.qt.client import BrazeQt

__all__ = ["BrazeQt"]
