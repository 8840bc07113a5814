"""``import BrazeQt``: the singleton follows the installation, whatever comes and goes first."""

import gc
import logging
import subprocess
import sys

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtQml import QQmlApplicationEngine, QQmlComponent, QQmlEngine
from PySide6.QtQuick import QQuickView
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from braze_qt import BrazeQt
from braze_qt.qml import IMPORT_PATH, register
from braze_qt.testing import BrazeApp
from tests.support.qml_answers import answered

from .conftest import Load, delete, loaded

LISTENS = """
    signal switched
    property var started: []
    property var log: Connections {
        target: Braze
        function onEnabledChanged() { switched() }
        function onSessionStarted(sessionId) { started.push(sessionId) }
    }
"""
SHOWS = f"""{LISTENS}
    property string user: Braze.user.isAnonymous ? "nobody" : Braze.user.id
    property string state: Braze.sessionState + " " + Braze.deliveryState
    property int timeout: Braze.sessionTimeout
    property bool enabled: Braze.enabled
"""
EMPTY = {
    "deliveryState": "disabled",
    "deviceId": "",
    "enabled": False,
    "lastOutcome": "",
    "lostCount": 0,
    "pendingCount": 0,
    "retryAt": 0,
    "secondsToTimeout": -1,
    "sessionId": "",
    "sessionSeconds": 0,
    "sessionStart": 0,
    "sessionState": "none",
    "sessionTimeout": 0,
    "userId": "",
}

not_installed = pytest.mark.braze(installed=False)


def started(shown: object) -> list[str]:
    return list(shown.property("started").toVariant())


@not_installed
def test_without_an_installation_calls_answer_false(
    load: Load, braze_app: BrazeApp, caplog: pytest.LogCaptureFixture
) -> None:
    """With one warning each."""
    shown = load(
        """property var answers: [
            Braze.logCustomEvent("opened", {"pages": 3}), Braze.setEnabled(true),
            Braze.user.setFirstName("Ada")
        ]"""
    )
    assert shown.property("answers").toVariant() == answered(False, False, False)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, f"{name}: braze_qt is not installed; nothing is done")
        for name in ("logCustomEvent", "setEnabled", "setFirstName")
    ]


@not_installed
def test_without_an_installation_properties_are_empty(
    load: Load, braze_app: BrazeApp, caplog: pytest.LogCaptureFixture
) -> None:
    """They have the values that an installation without session, user and events has."""
    values = ", ".join(f"{name}: Braze.{name}" for name in EMPTY)
    shown = load(f"property var values: ({{ {values} }})\n{SHOWS}")
    assert shown.property("values").toVariant() == EMPTY
    assert shown.property("user") == "nobody"
    assert caplog.records == []


@not_installed
def test_bindings_follow_one_installation_after_another(
    load: Load, braze_app: BrazeApp, qapp: QApplication
) -> None:
    shown = load(SHOWS)
    for timeout in (20, 30):
        braze = braze_app.install(qapp, session_timeout=timeout)
        assert (shown.property("enabled"), shown.property("timeout")) == (True, timeout)
        assert braze.changeUser(f"user-{timeout}")
        braze_app.come_to_front()
        assert shown.property("user") == f"user-{timeout}"
        assert shown.property("state").startswith("foreground")
        assert started(shown)[-1] == braze.sessionId
        braze.shutdown()
        assert (shown.property("enabled"), shown.property("timeout")) == (False, 0)
        assert (shown.property("user"), shown.property("state")) == ("nobody", "none disabled")
    assert len(started(shown)) == len(set(started(shown))) >= 2


def test_every_engine_has_the_module(braze_app: BrazeApp) -> None:
    register()
    engines = [QQmlApplicationEngine() for _ in range(3)]
    shown = [loaded(engine, SHOWS) for engine in [*engines, engines[0]]]
    braze_app.braze.changeUser("ada")
    braze_app.come_to_front()
    assert [one.property("user") for one in shown] == ["ada"] * len(shown)
    assert [started(one) for one in shown] == [started(shown[0])] * len(shown)
    assert started(shown[0])
    for engine in engines:
        delete(engine)


def test_a_value_of_qml_arrives_as_in_python(load: Load, braze_app: BrazeApp) -> None:
    answers = load(
        """property var answers: [
            Braze.logCustomEvent("opened", {"pages": [1, 2], "at": new Date(0), "none": null}),
            Braze.user.setEmail("ada@example.org"), Braze.setSessionTimeout("soon")
        ]"""
    ).property("answers")
    assert answers.toVariant() == answered(True, True, False)
    braze_app.braze.openSession()
    assert braze_app.event("opened").properties == {"pages": [1, 2], "at": "1970-01-01T00:00:00"}
    assert braze_app.attributes()[0]["email"] == "ada@example.org"


@pytest.mark.parametrize("first", ["engine", "installation"])
def test_engine_and_installation_end_in_any_order(
    first: str, engine: QQmlApplicationEngine, load: Load, braze_app: BrazeApp
) -> None:
    shown = load(f'{SHOWS}\nComponent.onDestruction: Braze.logCustomEvent("bye")')
    if first == "engine":
        delete(engine)
        braze_app.braze.openSession()
        assert braze_app.event("bye")
        assert braze_app.braze.changeUser("ada")
        braze_app.braze.shutdown()
    else:
        braze_app.braze.shutdown()
        assert shown.property("enabled") is False
        delete(engine)


