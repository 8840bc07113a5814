"""Profiles of users, built from their requests."""

import json
from dataclasses import replace

import pytest
import requests

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.archive import MAX_OF_PROGRAMS
from braze_qt.sandbox.server import Limits

from .bodies import ADA, DEVICE, T0, USER_CHANGE, body, event, start


def own(name, **data):
    """An event of Ada's, always at the same moment."""
    return event(name, T0, 1, ADA, **data)


def of_ada(*events, **custom):
    """A body with Ada's custom attributes and events."""
    return body(*events, attributes=[{"user_id": ADA, "custom": custom}])


@pytest.fixture
def profile(post, sandbox):
    """Ada's profile after these requests."""

    def profile(*sent):
        for each in sent:
            assert post(each).status_code == 201
        return sandbox.api(f"users/{ADA}")["profile"]

    return profile


@pytest.fixture
def custom(profile):
    """Her custom attributes after one request with these events and attributes."""
    return lambda *events, **attributes: profile(of_ada(*events, **attributes))["custom"]


def test_a_profile_without_data_is_empty(profile):
    assert profile(body(start(user=ADA))) == {
        "attributes": {},
        "custom": {},
        "location_attributes": {},
        "location": None,
        "aliases": [],
        "subscription_groups": {},
        "purchases": {"count": 0, "quantity": 0, "revenue": {}, "list": []},
    }


def test_attributes_are_kept_until_cleared(profile):
    first = {"user_id": ADA, "first_name": "Ada", "email": "a@b.example", "dob": "1990-7-4"}
    told = profile(
        body(attributes=[first | {"custom": {"colour": "blue", "n": 3, "gone": 1, "list": [{"k": 1}]}}]),
        body(attributes=[{"user_id": ADA, "email": None, "custom": {"gone": None, "colour": "red"}}]),
    )
    assert told["attributes"] == {"first_name": "Ada", "dob": "1990-7-4"}
    assert told["custom"] == {"colour": "red", "n": 3, "list": [{"k": 1}]}


def test_attributes_alone_make_a_user(profile, sandbox):
    assert profile(body(attributes=[{"user_id": ADA, "first_name": "Ada"}]))["attributes"]
    assert [each["id"] for each in sandbox.api("users")["users"]] == [ADA]
    assert requests.get(f"{sandbox.url}/users/{ADA}", timeout=30).status_code == 200


def test_each_user_has_a_profile(post, sandbox):
    post(USER_CHANGE)
    post(body(start(T0 + 9, 3), attributes=[{"first_name": "Nobody"}]))
    assert sandbox.api(f"users/{ADA}")["profile"]["custom"] == {"colour": "blue", "list": [{"k": 1}]}
    assert sandbox.api(f"users/anonymous:{DEVICE}")["profile"]["attributes"] == {"first_name": "Nobody"}


def test_increments_are_added_up(custom):
    assert custom(
        own("inc", key="new", value=2),
        own("inc", key="new", value=-5),
        own("inc", key="known", value=1.5),
        known=10,
    ) == {"known": 11.5, "new": -3}


def test_a_list_holds_every_string_once(custom):
    events = [own("add", key="tags", value="a") | {"time": T0 + n} for n in range(3)]
    assert custom(*events, own("add", key="more", value="b"), more=["a"]) == {
        "tags": ["a"],
        "more": ["a", "b"],
    }


def test_removing_takes_every_equal_string(custom):
    assert custom(
        own("rem", key="tags", value="a"),
        own("rem", key="tags", value="not there"),
        own("rem", key="no list", value="a"),
        tags=["a", "b", "a"],
    ) == {"tags": ["b"]}


def test_a_list_can_be_set_and_emptied(custom):
    events = [own("set", key="tags", value=["x", "y"]), own("set", key="empty", value=[])]
    assert custom(*events, tags=["a"]) == {"tags": ["x", "y"], "empty": []}


def test_a_long_list_keeps_its_newest_strings(custom):
    many = [str(number) for number in range(600)]
    told = custom(own("set", key="set", value=many), own("add", key="added", value="new"), added=many)
    assert told == {"set": many[100:], "added": [*many[101:], "new"]}


def test_objects_are_merged_to_any_depth(custom):
    new = {"a": {"b": {"x": 1, "gone": None}, "list": [3]}, "plain": {"now": "object"}, "never": None}
    assert custom(
        own("ncam", key="object", value=new),
        own("ncam", key="new", value={"k": {"v": 1, "gone": None}}),
        object={"a": {"b": {"gone": 1, "y": 2}, "list": [1, 2]}, "plain": 1, "kept": True},
    ) == {
        "object": {
            "a": {"b": {"y": 2, "x": 1}, "list": [3]},
            "plain": {"now": "object"},
            "kept": True,
        },
        "new": {"k": {"v": 1}},
    }


