"""What was taken, and is not on disk yet: facts and attributes, and the state that belongs to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from braze_qt._session.machine import ended
from braze_qt._session.state import Kept, StoredSession
from braze_qt.events import AttributeSet, Fact, Logged, SessionEnded, SessionStarted

LIMIT = 10_000
"""Facts kept in memory while the disk takes nothing."""


class Unwritten:
    """Bounded, and in the order in which it came. One thread at a time.

    Attributes:
        facts: what waits.
        kept: the state that was taken last, on disk or not; None where none was.
        became: who the anonymous user was identified as since something was written.
    """

    facts: list[Fact | AttributeSet]
    kept: Kept | None
    became: str | None

    def __init__(self) -> None:
        self.facts = []
        self.kept = self.became = None
        self._base: Kept | None = None
        self._changed = False

    @property
    def waits(self) -> bool:
        """Whether there is anything to write, if only a state."""
        return self._changed or bool(self.facts)

    def take(self, facts: Iterable[Fact | AttributeSet], kept: Kept | None) -> None:
        """These come next; without a state the one before still holds."""
        kept = kept or self.kept
        known = self._base.user_id if self._base else None
        if kept and kept.user_id != known:
            self._identify(kept.user_id)
        self.facts += facts
        self.kept = kept
        self._changed = True

    def _identify(self, user_id: str | None) -> None:
        """The anonymous user is this one, and not one who follows before the disk takes anything."""
        if user_id is not None and self.became is None:
            self.became = user_id
            self.facts = [_named(fact, user_id) for fact in self.facts]

    def known(self, kept: Kept | None) -> None:
        """This is on disk: what is told from now on is told beyond it."""
        self._base = kept

    def reconcile(self, there: Kept | None) -> Kept | None:
        """Bring together what this process could not write and what others wrote meanwhile.

        What one of them changed holds, and where both did what this one did, but a withdrawal of consent by
        any process wins. Every session ends once: what this process ended is not ended again, nor gone
        on with, where another one has ended it, and a session of another one ends where this one has its own.

        Args:
            there: the state on disk.

        Returns:
            what holds now; None for what is in memory.
        """
        mine = self.kept
        if mine is None:
            return there
        base = self._base or Kept(enabled=None, timeout=mine.timeout)
        there = there or base
        if base.user_id is None:
            self._identify(there.user_id)
        session = self._one_session(mine.session, there.session)
        withdrawn = there.enabled is False and base.enabled is not False
        enabled = there.enabled if withdrawn or mine.enabled == base.enabled else mine.enabled
        if session and enabled is False:
            self.facts.append(_ended(session))
            session = None
        merged = Kept(
            there.user_id if mine.user_id == base.user_id else mine.user_id,
            enabled,
            session,
            max(mine.last_stamp, there.last_stamp),
            there.timeout if mine.timeout == base.timeout else mine.timeout,
        )
        self.kept, self._base = merged, there
        return merged if merged != mine else None

    def _one_session(self, mine: StoredSession | None, theirs: StoredSession | None) -> StoredSession | None:
        begun = {fact.session_id for fact in self.facts if isinstance(fact, SessionStarted)}
        begun |= {theirs.session.id} if theirs else set()
        ends = [fact for fact in self.facts if isinstance(fact, SessionEnded)]
        for fact in ends:
            if fact.session_id not in begun:
                self.facts.remove(fact)
        if theirs is None:
            return mine if mine and mine.session.id in begun else None
        if theirs.session.id in [fact.session_id for fact in ends]:
            return mine
        if mine and mine.session.id == theirs.session.id:
            return mine
        if mine and mine.session.id in begun:
            self.facts.insert(0, _ended(theirs))
            return mine
        self.facts = [_given(fact, theirs.session.id) for fact in self.facts]
        return theirs

    def bound(self) -> int:
        """Where too much waits the oldest events go; answers how many."""
        dropped = 0
        while len(self.facts) > LIMIT:
            events = (index for index, fact in enumerate(self.facts) if isinstance(fact, Logged))
            del self.facts[next(events, 0)]
            dropped += 1
        return dropped

    def written(self) -> None:
        """All of it is on disk."""
        self.facts.clear()
        self.became = None
        self._base = self.kept
        self._changed = False


def _ended(stored: StoredSession) -> SessionEnded:
    session = stored.session
    return ended(session, session.left or session.seen)


def _given(fact: Fact | AttributeSet, session_id: str) -> Fact | AttributeSet:
    """An event that waited for a session is given to the one that there is."""
    if isinstance(fact, Logged) and fact.session_id is None:
        return dataclasses.replace(fact, session_id=session_id)
    return fact


def _named(fact: Fact | AttributeSet, user_id: str) -> Fact | AttributeSet:
    """An attribute of nobody is this user's from now on; an event stays what it is."""
    nobodys = isinstance(fact, AttributeSet) and fact.user_id is None
    return dataclasses.replace(fact, user_id=user_id) if nobodys else fact
