"""Protection of a sandbox against pages in the same browser and programs on the same machine."""

import json
import socket
import stat
from dataclasses import replace

import pytest
import requests

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.archive import MAX_OF_PROGRAMS
from braze_qt.sandbox.faults import MAX_ARMED
from braze_qt.sandbox.server import Limits

from .bodies import ADA, T0, body, custom, start

TIMEOUT = 30


def said_to(sandbox: Sandbox, host: str, path: str = "/api/users") -> requests.Response:
    return requests.get(sandbox.url + path, headers={"Host": host}, timeout=TIMEOUT)


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:8765",
        "127.0.0.1.rebound.example",
        "localhost.rebound.example",
        "localhost@rebound.example",
        "127.0.0.1@rebound.example",
        "rebound.example#@127.0.0.1",
        "2130706433.rebound.example",
    ],
)
@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])
def test_a_rebound_host_name_is_refused(host, listening):
    with Sandbox(host=listening) as sandbox:
        sandbox.url = sandbox.url.replace("0.0.0.0", "127.0.0.1")
        for path in ("/", "/api/users", "/static/sandbox.js", "/events"):
            assert said_to(sandbox, host, path).status_code == 403
        answer = requests.post(
            f"{sandbox.url}/api/v3/data/", json=body(), headers={"Host": host}, timeout=TIMEOUT
        )
        assert answer.status_code == 403
        assert sandbox.api("requests")["requests"] == []


def test_a_public_sandbox_answers_to_its_own_names(sandbox):
    own = socket.gethostname()
    with Sandbox(host="0.0.0.0") as open_to_others:
        open_to_others.url = open_to_others.url.replace("0.0.0.0", "127.0.0.1")
        for host in (
            "127.0.0.1",
            "192.0.2.7:8765",
            "[2001:db8::7]",
            "localhost",
            own.upper(),
            f"{own}.local:1",
        ):
            assert said_to(open_to_others, host).status_code == 200
    assert said_to(sandbox, "192.0.2.7").status_code == 403
    assert said_to(sandbox, "LOCALHOST:1").status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", ""]
)
def test_another_origin_can_read_and_change_nothing(sandbox, post, origin):
    post(body(start(T0, 1, ADA)))
    for path in ("/", "/api/users", "/api/events", "/api/requests", "/api/faults"):
        answer = requests.get(sandbox.url + path, headers={"Origin": origin}, timeout=TIMEOUT)
        assert "Access-Control-Allow-Origin" not in answer.headers
    if not origin:
        return
    headers = {"Origin": origin}
    for method, path in (
        ("DELETE", "/api/data"),
        ("PUT", "/api/faults"),
        ("POST", "/faults"),
        ("POST", "/feature_flags"),
    ):
        answer = requests.request(
            method, sandbox.url + path, data={"preset": "503", "id": "a"}, headers=headers, timeout=TIMEOUT
        )
        assert answer.status_code == 403
    assert len(sandbox.api("users")["users"]) == 1
    assert sandbox.api("faults")["faults"] == []
    assert sandbox.api("feature_flags")["flags"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/static/../web.py",
        "/static/../../../pyproject.toml",
        "/static/%2e%2e/web.py",
        "/static/..%2fweb.py",
        "/static/..%5cweb.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/sandbox.js%00.css",
        "/static/",
        "/static",
        "/templates/base.html",
        "/../etc/passwd",
        "//etc/passwd",
        "/sandbox.sqlite3",
    ],
)
def test_only_the_sandbox_s_own_files_are_served(sandbox, path):
    """The path is sent raw, because a browser or a library would normalise it first."""
    address = ("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    with socket.create_connection(address, TIMEOUT) as connection, connection.makefile("rb") as stream:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        head, _, content = stream.read().partition(b"\r\n\r\n")
    assert head.split()[1] in (b"404", b"308", b"400"), head
    for secret in (b"root:", b"import ", b"{%", b"SQLite format"):
        assert secret not in content


@pytest.mark.parametrize("limits", [Limits(of_programs=replace(MAX_OF_PROGRAMS, bytes=200_000))])
def test_headers_addresses_and_replies_count_towards_the_limit(sandbox, post):
    for _ in range(8):
        post(body(), headers={"X-Filler": "x" * 30_000, "X-Other": "x" * 30_000})
    assert 1 <= len(sandbox.api("requests")["requests"]) <= 3
    for _ in range(8):
        post(body(), path="/api/v3/data/?" + "x" * 60_000)
    assert 1 <= len(sandbox.api("requests")["requests"]) <= 3
    requests.put(f"{sandbox.url}/api/faults", json={"fault": "oversized", "bytes": 10**6}, timeout=TIMEOUT)
    for _ in range(8):
        post(body(custom(T0)))
    assert 1 <= len(sandbox.api("requests")["requests"]) <= 3


def test_the_number_of_armed_faults_is_bounded(sandbox):
    url = f"{sandbox.url}/api/faults"
    assert requests.put(url, json=[{"fault": "cut"}] * MAX_ARMED, timeout=TIMEOUT).status_code == 200
    for answer in (
        requests.post(url, json={"fault": "cut"}, timeout=TIMEOUT),
        requests.put(url, json=[{"fault": "cut"}] * (MAX_ARMED + 1), timeout=TIMEOUT),
        requests.post(f"{sandbox.url}/faults", data={"preset": "503"}, timeout=TIMEOUT),
    ):
        assert answer.status_code == 400
        assert "more than 1,000 faults" in answer.text
    long = {"fault": "config", "config": {"x": "x" * 300_000}}
    assert requests.put(url, json=long, timeout=TIMEOUT).status_code == 413
    assert len(sandbox.api("faults")["faults"]) == MAX_ARMED


@pytest.mark.posix("modes of files")
def test_kept_data_is_private(tmp_path):
    with Sandbox(data=tmp_path / "kept") as sandbox:
        requests.post(f"{sandbox.url}/api/v3/data/", json=body(), timeout=TIMEOUT)
        assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
        for path in (tmp_path / "kept").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


HOSTILE = [
    '<script>alert("x")</script>',
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_escaped_on_every_page(sandbox, post, name):
    headers = {"X-Name": name, "Referer": name}
    said = body(start(T0, 1, name), custom(T0 + 1, name, user=name), device={name: name, "model": name})
    post(said | {"api_key": name, "app_version": name}, path=f"/api/v3/data/?{name}", headers=headers)
    post(b"<script>" + name.encode(), headers=headers)
    user = sandbox.api("users")["users"][0]["id"]
    for path in ("/", f"/users/{requests.utils.quote(user, safe='')}", f"/users/{name}", f"/{name}"):
        answer = requests.get(sandbox.url + path, timeout=TIMEOUT)
        for tag in ("<script>alert", "<img src=x", "'>", 'href="javascript', ">49<"):
            assert tag not in answer.text, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = requests.get(f"{sandbox.url}/api/requests", timeout=TIMEOUT)
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.text)["requests"]
