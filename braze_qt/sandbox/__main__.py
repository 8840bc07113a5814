"""``python -m braze_qt.sandbox``"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any


def main() -> int:
    """The exit code; 0 after Ctrl-C and SIGTERM, which are how it ends; 2 without its packages."""
    options = _options()
    try:
        from braze_qt.sandbox import Sandbox
    except ModuleNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 2
    stopped = threading.Event()

    def stop(*_: Any) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        sandbox = Sandbox(options.port, options.host, options.data)
    except OSError as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1
    if options.until_stdin_ends:
        threading.Thread(target=_outlast_stdin, args=(stopped,), daemon=True).start()
    with sandbox:
        print(f"App Usage: {sandbox.url}/")
        print(f"SDK endpoint: {sandbox.url}", flush=True)
        while not stopped.wait(1.0):  # on Windows a wait without an end cannot be interrupted
            pass
    return 0


def _outlast_stdin(stopped: threading.Event) -> None:
    # Not by sys.stdin, whose lock a daemon thread may not hold when the interpreter ends.
    while os.read(0, 4096):
        pass
    stopped.set()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m braze_qt.sandbox",
        description="A local stand-in for the Braze SDK endpoint, with an App Usage page.",
    )
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep what arrives here (default: forget it)"
    )
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="end with the program that has the other end of it"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
