"""An application is left in front while the machine sleeps and wakes by itself; then its user comes back."""

from pathlib import Path

from tests.support.display import Desktop
from tests.support.host import OPENS_WITH
from tests.support.machine import Machine
from tests.support.sessions import assert_sessions_are_whole, names
from tests.support.waiting import until
from tests.support.witness import Witness

from .conftest import StartHost

HOUR = 3_600.0


def test_a_session_after_sleep_waits_for_input(
    desktop: Desktop, start_host: StartHost, witness: Witness, tmp_path: Path
) -> None:
    machine = Machine(tmp_path)
    host = start_host(desktop, timeout=60, toolkit="qml", environment=machine.environment, alone=True)
    desktop.focus(OPENS_WITH)
    desktop.park_mouse()
    seen = {host.wait_for_session("foreground")}
    window = desktop.window(OPENS_WITH)
    for come_back in (lambda: desktop.type("shift"), lambda: desktop.click(window, 50, 50)):
        machine.sleep(HOUR, host.process)
        until(lambda: host.session()["state"] == "none", "the end of the session")
        machine.stop(13, host.process)
        host.let_pass(0.2)
        assert host.session()["state"] == "none"
        come_back()
        seen.add(host.wait_for_session("foreground"))
        desktop.park_mouse()
    assert len(seen) == 3
    host.wait_until_sent()
    host.tell("close", OPENS_WITH)
    assert host.wait_for_exit() == 0
    assert names(witness.events()) == ["ss", "se"] * 3
    assert_sessions_are_whole(witness.events())
