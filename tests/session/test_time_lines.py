"""The pictures of docs/session-rules.md agree with the session machine."""

import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "time-lines"
TOOL = runpy.run_path(str(ROOT / "tools" / "time_lines.py"))
STORIES = TOOL["STORIES"]


def told(name: str) -> list[tuple[str, float, int]]:
    """Code, stamp and moment of telling, in seconds since the start."""
    _, facts = TOOL["play"](STORIES[name])
    return [(each.fact.code, each.fact.time - TOOL["WALL"], each.second) for each in facts]


@pytest.mark.parametrize("name", STORIES)
def test_a_picture_is_up_to_date(name: str) -> None:
    picture = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert picture == TOOL["drawn"](STORIES[name]), "stale: run python tools/time_lines.py"
    assert ElementTree.fromstring(picture).tag.endswith("svg")


def test_the_page_shows_every_picture() -> None:
    page = (ROOT / "docs" / "session-rules.md").read_text("utf-8")
    assert set(re.findall(r"\(time-lines/(.+)\.svg\)", page)) == set(STORIES)
    assert {path.stem for path in FOLDER.iterdir()} == set(STORIES)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("short-absence", [("ss", 0, 0), ("se", 40, 40)]),
        ("long-absence", [("ss", 0, 0), ("se", 20, 30), ("ss", 45, 45), ("se", 60, 60)]),
        ("sleep", [("ss", 0, 0), ("se", 20, 34), ("ss", 48, 48), ("se", 60, 60)]),
        ("crash", [("ss", 0, 0), ("se", 20, 45), ("ss", 45, 45), ("se", 60, 60)]),
        ("restart", [("ss", 0, 0), ("se", 45, 45)]),
        ("change-of-user", [("ss", 0, 0), ("se", 20, 20), ("ss", 20, 20), ("se", 40, 40)]),
    ],
)
def test_a_story_shows_its_rule(name: str, facts: list[tuple[str, float, int]]) -> None:
    assert told(name) == facts
