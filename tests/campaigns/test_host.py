"""Whatever an application demands, the SDK in it raises, prints, hangs, leaks and changes nothing."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from soak.demanding import DEMANDS
from soak.host import LONG, SHORT, Verdict, demand

Verdicts = dict[str, "Future[Verdict]"]


@pytest.fixture(scope="module")
def verdicts() -> Iterator[Verdicts]:
    """On all demands. They wait more than they work, so that three go on at a time."""
    with ThreadPoolExecutor(3) as pool:
        yield {name: pool.submit(demand, name, size) for name, size in SHORT.items()}


def test_every_demand_is_made() -> None:
    assert list(SHORT) == list(LONG) == list(DEMANDS)


@pytest.mark.parametrize("name", SHORT)
def test_the_host_is_left_alone(verdicts: Verdicts, name: str) -> None:
    assert verdicts[name].result().acknowledged
