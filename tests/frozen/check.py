"""Freezes a small host application with PyInstaller, runs it, and looks at what arrives.

A script and no test: building takes some ten seconds and 200 MB. It ends with 0 if all is well.
"""

import os
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trustme

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from loopback import Loopback, serving  # noqa: E402 (the tests are no package)


def frozen(folder: Path) -> Path:
    """Build the host in ``folder``; the program."""
    options = ["--noconfirm", "--onedir", "--name", "host", "--log-level", "WARN", "--paths", HERE.parents[1]]
    places = ["--distpath", folder / "dist", "--workpath", folder / "work", "--specpath", folder]
    command = [sys.executable, "-m", "PyInstaller", *options, *places, HERE / "host.py"]
    subprocess.run(list(map(str, command)), check=True)
    return folder / "dist" / "host" / "host"


def said(program: Path, server: Loopback, folder: Path) -> str:
    """Run the host against ``server``; what it said."""
    # Nothing of this environment may help: the program must bring all that it needs.
    environment = {
        "HOME": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
    }
    run = subprocess.run(
        [program, server.endpoint, folder / "data"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    print(f"    exit code {run.returncode}, said: {run.stdout.strip()} {run.stderr.strip()}")
    assert run.returncode == 0, "the host has failed"
    return run.stdout


def check_session(program: Path, folder: Path) -> None:
    """A session arrives from its start to its end."""
    print("  against a server:")
    with serving() as server:
        said(program, server, folder)
    events = server.events
    print(f"    arrived: {', '.join(event['name'] for event in events)}")
    assert [event["name"] for event in events] == ["ss", "se"], "no whole session has arrived"
    assert len({event["session_id"] for event in events}) == 1, "start and end are of two sessions"


def check_certificates(program: Path, folder: Path) -> None:
    """The list of trusted authorities is on board: a stranger's certificate is refused, for what it is."""
    print("  against a server that nobody vouches for:")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(tls=context) as server:
        words = said(program, server, folder)
    assert "certificate verify failed" in words, "not refused for its certificate"
    assert not server.requests, "something was said to it"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.monotonic()
        program = frozen(folder)
        size = sum(path.stat().st_size for path in program.parent.rglob("*") if not path.is_symlink())
        print(f"frozen in {time.monotonic() - began:.0f} s: {size / 1e6:.0f} MB")
        for check in (check_session, check_certificates):
            home = folder / check.__name__
            home.mkdir()
            check(program, home)
    print("all is well")


if __name__ == "__main__":
    main()
