"""Each call and what it sends. The golden requests were written by eye from recordings of Braze's Web SDK,
whose calls of the same names they show. Added were a refund and a place without metres; left out are
Web's X-Requested-With and sdk_metadata. The recorded bucket had one more token: it lets the first
request go for nothing.
"""

import json
import logging
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt, __version__
from braze_qt._qt.environment import Environment
from braze_qt._qt.user import BrazeUser
from tests.support.clocks import SetClock
from tests.support.loopback import PATIENCE, Loopback, Reply, Request, Silence, answer

from .arrivals import QUICK, Held, arrived, attributes, begun, flushed, labels, obeyed, refused
from .conftest import KEY, Install
from .metaobjects import slots

GOLDEN = Path(__file__).parent.parent / "golden"
WHEN = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
GROUP = "8a5f1b1e-0000-4000-8000-000000000001"
LEVEL_UP = {
    "level": 7,
    "ratio": 0.5,
    "big": 12345678901,
    "name": "Ünïcode ✓",
    "ok": True,
    "when": WHEN,
    "list": [1, "two", {"three": 3}],
    "nested": {"a": {"b": [True, None]}},
    "nothing": None,
}

Call = tuple[str, tuple[Any, ...]]

EVENTS: list[Call] = [
    ("logCustomEvent", ("level_up", LEVEL_UP)),
    ("logCustomEvent", ("bare",)),
    ("logPurchase", ("sku-1", "EUR", "9.995", 3, {"color": "red", "gift": False})),
    ("logPurchase", ("sku-2", "usd", 1)),
    ("logPurchase", ("sku-1", "EUR", -10)),
]
USER: list[Call] = [
    ("user.setEmail", ("someone@example.com",)),
    ("user.setFirstName", ("Ada",)),
    ("user.setLastName", ("L",)),
    ("user.setGender", ("f",)),
    ("user.setDateOfBirth", (1990, 7, 4)),
    ("user.setCountry", ("DE",)),
    ("user.setHomeCity", ("Berlin",)),
    ("user.setLanguage", ("de",)),
    ("user.setPhoneNumber", ("+49 30 123456",)),
    ("user.setEmailNotificationSubscriptionType", ("opted_in",)),
    ("user.setPushNotificationSubscriptionType", ("unsubscribed",)),
    ("user.setCustomAttribute", ("str", "v")),
    ("user.setCustomAttribute", ("int", 3)),
    ("user.setCustomAttribute", ("flt", 1.5)),
    ("user.setCustomAttribute", ("bool", True)),
    ("user.setCustomAttribute", ("date", WHEN)),
    ("user.setCustomAttribute", ("gone", "here")),
    ("user.unsetCustomAttribute", ("gone",)),
    ("user.setCustomAttribute", ("arr", ["a", "b"])),
    ("user.setCustomAttribute", ("empty_arr", [])),
    ("user.setCustomAttribute", ("obj", {"k": 1, "d": {"e": "f"}})),
    ("user.setCustomAttribute", ("objarr", [{"k": 1}, {"k": 2}])),
    ("user.setCustomAttribute", ("merge", {"k": 2}, True)),
    ("user.incrementCustomAttribute", ("counter",)),
    ("user.incrementCustomAttribute", ("counter", -4)),
    ("user.addToCustomAttributeArray", ("tags", "x")),
    ("user.removeFromCustomAttributeArray", ("tags", "y")),
    ("user.setLocationCustomAttribute", ("home", 52.5, 13.4)),
    ("user.unsetLocationCustomAttribute", ("home",)),
    ("user.setLastKnownLocation", (52.5, 13.4, 12, 34, 5)),
    ("user.setLastKnownLocation", (-90, 180)),
    ("user.addAlias", ("alias-1", "crm")),
    ("user.addToSubscriptionGroup", (GROUP,)),
    ("user.removeFromSubscriptionGroup", (GROUP,)),
    ("user.setLastName", (None,)),
    ("user.setEmail", (None,)),
]
ALIAS: list[Call] = [("user.addAlias", ("al-1", "crm")), ("logCustomEvent", ("aliased",))]
SIGNED_LATER: list[Call] = [
    ("setSdkAuthenticationSignature", ("SIGNATURE-TWO",)),
    ("logCustomEvent", ("signed",)),
]


