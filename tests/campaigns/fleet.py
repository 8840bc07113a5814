"""A fleet of clients against a server that goes down and comes back weak: the real policy, simulated time.

Each client is a real ``SendPolicy``; there are no sockets, and a request takes no time. A client stands for
fifty of a million: peaks are told in capacities, and times do not depend on the number.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from braze_qt._platform.clock import Instant
from braze_qt._protocol.response import Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._upload.policy import Send, SendPolicy, Wait

FLUSH_INTERVAL = 10.0
BIN = 10
"""Seconds that a peak is averaged over: what the queue of a server evens out."""

ACCEPTED = Outcome(Kind.ACCEPTED, "201 Created")
OFFLINE = Outcome(Kind.OFFLINE, "connection refused")
OVERLOADED = Outcome(Kind.RETRY, "503 Service Unavailable")

PROMISED = 300.0
"""Seconds in which a server, back again, could take the whole fleet: the policy is tuned for such a server.
It sees less than twice its capacity and has everything in less than twice the time. Also the longest wait."""

Uniform = Callable[[float, float], float]


@dataclass(frozen=True)
class Outage:
    """What happens to the fleet.

    Attributes:
        clients: how many there are. Each has something to send, and one request takes it.
        down: seconds that nobody is reached, from second 0 on.
        ideal: seconds in which the server, back again, could take what all clients have. Its capacity
            is ``clients / ideal`` requests a second; whoever is above it gets 503.
        onset: seconds within which each client meets the outage.
        seed: of all chance.
        jitter: whether waits are left to chance; else each is as long as it may be.
    """

    clients: int = 20_000
    down: float = 3_600.0
    ideal: float = PROMISED
    onset: float = 60.0
    seed: int = 1
    jitter: bool = True

    @property
    def capacity(self) -> float:
        """Requests a second."""
        return self.clients / self.ideal


@dataclass
class Course:
    """What became of it. ``asked`` and ``taken`` are requests by bins of ``BIN`` seconds."""

    outage: Outage
    asked: Counter[int] = field(default_factory=Counter)
    taken: Counter[int] = field(default_factory=Counter)
    drained: float = 0.0

    @property
    def peak(self) -> float:
        """The most requests a second after the recovery, in capacities."""
        back = int(self.outage.down // BIN)
        return max(count for bin_, count in self.asked.items() if bin_ >= back) / BIN / self.outage.capacity

    @property
    def drain(self) -> float:
        """How long it took until the last client had sent everything, in ideal times."""
        return (self.drained - self.outage.down) / self.outage.ideal


class _Server:
    """Takes so many requests a second, a second's worth at once, from the end of the outage on."""

    def __init__(self, outage: Outage) -> None:
        self._outage = outage
        self._room = outage.capacity
        self._at = outage.down

    def answer(self, at: float) -> Outcome:
        if at < self._outage.down:
            return OFFLINE
        capacity = self._outage.capacity
        self._room = min(max(1.0, capacity), self._room + (at - self._at) * capacity)
        self._at = at
        if self._room < 1:
            return OVERLOADED
        self._room -= 1
        return ACCEPTED


def simulate(outage: Outage, limits: ServerConfig | None = None) -> Course:
    """Let it happen."""
    chance = random.Random(outage.seed)
    uniform: Uniform = chance.uniform if outage.jitter else lambda _, high: high
    server, course = _Server(outage), Course(outage)
    fleet = [SendPolicy(FLUSH_INTERVAL, limits or ServerConfig(), uniform) for _ in range(outage.clients)]
    due = [(chance.uniform(0, outage.onset), number) for number in range(outage.clients)]
    heapq.heapify(due)
    while due:
        at, number = due[0]
        until = _step(fleet[number], at, server, course)
        if until is None:
            heapq.heappop(due)
            course.drained = at
        else:
            heapq.heapreplace(due, (until, number))
    return course


def _step(client: SendPolicy, at: float, server: _Server, course: Course) -> float | None:
    """Let one client do what it wants to; answers when it wants to be asked again, None for never."""
    now = Instant(at, at, at)
    decision = client.next(waiting=True, now=now)
    if isinstance(decision, Send):
        outcome = server.answer(at)
        course.asked[int(at // BIN)] += 1
        client.digest(outcome, 1, now, more=False)
        if outcome is ACCEPTED:
            course.taken[int(at // BIN)] += 1
            return None
        decision = client.next(waiting=True, now=now)
    assert isinstance(decision, Wait)
    return decision.until


def run(seed: int, seconds: float) -> Iterator[str]:
    """Peak and drain after an hour, for servers of different capacity; the promise is about one of them.

    The fleet's first wave after the outage is its size divided by the mean wait, whatever the server can
    take: so the peak in capacities grows as the capacity shrinks, and the drain cannot be shorter than the
    longest wait. A server that comes back weaker than promised for has to ask for longer waits, by its
    configuration or by Retry-After.
    """
    clients = 20_000 if seconds >= 60 else 2_000
    yield f"a million clients, simulated by {clients:,}; the server was down for an hour"
    yield "all could be taken in   capacity   with jitter: peak, drain   without: peak, drain"
    for ideal in (150, 200, PROMISED, 400, 600):
        outages = [Outage(clients, ideal=ideal, seed=seed, jitter=jitter) for jitter in (True, False)]
        kept, without = map(simulate, outages)
        yield (
            f"{ideal:18.0f} s {1e6 / ideal:11,.0f}/s {kept.peak:14.2f} × {kept.drain:8.2f} ×"
            f" {without.peak:12.2f} × {without.drain:6.2f} ×"
        )
        if ideal == PROMISED:
            assert kept.peak < 2, f"the peak is {kept.peak:.2f} times the capacity"
            assert kept.drain < 2, f"the drain takes {kept.drain:.2f} times as long as it could"
