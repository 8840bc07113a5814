"""``python -m demo_app``: the window, or a scripted tour of it where there is no display."""

import argparse
import os
import sys
from pathlib import Path

from braze_qt.testing import SandboxError

TOUR_FOLDER = Path("build") / "tour"


def has_display() -> bool:
    """Whether a window can be shown; without this question Qt would abort the process."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def main() -> int:
    """Reads the command line and runs what it asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m demo_app", description="Sessions of a Qt application, live."
    )
    parser.add_argument(
        "--tour",
        metavar="OUTDIR",
        type=Path,
        help="a scripted tour on a private display; without a display it is what runs anyway",
    )
    parser.add_argument("--sandbox", metavar="URL", help="use a sandbox that is running already")
    parser.add_argument(
        "--data-dir", metavar="DIR", type=Path, help="keep everything that is stored in this folder"
    )
    arguments = parser.parse_args()
    try:
        return run_wanted(arguments)
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1


def run_wanted(arguments: argparse.Namespace) -> int:
    """The tour or the window, neither of which needs what the other imports."""
    if arguments.tour or not has_display():
        from demo_app.tour import run_tour

        return run_tour(arguments.tour or TOUR_FOLDER)
    from demo_app.application import run

    return run(arguments.sandbox, arguments.data_dir)


if __name__ == "__main__":
    sys.exit(main())
