"""Pictures of the examples and of the sandbox's page, into build/screenshots, for the site of docs/.

Needs the programs that tools/system-packages installs: an X server, a window manager, Chromium.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from braze_qt.testing import SandboxProcess  # noqa: E402
from tests.support.display import Desktop, Window, running_desktop  # noqa: E402
from tests.support.waiting import until  # noqa: E402

FOLDER = ROOT / "build" / "screenshots"
EXAMPLES = (
    "editor",
    "palette",
    "news",
    "feed",
    "tray",
    "coroutines",
    "consent",
    "login",
    "plugin/host",
    "browser",
    "signals",
)
CARDS = [
    {
        "id": "keys",
        "title": "Keyboard shortcuts on one page",
        "description": "Press F1 anywhere. The list follows what you are doing.",
        "link": "https://example.com/keys",
    },
    {
        "id": "release",
        "title": "The autumn release is here",
        "description": "Layers, guides and a calmer tool bar. Files of last year open as they are.",
        "link": "https://example.com/autumn",
        "link_text": "See what is new",
        "pinned": True,
        "dismissible": False,
    },
]
"""What the feeds show."""
DRAWN = 1.5
"""Seconds from the first sight of a window until it is drawn; nobody tells when that is."""


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        SandboxProcess() as sandbox,
        running_desktop(Path(home)) as desktop,
    ):
        environment = desktop.environment | {
            "BRAZE_ENDPOINT": sandbox.url,
            "PYTHONPATH": str(ROOT),
            "QT_QPA_PLATFORM": "xcb",
            "QT_QUICK_BACKEND": "software",
            "QTWEBENGINE_DISABLE_SANDBOX": "1",
            "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu --disable-background-networking --log-level=3",
            "XDG_DATA_HOME": home,
            "XDG_CONFIG_HOME": home,
        }
        sandbox.api("content_cards", "PUT", CARDS)
        for name in EXAMPLES:
            picture = FOLDER / f"{Path(name).parts[0]}.png"
            run_and_show(ROOT / "examples" / f"{name}.py", desktop, environment, picture)
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--window-size=960,720",
                f"--screenshot={FOLDER / 'app-usage.png'}",
                sandbox.url,
            ],
            env=os.environ | {"HOME": home},
            check=True,
            capture_output=True,
        )


def run_and_show(script: Path, desktop: Desktop, environment: dict[str, str], picture: Path) -> None:
    process = subprocess.Popen([sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL)
    try:
        windows: Callable[[], list[Window]] = desktop.windows
        until(windows, f"a window of {script.name}")
        time.sleep(DRAWN)  # noqa: TID251 (see there)
        newest = windows()[-1]  # a dialog, if there is one
        take = [sys.executable, "-m", "demo_app.screenshot", str(int(newest.id, 16)), str(picture)]
        subprocess.run(take, env=environment, check=True)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
