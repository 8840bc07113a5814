"""What one process knows: what was merged last, and what it has appended since."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from operator import itemgetter

from braze_qt._protocol import payload
from braze_qt._recorder.history import LENGTH, History
from braze_qt._session.shared import Kind, Record, Replay, SessionFact, Shared
from braze_qt._storage.outbox_writer import Noted
from braze_qt.events import EventRecord, SessionEnded, SessionStarted

AWAKE = 0.05
"""Seconds by which the clocks of two readings differ although the machine did not sleep."""


class View:
    """The state that all processes share, as this one sees it. One thread at a time.

    Args:
        merged: what is known of it at the beginning.
        keeps_texts: whether events are remembered with all that they say, for an inspector.

    Attributes:
        merged: the state as of the last merge.
        now: the same, with what this process has appended since.
        unmerged: the records of this process since, but for most events, which change nothing.
        history: the last events that are in the database.
        keeps_texts: as given.
    """

    def __init__(self, merged: Shared, *, keeps_texts: bool = False) -> None:
        self.merged: Shared = merged
        self.now: Shared = merged
        self.unmerged: list[Record] = []
        self.history = History()
        self.keeps_texts = keeps_texts
        self._labels: deque[tuple[int, str, str, float, str]] = deque(maxlen=LENGTH)
        self._early: list[tuple[int, SessionFact]] = []
        self._told_early: set[SessionFact] = set()
        self._untold: deque[SessionFact] = deque()

    @property
    def unmerged_facts(self) -> int:
        """How many sessions have begun and ended by records that are not merged yet."""
        return len(self._early)

    @property
    def has_facts(self) -> bool:
        """Whether ``take_facts`` has something to tell."""
        return bool(self._untold)

    def take_facts(self) -> list[SessionFact]:
        """Sessions that were begun and ended and that nobody was told of yet, oldest first."""
        facts = [*self._untold]
        self._untold.clear()
        return facts

    def records_with_texts(self) -> list[tuple[EventRecord, str]]:
        """The last events; those that are not merged yet have the id 0. Each has the text of a JSON object as
        which it is stored, empty where that was not kept.
        """
        session = self.now.session.id if self.now.session else None
        waiting = [
            (number, EventRecord(0, code, label, time, session, self.now.user_id, "stored"), text)
            for number, code, label, time, text in self._labels
        ]
        waiting += [
            (
                number,
                EventRecord(0, fact.code, "", fact.time, fact.session_id, fact.user_id, "stored"),
                payload.event_text(fact) if self.keeps_texts else "",
            )
            for number, fact in self._early
        ]
        waiting.sort(key=itemgetter(0))  # a fact comes before the event that made time pass
        merged = zip(self.history.records(), self.history.texts(), strict=True)
        return [*merged, *((record, text) for _, record, text in waiting)][-LENGTH:]

    def keep_texts(self, keep: bool) -> None:  # noqa: FBT001
        """From now on remember events with all that they say; or not, and forget it."""
        self.keeps_texts = keep
        if not keep:
            self.history.forget_texts()
            self._labels = deque(((*each[:4], "") for each in self._labels), maxlen=LENGTH)

    def reset(self, shared: Shared) -> None:
        """This is what all share, where nothing of this process is to be merged."""
        self.merged = self.now = shared

    def label(self, number: int, code: str, label: str, wall: float, body: str) -> None:
        """The event with this number says this, shortly. ``body`` is that of its record: code and data."""
        text = ""
        if self.keeps_texts:
            text = f'{{"name":"{code}","time":{wall!r},"data":{body.removeprefix(code)}}}'
        self._labels.append((number, code, label, wall, text))

    def append(self, record: Record) -> bool:
        """Take a record of this process; whether a session begins or ends by it."""
        known = len(self._early)
        if _is_next_heartbeat(record, self.unmerged):
            self.unmerged.pop()
        self.unmerged.append(record)
        self._replay([record])
        return len(self._early) > known

    def follow_merge(
        self, shared: Shared, facts: Iterable[SessionFact], noted: Iterable[Noted], unmerged_from: int
    ) -> None:
        """Take over what holds after a merge.

        Args:
            facts: sessions that this process has begun and ended, by what is merged.
            noted: its events that are in the database now, in order.
            unmerged_from: the number of its first record that is not merged.
        """
        for fact in facts:
            if fact in self._told_early:
                self._told_early.discard(fact)
            else:
                self._untold.append(fact)
        labels = {number: label for number, _, label, *_ in self._labels}
        for number, row_id, each in noted:
            text = each.text if self.keeps_texts else ""
            self.history.note(row_id, each._replace(label=labels.get(number, ""), text=text))
            if each.code == SessionStarted.code and each.session_id:
                self.history.adopt(each.session_id, row_id + 1)
        self.unmerged = [record for record in self.unmerged if record.number >= unmerged_from]
        self._labels = deque((each for each in self._labels if each[0] >= unmerged_from), maxlen=LENGTH)
        self._early.clear()
        self.reset(shared)
        self._replay(self.unmerged)

    def tell_unmerged(self) -> None:
        """Tell of sessions although they are not merged; when they are, they are not told anew."""
        for _, fact in self._early:
            if fact not in self._told_early:
                self._told_early.add(fact)
                self._untold.append(fact)

    def _replay(self, records: list[Record]) -> None:
        replay = Replay(self.now, records, {})
        for record, output in replay:
            if isinstance(output, (SessionStarted, SessionEnded)):
                self._early.append((record.number, output))
        self.now = replay.shared


def _is_next_heartbeat(record: Record, before: list[Record]) -> bool:
    """Whether a heartbeat says all that the one before it said: the machine did not sleep between them.

    While nothing can be merged there are 17,280 a day, which each portion of a merge replays.
    """
    last = before[-1] if before else None
    if last is None or not record.kind == last.kind == Kind.HEARTBEAT:
        return False
    slept = (record.boot - record.awake) - (last.boot - last.awake)
    return abs(slept) < AWAKE
