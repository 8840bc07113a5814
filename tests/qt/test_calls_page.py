"""docs/calls.md: each of its calls, executed as written, sends the data documented beside it."""

import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from braze_qt import BrazeQt
from braze_qt._qt.user import BrazeUser
from braze_qt._validation import fields, json_values
from tests.support.loopback import Loopback

from .arrivals import arrived, attributes, begun, flushed
from .conftest import Install
from .metaobjects import slots

PAGE = (Path(__file__).parents[2] / "docs" / "calls.md").read_text("utf-8")
CALL = re.compile(r"\| `(braze\.[^`]+\))` \|")
SENDING = re.compile(r"\| `(braze\.[^`]+\))` \| `(\w+)` \| `([^`]+)` \|")
EVENTS, _, REST = PAGE.partition("## The user: attributes")
ATTRIBUTES, _, OTHERS = REST.partition("## Sessions, identity")


def made(call: str, braze: BrazeQt) -> Any:
    return eval(call, {"braze": braze, "Decimal": Decimal, "datetime": datetime, "timezone": timezone})


def exact(value: Any) -> str:
    """JSON in which 1, 1.0 and true stay apart."""
    return json.dumps(value, sort_keys=True)


def test_every_call_is_documented() -> None:
    named = {call.partition("(")[0].removeprefix("braze.") for call in CALL.findall(PAGE)}
    assert named == slots(BrazeQt) | {f"user.{name}" for name in slots(BrazeUser)} | {"recentEvents"}


def test_each_documented_call_sends_the_documented_data(
    install: Install, server: Loopback, qtbot: QtBot
) -> None:
    braze = begun(install, server)
    braze.changeUser("ada")
    braze.openSession()
    arrived(qtbot, braze, server)
    events, values_set = SENDING.findall(EVENTS), SENDING.findall(ATTRIBUTES)
    assert len(events) == len(CALL.findall(EVENTS))
    assert len(values_set) == len(CALL.findall(ATTRIBUTES))
    for call, *_ in events + values_set:
        assert made(call, braze) is True, call
    (request,) = flushed(qtbot, braze, server)
    assert [(event["name"], exact(event["data"])) for event in request.json["events"]] == [
        (code, exact(json.loads(data))) for _, code, data in events
    ]
    shown: dict[str, Any] = {"custom": {}}
    for _, key, text in values_set:
        (told,) = json.loads(text).items()
        assert told[0] == key
        shown = {**shown, key: {**shown["custom"], **told[1]} if key == "custom" else told[1]}
    assert [exact(one) for one in attributes([request])] == [exact({"user_id": "ada", **shown})]


def test_documented_calls_that_send_nothing_can_be_made(install: Install, qtbot: QtBot) -> None:
    braze = install()
    calls = CALL.findall(OTHERS)
    assert len(calls) == len(re.findall(r"^\| `", OTHERS, re.MULTILINE))
    for call in calls:
        braze.setEnabled(True)
        braze.setOutboundNetworkRequestsOffline(False)
        answer = made(call, braze)
        assert answer is True or isinstance(answer, list), call
    assert BrazeQt.instance() is None


def test_every_limit_is_documented() -> None:
    for limit in (
        f"1 to {fields.NAME_LIMIT} characters",
        f"1 to {fields.USER_ID_LIMIT} bytes",
        f"up to {fields.SIGNATURE_LIMIT:,} characters",
        f"quantity 1 to {fields.QUANTITY_LIMIT}",
        f"less than {fields.PRICE_LIMIT:,f} either way",
        f"{json_values.PROPERTIES_LIMIT:,} bytes of JSON and {json_values.DEPTH_LIMIT} levels",
        f"{json_values.OBJECT_LIMIT:,} bytes of JSON and {json_values.DEPTH_LIMIT} levels",
        *(f"`{name}`" for name in json_values.RESERVED_FOR_PURCHASES | set(fields.SUBSCRIPTIONS)),
        *(f"`{letter}`" for letter in fields.GENDERS),
    ):
        assert limit in PAGE
