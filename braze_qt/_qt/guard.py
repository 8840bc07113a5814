"""Keeps a fault of ours from the host: an exception in a slot would end in the host's exception hook.

Whatever comes from the host or from Qt comes in here, so that here a forked child is turned away, too.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import PySide6
from PySide6.QtCore import Slot

from braze_qt._qt import fork
from braze_qt._validation.json_values import DEPTH_LIMIT, OBJECT_LIMIT
from braze_qt.errors import ArgumentError, kind_of

logger: logging.Logger = logging.getLogger(__name__)

SLOT_RESULT: type | None = bool if PySide6.__version_info__[:3] >= (6, 10, 2) else None
"""What a slot for a host answers to QML. Before 6.10.2 PySide writes the result of a slot to where the caller
wants it, also where a caller wants none: a signal that is connected to the slot ends the process."""

_PYTHON_TYPES = frozenset({str, dict, int, float, bool, list, type(None)})
"""Most arguments are of these, which need no conversion."""

Method = TypeVar("Method", bound=Callable[..., Any])


def never_raises(method: Method) -> Method:
    """``method``, but an exception is logged and answered with False. In a forked child nothing is done.

    A method without arguments has none afterwards either. PySide counts the arguments of a slot and wraps
    what the signal carries in them, and to wrap an internal object of Qt WebEngine crashes (PySide6 6.11.3).
    """

    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if fork.is_child:
            return False
        try:
            return method(*args, **kwargs)
        except Exception as error:  # noqa: BLE001
            return _failed(method, error)

    return _with_arguments_of(method, guarded)


def _failed(method: Callable[..., Any], error: Exception) -> bool:
    # The words of an exception can be the host's, and about a person.
    logger.error("%s failed: %s", method.__qualname__, kind_of(error))
    logger.debug("%s failed", method.__qualname__, exc_info=True)
    return False


def _with_arguments_of(method: Method, guarded: Callable[..., Any]) -> Method:
    @functools.wraps(method)
    def guarded_without_arguments(self: Any) -> Any:
        return guarded(self)

    takes_none = len(inspect.signature(method).parameters) == 1
    return guarded_without_arguments if takes_none else guarded  # type: ignore[return-value]


def public_slot(method: Method) -> Method:
    """``method`` as a slot for a host: for its Python, its signals and its QML.

    An ArgumentError is one warning, nothing is raised, and the answer is False.

    Each argument is a QVariant, which arrives as what it is. For any other type PySide converts before we see
    it, and each version in its own way: null becomes the string "null" (6.12.0), "false" becomes True.
    Python always has the result, QML where PySide can carry one (``SLOT_RESULT``).
    """
    parameters = list(inspect.signature(method).parameters.values())[1:]
    required = sum(parameter.default is parameter.empty for parameter in parameters)

    @functools.wraps(method)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if fork.is_child:
            return False
        try:
            if not _PYTHON_TYPES.issuperset(map(type, args)):
                return method(self, *map(_from_qml, args), **kwargs)
            return method(self, *args, **kwargs)
        except ArgumentError as fault:
            logger.warning("%s: %s; nothing is done", method.__name__, fault)
            return False
        except Exception as error:  # noqa: BLE001
            return _failed(method, error)

    slot = _with_arguments_of(method, guarded)
    for count in range(required, len(parameters) + 1):
        slot = Slot(*["QVariant"] * count, result=SLOT_RESULT)(slot)
    return slot


def _from_qml(value: Any) -> Any:
    """An array or an object of QML as a list or a dictionary; anything else as it is."""
    if type(value).__name__ != "QJSValue" or not value.isObject():
        return value
    _refuse_too_deep(value)
    return value.toVariant()


def _refuse_too_deep(value: Any) -> None:
    """Qt converts level by level on the stack: arrays without end overflow it, and that ends the process."""
    from PySide6.QtQml import QJSValueIterator  # noqa: TID251  # is there, as the value is

    seen, waiting = 0, [(value, 1)]
    while waiting:
        there, depth = waiting.pop()
        if depth > DEPTH_LIMIT:
            raise ArgumentError(f"more than {DEPTH_LIMIT} levels of nesting")
        each = QJSValueIterator(there)
        while each.next():
            seen += 1
            if seen > OBJECT_LIMIT:
                raise ArgumentError(f"more than the {OBJECT_LIMIT} bytes of JSON that are allowed")
            inner = each.value()
            if inner.isObject() and not inner.isQObject():
                waiting.append((inner, depth + 1))
