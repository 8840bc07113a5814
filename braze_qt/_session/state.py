"""What the session machine knows, and what can happen to it: frozen values."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from braze_qt._platform.clock import Instant


class State(Enum):
    """Where the machine is. Ended is no state: the session is gone and its end is a fact."""

    NONE = "none"
    FOREGROUND = "foreground"
    BACKGROUND = "background"


class Input(Enum):
    """What can happen to the machine."""

    ENTER_FOREGROUND = "enter foreground"
    LEAVE_FOREGROUND = "leave foreground"
    PASS_TIME = "pass time"
    CHANGE_USER = "change user"
    SET_TIMEOUT = "set timeout"
    DISABLE = "disable"
    ENABLE = "enable"
    WIPE = "wipe"
    QUIT = "quit"


class Session(NamedTuple):
    """An open session.

    Attributes:
        id: a random UUID.
        user_id: whose session it is; None while anonymous. It never changes.
        started: the moment of entering the foreground, or of the user change.
        seen: the last sign of life in the foreground.
        left: the moment the application left the foreground; None while it is there.
    """

    id: str
    user_id: str | None
    started: Instant
    seen: Instant
    left: Instant | None = None

    def duration(self, end: Instant) -> float:
        """Seconds from the start to ``end``, less what the machine slept in between."""
        return max(0.0, round(end.awake - self.started.awake, 3))


def random_id() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


class Tracking(NamedTuple):
    """All that the machine knows.

    Attributes:
        timeout: whole seconds that a session outlives the foreground.
        user_id: the present user; None while anonymous.
        enabled: False while the user of the application does not consent.
        foreground: what ``AppStateAdapter`` says of the application, session or not.
        session: the open session, if any.
        new_id: makes the id of a session that begins.
    """

    timeout: int
    user_id: str | None = None
    enabled: bool = True
    foreground: bool = False
    session: Session | None = None
    new_id: Callable[[], str] = random_id

    @property
    def state(self) -> State:
        """The state, told by what is there."""
        if self.session is None:
            return State.NONE
        return State.FOREGROUND if self.session.left is None else State.BACKGROUND
