"""The pages of feature flags and content cards as a reader sees them, in a real Chromium."""

import itertools
import time

import pytest
from selenium.webdriver.support.ui import Select

from braze_qt.sandbox.pages import MAX_ROWS, MAX_SEEN

from .bodies import ADA, body, event, start
from .test_content_cards import WHOLE

NOW = time.time()
FLAGS = "/feature_flags"
CARDS = "/content_cards"


@pytest.fixture
def flags(sandbox):
    """Everything but the impressions, as the JSON tells it."""
    return lambda: sandbox.api("feature_flags")["flags"]


def fill(reader, **fields):
    for name, text in fields.items():
        field = reader.find(f"#write [name={name}]")
        field.clear()
        field.send_keys(text)


def names(reader):
    return reader.texts(".served summary .what")


def seen_by_ada(reader):
    """What the rows of the table say before her name, all at once: the page may just be updating itself."""
    return [" ".join(each.partition(ADA)[0].split()) for each in reader.texts("tbody tr")]


def test_a_flag_is_written_changed_and_removed(reader, flags):
    reader.open(FLAGS)
    assert reader.text("#switched") == "off"
    assert "No application asks" in reader.text()
    fill(reader, id="new_editor", fts="track", properties='{"colour": {"type": "string", "value": "blue"}}')
    reader.click("#write button")
    reader.wait(lambda: names(reader) == ["new_editor for everybody, 1 property"])
    assert reader.text("#switched") == "on"
    assert flags() == [
        {"id": "new_editor", "user": None, "enabled": True, "fts": "track"}
        | {"properties": {"colour": {"type": "string", "value": "blue"}}}
    ]
    reader.click(".served summary")
    reader.click(".served a")
    fill(reader, user=ADA, properties="")
    reader.click("#write [name=enabled]")
    reader.click("#write button")
    reader.wait(lambda: len(names(reader)) == 2)
    assert flags()[1] == {"id": "new_editor", "user": ADA, "enabled": False, "fts": "track", "properties": {}}
    reader.click(".served summary")
    reader.click(".served button")
    reader.wait(lambda: names(reader) == [f"new_editor for {ADA}"])
    assert [each["user"] for each in flags()] == [ADA]


def test_a_wrong_flag_keeps_the_form(reader, flags):
    """The reason stands beside what was typed, also after an update."""
    reader.open(FLAGS)
    fill(reader, id="a", properties='{"colour": ')
    reader.click("#write button")
    reader.wait(lambda: reader.text("#write .reason").startswith("“properties” is not JSON"))
    reader.complaints()  # a page that was answered 400 is one
    fill(reader, properties='{"colour": {"type": "string", "value": 1}}')
    reader.click("#write button")
    reader.wait(lambda: "“colour” is a string" in reader.text("#write .reason"))
    assert reader.find("#write [name=id]").get_attribute("value") == "a"
    assert '"value": 1' in reader.find("#write textarea").get_attribute("value")
    assert flags() == []
    reader.complaints()


def test_the_page_switches_and_limits_the_feature(reader, sandbox):
    reader.open(FLAGS)
    reader.click("#switch")
    reader.wait(lambda: reader.text("#switched") == "on")
    field = reader.find("[name=refresh_rate_limit]")
    field.clear()
    field.send_keys("-1")
    reader.click("#limit button")
    reader.wait(lambda: sandbox.api("feature_flags")["config"] == {"enabled": True, "refresh_rate_limit": -1})
    reader.click("#switch")
    reader.wait(lambda: "told not to ask" in reader.text())
    assert sandbox.api("feature_flags")["config"]["enabled"] is False


def test_impressions_appear_by_themselves(reader, post):
    reader.open(FLAGS)
    reader.wait(lambda: reader.text(".connection") == "Live")
    fill(reader, id="half")
    seen = [event("ffi", NOW, 1, ADA, fid="a", fts="track"), event("ffi", NOW, 1, ADA, fid={"odd": 1})]
    post(body(start(NOW, 1, ADA), *seen))
    post(body(seen[0]))
    reader.wait(lambda: "came 2×" in reader.text("table"))
    assert seen_by_ada(reader) == ['{"odd": 1} –', "a came 2× track"]
    assert reader.find("#write [name=id]").get_attribute("value") == "half"
    reader.open_user(ADA)
    reader.click(".sessions summary")
    assert "Feature flag impression · a: track" in reader.text(".events")


def test_a_user_page_shows_the_user_s_flags(reader, sandbox, post):
    post(body(start(NOW, 1, ADA)))
    reader.open_user(ADA)
    assert reader.all("#flags") == []
    sandbox.api(
        "feature_flags", "PUT", [{"id": "a"}, {"id": "b"}, {"id": "b", "user": ADA, "enabled": False}]
    )
    reader.open_user(ADA)
    assert names(reader) == ["a for everybody", f"b for {ADA}"]
    reader.click("#flags .heading a")
    reader.wait(lambda: reader.find("#write [name=user]").get_attribute("value") == ADA)


def test_a_fault_of_the_path_is_armed(reader, sandbox, post):
    post(body(start(NOW, 1, ADA)))
    reader.open()
    Select(reader.find("[name=path]")).select_by_value("feature_flags/sync")
    reader.click("#arm button")
    reader.wait(lambda: "status 503 at feature_flags/sync" in reader.text("#faults-panel"))
    assert post(body(), "/api/v3/feature_flags/sync").status_code == 503


