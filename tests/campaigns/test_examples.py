"""Six of Qt's examples behave as without the two lines, and their sessions are right."""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.campaigns.examples import AT_A_TIME, Desktops, Verdict, session_faults
from tests.support.qt_examples.catalogue import EXAMPLES
from tests.support.sessions import Event

SIX = [
    "widgets/mainwindows/application/application.py",
    "widgets/imageviewer/main.py",
    "widgets/desktop/systray/main.py",
    "async/minimal/minimal_asyncio.py",
    "quickcontrols/gallery/gallery.py",
    "webenginewidgets/simplebrowser/main.py",
]
"""Qt Widgets, a native dialog, a tray, coroutines, Qt Quick, WebEngine with several windows."""

Verdicts = dict[str, "Future[Verdict]"]


@pytest.fixture(scope="module")
def verdicts() -> Iterator[Verdicts]:
    with Desktops() as desktops, ThreadPoolExecutor(AT_A_TIME) as pool:
        examples = {example.path: example for example in EXAMPLES}
        yield {path: pool.submit(desktops.compare, examples[path]) for path in SIX}


@pytest.mark.parametrize("path", SIX)
def test_an_example_behaves_as_without_the_sdk(verdicts: Verdicts, path: str) -> None:
    verdict = verdicts[path].result()
    assert verdict.run.code == 0
    assert len(verdict.run.came) == 2


def lose_an_end(events: list[Event]) -> None:
    del events[1]


def end_when_the_timeout_is_over(events: list[Event]) -> None:
    events[1]["time"] += 1.1
    events[1]["data"]["d"] += 1.1


def start_before_the_return(events: list[Event]) -> None:
    events[2]["time"] -= 0.5
    events[3]["data"]["d"] += 0.5


def go_on_after_the_absence(events: list[Event]) -> None:
    del events[1:3]


@pytest.mark.parametrize(
    "mistake", [lose_an_end, end_when_the_timeout_is_over, start_before_the_return, go_on_after_the_absence]
)
def test_a_planted_mistake_is_detected(verdicts: Verdicts, mistake: Callable[[list[Event]], None]) -> None:
    verdict = verdicts[SIX[0]].result()
    events = copy.deepcopy(verdict.events)
    mistake(events)
    assert session_faults(verdict.run, events)
