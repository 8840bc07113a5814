"""Limits on a page of another origin and on a program that floods the sandbox.

The sandbox is a process of its own where memory, descriptors or processor time are measured.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, TextIOWrapper
from pathlib import Path

import pytest
import requests

from braze_qt.sandbox import Sandbox, __main__, server
from braze_qt.sandbox.archive import MAX_OF_PROGRAMS, Bounds
from braze_qt.sandbox.profiles import MAX_APPLIED
from braze_qt.sandbox.server import Limits
from tests.support.forking import ForkedProcess, ForkServer, forking

from .bodies import ADA, KEY, T0, body, custom, start
from .limited import sandbox_with

QUICK = 10.0
"""Seconds; what is asked for here takes a tenth of a second on a machine that does nothing else."""
TIMEOUT = 60
MIB = 1 << 20
FOREIGN = {"Origin": "https://evil.example"}

get = partial(requests.get, timeout=TIMEOUT)


def address_of(url: str) -> tuple[str, int]:
    return "127.0.0.1", int(url.rpartition(":")[2])


def sessions(count: int, **others) -> bytes:
    """A body with so many sessions that have begun."""
    events = [
        {"name": "ss", "time": time.time() - n / 1000, "data": {}, "session_id": f"s{n}"}
        for n in range(count)
    ]
    return json.dumps(body(*events, **others)).encode()


def more_than_a_connection_holds() -> bytes:
    """A body whose events no buffers of a connection can hold: 12 MB."""
    return json.dumps(body(*[custom(T0 + n, "x" * 10_000) for n in range(1_200)])).encode()


def seconds_of(ask) -> float:
    begin = time.monotonic()
    assert ask().ok
    return time.monotonic() - begin


# -- a page of another origin, in a real browser ------------------------------------------------------


class Page(BaseHTTPRequestHandler):
    """An empty page, of an origin of its own."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def evil() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://localhost:{pages.server_port}/"
        pages.shutdown()
        thread.join()


FLOOD = """
const [url, count] = arguments;
const post = (device) => {
  const events = [];
  for (let n = 0; n < count; n++) {
    events.push({name: "ss", time: Date.now() / 1000 - n / 1000, data: {}, session_id: `s${n}`});
  }
  const body = JSON.stringify({api_key: "k", device_id: device, time: 0, events});
  return fetch(`${url}/api/v3/data`, {method: "POST", mode: "no-cors", body});
};
window.flood = Promise.all([post("one"), post("two")]).then(() => "posted", (error) => `${error}`);
"""


def test_a_flood_from_another_origin_blocks_nothing(chromium, evil, sandbox, post):
    post(body(start(T0, 1, ADA)))
    chromium.set_script_timeout(TIMEOUT)
    chromium.get(evil)
    chromium.execute_script(FLOOD, sandbox.url, 5_000)
    for number in range(5):
        assert (
            seconds_of(lambda number=number: post(body(custom(T0 + number, "meanwhile", user=ADA)))) < QUICK
        )
        assert seconds_of(lambda: get(sandbox.url)) < QUICK
    assert chromium.execute_async_script("flood.then(arguments[0])") == "posted"
    for path in ("/", f"/users/{ADA}", "/users/anonymous:one", "/api/figures"):
        assert seconds_of(lambda path=path: get(sandbox.url + path)) < QUICK, path
    assert seconds_of(lambda: post(body(custom(T0 + 1, user=ADA)))) < QUICK
    assert sandbox.api(f"users/{ADA}")["figures"]["sessions"] == 1
    chromium.get("about:blank")


SDK = """
const [url, body, done] = arguments;
const headers = {"Content-Type": "application/json", "X-Requested-With": "a", "X-Braze-Api-Key": "k"};
fetch(`${url}/api/v3/data/`, {method: "POST", headers, body: JSON.stringify(body)})
  .then((answer) => answer.json()).then((said) => done(said), (error) => done(`${error}`));
"""


def test_a_web_sdk_of_another_origin_can_post(chromium, evil, sandbox):
    chromium.get(evil)
    said = chromium.execute_async_script(SDK, sandbox.url, body(start(T0, 1, ADA)))
    assert said == {"message": "success"}
    assert sandbox.api(f"users/{ADA}")["figures"]["sessions"] == 1
    chromium.get("about:blank")


ASK = """
const [url, path, done] = arguments;
fetch(url + path, {mode: "no-cors"}).then((answer) => answer.body, () => null).then(() => done("answered"));
"""


