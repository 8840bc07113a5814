"""The benchmarks run and print every figure. The values themselves are not tested."""

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
FIGURES = (
    "one each ms: median",
    "two each 5 ms: worst",
    "burst, uploading: p99",
    "burst, held, times the quiet median",
    "burst, waiting, times the offline median",
    "focus, installed: median",
    "install, first time: median",
    "late, idle: worst",
    "late, uploading: worst",
    "end to end",
    "CPU per event: sending",
    "end to end, times the reference's",
    "import",
    "install",
    "more memory",
    "from braze_qt import BrazeQt: time",
    "from braze_qt import BrazeQt: memory",
    "disk: outbox",
    "memory: peak",
    "in the foreground",
    "in the background, session ended",
)


def test_the_benchmarks_print_their_figures_with_units() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    for figure in FIGURES:
        assert re.search(
            rf"^ *{re.escape(figure)} +[0-9.,]+ (ns|µs|ms|s|MiB|events/s|×|per minute)(?!\w)",
            run.stdout,
            re.M,
        ), figure
