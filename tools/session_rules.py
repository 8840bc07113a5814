"""Print the session machine into docs/session-rules.md: a diagram, and every input in every state.

Both are made from ``braze_qt._session.machine.TABLE`` and stand between two comments of the page::

    python tools/session_rules.py            # write them
    python tools/session_rules.py --check    # exit code 1 if the page says something else
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from braze_qt._session.machine import TABLE, Exit

PAGE = Path(__file__).parent.parent / "docs" / "session-rules.md"
BEGIN = "<!-- Printed by tools/session_rules.py from braze_qt._session.machine.TABLE. Do not edit here. -->"
END = "<!-- End of what is printed. -->"

# The states and inputs in the order in which the table names them.
STATES = tuple(dict.fromkeys(state for state, _ in TABLE))
INPUTS = tuple(dict.fromkeys(given for _, given in TABLE))


def diagram() -> Iterator[str]:
    """The lines of a Mermaid state diagram. What leads nowhere and causes no fact is left out."""
    yield "stateDiagram-v2"
    yield "    direction LR"
    yield f"    [*] --> {STATES[0].name}"
    # One arrow for each pair of states, with a line for each way: Mermaid draws several arrows from
    # a state to itself on top of each other.
    for start in STATES:
        for end in STATES:
            labels = [
                _label(given.value, way)
                for given in INPUTS
                for way in TABLE[start, given].exits
                if way.state is end and (way.facts or start is not end)
            ]
            if labels:
                yield f"    {start.name} --> {end.name}: {'<br/>'.join(labels)}"


def table() -> Iterator[str]:
    """The lines of a Markdown table with a row for each input and a column for each state."""
    yield f"| input | {' | '.join(state.name for state in STATES)} |"
    yield "|---" * (len(STATES) + 1) + "|"
    for given in INPUTS:
        cells = ("<br>".join(_cell(state.name, way) for way in TABLE[state, given].exits) for state in STATES)
        yield f"| {given.value} | {' | '.join(cells)} |"


def renewed(page: str) -> str:
    """The page with the printed part made anew.

    Raises:
        ValueError: the page has no such part.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the two comments that enclose the printed part are missing")
    lines = (BEGIN, "", "```mermaid", *diagram(), "```", "", *table(), "", END)
    return before + "\n".join(lines) + after


def main() -> int:
    """Write or check the page; the exit code."""
    parser = argparse.ArgumentParser(description="Print the session machine into its page.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if stale")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="default: docs/session-rules.md")
    options = parser.parse_args()
    old = options.page.read_text("utf-8")
    new = renewed(old)
    if old == new:
        return 0
    if options.check:
        print(f"{options.page} is stale: run python tools/session_rules.py", file=sys.stderr)
        return 1
    options.page.write_text(new, "utf-8")
    return 0


def _label(given: str, way: Exit) -> str:
    """What is written on an arrow. Without the condition: Mermaid wraps long lines onto others."""
    text = given + (f" / {way.facts}" if way.facts else "")
    if set(text) & set(":;#<>"):
        raise ValueError(f"Mermaid would misread {text!r}")
    return text


def _cell(state: str, way: Exit) -> str:
    facts = " ".join(f"`{fact}`" for fact in way.facts.split())
    moved = way.state.name != state
    told = f"{facts} → {way.state.name}".strip() if moved or facts else "–"
    return f"{way.when}: {told}" if way.when else told


if __name__ == "__main__":
    sys.exit(main())
