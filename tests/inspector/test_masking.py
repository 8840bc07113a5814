"""What tells who a user is, out of sight."""

import pytest

from braze_qt._inspector.masking import MASK, masked, masked_id, without_id


@pytest.mark.parametrize(
    ("user_id", "shown"), [("ada@example.com", f"ad{MASK}"), ("ada", MASK), ("grace1", f"gr{MASK}")]
)
def test_a_masked_id_tells_little(user_id: str, shown: str) -> None:
    assert masked_id(user_id) == shown


def test_an_id_is_masked_in_any_text() -> None:
    assert without_id("ada@example.com is blocked", "ada@example.com") == f"ad{MASK} is blocked"
    assert without_id('{"a": "a", "b": "ab"}', "ab") == f'{{"a": "a", "b": "{MASK}"}}'


def test_a_request_is_masked_where_it_tells_persons() -> None:
    request = {
        "device_id": "d",
        "respond_with": {"user_id": "ada@example.com", "alias": {"label": "crm", "name": "ada"}},
        "alias": {"label": "crm", "name": "ada"},
        "events": [
            {"name": "ce", "data": {"n": "saved", "p": {"email": "shown"}}, "user_id": "ada@example.com"},
            {"name": "lr", "data": {"latitude": 52.5, "longitude": 13.4, "ll_accuracy": 3}},
            {"name": "lcaa", "data": {"key": "home", "latitude": 1.5, "longitude": 2.5}},
            {"name": "uae", "data": {"a": "ada", "l": "crm"}},
        ],
        "attributes": [{"user_id": "ada@example.com", "email": "ada@example.com", "custom": {"plan": "pro"}}],
    }
    assert masked(request) == {
        "device_id": "d",
        "respond_with": {"user_id": f"ad{MASK}", "alias": {"label": "crm", "name": MASK}},
        "alias": {"label": "crm", "name": MASK},
        "events": [
            {"name": "ce", "data": {"n": "saved", "p": {"email": "shown"}}, "user_id": f"ad{MASK}"},
            {"name": "lr", "data": {"latitude": MASK, "longitude": MASK, "ll_accuracy": 3}},
            {"name": "lcaa", "data": {"key": "home", "latitude": MASK, "longitude": MASK}},
            {"name": "uae", "data": {"a": MASK, "l": "crm"}},
        ],
        "attributes": [{"user_id": f"ad{MASK}", "email": MASK, "custom": {"plan": "pro"}}],
    }
