"""What an inspector shows of a real installation."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication
from shiboken6 import delete

from braze_qt._inspector.core import InspectorCore
from tests.support.loopback import answer, free_port, serving

from .conftest import KEY

USER = "ada@example.com"


def names(core: InspectorCore) -> list[str]:
    return [core.events.index(row, 1).data() for row in range(core.events.rowCount())]


def states(core: InspectorCore) -> list[str]:
    return [core.events.index(row, 4).data() for row in range(core.events.rowCount())]


def said(details: str) -> tuple[str, Any]:
    """The heading of an event's details, and the event."""
    heading, _, text = details.partition("\n")
    return heading.partition(" at ")[0], json.loads(text)


def test_an_event_is_shown_before_and_after_sending(core, braze, server, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: states(core) == ["Acknowledged"])
    braze.logCustomEvent("saved", {"pages": 3})
    qtbot.waitUntil(lambda: names(core) == ["saved", "Session start"])

    heading, waiting = said(core.eventDetails(0))
    assert (heading, waiting["data"]) == ("As stored, not sent yet", {"n": "saved", "p": {"pages": 3}})

    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: states(core) == ["Acknowledged", "Acknowledged"])
    heading, sent = said(core.eventDetails(0))
    assert (heading, sent) == ("As sent", server.requests[-1].json["events"][-1])


def test_a_request_is_shown_with_its_reply(core, braze, server, qtbot):
    braze.openSession()
    qtbot.waitUntil(
        lambda: core.requests.rowCount() == 1 and core.requests.index(0, 3).data() == "201 Created"
    )

    shown = core.requestDetails(0)
    assert '"message": "success"' in shown
    assert "X-Braze-Req-Attempt: 1" in shown
    sent = server.requests[0].json
    assert sent["api_key"] == KEY
    assert json.dumps(sent | {"api_key": "(hidden)"}, indent=2) in shown


def test_no_secret_is_shown_or_copied(core, braze, server, qtbot):
    """What is personal is shown on demand, and never copied into a report."""
    braze.openSession()
    braze.changeUser(USER, "a.signature.token")
    braze.user.setEmail(USER)
    braze.user.setLastKnownLocation(52.51234, 13.4)
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0 and states(core)[0] == "Acknowledged")

    def shown() -> str:
        events = [core.eventDetails(row) for row in range(core.events.rowCount())]
        requests = [core.requestDetails(row) for row in range(core.requests.rowCount())]
        users = [core.events.index(row, 2).data() for row in range(core.events.rowCount())]
        return "\n".join([*events, *requests, *users, *(bar["text"] for bar in core.timeLine["bars"])])

    personal, secrets = [USER, "52.51234"], [KEY, "a.signature.token"]
    assert "ad•••" in shown()
    assert [each for each in personal + secrets if each in shown()] == []

    core.showsPersonalData = True
    assert [each for each in personal + secrets if each in shown()] == personal
    assert [each for each in personal + secrets if each in core.report()] == []


def test_nothing_is_gathered_without_an_inspector(braze, qtbot):
    """What was before it is listed without contents; what it has gathered goes with it."""
    braze.openSession()
    braze.logCustomEvent("early")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: braze.pendingCount == 0)

    core = InspectorCore(QLocale("C"))
    core.follow(braze)
    assert names(core) == ["early", "Session start"]
    assert "was not kept" in core.eventDetails(0)
    assert core.requests.rowCount() == 0
    assert len(core.timeLine["bars"]) == 1

    braze.logCustomEvent("late")
    qtbot.waitUntil(lambda: names(core)[0] == "late")
    delete(core)
    another = InspectorCore(QLocale("C"))
    another.follow(braze)
    assert "was not kept" in another.eventDetails(0)
    another.follow(None)


