"""Feature flags in QML, and in the tests of a host."""

from datetime import datetime, timezone

import pytest
from PySide6.QtCore import QDateTime
from PySide6.QtWidgets import QApplication

from braze_qt.feature_flags import FeatureFlags
from braze_qt.testing import BrazeApp

from .conftest import Load

not_installed = pytest.mark.braze(installed=False)

SHOWS = """
    property var editor: Braze.featureFlags.values["editor"]
    property bool enabled: editor?.enabled ?? false
    property string colour: editor?.properties.colour ?? "red"
    property string loaded: Braze.featureFlags.loaded
    property var told: []
    property var log: Connections {
        target: Braze.featureFlags
        function onRefreshed(result, until) { told.push(result, until) }
    }
    function refresh() { return Braze.featureFlags.refresh() }
    function see() { return Braze.featureFlags.logImpression("editor") }
"""


@not_installed
def test_bindings_follow_the_flags(load: Load, braze_app: BrazeApp, qapp: QApplication) -> None:
    shown = load(SHOWS)
    assert [shown.property(name) for name in ("enabled", "colour", "loaded")] == [False, "red", "never"]
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    told = {"colour": "blue", "size": 7.5, "big": True, "when": when, "deep": {"list": [1, None, "x"]}}
    braze_app.transport.set_feature_flag(
        "editor", properties=told, images={"icon": "https://example.com/x.png"}, tracking="fts-1"
    )
    flags = FeatureFlags()
    braze_app.install(qapp, extensions=[flags])
    braze_app.come_to_front()
    assert [shown.property(name) for name in ("enabled", "colour", "loaded")] == [True, "blue", "session"]
    value = flags.values["editor"]["properties"]
    assert value["when"] == QDateTime(when)
    assert {**value, "when": None} == {**told, "when": None, "icon": "https://example.com/x.png"}
    flag = flags.flag("editor")
    assert (flag.string("colour"), flag.number("size"), flag.boolean("big")) == ("blue", 7.5, True)
    assert (flag.timestamp("when"), flag.json("deep")) == (when, {"list": [1, None, "x"]})
    assert flag.image("icon") == "https://example.com/x.png"


@not_installed
def test_qml_can_refresh_and_log(load: Load, braze_app: BrazeApp, qapp: QApplication) -> None:
    shown = load(SHOWS)
    braze_app.transport.set_feature_flag("editor", tracking="fts-1")
    braze_app.install(qapp, extensions=[FeatureFlags()])
    braze_app.come_to_front()
    shown.see()
    shown.see()
    event = braze_app.event("editor")
    assert (event.code, event.data) == ("ffi", {"fid": "editor", "fts": "fts-1"})
    shown.refresh()
    braze_app.advance(300)
    braze_app.transport.remove_feature_flags()
    shown.refresh()
    braze_app.requests()
    results = shown.property("told").toVariant()
    assert (results[0], results[2]) == ("refused", "done")
    assert (shown.property("enabled"), shown.property("loaded")) == (False, "session")


def test_without_the_extension_qml_sees_no_flags(load: Load, braze_app: BrazeApp) -> None:
    shown = load(SHOWS)
    assert [shown.property(name) for name in ("enabled", "colour", "loaded")] == [False, "red", "never"]
    braze_app.come_to_front()
    assert [request.path for request in braze_app.requests()] == ["data/"]
