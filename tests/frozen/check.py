"""Builds the wheel, installs it where nothing else is, runs a small host application there, then freezes it.

A script and no test: it fetches packages, and takes a minute and 1.3 GB. It ends with 0 if all is well.
"""

import os
import ssl
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

import trustme

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
sys.path.insert(0, str(ROOT))

from tests.support.loopback import Loopback, serving  # noqa: E402 (the tests are no package)


def run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True)


def wheel(folder: Path) -> Path:
    """Build the wheel and look into it."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    run(sys.executable, "-m", "pip", "wheel", *options, ROOT)
    (built,) = folder.glob("*.whl")
    names = [name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name]
    strangers = [name for name in names if not name.startswith("braze_qt/")]
    data = [name for name in names if not name.endswith(".py") and "/sandbox/" not in name]
    print(f"{built.name}: {len(names)} files")
    assert not strangers, f"beside the package: {strangers}"
    types = ("Inspector.qml", "braze_qt.qmltypes", "qmldir")  # the first is in _resources.py too
    for_tools = {"py.typed", *(f"qml/BrazeQt/{name}" for name in types)}
    missed = set(data) - {f"braze_qt/{name}" for name in for_tools}
    assert not missed, f"a frozen application would miss: {missed}"
    assert len(data) == len(for_tools), f"tools would miss some of: {for_tools}"
    return built


def installed(folder: Path, built: Path) -> Path:
    """An environment with the wheel, what it asks for and PyInstaller; its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "--quiet"]
    # pip checks hashes only where it is told every package. The wheel shall say which it needs, so that they
    # are fetched first, and it may choose among them.
    pinned = folder / "pinned"
    run(*pip, "download", "--require-hashes", "--no-deps", "--requirement", CONSTRAINTS, "--dest", pinned)
    run(*pip, "install", "--no-index", "--find-links", pinned, built, "pyinstaller")
    return python


def frozen(python: Path, folder: Path) -> Path:
    """Freeze the host in ``folder``; the program."""
    options = ["--noconfirm", "--onedir", "--name", "host", "--log-level", "WARN"]
    places = ["--distpath", folder / "dist", "--workpath", folder / "work", "--specpath", folder]
    run(python, "-m", "PyInstaller", *options, *places, HERE / "host.py")
    return folder / "dist" / "host" / "host"


def said(program: list[Path], server: Loopback, folder: Path) -> str:
    """Run the host against ``server``; what it said."""
    # Nothing of this environment may help: the program must bring all that it needs.
    environment = {
        "HOME": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
    }
    result = subprocess.run(
        [*program, server.endpoint, folder / "data"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    print(f"    exit code {result.returncode}, said: {result.stdout.strip()} {result.stderr.strip()}")
    assert result.returncode == 0, "the host has failed"
    return result.stdout


def check_session(program: list[Path], folder: Path) -> None:
    """A session arrives from its start to its end."""
    print("  against a server:")
    with serving() as server:
        said(program, server, folder)
    events = server.events
    print(f"    arrived: {', '.join(event['name'] for event in events)}")
    assert [event["name"] for event in events] == ["ss", "ce", "se"], "no whole session has arrived"
    assert len({event["session_id"] for event in events}) == 1, "start and end are of two sessions"


def check_certificates(program: list[Path], folder: Path) -> None:
    """The list of trusted authorities is on board: a stranger's certificate is refused, for what it is."""
    print("  against a server that nobody vouches for:")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(tls=context) as server:
        words = said(program, server, folder)
    assert "certificate refused: unknown authority" in words, "not refused for its certificate"
    assert not server.requests, "something was said to it"


def check(what: str, program: list[Path], home: Path) -> None:
    """Run the program against both servers."""
    print(f"{what}:")
    for number, one in enumerate((check_session, check_certificates)):
        (home / str(number)).mkdir(parents=True)
        one(program, home / str(number))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(folder / "environment", wheel(folder))
        check("installed", [python, HERE / "host.py"], folder / "installed")
        began = time.monotonic()
        program = frozen(python, folder)
        size = sum(path.stat().st_size for path in program.parent.rglob("*") if not path.is_symlink())
        check(
            f"frozen in {time.monotonic() - began:.0f} s, {size / 1e6:.0f} MB", [program], folder / "frozen"
        )
    print("all is well")


if __name__ == "__main__":
    main()