def test_an_edit_of_the_wrong_type_changes_nothing(custom):
    attributes = {"text": "a", "list": [{"k": 1}], "flag": True, "huge": 1e308}
    assert (
        custom(
            own("inc", key="text", value=1),
            own("inc", key="flag", value=1),
            own("inc", key="huge", value=1e308),
            own("add", key="text", value="b"),
            own("add", key="list", value="b"),
            own("rem", key="text", value="a"),
            own("ncam", key="text", value={"k": 1}),
            **attributes,
        )
        == attributes
    )


def test_location_attributes_can_be_set_and_removed(profile):
    told = profile(
        body(
            own("lcaa", key="home", latitude=52.5, longitude=13.4),
            own("lcaa", key="office", latitude=48, longitude=-11.5),
            own("lcar", key="home"),
            own("lcar", key="never"),
        )
    )
    assert told["location_attributes"] == {"office": {"latitude": 48, "longitude": -11.5}}


def test_the_last_location_counts(profile):
    told = profile(
        body(
            own("lr", latitude=1, longitude=2),
            own("lr", latitude=52.5, longitude=13.4, altitude=34, ll_accuracy=12, alt_accuracy="high")
            | {"time": T0 + 1},
        )
    )
    place = {"latitude": 52.5, "longitude": 13.4, "altitude": 34, "ll_accuracy": 12}
    assert told["location"] == place | {"time": T0 + 1}


def test_each_label_has_one_alias(profile):
    told = profile(body(own("uae", l="crm", a="1"), own("uae", l="shop", a="1"), own("uae", l="crm", a="2")))
    assert told["aliases"] == [{"label": "crm", "name": "2"}, {"label": "shop", "name": "1"}]


def test_the_last_subscription_state_counts(profile):
    told = profile(
        body(
            own("sgu", group_id="news", status="subscribed"),
            own("sgu", group_id="news", status="unsubscribed"),
            own("sgu", group_id="offers", status="subscribed"),
        )
    )
    assert told["subscription_groups"] == {"news": "unsubscribed", "offers": "subscribed"}


def test_purchases_are_summed_without_rounding(profile):
    told = profile(
        body(
            own("p", pid="sku-1", c="EUR", p="10.00", q=3, pr={"gift": False}),
            own("p", pid="sku-2", c="EUR", p=0.1, q=3),
            own("p", pid="sku-3", c="USD", p=5),
            own("p", pid="refund", c="USD", p="-7.50", q=1),
        )
    )["purchases"]
    assert (told["count"], told["quantity"]) == (4, 8)
    assert told["revenue"] == {"EUR": "30.30", "USD": "-2.50"}
    assert told["list"][0] == {
        "product_id": "sku-1",
        "currency": "EUR",
        "price": "10.00",
        "quantity": 3,
        "time": T0,
        "properties": {"gift": False},
    }


MALFORMED = [
    own("inc", key="n", value="1"),
    own("inc", key="n", value=True),
    own("inc", key="n"),
    own("inc", key="", value=1),
    own("inc", key=["n"], value=1),
    own("inc", key="n", value=10**400),
    own("add", key="tags", value=1),
    own("rem", key="kept", value=None),
    own("set", key="tags", value="a"),
    own("set", key="tags", value=["a", 1]),
    own("ncam", key="object", value=[]),
    own("lcaa", key="home", latitude=91, longitude=0),
    own("lcaa", latitude=1, longitude=1),
    own("lcar", key={}),
    own("lr", latitude="52", longitude=13),
    own("lr", latitude=52, longitude=181),
    own("uae", l="crm"),
    own("uae", l="", a="1"),
    own("sgu", group_id="news", status="perhaps"),
    own("sgu", group_id=1, status="subscribed"),
    own("sgu", group_id="news", status=["subscribed"]),
    own("p", c="EUR", p="1"),
    own("p", pid="x", c="eur", p="1"),
    own("p", pid="x", c="EUR", p="NaN"),
    own("p", pid="x", c="EUR", p="1e999999999"),
    own("p", pid="x", c="EUR", p=1e300),
    own("p", pid="x", c="EUR", p=5e-324),
    own("p", pid="x", c="EUR", p=10**400),
    own("p", pid="x", c="EUR", p=True),
    own("p", pid="x", c="EUR", p="1", q=0),
    own("p", pid="x", c="EUR", p="1", q="2"),
    own("p", pid="x", c="EUR", p="1", q=10**30),
]


