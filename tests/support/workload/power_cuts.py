"""Power cuts and bad disks, done to copies of the folder of a running host.

What a power cut leaves must open without a word of damage, what it holds must be whole and in order, and gaps
must be counted. After any other damage the
next host works, and so does the one after it; what cannot be read is moved aside, counted and told of.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.receiver import FaultRates
from tests.support.workload.damage import BAD_DISKS, POWER_CUTS, SEEN, Damage, Files
from tests.support.workload.probe import Prober
from tests.support.workload.process import Run

MOMENTS = 6
"""Copies that are taken of one host."""
TRIALS = 13
"""Damages of each kind to the copies of one host."""
BUSY = FaultRates(busy=60, slow=20)
"""Lets a host have something in its outbox that it has deleted a part of."""


@dataclass
class Tally:
    """What became of the copies: how many there were, what arrived, what was told and what was not."""

    trials: int = 0
    arrived: int = 0
    told: int = 0
    missing: int = 0
    changed: int = 0
    untold: Counter[str] = field(default_factory=Counter)


def moments(prober: Prober, above: Path) -> tuple[Run, list[Files]]:
    """A host under load, and its files at some moments."""
    prober.receiver.rates = BUSY
    run = prober.runner.begin(prober.order(above / "running", threads=2))
    files = []
    for _ in range(MOMENTS):
        time.sleep(prober.chance.uniform(0.02, 0.15))
        run.signal(signal.SIGSTOP)
        files.append(Files.of(above / "running"))
        run.signal(signal.SIGCONT)
    run.end(0)
    prober.arrived()
    shutil.rmtree(above / "running")
    return run, files


@contextmanager
def put(files: Files, folder: Path) -> Iterator[Path]:
    """A folder with these files, which are kept to be looked at if a promise is broken."""
    files.put(folder)
    try:
        yield folder
    except AssertionError as error:
        kept = Path(tempfile.mkdtemp(prefix="braze-damaged-")) / "data"
        files.put(kept)
        raise AssertionError(f"{error}\nwith the files in {kept}") from None
    finally:
        shutil.rmtree(folder)


def check_power_cut(prober: Prober, folder: Path, run: Run, damage: Damage, tally: Tally) -> None:
    """The next host says nothing of damage; what it finds has the right words, and each gap is counted.

    A gap is what log and journal have lost at different moments: records that were merged, and whose place
    in the journal was taken again.
    """
    probe = prober.probe(folder)
    what = f"after {damage.__name__}: {probe.run.describe()}"
    assert not any("damaged" in words for words in probe.warnings), f"taken for damage {what}"
    assert not probe.found.changed, f"{probe.found.changed[0]} {what}"
    assert not list(folder.glob("*damaged*")), f"moved aside {what}"
    missing = 0
    for (_, at), numbers in probe.found.numbers.items():
        logged = [number for _, thread, number, kind, _ in run.took if thread == at and kind != "a"]
        within = [number for number in logged if numbers[0] <= number <= numbers[-1]]
        there = [number for number in numbers if number <= logged[-1]]
        assert there == sorted(set(there)), f"out of order, or twice {what}"
        missing += len(set(within) - set(there))
    assert missing <= probe.run.state["lost"], f"{missing} are missing, and not counted {what}"
    tally.trials += 1
    tally.missing += missing
    tally.arrived += len(probe.found.keys)


def check_damage(prober: Prober, folder: Path, whole: int, damage: Damage, tally: Tally) -> None:
    """The next host works, and so does the one after it; where damage can be seen it is told of."""
    probe, again = prober.probe(folder), prober.probe(folder)
    assert again.run.state["lost"] >= probe.run.state["lost"], f"forgotten: {again.run.describe()}"
    assert not probe.told or probe.run.state["lost"], f"told, but not counted: {probe.run.describe()}"
    assert not again.warnings, f"told twice: {again.run.describe()}"
    arrived = len(probe.found.keys) + len(again.found.keys)
    if arrived < whole and not probe.told:
        assert damage not in SEEN, f"{whole - arrived} lost, and nobody was told: {probe.run.describe()}"
        tally.untold[damage.__name__] += 1
    tally.trials += 1
    tally.told += probe.told
    tally.arrived += arrived
    tally.missing += max(0, whole - arrived)
    tally.changed += len(probe.found.changed)


def cut(prober: Prober, above: Path, end: float) -> Iterator[str]:
    """Damage to the copies of one host after another."""
    cuts, damages = Tally(), Tally()
    while time.monotonic() < end:
        run, files = moments(prober, above)
        for number in range(TRIALS):
            one, other = prober.chance.sample(files, 2)
            damage = POWER_CUTS[number % len(POWER_CUTS)]
            with put(damage(prober.chance, one, other), above / "copy") as folder:
                check_power_cut(prober, folder, run, damage, cuts)
            with put(one, above / "copy") as folder:
                whole = len(prober.probe(folder).found.keys)
            damage = BAD_DISKS[number % len(BAD_DISKS)]
            with put(damage(prober.chance, one, other), above / "copy") as folder:
                check_damage(prober, folder, whole, damage, damages)
            if time.monotonic() > end:
                break
    yield (
        f"{cuts.trials} power cuts: {cuts.arrived:,} events arrived in order, 0 changed;"
        f" {cuts.missing:,} in gaps that were counted"
    )
    untold = ", ".join(f"{count} {name}" for name, count in sorted(damages.untold.items())) or "none"
    yield (
        f"{damages.trials} damages: the next host worked each time; {damages.arrived:,} events arrived,"
        f" {damages.missing:,} did not, {damages.changed} were changed; {damages.told} were told of;"
        f" losses that nobody can see: {untold}"
    )
