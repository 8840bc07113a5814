"""What the package asks of Windows: seen by what a host sends, and by what Python is asked to do."""

import json
import subprocess
import sys
import winreg
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.loopback import Loopback
from tests.support.sessions import assert_sessions_are_whole, by_session, names

from .conftest import StartHost

BIOS = r"HARDWARE\DESCRIPTION\System\BIOS"
PREFETCHER = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"


@contextmanager
def registered(key: str, name: str, value: str | None) -> Iterator[None]:
    """A value of this machine that is another one, or none, for a while."""
    with winreg.CreateKeyEx(winreg.HKEY_LOCAL_MACHINE, key, access=winreg.KEY_ALL_ACCESS) as opened:
        try:
            before = winreg.QueryValueEx(opened, name)
        except FileNotFoundError:
            before = None
        try:
            if value is not None:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)
            elif before is not None:
                winreg.DeleteValue(opened, name)
            yield
        finally:
            if before is not None:
                winreg.SetValueEx(opened, name, 0, before[1], before[0])
            elif value is not None:
                winreg.DeleteValue(opened, name)


@pytest.mark.parametrize("model", ["Model 4711 of Ümläut & Co.", None])
def test_the_model_is_the_firmware_s_product_name(
    start_host: StartHost, server: Loopback, model: str | None
) -> None:
    with registered(BIOS, "SystemProductName", model):
        host = start_host(plugin="offscreen")
        host.wait_until_sent()
        host.send("quit")
        assert host.wait_for_exit() == 0
    told = [request.json["device"] for request in server.requests if "device" in request.json]
    assert {device.get("model") for device in told} == {model}


def test_a_session_survives_a_kill_without_boot_ids(start_host: StartHost, server: Loopback) -> None:
    """An administrator who switches off prefetching removes the number of the boot."""
    with registered(PREFETCHER, "BootId", None):
        killed = start_host(plugin="offscreen")
        killed.wait_for_session("foreground")
        killed.kill()
        again = start_host(plugin="offscreen")
        again.wait_for_session("foreground")
        again.send("quit")
        assert again.wait_for_exit() == 0
    assert_sessions_are_whole(server.events)
    assert names(server.events) == ["ss", "se"]
    assert len(by_session(server.events)) == 1


PROGRAM = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
made = []
sys.addaudithook(lambda event, given: event == "os.mkdir" and made.append(given[1]))
from braze_qt import BrazeConfig, BrazeQt
from braze_qt.sandbox import Sandbox
where = Path(sys.argv[1])
with Sandbox(data=where / "sandbox"):
    braze = BrazeQt.install(
        QGuiApplication([]), BrazeConfig("key", "http://127.0.0.1:9", data_dir=where / "a" / "b" / "c")
    )
    braze.openSession()
    braze.shutdown()
assert (where / "a" / "b" / "c").is_dir() and (where / "sandbox").is_dir()
print(json.dumps(made))
"""


def test_folders_are_created_without_a_mode(tmp_path: Path) -> None:
    """Of 0o700 Python 3.11.10, 3.12.4 and later make an access list that shuts out everybody but the account
    that made the folder, which may be that of an administrator's installer."""
    run = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    ended = subprocess.run(run, capture_output=True, text=True, check=False)
    modes = json.loads(ended.stdout or "null")
    assert modes, ended.stderr
    assert set(modes) == {0o777}, [oct(mode) for mode in modes]
