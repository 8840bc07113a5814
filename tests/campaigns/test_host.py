"""In every scenario the SDK raises, prints, blocks, leaks and changes nothing."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.campaigns.host import LONG, SHORT, Verdict, applications, run_scenario
from tests.support.scenarios.program import SCENARIOS

Verdicts = dict[str, "Future[Verdict]"]

pytestmark = pytest.mark.timeout(600)  # the first test waits for all scenarios


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    """On all scenarios. They wait more than they work, so that three go on at a time.

    All are through before a test begins: CPython 3.11 cannot parse the source of a failed test while another
    thread, of a sandbox, compiles (https://github.com/python/cpython/issues/106905).
    """
    with applications() as start, ThreadPoolExecutor(3) as pool:
        return {name: pool.submit(run_scenario, name, size, start) for name, size in SHORT.items()}


def test_every_scenario_is_listed_in_both_sizes() -> None:
    assert list(SHORT) == list(LONG) == list(SCENARIOS)


@pytest.mark.parametrize("name", SHORT)
def test_no_scenario_disturbs_the_host(verdicts: Verdicts, name: str) -> None:
    assert verdicts[name].result().acknowledged
