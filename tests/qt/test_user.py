"""User attributes: to which user they go, which value is sent, and calls from QML."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMetaMethod, QObject, QUrl
from PySide6.QtQml import QJSValue, QQmlComponent, QQmlEngine
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from braze_qt._qt.user import BrazeUser
from braze_qt.qml import register
from tests.support.loopback import Loopback, Reply, answer
from tests.support.qml_answers import answered

from .arrivals import Held, arrived, attributes, begun, flushed, labels
from .conftest import Install
from .metaobjects import slots


@pytest.fixture
def braze(install: Install, server: Loopback, qtbot: QtBot) -> BrazeQt:
    """With an anonymous session, whose start has arrived."""
    braze = begun(install, server)
    braze.openSession()
    arrived(qtbot, braze, server)
    return braze


# -- which value -----------------------------------------------------------------------------------


def test_the_last_value_before_a_flush_is_sent(braze: BrazeQt, server: Loopback, qtbot: QtBot) -> None:
    for name in ("Ada", None, "Grace"):
        assert braze.user.setFirstName(name)
    for value in (1, {"k": 1}, "last"):
        assert braze.user.setCustomAttribute("c", value)
    braze.user.setEmail("ada@example.org")
    braze.user.setEmail(None)
    qtbot.waitUntil(lambda: braze.pendingCount == 3)
    sent = flushed(qtbot, braze, server)
    assert attributes(sent) == [{"first_name": "Grace", "email": None, "custom": {"c": "last"}}]


def test_none_clears_the_date_of_birth(braze: BrazeQt, server: Loopback, qtbot: QtBot) -> None:
    assert braze.user.setDateOfBirth(1990, 7, 4)
    assert braze.user.setDateOfBirth(None, None, None)
    assert attributes(flushed(qtbot, braze, server)) == [{"dob": None}]


def test_a_custom_attribute_may_have_a_standard_name(braze: BrazeQt, server: Loopback, qtbot: QtBot) -> None:
    braze.user.setFirstName("Ada")
    braze.user.setCustomAttribute("first_name", "custom")
    braze.user.setCustomAttribute("user_id", "eve")
    (sent,) = attributes(flushed(qtbot, braze, server))
    assert sent == {"first_name": "Ada", "custom": {"first_name": "custom", "user_id": "eve"}}


@pytest.mark.parametrize(
    ("reply", "rest"),
    [(answer(503), {"home_city": "Berlin"}), (answer(body=b""), {"home_city": "Berlin"}), (answer(), {})],
    ids=["failed", "not Braze's", "took"],
)
def test_a_value_set_during_a_request_arrives_last(
    braze: BrazeQt, server: Loopback, qtbot: QtBot, reply: Reply, rest: dict[str, str]
) -> None:
    held = Held(reply)
    server.replies += [held]
    braze.user.setFirstName("Ada")
    braze.user.setHomeCity("Berlin")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(held.heard.is_set)
    braze.user.setFirstName("Grace")
    held.go.set()
    qtbot.waitUntil(lambda: braze.lastOutcome.endswith("2 events"))
    sent = flushed(qtbot, braze, server, 2)
    assert attributes(sent) == [
        {"first_name": "Ada", "home_city": "Berlin"},
        {"first_name": "Grace", **rest},
    ]


def test_attribute_values_are_copied_at_the_call(braze: BrazeQt, server: Loopback, qtbot: QtBot) -> None:
    value: dict[str, Any] = {"list": [1]}
    braze.user.setCustomAttribute("c", value)
    braze.user.setCustomAttribute("m", value, True)
    value["list"].append(2)
    value["more"] = True
    (sent,) = flushed(qtbot, braze, server)
    assert attributes([sent]) == [{"custom": {"c": {"list": [1]}}}]
    assert sent.json["events"][0]["data"] == {"key": "m", "value": {"list": [1]}}


def test_attributes_and_edits_survive_a_restart(
    braze: BrazeQt, install: Install, server: Loopback, qtbot: QtBot
) -> None:
    """The edits keep their order."""
    braze.setOutboundNetworkRequestsOffline(True)
    braze.user.setFirstName("Ada")
    for by in (1, -4, 2):
        braze.user.incrementCustomAttribute("counter", by)
    braze = begun(install, server)
    assert braze.pendingCount == 5  # the restart ended the session
    (sent,) = flushed(qtbot, braze, server)
    assert attributes([sent]) == [{"first_name": "Ada"}]
    edits = [event["data"]["value"] for event in sent.json["events"] if event["name"] == "inc"]
    assert edits == [1, -4, 2]


# -- whose it is -----------------------------------------------------------------------------------


def test_anonymous_attributes_pass_to_the_identified_user(
    braze: BrazeQt, server: Loopback, qtbot: QtBot
) -> None:
    """Events stay anonymous."""
    braze.user.setHomeCity("Berlin")
    braze.user.setCustomAttribute("c", 1)
    braze.logCustomEvent("as anonymous")
    braze.changeUser("ada")
    braze.user.setFirstName("Ada")
    sent = flushed(qtbot, braze, server)
    assert attributes(sent) == [
        {"user_id": "ada", "home_city": "Berlin", "first_name": "Ada", "custom": {"c": 1}}
    ]
    assert labels(sent) == [("as anonymous", None)]
    braze.setOutboundNetworkRequestsOffline(True)  # the change sends at once
    braze.changeUser("bob")
    braze.user.setFirstName("Bob")
    braze.setOutboundNetworkRequestsOffline(False)
    assert attributes(flushed(qtbot, braze, server, 2)) == [{"user_id": "bob", "first_name": "Bob"}]


@pytest.mark.parametrize("reply", [answer(503), answer()], ids=["failed", "took"])
def test_attributes_under_way_pass_to_the_identified_user(
    braze: BrazeQt, server: Loopback, qtbot: QtBot, reply: Reply
) -> None:
    held = Held(reply)
    server.replies += [held]
    braze.user.setHomeCity("Berlin")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(held.heard.is_set)
    braze.changeUser("ada")
    held.go.set()
    qtbot.waitUntil(lambda: braze.lastOutcome.endswith("; 1 event") or braze.pendingCount == 0)
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    assert attributes(server.requests) == [
        {"home_city": "Berlin"},
        {"user_id": "ada", "home_city": "Berlin"},
    ]


def test_events_keep_the_user_of_their_call(
    braze: BrazeQt, install: Install, server: Loopback, qtbot: QtBot
) -> None:
    server.replies += [answer(503)]
    braze.logCustomEvent("a")
    braze.user.setHomeCity("Berlin")
    braze.changeUser("ada")
    qtbot.waitUntil(lambda: braze.deliveryState == "waiting")
    braze.logCustomEvent("b")
    braze.user.setFirstName("Ada")
    braze.changeUser("bob")
    braze.logCustomEvent("c")
    braze.user.setFirstName("Bob")
    braze = begun(install, server)
    braze.logCustomEvent("d")
    braze.openSession()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    assert labels(server.requests[1:]) == [("a", None), ("b", "ada"), ("c", "bob"), ("d", "bob")]
    assert attributes(server.requests[1:]) == [
        {"user_id": "ada", "home_city": "Berlin", "first_name": "Ada"},
        {"user_id": "bob", "first_name": "Bob"},
    ]
    for request in server.requests:
        events = request.json.get("events", []) + request.json.get("attributes", [])
        assert len({event["user_id"] for event in events if "user_id" in event}) <= 1


def test_an_alias_survives_a_restart_until_identification(
    braze: BrazeQt, install: Install, server: Loopback, qtbot: QtBot
) -> None:
    alias = {"label": "crm", "name": "al-1"}
    braze.user.addAlias("al-1", "crm")
    flushed(qtbot, braze, server)
    braze = begun(install, server)
    braze.logCustomEvent("a")
    braze.openSession()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    assert server.requests[-1].json["alias"] == alias
    assert all(event["alias"] == alias for event in server.events)
    server.requests.clear()
    braze.setOutboundNetworkRequestsOffline(True)
    braze.logCustomEvent("b")
    braze.changeUser("ada")
    braze.logCustomEvent("c")
    braze.setOutboundNetworkRequestsOffline(False)
    (sent,) = arrived(qtbot, braze, server)
    assert "alias" not in sent.json  # the request is ada's
    assert [("alias" in event, event.get("user_id")) for event in sent.json["events"]] == [
        (True, None),
        (True, None),
        (False, "ada"),
        (False, "ada"),
    ]


def test_the_user_is_readable_and_notifies_changes(braze: BrazeQt, qtbot: QtBot) -> None:
    user = braze.user
    assert (user.id, user.isAnonymous) == ("", True)
    with qtbot.waitSignal(user.changed):
        braze.changeUser("ada")
    assert (user.id, user.isAnonymous) == ("ada", False)
    with qtbot.waitSignal(user.changed):
        braze.wipeData()
    assert (user.id, user.isAnonymous) == ("", True)


# -- QML -------------------------------------------------------------------------------------------

SCRIPT = """
    braze.changeUser("ada")
    braze.changeUser("ada", "SIGNATURE")
    braze.changeUser("ada", null)
    braze.changeUser("ada", undefined)
    braze.setSdkAuthenticationSignature("SIGNATURE")
    braze.setSessionTimeout(30)
    braze.setEnabled(true)
    braze.setOutboundNetworkRequestsOffline(false)
    braze.openSession()
    braze.closeSession()
    braze.logCustomEvent("bare")
    braze.logCustomEvent("full", {when: new Date(0), list: [1, "x", {deep: null}], ok: true, none: null})
    braze.logCustomEvent("null", null)
    braze.logCustomEvent("undefined", undefined)
    braze.logCustomEvent("large", {top: 3000000000, list: [3000000000, {deep: -3000000000}]})
    braze.logCustomEvent("part", {part: 3000000000.5})
    braze.logPurchase("sku", "EUR", 5, null, null)
    braze.logPurchase("sku", "EUR", "5.00", undefined)
    braze.logPurchase("sku", "EUR", 9.99)
    braze.logPurchase("sku", "EUR", 9.99, 3)
    braze.logPurchase("sku", "EUR", -1, 100, {gift: true})
    braze.user.addAlias("al-1", "crm")
    braze.user.setFirstName("Ada")
    braze.user.setLastName(null)
    braze.user.setEmail(undefined)
    braze.user.setGender("f")
    braze.user.setDateOfBirth(null, null, null)
    braze.user.setDateOfBirth(1990, 7, 4)
    braze.user.setCountry(null)
    braze.user.setLanguage("de")
    braze.user.setHomeCity("Berlin")
    braze.user.setPhoneNumber("1")
    braze.user.setEmailNotificationSubscriptionType("opted_in")
    braze.user.setPushNotificationSubscriptionType("subscribed")
    braze.user.addToSubscriptionGroup("g")
    braze.user.removeFromSubscriptionGroup("g")
    braze.user.setLastKnownLocation(52.5, 13)
    braze.user.setLastKnownLocation(52.5, 13, 12)
    braze.user.setLastKnownLocation(52.5, 13, null, 34)
    braze.user.setLastKnownLocation(52.5, 13, 12, undefined, 5)
    braze.user.setLocationCustomAttribute("place", 52.5, 13)
    braze.user.unsetLocationCustomAttribute("place")
    braze.user.setCustomAttribute("text", "v")
    braze.user.setCustomAttribute("whole", 3)
    braze.user.setCustomAttribute("large", 3000000000)
    braze.user.setCustomAttribute("unmerged", {k: 3}, null)
    braze.user.setCustomAttribute("broken", 2.5)
    braze.user.setCustomAttribute("flag", true)
    braze.user.setCustomAttribute("when", new Date(0))
    braze.user.setCustomAttribute("strings", ["a", "b"])
    braze.user.setCustomAttribute("none", [])
    braze.user.setCustomAttribute("object", {k: 1, d: {when: new Date(0)}})
    braze.user.setCustomAttribute("objects", [{k: 1}, {k: [2]}])
    braze.user.setCustomAttribute("merged", {k: 2}, true)
    braze.user.unsetCustomAttribute("gone")
    braze.user.incrementCustomAttribute("counter")
    braze.user.incrementCustomAttribute("counter", null)
    braze.user.incrementCustomAttribute("counter", -4)
    braze.user.incrementCustomAttribute("counter", 5000000000)
    braze.user.addToCustomAttributeArray("tags", "x")
    braze.user.removeFromCustomAttributeArray("tags", "y")
    braze.requestImmediateDataFlush()
