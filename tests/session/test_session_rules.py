"""docs/session-rules.md matches the session machine. test_machine.py tests the machine itself."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from braze_qt._session.machine import TABLE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "session-rules.md"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The tool, called as CONTRIBUTING would have it."""
    command = [sys.executable, str(ROOT / "tools" / "session_rules.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def section(pattern: str) -> str:
    found = re.search(pattern, PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_is_up_to_date() -> None:
    result = run("--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_stale_page_is_reported_or_rewritten(tmp_path: Path) -> None:
    copy = tmp_path / "page.md"
    stale = PAGE.read_text("utf-8").replace("| quit | – |", "| stop | – |")
    assert stale != PAGE.read_text("utf-8")
    copy.write_text(stale, "utf-8")
    result = run("--check", copy)
    assert (result.returncode, copy.read_text("utf-8")) == (1, stale)
    assert "stale" in result.stderr
    assert run(copy).returncode == 0
    assert copy.read_text("utf-8") == PAGE.read_text("utf-8")


@pytest.mark.parametrize("comment", ["<!-- Printed by", "<!-- End of"])
def test_a_page_without_its_markers_is_left_unchanged(tmp_path: Path, comment: str) -> None:
    copy = tmp_path / "page.md"
    text = PAGE.read_text("utf-8").replace(comment, "<!-- else")
    copy.write_text(text, "utf-8")
    assert run(copy).returncode != 0
    assert copy.read_text("utf-8") == text


def test_the_diagram_shows_every_transition_once() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", section(r"```mermaid\n(.*?)```"), re.MULTILINE)
    drawn = Counter(
        (start, end, *label.partition(" / ")[::2])
        for start, end, labels in arrows
        for label in labels.split("<br/>")
    )
    expected = Counter(
        (state.name, way.state.name, given.value, way.facts)
        for (state, given), rule in TABLE.items()
        for way in rule.exits
        if way.facts or way.state is not state
    )
    assert drawn == expected
    assert len({arrow[:2] for arrow in arrows}) == len(arrows)


def test_the_table_lists_every_exit_of_every_cell() -> None:
    text = section(r"(\| input \| NONE .*?)\n\n")
    header, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    told = {
        (state, row[0]): [cell.replace("`", "") for cell in cells.split("<br>")]
        for row in rows
        for state, cells in zip(header[1:], row[1:], strict=True)
    }
    assert set(told) == {(state.name, given.value) for state, given in TABLE}
    for (state, given), rule in TABLE.items():
        for way, words in zip(rule.exits, told[state.name, given.value], strict=True):
            changes = way.facts or way.state is not state
            assert way.when in words
            assert words.endswith(f"{way.facts} → {way.state.name}".strip() if changes else "–")
