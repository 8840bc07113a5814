"""Requests of an extension, with a real recorder and a transport that answers as the test says."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braze_qt._protocol.response import Kind, Outcome
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._session.state import Input
from braze_qt._storage import synced
from braze_qt._upload.policy import Token
from braze_qt._upload.request import AppInfo
from braze_qt._upload.sync import Binding, Refreshed, Sync, SyncKind
from braze_qt._upload.transport import read_answer
from braze_qt.errors import StoreError
from braze_qt.events import AliasAdded
from tests.support.clocks import SetClock
from tests.support.merging import MergingRecorder
from tests.support.peers import peers

LIMIT = 600.0


def numbers(reply: Mapping[str, Any]) -> tuple[int, ...] | None:
    found = reply.get("numbers")
    return tuple(found) if isinstance(found, list) and all(isinstance(each, int) for each in found) else None


KIND = SyncKind(
    name="numbers",
    header="Numbers",
    key="numbers",
    read=numbers,
    is_on=lambda server: server.flags,
    refresh_limit=lambda _: LIMIT,
    nothing=[],
)


class AnsweringTransport:
    """Answers with ``content``; ``meanwhile`` is called during each request."""

    def __init__(self) -> None:
        self.status, self.content = 201, b'{"numbers": [1, 2]}'
        self.meanwhile: Callable[[], object] = lambda: None
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    def load(self) -> bool:
        return False

    def post(self, *request: Any) -> tuple[Outcome, Mapping[str, Any] | None]:
        self.paths.append(request[2])
        self.bodies.append(json.loads(request[0]))
        self.meanwhile()
        return read_answer(self.status, self.content)

    def cancel(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Application:
    """An application in the foreground, whose server has what it asks for."""

    def __init__(self, folder: Path | None = None, kind: SyncKind = KIND) -> None:
        self.clock = SetClock()
        self.recorder = MergingRecorder(folder, self.clock, 10, enabled=True)
        self.recorder.apply(Input.ENTER_FOREGROUND)
        config = ServerConfig(time=1, flags=True)
        self.recorder.store.when_free(lambda database: database.put("server", config.text()))
        self.transport = AnsweringTransport()
        app_info = AppInfo("a key", "1.2", frozenset(), 10.0)
        self.sync = Sync(self.recorder, self.transport, app_info, kind)

    def due(self, *, allowed: bool = True) -> float | None:
        self.sync.look()
        return self.sync.next(self.clock.now(), allowed=allowed)

    def ask(self) -> Outcome:
        assert self.due() == 0.0
        return self.sync.send(Token(None), self.clock.now())[0]

    def results(self) -> tuple[Refreshed, ...]:
        news = self.sync.take_news()
        return news.refreshed if news else ()

    @property
    def content(self) -> Any:
        return self.sync.synced and self.sync.synced.content

    def another(self) -> Sync:
        """The same kind in another process of the application."""
        other = Sync(self.recorder, self.transport, AppInfo("a key", "1.2", frozenset(), 10.0), KIND)
        other.look()
        return other


@pytest.fixture
def application(folder: Path):
    application = Application(folder)
    yield application
    application.recorder.close()


def test_each_session_asks_once(application: Application) -> None:
    assert application.ask().kind is Kind.ACCEPTED
    assert (application.due(), application.content, application.transport.paths) == (
        None,
        (1, 2),
        ["numbers/sync"],
    )
    application.clock.move(100)
    application.recorder.apply(Input.LEAVE_FOREGROUND)
    application.clock.move(100)
    application.recorder.tick()
    assert application.due() is None  # no session
    application.recorder.apply(Input.ENTER_FOREGROUND)
    assert application.due() == 0.0


def test_another_process_reads_what_came(application: Application) -> None:
    application.ask()
    other = application.another()
    assert other.synced == application.sync.synced
    assert other.next(application.clock.now(), allowed=True) is None


def test_nothing_is_due_while_it_is_not_allowed(application: Application) -> None:
    application.sync.ask()
    assert application.due(allowed=False) is None
    assert application.results() == (Refreshed("failed"),)


def test_an_anonymous_user_is_known_by_the_alias(application: Application) -> None:
    application.recorder.log(AliasAdded("visitor", "website"))
    application.ask()
    (body,) = application.transport.bodies
    assert body["alias"] == {"name": "visitor", "label": "website"}
    assert not {"user_id", "events", "respond_with", "device"} & set(body)


def test_a_user_without_a_signature_waits_for_it(application: Application) -> None:
    """Where others sign: the request would be refused."""
    application.recorder.sign("bob", "token of bob")
    assert application.due() == 0.0  # anonymous users do not sign
    application.recorder.apply(Input.CHANGE_USER, user_id="ada")
    assert application.due() is None
    application.recorder.sign("ada", "token of ada")
    assert application.due() == 0.0


def test_a_reply_without_an_answer_is_not_repeated(application: Application) -> None:
    application.transport.content = b"{}"
    application.ask()
    assert (application.due(), application.content) == (None, None)


@pytest.mark.parametrize("change", ["user", "wipe", "consent"])
def test_a_reply_for_nobody_is_thrown_away(application: Application, folder: Path, change: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "user": lambda: application.recorder.apply(Input.CHANGE_USER, user_id="ada"),
        "wipe": application.recorder.wipe,
        "consent": lambda: application.recorder.apply(Input.DISABLE),
    }
    application.transport.meanwhile = acts[change]
    application.ask()
    assert application.content is None
    assert list(folder.glob("braze.synced-*")) == []


def test_a_wipe_beside_another_process_deletes_the_answer(application: Application, folder: Path) -> None:
    application.ask()
    with peers(folder, application.clock) as begin:
        begin()
        application.recorder.merge_all()
        assert application.recorder.store.has_peers
        assert application.recorder.wipe()
        assert list(folder.glob("braze.synced-*")) == []


def test_a_refresh_is_refused_until_its_limit(application: Application) -> None:
    application.ask()
    begun = application.clock.now().wall
    for passed, at, results in ((0, None, 1), (LIMIT - 1, None, 1), (1, 0.0, 0)):
        application.clock.move(passed)
        application.recorder.tick()
        application.sync.ask()
        assert application.due() == at
        assert application.results() == (Refreshed("refused", begun + LIMIT),) * results
    application.ask()
    assert application.results() == (Refreshed("done"),)


def test_a_clock_set_back_makes_no_refusal_longer(application: Application) -> None:
    application.ask()
    application.clock.instant = application.clock.now()._replace(wall=1_000_000_000.0)
    application.sync.ask()
    assert application.due() is None
    assert application.results() == (Refreshed("refused", 1_000_000_000.0 + LIMIT),)


def test_a_refresh_after_many_failures_tries_again(application: Application) -> None:
    application.transport.status = 503
    for _ in range(15):
        application.ask()
        application.clock.move(301)
        application.recorder.tick()
    assert application.due() is None
    application.sync.ask()
    application.transport.status = 201
    application.ask()
    assert application.results() == (Refreshed("done"),)


def test_a_refresh_during_a_wait_is_refused(application: Application) -> None:
    application.transport.status = 503
    application.ask()
    application.sync.ask()
    at = application.due()
    assert at is not None
    now = application.clock.now()
    assert application.results() == (Refreshed("refused", now.wall + at - now.boot),)


def test_what_was_noted_is_shared(application: Application) -> None:
    application.ask()
    for session, what in (("one", "a"), ("one", "b"), ("two", "c")):
        application.sync.note(session, what)
    application.sync.look()
    other = application.another().synced
    assert other is not None
    assert (other.noted, other.noted_in, other.content) == ({"c"}, "two", (1, 2))


def test_a_full_disk_is_no_obstacle(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("no space left on device")

    monkeypatch.setattr(synced, "write", fail)
    application.ask()
    assert (application.content, application.due()) == ((1, 2), None)
    assert application.another().synced is None


def test_a_reader_that_fails_is_contained(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Mapping[str, Any]) -> Any:
        raise ZeroDivisionError("a secret")

    application = Application(folder, SyncKind(**{**_fields(KIND), "read": fail}))
    application.ask()
    assert (application.content, application.due()) == (None, None)
    assert "reading a reply failed" in caplog.text
    assert "secret" not in caplog.text
    application.recorder.close()


def test_an_edit_is_kept_for_its_user(application: Application) -> None:
    application.ask()
    whom = application.sync.synced.binding if application.sync.synced else Binding("", None, "")
    application.sync.edit(whom, lambda kept: [*kept, 3])
    application.sync.edit(whom._replace(user_id="ada"), lambda kept: [*kept, 4])
    application.sync.edit(whom, lambda kept: [*kept, 5])
    application.sync.look()
    other = application.another().synced
    assert other is not None
    assert (other.content, application.content, application.due()) == ((1, 2, 3, 5), (1, 2, 3, 5), None)
    application.sync.edit(whom, lambda _: "nonsense")
    application.sync.look()
    assert application.content == (1, 2, 3, 5)


def test_a_reply_is_merged_with_what_is_kept(folder: Path) -> None:
    def merge(reply: Mapping[str, Any], kept: Any) -> Mapping[str, Any]:
        return {"numbers": (kept or []) + reply["numbers"]}

    ask: Callable[[Any], dict[str, Any]] = lambda kept: {"count": len(kept or [])}  # noqa: E731
    application = Application(folder, SyncKind(**{**_fields(KIND), "merge": merge, "ask": ask}))
    application.ask()
    application.clock.move(LIMIT)
    application.recorder.tick()
    application.sync.ask()
    application.ask()
    application.recorder.apply(Input.CHANGE_USER, user_id="ada")
    application.ask()
    assert [body["count"] for body in application.transport.bodies] == [0, 2, 0]
    assert application.content == (1, 2)
    application.transport.content = b"{}"  # which merge does not expect
    application.recorder.apply(Input.CHANGE_USER, user_id="bob")
    application.ask()
    assert application.due() is None
    application.recorder.close()


def _fields(kind: SyncKind) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in SyncKind.__slots__}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
replies = st.one_of(
    st.binary(max_size=30),
    anything.map(lambda value: json.dumps(value).encode()),
    anything.map(lambda value: json.dumps({"numbers": value}).encode()),
)


@given(st.integers(100, 599), replies)
def test_no_reply_loses_what_was_there(status: int, content: bytes) -> None:
    application = Application()
    application.ask()
    application.clock.move(LIMIT)
    application.recorder.tick()
    application.sync.ask()
    application.transport.status, application.transport.content = status, content
    application.ask()
    (result,) = application.results()
    if result == Refreshed("done"):
        assert application.content == tuple(json.loads(content)["numbers"])
    else:
        assert (result, application.content) == (Refreshed("failed"), (1, 2))
    application.recorder.close()


@given(st.binary(max_size=100) | anything.map(lambda value: json.dumps(value).encode()))
def test_no_file_raises_anything(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    application = Application(tmp_path_factory.mktemp("data"))
    change_file = application.recorder.store.change_file
    assert change_file is not None
    synced.path_of(change_file.parent, "numbers").write_bytes(content)
    assert application.due() == 0.0
    application.recorder.close()
