"""No collection of garbage begins in a thread of ours; the host's own come as often as without us."""

import sys

import pytest

from tests.campaigns.collector import KINDS, compare, provoke, rest


@pytest.mark.parametrize("kind", KINDS)
def test_the_sdk_does_not_change_collection_frequency(kind: str) -> None:
    assert compare(sys.executable, kind, 200)


@pytest.mark.parametrize("kind", KINDS)
def test_no_collection_begins_in_the_sdk_thread(kind: str) -> None:
    assert provoke(sys.executable, kind, 60)


def test_an_idle_host_is_not_woken() -> None:
    assert rest(sys.executable, 3)
