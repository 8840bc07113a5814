"""The error message where the sandbox's libraries are not installed."""

import subprocess
import sys

WITHOUT_THEM = """
import sys
sys.modules["werkzeug.serving"] = sys.modules["werkzeug"] = None  # as if they were not installed
import braze_qt.sandbox
"""


def test_the_missing_extra_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_THEM], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "the extra 'sandbox' of braze-qt installs" in done.stderr.splitlines()[-1]
