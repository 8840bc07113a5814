"""The Qt side: the only package that imports PySide6."""

from braze_qt._qt.client import BrazeQt

__all__ = ["BrazeQt"]