def test_a_wipe_empties_the_inspector(core, braze, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: core.requests.rowCount() == 1)

    braze.wipeData()

    qtbot.waitUntil(lambda: core.requests.rowCount() == core.events.rowCount() == 0)
    assert core.timeLine["bars"] == []
    assert core.cause.startswith("Consent is missing")


def test_the_filter_finds_names_and_contents(core, braze, qtbot):
    braze.openSession()
    braze.logCustomEvent("saved", {"format": "png"})
    braze.logCustomEvent("closed")
    qtbot.waitUntil(lambda: len(names(core)) == 3)

    core.filterText = "CLOSED"
    assert names(core) == ["closed"]
    core.filterText = "png"
    assert names(core) == ["saved"]
    assert said(core.eventDetails(0))[1]["data"]["n"] == "saved"


def test_a_selected_row_survives_the_merge(core, braze, qtbot):
    """Its id changes then, from none to that of the database."""
    braze.openSession()
    for number in range(3):
        braze.logCustomEvent(f"event {number}")
    qtbot.waitUntil(lambda: len(names(core)) == 4)
    resets: list[bool] = []
    core.events.modelReset.connect(lambda: resets.append(True))

    braze.requestImmediateDataFlush()

    qtbot.waitUntil(lambda: states(core) == ["Acknowledged"] * 4)
    assert resets == []


# -- the most likely cause ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        (401, "invalid_api_key", "The key is refused"),
        (503, "busy", "The server takes no requests now"),
        (404, "", "Another server answers"),
    ],
)
def test_a_refused_request_names_its_cause(install, qtbot, status, error, cause):
    with serving(answer(status, {"error": error} if error else "<html>")) as server:
        core = InspectorCore(QLocale("C"))
        braze = install(server.url)
        core.follow(braze)
        braze.openSession()
        qtbot.waitUntil(lambda: core.cause.startswith(cause))
        assert core.level == "stopped"
        assert "next try at" in core.status
        braze.shutdown(0.0)
    core.follow(None)


def test_an_unreached_server_is_named(install, qtbot):
    """Also by an inspector that is opened afterwards."""
    braze = install(f"http://127.0.0.1:{free_port()}")
    braze.openSession()
    qtbot.waitUntil(lambda: braze.deliveryState == "offline")
    core = InspectorCore(QLocale("C"))
    core.follow(braze)
    assert core.cause.startswith("The server is not reached")
    core.follow(None)


def test_a_held_database_is_named(core, braze, tmp_path: Path, qtbot):
    braze.openSession()
    qtbot.waitUntil(lambda: core.cause == "Everything has arrived.")
    (database,) = tmp_path.glob("braze.db")
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        braze.logCustomEvent("saved")
        braze.changeUser(USER)
        words = "In the journal, not in the database, because another process of this application is writing."
        qtbot.waitUntil(lambda: core.cause == words)
        assert said(core.eventDetails(names(core).index("saved")))[1]["data"]["n"] == "saved"
    finally:
        holder.close()
    qtbot.waitUntil(lambda: core.cause == "Everything has arrived.", timeout=15_000)


def test_the_first_focus_is_waited_for(install, server):
    core = InspectorCore(QLocale("C"))
    core.follow(install(server.url, automatic_sessions=True))
    assert core.cause == "No session yet: no window of the application had the focus so far."
    core.follow(None)
    assert core.cause.startswith("braze_qt is not installed")


def test_a_shutdown_is_named(core, braze):
    braze.shutdown(0.0)
    core.refresh()
    assert core.cause == "braze_qt was shut down: it takes nothing any more."


def test_the_report_says_all_in_plain_text(core, braze, qtbot):
    braze.openSession()
    braze.logCustomEvent("saved")
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: states(core) == ["Acknowledged", "Acknowledged"])
    core.copy(core.report())
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].startswith("braze_qt ")
    assert lines[1] == "Everything has arrived."
    assert [line for line in lines if "saved" in line and line.endswith("Acknowledged")]
    assert [line for line in lines if line.startswith("201 Created after")]