"""
REFUSED = """
    braze.setSessionTimeout(2.7)
    braze.setSessionTimeout(0)
    braze.changeUser(null)
    braze.logCustomEvent("x", {when: new Date(NaN)})
    braze.logCustomEvent("x", {ratio: 0 / 0})
    braze.logPurchase("sku", "EUR", 9.99, 1.5)
    braze.logPurchase("sku", "EUR", 0 / 0)
    braze.user.setFirstName(["x"])
    braze.user.setDateOfBirth(1990, 7.5, 4)
    braze.user.setDateOfBirth(1990, null, null)
    braze.user.setDateOfBirth(1990, 7, "4")
    braze.user.setLastKnownLocation(undefined, 13)
    braze.user.setCustomAttribute("x", null)
    braze.user.setCustomAttribute("x", [1, 2])
    braze.user.setCustomAttribute("x", new Date(NaN))
    braze.user.setCustomAttribute("x", function() {})
    braze.user.incrementCustomAttribute("counter", 2.7)
    braze.changeUser(undefined)
    braze.changeUser(42)
    braze.changeUser(true)
    braze.changeUser({})
    braze.changeUser(function() {})
    braze.changeUser("bob", 5)
    braze.changeUser("bob", false)
    braze.setSdkAuthenticationSignature(null)
    braze.setSessionTimeout("30")
    braze.setSessionTimeout(true)
    braze.setSessionTimeout(null)
    braze.setEnabled("false")
    braze.setEnabled("true")
    braze.setEnabled(0)
    braze.setEnabled(null)
    braze.setEnabled(undefined)
    braze.setEnabled([])
    braze.setOutboundNetworkRequestsOffline("true")
    braze.setOutboundNetworkRequestsOffline(1)
    braze.setOutboundNetworkRequestsOffline(null)
    braze.logCustomEvent(null)
    braze.logCustomEvent(5)
    braze.logCustomEvent("x", "y")
    braze.logCustomEvent("x", 5)
    braze.logCustomEvent("x", true)
    braze.logCustomEvent("x", [1])
    braze.logCustomEvent("x", new Date(0))
    braze.logCustomEvent("x", {f: function() {}})
    braze.logPurchase(1, "EUR", 1)
    braze.logPurchase("sku", 5, 1)
    braze.logPurchase("sku", "EUR", null)
    braze.logPurchase("sku", "EUR", true)
    braze.logPurchase("sku", "EUR", [1])
    braze.logPurchase("sku", "EUR", 1, true)
    braze.logPurchase("sku", "EUR", 1, "2")
    braze.logPurchase("sku", "EUR", 1, 1, 5)
    braze.logout("5")
    braze.logout(true)
    braze.shutdown("5")
    braze.user.addAlias(1, "crm")
    braze.user.addAlias("a", null)
    braze.user.setGender(1)
    braze.user.setEmailNotificationSubscriptionType(null)
    braze.user.setPushNotificationSubscriptionType(true)
    braze.user.addToSubscriptionGroup(7)
    braze.user.removeFromSubscriptionGroup(undefined)
    braze.user.setLastKnownLocation("52.5", 13)
    braze.user.setLastKnownLocation(52.5, true)
    braze.user.setLocationCustomAttribute(1, 52.5, 13)
    braze.user.setLocationCustomAttribute("place", "52.5", 13)
    braze.user.unsetLocationCustomAttribute(null)
    braze.user.setCustomAttribute(1, 2)
    braze.user.setCustomAttribute("x", {k: 1}, "yes")
    braze.user.setCustomAttribute("x", {k: 1}, 1)
    braze.user.unsetCustomAttribute(5)
    braze.user.incrementCustomAttribute(5)
    braze.user.incrementCustomAttribute("counter", "2")
    braze.user.incrementCustomAttribute("counter", true)
    braze.user.addToCustomAttributeArray("tags", 5)
    braze.user.addToCustomAttributeArray(null, "x")
    braze.user.removeFromCustomAttributeArray("tags", null)
