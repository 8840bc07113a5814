"""``python -m benchmarks``: measure everything and print it."""

from __future__ import annotations

import argparse
import multiprocessing
import platform
from concurrent.futures import ProcessPoolExecutor

import PySide6

from benchmarks import lifecycle_cost, logging_cost, start_and_end, upload, wakeups, weight
from benchmarks.figures import table
from braze_qt import __version__

MEASUREMENTS = (
    logging_cost.measure,
    lifecycle_cost.measure,
    upload.measure,
    start_and_end.measure,
    weight.measure_imports,
    weight.measure_offline,
    wakeups.measure,
)


def main() -> None:
    """Each measurement in a process of its own, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What braze_qt costs its host.")
    parser.add_argument(
        "--quick", action="store_true", help="a few seconds, to see that it works; no figures"
    )
    quick = parser.parse_args().quick
    print(
        f"braze_qt {__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__},"
        f" {platform.system()} {platform.machine()}"
    )
    for measure in MEASUREMENTS:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as process:
            print(table(process.submit(measure, quick=quick).result()), flush=True)


if __name__ == "__main__":
    main()
