"""``python -m braze_qt verify``: what it finds, what it advises, and its exit codes."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme

from braze_qt._commands import bounded, command_line
from braze_qt._commands.finding import ExitCode
from braze_qt.sandbox import Sandbox
from tests.support.loopback import Loopback, Silence, answer, cut, free_port, raw, serving

from .conftest import KEY, PASSWORD, Run

HTML = answer(200, "<html><title>Hotel Wi-Fi</title></html>", Content_Type="text/html")
FAULT = {"error": f"{PASSWORD} is not allowed"}
JSON = {"Content_Type": "application/json"}


def tls(authority: trustme.CA, name: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
    """With a certificate for a name that is good for so many days."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = datetime.now(timezone.utc) + timedelta(days=days)
    authority.issue_cert(name, not_after=until).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return path


# -- a server that answers -------------------------------------------------------------------------


def test_everything_passes_against_the_sandbox(run: Run) -> None:
    """No session, event or device is reported by it."""
    with Sandbox() as sandbox:
        answered = run("verify", "--endpoint", sandbox.url, "--key", KEY)
        with urllib.request.urlopen(f"{sandbox.url}/api/requests", timeout=10) as reply:
            assert len(json.load(reply)["requests"]) == 1
        with urllib.request.urlopen(f"{sandbox.url}/api/events", timeout=10) as reply:
            assert json.load(reply)["events"] == []
    assert (answered.code, answered.faults) == (ExitCode.PASSED, [])
    assert {line[:6].strip() for line in answered.lines} <= {"ok", "note", ""}
    assert "201 Created" in answered.line("reply")
    assert "as the server's" in answered.line("clock")


def test_the_request_holds_no_content(run: Run) -> None:
    with serving() as server:
        assert run("verify", "--endpoint", server.endpoint, "--key", KEY).code == ExitCode.PASSED
    (request,) = server.requests
    assert request.headers["x-braze-api-key"] == KEY
    assert request.json["api_key"] == KEY
    assert not {"events", "attributes", "device", "app_version"} & set(request.json)


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (HTML, ExitCode.NOT_BRAZE, "a network may want a login"),
        (answer(200, ""), ExitCode.NOT_BRAZE, "no SDK endpoint"),
        (answer(302, "", Location=f"http://x/{PASSWORD}"), ExitCode.NOT_BRAZE, "302 Found"),
        (answer(404, "<html>", Content_Type="text/html"), ExitCode.NOT_BRAZE, "404 Not Found"),
        (answer(404, FAULT, **JSON), ExitCode.NOT_BRAZE, "REST endpoint"),
        (answer(401, "<html>", Content_Type="text/html"), ExitCode.NOT_BRAZE, "401 Unauthorized"),
        (answer(401, FAULT, **JSON), ExitCode.REFUSED, "SDK API key"),
        (answer(400, FAULT, **JSON), ExitCode.REFUSED, "400 Bad Request"),
        (answer(201, {"error": "invalid_api_key"}, **JSON), ExitCode.REFUSED, "invalid_api_key"),
        (answer(429, FAULT, **JSON), ExitCode.UNAVAILABLE, "429 Too Many Requests"),
        (answer(503, "<html>"), ExitCode.UNAVAILABLE, "503 Service Unavailable"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), ExitCode.UNREACHABLE, "not HTTP"),
        (cut(), ExitCode.UNREACHABLE, "closed without a reply"),
        (cut(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{}"), ExitCode.UNREACHABLE, "cut off"),
    ],
)
def test_a_reply_decides_code_and_advice(run: Run, reply: object, code: ExitCode, words: str) -> None:
    with serving(reply) as server:  # type: ignore[arg-type]
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (code, ["reply"])
    assert words in answered.line("reply")


@pytest.mark.parametrize("reply", [answer(201, "{}"), answer(401, FAULT, **JSON)])
def test_without_a_key_none_is_judged(run: Run, reply: object) -> None:
    with serving(reply) as server:  # type: ignore[arg-type]
        answered = run("verify", "--endpoint", server.endpoint)
    assert (answered.code, answered.faults) == (ExitCode.PASSED, [])
    assert "--key" in answered.line("reply")


