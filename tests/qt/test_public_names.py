"""The public names, listed by hand, so that every change of them is deliberate."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QObject

import braze_qt
import braze_qt.content_cards
import braze_qt.feature_flags
import braze_qt.qml
import braze_qt.testing
import braze_qt.widgets
from braze_qt import BrazeQt
from braze_qt._qt.user import BrazeUser
from braze_qt.content_cards import ContentCard, ContentCards
from braze_qt.feature_flags import FeatureFlag, FeatureFlags
from braze_qt.qml._facade import Braze, Cards, Flags, User

from .metaobjects import properties, signals

GUIDE = (Path(__file__).parents[2] / "docs" / "integration.md").read_text("utf-8")

PROPERTIES = {
    "deliveryState",
    "deviceId",
    "enabled",
    "lastOutcome",
    "lostCount",
    "pendingCount",
    "retryAt",
    "secondsToTimeout",
    "sessionId",
    "sessionSeconds",
    "sessionStart",
    "sessionState",
    "sessionTimeout",
    "user",
    "userId",
}
SIGNALS = {
    "deliveryChanged",
    "enabledChanged",
    "loggedOut",
    "sdkAuthenticationFailed",
    "sessionEnded",
    "sessionStarted",
    "sessionStateChanged",
    "sessionTimeoutChanged",
    "userChanged",
}
CALLS = {
    "changeUser",
    "closeSession",
    "install",
    "instance",
    "logCustomEvent",
    "logPurchase",
    "logout",
    "openSession",
    "recentEvents",
    "requestImmediateDataFlush",
    "setEnabled",
    "setOutboundNetworkRequestsOffline",
    "setSdkAuthenticationSignature",
    "setSessionTimeout",
    "shutdown",
    "wipeData",
}
USER_PROPERTIES = {"id", "isAnonymous"}
USER_SIGNALS = {"changed"}
USER_CALLS = {
    "addAlias",
    "addToCustomAttributeArray",
    "addToSubscriptionGroup",
    "incrementCustomAttribute",
    "removeFromCustomAttributeArray",
    "removeFromSubscriptionGroup",
    "setCountry",
    "setCustomAttribute",
    "setDateOfBirth",
    "setEmail",
    "setEmailNotificationSubscriptionType",
    "setFirstName",
    "setGender",
    "setHomeCity",
    "setLanguage",
    "setLastKnownLocation",
    "setLastName",
    "setLocationCustomAttribute",
    "setPhoneNumber",
    "setPushNotificationSubscriptionType",
    "unsetCustomAttribute",
    "unsetLocationCustomAttribute",
}
FLAGS_PROPERTIES = {"leftOutCount", "loaded", "values"}
FLAGS_SIGNALS = {"changed", "loadedChanged", "refreshed"}
FLAGS_CALLS = {"flag", "flags", "logImpression", "refresh"}
FLAG = {"boolean", "enabled", "id", "image", "json", "number", "string", "timestamp"}

CARDS_PROPERTIES = {"leftOutCount", "loaded", "model", "unviewedCount"}
CARDS_SIGNALS = {"clicked", "loadedChanged", "refreshed", "unviewedCountChanged"}
CARDS_CALLS = {"card", "cards", "dismiss", "markViewed", "open", "refresh"}
CARD = {
    "alt_text",
    "aspect_ratio",
    "clicked",
    "dismissible",
    "expires",
    "extras",
    "id",
    "image_url",
    "kind",
    "language",
    "link",
    "link_text",
    "pinned",
    "text",
    "title",
    "updated",
    "viewed",
}


def public(kind: type[QObject]) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")} - set(dir(QObject))


EXPORTS = {
    braze_qt: [
        "BrazeConfig",
        "BrazeError",
        "BrazeQt",
        "ConfigError",
        "EventRecord",
        "StoreError",
        "UsageError",
        "__version__",
    ],
    braze_qt.content_cards: ["ContentCard", "ContentCards"],
    braze_qt.feature_flags: ["FeatureFlag", "FeatureFlags"],
    braze_qt.qml: ["IMPORT_PATH", "register"],
    braze_qt.testing: [
        "BrazeApp",
        "FakeClock",
        "RecordedEvent",
        "RecordedRequest",
        "RecordingTransport",
        "SandboxError",
        "SandboxProcess",
    ],
    braze_qt.widgets: ["Inspector", "SessionSettingsDialog"],
}


@pytest.mark.parametrize("package", EXPORTS, ids=lambda package: package.__name__)
def test_each_package_exports_the_listed_names(package: ModuleType) -> None:
    assert package.__all__ == EXPORTS[package]
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'BrazeQT'"):
        _ = package.BrazeQT


def test_the_installation_has_the_listed_members() -> None:
    assert public(BrazeQt) == PROPERTIES | SIGNALS | CALLS
    assert (properties(BrazeQt), signals(BrazeQt)) == (PROPERTIES, SIGNALS)


def test_the_user_has_the_listed_members() -> None:
    assert public(BrazeUser) == USER_PROPERTIES | USER_SIGNALS | USER_CALLS
    assert (properties(BrazeUser), signals(BrazeUser)) == (USER_PROPERTIES, USER_SIGNALS)


def test_feature_flags_have_the_listed_members() -> None:
    assert public(FeatureFlags) == FLAGS_PROPERTIES | FLAGS_SIGNALS | FLAGS_CALLS
    assert (properties(FeatureFlags), signals(FeatureFlags)) == (FLAGS_PROPERTIES, FLAGS_SIGNALS)
    assert {name for name in dir(FeatureFlag("a")) if not name.startswith("_")} == FLAG


def test_content_cards_have_the_listed_members() -> None:
    assert public(ContentCards) == CARDS_PROPERTIES | CARDS_SIGNALS | CARDS_CALLS
    assert (properties(ContentCards), signals(ContentCards)) == (CARDS_PROPERTIES, CARDS_SIGNALS)
    assert {name for name in dir(ContentCard("a")) if not name.startswith("_")} == CARD


def test_qml_sees_the_listed_members() -> None:
    """The calls are those of tests/qt/test_user.py."""
    assert (properties(Braze), signals(Braze)) == (PROPERTIES | {"contentCards", "featureFlags"}, SIGNALS)
    assert (properties(User), signals(User)) == (USER_PROPERTIES, USER_SIGNALS)
    assert (properties(Flags), signals(Flags)) == (FLAGS_PROPERTIES, FLAGS_SIGNALS)
    assert (properties(Cards), signals(Cards)) == (CARDS_PROPERTIES, CARDS_SIGNALS | {"modelChanged"})


def test_the_guide_lists_every_property_and_signal() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| (?:str|float|int|bool|BrazeUser) \| (?:`([\w.]+)`)? ?\|", GUIDE, re.M
    )
    listed = dict(rows)
    assert set(listed) == PROPERTIES | {f"user.{name}" for name in USER_PROPERTIES}
    for kind, prefix in ((BrazeQt, ""), (BrazeUser, "user.")):
        meta = kind.staticMetaObject
        for name in properties(kind):
            notify = meta.property(meta.indexOfProperty(name)).notifySignal()
            told = bytes(notify.name().data()).decode()
            assert listed[prefix + name] == (prefix + told if told else "")
    table = GUIDE[GUIDE.index("| signal | tells |") :]
    assert set(re.findall(r"`([\w.]+)`", table.split("\n\n")[0])) >= SIGNALS | {"user.changed"}
