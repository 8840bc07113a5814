"""Content cards: what is written, what an SDK is told of them, and what it tells of their use."""

import time

import pytest
import requests

from braze_qt.sandbox import Sandbox
from braze_qt.sandbox.cards import MAX_REMOVED

from .bodies import ADA, DEVICE, T0, body, event, start

SYNC = "/api/v3/content_cards/sync"
WHOLE = {
    "type": "captioned_image",
    "title": "Title",
    "description": "Text",
    "image": "https://example.com/wide.png",
    "aspect_ratio": 2.66,
    "alt_text": "A wide picture",
    "link": "https://example.com/",
    "link_text": "Learn more",
    "use_webview": True,
    "language": "en",
    "expires": 4_000_000_000,
    "pinned": True,
    "dismissible": False,
    "extras": {"key": "value"},
    "test": True,
}


@pytest.fixture
def write(sandbox):
    """Writes these cards instead of all others."""
    return lambda *cards: sandbox.api("content_cards", "PUT", list(cards))


class Client:
    """Asks for a user's cards as an SDK does, with what the last reply has said."""

    def __init__(self, post, user=None):
        self._post = post
        self._user = {"user_id": user} if user else {}
        self._tokens = {"last_full_sync_at": 0, "last_card_updated_at": 0}

    def sync(self):
        """The ids that come, those that are to be removed after a minus; and whether these are all."""
        answer = self._post(body(**self._user, **self._tokens), SYNC)
        assert answer.status_code == 201
        told = answer.json()
        self.cards = {each["id"]: each for each in told["cards"]}
        self._tokens = {name: told[name] for name in self._tokens}
        return [f"-{each['id']}" if each.get("r") else each["id"] for each in told["cards"]], told[
            "full_sync"
        ]


@pytest.fixture
def client(post):
    return lambda user=None: Client(post, user)


def done(post, name, *ids, user=ADA):
    post(body(event(name, time.time(), 1, user, ids=list(ids))))


def test_a_card_is_sent_with_every_key(write, client):
    write({"id": "whole", **WHOLE}, {"id": "least"})
    ada = client(ADA)
    assert ada.sync() == (["whole", "least"], True)
    whole, least = ada.cards["whole"], ada.cards["least"]
    assert whole == {
        "id": "whole",
        "tp": "captioned_image",
        "tt": "Title",
        "ds": "Text",
        "i": "https://example.com/wide.png",
        "ar": 2.66,
        "image_alt": "A wide picture",
        "u": "https://example.com/",
        "dm": "Learn more",
        "uw": True,
        "language": "en",
        "ca": whole["ca"],
        "ea": 4_000_000_000,
        "v": False,
        "cl": False,
        "p": True,
        "db": False,
        "e": {"key": "value"},
        "t": True,
    }
    assert least.keys() == whole.keys()
    assert (least["tp"], least["tt"], least["ea"], least["db"]) == ("text_announcement", None, -1, True)
    assert whole["ca"] < least["ca"]


def test_the_next_sync_brings_the_changes(write, sandbox, client):
    write({"id": "a"}, {"id": "b"}, {"id": "c"})
    ada = client(ADA)
    assert ada.sync() == (["a", "b", "c"], True)
    assert ada.sync() == ([], False)
    before = ada.sync() and sandbox.api("content_cards")["cards"][0]["updated"]
    write({"id": "a"}, {"id": "b", "title": "changed"}, {"id": "d"})
    assert sandbox.api("content_cards")["cards"][0]["updated"] == before
    assert ada.sync() == (["b", "d", "-c"], False)
    assert ada.cards["b"]["tt"] == "changed"
    assert ada.sync() == ([], False)
    assert client(ADA).sync() == (["a", "b", "d"], True)
    write({"id": "c"})
    assert ada.sync() == (["c", "-a", "-b", "-d"], False)


def test_a_users_own_card_replaces_the_general(write, client):
    general, own = {"id": "a", "title": "all"}, {"id": "a", "title": "own", "user": ADA}
    ada, other = client(ADA), client("other")
    for written, title in (([general], "all"), ([general, own], "own"), ([general], "all")):
        write(*written)
        assert ada.sync()[0] == ["a"]
        assert ada.cards["a"]["tt"] == title
    assert other.sync() == (["a"], True)
    write()
    assert ada.sync() == (["-a"], False)


def test_what_a_user_does_is_remembered(write, sandbox, post, client):
    """On another device of his, too, and for nobody else."""
    write(*[{"id": each} for each in ("seen", "clicked", "gone", "new")], {"id": "ctl", "type": "control"})
    ada, other = client(ADA), client("other")
    ada.sync()
    done(post, "cci", "seen", "clicked")
    done(post, "ccic", "ctl")
    done(post, "ccc", "clicked")
    done(post, "ccd", "gone", "never heard of")
    assert ada.sync() == (["seen", "clicked", "-gone", "-never heard of"], False)
    assert [(each["v"], each["cl"]) for each in ada.cards.values() if "r" not in each] == [
        (True, False),
        (True, True),
    ]
    assert client(ADA).sync() == (["seen", "clicked", "new", "ctl"], True)
    assert len(other.sync()[0]) == 5
    told = sandbox.api("content_cards")
    counts = {name: len(told[name]) for name in ("impressions", "clicks", "dismissals")}
    assert counts == {"impressions": 2, "clicks": 1, "dismissals": 1}
    assert told["dismissals"][0]["event"]["data"]["ids"] == ["gone", "never heard of"]
    sandbox.api("data", "DELETE")
    assert len(client(ADA).sync()[0]) == 5