def made(braze: BrazeQt, call: Call) -> Any:
    name, args = call
    target: Any = braze
    for part in name.split("."):
        target = getattr(target, part)
    return target(*args)


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def as_golden(request: Request) -> str:
    """A request as text, without what differs from run to run; 1, 1.0 and true stay apart."""
    named = {
        name: value for name, value in request.headers.items() if name.startswith(("x-", "content-type"))
    }
    if named["x-braze-last-req-ms-ago"] != "7200000":
        assert 0 <= int(named["x-braze-last-req-ms-ago"]) < 60_000
        named["x-braze-last-req-ms-ago"] = "MILLISECONDS"
    body = request.json
    assert isinstance(body["time"], int)
    body |= {"device_id": "DEVICE", "time": "SECONDS"}
    if "device" in body:
        body["device"] = dict.fromkeys(body["device"], "SYSTEM")
    for event in body["events"]:
        assert isinstance(event["time"], float)
        event |= {"time": "TIME", "session_id": "SESSION"}
    return json.dumps({"headers": named, "body": body}, sort_keys=True, indent=1)


def golden(name: str) -> str:
    text = (GOLDEN / f"{name}.json").read_text("utf-8").replace("VERSION", __version__)
    return json.dumps(json.loads(text), sort_keys=True, indent=1)


# -- golden requests -------------------------------------------------------------------------------


def test_event_and_purchase_requests_match_the_golden_file(
    install: Install, server: Loopback, qtbot: QtBot
) -> None:
    braze = begun(install, server)
    braze.openSession()
    arrived(qtbot, braze, server)
    assert [made(braze, call) for call in EVENTS] == [True] * len(EVENTS)
    assert as_golden(flushed(qtbot, braze, server)[0]) == golden("call-events")


def test_user_requests_match_the_golden_file(install: Install, server: Loopback, qtbot: QtBot) -> None:
    braze = begun(install, server)
    braze.changeUser("user-alpha")
    braze.openSession()
    arrived(qtbot, braze, server)
    assert [made(braze, call) for call in USER] == [True] * len(USER)
    assert as_golden(flushed(qtbot, braze, server)[0]) == golden("call-user")


def test_an_alias_request_matches_the_golden_file(install: Install, server: Loopback, qtbot: QtBot) -> None:
    braze = begun(install, server)
    braze.openSession()
    arrived(qtbot, braze, server)
    assert [made(braze, call) for call in ALIAS] == [True] * len(ALIAS)
    assert as_golden(flushed(qtbot, braze, server)[0]) == golden("call-alias")


def test_signature_requests_match_the_golden_files(install: Install, server: Loopback, qtbot: QtBot) -> None:
    braze = begun(install, server, device_properties=["os_version"])
    assert braze.changeUser("user-alpha", "SIGNATURE-ONE")
    braze.openSession()
    assert as_golden(arrived(qtbot, braze, server)[0]) == golden("call-signature-at-change")
    assert [made(braze, call) for call in SIGNED_LATER] == [True, True]
    assert as_golden(flushed(qtbot, braze, server)[0]) == golden("call-signature-later")


def test_every_reporting_call_has_a_golden_request() -> None:
    shown = {name for name, _ in EVENTS + USER + ALIAS + SIGNED_LATER}
    assert {f"user.{name}" for name in slots(BrazeUser)} == {
        name for name in shown if name.startswith("user.")
    }
    reporting = {name for name in slots(BrazeQt) if name.startswith("log")} - {"logout"}
    assert reporting == {"logCustomEvent", "logPurchase"}
    assert reporting <= shown


# -- what is refused -------------------------------------------------------------------------------

