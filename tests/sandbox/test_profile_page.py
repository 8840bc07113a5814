"""The profile as a reader sees it, in a real Chromium."""

import itertools
import time

import pytest

from braze_qt.sandbox.pages import MAX_ROWS

from .bodies import ADA, body, event, start

NOW = time.time()


def own(name, **data):
    return event(name, NOW, 1, ADA, **data)


@pytest.fixture
def known(post):
    """Ada has told much of herself."""
    attributes = {"user_id": ADA, "first_name": "Ada", "home_city": "", "custom": {"three": "3", "ok": True}}
    post(
        body(
            start(NOW, 1, ADA),
            own("inc", key="visits", value=3),
            own("inc", key="visits", value=-1),
            own("set", key="tags", value=["a", "b"]),
            own("rem", key="tags", value="b"),
            own("ncam", key="shop", value={"city": "Köln"}),
            own("lcaa", key="home", latitude=52.5, longitude=13.4),
            own("lcar", key="old home"),
            own("lr", latitude=48.1, longitude=-11.5, altitude=520, ll_accuracy=12),
            own("uae", l="crm", a="alias-1"),
            own("sgu", group_id="news", status="subscribed"),
            own("sgu", group_id="offers", status="unsubscribed"),
            own("p", pid="sku-1", c="EUR", p="10.00", q=3),
            own("p", pid="sku-2", c="USD", p=2.5, q=1),
            own("p", pid="sku-3", c="no money", p="1"),
            attributes=[attributes],
        )
    )


def rows(reader, table):
    """What the rows of a table say, cell by cell."""
    cells = "[...row.querySelectorAll('th, td')].map(cell => cell.innerText.trim())"
    return reader.ask(f"[...document.querySelectorAll('#profile {table} tr')].map(row => {cells})")


@pytest.mark.usefixtures("known")
def test_the_user_page_shows_the_profile(reader):
    reader.open_user(ADA)
    assert rows(reader, "#attributes") == [["first_name", "Ada", "text"], ["home_city", "“”", "text"]]
    assert rows(reader, "#custom") == [
        ["ok", "true", "boolean"],
        ["shop", '{"city": "Köln"}', "object"],
        ["tags", '["a"]', "list"],
        ["three", "3", "text"],
        ["visits", "2", "number"],
    ]
    assert [row[:2] for row in rows(reader, "#locations")] == [
        ["Last known", "48.1, -11.5 ± 12 m, altitude 520 m"],
        ["home", "52.5, 13.4"],
    ]
    assert rows(reader, "#aliases") == [["crm", "alias-1", ""]]
    assert rows(reader, "#groups") == [["news", "subscribed", ""], ["offers", "unsubscribed", ""]]
    figures = reader.figures()
    assert [figures[name] for name in ("purchases", "quantity", "revenue")] == [
        "2",
        "4",
        "30.00 EUR, 2.5 USD",
    ]
    assert [row[:2] for row in rows(reader, ".purchases")] == [
        ["sku-2", "1 × 2.5 USD"],
        ["sku-1", "3 × 10.00 EUR"],
    ]


@pytest.mark.usefixtures("known")
def test_events_are_described_by_their_effect(reader):
    reader.open_user(ADA)
    reader.click(".sessions summary")
    assert [each.text for each in reader.all(".events .what")] == [
        "Session start",
        "Attribute increment · visits + 3",
        "Attribute increment · visits − 1",
        'Attribute list · tags: ["a", "b"]',
        "Attribute list: remove · tags: b",
        'Attribute merge · shop: {"city": "Köln"}',
        "Location attribute · home: 52.5, 13.4",
        "Location attribute removed · old home",
        "Location · 48.1, -11.5 ± 12 m, altitude 520 m",
        "User alias · crm: alias-1",
        "Subscription group · news: subscribed",
        "Subscription group · offers: unsubscribed",
        "Purchase sku-1 · 3 × 10.00 EUR",
        "Purchase sku-2 · 1 × 2.5 USD",
        'Purchase sku-3 · {"pid": "sku-3", "c": "no money", "p": "1"}',
    ]


def test_an_empty_profile_is_not_shown(reader, post):
    post(body(start(NOW, 1, ADA)))
    reader.open_user(ADA)
    assert reader.all("#profile") == []
    assert "Profile" not in reader.text()


def test_the_profile_updates_itself(reader, post):
    post(body(start(NOW, 1, ADA)))
    reader.open_user(ADA)
    reader.wait(lambda: reader.text(".connection") == "Live")
    post(body(own("inc", key="visits", value=1)))
    reader.wait(lambda: rows(reader, "#custom") == [["visits", "1", "number"]])


def test_a_long_profile_is_cut_with_a_note(reader, post):
    events = [own("p", pid=f"sku-{n}", c="EUR", p="1") for n in range(MAX_ROWS + 2)]
    events += [own("uae", l=f"label {n}", a="a") for n in range(MAX_ROWS + 1)]
    custom = {f"a{n:03}": "x" * 1000 for n in range(MAX_ROWS + 6)}
    post(body(*events, attributes=[{"user_id": ADA, "custom": custom}]))
    reader.open_user(ADA)
    assert reader.texts("#custom tr > :first-child") == [f"a{n:03}" for n in range(MAX_ROWS)]
    assert reader.texts(".purchases tr > :first-child") == [f"sku-{n}" for n in range(MAX_ROWS + 1, 1, -1)]
    assert len(reader.all("#aliases tr")) == MAX_ROWS
    told = reader.text("#profile")
    assert [f"and {more} more in the JSON" in told for more in (6, 2, 1)] == [True] * 3
    assert "x" * 301 not in told


HOSTILE = ["<script>window.harmed = true</script>", "</td></table>", "\u202etxet", "W" * 5_000, "مرحبا", " "]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:20]))
@pytest.mark.parametrize("width", [1180, 360])
def test_hostile_profiles_are_shown_as_text(reader, post, name, width):
    post(
        body(
            own("lcaa", key=name, latitude=1, longitude=2),
            own("uae", l=name, a=name),
            own("sgu", group_id=name, status="subscribed"),
            own("p", pid=name, c="EUR", p="999999999999.99", q=100),
            own("ncam", key=f"{name}!", value={name: name}),
            attributes=[{"user_id": ADA, name: name, "custom": {name: [name]}}],
        )
    )
    reader.look(width)
    reader.open_user(ADA)
    assert [len(reader.all(f"#profile {each} tr")) for each in ("#attributes", "#custom", "#aliases")] == [
        1,
        2,
        1,
    ]
    assert name.replace("\u202e", "\\u202e").strip()[:20] in reader.text("#attributes")
    assert reader.ask("window.harmed") is None
    assert reader.ask("document.querySelectorAll('main script').length") == 0
    assert reader.fits()


@pytest.mark.usefixtures("known")
def test_a_profile_has_enough_contrast(reader):
    """In the light and in the dark scheme, at both widths."""
    reader.open_user(ADA)
    for width, scheme in itertools.product((1180, 360), ("light", "dark")):
        reader.look(width, scheme)
        assert reader.faint_texts() == []
        assert reader.fits()