def test_an_object_may_outlive_its_engine(braze_app: BrazeApp) -> None:
    register()
    engine = QQmlEngine()
    component = QQmlComponent(engine)
    component.setData(
        b"import BrazeQt\nimport QtQml\nQtObject { property string user: Braze.userId }",
        QUrl("file:///object.qml"),
    )
    shown = component.create()
    delete(engine)
    assert braze_app.braze.changeUser("ada")
    braze_app.come_to_front()
    assert shown.property("user") == ""


def test_a_handler_may_delete_another_engine(braze_app: BrazeApp) -> None:
    """While the engines are told that the installation has ended."""
    register()
    engines = [QQmlApplicationEngine() for _ in range(2)]
    shown = [loaded(engine, SHOWS) for engine in engines]
    told = []

    def delete_the_other(this: int) -> None:
        told.append(this)
        if isValid(engines[1 - this]):
            delete(engines[1 - this])

    for this in (0, 1):
        shown[this].enabledChanged.connect(lambda this=this: delete_the_other(this))
    braze_app.braze.shutdown()
    assert len(told) == sum(map(isValid, engines)) == 1
    for engine in filter(isValid, engines):
        delete(engine)


def test_a_handler_may_install_again(braze_app: BrazeApp, qapp: QApplication) -> None:
    """Each engine hears each signal of the new installation once."""
    register()
    engines = [QQmlApplicationEngine() for _ in range(2)]
    shown = [loaded(engine, LISTENS) for engine in engines]
    shown[0].switched.connect(lambda: BrazeQt.instance() or braze_app.install(qapp))
    braze_app.go_away()
    braze_app.braze.shutdown()
    braze_app.come_to_front()
    assert [started(one) for one in shown] == [[braze_app.braze.sessionId]] * 2
    for engine in engines:
        delete(engine)


def test_the_collectors_leave_the_singleton_alone(
    engine: QQmlApplicationEngine, load: Load, braze_app: BrazeApp
) -> None:
    """Python's and that of QML."""
    shown = load(SHOWS)
    for _ in range(3):
        gc.collect()
        engine.collectGarbage()
    braze_app.braze.changeUser("ada")
    braze_app.come_to_front()
    assert shown.property("user") == "ada"
    assert started(shown)
    answers = load("property var answers: [Braze.user.setFirstName('Ada')]").property("answers")
    assert answers.toVariant() == answered(True)


def test_an_engine_in_a_cycle_is_collected(braze_app: BrazeApp) -> None:
    """And its singleton with it, while signals go on."""
    register()

    class Host:
        def __init__(self) -> None:
            self.engine = QQmlApplicationEngine()
            self.shown = loaded(self.engine, SHOWS)
            self.itself = self

    gone: list[int] = []
    for number in range(5):
        host = Host()
        host.engine.destroyed.connect(lambda _, number=number: gone.append(number))
        del host
        gc.collect()
        braze_app.braze.changeUser(f"user-{number}")
        braze_app.come_to_front()
    assert gone == list(range(5))


def test_the_engine_of_a_view_has_the_module(braze_app: BrazeApp) -> None:
    register()
    view = QQuickView()
    component = QQmlComponent(view.engine())
    component.setData(
        b"import QtQuick\nimport BrazeQt\nText { text: Braze.userId }", QUrl("file:///text.qml")
    )
    text = component.create()
    view.setContent(QUrl("file:///text.qml"), component, text)
    view.show()
    braze_app.braze.changeUser("ada")
    QApplication.processEvents()
    assert text.property("text") == "ada"
    delete(view)
    assert braze_app.braze.changeUser("grace")


def test_tools_files_do_not_disturb_an_engine(
    engine: QQmlApplicationEngine, load: Load, braze_app: BrazeApp
) -> None:
    """A host may give one import path to its engine and to qmllint."""
    engine.addImportPath(IMPORT_PATH)
    assert load(SHOWS).property("enabled") is True


EXIT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from braze_qt import BrazeConfig, BrazeQt
from braze_qt.qml import register

app = QGuiApplication(sys.argv)
register()
engine = QQmlApplicationEngine()
engine.loadData(b'''
import QtQuick
import QtQuick.Window
import BrazeQt
Window {
    visible: true
    title: Braze.sessionState + Braze.user.id
    Component.onDestruction: Braze.enabled
}
''')
BrazeQt.install(app, BrazeConfig("key", "http://127.0.0.1:9", data_dir=sys.argv[1], shutdown_timeout=0))
QTimer.singleShot(50, app.quit)
code = app.exec()
#END
sys.exit(code)
"""


@pytest.mark.parametrize("end", ["", "del engine; app.shutdown()"])
def test_a_program_may_end_in_any_way(end: str, tmp_path: object) -> None:
    """Nothing is written to its error stream."""
    result = subprocess.run(
        [sys.executable, "-c", EXIT.replace("#END", end), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_registering_again_changes_nothing(load: Load, braze_app: BrazeApp) -> None:
    shown = load(SHOWS)
    observers = set(BrazeQt._observers)
    register()
    assert observers == BrazeQt._observers
    assert shown.property("enabled") is True
