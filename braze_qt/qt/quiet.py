"""Keeps a fault of ours from the host: an exception in a slot would end in the host's exception hook.

Whatever comes from the host or from Qt comes in here, so that here a forked child is turned away, too.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import Slot

from braze_qt.qt import fork

logger: logging.Logger = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])


def never_raises(method: Method) -> Method:
    """``method``, but an exception is logged and answered with False. In a forked child nothing is done.

    A method without arguments has none afterwards either. PySide counts the arguments of a slot and wraps
    what the signal carries in them, and to wrap an internal object of Qt WebEngine crashes (PySide6 6.11.3).
    """

    @functools.wraps(method)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        if fork.is_child:
            return False
        try:
            return method(*args, **kwargs)
        except Exception:
            logger.exception("%s failed", method.__qualname__)
            return False

    @functools.wraps(method)
    def quiet_without_arguments(self: Any) -> Any:
        return quiet(self)

    takes_none = len(inspect.signature(method).parameters) == 1
    return quiet_without_arguments if takes_none else quiet  # type: ignore[return-value]


def public_slot(method: Method) -> Method:
    """``method`` as a slot for a host: for its Python, its signals and its QML.

    A ValueError is one warning, nothing is raised, and the answer is False.

    Each argument is a QVariant, which arrives as what it is. For any other type PySide converts before we see
    it, and each version in its own way: null becomes the string "null" (6.12.0), "false" becomes True.
    """
    parameters = list(inspect.signature(method).parameters.values())[1:]
    required = sum(parameter.default is parameter.empty for parameter in parameters)

    @functools.wraps(method)
    def checking(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *map(_from_qml, args), **kwargs)
        except ValueError as fault:
            logger.warning("%s: %s; nothing is done", method.__name__, fault)
            return False

    slot = never_raises(checking)
    for count in range(required, len(parameters) + 1):
        slot = Slot(*["QVariant"] * count, result=bool)(slot)
    return slot  # type: ignore[return-value]


def _from_qml(value: Any) -> Any:
    """An array or an object of QML as a list or a dictionary; anything else as it is."""
    return value.toVariant() if type(value).__name__ == "QJSValue" and value.isObject() else value
