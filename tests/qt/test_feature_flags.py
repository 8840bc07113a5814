"""Feature flags of a real installation, with a real server."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from braze_qt import BrazeConfig, BrazeQt, UsageError
from braze_qt.feature_flags import FeatureFlag, FeatureFlags
from tests.support.loopback import Loopback, Reply, Request, answer, free_port

from .arrivals import QUICK, Held, obeyed, refused
from .conftest import KEY, Install

SYNC = "feature_flags/sync"
EDITOR = {
    "id": "editor",
    "enabled": True,
    "fts": "fts-1",
    "properties": {"colour": {"type": "string", "value": "blue"}},
}
OFF = {"id": "editor", "enabled": False, "fts": "fts-1", "properties": {}}


def flags_reply(*entries: Any, status: int = 201) -> Reply:
    return answer(status, {"feature_flags": list(entries)})


def config(time: int = 1, **flags: Any) -> Reply:
    switch = {"enabled": True, "refresh_rate_limit": 600, **flags}
    return obeyed(**QUICK, time=time, feature_flags=switch)


@pytest.fixture
def server(server: Loopback) -> Loopback:
    server.by_path = {"data/": config(), SYNC: flags_reply(EDITOR)}
    return server


def syncs(server: Loopback) -> list[Request]:
    return [request for request in list(server.requests) if request.path == SYNC]


class Told:
    """The signals of an extension."""

    def __init__(self, flags: FeatureFlags) -> None:
        self.changes: list[bool] = []
        self.refreshed: list[tuple[str, float]] = []
        flags.changed.connect(lambda: self.changes.append(flags.flag("editor").enabled))
        flags.refreshed.connect(lambda result, until: self.refreshed.append((result, until)))


@pytest.fixture
def begin(
    install: Install, server: Loopback, qtbot: QtBot
) -> Callable[..., tuple[BrazeQt, FeatureFlags, Told]]:
    """Installs with feature flags, and begins a session."""

    def begin(
        flags: FeatureFlags | None = None,
        *,
        endpoint: str = server.endpoint,
        open_session: bool = True,
        **settings: Any,
    ) -> tuple[BrazeQt, FeatureFlags, Told]:
        flags = flags or FeatureFlags()
        told = Told(flags)
        quiet = {"automatic_sessions": False, "flush_interval": 3_600.0, "session_timeout": 3_600}
        braze = install(endpoint, [flags], **quiet, **settings)
        if open_session:
            braze.openSession()
        return braze, flags, told

    return begin


def comes(qtbot: QtBot, flags: FeatureFlags, loaded: str = "session") -> None:
    qtbot.waitUntil(lambda: flags.loaded == loaded)


# -- when it asks --------------------------------------------------------------------------------


def test_a_session_start_brings_the_flags(begin, server, qtbot):
    braze, flags, told = begin(app_version="1.2.3")
    assert (flags.flag("editor"), flags.loaded, flags.flags()) == (FeatureFlag("editor"), "never", ())
    comes(qtbot, flags)
    assert flags.flag("editor").enabled
    assert flags.flag("editor").string("colour") == "blue"
    assert [flag.id for flag in flags.flags()] == ["editor"]
    assert flags.values == {"editor": {"enabled": True, "properties": {"colour": "blue"}}}
    assert told.changes == [True]
    data, sync = server.requests
    assert data.path == "data/"  # session data first, and with it the server's configuration
    assert set(sync.json) == {
        "api_key",
        "device_id",
        "time",
        "sdk_version",
        "app_version",
        "app_version_code",
    }
    assert sync.json["device_id"] == braze.deviceId
    expected = {
        "x-braze-api-key": KEY,
        "x-braze-featureflagsrequest": "true",
        "x-braze-datarequest": "true",
        "x-braze-req-attempt": "1",
        "x-braze-last-req-ms-ago": "7200000",
    }
    assert expected.items() <= sync.headers.items()


def test_without_the_extension_nothing_is_imported(tmp_path: Path) -> None:
    program = (
        "import sys; from PySide6.QtCore import QCoreApplication; from braze_qt import BrazeConfig, BrazeQt;"
        f"config = BrazeConfig('a', 'sdk.example.com', data_dir={str(tmp_path)!r});"
        "BrazeQt.install(QCoreApplication([]), config);"
        "print([name for name in sys.modules if 'flags' in name or '.sync' in name])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_without_the_extension_nothing_is_asked(install, server, qtbot, tmp_path):
    braze = install(server.endpoint, automatic_sessions=False)
    braze.openSession()
    qtbot.waitUntil(lambda: braze.pendingCount == 0 and braze.deliveryState == "idle")
    braze.shutdown(5.0)
    assert [request.path for request in server.requests] == ["data/"] * len(server.requests)
    assert list((tmp_path / "data").glob("braze.synced-*")) == []


def test_nothing_is_asked_while_it_is_switched_off(begin, server, qtbot):
    """As long as the server has not said that it has feature flags."""
    server.by_path["data/"] = answer()
    braze, flags, told = begin()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    assert flags.refresh()
    qtbot.waitUntil(lambda: told.refreshed == [("failed", 0.0)])
    assert (syncs(server), flags.loaded) == ([], "never")


def test_flags_are_there_after_a_restart(begin, server, qtbot):
    """Without a network. The next reply says the same, and nothing is told."""
    _, flags, _ = begin()
    comes(qtbot, flags)
    _, offline, _ = begin(endpoint=f"http://127.0.0.1:{free_port()}")
    assert (offline.flag("editor").string("colour"), offline.loaded) == ("blue", "cache")
    _, again, told = begin()
    comes(qtbot, again)
    assert (told.changes, len(syncs(server))) == ([True], 2)


def test_a_session_that_goes_on_asks_no_more(begin, server, qtbot):
    braze, flags, told = begin()
    comes(qtbot, flags)
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0 and braze.deliveryState == "idle")
    assert (len(syncs(server)), told.changes) == (1, [True])


# -- whose it is ---------------------------------------------------------------------------------


def test_no_flag_of_a_former_user_is_seen(begin, server, qtbot):
    braze, flags, told = begin()
    comes(qtbot, flags)
    held = Held(flags_reply(OFF))
    server.by_path[SYNC] = held
    braze.changeUser("ada")
    assert (flags.flag("editor").enabled, flags.loaded, flags.values) == (False, "never", {})
    assert told.changes == [True, False]
    qtbot.waitUntil(held.heard.is_set)
    assert syncs(server)[-1].json["user_id"] == "ada"
    held.go.set()
    comes(qtbot, flags)
    assert flags.flag("editor") == FeatureFlag("editor")


def test_a_former_user_s_reply_is_thrown_away(begin, server, qtbot):
    held = Held(flags_reply(EDITOR))
    server.by_path[SYNC] = held
    braze, flags, told = begin()
    qtbot.waitUntil(held.heard.is_set)
    braze.changeUser("ada")
    server.by_path[SYNC] = flags_reply(OFF)
    held.go.set()
    comes(qtbot, flags)
    assert [request.json.get("user_id") for request in syncs(server)] == [None, "ada"]
    assert (told.changes, flags.flags()[0].enabled) == ([False], False)


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_wipe_takes_the_flags_along(begin, server, qtbot, tmp_path, when):
    held = Held(flags_reply(EDITOR))
    if when == "during":
        server.by_path[SYNC] = held
    braze, flags, _ = begin()
    if when == "during":
        qtbot.waitUntil(held.heard.is_set)
    else:
        comes(qtbot, flags)
    assert braze.wipeData()
    assert (flags.flags(), flags.loaded) == ((), "never")
    held.go.set()
    braze.shutdown(5.0)
    assert not (tmp_path / "data").exists()
    assert flags.flags() == ()


def test_another_installation_takes_the_same_extension(begin, server, qtbot):
    _, flags, _ = begin()
    comes(qtbot, flags)
    begin(flags)
    assert (flags.flag("editor").enabled, flags.loaded) == (True, "cache")
    comes(qtbot, flags)


# -- when it does not ask ------------------------------------------------------------------------


def test_offline_and_without_consent_nothing_is_asked(begin, server, qtbot):
    braze, flags, told = begin(enabled=False)
    assert not flags.refresh()
    braze.setOutboundNetworkRequestsOffline(True)
    braze.setEnabled(True)
    braze.openSession()
    assert not flags.refresh()
    qtbot.wait(100)
    assert (server.requests, told.refreshed) == ([], [])
    braze.setOutboundNetworkRequestsOffline(False)
    comes(qtbot, flags)


def test_quitting_waits_for_no_flags(begin, server, qtbot):
    """A request that is under way is ended, and what was logged goes out."""
    held = Held()
    server.by_path[SYNC] = held
    braze, _, _ = begin(shutdown_timeout=20.0)
    qtbot.waitUntil(held.heard.is_set)
    braze.logCustomEvent("saved")
    BrazeQt.shutdown(braze)
    names = [event["name"] for event in server.events]
    assert names == ["ss", "ce", "se"]
    assert len(syncs(server)) == 1
    held.go.set()


def test_at_quit_nothing_is_asked(begin, server, qtbot):
    held = Held(config())
    server.by_path["data/"] = held
    braze, flags, _ = begin(shutdown_timeout=20.0)
    qtbot.waitUntil(held.heard.is_set)
    assert flags.refresh()
    Timer(0.2, held.go.set).start()
    braze.shutdown()
    assert [event["name"] for event in server.events] == ["ss", "se"]
    assert syncs(server) == []


# -- refreshing ----------------------------------------------------------------------------------


def test_a_refresh_is_refused_until_the_limit(begin, server, qtbot):
    """Also after a restart."""
    braze, flags, _ = begin()
    comes(qtbot, flags)
    braze.shutdown()
    _, _, told = begin(flags, open_session=False)
    for count in (1, 2):
        assert flags.refresh()
        qtbot.waitUntil(lambda count=count: len(told.refreshed) == count)
    asked = syncs(server)[0].json["time"]
    for result, until in told.refreshed:
        assert result == "refused"
        assert asked + 600 <= until <= asked + 602
    assert len(syncs(server)) == 1


def test_a_refresh_brings_what_is_new(begin, server, qtbot):
    server.by_path["data/"] = config(refresh_rate_limit=0)
    _, flags, told = begin()
    comes(qtbot, flags)
    server.by_path[SYNC] = flags_reply(OFF)
    assert flags.refresh()
    qtbot.waitUntil(lambda: told.refreshed == [("done", 0.0)])
    assert told.changes == [True, False]
    assert flags.refresh()
    qtbot.waitUntil(lambda: len(told.refreshed) == 2)
    assert told.changes == [True, False]  # the same again is no change


def test_a_refresh_that_fails_keeps_the_flags(begin, server, qtbot):
    server.by_path["data/"] = config(refresh_rate_limit=0)
    _, flags, told = begin()
    comes(qtbot, flags)
    for number, reply in enumerate((answer(500), answer(201, {}), answer(201, {"feature_flags": [1]})), 1):
        server.by_path[SYNC] = reply
        assert flags.refresh()
        qtbot.waitUntil(lambda number=number: len(told.refreshed) == number)
        if number == 1:  # which is followed by a wait
            assert flags.refresh()
            qtbot.waitUntil(lambda: len(told.refreshed) == 2)
            break
    assert told.refreshed[0] == ("failed", 0.0)
    assert told.refreshed[1][0] == "refused"
    assert (flags.flag("editor").enabled, told.changes) == (True, [True])


def test_a_failed_request_is_repeated_by_itself(begin, server, qtbot):
    """With its own count of attempts."""
    server.by_path[SYNC] = answer(500)
    braze, flags, _ = begin()
    qtbot.waitUntil(lambda: len(syncs(server)) == 1)
    server.by_path[SYNC] = flags_reply(EDITOR)
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    comes(qtbot, flags)
    assert [request.headers["x-braze-req-attempt"] for request in syncs(server)] == ["1", "2"]
    data = [request for request in server.requests if request.path == "data/"]
    assert [request.headers["x-braze-req-attempt"] for request in data] == ["1", "1"]
    assert 900 <= int(syncs(server)[1].headers["x-braze-last-req-ms-ago"]) < 60_000


def test_the_server_can_switch_flags_off(begin, server, qtbot):
    braze, flags, told = begin()
    comes(qtbot, flags)
    server.by_path["data/"] = config(2, enabled=False)
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: told.changes == [True, False])
    server.by_path["data/"] = config(3)
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: told.changes == [True, False, True])
    assert len(syncs(server)) == 2


# -- SDK authentication --------------------------------------------------------------------------


def test_a_signed_user_s_request_is_signed(begin, server, qtbot):
    braze, flags, _ = begin()
    comes(qtbot, flags)
    server.by_path[SYNC] = refused()
    with qtbot.waitSignal(braze.sdkAuthenticationFailed) as refusal:
        braze.changeUser("ada", "old")
    assert refusal.args == [22, "JWT expired", "ada", "old"]
    server.by_path[SYNC] = flags_reply(EDITOR)
    braze.setSdkAuthenticationSignature("new")
    comes(qtbot, flags)
    assert [request.headers.get("x-braze-auth-signature") for request in syncs(server)] == [
        None,
        "old",
        "new",
    ]


# -- impressions ---------------------------------------------------------------------------------


def test_an_impression_is_logged_once_a_session(begin, server, qtbot, tmp_path):
    control = {"id": "control", "enabled": False, "fts": "fts-2"}
    server.by_path[SYNC] = flags_reply(EDITOR, control, {"id": "plain", "enabled": True})
    braze, flags, _ = begin()
    assert not flags.logImpression("editor")
    comes(qtbot, flags)
    assert [flags.logImpression(name) for name in ("editor", "editor", "control", "plain", "unknown")] == [
        True,
        False,
        True,
        False,
        False,
    ]
    braze.changeUser("ada")
    comes(qtbot, flags)
    assert flags.logImpression("editor")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    shown = [(event["data"], event.get("user_id")) for event in server.events if event["name"] == "ffi"]
    assert shown == [
        ({"fid": "editor", "fts": "fts-1"}, None),
        ({"fid": "control", "fts": "fts-2"}, None),
        ({"fid": "editor", "fts": "fts-1"}, "ada"),
    ]


# -- several processes ---------------------------------------------------------------------------

PEER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from braze_qt import BrazeConfig, BrazeQt
from braze_qt.feature_flags import FeatureFlags
app, flags = QCoreApplication([]), FeatureFlags()
def come():
    if flags.loaded == "session":
        print("hears", flags.flag("editor").string("colour"), flags.logImpression("editor"), flush=True)
        flags.loadedChanged.disconnect()
flags.loadedChanged.connect(come)
config = BrazeConfig(*sys.argv[1:3], data_dir=sys.argv[3], automatic_sessions=False)
BrazeQt.install(app, config, extensions=[flags])
print("ready", flush=True)
app.exec()
"""


