"""Draw the course of a fleet after an outage, docs/fleet.svg, by the simulation of the campaign.

python tools/fleet_picture.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.campaigns.fleet import BIN, Course, Outage, simulate  # noqa: E402 (the tests are no package)

WIDTH, HEIGHT = 860, 400
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 60, 50
MILLION = 1_000_000


class _Axes:
    """Minutes to the right, requests a second upwards."""

    def __init__(self, first: float, last: float, top: float) -> None:
        self._first, self._last, self._top = first, last, top

    def x(self, minute: float) -> float:
        return LEFT + (minute - self._first) / (self._last - self._first) * (WIDTH - LEFT - RIGHT)

    def y(self, rate: float) -> float:
        return HEIGHT - BOTTOM - rate / self._top * (HEIGHT - TOP - BOTTOM)

    def grid(self, step_minutes: int, step_rate: int) -> list[str]:
        lines = []
        for rate in range(0, int(self._top) + 1, step_rate):
            y = self.y(rate)
            lines.append(_line(LEFT, y, WIDTH - RIGHT, y, "#ddd"))
            lines.append(_text(LEFT - 8, y + 4, f"{rate:,}", anchor="end"))
        for minute in range(int(self._first), int(self._last) + 1, step_minutes):
            lines.append(_text(self.x(minute), HEIGHT - BOTTOM + 18, str(minute), anchor="middle"))
        return lines

    def level(self, rate: float, words: str) -> list[str]:
        y = self.y(rate)
        line = _line(LEFT, y, WIDTH - RIGHT, y, "#333", "stroke-dasharray='6 4'")
        return [line, _text(WIDTH - RIGHT - 4, y - 5, words, anchor="end")]

    def curve(self, course: Course, colour: str) -> str:
        """A step for each bin."""
        scale = MILLION / course.outage.clients / BIN
        points = []
        for number in range(int(self._first * 60 / BIN), int(self._last * 60 / BIN)):
            y = self.y(course.asked[number] * scale)
            points += [f"{self.x(at * BIN / 60):.1f},{y:.1f}" for at in (number, number + 1)]
        return f"<polyline fill='none' stroke='{colour}' stroke-width='1.5' points='{' '.join(points)}'/>"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' {more}/>"


def _text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = "#333") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{colour}'>{words}</text>"


def picture(with_jitter: Course, without: Course) -> str:
    """Both courses around the recovery, scaled to a million clients."""
    outage = with_jitter.outage
    capacity = MILLION / outage.ideal
    back = outage.down / 60
    axes = _Axes(back - 5, back + 30, 20_000)
    up = axes.x(back)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}'"
        " font-family='sans-serif' font-size='12'>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        *axes.grid(5, 5_000),
        *axes.level(capacity, "capacity"),
        *axes.level(2 * capacity, "twice the capacity"),
        axes.curve(without, "#c0392b"),
        axes.curve(with_jitter, "#1f5fa8"),
        _line(up, TOP, up, HEIGHT - BOTTOM, "#2e7d32", "stroke-width='2'"),
        _text(up + 5, TOP + 12, "server back", colour="#2e7d32"),
        _text(LEFT, 20, "requests a second of a million clients, after a server was down for an hour"),
        _text(LEFT, 40, f"with jitter: {_said(with_jitter)}", colour="#1f5fa8"),
        _text(LEFT + 370, 40, f"without: {_said(without)}", colour="#c0392b"),
        _text(WIDTH / 2, HEIGHT - 10, "minutes since the server went down", anchor="middle"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _said(course: Course) -> str:
    minutes = (course.drained - course.outage.down) / 60
    return f"peak {course.peak:.1f} × capacity, all delivered after {minutes:.1f} min"


if __name__ == "__main__":
    drawn = picture(simulate(Outage()), simulate(Outage(jitter=False)))
    (ROOT / "docs" / "fleet.svg").write_text(drawn, "utf-8")
