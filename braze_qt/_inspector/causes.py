"""The most likely cause when nothing arrives: a table. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from braze_qt._protocol.response import Fault


class Level(Enum):
    """How bad it is."""

    GOOD = "good"
    WAITING = "waiting"
    STOPPED = "stopped"


class Cause(Enum):
    """Why nothing arrives, or that all is well. Failed requests are named by their ``Fault`` instead."""

    NOT_INSTALLED = "not installed"
    SWITCHED_OFF = "switched off"
    SHUT_DOWN = "shut down"
    DISABLED = "disabled"
    PAUSED = "paused"
    IN_JOURNAL = "in journal"
    UNSIGNED = "unsigned"
    NO_FOCUS_YET = "no focus yet"
    NOT_OPENED_YET = "not opened yet"
    NO_SESSION = "no session"
    SENDING = "sending"
    SOON = "soon"
    IN_MEMORY = "in memory"
    ARRIVED = "arrived"
    NOTHING_YET = "nothing yet"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the cause depends on. The defaults are those of an installation that was never in front.

    Attributes:
        switched_off: whether the environment switches the SDK off.
        in_memory: whether what is logged dies with the process.
        unmerged: whether the database does not take what is in the journals.
        reason: why it does not, in words; empty for none.
        fault: of the last request; None after an acceptance and before the first.
        unsigned: whether users have to sign, and the present one has not.
        automatic: whether windows decide about sessions, not ``openSession()``.
        had_session: whether a session was open in this run.
        pending: events and attributes that wait.
        sent: whether any request has ended in this run.
    """

    installed: bool = True
    switched_off: bool = False
    shut_down: bool = False
    enabled: bool = True
    paused: bool = False
    in_memory: bool = False
    unmerged: bool = False
    reason: str = ""
    fault: Fault | None = None
    unsigned: bool = False
    automatic: bool = True
    in_session: bool = False
    had_session: bool = False
    sending: bool = False
    pending: int = 0
    sent: bool = False


_RULES: tuple[tuple[Callable[[Situation], bool], Cause], ...] = (
    (lambda now: now.switched_off, Cause.SWITCHED_OFF),
    (lambda now: not now.installed, Cause.NOT_INSTALLED),
    (lambda now: now.shut_down, Cause.SHUT_DOWN),
    (lambda now: not now.enabled, Cause.DISABLED),
    (lambda now: now.unmerged and now.in_memory, Cause.IN_MEMORY),
    (lambda now: now.unmerged, Cause.IN_JOURNAL),
    (lambda now: now.paused, Cause.PAUSED),
)
"""What comes before any request. The first rule that holds decides."""

_LATER_RULES: tuple[tuple[Callable[[Situation], bool], Cause], ...] = (
    (lambda now: now.unsigned and now.pending > 0, Cause.UNSIGNED),
    (lambda now: now.sending, Cause.SENDING),
    (lambda now: now.in_session and now.pending > 0, Cause.SOON),
    (lambda now: not (now.in_session or now.had_session) and now.automatic, Cause.NO_FOCUS_YET),
    (lambda now: not (now.in_session or now.had_session), Cause.NOT_OPENED_YET),
    (lambda now: now.pending > 0, Cause.NO_SESSION),
    (lambda now: now.reason != "", Cause.IN_MEMORY),
    (lambda now: now.sent, Cause.ARRIVED),
)

_LEVELS = {
    Cause.ARRIVED: Level.GOOD,
    Cause.NOTHING_YET: Level.GOOD,
    Cause.SENDING: Level.WAITING,
    Cause.SOON: Level.WAITING,
    Cause.NO_SESSION: Level.WAITING,
    Cause.NO_FOCUS_YET: Level.WAITING,
    Cause.NOT_OPENED_YET: Level.WAITING,
    Cause.IN_MEMORY: Level.WAITING,
}


def likely_cause(now: Situation) -> Cause | Fault:
    """Why nothing arrives, most likely."""
    for holds, cause in _RULES:
        if holds(now):
            return cause
    if now.fault is not None and now.pending:
        return now.fault
    return next((cause for holds, cause in _LATER_RULES if holds(now)), Cause.NOTHING_YET)


def level(cause: Cause | Fault) -> Level:
    """How bad a cause is."""
    return Level.STOPPED if isinstance(cause, Fault) else _LEVELS.get(cause, Level.STOPPED)