def test_one_process_asks_and_all_hear(begin, server, qtbot, tmp_path):
    """What one has logged an impression of is not logged by another one, also when the first was killed."""
    held = Held(flags_reply(EDITOR))
    server.by_path[SYNC] = held
    braze, flags, _ = begin()
    qtbot.waitUntil(held.heard.is_set)
    command = [sys.executable, "-c", PEER, KEY, server.endpoint, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as peer:
        try:
            assert peer.stdout is not None
            assert peer.stdout.readline() == "ready\n"
            held.go.set()
            comes(qtbot, flags)
            heard = peer.stdout.readline()
            noted = tmp_path / "data" / "braze.synced-feature_flags"
            qtbot.waitUntil(lambda: b'"noted": ["fts-1"]' in noted.read_bytes())
        finally:
            peer.kill()
    assert heard == "hears blue True\n"
    assert len(syncs(server)) == 1
    braze.requestImmediateDataFlush()  # it was perhaps killed before it could tell of its note
    qtbot.waitUntil(lambda: flags._present().noted == {"fts-1"})  # which shows nowhere else
    assert not flags.logImpression("editor")
    qtbot.waitUntil(lambda: "ffi" in [event["name"] for event in server.events])


# -- bad input -----------------------------------------------------------------------------------


def test_what_is_wrong_is_left_out_and_counted(begin, server, qtbot):
    wrong = {"id": "half", "enabled": True, "properties": {"x": {"type": "number", "value": "7"}}}
    server.by_path[SYNC] = flags_reply(EDITOR, 7, wrong)
    _, flags, _ = begin()
    comes(qtbot, flags)
    assert (len(flags.flags()), flags.leftOutCount) == (2, 2)
    _, again, _ = begin()
    assert again.leftOutCount == 2


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"binding": 7}', b"\xff" * 100, b'{"binding": ["a", null, "b"]}']
)
def test_a_damaged_file_is_as_none(begin, server, qtbot, tmp_path, content):
    braze, flags, _ = begin()
    comes(qtbot, flags)
    braze.shutdown()
    (tmp_path / "data" / "braze.synced-feature_flags").write_bytes(content)
    _, again, _ = begin()
    assert again.flags() == ()
    comes(qtbot, again)


