"""Several processes of one application, killed and stopped at random: the arrived sessions are correct."""

import pytest

from tests.campaigns.machinery.story import Story
from tests.campaigns.processes import one_round


@pytest.mark.parametrize("seed", [3, 5])
def test_the_arrived_sessions_are_those_that_happened(seed: int) -> None:
    campaign = one_round(seed)
    assert campaign.story.ended
    assert campaign.acknowledged


def test_the_model_derives_a_session_from_events() -> None:
    """The campaign depends on its model, which is tested by itself here."""
    story = Story(timeout=10, alive={1, 2})
    story.enter(1)
    story.log("a")
    story.pass_time(3)
    story.enter(2)
    story.leave(1)
    story.pass_time(30)
    story.leave(2)
    story.pass_time(9)
    assert story.open is not None
    story.pass_time(1)
    assert story.open is None
    (told,) = story.ended
    assert (told.started, told.left, told.names) == (0, (33, 33), {"a"})
