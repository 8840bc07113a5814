"""``python -m tests.campaigns [NAME] [--seed N] [--minutes M]``: one campaign, or all in turn."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import random
import subprocess
import sys
import time
import traceback

from tests import campaigns

OVERTIME = 120.0
"""Seconds beyond twice its time after which a campaign is taken to hang."""


def names() -> list[str]:
    """Of the campaigns: the modules beside their tests."""
    modules = [module.name for module in pkgutil.iter_modules(campaigns.__path__) if not module.ispkg]
    return [name for name in modules if name != "__main__" and not name.startswith("test_")]


def run_one(name: str, seed: int, seconds: float) -> bool:
    """Run a campaign here and print what it says; answers whether it kept its promises."""
    started = time.monotonic()
    print(f"\n{name}: seed {seed}, {seconds:.0f} s", flush=True)
    try:
        for line in importlib.import_module(f"tests.campaigns.{name}").run(seed, seconds):
            print(f"  {line}", flush=True)
    except (Exception, SystemExit):  # noqa: BLE001  # the other campaigns go on
        traceback.print_exc()
        again = f"python -m tests.campaigns {name} --seed {seed} --minutes {seconds / 60:g}"
        print(f"{name}: FAILED after {time.monotonic() - started:.0f} s; again: {again}", flush=True)
        return False
    print(f"{name}: passed in {time.monotonic() - started:.0f} s", flush=True)
    return True


def run_all(names: list[str], seed: int, seconds: float) -> bool:
    """Run each in a process of its own, in the time that is left; answers whether all kept their promises."""
    end = time.monotonic() + seconds
    failed = []
    for number, name in enumerate(names):
        share = max(10.0, (end - time.monotonic()) / (len(names) - number))
        given = ["--seed", str(seed), "--minutes", str(share / 60)]
        command = [sys.executable, "-m", "tests.campaigns", name, *given]
        try:
            code = subprocess.run(command, check=False, timeout=2 * share + OVERTIME).returncode
        except subprocess.TimeoutExpired:
            code = "no end"
        if code:
            print(f"{name}: FAILED ({code})", flush=True)
            failed.append(name)
    print(f"\nseed {seed}: {', '.join(failed) + ' FAILED' if failed else 'all passed'}", flush=True)
    return not failed


def main() -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("campaign", nargs="?", choices=names(), help="only this one")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of all chance")
    parser.add_argument("--minutes", type=float, default=15.0, help="altogether (default: %(default)g)")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    seconds = given.minutes * 60
    if given.campaign:
        return not run_one(given.campaign, given.seed, seconds)
    return not run_all(names(), given.seed, seconds)


if __name__ == "__main__":
    sys.exit(main())