REFUSED: list[tuple[str, tuple[Any, ...], str]] = [
    ("logCustomEvent", ("x", {"time": 1}), "properties['time']: the name is reserved"),
    ("logCustomEvent", ("x", {"event_name": 1}), "properties['event_name']: the name is reserved"),
    ("logCustomEvent", ("$x",), "the name of an event must not begin with a dollar sign"),
    ("logCustomEvent", ("x" * 256,), "the name of an event has 256 characters, 255 are allowed"),
    ("logPurchase", ("", "EUR", 1), "product_id must be a non-empty string, not an empty one"),
    ("logPurchase", ("p", "XXY", 1), "currency must be a code of ISO 4217 such as EUR"),
    ("logPurchase", ("p", "EUR", "1,0"), "price must be a plain decimal number"),
    ("logPurchase", ("p", "EUR", 1, 101), "quantity must be a whole number from 1 to 100"),
    ("logPurchase", ("p", "EUR", 1, 0), "quantity must be a whole number from 1 to 100"),
    ("logPurchase", ("p", "EUR", 1, 1.5), "quantity must be a whole number from 1 to 100"),
    ("logPurchase", ("p", "EUR", 1, 1, {"price": 1}), "properties['price']: the name is reserved"),
    ("changeUser", ("u" * 998,), "user_id has 998 bytes of UTF-8, 997 are allowed"),
    ("changeUser", ("u", "two words"), "the signature must be printable ASCII without blanks"),
    ("setSdkAuthenticationSignature", ("s",), "an anonymous user does not sign"),
    ("setSdkAuthenticationSignature", ("",), "the signature must be printable ASCII without blanks"),
    (
        "setSessionTimeout",
        (2.7,),
        "session_timeout must be a whole number of seconds, 1 or more",
    ),
    ("setOutboundNetworkRequestsOffline", (1,), "offline must be True or False"),
    ("logout", (61,), "timeout must be a number of seconds from 0 to 60"),
    ("user.addAlias", ("", "crm"), "alias must be a non-empty string, not an empty one"),
    ("user.addAlias", ("a", "l" * 256), "label has 256 characters, 255 are allowed"),
    ("user.setFirstName", ("x" * 256,), "first_name: a string of 256 characters, 255 are allowed"),
    ("user.setLastName", (7,), "last_name must be a string, not int"),
    ("user.setEmail", ("nobody",), "email must have one @, a dot behind it, and no blanks"),
    ("user.setGender", ("x",), "gender must be one of m, f, o, n, p, u"),
    ("user.setDateOfBirth", (1990, 2, 30), "date of birth: there is no such day in the years 1 to 9999"),
    ("user.setDateOfBirth", (1990, None, None), "date of birth: "),
    ("user.setCountry", ("x" * 256,), "country: a string of 256 characters, 255 are allowed"),
    ("user.setLanguage", ("x" * 256,), "language: a string of 256 characters, 255 are allowed"),
    ("user.setHomeCity", ("x" * 256,), "home_city: a string of 256 characters, 255 are allowed"),
    ("user.setPhoneNumber", ("call me",), "phone must be digits, blanks and .()+-"),
    (
        "user.setEmailNotificationSubscriptionType",
        ("yes",),
        "subscription must be one of opted_in, subscribed, unsubscribed",
    ),
    (
        "user.setPushNotificationSubscriptionType",
        (None,),
        "subscription must be one of opted_in, subscribed, unsubscribed",
    ),
    ("user.addToSubscriptionGroup", ("",), "group_id must be a non-empty string, not an empty one"),
    ("user.removeFromSubscriptionGroup", ("a\n",), "group_id must not hold control characters"),
    ("user.setLastKnownLocation", (90.1, 0), "latitude must be a finite number from -90 to 90"),
    (
        "user.setLastKnownLocation",
        (0, -180.1),
        "longitude must be a finite number from -180 to 180",
    ),
    ("user.setLastKnownLocation", (0, 0, -1), "accuracy must be a finite number from 0 to 1e+07"),
    ("user.setLocationCustomAttribute", ("k", "0", 0), "latitude must be a number, not str"),
    ("user.setLocationCustomAttribute", ("$k", 0, 0), "key must not begin with a dollar sign"),
    ("user.unsetLocationCustomAttribute", ("",), "key must be a non-empty string, not an empty one"),
    ("user.setCustomAttribute", ("k" * 256, 1), "key has 256 characters, 255 are allowed"),
    ("user.setCustomAttribute", ("k", float("nan")), "a number that is not finite"),
    ("user.setCustomAttribute", ("k", None), "value must not be None: unsetCustomAttribute removes"),
    ("user.setCustomAttribute", ("k", [1]), "value must be a list of strings alone or of mappings alone"),
    ("user.setCustomAttribute", ("k", ["x" * 256]), "an item: a string of 256 characters, 255 are allowed"),
    ("user.setCustomAttribute", ("k", "v", True), "only a mapping can be merged"),
    (
        "user.setCustomAttribute",
        ("k", [{"x": "y" * 250}] * 300),
        "value: more than the 76800 bytes of JSON that are allowed",
    ),
    ("user.unsetCustomAttribute", ("$k",), "key must not begin with a dollar sign"),
    ("user.incrementCustomAttribute", ("k", 1.5), "by must be a whole number, not float"),
    ("user.incrementCustomAttribute", ("k", 2**63), "by: an integer outside -2**63 to 2**63 - 1"),
    ("user.addToCustomAttributeArray", ("k", 1), "value must be a string, not int"),
    (
        "user.removeFromCustomAttributeArray",
        ("k", "x" * 256),
        "value: a string of 256 characters, 255 are allowed",
    ),
]


