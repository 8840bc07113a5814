"""What was taken, and is not on disk yet: facts and attributes, and the state that belongs to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from braze_qt.events import AttributeSet, Fact, Logged, SessionEnded, SessionStarted
from braze_qt.session import ended
from braze_qt.tracking import Kept

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
        self._changed = False

    @property
    def waits(self) -> bool:
        """Whether there is anything to write, if only a state."""
        return self._changed or bool(self.facts)

    def take(self, facts: Iterable[Fact | AttributeSet], kept: Kept | None) -> None:
        """These come next; without a state the one before still holds."""
        kept = kept or self.kept
        if kept and kept.user_id is not None and self.became is None:
            # Others may follow before the disk takes anything: nobody became this one.
            self.became = kept.user_id
            self.facts = [_named(fact, kept.user_id) for fact in self.facts]
        self.facts += facts
        self.kept = kept
        self._changed = True

    def reconcile(self, there: Kept | None) -> Kept | None:
        """Have every session end once, where this process could not write for a while and others could.

        What this process ended is not ended again, nor gone on with, where another one has ended it, and a
        session of another one ends where this one has its own.

        Args:
            there: the state on disk.

        Returns:
            what holds of it; None for what is in memory.
        """
        theirs = there.session.session if there and there.session else None
        mine = self.kept.session.session.id if self.kept and self.kept.session else None
        begun = {fact.session_id for fact in self.facts if isinstance(fact, SessionStarted)}
        begun |= {theirs.id} if theirs else set()
        ends = [fact for fact in self.facts if isinstance(fact, SessionEnded)]
        for fact in ends:
            if fact.session_id not in begun:
                self.facts.remove(fact)
        if mine is not None and mine not in begun:
            self.kept = there
            return there
        if theirs and theirs.id not in (mine, *(fact.session_id for fact in ends)):
            self.facts.insert(0, ended(theirs, theirs.left or theirs.seen))
        return None

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
        self._changed = False


def _named(fact: Fact | AttributeSet, user_id: str) -> Fact | AttributeSet:
    """An attribute of nobody is this user's from now on; an event stays what it is."""
    nobodys = isinstance(fact, AttributeSet) and fact.user_id is None
    return dataclasses.replace(fact, user_id=user_id) if nobodys else fact
