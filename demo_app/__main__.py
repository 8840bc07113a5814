"""``python -m demo_app``: the window; ``python -m demo_app --tour OUTDIR``: the same without a display."""

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Reads the command line and runs what it asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m demo_app", description="Sessions of a Qt application, live."
    )
    parser.add_argument(
        "--tour", metavar="OUTDIR", type=Path, help="run a scripted tour on a private display"
    )
    parser.add_argument("--sandbox", metavar="URL", help="use a sandbox that is running already")
    parser.add_argument(
        "--data-dir", metavar="DIR", type=Path, help="keep everything that is stored in this folder"
    )
    arguments = parser.parse_args()
    if arguments.tour:
        from demo_app.tour import run_tour  # neither needs what the other imports

        return run_tour(arguments.tour)
    from demo_app.application import run

    return run(arguments.sandbox, arguments.data_dir)


if __name__ == "__main__":
    sys.exit(main())
