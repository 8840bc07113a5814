"""Several processes of one application, killed and stopped at random: the arrived sessions are correct."""

import pytest

from braze_qt._session.state import Input
from tests.campaigns.processes import one_round
from tests.support.session_model import Span
from tests.support.session_observers import SeveralProcesses


@pytest.mark.parametrize("seed", [3, 5])
def test_the_arrived_sessions_are_those_that_happened(seed: int) -> None:
    campaign = one_round(seed)
    assert campaign.model.ended
    assert campaign.acknowledged


def test_the_model_derives_a_session_from_events() -> None:
    """The campaign depends on its model, which is tested by itself here."""
    model = SeveralProcesses()
    model.join(1, 10)
    model.join(2, 10)
    model.feed(Input.ENTER_FOREGROUND, process=1)
    model.log("a")
    model.wait(3)
    model.feed(Input.ENTER_FOREGROUND, process=2)
    model.feed(Input.LEAVE_FOREGROUND, process=1)
    model.wait(30)
    model.feed(Input.LEAVE_FOREGROUND, process=2)
    model.wait(9)
    model.time_passes()
    assert not model.ended
    model.wait(1)
    model.time_passes()
    (told,) = model.ended
    assert told.session.began.elapsed == Span.exact(0)
    assert told.end.elapsed == Span.exact(33)
    assert [event.name for event in told.events] == ["a"]
