"""Strange things to hand to anything that takes something: hypothesis strategies."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st
from PySide6.QtCore import QDateTime, QObject

MARK = "hush4711"
"""In many of the strings: it must be in no log, no message and no file that others may read."""
KEY = "5ecre7-0000-4000-8000-000000000000"
"""The API key, which must be nowhere but in a request."""


class Door(NamedTuple):
    """A property, and the strategies of its arguments."""

    test: Callable[..., None]
    arguments: tuple[st.SearchStrategy[Any], ...]


class Word(str, enum.Enum):
    """A string that is none when it is printed."""

    OPEN = "open"


class Sly(Mapping[str, Any]):
    """A mapping that changes its mind."""

    def __init__(self) -> None:
        self._asked = 0

    def __getitem__(self, key: str) -> Any:
        self._asked += 1
        return self._asked if self._asked % 2 else {key: self}

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "b"])

    def __len__(self) -> int:
        return 2


class Evil:
    """Raises whatever is done with it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("evil")

    def _raise(self, *_: Any) -> Any:
        raise RuntimeError("evil")

    __repr__ = __str__ = __eq__ = __lt__ = __len__ = __iter__ = __float__ = __index__ = _raise  # type: ignore
    __hash__ = None  # type: ignore[assignment]


class Liar(str):
    """Says that it is one character of ASCII."""

    def isascii(self) -> bool:
        return True

    def __len__(self) -> int:
        return 1

    def encode(self, *_: Any) -> bytes:
        return b"x"

    def startswith(self, *_: Any) -> bool:
        return False

    def __eq__(self, _: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Endless(list[Any]):
    """A list that never ends."""

    def __init__(self, item: object) -> None:
        super().__init__([item])

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield self[0]


class Gossip(Evil):
    """Raises as our own checks do, with a secret."""

    def _raise(self, *_: Any) -> Any:
        raise ValueError(MARK)

    __repr__ = __str__ = __eq__ = __lt__ = __len__ = __iter__ = __float__ = __index__ = _raise  # type: ignore


def _knot() -> list[Any]:
    knot: list[Any] = []
    knot.append(knot)
    return knot


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    return deep


words = st.sampled_from(
    ["", " ", "\0", "\ud800", "$a", '"', "\u202e", "💥" * 300, "ss", "EUR", "opted_in", "m", "9.99", "time"]
)
names = st.text(max_size=20) | words
"""Names of properties, which a warning may show."""
texts = names | st.text(max_size=10).map(lambda text: MARK + text)
numbers = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, 1, 10, 2**31, 2**63, 10**400, -1, 0.5, 1e308, True])
    | st.decimals(allow_nan=True, allow_infinity=True)
)
times = (
    st.datetimes()
    | st.dates()
    | st.timedeltas()
    | st.builds(QDateTime)
    | st.builds(QDateTime.currentDateTime)
)
odd = (
    st.builds(Evil)
    | st.builds(Gossip)
    | st.builds(Sly)
    | texts.map(Liar)
    | st.builds(Endless, st.sampled_from(["x", 1, None, {}]))
    | st.builds(_knot)
    | st.builds(_deep)
    | st.builds(QObject)
    | st.builds(object)
    | st.sampled_from([Word.OPEN, int, len, ..., b"x", 1j, range(3), frozenset({1}), Exception("x")])
)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
anything = st.one_of(
    plain,
    texts,
    numbers,
    times,
    odd,
    st.dictionaries(names, plain | times | odd, max_size=3),
    st.lists(texts | odd, max_size=3),
)
