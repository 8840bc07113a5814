"""Sessions of applications that show web pages, where Qt gives the focus to objects of Qt WebEngine."""

import pytest

from tests.support.display import Desktop
from tests.support.host import OPENS_WITH
from tests.support.host_process import HostProcess
from tests.support.sessions import assert_sessions_are_whole, names
from tests.support.witness import Witness

from .conftest import StartHost

LONG = 300
"""A timeout that never runs out in a test."""
ENVIRONMENT = {
    # Chromium refuses to run as root in its own sandbox, which containers of tests do.
    "QTWEBENGINE_DISABLE_SANDBOX": "1",
    "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu --disable-background-networking --disable-component-update",
}


@pytest.fixture(params=["web", "web quick"])
def host(request: pytest.FixtureRequest, desktop: Desktop, start_host: StartHost) -> HostProcess:
    desktop.steal_focus()
    host = start_host(desktop, timeout=LONG, toolkit=request.param, environment=ENVIRONMENT)
    host.wait_for(page="page")
    desktop.focus(OPENS_WITH)
    return host


def test_web_page_focus_changes_keep_the_session(
    desktop: Desktop, host: HostProcess, witness: Witness
) -> None:
    session = host.wait_for_session("foreground")
    host.tell("watch_for_user")
    desktop.type("a", "b")
    host.wait_for(page="ab")
    desktop.type("Tab", "space", "Down", "Return")  # the list of a choice is a window of its own
    host.wait_for(page="two")
    desktop.steal_focus()
    assert host.wait_for_session("background") == session
    desktop.focus(OPENS_WITH)
    assert host.wait_for_session("foreground") == session
    desktop.type("shift+Tab", "End", "c")
    host.wait_for(page="abc")
    host.wait_until_sent()
    host.tell("close", OPENS_WITH)
    assert host.wait_for_exit() == 0
    assert names(witness.events()) == ["ss", "se"]
    assert_sessions_are_whole(witness.events())
