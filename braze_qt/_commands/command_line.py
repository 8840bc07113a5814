"""``python -m braze_qt``: its arguments, its output and its exit codes."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NoReturn

from braze_qt._commands.computer import look_at_computer
from braze_qt._commands.finding import ExitCode, Finding
from braze_qt._commands.server import look_at_server
from braze_qt._commands.where import describe_folders
from braze_qt._platform.clock import SystemClock
from braze_qt._upload.transport import Transport
from braze_qt.config import BrazeConfig
from braze_qt.errors import ConfigError

NO_KEY = "no-key"
"""Is sent where no key was given."""


class _Parser(argparse.ArgumentParser):
    """Repeats no argument: a key may be among them, in a wrong place."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        missing = message.startswith("the following arguments are required")
        self.exit(ExitCode.USAGE, f"{message if missing else 'wrong arguments; see --help'}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers the exit code.

    Args:
        arguments: those of the process by default.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a path may hold what a terminal cannot show
    options = _parser().parse_args(arguments)
    try:
        return _where() if options.command == "where" else _verify(options.endpoint, options.key)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _verify(endpoint: str, key: str | None) -> int:
    try:
        config = BrazeConfig(NO_KEY if key is None else key, endpoint)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE
    transport = Transport(config.url, SystemClock().now)
    return _report(chain(look_at_computer(), look_at_server(config, transport, has_key=key is not None)))


def _report(findings: Iterable[Finding]) -> int:
    code = ExitCode.PASSED
    for finding in findings:
        print(finding, flush=True)
        code = code or finding.code
    return code


def _where() -> int:
    try:
        for line in describe_folders():
            print(line)
    except OSError as error:
        print(f"the data folders cannot be listed: {error}", file=sys.stderr)
        return ExitCode.COMPUTER
    return ExitCode.PASSED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m braze_qt", description="Finds why no session arrives, and where data lie."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="verify | where")
    verify = commands.add_parser(
        "verify",
        help="try versions, the data folder, the network and the server",
        description="Tries everything that sending needs, by one request without an event.",
        allow_abbrev=False,
    )
    verify.add_argument("--endpoint", required=True, help="the SDK endpoint, as BrazeConfig takes it")
    verify.add_argument("--key", help="the SDK API key, to be tried, too; it is not shown")
    commands.add_parser("where", help="list the data folders of this user")
    return parser
