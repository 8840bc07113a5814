"""What a logout and a wipe leave on the disk, at whatever moment of the sending they come."""

import contextlib
import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from tests.support.loopback import Loopback

from .conftest import Install

TIMES = range(10)


def told_everything(braze: BrazeQt) -> None:
    assert braze.openSession()
    assert braze.changeUser("ada")
    assert braze.user.setFirstName("Ada")
    assert braze.logCustomEvent("bought")


def left_in(folder: Path) -> list[str]:
    """The names of files; a folder may be deleted while it is looked at."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(os.listdir(folder))
    return []


def is_forgotten(folder: Path, install: Install) -> bool:
    """Nothing lies there, and who comes next is nobody."""
    left = left_in(folder)
    braze = install(automatic_sessions=False)
    return left == [] and (braze.userId, braze.pendingCount) == ("", 0)


@pytest.mark.parametrize("_", TIMES)
def test_a_logout_leaves_nothing(
    _: int, install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    braze = install(server.url, automatic_sessions=False)
    device_id = braze.deviceId
    told_everything(braze)
    with qtbot.waitSignal(braze.loggedOut) as left:
        assert braze.logout()
    assert left.args == [True]
    assert not left_in(tmp_path / "data")
    assert braze.shutdown()
    assert is_forgotten(tmp_path / "data", install)
    braze = BrazeQt.instance()
    assert braze is not None
    assert braze.deviceId != device_id


@pytest.mark.parametrize("sent", TIMES)
def test_a_wipe_leaves_nothing(
    sent: int, install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    """Beginning with a wipe at once, and with one while the log is written back after that many requests."""
    braze = install(server.url, automatic_sessions=False)
    told_everything(braze)
    for number in range(sent):
        assert braze.logCustomEvent(f"bought {number}")
        assert braze.requestImmediateDataFlush()
        qtbot.waitUntil(lambda number=number: len(server.requests) > number)
    braze.wipeData()
    qtbot.waitUntil(lambda: not left_in(tmp_path / "data"))
    assert braze.shutdown()
    assert is_forgotten(tmp_path / "data", install)


@pytest.mark.windows("elsewhere a file can be deleted that somebody has open")
@pytest.mark.parametrize("name", ["braze.db", "braze.db-wal", "braze.db.damaged-1"])
def test_files_open_elsewhere_are_emptied_and_deleted_later(
    name: str, install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    """Logout empties them at once and reports False; they are deleted once the other program closes them."""
    braze = install(server.url, automatic_sessions=False)
    told_everything(braze)
    (tmp_path / "data" / "braze.db.damaged-1").write_text("ada")
    with (tmp_path / "data" / name).open("rb") as file, qtbot.waitSignal(braze.loggedOut) as left:
        assert braze.logout()
        qtbot.waitUntil(lambda: left.signal_triggered)
        assert b"ada" not in file.read()
    assert left.args == [False]
    qtbot.waitUntil(lambda: not left_in(tmp_path / "data"))
    assert braze.shutdown()
    assert is_forgotten(tmp_path / "data", install)
