"""Each program of examples/ runs as it stands, and its sessions arrive."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from braze_qt.testing import SandboxProcess
from tests.support.forking import ForkedProcess, forking
from tests.support.waiting import DEADLINE

DRIVEN = Path(__file__).with_name("driven.py")
EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST = 60
"""Lines of an example; a longer one would be an application."""


OFFSCREEN = (
    "does not support propagateSizeHints",
    "QPlatformNativeInterface::systemTrayWindowChanged",
    "Sandboxing disabled by user",
    "QRhiGles2",
    "RHI for backend",
    "GPUInfo",
    "createPlatformVulkanInstance",  # this and the next two: Qt 6.8
    "Failed to initialize Vulkan",
    "Unable to detect GPU vendor",
)


class Case(NamedTuple):
    script: str
    steps: str
    api_key: str
    events: list[str]


CASES = [
    Case("editor.py", "write", "example-editor", ["ss", "saved", "new document", "se"]),
    Case("palette.py", "choose_colour", "example-palette", ["ss", "colour chosen", "se"]),
    Case("news.py", "read_news", "example-news", ["ss", "cci", "ccc", "ccd", "se"]),
    Case("feed.py", "read_feed", "example-feed", ["ss", "cci", "ccc", "ccd", "se"]),
    Case("tray.py", "go_to_tray", "example-reminder", ["ss", "se"]),
    Case("coroutines.py", "count_lines", "example-counter", ["ss", "counted", "se"]),
    Case("consent.py", "agree", "example-notes", ["ss", "se"]),
    Case("login.py", "log_in_and_out", "example-account", ["ss", "se", "ss", "se", "ss", "se"]),
    Case("plugin/host.py", "load_and_unload", "example-stamps", ["ss", "stamped", "se"]),
    Case("browser.py", "browse", "example-browser", ["ss", "page", "se"]),
]
BESIDE = {"conftest.py", "feed.qml", "palette.qml", "plugin/stamps.py", "signals.py", "test_editor.py"}
"""Parts of other examples, and examples with a test of their own."""
PARTS = "content_cards/"
"""What two examples are made of; test_content_cards.py has its tests."""


class Examples:
    """Starts them on one sandbox, from one process that has imported everything."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._programs = stack.enter_context(forking("PySide6.QtWidgets", "braze_qt._qt.client"))
        self._sandbox = stack.enter_context(SandboxProcess())
        self._sandbox.api(
            "content_cards", "PUT", {"id": "news", "title": "What is new", "description": "Much."}
        )
        self._folder = folder

    def start(self, program: Path, *arguments: str) -> ForkedProcess:
        folder = self.folder(*arguments)
        folder.mkdir()
        environment = os.environ | {
            "BRAZE_ENDPOINT": self._sandbox.url,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # they need nothing but pytest-qt
            "PYTHONDONTWRITEBYTECODE": "1",
            "QT_QPA_PLATFORM": "offscreen",
            "QT_QUICK_BACKEND": "software",
            "QTWEBENGINE_DISABLE_SANDBOX": "1",
            "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu --disable-background-networking --log-level=3",
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        with self._errors(*arguments).open("wb") as errors:
            process = self._programs.start(program, arguments, environment, stderr=errors.fileno())
        for pipe in (process.stdin, process.stdout):
            assert pipe
            self._stack.enter_context(pipe)
        self._stack.callback(process.wait, DEADLINE)
        self._stack.callback(process.kill)
        return process

    def requests(self, api_key: str) -> list[dict]:
        found = self._sandbox.api("requests")["requests"]
        return [request for request in found if request["api_key"] == api_key]

    def events(self, api_key: str) -> list[str]:
        events = [
            event
            for request in self.requests(api_key)
            for event in json.loads(request["body"]).get("events", [])
        ]
        return [event["data"].get("n", event["name"]) for event in events]

    def folder(self, *arguments: str) -> Path:
        """For data and settings of this run."""
        return self._folder / "-".join(arguments).replace("/", "-")

    def complaints(self, *arguments: str) -> str:
        """The standard error output, but for words of Qt about the missing screen."""
        lines = self._errors(*arguments).read_text("utf-8").splitlines()
        return "\n".join(line for line in lines if not any(words in line for words in OFFSCREEN))

    def _errors(self, *arguments: str) -> Path:
        return self.folder(*arguments).with_suffix(".errors")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    with ExitStack() as stack:
        yield Examples(stack, tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="module")
def processes(examples: Examples) -> dict[str, ForkedProcess]:
    """All of them at once: most of the time of one is waiting."""
    return {case.script: examples.start(DRIVEN, case.script, case.steps) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.script)
def test_an_example_runs(case: Case, examples: Examples, processes: dict[str, ForkedProcess]) -> None:
    code = processes[case.script].wait(DEADLINE)
    assert (examples.complaints(case.script, case.steps), code) == ("", 0)
    assert examples.events(case.api_key) == case.events


def test_login_sends_the_signature(examples: Examples, processes: dict[str, ForkedProcess]) -> None:
    processes["login.py"].wait(DEADLINE)
    signed = [
        (dict(request["headers"]).get("X-Braze-Auth-Signature"), '"ada"' in request["body"])
        for request in examples.requests("example-account")
    ]
    assert set(signed) == {(None, False), ("header.616461.signature", True)}


def test_nothing_is_stored_without_consent(examples: Examples) -> None:
    run = ("consent.py", "disagree")
    assert examples.start(DRIVEN, *run).wait(DEADLINE) == 0, examples.complaints(*run)
    files = [path.name for path in examples.folder(*run).rglob("*") if path.is_file()]
    assert files == ["Notes.conf"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_and_sends_the_session(number: signal.Signals, examples: Examples) -> None:
    before = len(examples.events("example-signals"))
    run = ("signals.py", "wait_for_signal", number.name)
    process = examples.start(DRIVEN, *run)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n", examples.complaints(*run)
    process.send_signal(number)
    assert (examples.complaints(*run), process.wait(DEADLINE)) == ("", 0)
    assert examples.events("example-signals")[before:] == ["ss", "se"]


def test_the_tests_of_an_example_pass(examples: Examples) -> None:
    command = ["-p", "no:cacheprovider", "-p", "pytestqt.plugin", "-q", str(EXAMPLES)]
    process = examples.start(Path(pytest.__file__).with_name("__main__.py"), *command)
    assert process.stdout
    said = process.stdout.read().decode()
    assert process.wait(DEADLINE) == 0, said
    assert "3 passed" in said


def test_examples_import_public_names_alone() -> None:
    private = re.compile(r"^\s*(from|import) braze_qt[\w.]*\._", re.MULTILINE)
    assert [path for path in EXAMPLES.rglob("*.py") if private.search(path.read_text("utf-8"))] == []


def test_every_example_is_short_run_and_listed() -> None:
    paths = [path for pattern in ("*.py", "*.qml") for path in EXAMPLES.rglob(pattern)]
    files = {str(path.relative_to(EXAMPLES)): path.read_text("utf-8") for path in paths}
    programs = {name for name in files if not name.startswith(PARTS)}
    assert programs == BESIDE | {case.script for case in CASES}
    assert [name for name in programs if files[name].count("\n") >= LONGEST] == []
    index = (EXAMPLES / "README.md").read_text("utf-8")
    assert [name for name in [*programs, PARTS] if f"]({name})" not in index] == ["conftest.py"]
