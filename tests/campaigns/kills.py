"""Hosts that die: at any instant under load, at each statement, and in the middle of each write.

What arrives at an endpoint is compared with what was acknowledged. One data folder serves all deaths of one
kind; after some of them a host runs on until everything is sent, and nothing may be missing.
"""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.receiver import GOOD, UNRELIABLE, Receiver, receiving
from tests.support.workload.deliveries import Deliveries
from tests.support.workload.order import Order
from tests.support.workload.process import Run, Runner, running_hosts

BETWEEN = 20
"""Deaths after which everything is sent and compared."""
LONGEST = 0.25
"""Seconds that a host under load runs at most."""
STEPS = 60
"""What a host does that is killed at a statement or in a write."""
SHARES = {"instants": 0.5, "statements": 0.3, "writes": 0.2}


class Campaign:
    """Deaths of one kind, in one folder."""

    def __init__(
        self, folder: Path, runner: Runner, receiver: Receiver, seed: int, *, end: float, at_least: int
    ) -> None:
        self.folder = folder
        self.deliveries = Deliveries()
        self.kills = self.survivors = 0
        self.chance = random.Random(seed)
        self._runner = runner
        self._receiver = receiver
        self._number = 0
        self._end = end
        self._at_least = at_least

    def goes_on(self) -> bool:
        """Whether there is time, or too few were killed: how many die in a second, a busy machine decides."""
        return time.monotonic() < self._end or self.kills < self._at_least

    def order(self, **what: object) -> Order:
        """A new run, of which at least so much is known."""
        self._number += 1
        timeout = self.chance.choice((1, 300))
        order = {"run": self._number, "seed": self.chance.randrange(2**31), "timeout": timeout, **what}
        return Order(str(self.folder), self._receiver.endpoint, **order)  # type: ignore[arg-type]

    def die(self, order: Order, seconds: float | None = None) -> Run:
        """One run with a death at its end, and what has arrived until then."""
        self._receiver.rates = UNRELIABLE
        run = self._runner.run(order, seconds)
        run.assert_quiet()
        assert not any("damaged" in words for _, words in run.warnings), run.describe()
        killed = run.code is not None and run.code < 0
        assert killed or run.code == 0, f"a host ended with {run.code}: {run.describe()}"
        self.kills += killed
        self.survivors += not killed
        self._book(run)
        if (self.kills + self.survivors) % BETWEEN == 0:
            self.settle()
        return run

    def settle(self) -> None:
        """Live until everything is sent, and compare."""
        self._receiver.rates = GOOD
        run = self._runner.run(self.order(steps=3, drain=30.0, close=True))
        run.assert_harmless()
        assert run.state["pending"] == 0, f"not everything is sent: {run.describe()}"
        assert run.state["lost"] == 0, f"events are counted as lost: {run.describe()}"
        self._book(run)
        self.deliveries.settle()

    def _book(self, run: Run) -> None:
        self._receiver.settle()
        assert not self._receiver.unreadable, f"no JSON: {self._receiver.unreadable[0]!r}"
        self.deliveries.note_acknowledged(run)
        self.deliveries.note_arrived(self._receiver.take())

    def verdict(self) -> str:
        """What was seen, once everything is compared."""
        self.settle()
        deliveries = self.deliveries
        return (
            f"{self.kills:,} kills, {deliveries.acknowledged:,} calls acknowledged,"
            f" {len(deliveries.sessions):,} sessions: 0 lost, 0 changed,"
            f" {deliveries.repeats:,} events repeated to the letter,"
            f" {deliveries.longest_repeat:,} at most in one request"
        )


def instants(campaign: Campaign) -> Iterator[str]:
    """Killed at any instant, from the first one on, while two threads log and all is sent at once."""
    while campaign.goes_on():
        longest = campaign.chance.choice((0.03, LONGEST))
        campaign.die(campaign.order(threads=2), campaign.chance.uniform(0, longest))
    yield f"at random instants: {campaign.verdict()}"


def statements(campaign: Campaign) -> Iterator[str]:
    """Killed at each statement of the package that a host comes by, the first or some later time."""
    script = {"steps": STEPS, "drain": 5.0, "close": True}
    counted = campaign.die(campaign.order(die_at="", **script)).state["statements"]
    places = sorted(counted)
    campaign.chance.shuffle(places)
    died: set[str] = set()
    for number, place in enumerate(places * 3):
        if not campaign.goes_on():
            break
        times = 1 if number < len(places) else campaign.chance.randint(1, counted[place])
        run = campaign.die(campaign.order(die_at=place, times=times, **script))
        if run.code == -signal.SIGKILL:
            died.add(place)
    yield f"at {len(died)} of {len(places)} statements that a host comes by: {campaign.verdict()}"


def writes(campaign: Campaign) -> Iterator[str]:
    """Killed in the write that would make a file longer than so many bytes, after those bytes."""
    while campaign.goes_on():
        # Mostly beyond what is there, or a host would die before it has done anything.
        longest = max((file.stat().st_size for file in campaign.folder.glob("braze.db*")), default=0)
        base = longest if campaign.chance.random() < 0.7 else campaign.chance.randrange(longest + 1)
        limit = base + campaign.chance.randrange(300_000)
        campaign.die(campaign.order(steps=STEPS, drain=5.0, close=True, file_size=limit))
    yield f"in the middle of a write: {campaign.verdict()}, {campaign.survivors} hosts wrote less"


def run(seed: int, seconds: float, at_least: int = 1) -> Iterator[str]:
    """All three kinds in turn, each until so many were killed and its share of the time is over."""
    began = time.monotonic()
    spent = 0.0
    with running_hosts() as runner, tempfile.TemporaryDirectory(prefix="braze-kills-") as above:
        for kind in (instants, statements, writes):
            spent += SHARES[kind.__name__]
            with receiving(seed) as receiver:
                folder, end = Path(above) / kind.__name__, began + seconds * spent
                yield from kind(Campaign(folder, runner, receiver, seed, end=end, at_least=at_least))