"""
GOODBYE = """
    braze.wipeData()
    braze.setEnabled(true)
    braze.logout()
    braze.logout(0)
    braze.shutdown(null)
    braze.shutdown()
"""


@pytest.fixture(params=["braze", "Braze"], ids=["context property", "module"])
def engine(request: pytest.FixtureRequest, qapp: QObject) -> Iterator[QQmlEngine]:
    register()
    engine = QQmlEngine()
    engine.setObjectName(request.param)
    yield engine
    gone(engine)


def made(engine: QQmlEngine, braze: BrazeQt, members: str) -> tuple[QQmlComponent, QObject]:
    """An object of QML that knows the installation as a context property, or from the module."""
    engine.rootContext().setContextProperty("braze", braze)
    component = QQmlComponent(engine)
    members = members.replace("braze.", f"{engine.objectName()}.")
    component.setData(
        f"import QtQml\nimport BrazeQt\nQtObject {{ {members} }}".encode(), QUrl("file:///calls.qml")
    )
    shown = component.create()
    assert shown is not None, component.errorString()
    return component, shown  # the second lives as long as the first


def gone(what: QObject) -> None:
    """Delete it now: bindings would outlive what they show."""
    what.deleteLater()
    QCoreApplication.sendPostedEvents(what, QEvent.Type.DeferredDelete.value)


def run(engine: QQmlEngine, braze: BrazeQt, script: str) -> list[bool | None]:
    """What the calls answered."""
    calls = ",\n".join(line for line in script.strip().splitlines())
    _component, shown = made(engine, braze, f"property var answers: [\n{calls}\n]")
    answers = shown.property("answers")
    plain = list(answers.toVariant() if isinstance(answers, QJSValue) else answers)
    gone(shown)
    return plain


def test_every_call_can_be_made_from_qml(braze: BrazeQt, engine: QQmlEngine) -> None:
    called = set(re.findall(r"braze\.((?:user\.)?\w+)\(", SCRIPT + GOODBYE))
    assert called == slots(BrazeQt) | {f"user.{name}" for name in slots(BrazeUser)}
    assert run(engine, braze, SCRIPT) == answered(*[True] * len(SCRIPT.strip().splitlines()))
    answers = run(engine, braze, GOODBYE)
    still_there = engine.objectName() == "braze"  # the module answers False after a shutdown
    assert answers == answered(True, True, True, False, True, still_there)  # logged out is disabled


def test_values_from_qml_arrive_with_their_types(
    braze: BrazeQt, engine: QQmlEngine, server: Loopback, qtbot: QtBot
) -> None:
    run(engine, braze, SCRIPT)
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    events = [(event["name"], event["data"]) for event in server.events]
    for expected in (
        (
            "ce",
            {"n": "full", "p": {"when": "1970-01-01T00:00:00", "list": [1, "x", {"deep": None}], "ok": True}},
        ),
        ("ce", {"n": "null", "p": {}}),
        ("ce", {"n": "undefined", "p": {}}),
        ("ce", {"n": "large", "p": {"top": 3 * 10**9, "list": [3 * 10**9, {"deep": -3 * 10**9}]}}),
        ("ce", {"n": "part", "p": {"part": 3_000_000_000.5}}),
        ("p", {"pid": "sku", "c": "EUR", "p": "5.00", "q": 1, "pr": {}}),
        ("p", {"pid": "sku", "c": "EUR", "p": "9.99", "q": 1, "pr": {}}),
        ("p", {"pid": "sku", "c": "EUR", "p": "9.99", "q": 3, "pr": {}}),
        ("p", {"pid": "sku", "c": "EUR", "p": "-1.00", "q": 100, "pr": {"gift": True}}),
        ("lr", {"latitude": 52.5, "longitude": 13.0}),
        ("lr", {"latitude": 52.5, "longitude": 13.0, "ll_accuracy": 12.0}),
        ("lr", {"latitude": 52.5, "longitude": 13.0, "altitude": 34.0}),
        ("lr", {"latitude": 52.5, "longitude": 13.0, "ll_accuracy": 12.0, "alt_accuracy": 5.0}),
        ("set", {"key": "strings", "value": ["a", "b"]}),
        ("set", {"key": "none", "value": []}),
        ("ncam", {"key": "merged", "value": {"k": 2}}),
        ("inc", {"key": "counter", "value": 1}),
        ("inc", {"key": "counter", "value": 5_000_000_000}),
    ):
        assert expected in events
    sent: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for part in attributes(server.requests):  # the thread may have sent in the middle of the script
        custom |= part.pop("custom", {})
        sent |= part
    assert custom == {
        "text": "v",
        "whole": 3,
        "large": 3_000_000_000,
        "unmerged": {"k": 3},
        "broken": 2.5,
        "flag": True,
        "when": "1970-01-01T00:00:00",
        "object": {"k": 1, "d": {"when": "1970-01-01T00:00:00"}},
        "objects": [{"k": 1}, {"k": [2]}],
        "gone": None,
    }
    assert (sent["last_name"], sent["email"], sent["country"], sent["dob"]) == (None, None, None, "1990-7-4")


def test_whole_numbers_from_qml_stay_integers(
    braze: BrazeQt, engine: QQmlEngine, server: Loopback, qtbot: QtBot
) -> None:
    run(engine, braze, SCRIPT)
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    bodies = b"".join(request.body for request in server.requests)
    assert b"3000000000" in bodies
    assert b"000.0" not in bodies


def test_no_call_leaves_its_conversions_to_pyside() -> None:
    types = {
        bytes(kind.data()).decode()
        for meta in (BrazeQt.staticMetaObject, BrazeUser.staticMetaObject)
        for index in range(meta.methodOffset(), meta.methodCount())
        if (method := meta.method(index)).methodType() == QMetaMethod.Slot
        for kind in method.parameterTypes()
    }
    assert types <= {"QVariant", "PyObject"}  # the latter for our own signals


def test_bad_arguments_from_qml_are_refused(
    braze: BrazeQt, engine: QQmlEngine, caplog: pytest.LogCaptureFixture
) -> None:
    answers = run(engine, braze, REFUSED)
    assert answers == answered(*[False] * len(answers))
    assert len(caplog.records) == len(answers)
    assert "whole number of seconds, 1 or more" in caplog.text
    assert (braze.pendingCount, braze.sessionTimeout, braze.userId) == (0, 3_600, "")


def test_qml_can_bind_the_user(braze: BrazeQt, engine: QQmlEngine, tmp_path: Path, qtbot: QtBot) -> None:
    members = "property string who: braze.user.isAnonymous ? 'nobody' : braze.user.id"
    _component, shown = made(engine, braze, members)
    assert shown.property("who") == "nobody"
    braze.changeUser("ada")
    qtbot.waitUntil(lambda: shown.property("who") == "ada")
    gone(shown)
