"""The session state machine. It sees no clock, no disk, no network and no Qt.

The machine is :data:`TABLE`: every input in every state, by name. :func:`step` feeds one input to
a frozen :class:`Tracking` and answers with the next one and the facts that this caused. The rules
are told in ``docs/session-rules.md``, whose diagram is printed from the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from braze_qt._platform.clock import Instant
from braze_qt._session.state import Input, Session, State, Tracking
from braze_qt.events import SessionEnded, SessionStarted

WALL_TOLERANCE = 1.0
"""Seconds by which wall clock and monotonic clock may drift apart within one session before the
wall clock counts as set back. Slewing by NTP stays far below; a clock set by hand does not."""
BOOT_TOLERANCE = 5.0
"""Seconds by which the wall clock may be set between two moments of one boot, where only the clocks tell one
boot from another. No machine starts twice within them."""


class Step(NamedTuple):
    """What one input led to: the next tracking and the facts to be stored with it, in order."""

    tracking: Tracking
    facts: tuple[SessionStarted | SessionEnded, ...] = ()


def step(
    tracking: Tracking,
    given: Input,
    now: Instant,
    *,
    user_id: str | None = None,
    timeout: int | None = None,
) -> Step:
    """Feed one input to the machine.

    Time passes before anything else does: a session that ran out, or that a sleep of the machine
    ended, is closed before the input is looked at.

    Args:
        given: the input; ``CHANGE_USER`` takes ``user_id``, ``SET_TIMEOUT`` takes ``timeout``.
        now: the moment of the input.
    """
    passed = _pass_time(tracking, now)
    if given is Input.PASS_TIME:
        return passed
    if given is Input.CHANGE_USER:
        if user_id is None or user_id == passed.tracking.user_id:
            return passed
        told = passed.tracking._replace(user_id=user_id)
    elif given is Input.SET_TIMEOUT and timeout is not None:
        told = passed.tracking._replace(timeout=timeout)
    else:
        told = passed.tracking
    after = TABLE[told.state, given].handler(told, now)
    return Step(after.tracking, passed.facts + after.facts)


def due(tracking: Tracking, now: Instant) -> bool:
    """Whether passing time has come to cause facts."""
    return tracking.session is not None and is_over(tracking.session, tracking.timeout, now)


def is_over(session: Session, timeout: int, now: Instant) -> bool:
    """Whether a session has outlived its timeout: cheap enough to be asked at every event."""
    seen, left = session.seen, session.left
    if left is None:
        return (now.boot - now.awake) - (seen.boot - seen.awake) >= timeout
    return now.boot - left.boot >= timeout


def deadline(tracking: Tracking) -> float | None:
    """The moment on the boot clock at which a session in the background runs out, if one is."""
    session = tracking.session
    if session is None or session.left is None:
        return None
    try:
        return session.left.boot + tracking.timeout
    except OverflowError:  # a timeout has no maximum, a float has one
        return math.inf


def abandoned(session: Session) -> Session:
    """A session whose processes have died: they left it with the last sign of life."""
    return session._replace(left=session.left or session.seen)


def restore_after_reboot(tracking: Tracking, stored: Session | None, now: Instant) -> Step:
    """Take up a session of an earlier boot of the machine.

    Its processes died at the leave or else at the last sign of life. Within the timeout since then
    the session waits in the background to be resumed; later it has ended there. The wall clock must serve:
    the boot clock counts from another origin.

    Args:
        tracking: as this boot begins, with no session.
        stored: the session found on disk.
    """
    if stored is None:
        return Step(tracking)
    ref = stored.left or stored.seen
    # The old readings of boot and awake mean nothing today. They are moved to today's origin so
    # that what matters stays: the length so far, and how long ago the leave was.
    # It was away for as long as the machine has been up, at least, whatever a clock without a battery says.
    gone = max(now.wall - ref.wall, now.boot)
    left = Instant(ref.wall, now.boot - gone, now.awake)
    started = Instant(
        stored.started.wall,
        left.boot - (ref.boot - stored.started.boot),
        left.awake - (ref.awake - stored.started.awake),
    )
    session = Session(stored.id, stored.user_id, started, left, left)
    return _pass_time(tracking._replace(session=session), now)


def is_same_boot(before: Instant, now: Instant) -> bool:
    """Whether the machine was not started again between two moments, as far as its clocks tell."""
    return (
        now.boot >= before.boot - BOOT_TOLERANCE
        and abs((now.wall - now.boot) - (before.wall - before.boot)) <= BOOT_TOLERANCE
    )


def ended(session: Session, end: Instant) -> SessionEnded:
    """The fact that a session ended then."""
    duration = session.duration(end)
    began = round(session.started.wall, 3)
    time = max(began, round(end.wall, 3))
    if end.wall < session.started.wall + duration - WALL_TOLERANCE:
        time = round(began + duration, 3)
    return SessionEnded(session.id, session.user_id, time, duration)


def _pass_time(tracking: Tracking, now: Instant) -> Step:
    session = tracking.session
    if session is None:
        return Step(tracking)
    if not due(tracking, now):
        return Step(tracking if session.left else tracking._replace(session=session._replace(seen=now)))
    # After a sleep, too: a machine that wakes by itself brings nobody back.
    return _end(tracking, session.left or session.seen)


def _start(tracking: Tracking, now: Instant) -> Step:
    session = Session(tracking.new_id(), tracking.user_id, started=now, seen=now)
    fact = SessionStarted(session.id, session.user_id, round(now.wall, 3))
    return Step(tracking._replace(session=session), (fact,))


def _end(tracking: Tracking, end: Instant) -> Step:
    assert tracking.session is not None
    return Step(tracking._replace(session=None), (ended(tracking.session, end),))


def _stay(tracking: Tracking, now: Instant) -> Step:  # noqa: ARG001 (the table's signature)
    return Step(tracking)


def _enter(tracking: Tracking, now: Instant) -> Step:
    tracking = tracking._replace(foreground=True)
    return _start(tracking, now) if tracking.enabled else Step(tracking)


def _resume(tracking: Tracking, now: Instant) -> Step:
    assert tracking.session is not None
    session = tracking.session._replace(left=None, seen=now)
    return Step(tracking._replace(foreground=True, session=session))


def _note_leave(tracking: Tracking, now: Instant) -> Step:  # noqa: ARG001
    return Step(tracking._replace(foreground=False))


def _leave(tracking: Tracking, now: Instant) -> Step:
    assert tracking.session is not None
    session = tracking.session._replace(left=now, seen=now)
    return Step(tracking._replace(foreground=False, session=session))


def _renew(tracking: Tracking, now: Instant) -> Step:
    before = _end(tracking, now)
    after = _start(before.tracking, now)
    return Step(after.tracking, before.facts + after.facts)


def _close(tracking: Tracking, now: Instant) -> Step:
    assert tracking.session is not None
    return _end(tracking, tracking.session.left or now)


def _disable(tracking: Tracking, now: Instant) -> Step:
    closed = _close(tracking, now) if tracking.session else Step(tracking)
    return Step(closed.tracking._replace(enabled=False), closed.facts)


def _enable(tracking: Tracking, now: Instant) -> Step:
    if tracking.enabled:  # with no session in the foreground: a sleep has ended it
        return Step(tracking)
    tracking = tracking._replace(enabled=True)
    return _start(tracking, now) if tracking.foreground else Step(tracking)


def _wipe(tracking: Tracking, now: Instant) -> Step:  # noqa: ARG001
    return Step(tracking._replace(enabled=False, session=None, user_id=None))


class Exit(NamedTuple):
    """One way out of a cell of the table: the state it leads to, the facts' codes, and when."""

    state: State
    facts: str = ""
    when: str = ""


