"""The page of the feature flags as a reader sees it, in a real Chromium."""

import time

import pytest
from selenium.webdriver.support.ui import Select

from braze_qt.sandbox import pages

from .bodies import ADA, body, event, start

NOW = time.time()
PAGE = "/feature_flags"


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
    return [each.text for each in reader.all(".flags summary .what")]


def test_a_flag_is_written_changed_and_removed(reader, flags):
    reader.open(PAGE)
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
    reader.click(".flags summary")
    reader.click(".flags a")
    fill(reader, user=ADA, properties="")
    reader.click("#write [name=enabled]")
    reader.click("#write button")
    reader.wait(lambda: len(names(reader)) == 2)
    assert flags()[1] == {"id": "new_editor", "user": ADA, "enabled": False, "fts": "track", "properties": {}}
    reader.click(".flags summary")
    reader.click(".flags button")
    reader.wait(lambda: names(reader) == [f"new_editor for {ADA}"])
    assert [each["user"] for each in flags()] == [ADA]


def test_a_wrong_flag_keeps_the_form(reader, flags):
    """The reason stands beside what was typed, also after an update."""
    reader.open(PAGE)
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
    reader.open(PAGE)
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
    reader.open(PAGE)
    reader.wait(lambda: reader.text(".connection") == "Live")
    fill(reader, id="half")
    seen = [event("ffi", NOW, 1, ADA, fid="a", fts="track"), event("ffi", NOW, 1, ADA, fid={"odd": 1})]
    post(body(start(NOW, 1, ADA), *seen))
    post(body(seen[0]))
    reader.wait(lambda: "came 2×" in reader.text("table"))
    rows = [each.text.split("\n")[0] for each in reader.all("tbody tr")]
    assert [row.partition(ADA)[0].strip() for row in rows] == ['{"odd": 1} –', "a came 2× track"]
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


def test_long_lists_of_flags_are_cut(reader, sandbox, post, monkeypatch):
    monkeypatch.setattr(pages, "MAX_ROWS", 3)
    monkeypatch.setattr(pages, "MAX_IMPRESSIONS", 2)
    sandbox.api("feature_flags", "PUT", [{"id": f"flag {n}"} for n in range(5)])
    post(body(*[event("ffi", NOW + n, 1, ADA, fid=f"flag {n}", fts="x") for n in range(4)]))
    reader.open(PAGE)
    assert reader.text("#there") == "5"
    assert len(names(reader)) == 3
    assert [each.text for each in reader.all("td.name")] == ["flag 3", "flag 2"]
    assert reader.text().count("… and 2 more in the JSON") == 2


HOSTILE = ["<script>window.harmed = true</script>", "\"'><img src=x>", "\u202etxet", "W" * 255, "\ud800", " "]


def test_hostile_flags_are_shown_as_text(reader, sandbox, post):
    """They can be read on a wide and on a narrow page, and removed."""
    properties = {each: {"type": "string", "value": each} for each in HOSTILE}
    written = [{"id": each, "user": each, "fts": each, "properties": properties} for each in HOSTILE]
    sandbox.api("feature_flags", "PUT", written)
    post(body(*[event("ffi", NOW, 1, each, fid=each, fts=each) for each in HOSTILE]))
    for width, scheme in ((1180, "light"), (360, "dark")):
        reader.look(width, scheme)
        reader.open(PAGE)
        assert len(names(reader)) == len(written)
        assert reader.fits()
        assert reader.faint_texts() == []
        assert reader.ask("window.harmed") is None
        assert reader.ask("document.querySelectorAll('main script, main img').length") == 0
    reader.click(".flags button", HOSTILE.index("\u202etxet"))
    reader.wait(lambda: reader.text("#there") == "5")
    assert "\u202etxet" not in [each["id"] for each in sandbox.api("feature_flags")["flags"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_empty_page_has_enough_contrast(reader, scheme):
    for width in (1180, 760, 360):
        reader.look(width, scheme)
        reader.open(PAGE)
        assert reader.faint_texts() == []
        assert reader.fits()
