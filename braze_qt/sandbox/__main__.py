"""``python -m braze_qt.sandbox``"""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from braze_qt.sandbox import Sandbox


def main() -> int:
    """The exit code; 0 after Ctrl-C and SIGTERM, which are how it ends."""
    options = _options()
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
    with sandbox:
        print(f"App Usage: {sandbox.url}/")
        print(f"SDK endpoint: {sandbox.url}", flush=True)
        while not stopped.wait(1.0):  # on Windows a wait without an end cannot be interrupted
            pass
    return 0


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
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
