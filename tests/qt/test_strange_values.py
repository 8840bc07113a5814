"""Values of host classes: their methods may return wrong values or raise text about a person."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from braze_qt import BrazeQt
from braze_qt._qt import guard
from tests.support.strange import Endless, Liar

from .conftest import Install

SECRET = "ada@hush.example"


@pytest.fixture
def braze(install: Install) -> BrazeQt:
    braze = install(automatic_sessions=False)
    braze.openSession()
    assert braze.changeUser("grace")
    return braze


TEXTS: list[Callable[[BrazeQt, str], bool]] = [
    lambda braze, text: braze.changeUser(text),
    lambda braze, text: braze.changeUser("grace", text),
    lambda braze, text: braze.setSdkAuthenticationSignature(text),
    lambda braze, text: braze.logCustomEvent(text),
    lambda braze, text: braze.logCustomEvent("x", {text: 1}),
    lambda braze, text: braze.logCustomEvent("x", {"deep": [text]}),
    lambda braze, text: braze.logPurchase(text, "EUR", 1),
    lambda braze, text: braze.logPurchase("p", text, 1),
    lambda braze, text: braze.logPurchase("p", "EUR", text),
    lambda braze, text: braze.user.addAlias(text, "crm"),
    lambda braze, text: braze.user.setFirstName(text),
    lambda braze, text: braze.user.setEmail(text),
    lambda braze, text: braze.user.setPhoneNumber(text),
    lambda braze, text: braze.user.setGender(text),
    lambda braze, text: braze.user.setPushNotificationSubscriptionType(text),
    lambda braze, text: braze.user.addToSubscriptionGroup(text),
    lambda braze, text: braze.user.setCustomAttribute(text, 1),
    lambda braze, text: braze.user.setCustomAttribute("k", text),
    lambda braze, text: braze.user.setCustomAttribute("k", [text]),
    lambda braze, text: braze.user.setCustomAttribute("k", {"k": text}),
    lambda braze, text: braze.user.addToCustomAttributeArray("k", text),
]


@pytest.mark.parametrize("call", TEXTS)
@pytest.mark.parametrize("text", ["a\ud800", "x" * 9_000], ids=["no Unicode", "too long"])
def test_a_string_subclass_is_validated_by_its_content(
    braze: BrazeQt, call: Callable[[BrazeQt, str], bool], text: str
) -> None:
    before = (braze.userId, braze.pendingCount, braze.lostCount)
    assert call(braze, Liar(text)) is False
    assert (braze.userId, braze.pendingCount, braze.lostCount) == before
    assert braze.logCustomEvent("goes on")


def test_a_string_subclass_is_stored_as_plain_str(braze: BrazeQt) -> None:
    assert braze.changeUser(Liar("ada"))
    assert type(braze.userId) is str
    assert braze.userId == "ada"


class Huge(int):
    """Says that it lies within every bound."""

    def __le__(self, _: object) -> bool:
        return True

    __ge__ = __lt__ = __gt__ = __le__


def test_a_number_subclass_is_validated_by_its_value(braze: BrazeQt) -> None:
    assert not braze.logCustomEvent("x", {"n": Huge(2**70)})
    assert not braze.logPurchase("p", "EUR", Huge(10**20))
    assert not braze.logPurchase("p", "EUR", 1, Huge(1_000))
    assert not braze.user.setLastKnownLocation(Huge(1_000), 0)
    assert not braze.user.incrementCustomAttribute("k", Huge(2**70))


@pytest.mark.parametrize("item", ["x", "", {"k": 1}, {}, 1, None])
def test_an_endless_list_is_refused(braze: BrazeQt, item: object) -> None:
    assert not braze.user.setCustomAttribute("k", Endless(item))
    assert not braze.logCustomEvent("x", {"k": Endless(item)})


class Talkative(Mapping[str, Any]):
    """Raises with words about a person, whatever is asked of it."""

    error: type[Exception] = ValueError

    def __getitem__(self, _: str) -> Any:
        raise self.error(SECRET)

    def __iter__(self) -> Iterator[str]:
        raise self.error(SECRET)

    def __len__(self) -> int:
        raise self.error(SECRET)

    def __repr__(self) -> str:
        raise self.error(SECRET)

    def __index__(self) -> int:
        raise self.error(SECRET)

    __bool__ = __float__ = __index__


class Other(Talkative):
    error = LookupError


def secret_calls(braze: BrazeQt, value: Any) -> list[bool]:
    user = braze.user
    return [
        braze.changeUser(value),
        braze.changeUser("grace", value),
        braze.logCustomEvent(value),
        braze.logCustomEvent("x", value),
        braze.logCustomEvent("x", {"k": value}),
        braze.logPurchase("p", value, 1),
        braze.logPurchase("p", "EUR", value),
        braze.logPurchase("p", "EUR", 1, value),
        braze.setSessionTimeout(value),
        braze.setEnabled(value),
        braze.setOutboundNetworkRequestsOffline(value),
        braze.logout(value),
        user.setFirstName(value),
        user.setDateOfBirth(value, value, value),
        user.setLastKnownLocation(value, 1000),
        user.setLocationCustomAttribute("k", value, 0),
        user.incrementCustomAttribute("k", value),
        user.setCustomAttribute("k", value),
        user.setCustomAttribute("k", value, value),
        user.setPushNotificationSubscriptionType(value),
        user.setGender(value),
        user.setPhoneNumber(value),
    ]


class Named:
    """Prints as two lines, the second of which looks like one of ours."""

    def __repr__(self) -> str:
        return f"x\nERROR {SECRET}"

    __str__ = __repr__


FORGED = type("x\nERROR ada@hush.example", (), {})


@pytest.mark.parametrize(
    "value", [Talkative(), Other(), Named(), FORGED()], ids=["value", "other", "lines", "class"]
)
def test_no_text_of_a_value_is_logged(braze: BrazeQt, value: Any, caplog: pytest.LogCaptureFixture) -> None:
    answers = secret_calls(braze, value)
    assert answers == [False] * len(answers)
    records = [record for record in caplog.records if record.name == guard.__name__]
    assert len(records) == len(answers)
    for record in records:
        assert "\n" not in record.getMessage()
        assert record.exc_info is None
        if type(value) is not FORGED:
            assert SECRET not in record.getMessage()


@pytest.mark.parametrize("value", [SECRET * 40, 151.2093e9, 1883.5, -4711e20, [4711e300], {"k": {SECRET}}])
def test_refusals_are_logged_without_the_value(
    braze: BrazeQt, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret_calls(braze, value)
    assert caplog.records
    for said in (SECRET, "151", "1883", "4711"):
        assert said not in caplog.text.replace("(-1883", "")


DEEP = """
import logging, sys
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlEngine
from braze_qt import BrazeConfig, BrazeQt
app = QGuiApplication([])
braze = BrazeQt.install(app, BrazeConfig("key", "http://127.0.0.1:9", data_dir=sys.argv[1]))
engine = QQmlEngine()
engine.rootContext().setContextProperty("braze", braze)
component = QQmlComponent(engine)
component.setData(b'''
import QtQml
QtObject {
    property var answers: {
        var array = [], object = {}, loop = []
        for (var level = 0; level < 100000; ++level) { array = [array]; object = {"k": object} }
        loop.push(loop)
        var sparse = []; sparse[3000000] = 1
        var full = []; for (var i = 0; i < 100000; ++i) full.push(i)
        var shared = ["x"]; for (i = 0; i < 40; ++i) shared = [shared, shared]
        var fifty = 1; for (i = 0; i < 50; ++i) fifty = {"k": fifty}
        return [array, object, loop, sparse, full, shared].map(function(value) {
            return [braze.logCustomEvent("x", {"k": value}), braze.logCustomEvent("x", value),
                    braze.user.setCustomAttribute("k", value),
                    braze.user.setCustomAttribute("k", {"k": value})]
        }).concat([[braze.logCustomEvent("x", fifty), braze.logCustomEvent("x", {"k": fifty})]])
    }
}''', QUrl("file:///deep.qml"))
made = component.create()
print(made.property("answers").toVariant())
"""


def test_endless_nesting_from_qml_is_refused(tmp_path: Any) -> None:
    """The process survives it."""
    done = subprocess.run(
        [sys.executable, "-c", DEEP, str(tmp_path / "data")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers: list[Any] = [[False] * 4] * 6 + [[True, False]]
    if guard.SLOT_RESULT is None:  # PySide carries none to QML
        answers = [[None] * len(each) for each in answers]
    assert done.stdout.strip() == str(answers)