@pytest.mark.parametrize("path", ["/events", "/api/requests", "/", "/static/sandbox.css"])
def test_a_page_of_another_origin_is_refused(chromium, evil, sandbox, post, path, monkeypatch):
    """It could not read the answer, but it could make the sandbox work."""
    asked = []
    monkeypatch.setattr(server._Handler, "log_request", lambda _, code="-", *__: asked.append(int(code)))
    chromium.get(evil)
    chromium.execute_async_script(ASK, sandbox.url, path)
    chromium.get("about:blank")
    assert asked == [403]


def test_a_link_from_another_origin_opens_the_pages(chromium, evil, sandbox):
    chromium.get(evil)
    chromium.execute_script(f"location.href = '{sandbox.url}/'")
    assert chromium.current_url == f"{sandbox.url}/"
    assert "Nothing has arrived yet" in chromium.page_source
    chromium.get("about:blank")


ODD_SPELLINGS = [
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    {"sec-fetch-site": "Cross-Site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Origin": "null"},
    {"ORIGIN": "HTTPS://EVIL.EXAMPLE"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1.evil.example"},
]


@pytest.mark.parametrize("headers", ODD_SPELLINGS, ids=str)
def test_every_sign_of_another_origin_is_refused(sandbox, headers):
    for method, path in (
        ("GET", "/events"),
        ("GET", "/"),
        ("GET", "/api/users"),
        ("GET", "/api/requests"),
        ("HEAD", "/api/events"),
        ("DELETE", "/api/data"),
        ("PUT", "/api/faults"),
        ("POST", "/faults"),
        ("DELETE", "/api/faults"),
    ):
        answer = requests.request(method, sandbox.url + path, headers=headers, timeout=TIMEOUT)
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize("path", ["/api/requests", "/api/users", "/events"])
def test_navigation_from_another_origin_opens_no_json(sandbox, path):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert get(sandbox.url + path, headers=headers).status_code == 403
    assert get(sandbox.url, headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_own_pages_and_the_address_bar_are_answered(sandbox, site):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors", "Origin": sandbox.url}
    for path in ("/", "/api/users", "/static/sandbox.js"):
        assert get(sandbox.url + path, headers=headers).status_code == 200
    assert requests.delete(f"{sandbox.url}/api/data", headers=headers, timeout=TIMEOUT).status_code == 200


# -- what is kept -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [Limits(of_pages=Bounds(requests=3, bytes=100_000, events=8))])
@pytest.mark.parametrize("origin", ["https://shop.example", "null", "http://localhost:3000"])
def test_other_origins_displace_only_their_own_requests(sandbox, post, origin):
    post(body(start(T0, 1, ADA)))
    for number in range(6):
        post(body(custom(T0 + number)), headers={"Origin": origin})
    found = sandbox.api("requests")["requests"]
    assert [(each["id"], each["other_origin"]) for each in found] == [
        (1, False),
        (5, True),
        (6, True),
        (7, True),
    ]
    post(b" " * 200_000, headers={"Origin": origin})
    post(body(*[custom(T0 + number / 10, "many") for number in range(9)]), headers={"Origin": origin})
    assert [each["id"] for each in sandbox.api("requests")["requests"]] == [1]
    assert sandbox.api(f"users/{ADA}")["figures"]["sessions"] == 1
    totals = sandbox.api("figures")["totals"]
    assert (totals["requests"], totals["events"]) == (1, 1)


@pytest.mark.parametrize("limits", [Limits(of_programs=replace(MAX_OF_PROGRAMS, events=10))])
def test_events_are_bounded_in_number(sandbox, post):
    for number in range(6):
        post(body(*[custom(T0 + number, f"{n}", number) for n in range(4)]))
    assert len(sandbox.api("events")["events"]) == 8
    assert [each["id"] for each in sandbox.api("requests")["requests"]] == [5, 6]
    assert len(sandbox.api("users/anonymous:dddddddd-0000-4000-8000-000000000001")["sessions"]) == 2


@pytest.mark.parametrize("key", ["events", "attributes"])
def test_a_body_with_too_many_elements_is_refused(post, sandbox, key):
    answer = post(body() | {key: [{"name": "ce", "time": 0, "data": {}}] * 50_001})
    assert answer.status_code == 200
    assert answer.json() == {"error": f"{key} has more than 50,000 elements"}


def test_a_body_with_most_elements_is_accepted(post):
    assert post(body() | {"attributes": [{"email": "x"}] * 50_000}).status_code == 201


def test_long_ids_are_stored_once_per_body(tmp_path):
    """A device id, a key and a version stand once in a body, and belong to every event of it."""
    long = "x" * 16_000
    with Sandbox(data=tmp_path) as sandbox:
        raw = sessions(5_000, device_id=long, api_key=long, app_version=long)
        begin = time.monotonic()
        answer = requests.post(f"{sandbox.url}/api/v3/data", raw, timeout=TIMEOUT)
        assert answer.status_code == 201
        assert time.monotonic() - begin < QUICK
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 20 * MIB
        assert seconds_of(lambda: get(sandbox.url)) < QUICK


def test_a_slow_reader_delays_no_other_request(sandbox, post):
    """A client requests all events and reads the answer slowly."""
    post(more_than_a_connection_holds())
    with socket.create_connection(address_of(sandbox.url), TIMEOUT) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(10)
        assert seconds_of(lambda: post(body(start(T0, 1, ADA)))) < QUICK
        assert seconds_of(lambda: get(sandbox.url)) < QUICK


def test_a_user_page_stays_quick_and_short(sandbox, post):
    """Many sessions, long events, a profile that many events have changed, many devices and applications."""
    post(sessions(3_000, device_id="one"))
    for n in range(2):
        events = [
            {"name": "inc", "time": T0 + i, "data": {"key": f"k{i % 90}", "value": n + 1}}
            for i in range(MAX_APPLIED // 2 + 500)
        ]
        post(body(*events, device_id="one"))
    post(body(*[custom(T0 + n, "x" * 100_000) for n in range(50)], device_id="one"))
    post(body(start(), device_id="one", device={f"property {n}": n for n in range(15_000)}))
    for n in range(60):
        post(body(start(T0 + n, n), device_id="one", api_key=f"key {n}"))
    begin = time.monotonic()
    page = get(f"{sandbox.url}/users/anonymous:one")
    assert time.monotonic() - begin < QUICK
    assert len(page.content) < 4 * MIB
    told = sandbox.api("users/anonymous:one")
    assert told["profile_left_out"] == 1_000
    assert "1000 older" in page.text


# -- what it costs to refuse --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fork() -> Iterator[ForkServer]:
    with forking("braze_qt.sandbox.__main__", "braze_qt.sandbox.web") as fork:
        yield fork


@contextmanager
def running(fork: ForkServer) -> Iterator[tuple[ForkedProcess, str]]:
    """A sandbox in a process of its own."""
    process = fork.start(Path(__main__.__file__), ["--port", "0"], os.environ)
    try:
        with TextIOWrapper(BufferedReader(process.stdout)) as stdout:
            yield process, stdout.readline().split()[-1].rstrip("/")
    finally:
        process.kill()
        process.wait(TIMEOUT)
        process.stdin.close()


def peak_of(process: ForkedProcess) -> int:
    """The most memory that the process has had, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


FULL = {
    "objects": lambda: b'{"events": [%s{}]}' % (b"{}," * (16 * MIB // 3 - 100)),
    "objects in attributes": lambda: b'{"attributes": [%s{}]}' % (b"{}," * (16 * MIB // 3 - 100)),
    "no object": lambda: b"[%s[]]" % (b"[]," * (16 * MIB // 3 - 100)),
    "pairs": lambda: b'{"a": [%s{}]}' % (b'{"":0},' * (16 * MIB // 7 - 100)),
    "numbers": lambda: b"[%s0]" % (b"0," * (8 * MIB - 100)),
    "keys": lambda: b"{%s}" % b",".join(b'"%x":0' % n for n in range(1_300_000)),
    "faulty events": lambda: b'{"events": [%s{}]}' % (b'{"name":1},' * 400_000),
    "not even JSON": lambda: b"{}," * (16 * MIB // 3 - 100),
    "strings": lambda: b"[%s0]" % (b'"\\n",' * (16 * MIB // 5 - 100)),
}


@pytest.mark.parametrize("kind", FULL)
def test_a_bad_full_body_stays_cheap(fork, kind):
    """It is refused within bounds of memory and time."""
    raw = FULL[kind]()
    with running(fork) as (process, url):
        begin = time.monotonic()
        answer = requests.post(f"{url}/api/v3/data", raw, timeout=TIMEOUT, headers=FOREIGN)
        assert time.monotonic() - begin < QUICK
        assert answer.json()["error"]
        assert peak_of(process) < 400 * MIB


def test_many_full_bodies_at_once_stay_cheap(fork):
    raw = FULL["strings"]()
    with running(fork) as (process, url):
        threads = [
            threading.Thread(
                target=lambda: requests.post(f"{url}/api/v3/data", raw, timeout=TIMEOUT, headers=FOREIGN)
            )
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        assert seconds_of(lambda: requests.post(f"{url}/api/v3/data", json=body(), timeout=TIMEOUT)) < QUICK
        for thread in threads:
            thread.join()
        assert peak_of(process) < 600 * MIB


def test_waiting_posts_of_pages_block_no_program(fork):
    """Each would hold a connection until it is its turn."""
    raw = json.dumps(body(*[custom(T0 + n, "x" * 10_000) for n in range(1_000)])).encode()
    head = (
        f"POST /api/v3/data HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    with running(fork) as (_, url), connections(url, 200, head.encode() + raw[:1000]):
        answer = requests.post(f"{url}/api/v3/data", json=body(start()), timeout=QUICK)
        assert answer.status_code == 201
        assert seconds_of(lambda: get(url)) < QUICK


def test_only_five_errors_of_a_body_are_listed(post):
    told = post(body(*[{}] * 1000)).json()["error"]
    assert told.endswith("; events[1].time is missing … and 2995 more")


# -- connections --------------------------------------------------------------------------------------


@contextmanager
def connections(url: str, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            opened.append(stack.enter_context(socket.create_connection(address_of(url), TIMEOUT)))
            opened[-1].setblocking(False)
            if said:
                try:
                    opened[-1].send(said)
                except OSError:  # it has been closed already
                    continue
        yield opened


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def processor_seconds(process: subprocess.Popen) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


HALF = b"POST /api/v3/data HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"


@contextmanager
def running_with(descriptors: int) -> Iterator[tuple[subprocess.Popen, str]]:
    """A sandbox that may have so many files and connections open."""
    command = f"ulimit -n {descriptors}; exec {sys.executable} -m braze_qt.sandbox --port 0"
    with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().split()[-1].rstrip("/")
        finally:
            process.kill()


@pytest.mark.usefixtures("many_descriptors")
@pytest.mark.parametrize(
    ("count", "descriptors", "said"),
    [(300, 48, b""), (300, 48, b"GET / HT"), (300, 48, HALF), (600, 512, HALF)],
    ids=["nothing", "half a line", "half a body", "half of many bodies"],
)
def test_incomplete_requests_block_no_other_client(count, descriptors, said):
    """Nor do they cost processor time."""
    with running_with(descriptors) as (process, url), connections(url, count, said):
        assert seconds_of(lambda: get(f"{url}/api/users")) < QUICK
        answer = requests.post(f"{url}/api/v3/data", json=body(start()), timeout=TIMEOUT)
        assert answer.status_code == 201
        before = processor_seconds(process)
        time.sleep(1)  # during which nothing happens that could be waited for
        assert processor_seconds(process) - before < 0.3


@pytest.mark.parametrize("said", [b"", b"GET / HT", HALF], ids=["nothing", "half a line", "half a body"])
@pytest.mark.parametrize("limits", [Limits(request_seconds=0.3)])
def test_an_incomplete_request_is_closed_after_a_timeout(sandbox, caplog, said):
    with socket.create_connection(address_of(sandbox.url), TIMEOUT) as connection:
        connection.sendall(said)
        while connection.recv(4096):
            pass
    assert caplog.records == []


@pytest.mark.parametrize("limits", [Limits(request_seconds=0.5)])
def test_a_request_arriving_byte_by_byte_is_closed(sandbox):
    with socket.create_connection(address_of(sandbox.url), TIMEOUT) as connection:
        connection.sendall(HALF)
        connection.settimeout(0.02)
        deadline = time.monotonic() + QUICK
        while time.monotonic() < deadline:
            try:
                connection.sendall(b" ")
                if not connection.recv(4096):
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    pytest.fail("it may take as long as it likes")


def test_an_unread_answer_is_closed_after_a_timeout(tmp_path):
    with Sandbox(data=tmp_path) as patient:
        requests.post(f"{patient.url}/api/v3/data", more_than_a_connection_holds(), timeout=TIMEOUT)
    with (
        sandbox_with(Limits(answer_seconds=0.5), data=tmp_path) as sandbox,
        socket.create_connection(address_of(sandbox.url), TIMEOUT) as connection,
    ):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(10)
        deadline = time.monotonic() + QUICK
        while sandbox._server.connections:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize(
    "limits", [Limits(request_seconds=0.1, answer_seconds=0.1, keep_alive=0.05)], ids=["short"]
)
def test_event_streams_and_hanging_requests_outlast_the_timeouts(sandbox, post):
    with get(f"{sandbox.url}/events", stream=True) as listening:
        lines = listening.iter_lines()
        assert all(next(lines) is not None for _ in range(40))
    sandbox.api("faults", "PUT", {"fault": "hang", "seconds": 1.0, "times": 1})
    begin = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        post(body())
    assert time.monotonic() - begin >= 1.0


@pytest.mark.usefixtures("many_descriptors")
def test_the_oldest_event_streams_make_room_for_requests(fork):
    listen = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running(fork) as (_, url), ExitStack() as stack:
        stack.enter_context(connections(url, 300, listen))
        assert seconds_of(lambda: get(f"{url}/api/users")) < QUICK
        newest = stack.enter_context(get(f"{url}/events", stream=True))
        assert next(newest.iter_lines()).startswith(b"data: ")


@pytest.mark.usefixtures("many_descriptors")
def test_the_oldest_hanging_requests_make_room_for_others(fork):
    with running(fork) as (_, url), ExitStack() as stack:
        requests.put(f"{url}/api/faults", json={"fault": "hang"}, timeout=TIMEOUT)
        raw = json.dumps(body()).encode()
        head = f"POST /api/v3/data HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(raw)}\r\n\r\n".encode()
        stack.enter_context(connections(url, 300, head + raw))
        assert requests.delete(f"{url}/api/faults", timeout=TIMEOUT).status_code == 200
        answer = requests.post(f"{url}/api/v3/data", json=body(start()), timeout=TIMEOUT)
        assert answer.status_code == 201


def test_the_size_of_request_headers_is_bounded(sandbox):
    headers = {f"X-{n}": "x" * 60_000 for n in range(9)}
    assert get(f"{sandbox.url}/api/users", headers=headers).status_code == 431
    assert KEY not in get(f"{sandbox.url}/api/users").text


# -- odd questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day",
    [
        "0001-01-01",
        "0001-01-31",
        "0002-01-15",
        "9999-12-31",
        "10000-01-01",
        "2026-02-30",
        "",
        "%00",
        "x" * 999,
    ],
)
def test_a_day_beyond_the_calendar_causes_no_failure(sandbox, post, day):
    post(body(start(-1e11), start(1e300, 2), start(T0, 3)))
    answer = get(f"{sandbox.url}/api/figures?day={day}")
    if answer.status_code != 200:
        assert answer.status_code == 400
        assert "2026-01-31" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/users/{}", "/users/{}", "/api/{}", "/{}", "/api/figures?day={}"])
@pytest.mark.parametrize(
    "odd", ["%00", "%ff", "%ed%a0%80", "..", "%2e%2e", "%F0%9F%92%A5", "'", "%25", "x" * 9999]
)
def test_no_odd_address_causes_a_server_error(sandbox, post, caplog, path, odd):
    post(body(start(user=ADA)))
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        answer = requests.request(method, sandbox.url + path.format(odd), data=b"\xff", timeout=TIMEOUT)
        assert answer.status_code < 500, method
    assert caplog.records == []


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("multipart/form-data", b"\xff"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"y" * MIB,
        ),
        ("application/x-www-form-urlencoded; charset=nonsense", b"preset=%ff&times=%00"),
        ("application/x-www-form-urlencoded", b"a&" * 100_000),
        ("application/x-www-form-urlencoded", b"preset=503&times=" + b"9" * 10_000),
        ("application/json", b"[" * 100_000),
    ],
)
def test_no_malformed_form_causes_a_server_error(sandbox, caplog, kind, raw):
    for path in ("/faults", "/api/faults"):
        headers = {"Content-Type": kind}
        answer = requests.post(
            sandbox.url + path, raw, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        assert answer.status_code < 500
    assert caplog.records == []


@pytest.mark.parametrize(("begin", "end"), [(-1e308, 1e308), (1e308, -1e308)])
def test_extreme_times_still_give_valid_json(sandbox, post, begin, end):
    post(
        body(start(begin, 1, ADA), {"name": "se", "time": end, "data": {}, "session_id": "x", "user_id": ADA})
    )
    ends = {"name": "se", "time": end, "data": {"d": 1e308}, "session_id": "y", "user_id": ADA}
    post(body({**start(begin, 1, ADA), "session_id": "x"}, {**start(begin, 1, ADA), "session_id": "y"}, ends))

    def refuse(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    for path in (f"users/{ADA}", "users", "figures"):
        json.loads(get(f"{sandbox.url}/api/{path}").text, parse_constant=refuse)
    assert get(f"{sandbox.url}/users/{ADA}").status_code == 200
