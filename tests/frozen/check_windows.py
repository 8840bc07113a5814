"""Freezes the small host application with the Windows Python and runs it: windowed, so without streams.

A script and no test, to be run by that Python on a desktop. It ends with 0 if all is well.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.support.loopback import serving  # noqa: E402 (the tests are no package)


def frozen(folder: Path) -> Path:
    """Freeze the host in ``folder``; the program."""
    options = ["--noconfirm", "--onedir", "--windowed", "--name", "host", "--log-level", "WARN"]
    places = ["--distpath", folder / "dist", "--workpath", folder / "work", "--specpath", folder]
    command = [sys.executable, "-m", "PyInstaller", *options, *map(str, places), str(HERE / "host.py")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return folder / "dist" / "host" / "host.exe"


def check(program: Path, folder: Path) -> None:
    """A session arrives from its start to its end."""
    # Nothing of this Python may help: the program must bring all that it needs.
    kept = ("SYSTEMROOT", "TEMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    nothing = subprocess.STARTUPINFO(dwFlags=subprocess.STARTF_USESTDHANDLES)
    with serving() as server:
        command = [program, server.endpoint, folder / "data"]
        process = subprocess.Popen(command, env=environment, cwd=folder, startupinfo=nothing)
        assert process.wait(120) == 0, "the host has failed"
    events = [event["name"] for event in server.events]
    print(f"    arrived: {', '.join(events)}")
    assert events == ["ss", "ce", "se"], "no whole session has arrived"


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        began = time.monotonic()
        program = frozen(folder)
        size = sum(path.stat().st_size for path in program.parent.rglob("*"))
        print(f"frozen in {time.monotonic() - began:.0f} s, {size / 1e6:.0f} MB", flush=True)
        check(program, folder)
    print("all is well")


if __name__ == "__main__":
    main()