class Rule(NamedTuple):
    """One cell of the table: what is done, and the ways out, for the docs and the tests."""

    handler: Callable[[Tracking, Instant], Step]
    exits: tuple[Exit, ...]


_N, _F, _B = State.NONE, State.FOREGROUND, State.BACKGROUND

TABLE: dict[tuple[State, Input], Rule] = {
    (_N, Input.ENTER_FOREGROUND): Rule(_enter, (Exit(_F, "ss", "enabled"), Exit(_N, "", "disabled"))),
    (_F, Input.ENTER_FOREGROUND): Rule(_stay, (Exit(_F),)),
    (_B, Input.ENTER_FOREGROUND): Rule(_resume, (Exit(_F, "", "within T of the leave"),)),
    (_N, Input.LEAVE_FOREGROUND): Rule(_note_leave, (Exit(_N),)),
    (_F, Input.LEAVE_FOREGROUND): Rule(_leave, (Exit(_B),)),
    (_B, Input.LEAVE_FOREGROUND): Rule(_stay, (Exit(_B),)),
    (_N, Input.PASS_TIME): Rule(_pass_time, (Exit(_N),)),
    (_F, Input.PASS_TIME): Rule(_pass_time, (Exit(_F), Exit(_N, "se", "slept T or longer"))),
    (_B, Input.PASS_TIME): Rule(_pass_time, (Exit(_B), Exit(_N, "se", "T since the leave"))),
    (_N, Input.CHANGE_USER): Rule(_stay, (Exit(_N),)),
    (_F, Input.CHANGE_USER): Rule(_renew, (Exit(_F, "se ss", "another user"),)),
    (_B, Input.CHANGE_USER): Rule(_close, (Exit(_N, "se", "another user"),)),
    (_N, Input.SET_TIMEOUT): Rule(_stay, (Exit(_N),)),
    (_F, Input.SET_TIMEOUT): Rule(_stay, (Exit(_F),)),
    (_B, Input.SET_TIMEOUT): Rule(_pass_time, (Exit(_B), Exit(_N, "se", "the new T is past already"))),
    (_N, Input.DISABLE): Rule(_disable, (Exit(_N),)),
    (_F, Input.DISABLE): Rule(_disable, (Exit(_N, "se"),)),
    (_B, Input.DISABLE): Rule(_disable, (Exit(_N, "se"),)),
    (_N, Input.ENABLE): Rule(_enable, (Exit(_F, "ss", "disabled, in the foreground"), Exit(_N, "", "else"))),
    (_F, Input.ENABLE): Rule(_stay, (Exit(_F),)),
    (_B, Input.ENABLE): Rule(_stay, (Exit(_B),)),
    (_N, Input.WIPE): Rule(_wipe, (Exit(_N),)),
    (_F, Input.WIPE): Rule(_wipe, (Exit(_N),)),
    (_B, Input.WIPE): Rule(_wipe, (Exit(_N),)),
    (_N, Input.QUIT): Rule(_stay, (Exit(_N),)),
    (_F, Input.QUIT): Rule(_close, (Exit(_N, "se"),)),
    (_B, Input.QUIT): Rule(_close, (Exit(_N, "se"),)),
}
