"""No collection of garbage begins in a thread of ours; the host's own come as often as without us."""

import sys

import pytest

from soak.collector import KINDS, compare, provoke, rest


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_is_collected_as_often_as_without_us(kind: str) -> None:
    assert compare(sys.executable, kind, 500)


@pytest.mark.parametrize("kind", KINDS)
def test_an_eager_collector_never_begins_in_our_thread(kind: str) -> None:
    assert provoke(sys.executable, kind, 100)


def test_an_idle_host_is_not_woken() -> None:
    assert rest(sys.executable, 3)