def test_long_lists_of_flags_are_cut(reader, sandbox, post):
    sandbox.api("feature_flags", "PUT", [{"id": f"flag {n}"} for n in range(MAX_ROWS + 2)])
    seen = range(MAX_SEEN + 2)
    post(body(*[event("ffi", NOW + n, 1, ADA, fid=f"flag {n}", fts="x") for n in seen]))
    reader.open(FLAGS)
    assert reader.text("#there") == "202"
    assert len(reader.all(".served summary .what")) == MAX_ROWS
    assert reader.texts("td.name") == [f"flag {n}" for n in reversed(seen[2:])]
    assert reader.text().count("… and 2 more in the JSON") == 2


def test_a_card_is_written_changed_and_removed(reader, sandbox):
    reader.open(CARDS)
    assert reader.text("#switched") == "off"
    fill(reader, id="news", title="Hello", link="https://example.com/", aspect_ratio="1.5", hours="2")
    fill(reader, extras='{"a": "b"}')
    Select(reader.find("[name=type]")).select_by_value("short_news")
    reader.click("#write [name=pinned]")
    reader.click("#write button")
    reader.wait(lambda: names(reader) == ["Hello short news for everybody"])
    (card,) = sandbox.api("content_cards")["cards"]
    assert NOW + 7000 < card["expires"] < time.time() + 7201
    assert {
        name: card[name] for name in ("id", "type", "aspect_ratio", "pinned", "dismissible", "extras")
    } == {
        "id": "news",
        "type": "short_news",
        "aspect_ratio": 1.5,
        "pinned": True,
        "dismissible": True,
        "extras": {"a": "b"},
    }
    reader.click(".served summary")
    reader.click(".served a")
    fill(reader, user=ADA, title="", hours="-1")
    reader.click("#write button")
    reader.wait(lambda: names(reader)[1:] == [f"news short news for {ADA}"])
    assert "expired" in reader.text(".served li:last-child")
    reader.click(".served summary")
    reader.click(".served button")
    reader.wait(lambda: len(names(reader)) == 1)
    reader.click("#switch")
    reader.wait(lambda: reader.text("#switched") == "off")


def test_a_wrong_card_keeps_the_form(reader, sandbox):
    reader.open(CARDS)
    fill(reader, id="a", description="Text", extras='{"a": 1}')
    reader.click("#write button")
    reader.wait(lambda: "“extras” is an object of strings" in reader.text("#write .reason"))
    assert reader.find("#write [name=description]").get_attribute("value") == "Text"
    assert sandbox.api("content_cards")["cards"] == []
    reader.complaints()  # a page that was answered 400 is one


def test_the_use_of_cards_is_shown(reader, sandbox, post):
    sandbox.api("content_cards", "PUT", [{"id": "a", "title": "Hello"}, {"id": "b", "user": "other"}])
    events = [event(name, NOW, 1, ADA, ids=["a", "b"]) for name in ("cci", "ccic", "ccc", "ccd")]
    post(body(start(NOW, 1, ADA), *events, event("ccd", NOW, 1, ADA, odd=1)))
    reader.open(CARDS)
    assert seen_by_ada(reader) == [
        'Content card dismissal {"odd": 1}',
        "Content card dismissal a, b",
        "Content card click a, b",
        "Control card impression a, b",
        "Content card impression a, b",
    ]
    reader.open_user(ADA)
    assert names(reader) == ["Hello text announcement for everybody"]


HOSTILE = ["<script>window.harmed = true</script>", "\"'><img src=x>", "\u202etxet", "W" * 99, "\ud800", " "]


@pytest.fixture
def hostile(sandbox, post):
    """Writes a flag and a card of each hostile name, and makes such users see them."""
    properties = {each: {"type": "string", "value": each} for each in HOSTILE}
    texts = [name for name, value in WHOLE.items() if isinstance(value, str) and name != "type"]

    def write():
        flags = [{"id": each, "user": each, "fts": each, "properties": properties} for each in HOSTILE]
        sandbox.api("feature_flags", "PUT", flags)
        cards = [WHOLE | dict.fromkeys([*texts, "id", "user"], each) for each in HOSTILE]
        sandbox.api("content_cards", "PUT", [each | {"extras": {each["id"]: each["id"]}} for each in cards])
        seen = [event("ffi", NOW, 1, each, fid=each, fts=each) for each in HOSTILE]
        post(body(*seen, *[event("cci", NOW, 1, each, ids=[each]) for each in HOSTILE]))

    return write


def test_hostile_texts_are_shown_as_text(reader, hostile):
    """Empty pages first; both wide and narrow, readable in the light and in the dark scheme."""
    for there in (0, len(HOSTILE)):
        for page in (FLAGS, CARDS):
            reader.open(page)
            assert len(names(reader)) == there
            for width, scheme in itertools.product((1180, 360), ("light", "dark")):
                reader.look(width, scheme)
                assert reader.fits()
                assert reader.faint_texts() == []
            assert reader.ask("window.harmed") is None
            assert reader.ask("document.querySelectorAll('main script, main img').length") == 0
        hostile()


def test_a_hostile_flag_can_be_removed(reader, hostile, flags):
    """Its name on the page is not the one that it has."""
    hostile()
    reader.open(FLAGS)
    reader.click(".served summary", HOSTILE.index("\u202etxet"))
    reader.click(".served details[open] button")
    reader.wait(lambda: reader.text("#there") == "5")
    assert "\u202etxet" not in [each["id"] for each in flags()]