@pytest.mark.parametrize(
    ("hours", "faults", "words"),
    [(0, [], "as the server's"), (2, ["clock"], "behind"), (-2, ["clock"], "ahead of")],
)
def test_a_clock_that_differs_is_told(run: Run, hours: int, faults: list[str], words: str) -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(hours=hours), usegmt=True)
    with serving(answer(201, "{}", Date=date)) as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.COMPUTER if faults else ExitCode.PASSED, faults)
    assert words in answered.line("clock")


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_a_reply_without_a_date_is_no_fault(run: Run, date: str) -> None:
    with serving(answer(201, "{}", Date=date)) as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert answered.code == ExitCode.PASSED
    assert "no time" in answered.line("clock")


# -- no way to it ----------------------------------------------------------------------------------


def test_a_refused_connection_is_told(run: Run) -> None:
    answered = run("verify", "--endpoint", f"http://127.0.0.1:{free_port()}", "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["connection"])
    assert "firewall" in answered.line("connection")


@pytest.mark.parametrize("host", ["sdk.braze.invalid", "a" * 64 + ".example", "x..y"])
def test_an_unresolvable_name_is_told(run: Run, host: str) -> None:
    answered = run("verify", "--endpoint", host, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["name"])
    assert "spelling" in answered.line("name")


def test_a_resolver_that_never_answers_is_left(look: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: end.wait(20))
    answered = look("sdk.braze.invalid", name_limit=0.1)
    end.set()
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["name"])


def test_a_silent_server_is_left(look: Run) -> None:
    with serving(Silence()) as server:
        answered = look(server.endpoint, timeout=0.3)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["reply"])
    assert "timed out" in answered.line("reply")


def test_a_request_without_an_end_is_left(look: Run) -> None:
    """Also where the SDK's own limits do not hold."""
    with serving(Silence()) as server:
        answered = look(server.endpoint, timeout=30.0, request_limit=0.2)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["reply"])


# -- TLS -------------------------------------------------------------------------------------------


def test_a_trusted_certificate_passes(run: Run, authority: trustme.CA, trusted: Path) -> None:
    with serving(tls=tls(authority)) as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.PASSED, [])
    assert str(trusted) in answered.line("TLS")


def test_an_unknown_authority_is_told(run: Run, authority: trustme.CA) -> None:
    with serving(tls=tls(authority)) as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["TLS"])
    assert "REQUESTS_CA_BUNDLE" in answered.line("TLS")


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [("localhost", 1, "Another server"), ("127.0.0.1", -1, "clock of this computer")],
)
def test_a_wrong_certificate_is_told(
    run: Run, authority: trustme.CA, trusted: Path, name: str, days: int, words: str
) -> None:
    with serving(tls=tls(authority, name, days)) as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["TLS"])
    assert words in answered.line("TLS")


def test_a_missing_authority_file_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authority.pem")
    with serving() as server:
        answered = run("verify", "--endpoint", f"https://127.0.0.1:{server.port}")
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["TLS"])
    assert "REQUESTS_CA_BUNDLE" in answered.line("TLS")


def test_a_silent_handshake_is_told(look: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answered = look(f"https://127.0.0.1:{server.getsockname()[1]}", timeout=0.3)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["TLS"])
    assert "timed out" in answered.line("TLS")


def test_a_server_without_tls_is_told(run: Run) -> None:
    with serving() as server:
        answered = run("verify", "--endpoint", f"https://127.0.0.1:{server.port}")
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["TLS"])


# -- proxies ---------------------------------------------------------------------------------------


def proxied(monkeypatch: pytest.MonkeyPatch, proxy: Loopback) -> str:
    address = f"http://ada:{PASSWORD}@127.0.0.1:{proxy.port}"
    monkeypatch.setenv("HTTPS_PROXY", address)
    return f"http://127.0.0.1:{proxy.port}"


