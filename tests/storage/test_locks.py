"""What the living processes of an application know of each other."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from braze_qt._storage.locks import Mark, Presence
from braze_qt._storage.store import Store

ASKS = 3_000

PROGRAM = """
import sys
from pathlib import Path
from braze_qt._storage.locks import Mark, Presence
presence = Presence(Path(sys.argv[1]))
print("here", flush=True)
for line in sys.stdin:
    print(eval(line, {"presence": presence, "Mark": Mark}), flush=True)
"""
ALONE = f"sum(not presence.elsewhere(Mark.ALIVE) for _ in range({ASKS}))\n"
IN_FRONT = f"sum(presence.elsewhere(Mark.FOREGROUND) for _ in range({ASKS}))\n"


class Other:
    """Another process that has joined."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.hear() == "here"

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "braze.lock"


@contextmanager
def two(path: Path) -> Iterator[tuple[Other, Other]]:
    with closing(Other(path)) as first, closing(Other(path)) as second:
        yield first, second


def test_two_that_ask_without_pause_never_take_each_other_for_dead(path: Path) -> None:
    with two(path) as others:
        for other in others:
            other.tell(ALONE)
        assert [other.hear() for other in others] == ["0", "0"]
        for other in others:
            other.tell("presence.elsewhere(Mark.ALIVE)\n")
        assert [other.hear() for other in others] == ["True", "True"]


def test_nobody_is_taken_for_in_front_because_somebody_asks(path: Path) -> None:
    with two(path) as others:
        for other in others:
            other.tell(IN_FRONT)
        assert [other.hear() for other in others] == ["0", "0"]


def test_what_is_said_while_others_ask_is_heard(path: Path) -> None:
    with closing(Other(path)) as other:
        presence = Presence(path)
        other.tell(IN_FRONT)
        for _ in range(ASKS // 10):
            presence.say(Mark.FOREGROUND, False)
            presence.say(Mark.FOREGROUND, True)
            assert not presence.elsewhere(Mark.FOREGROUND)
        other.hear()
        other.tell("presence.elsewhere(Mark.FOREGROUND)\n")
        assert other.hear() == "True"
        presence.leave()


def test_what_is_taken_while_others_ask_is_taken(path: Path) -> None:
    with closing(Other(path)) as other:
        presence = Presence(path)
        other.tell(f"sum(presence.elsewhere(Mark.SENDING) for _ in range({ASKS})) > 0\n")
        for _ in range(ASKS // 10):
            assert presence.take(Mark.SENDING)
            presence.say(Mark.SENDING, False)
        other.hear()
        presence.leave()


def test_a_dead_process_is_not_alive(path: Path) -> None:
    with two(path) as (first, second):
        first.close()
        second.tell("presence.elsewhere(Mark.ALIVE)\n")
        assert second.hear() == "False"


def test_the_file_can_be_deleted_while_others_have_it(path: Path) -> None:
    with two(path) as (first, second):
        path.unlink()
        first.tell("presence.elsewhere(Mark.ALIVE)\n")
        assert first.hear() == "True"
        second.tell("presence.leave()\n")
        second.hear()


def test_each_change_is_told_by_a_time_stamp_that_qt_takes_for_a_later_one(tmp_path: Path) -> None:
    """On Windows it compares milliseconds, and the clock stands still for 16 of them."""
    news = tmp_path / "data" / "braze.news"
    with closing(Store(tmp_path / "data")) as store, closing(Other(tmp_path / "data" / "braze.lock")):
        for set_back in (0, 3_600):
            os.utime(news, (time.time() + set_back, time.time() + set_back))
            stamps = []
            for _ in range(20):
                store.notify_peers()
                stamps.append(news.stat().st_mtime_ns // 1_000_000)
            assert stamps == sorted(set(stamps))
