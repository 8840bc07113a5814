"""Arbitrary input at every door: configuration, calls, replies, stored data. Nothing may raise or hang."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from braze_qt import BrazeConfig, ConfigError
from tests.support.fuzzing import calls, replies, store
from tests.support.loopback import serving
from tests.support.strange import KEY, Door, anything, texts

ROUND = 100
"""Inputs between two looks at the clock."""
OPTIONS = sorted(BrazeConfig.__dataclass_fields__.keys() - {"api_key", "endpoint"})

endpoints = texts | st.sampled_from(
    ["sdk.example", "http://localhost", "https://a/\ud800", "https://a/\x01", "https://a:99999", "//", "[::1"]
)


valid = {
    "session_timeout": st.integers(1, 10**6),
    "flush_interval": st.floats(1, 86_400),
    "data_dir": texts,
    "device_properties": st.sampled_from([(), ["locale"], {"model"}]),
}


def often(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The usual thing every other time."""
    return st.booleans().flatmap(lambda chosen: usual if chosen else anything)


def configuration(api_key: object, endpoint: object, options: dict[str, object]) -> None:
    """Either a configuration that can be used, or one ConfigError that says why not."""
    try:
        config = BrazeConfig(api_key, endpoint, **options)
    except ConfigError as error:
        words = str(error)
        words.encode()
    else:
        words = repr(config)
        assert config.url.startswith(("https://", "http://localhost"))
        config.url.encode("ascii")
        assert config.folder is None or config.folder.is_absolute()
    assert KEY not in words, "the key is told"


CONFIGURATION = Door(
    configuration,
    (
        often(st.just(KEY)),
        often(endpoints),
        st.fixed_dictionaries({}, optional={name: often(valid.get(name, st.none())) for name in OPTIONS})
        | st.just({}),
    ),
)


def tried(door: Door, number: int, count: int = ROUND) -> None:
    """Try a door with so many inputs, which the number decides."""
    chosen = settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    seeded(number)(chosen(given(*door.arguments)(door.test)))()


def run(seed: int, seconds: float) -> Iterator[str]:
    """All doors in turn, until the time is over."""
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campaign-fuzz-")))
        original, work, data = folder / "original", folder / "work", folder / "data"
        store.specimen(original)
        server = stack.enter_context(serving())
        braze, taker = stack.enter_context(calls.installed(data))
        doors = {
            "configuration": CONFIGURATION,
            "calls from three threads": calls.api(braze),
            "replies": replies.REPLIES,
            "replies with content cards": replies.CARD_REPLIES,
            "bytes on the wire": replies.wire(server),
            "bytes of a proxy": replies.proxy(server),
            "addresses of proxies": replies.ADDRESSES,
            "damaged data": store.damaged(original, work),
            "data of others": store.foreign(original, work),
            "rows of others": store.rewritten(original, work),
        }
        rounds = 0
        for rounds in itertools.count(1):
            for door in doors.values():
                tried(door, seed * 1_000 + rounds)
            if time.monotonic() > end:
                break
        for name in doors:
            yield f"{name}: {rounds * ROUND:,} inputs"
        yield f"{calls.drained(braze, taker):,} events were taken, and arrived as JSON"
        calls.assert_private(data)
        yield "no exception, no hang; no secret in a log, a message or a file that others may read"
