"""What waits in memory while another process keeps the disk for itself."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from braze_qt._platform.clock import Instant

logger: logging.Logger = logging.getLogger(__name__)

LIMIT = 10_000
"""Acts that may wait."""

Act = Callable[[Instant], None]


class Kind(Enum):
    """What an act is about: where too much waits the oldest event goes, and no input."""

    INPUT = "input"
    EVENT = "event"
    LOOK = "look"


class Waiting(NamedTuple):
    """An act, and the readings of the clock that it is to be done with."""

    act: Act
    moment: Instant
    kind: Kind


class Late:
    """What is to be done, in the order in which it came. One thread at a time."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._told = False

    def __len__(self) -> int:
        """How much waits."""
        return len(self._waiting)

    @property
    def moment(self) -> Instant:
        """When the first of it happened: it may have had to wait for long."""
        return self._waiting[0].moment

    def add(self, act: Act, moment: Instant, kind: Kind) -> None:
        """This is to be done next."""
        self._waiting.append(Waiting(act, moment, kind))

    def keep(self) -> int:
        """What was added last has to wait, too; a look need not, beside others. Answers how much is lost."""
        if len(self._waiting) > 1 and self._waiting[-1].kind is Kind.LOOK:
            self._waiting.pop()
        if not self._told:
            logger.warning("another process keeps the data for itself: what happens waits in memory")
        self._told = True
        if len(self._waiting) <= LIMIT:
            return 0
        events = (index for index, each in enumerate(self._waiting) if each.kind is Kind.EVENT)
        del self._waiting[next(events, 0)]
        return 1

    def do(self) -> None:
        """Do all of it."""
        while self._waiting:
            act, moment, _ = self._waiting.popleft()
            act(moment)
        self._told = False

    def take_newest(self) -> Waiting:
        """What was added last; the rest is forgotten."""
        newest = self._waiting.pop()
        self._waiting.clear()
        return newest