def test_odd_events_of_cards_change_nothing(write, post, client):
    write({"id": "a"})
    for data in ({}, {"ids": "a"}, {"ids": [1, None, ["a"]]}):
        post(body(start(T0, 1, ADA), event("ccd", T0, 1, ADA, **data)))
    assert client(ADA).sync() == (["a"], True)


def test_an_expired_card_is_not_sent(write, client):
    write({"id": "past", "expires": 1}, {"id": "future", "expires": int(time.time()) + 3600})
    assert client().sync() == (["future"], True)


@pytest.mark.parametrize("token", [1, 1e300, -5, "x", None, 10**400])
def test_an_unknown_token_brings_all_cards(write, post, token):
    write({"id": "a"})
    told = post(body(last_full_sync_at=token, last_card_updated_at=token), SYNC).json()
    assert (told["full_sync"], len(told["cards"])) == (True, 1)


def test_too_many_removed_cards_bring_a_full_sync(write, client):
    write(*[{"id": str(n)} for n in range(MAX_REMOVED)])
    ada = client()
    ada.sync()
    write({"id": "new"})
    told, is_full = ada.sync()
    assert (len(told), is_full) == (1 + MAX_REMOVED, False)
    write({"id": "newest"})
    assert ada.sync() == (["newest"], True)
    assert ada.sync() == ([], False)


def test_both_features_share_one_config_block(write, sandbox, post):
    asked = body(start(), respond_with={"config": {"config_time": 0}})
    assert "config" not in post(asked).json()
    assert post(body(), SYNC).json() == {}
    write({"id": "a"})
    assert post(asked).json()["config"]["content_cards"] == {"enabled": True}
    sandbox.api("feature_flags", "PUT", [])
    first = post(asked).json()["config"]
    assert (first["content_cards"]["enabled"], first["feature_flags"]["enabled"]) == (True, True)
    sandbox.api("content_cards/config", "PUT", {"enabled": False})
    asked["respond_with"]["config"]["config_time"] = first["time"]
    second = post(asked).json()["config"]
    assert (second["content_cards"]["enabled"], second["feature_flags"]["enabled"]) == (False, True)
    assert post(body(), SYNC).json() == {}


REFUSED = [
    ("text", "is an object such as"),
    ({"title": "no id"}, "“id” is a string"),
    ({"id": "a", "typo": 1}, "has no “typo”"),
    ({"id": "a", "updated": 1}, "has no “updated”"),
    ({"id": "a", "type": "classic"}, "“type” is one of short_news"),
    ({"id": "a", "type": []}, "“type” is one of short_news"),
    ({"id": "a", "title": 1}, "“title” is a string or null"),
    ({"id": "a", "aspect_ratio": 0}, "“aspect_ratio” is a number above 0"),
    ({"id": "a", "expires": -1}, "“expires” is Unix seconds"),
    ({"id": "a", "pinned": "yes"}, "“pinned” is true or false"),
    ({"id": "a", "extras": {"a": 1}}, "“extras” is an object of strings"),
    ({"id": "a", "description": "ä" * 1500}, "at most 2,048 bytes"),
    ({"id": "a", "user": ""}, "“user” is the name"),
    ([{"id": "a"}] * 1001, "more than 1,000 content cards"),
]


@pytest.fixture(scope="module")
def unchanged():
    """One sandbox for all requests that it refuses."""
    with Sandbox() as sandbox:
        yield sandbox
        assert sandbox.api("content_cards")["cards"] == []


@pytest.mark.parametrize(("described", "words"), REFUSED, ids=[str(each)[:60] for each, _ in REFUSED])
def test_an_invalid_card_is_refused_with_a_reason(unchanged, described, words):
    answer = requests.post(f"{unchanged.url}/api/content_cards", json=described, timeout=30)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize("described", [[], {}, {"enabled": 1}, {"enabled": True, "refresh_rate_limit": 1}])
def test_an_invalid_switch_of_cards_is_refused(unchanged, described):
    answer = requests.put(f"{unchanged.url}/api/content_cards/config", json=described, timeout=30)
    assert answer.status_code == 400
    assert "the switch is an object" in answer.json()["error"]


def test_cards_outlast_restarts(tmp_path):
    """Also what was removed, so that a client need not begin anew."""

    def post(sent, path):
        return requests.post(sandbox.url + path, json=sent, timeout=30)

    with Sandbox(data=tmp_path) as sandbox:
        sandbox.api("content_cards", "PUT", [{"id": "a"}, {"id": "b", **WHOLE}, {"id": "c"}])
        ada = Client(post)
        ada.sync()
        sandbox.api("content_cards", "PUT", [{"id": "a"}, {"id": "b", **WHOLE}])
        written = sandbox.api("content_cards")
    with Sandbox(data=tmp_path) as sandbox:
        assert sandbox.api("content_cards") == written
        assert ada.sync() == (["-c"], False)
        sandbox.api("content_cards", "POST", {"id": "d"})
        assert ada.sync() == (["d"], False)
        assert DEVICE in sandbox.api("requests")["requests"][0]["body"]
