"""Two running processes of one application, with their own timers and nothing between them but the files."""

from tests.support.display import Desktop
from tests.support.host import OPENS_WITH
from tests.support.sessions import assert_sessions_are_whole, by_session, names, of_code
from tests.support.waiting import until
from tests.support.witness import Witness

from .conftest import StartHost

SHORT, LONG = 1, 300


def test_windows_of_two_processes_share_one_session(
    witness: Witness, desktop: Desktop, start_host: StartHost
) -> None:
    first = start_host(desktop, timeout=SHORT)
    session = first.wait_for_session("foreground")
    second = start_host(desktop, timeout=SHORT)  # whose window takes the focus
    first.wait_for_state("Inactive")
    first.let_pass(2.5 * SHORT)
    assert first.session()["session"] == second.session()["session"] == session
    assert names(witness.events()) == ["ss"]
    for host in (second, first):
        host.send("quit")
        assert host.wait_for_exit() == 0
    assert names(witness.events()) == ["ss", "se"]


def test_a_surviving_process_ends_a_killed_process_session(witness: Witness, start_host: StartHost) -> None:
    first = start_host(timeout=SHORT)
    first.tell("keep_running")
    first.tell("close", OPENS_WITH)
    first.wait_for_session("none")
    second = start_host(timeout=SHORT)
    session = second.wait_for_session("foreground")
    until(lambda: first.session()["session"] == session, "the first process to hear of the session")
    second.kill()
    first.wait_for(ended=session)
    until(lambda: len(of_code(witness.events(), "se")) == 2, "the end at the endpoint")
    assert_sessions_are_whole(witness.events())


def test_another_process_sends_a_killed_process_s_events(witness: Witness, start_host: StartHost) -> None:
    first = start_host(timeout=LONG)
    second = start_host(timeout=LONG)
    first.wait_for_session("foreground")
    second.wait_until_sent()
    first.tell("log", "of the first")
    first.kill()
    second.tell("flush")
    until(lambda: "of the first" in names(witness.events()), "what the first process has logged")
    assert len(by_session(witness.events())) == 1


def test_a_user_change_applies_to_both_processes(witness: Witness, start_host: StartHost) -> None:
    first, second = start_host(timeout=LONG), start_host(timeout=LONG)
    before = first.wait_for_session("foreground")
    second.tell("user", "ada")
    until(lambda: first.session()["session"] not in ("", before), "the new session")
    assert first.session()["session"] == second.session()["session"]
    first.tell("log", "hers")
    first.wait_until_sent()
    assert [event.get("user_id") for event in witness.events()] == [None, None, "ada", "ada"]
