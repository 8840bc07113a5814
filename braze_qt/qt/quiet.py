"""Keeps a fault of ours from the host: an exception in a slot would end in the host's exception hook."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])


def never_raises(method: Method) -> Method:
    """``method``, but an exception is logged and answered with False."""

    @functools.wraps(method)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except Exception:
            logger.exception("%s failed", method.__qualname__)
            return False

    return quiet  # type: ignore[return-value]
