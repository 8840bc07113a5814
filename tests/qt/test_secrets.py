"""The key and personal data stay out of logs, outcomes and exceptions."""

import dataclasses
import logging
import os
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from braze_qt import BrazeConfig, BrazeQt, ConfigError
from braze_qt._log import set_up
from tests.support.loopback import Loopback, Reply, answer, cut, raw

from .arrivals import begun, flushed
from .conftest import KEY, Install

USER = "ada@hush.example"
SAID = "hush-4711"
SECRETS = (KEY, USER, SAID)
SENTENCE = f"event of {USER} under {KEY} with {SAID} is not allowed"


def say_everything(braze: BrazeQt) -> None:
    """Every kind of thing that is about a person."""
    braze.openSession()
    assert braze.changeUser(USER)
    assert braze.logCustomEvent("opened", {"title": SAID})
    assert braze.logPurchase("book", "EUR", 9.99, 1, {"title": SAID})
    assert braze.user.addAlias(SAID, "crm")
    assert braze.user.setFirstName(SAID)
    assert braze.user.setEmail(USER)
    assert braze.user.setCustomAttribute("title", SAID)
    assert braze.user.setCustomAttribute("titles", [SAID])
    assert braze.user.addToCustomAttributeArray("titles", SAID)


def say_it_wrongly(braze: BrazeQt) -> None:
    """The same in ways that are not allowed, each of which is worth a warning."""
    user = braze.user
    wrong = [
        braze.changeUser(USER * 100),
        braze.changeUser(USER, f"{SAID} {SAID}"),
        braze.logCustomEvent("opened", {"title": SAID * 100}),
        braze.logCustomEvent("opened", {"title": {"deep": [SAID, {SAID}]}}),
        braze.logCustomEvent("opened", [SAID]),
        braze.logPurchase("book", "EUR", 9.99, 1, SAID),
        user.setFirstName(SAID * 100),
        user.setEmail(SAID),
        user.setPhoneNumber(SAID),
        user.setGender(SAID),
        user.setPushNotificationSubscriptionType(SAID),
        user.setDateOfBirth(SAID, 1, 1),
        user.setLastKnownLocation(SAID, SAID),
        user.incrementCustomAttribute("count", SAID),
        user.setCustomAttribute("title", {SAID}),
        user.addToCustomAttributeArray("titles", SAID * 100),
        user.addAlias(SAID * 100, "crm"),
    ]
    assert wrong == [False] * len(wrong)


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], str]]:
    """All that ``BRAZE_QT_LOG=debug`` has printed."""
    logger = logging.getLogger("braze_qt")
    handlers, level = list(logger.handlers), logger.level
    monkeypatch.setenv("BRAZE_QT_LOG", "debug")
    set_up(logger)
    yield lambda: capsys.readouterr().err
    logger.handlers[:] = handlers
    logger.setLevel(level)


def told(caplog: pytest.LogCaptureFixture, level: int) -> str:
    """All that was logged from this level on, with the traces of exceptions."""
    return "\n".join(
        record.getMessage() + "".join(traceback.format_exception(*record.exc_info) if record.exc_info else "")
        for record in caplog.records
        if record.levelno >= level
    )