@pytest.mark.parametrize("sent", MALFORMED, ids=lambda sent: json.dumps([sent["name"], sent["data"]])[:60])
def test_a_malformed_event_is_shown_without_effect(profile, sandbox, sent):
    before = profile(of_ada(start(user=ADA), kept="text"))
    assert profile(body(sent)) == before
    events = sandbox.api(f"users/{ADA}")["sessions"][0]["events"]
    assert [each["event"] for each in events if each["name"] != "ss"] == [sent]
    page = requests.get(f"{sandbox.url}/users/{ADA}", timeout=30)
    assert page.status_code == 200


@pytest.mark.parametrize(
    "attributes",
    [
        [5, None, "x", []],
        [{"user_id": 5, "first_name": "A"}],
        [{"user_id": "x" * 20_000, "first_name": "A"}],
        [{"user_id": ADA, "custom": [1]}],
        [{"user_id": ADA, "custom": None}],
        [{"user_id": ADA, "alias": {"label": "crm", "name": "a"}}],
    ],
)
def test_malformed_attributes_change_nothing(profile, sandbox, attributes):
    before = profile(body(start(user=ADA)))
    assert profile(body(attributes=attributes)) == before
    assert len(sandbox.api("users")["users"]) == 1


def test_attributes_apply_before_events_of_a_request(profile):
    told = profile(of_ada(own("inc", key="n", value=1), n=5), of_ada(n=7))
    assert told["custom"] == {"n": 7}
    assert profile(of_ada(own("inc", key="n", value=2), n=20))["custom"] == {"n": 22}


def test_events_of_a_request_apply_by_time(profile):
    late = own("set", key="tags", value=["late"]) | {"time": T0 + 2}
    assert profile(body(late, own("set", key="tags", value=["early"])))["custom"] == {"tags": ["late"]}
    earlier = own("set", key="tags", value=["earlier"]) | {"time": T0 - 9}
    assert profile(body(earlier))["custom"] == {"tags": ["earlier"]}


def test_a_repeated_delivery_does_not_change_the_profile(profile):
    once = of_ada(
        own("inc", key="n", value=1),
        own("add", key="tags", value="x"),
        own("p", pid="sku", c="EUR", p="1.00", q=1),
        n=5,
        tags=["a"],
    )
    told = profile(once, body(own("rem", key="tags", value="a")))
    assert told["custom"] == {"n": 6, "tags": ["x"]}
    assert profile(once) == told
    assert profile(once | {"time": int(T0) + 60}) == told


def test_repeated_events_in_larger_requests_count_once(profile):
    first = own("inc", key="n", value=1)
    second, third = first | {"time": T0 + 1}, first | {"time": T0 + 2}
    told = profile(
        of_ada(first, n=5),
        of_ada(first, second, n=5, m=1),
        of_ada(first, second, third, n=5, m=1, k=2),
    )
    assert told["custom"] == {"n": 8, "m": 1, "k": 2}


def test_an_earlier_value_can_be_set_again(profile):
    assert profile(of_ada(colour="blue"), of_ada(colour="red"), of_ada(colour="blue"))["custom"] == {
        "colour": "blue"
    }


def test_a_request_not_stored_is_not_applied(profile, sandbox, post):
    sandbox.api("faults", "PUT", {"fault": "status", "times": 1})
    assert post(of_ada(own("inc", key="n", value=1), n=5)).status_code == 503
    assert profile(of_ada(own("inc", key="m", value=1), m=1))["custom"] == {"m": 2}


@pytest.mark.parametrize("limits", [Limits(of_programs=replace(MAX_OF_PROGRAMS, requests=3))])
def test_a_profile_is_built_from_kept_requests(profile):
    sent = [of_ada(own("inc", key="n", value=1) | {"time": T0 + n}, **{f"a{n}": n}) for n in range(5)]
    assert profile(*sent)["custom"] == {"a2": 2, "n": 3, "a3": 3, "a4": 4}


def test_a_profile_survives_a_restart(tmp_path):
    for expected in (1, 2):
        with Sandbox(data=tmp_path) as sandbox:
            sent = of_ada(own("inc", key="n", value=1) | {"time": T0 + expected}, colour="blue")
            requests.post(f"{sandbox.url}/api/v3/data", json=sent, timeout=30)
            assert sandbox.api(f"users/{ADA}")["profile"]["custom"] == {"colour": "blue", "n": expected}


def test_deleting_the_data_removes_profiles(profile, sandbox):
    profile(of_ada(n=1))
    sandbox.api("data", "DELETE")
    assert sandbox.api("users")["users"] == []
    with pytest.raises(ValueError, match="nothing has come"):
        sandbox.api(f"users/{ADA}")
