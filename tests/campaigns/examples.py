"""Applications that are not ours behave as without the two lines, and their sessions are right.

Each is one of Qt's examples, from PyPI's ``PySide6_Examples``, on an X server with a window manager: it is
started, its dialogs are opened and closed, it is left for another program, used again and closed. First
without the two lines, then with them: exit code, output, windows and pictures are the same. No file of the
examples is changed, see ``tests/support/qt_examples/two_lines/sitecustomize.py``.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from braze_qt.sandbox import Sandbox
from tests.support.display import Desktop, running_desktop
from tests.support.qt_examples.catalogue import EXAMPLES
from tests.support.qt_examples.driver import Example, Moment, PlacedElsewhereError, Run, Use
from tests.support.sessions import Event, assert_sessions_are_whole, names
from tests.support.witness import Witness

AT_A_TIME = 3
"""Examples that are used at the same time, each on a desktop of its own: they wait more than they work."""
PLACINGS = 6
"""Times that both runs are tried, should the window manager put the windows of the second elsewhere."""
LATE = 0.9
"""Seconds until a GUI thread has heard of what was done to its windows. Less than the timeout, by which a
wrong end would be late."""


@dataclass(frozen=True)
class Verdict:
    """What became of one example: the run with the two lines, what arrived, how long both took in seconds."""

    run: Run
    events: list[Event]
    seconds: float


def compare(example: Example, desktop: Desktop) -> Verdict:
    """Use an example without the two lines and with them.

    Raises:
        AssertionError: it did not behave the same, or its sessions are not as it was used.
    """
    begun = time.monotonic()
    without, run, events = _use_twice(example, desktop)
    for what in ("code", "stdout", "stderr"):
        ours, theirs = getattr(run, what), getattr(without, what)
        assert ours == theirs, f"{what}: {ours!r}, without the two lines {theirs!r}"
    faults = session_faults(run, events)
    assert not faults, faults
    return Verdict(run, events, time.monotonic() - begun)


def _use_twice(example: Example, desktop: Desktop) -> tuple[Run, Run, list[Event]]:
    for _ in range(PLACINGS):
        without, _ = _use(example, desktop, None)
        with suppress(PlacedElsewhereError):
            return without, *_use(example, desktop, without)
    raise AssertionError("the window manager never puts the windows where it put them before")


def _use(example: Example, desktop: Desktop, model: Run | None) -> tuple[Run, list[Event]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        witness = Witness(stack.enter_context(Sandbox())) if model else None
        use = stack.enter_context(Use(example, desktop, Path(folder), witness, model))
        example.drive(use)
        return use.run, witness.events() if witness else []


def session_faults(run: Run, events: list[Event]) -> list[str]:
    """What is wrong with what has arrived. Right is one session from each coming to the leaving after it."""
    wanted = ["ss", "se"] * len(run.came)
    if names(events) != wanted:
        return [f"{names(events)} arrived, not {wanted}"]
    assert_sessions_are_whole(events)
    faults = []
    for start, end, came, left in zip(events[::2], events[1::2], run.came, run.left, strict=True):
        length = end["time"] - start["time"]
        faults += [f"begun {_off(start, came)}"] if _off(start, came) else []
        faults += [f"ended {_off(end, left)}"] if _off(end, left) else []
        faults += [f"{end['data']['d']} s long, not {length}"] if abs(end["data"]["d"] - length) > 0.1 else []
    return faults


def _off(event: Event, moment: Moment) -> str:
    early, late = moment.after - event["time"], event["time"] - moment.before
    if early > 0:
        return f"{early:.2f} s early"
    return f"{late:.2f} s late" if late > LATE else ""


class Desktops:
    """As many desktops as are used at a time; each is for one example at once."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._free: SimpleQueue[Desktop] = SimpleQueue()

    def __enter__(self) -> Desktops:
        for _ in range(AT_A_TIME):
            home = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            self._free.put(self._stack.enter_context(running_desktop(home)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def compare(self, example: Example) -> Verdict:
        """See ``compare``, on a desktop that is free."""
        desktop = self._free.get()
        try:
            return compare(example, desktop)
        except AssertionError as error:
            raise AssertionError(f"{example.path}: {error}") from error
        finally:
            self._free.put(desktop)


def run(seed: int, seconds: float) -> Iterator[str]:
    """The examples in an order that the seed decides, again and again, until the time is over."""
    end = time.monotonic() + seconds
    chance = random.Random(seed)
    done = Counter[str]()
    with Desktops() as desktops, ThreadPoolExecutor(AT_A_TIME) as pool:

        def in_time(example: Example) -> Verdict | None:
            return desktops.compare(example) if time.monotonic() < end else None

        while time.monotonic() < end:
            some = chance.sample(EXAMPLES, len(EXAMPLES))
            for example, verdict in zip(some, pool.map(in_time, some), strict=True):
                if verdict:
                    done[example.path] += 1
                    seen = f"{len(verdict.run.came)} sessions, {len(verdict.run.views)} views"
                    yield f"{example.path:56} {example.covers:34} {seen}, {verdict.seconds:4.1f} s"
    yield f"{len(done)} of {len(EXAMPLES)} examples, {done.total()} times: all as without the two lines"
