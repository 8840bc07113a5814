"""Draw the session rules as time lines, docs/time-lines/*.svg, by feeding stories to the session machine.

    python tools/time_lines.py

tests/session/test_time_lines.py fails when a picture and the machine disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from braze_qt._platform.clock import Instant
from braze_qt._session.machine import abandoned, step
from braze_qt._session.state import Input, Session, Tracking
from braze_qt.events import SessionEnded, SessionStarted

FOLDER = Path(__file__).parent.parent / "docs" / "time-lines"
TIMEOUT = 10
HEARTBEAT = 5
WALL, BOOT = 1_800_000_000.0, 5_000.0

FRONT, BACK, ASLEEP, ALONE, DEAD = "in front", "in the background", "asleep", "awake, no user", "not running"


class Story(NamedTuple):
    """Seconds and events: the state of the application from then on, or ``user``, or ``quit``."""

    title: str
    moments: tuple[tuple[int, str], ...]


STORIES = {
    "short-absence": Story(
        "Back before the timeout: the session goes on",
        ((0, FRONT), (20, BACK), (26, FRONT), (40, "quit")),
    ),
    "long-absence": Story(
        "Away for longer: the end is told when the timeout runs out, and stamped with the leave",
        ((0, FRONT), (20, BACK), (45, FRONT), (60, "quit")),
    ),
    "sleep": Story(
        "The machine sleeps, and wakes by itself: the user's first key or click starts a session",
        ((0, FRONT), (20, ASLEEP), (34, ALONE), (48, FRONT), (60, "quit")),
    ),
    "crash": Story(
        "Killed: the next start tells the end, at the last sign of life",
        ((0, FRONT), (23, DEAD), (45, FRONT), (60, "quit")),
    ),
    "restart": Story(
        "Killed, and started again within the timeout: the session goes on",
        ((0, FRONT), (23, DEAD), (28, FRONT), (45, "quit")),
    ),
    "change-of-user": Story(
        "Another user: a session of their own",
        ((0, FRONT), (20, "user"), (40, "quit")),
    ),
}


class Told(NamedTuple):
    """A fact, and the second at which it was told."""

    fact: SessionStarted | SessionEnded
    second: int


class Bar(NamedTuple):
    """A state of the application, from one second to another."""

    state: str
    start: int
    end: int


def play(story: Story) -> tuple[list[Bar], list[Told]]:
    """The states of the application, and the facts that the machine makes of them."""
    ids = iter("ABC")
    tracking = Tracking(TIMEOUT, new_id=lambda: next(ids))
    stored: Session | None = None
    bars: list[Bar] = []
    told: list[Told] = []
    state, slept = "", 0
    planned = dict(story.moments)
    for second in range(story.moments[-1][0] + 1):
        happens = planned.get(second, "")
        slept += state == ASLEEP
        now = Instant(WALL + second, BOOT + second, BOOT + second - slept)
        if state != DEAD and (state != ASLEEP or happens):
            # Every second the clocks are looked at; every fifth one is a sign of life on the disk.
            tracking, facts = step(tracking, Input.PASS_TIME, now)
            told += [Told(fact, second) for fact in facts]
            if second % HEARTBEAT == 0 or happens:
                stored = tracking.session if happens != DEAD else stored
        if state == DEAD and happens:
            found = stored and abandoned(stored)
            begun = Tracking(TIMEOUT, session=found, new_id=lambda: next(ids))
            tracking, facts = step(begun, Input.PASS_TIME, now)
            told += [Told(fact, second) for fact in facts]
        if happens in (FRONT, BACK, "user", "quit"):
            given = {
                FRONT: Input.ENTER_FOREGROUND,
                BACK: Input.LEAVE_FOREGROUND,
                "user": Input.CHANGE_USER,
                "quit": Input.QUIT,
            }[happens]
            tracking, facts = step(tracking, given, now, user_id="ada" if happens == "user" else None)
            told += [Told(fact, second) for fact in facts]
            stored = tracking.session
        if happens:
            if bars:
                bars[-1] = bars[-1]._replace(end=second)
            state = state if happens == "user" else happens
            bars.append(Bar(state, second, second))
    return bars[:-1], told


LEFT, SCALE, WIDTH = 96, 9.6, 700
ROWS = {"application": 48, "session": 88, "told": 128}
STYLE = """
  .card { fill: #ffffff; stroke: #d0d5dd }
  text { font: 12px system-ui, sans-serif; fill: #1f2733 }
  .title { font-weight: 600; font-size: 13px }
  .dim { fill: #5b6472 }
  .axis { stroke: #d0d5dd }
  .front { fill: #cfe3ff; stroke: #3572c6 }
  .back { fill: #eef0f3; stroke: #98a2b3 }
  .session { fill: #d3f0dd; stroke: #2f8f5b }
  .told { fill: #2f8f5b }
  .link { stroke: #2f8f5b; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #1b1f26; stroke: #3a4250 }
    text { fill: #e6e9ee }
    .dim { fill: #aab2bf }
    .axis { stroke: #3a4250 }
    .front { fill: #24406b; stroke: #7fb0f5 }
    .back { fill: #2a303a; stroke: #77808f }
    .session { fill: #1f4a33; stroke: #63c58f }
    .told { fill: #63c58f }
    .link { stroke: #63c58f }
  }
"""


def x(second: float) -> float:
    return round(LEFT + second * SCALE, 1)


def drawn(story: Story) -> str:
    """The picture, as SVG."""
    bars, told = play(story)
    return "\n".join([*_head(story, told), *_application(bars), *_sessions(told), "</svg>", ""])


def _head(story: Story, told: list[Told]) -> Iterator[str]:
    words = "; ".join(f"{each.fact.code} of {_time(each)} s, told at {each.second} s" for each in told)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 172" role="img">'
    yield f"<title>{story.title}</title><desc>{words}</desc>"
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="171" rx="8"/>'
    yield f'<text class="title" x="16" y="24">{story.title}</text>'
    for name, top in ROWS.items():
        yield f'<text class="dim" x="16" y="{top + 16}">{name}</text>'
    for second in range(0, 61, 10):
        yield f'<line class="axis" x1="{x(second)}" x2="{x(second)}" y1="40" y2="152"/>'
        yield f'<text class="dim" x="{x(second)}" y="166" text-anchor="middle">{second} s</text>'


def _application(bars: list[Bar]) -> Iterator[str]:
    for bar in bars:
        if bar.end == bar.start or bar.state == DEAD:
            continue
        name = "front" if bar.state == FRONT else "back"
        yield _box(name, bar.start, bar.end, ROWS["application"])
        if bar.end - bar.start > 6:
            yield _label(bar.state, bar.start, bar.end, ROWS["application"])
    for bar in bars:
        if bar.state == DEAD:
            yield _label(
                "killed" if bar.end - bar.start < 8 else DEAD, bar.start, bar.end, ROWS["application"]
            )


def _sessions(told: list[Told]) -> Iterator[str]:
    starts = {each.fact.session_id: each for each in told if isinstance(each.fact, SessionStarted)}
    for each in told:
        if isinstance(each.fact, SessionEnded):
            begin, end = _time(starts[each.fact.session_id]), _time(each)
            yield _box("session", begin, end, ROWS["session"])
            yield _label(f"d = {each.fact.duration:g} s", begin, end, ROWS["session"])
    seconds: dict[int, list[Told]] = {}
    for each in told:
        seconds.setdefault(each.second, []).append(each)
        top, bottom = ROWS["session"] + 24, ROWS["told"] + 4
        yield f'<line class="link" x1="{x(_time(each))}" x2="{x(each.second)}" y1="{top}" y2="{bottom}"/>'
    for second, facts in seconds.items():
        yield f'<circle class="told" cx="{x(second)}" cy="{ROWS["told"] + 4}" r="3.5"/>'
        codes = " ".join(each.fact.code for each in facts)
        yield f'<text x="{x(second) + 7}" y="{ROWS["told"] + 16}">{codes}</text>'


def _time(told: Told) -> float:
    return told.fact.time - WALL


def _box(name: str, start: float, end: float, top: int) -> str:
    return (
        f'<rect class="{name}" x="{x(start)}" y="{top}" width="{x(end) - x(start):.1f}" height="24" rx="4"/>'
    )


def _label(text: str, start: float, end: float, top: int) -> str:
    return f'<text x="{(x(start) + x(end)) / 2:.1f}" y="{top + 16}" text-anchor="middle">{text}</text>'


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, story in STORIES.items():
        (FOLDER / f"{name}.svg").write_text(drawn(story), "utf-8")