@pytest.mark.parametrize(
    "reply",
    [
        answer(),
        answer(400, {"error": SENTENCE}),
        answer(201, {"error": SENTENCE}),
        answer(201, {"auth_error": {"error_code": 27, "reason": SENTENCE}}),
        answer(500, SENTENCE),
        answer(400, {"error": SAID.replace("-", "_")}),
        cut(b"HTTP/1.1 201 Created\r\n"),
        raw(b"nonsense\r\n\r\n"),
        cut(SENTENCE.encode()),
        cut(f"HTTP/1.1 {SENTENCE}\r\n\r\n".encode()),
        cut(f"HTTP/1.1 500 {SENTENCE}\r\n\r\n".encode()),
        cut(f"HTTP/1.1 500 No\r\n{SENTENCE}\r\n{SENTENCE}: x\r\n\r\n".encode()),
        cut(f"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n{SENTENCE}\r\n".encode()),
    ],
)
def test_no_log_above_debug_holds_secrets(
    install: Install,
    server: Loopback,
    qtbot,
    caplog: pytest.LogCaptureFixture,
    printed: Callable[[], str],
    reply: Reply,
) -> None:
    """Neither personal data nor the key; the key is in no log at all, and nothing in the printed one."""
    caplog.set_level(logging.DEBUG)
    server.next_reply = lambda: reply
    braze = begun(install, server)
    say_everything(braze)
    say_it_wrongly(braze)
    for _ in range(4):  # the fourth refusal takes a single event out of the way
        before = len(server.requests)
        braze.requestImmediateDataFlush()
        qtbot.waitUntil(lambda before=before: len(server.requests) > before or not braze.pendingCount)
        qtbot.waitUntil(lambda: braze.deliveryState != "sending")
    assert [secret for secret in (*SECRETS, "hush") if secret in braze.lastOutcome] == []
    braze.shutdown()
    heard = told(caplog, logging.INFO)
    assert heard.count("nothing is done") >= 17
    assert [secret for secret in SECRETS if secret in heard] == []
    assert KEY not in told(caplog, logging.DEBUG)
    shown = printed()
    assert " sent: " in shown
    assert [secret for secret in SECRETS if secret in shown] == []


def test_server_text_cannot_forge_a_log_line(install, server, qtbot, caplog) -> None:
    caplog.set_level(logging.DEBUG, "braze_qt")
    server.next_reply = lambda: answer(400, {"error": "odd\nERROR root: all is lost\x1b[2J\u202e\ud800"})
    braze = begun(install, server)
    say_everything(braze)
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: "400 Bad Request" in braze.lastOutcome)
    assert "odd" not in braze.lastOutcome
    assert any("odd" in record.getMessage() for record in caplog.records)
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_an_unexpected_exception_is_logged_without_its_text(
    install, server, qtbot, caplog, printed, monkeypatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(SENTENCE)

    monkeypatch.setattr("braze_qt._protocol.payload.body", fail)
    braze = begun(install, server)
    say_everything(braze)
    braze.requestImmediateDataFlush()
    qtbot.waitUntil(lambda: "in a way that it should not" in caplog.text)
    assert "RuntimeError at test_secrets.py:" in caplog.text
    assert [secret for secret in SECRETS if secret in told(caplog, logging.INFO)] == []
    assert [secret for secret in SECRETS if secret in printed()] == []
    monkeypatch.undo()


def test_a_configuration_error_does_not_hold_the_key() -> None:
    for key in (f"{SAID} {SAID}", f"{SAID}ü", SAID * 100, f"{SAID}\n", [SAID], SAID.encode()):
        with pytest.raises(ConfigError) as caught:
            BrazeConfig(key, f"https://{SAID}:{SAID}@example.com")
        assert SAID not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(BrazeConfig(KEY, "sdk.example.com"))


def test_stored_files_are_private_and_hold_no_key(
    install: Install, server: Loopback, qtbot, tmp_path: Path
) -> None:
    """Also where the umask lets everybody, while the log of the database is there, and after a damage."""
    before = os.umask(0)
    try:
        braze = begun(install, server)
        say_everything(braze)
        flushed(qtbot, braze, server)
        braze.changeUser("bob")
        braze.shutdown()
        with (tmp_path / "data" / "braze.db").open("r+b") as file:
            file.write(b"\xff" * 4096)
        braze = begun(install, server)
        say_everything(braze)
        names = {path.name for path in (tmp_path / "data").iterdir()}
        assert {"braze.db", "braze.db-wal", "braze.db-shm", "braze.db.damaged-1"} <= names
        assert [name for name in names if name.startswith("braze.journal-")]
        for path in (tmp_path / "data").iterdir():
            if sys.platform != "win32":  # where the profile's own access list keeps others out
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
            assert KEY.encode() not in path.read_bytes(), path.name
        if sys.platform != "win32":
            assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_no_option_weakens_encryption() -> None:
    """No setting can switch it off; test_transport.py tries the environment."""
    names = " ".join(field.name for field in dataclasses.fields(BrazeConfig))
    assert not [
        word for word in ("tls", "ssl", "verify", "cert", "secure", "proxy", "trust") if word in names
    ]
    with pytest.raises(ConfigError, match="must be https"):
        BrazeConfig(KEY, "http://sdk.example.com")