def test_wrong_extensions_are_refused(qapp: QCoreApplication, tmp_path: Path) -> None:
    settings = BrazeConfig(KEY, "sdk.example.com", data_dir=tmp_path)
    for wrong in (None, FeatureFlags(), ["flags"], [FeatureFlags], [FeatureFlags(), FeatureFlags()]):
        with pytest.raises(UsageError, match="extensions"):
            BrazeQt.install(qapp, settings, extensions=wrong)  # type: ignore[arg-type]
    assert BrazeQt.instance() is None


def test_without_an_installation_there_are_no_flags(qapp: QCoreApplication) -> None:
    flags = FeatureFlags()
    assert (flags.flag("editor").enabled, flags.flags(), flags.values) == (False, (), {})
    assert (flags.refresh(), flags.logImpression("editor"), flags.loaded) == (False, False, "never")
    for strange in (None, 7, ["editor"], {}):
        assert not flags.flag(strange).enabled  # type: ignore[arg-type]


@pytest.mark.posix("the file has a mode")
def test_the_file_is_private(begin, server, qtbot, tmp_path):
    _, flags, _ = begin()
    comes(qtbot, flags)
    file = tmp_path / "data" / "braze.synced-feature_flags"
    assert file.stat().st_mode & 0o077 == 0
    assert KEY not in file.read_text()
    assert json.loads(file.read_text())["feature_flags"] == [EDITOR]