def test_a_proxy_in_use_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It resolves the name of the server, which need not be known here."""
    with serving(answer(407, "")) as proxy:
        shown = proxied(monkeypatch, proxy)
        answered = run("verify", "--endpoint", "sdk.braze.invalid", "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["proxy"])
    assert [line for line in answered.lines if line.startswith("ok     proxy:")] == [f"ok     proxy: {shown}"]
    assert "the proxy answers 407" in "".join(answered.lines)


def test_a_proxy_that_is_gone_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:{PASSWORD}@127.0.0.1:{free_port()}")
    answered = run("verify", "--endpoint", "sdk.braze.invalid", "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["connection"])


def test_a_proxy_address_without_sense_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:{PASSWORD}/#@proxy.invalid:3128")
    answered = run("verify", "--endpoint", "sdk.braze.invalid", "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.UNREACHABLE, ["proxy"])


def test_a_local_server_is_reached_without_proxy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with serving() as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert answered.code == ExitCode.PASSED
    assert answered.line("proxy") == "ok     proxy: none"


# -- this computer ---------------------------------------------------------------------------------


def test_a_look_leaves_no_folder(run: Run, data: Path) -> None:
    with serving() as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert str(data) in answered.line("data folder")
    assert not data.exists()


def test_an_unusable_data_folder_is_told(run: Run, data: Path) -> None:
    """And the rest is looked at all the same."""
    data.parent.mkdir()
    data.write_text("a file")
    with serving() as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.COMPUTER, ["data folder"])
    assert "data_dir" in answered.line("data folder")
    assert "201 Created" in answered.line("reply")
    assert data.read_text() == "a file"


def test_a_user_without_a_folder_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braze_qt._storage.folders.user_data_dir", lambda name: name)
    with serving() as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert (answered.code, answered.faults) == (ExitCode.COMPUTER, ["data folder"])


def test_a_disk_that_never_answers_is_left() -> None:
    end = threading.Event()
    with pytest.raises(bounded.DeadlineError):
        bounded.within(0.05, lambda: end.wait(20))
    end.set()


@pytest.mark.parametrize(
    ("version", "faults", "words"),
    [
        ("6.8.2.1", ["PySide6"], "or later"),
        ("6.8.3", [], "undefined"),
        ("6.10.2", [], "PySide6: 6.10.2"),
        ("6.12.0", ["PySide6"] if sys.version_info < (3, 12) else [], "6.12.0"),
    ],
)
def test_the_version_of_pyside_is_judged(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, faults: list[str], words: str
) -> None:
    installed = tmp_path / "site" / f"PySide6_Essentials-{version}.dist-info"
    installed.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: PySide6-Essentials\nVersion: {version}\n"
    (installed / "METADATA").write_text(head)
    monkeypatch.syspath_prepend(installed.parent)
    with serving() as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert answered.faults == faults
    assert words in answered.line("PySide6")


def test_a_disabled_sdk_is_noted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAZE_QT_DISABLED", "1")
    with serving() as server:
        answered = run("verify", "--endpoint", server.endpoint, "--key", KEY)
    assert answered.code == ExitCode.PASSED
    assert "BRAZE_QT_DISABLED" in answered.line("switch")


# -- the command line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [KEY],
        ["verify"],
        ["verify", "--key", KEY],
        ["verify", "--endpoint", "sdk.braze.invalid", KEY],
        ["verify", "--endpoint", "sdk.braze.invalid", f"--kye={KEY}"],
        ["verify", "--endpoint", "sdk.braze.invalid", "--key", f"{KEY} {KEY}"],
        ["verify", "--endpoint", f"https://ada:{PASSWORD}@sdk.braze.invalid"],
        ["verify", "--endpoint", "http://sdk.braze.invalid"],
        ["where", KEY],
    ],
)
def test_wrong_arguments_are_not_repeated(run: Run, arguments: list[str]) -> None:
    answered = run(*arguments)
    assert answered.code == ExitCode.USAGE
    assert answered.lines


def test_an_interrupted_look_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "look_at_computer", interrupt)
    assert run("verify", "--endpoint", "sdk.braze.invalid").code == ExitCode.INTERRUPTED


PROGRAM = """
import runpy, sys
try:
    runpy.run_module("braze_qt", run_name="__main__")
finally:
    print(sorted(sys.modules.keys() & {"PySide6", "requests", "flask"}), file=sys.stderr)
"""


def test_a_process_ends_with_the_code_without_qt(tmp_path: Path) -> None:
    port = free_port()
    for arguments, code, modules in (
        (["verify", "--endpoint", f"http://127.0.0.1:{port}", "--key", KEY], 3, ["requests"]),
        (["where"], 0, []),
    ):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr.strip()) == (code, str(modules))
        assert KEY not in done.stdout
