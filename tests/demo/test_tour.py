"""The scripted tour: a real window manager, real focus, a real sandbox, and the figures of App Usage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from braze_qt.sandbox import Sandbox
from demo_app.app_usage import AppUsage
from demo_app.desktop import missing_programs


def tour_environment(programs: Path) -> dict[str, str]:
    """With a window system, and a browser that draws nothing: a picture of each page takes it two seconds."""
    browser = programs / "chromium"
    browser.write_text("#!/bin/sh\nexit 1\n")
    browser.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    return environment | {"PATH": os.pathsep.join((str(programs), environment["PATH"]))}


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    out = tmp_path_factory.mktemp("tour")
    command = [sys.executable, "-m", "demo_app", "--tour", str(out)]
    environment = tour_environment(tmp_path_factory.mktemp("programs"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out, json.loads((out / "tour.json").read_text())


def figures(tour, step: str) -> dict[str, tuple[int, int, int]]:
    """Sessions, ended ones and custom events of each user after the step."""
    users = next(taken["users"] for taken in tour[1]["steps"] if taken["name"] == step)
    return {user: (said["sessions"], said["ended"], said["custom_events"]) for user, said in users.items()}


pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(bool(missing_programs()), reason="needs " + ", ".join(missing_programs())),
]

ADA = "ada@example.com"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("foreground", {"anonymous": (1, 0, 1)}),
        ("away shorter", {"anonymous": (1, 0, 2)}),
        ("away longer", {"anonymous": (1, 1, 2)}),
        ("back", {"anonymous": (2, 1, 2)}),
        ("change of user", {"anonymous": (2, 2, 2), ADA: (1, 0, 1)}),
        ("crash and restart", {"anonymous": (2, 2, 2), ADA: (2, 1, 1)}),
        ("quit", {"anonymous": (2, 2, 2), ADA: (2, 2, 1)}),
    ],
)
def test_app_usage_shows_the_figures_of_each_step(tour, step, expected):
    assert figures(tour, step) == expected


def test_the_first_session_ends_with_the_leave(tour):
    """It went on through the short absence and ended with the leave, not when the timeout ran out."""
    after = {taken["name"]: taken for taken in tour[1]["steps"]}
    length = after["away longer"]["users"]["anonymous"]["last_length"]
    present = after["away longer"]["seconds"] - tour[1]["timeout"]
    assert 1.0 < length < present


def test_every_step_leaves_a_screenshot(tour):
    out, report = tour
    for number, step in enumerate(report["steps"], 1):
        name = step["name"].replace(" ", "-")
        if step["name"] != "quit":
            assert (out / f"{number}-{name}-window.png").stat().st_size > 10_000


def test_chromium_draws_a_page_of_the_sandbox(tmp_path):
    with Sandbox() as sandbox:
        assert AppUsage(sandbox.url).picture("/", tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000
