"""Figures with their units and their basis, and the table of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Spread:
    """What many measurements of one thing come to. Seconds."""

    median: float
    p99: float
    p99_9: float
    worst: float

    @classmethod
    def of(cls, nanoseconds: Sequence[int]) -> Spread:
        """From single measurements."""
        ordered = sorted(nanoseconds)
        p99, p99_9 = (ordered[min(len(ordered) - 1, len(ordered) * part // 1000)] for part in (990, 999))
        return cls(statistics.median(ordered) / 1e9, p99 / 1e9, p99_9 / 1e9, ordered[-1] / 1e9)


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        what: what was measured.
        value: the result.
        unit: its unit. Seconds (``s``) are shown as whatever reads best.
        insert: seconds that a bare SQLite insert took; None where a comparison makes no sense.
        put: seconds that a bare ``SimpleQueue.put`` took.
    """

    what: str
    value: float
    unit: str = "s"
    insert: float | None = None
    put: float | None = None


class Basis(NamedTuple):
    """What a bare insert and a bare put came to."""

    insert: Spread
    put: Spread


class Section:
    """Figures that belong together; ``note`` says how they were got."""

    def __init__(self, title: str, note: str) -> None:
        self.title = title
        self.note = note
        self.figures: list[Figure] = []

    def add(self, what: str, value: float, unit: str) -> None:
        """Add what is no time."""
        self.figures.append(Figure(what, value, unit))

    def add_time(self, what: str, seconds: float, basis: Basis) -> None:
        """Add one time, against the medians of the basis."""
        self.figures.append(Figure(what, seconds, "s", basis.insert.median, basis.put.median))

    def add_spread(self, what: str, spread: Spread, basis: Basis) -> None:
        """Add median, p99, p99.9 and worst, each against the same of the basis."""
        for name in ("median", "p99", "p99_9", "worst"):
            value, insert, put = (getattr(each, name) for each in (spread, *basis))
            self.figures.append(Figure(f"{what}: {name.replace('_', '.')}", value, "s", insert, put))


HEAD = f"{'':54}{'':>12}{'bare insert':>13}{'ratio':>10}{'queue put':>11}{'ratio':>13}"


def table(section: Section) -> str:
    """The section as text."""
    lines = [f"\n{section.title}", *(f"  {line}" for line in section.note.splitlines())]
    if any(figure.insert is not None for figure in section.figures):
        lines.append(HEAD)
    return "\n".join(lines + [_line(figure) for figure in section.figures])


def _line(figure: Figure) -> str:
    line = f"  {figure.what:52}{shown(figure.value, figure.unit):>12}"
    if figure.insert is not None:
        line += f"{shown(figure.insert, 's'):>13}{_ratio(figure.value, figure.insert):>10}"
    if figure.put is not None:
        line += f"{shown(figure.put, 's'):>11}{_ratio(figure.value, figure.put):>13}"
    return line


def shown(value: float, unit: str) -> str:
    """A value with its unit, to three digits or so."""
    if unit != "s":
        return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * factor >= 1:
            return (
                f"{value * factor:.3g} {name}"
                if abs(value) * factor < 100
                else f"{value * factor:.0f} {name}"
            )
    return f"{value * 1e9:.0f} ns"


def _ratio(value: float, basis: float) -> str:
    ratio = value / basis if basis else 0.0
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×"