def test_a_refused_call_warns_once_and_changes_nothing(
    install: Install, server: Loopback, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    braze = begun(install, server)
    braze.openSession()
    arrived(qtbot, braze, server)
    for name, args, words in REFUSED:
        caplog.clear()
        assert made(braze, (name, args)) is False, name
        (warning,) = warned(caplog)
        assert warning.startswith(f"{name.rpartition('.')[2]}: {words}")
        assert warning.endswith("; nothing is done")
        assert (braze.pendingCount, braze.userId, braze.sessionTimeout) == (0, "", 3_600), name
        assert len(braze.recentEvents()) == 1, name
    assert braze.logCustomEvent("last")
    (request,) = flushed(qtbot, braze, server)
    assert [event["data"].get("n") for event in request.json["events"]] == ["last"]
    assert "attributes" not in request.json
    assert "x-braze-auth-signature" not in request.headers


def test_every_user_call_has_a_refused_example() -> None:
    assert {f"user.{name}" for name in slots(BrazeUser)} <= {name for name, *_ in REFUSED}


def test_calls_while_disabled_store_nothing(install: Install, server: Loopback, tmp_path: Path) -> None:
    braze = begun(install, server, enabled=False)
    for call in EVENTS + USER:
        assert made(braze, call) is False
    assert braze.logout() is False
    assert braze.pendingCount == 0
    assert list(tmp_path.rglob("*")) == []


# -- users who sign --------------------------------------------------------------------------------


def test_signing_users_are_never_mixed_in_a_request(install: Install, server: Loopback, qtbot: QtBot) -> None:
    """A user whose signature is missing delays no other user."""
    braze = begun(install, server)
    braze.setOutboundNetworkRequestsOffline(True)
    braze.openSession()
    braze.user.addAlias("al-1", "crm")
    for user, signature in (("ada", None), ("bob", "BOB"), ("cyd", None), ("dan", "DAN")):
        braze.logCustomEvent("before")
        braze.changeUser(*([user, signature] if signature else [user]))
        braze.logCustomEvent(f"of {user}")
        braze.user.setFirstName(user)
    braze.setOutboundNetworkRequestsOffline(False)
    # ss, ce, se of ada and cyd, the names of both, and "before" of each
    qtbot.waitUntil(lambda: braze.pendingCount == 10 and braze.deliveryState == "pending")
    by_user: dict[str | None, str | None] = {}
    for request in server.requests:
        body = request.json
        users = {event.get("user_id") for event in body.get("events", []) + body.get("attributes", [])}
        (user,) = users
        by_user[user] = request.headers.get("x-braze-auth-signature")
        assert body["respond_with"].get("user_id") == user
        assert "alias" not in body
        assert "alias" not in body["respond_with"]
    assert by_user == {None: None, "bob": "BOB", "dan": "DAN"}
    assert {one["user_id"] for one in attributes(server.requests)} == {"bob", "dan"}
    server.requests.clear()
    braze.changeUser("ada", "ADA")
    qtbot.waitUntil(lambda: "of ada" in [name for name, _ in labels(server.requests)])
    for request in server.requests:
        users = {event.get("user_id") for event in request.json["events"]}
        assert users in ({"ada"}, {"dan"})
        assert request.headers["x-braze-auth-signature"] == ("ADA" if users == {"ada"} else "DAN")


def test_a_new_signature_is_tried_after_a_refusal(
    install: Install, server: Loopback, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    """The refusal is signalled, and the signature is not logged."""
    server.replies += [refused(22, "JWT expired")]
    braze = begun(install, server)
    braze.changeUser("ada", "OLD")
    # The word of it, heard late, would have the session sent twice.
    assert braze._scheduler.upload_thread.settle(PATIENCE)
    with qtbot.waitSignal(braze.sdkAuthenticationFailed) as failed:
        braze.openSession()
    assert failed.args == [22, "JWT expired", "ada", "OLD"]
    qtbot.waitUntil(lambda: braze.deliveryState == "unauthorised")
    assert "the signature is refused, code 22" in braze.lastOutcome
    assert not any("OLD" in record.getMessage() for record in caplog.records)
    assert braze.setSdkAuthenticationSignature("NEW")
    first, second = arrived(qtbot, braze, server, 2)
    assert first.json["events"] == second.json["events"]
    assert [request.headers["x-braze-auth-signature"] for request in (first, second)] == ["OLD", "NEW"]
    assert second.headers["x-braze-req-attempt"] == "2"


def test_an_optional_signature_error_is_reported_without_loss(
    install: Install, server: Loopback, qtbot: QtBot
) -> None:
    fault = {"error_code": 21, "reason": "subject mismatch"}
    server.replies += [answer(body={"message": "success", "optional_auth_error": fault})]
    braze = begun(install, server)
    braze.changeUser("ada", "BOB'S")
    with qtbot.waitSignal(braze.sdkAuthenticationFailed) as failed:
        braze.openSession()
    assert failed.args == [21, "subject mismatch", "ada", "BOB'S"]
    arrived(qtbot, braze, server)
    qtbot.waitUntil(lambda: braze.deliveryState == "idle")


def test_an_expired_signature_delays_no_other_user(
    install: Install, server: Loopback, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply() -> Reply:
        return refused() if server.requests[-1].headers["x-braze-auth-signature"] == "OLD" else answer()

    monkeypatch.setattr(server, "next_reply", reply)
    braze = begun(install, server)
    braze.changeUser("ada", "OLD")
    braze.openSession()
    qtbot.waitUntil(lambda: braze.deliveryState == "unauthorised")
    with qtbot.waitSignal(braze.sdkAuthenticationFailed) as failed:
        braze.changeUser("bob", "BOB")
    assert failed.args[2:] == ["ada", "OLD"]
    qtbot.waitUntil(lambda: braze.pendingCount == 2)  # the start and the end of ada's session
    assert {event["user_id"] for event in server.requests[-1].json["events"]} == {"bob"}
    server.requests.clear()
    braze.changeUser("ada", "NEW")
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    ada = next(request for request in server.requests if request.json["events"][0]["user_id"] == "ada")
    assert [event["name"] for event in ada.json["events"]][:2] == ["ss", "se"]
    assert ada.headers["x-braze-auth-signature"] == "NEW"


def test_fifty_refused_signatures_pause_sending_for_an_hour(
    install: Install, server: Loopback, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new signature ends the pause."""
    clock = SetClock()
    monkeypatch.setattr(BrazeQt, "_environment", Environment(clock))
    server.replies += [obeyed(time=1, **QUICK)]
    braze = begun(install, server)
    braze.changeUser("ada", "OLD")
    with qtbot.waitSignal(braze.sessionStarted):  # by which the count of refusals begins anew
        braze.openSession()
    arrived(qtbot, braze, server)
    server.replies += [refused()] * 50
    braze.logCustomEvent("refused")
    braze.requestImmediateDataFlush()
    while len(server.requests) < 50:
        assert braze._scheduler.upload_thread.settle(20.0)
        clock.move(300)  # the longest wait
    pause = clock.now().wall + 3_000
    qtbot.waitUntil(lambda: braze.deliveryState == "unauthorised" and braze.retryAt > pause)
    braze.logCustomEvent("later")
    assert len(server.requests) == 50
    assert braze.setSdkAuthenticationSignature("NEW")
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    assert labels(server.requests[50:]) == [("refused", "ada"), ("later", "ada")]


# -- the server's word -----------------------------------------------------------------------------

LISTS = {"events_blacklist": ["e"], "attributes_blacklist": ["a"], "purchases_blacklist": ["p"]}
BLOCKED: list[Call] = [
    ("logCustomEvent", ("e",)),
    ("logPurchase", ("p", "EUR", 1)),
    ("user.setCustomAttribute", ("a", 1)),
    ("user.setCustomAttribute", ("a", ["x"])),
    ("user.setCustomAttribute", ("a", {"k": 1}, True)),
    ("user.unsetCustomAttribute", ("a",)),
    ("user.incrementCustomAttribute", ("a",)),
    ("user.addToCustomAttributeArray", ("a", "x")),
    ("user.removeFromCustomAttributeArray", ("a", "x")),
    ("user.setLocationCustomAttribute", ("a", 0, 0)),
    ("user.unsetLocationCustomAttribute", ("a",)),
]


def test_names_blocked_by_the_server_are_refused(
    install: Install, server: Loopback, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    """Until a newer configuration allows them, also over a restart."""
    server.replies += [obeyed(time=7, **LISTS), obeyed(time=7), obeyed(time=6)]
    braze = begun(install, server)
    braze.openSession()
    arrived(qtbot, braze, server)
    for _ in range(2):
        for call in BLOCKED:
            caplog.clear()
            assert made(braze, call) is False
            (warning,) = warned(caplog)
            assert f"{call[1][0]!r} is blocked by Braze" in warning
        assert braze.logCustomEvent("a")
        (request,) = flushed(qtbot, braze, server)
        assert labels([request]) == [("a", None)]
        assert request.json["respond_with"]["config"] == {"config_time": 7}
    braze.setOutboundNetworkRequestsOffline(True)  # or the session's end might take the next reply along
    braze = begun(install, server)  # kept over a restart
    assert [made(braze, call) for call in BLOCKED] == [False] * len(BLOCKED)
    server.replies += [obeyed(time=8, unknown={"key": 1})]
    braze.openSession()
    arrived(qtbot, braze, server)
    assert [made(braze, call) for call in BLOCKED] == [True] * len(BLOCKED)


def test_a_minimum_session_timeout_applies_after_a_restart(
    install: Install, server: Loopback, qtbot: QtBot
) -> None:
    server.replies += [obeyed(time=7, minimum_session_timeout=25)]
    braze = begun(install, server, session_timeout=10)
    braze.openSession()
    arrived(qtbot, braze, server)
    assert braze.sessionTimeout == 10
    braze = begun(install, server, session_timeout=10)
    assert braze.sessionTimeout == 25
    assert braze.setSessionTimeout(5)
    assert braze.sessionTimeout == 25
    with qtbot.waitSignal(braze.sessionTimeoutChanged):
        assert braze.setSessionTimeout(30)
    assert braze.sessionTimeout == 30


# -- offline ---------------------------------------------------------------------------------------


def test_offline_mode_keeps_everything_until_it_ends(
    install: Install, server: Loopback, qtbot: QtBot
) -> None:
    braze = begun(install, server)
    with qtbot.waitSignal(braze.deliveryChanged):
        assert braze.setOutboundNetworkRequestsOffline(True)
    assert braze.deliveryState == "paused"
    braze.openSession()
    assert braze.logCustomEvent("kept")
    assert braze.user.setFirstName("Ada")
    assert not braze.requestImmediateDataFlush()
    assert braze.pendingCount == 3
    assert braze.setOutboundNetworkRequestsOffline(False)
    (request,) = arrived(qtbot, braze, server)
    assert labels([request]) == [("kept", None)]
    assert attributes([request]) == [{"first_name": "Ada"}]
    assert braze.deliveryState != "paused"


def test_quitting_in_offline_mode_does_not_wait(install: Install, server: Loopback, qtbot: QtBot) -> None:
    silence = Silence()
    server.replies += [silence]
    braze = begun(install, server, shutdown_timeout=60.0)
    braze.openSession()
    qtbot.waitUntil(silence.heard.is_set)
    braze.setOutboundNetworkRequestsOffline(True)
    braze.shutdown()
    assert not silence.outlasted
    silence.end.set()


# -- leaving ---------------------------------------------------------------------------------------


def test_logout_sends_everything_and_then_wipes_it(
    install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    braze = begun(install, server)
    braze.setOutboundNetworkRequestsOffline(True)
    braze.user.setHomeCity("Berlin")
    braze.changeUser("ada")
    braze.user.setFirstName("Ada")
    braze.changeUser("bob")
    braze.user.setFirstName("Bob")
    braze.openSession()
    braze.logCustomEvent("last")
    braze.setOutboundNetworkRequestsOffline(False)
    device = braze.deviceId
    with (
        qtbot.waitSignals([braze.userChanged, braze.enabledChanged]),
        qtbot.waitSignal(braze.loggedOut) as left,
    ):
        assert braze.logout()
    assert left.args == [True]
    assert [event["name"] for event in server.events if event["name"] != "ce"] == ["ss", "se"]
    assert labels(server.requests) == [("last", "bob")]
    assert sorted(one["first_name"] for one in attributes(server.requests)) == ["Ada", "Bob"]
    assert list(tmp_path.rglob("*")) == []
    assert (braze.enabled, braze.userId, braze.sessionState, braze.pendingCount) == (False, "", "none", 0)
    assert braze.deliveryState == "disabled"
    assert braze.deviceId != device
    assert not braze.logCustomEvent("ignored")
    assert braze.setEnabled(True)
    assert braze.logCustomEvent("anew")


@pytest.mark.parametrize("reply", [answer(503), answer(400), refused()], ids=["503", "400", "signature"])
def test_logout_reports_a_failed_send_and_wipes_anyway(
    install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path, reply: Any
) -> None:
    server.replies += [reply, reply]  # what waits may go by itself before logout sends it
    braze = begun(install, server)
    braze.setOutboundNetworkRequestsOffline(True)
    braze.openSession()
    braze.setOutboundNetworkRequestsOffline(False)
    with qtbot.waitSignal(braze.loggedOut) as left:
        assert braze.logout()
    assert left.args == [False]
    assert (braze.enabled, braze.pendingCount) == (False, 0)
    assert list(tmp_path.rglob("*")) == []


def test_logout_waits_no_longer_than_its_timeout(
    install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    silence = Silence()
    server.replies += [silence]
    braze = begun(install, server)
    braze.openSession()
    qtbot.waitUntil(silence.heard.is_set)
    with qtbot.waitSignal(braze.loggedOut) as left:
        assert braze.logout(0.1)
    assert left.args == [False]
    assert not silence.outlasted
    assert (braze.enabled, braze.pendingCount) == (False, 0)
    assert list(tmp_path.rglob("*")) == []
    device = braze.deviceId
    braze.setEnabled(True)
    braze.openSession()
    silence.end.set()
    qtbot.waitUntil(lambda: braze.pendingCount == 0, timeout=30_000)
    assert server.requests[-1].json["device_id"] == device


def test_quitting_during_logout_leaves_no_data(
    install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    held = Held()
    server.replies += [held]
    braze = begun(install, server, shutdown_timeout=0.1)
    braze.changeUser("ada")
    braze.openSession()
    qtbot.waitUntil(held.heard.is_set)
    assert braze.logout()
    told: list[bool] = []
    braze.loggedOut.connect(told.append)
    braze.shutdown()
    held.go.set()
    assert told == [False]
    assert list(tmp_path.rglob("*")) == []
    braze = begun(install, server)
    assert (braze.userId, braze.pendingCount) == ("", 0)


def test_logout_works_from_another_thread(install: Install, server: Loopback, qtbot: QtBot) -> None:
    braze = begun(install, server)
    braze.openSession()
    with qtbot.waitSignal(braze.loggedOut) as left:
        thread = threading.Thread(target=braze.logout)
        thread.start()
    thread.join()
    assert left.args == [True]
    assert braze.deliveryState == "disabled"


def test_a_wipe_during_a_request_leaves_no_data(
    install: Install, server: Loopback, qtbot: QtBot, tmp_path: Path
) -> None:
    held = Held()
    server.replies += [held]
    braze = begun(install, server)
    braze.openSession()
    braze.user.setFirstName("Ada")
    braze.user.addAlias("al-1", "crm")
    qtbot.waitUntil(held.heard.is_set)
    device = braze.deviceId
    assert braze.wipeData()
    assert list(tmp_path.rglob("*")) == []
    assert braze.setEnabled(True)
    braze.openSession()
    held.go.set()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)
    request = server.requests[-1].json
    assert request["device_id"] == braze.deviceId != device
    assert "alias" not in request
    assert "device" in request


# -- the device ------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [["os_version"], ["time_zone", "os_version"], []])
def test_only_allowed_device_properties_are_sent(
    install: Install, server: Loopback, qtbot: QtBot, allowed: list[str]
) -> None:
    braze = begun(install, server, device_properties=allowed)
    braze.openSession()
    (request,) = arrived(qtbot, braze, server)
    assert set(request.json.get("device", {})) == set(allowed)
    assert request.json["api_key"] == KEY
