"""The pages as a reader sees them, in a real Chromium."""

import time
from urllib.parse import quote

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from braze_qt.sandbox import pages
from braze_qt.sandbox.records import totals_of

from .bodies import ADA, DESKTOP, T0, body, custom, end, event, start

NOW = time.time()


@pytest.fixture
def usage(post):
    """Ada has used two applications on several days and is in a session; somebody unknown was here, too."""
    day = 86_400
    post(body(start(NOW - 2 * day, 1, ADA), end(NOW - 2 * day + 90, 90, 1, ADA), device=DESKTOP))
    post(body(start(NOW - day, 2, ADA), end(NOW - day + 30, 30, 2, ADA), api_key="another-key"))
    post(body(start(NOW - 40, 3, ADA), custom(NOW - 20, "opened catalogue", 3, ADA)))
    post(body(start(NOW - 40, 3, ADA)))
    post(body(start(NOW - 5, 4), device_id="somebody"))
    post(b'{"api_key": "no device"}')


def test_an_empty_sandbox_explains_how_to_connect(reader, sandbox):
    reader.open()
    assert "Nothing has arrived yet" in reader.text("h1")
    assert f'BrazeConfig("any-key", "{sandbox.url}")' in reader.text()
    assert f'baseUrl: "{sandbox.url}"' in reader.text()


@pytest.mark.usefixtures("usage")
def test_the_start_page_shows_the_figures(reader, sandbox):
    reader.open()
    told = sandbox.api("figures")
    assert reader.figures() == {
        "dau": str(told["dau"]),
        "mau": "2",
        "new-users": str(told["new_users"]),
        "stickiness": f"{told['dau'] / 2:.0%}",
        "daily-sessions": str(told["daily_sessions"]),
        "sessions-per-mau": f"{told['daily_sessions'] / 2:g}",
        "requests": "6",
        "events": "7",
        "repeated": "1",
        "refused": "1",
    }
    rows = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in reader.all("tbody tr")]
    assert [(name, sessions, median) for name, sessions, _, _, median in rows] == [
        ("Anonymous somebody 1 open", "1", "–"),
        (f"{ADA} 1 open", "3", "1 min"),
    ]
    assert len([bar for bar in reader.all(".bars .bar") if float(bar.get_attribute("height"))]) in (3, 4)


@pytest.mark.usefixtures("usage")
def test_a_user_page_shows_figures_and_sessions(reader):
    reader.open()
    reader.click(f'a[href="/users/{quote(ADA)}"]')
    assert reader.text("h1").startswith(ADA)
    figures = reader.figures()
    assert (figures["sessions"], figures["median"]) == ("3", "1 min")
    assert figures["last-used"] == time.strftime("%d %b %Y", time.localtime(NOW - 40)).lstrip("0")
    assert [row.find_element(By.TAG_NAME, "td").text for row in reader.all("table tbody tr")] == [
        "aaaaaaaa-0000-4000-8000-000000000001",
        "another-key",
    ]
    assert len(reader.all(".timeline .session.ended")) >= 2
    assert len(reader.all(".timeline .session.open")) >= 1
    assert "Europe/Berlin" in reader.text(".devices")


@pytest.mark.usefixtures("usage")
def test_sessions_show_events_and_requests_show_replies(reader):
    reader.open_user(ADA)
    reader.click(".sessions summary")
    events = reader.text(".sessions .events")
    assert "Session start" in events
    assert "opened catalogue" in events
    assert "came 2×" in events
    reader.click(".requests summary")
    shown = reader.text(".requests details")
    assert '"device_id"' in shown
    assert '"message": "success"' in shown


@pytest.mark.usefixtures("usage")
def test_a_session_on_the_timeline_opens_its_events(reader):
    reader.open_user(ADA)
    reader.click(".timeline .session.open")
    reader.wait(lambda: "opened catalogue" in reader.text(".sessions details[open]"))


@pytest.mark.usefixtures("usage")
def test_events_without_session_and_refused_bodies_are_shown(reader, post):
    post(body(event("zz", NOW, None, ADA, anything="kept")))
    reader.open_user(ADA)
    assert "Events outside any session" in reader.text()
    assert "kept" in reader.text(".panel > .events")
    reader.open()
    refused = next(each for each in reader.all(".requests li") if "refused" in each.text)
    refused.find_element(By.TAG_NAME, "summary").click()
    assert "device_id is missing" in refused.text


def test_a_page_update_keeps_the_reader_s_place(reader, post):
    """Opened details, the focus and the scroll position stay."""
    post(body(*[start(NOW - 60 * n - 60, n, ADA) for n in range(9)]))
    reader.open_user(ADA)
    reader.wait(lambda: reader.text(".connection") == "Live")
    reader.ask("window.same = true")
    reader.click(".sessions > li > details > summary", 3)
    opened = reader.find(".sessions details[open]").get_attribute("id")
    reader.ask("scrollTo(0, 300)")
    post(body(custom(NOW, "just now", 8, ADA)))
    post(body(end(NOW + 1, 541, 8, ADA)))
    reader.wait(lambda: "9 min 1 s" in reader.figures()["median"])
    assert reader.ask("window.same"), "the page was loaded again"
    assert [each.get_attribute("id") for each in reader.all(".sessions details[open]")] == [opened]
    assert reader.ask("document.activeElement.parentElement.id") == opened
    assert reader.ask("scrollY") == 300


def test_requests_during_page_rendering_cause_an_update(monkeypatch, sandbox, post):
    def totals_and_one_more(archive):
        totals = totals_of(archive)
        post(body(start()))
        return totals

    monkeypatch.setattr(pages, "totals_of", totals_and_one_more)
    shown = requests.get(sandbox.url, timeout=30).text.partition('data-news="')[2].partition('"')[0]
    with requests.get(f"{sandbox.url}/events", stream=True, timeout=30) as news:
        told = next(news.iter_lines()).decode().removeprefix("data: ")
    assert int(shown) < int(told)


def test_long_lists_are_cut_with_a_note(reader, post):
    post(body(*[start(NOW - 999 + n, n, ADA) for n in range(60)]))
    post(body(*[custom(NOW - n / 1000, f"event {n}", 59, ADA) for n in range(300)]))
    for _ in range(15):
        post(body())
    reader.open_user(ADA)
    assert len(reader.all(".sessions > li")) == 50
    assert "and 10 older ones in the JSON" in reader.text()
    reader.click(".sessions summary")
    assert "The first 200 of 301" in reader.text(".sessions")
    reader.open()
    assert "The newest 12; the JSON has them all" in reader.text()


def names(reader):
    return [each.split()[0] for each in reader.texts("table.users td.name")]


def test_the_start_page_shows_fifty_users_a_page(reader, post):
    post(body(*[start(NOW - n, n, f"user-{n:03}") for n in range(120)]))
    reader.open()
    assert reader.text("#there") == "120"
    assert names(reader) == [f"user-{n:03}" for n in range(50)]
    reader.click("#next")
    reader.wait(lambda: reader.text("#page") == "2 of 3")
    reader.click("#next")
    reader.wait(lambda: names(reader) == [f"user-{n:03}" for n in range(100, 120)])
    assert not reader.all("#next")
    reader.click("#prev")
    reader.wait(lambda: names(reader) == [f"user-{n:03}" for n in range(50, 100)])


@pytest.mark.parametrize("page", ["0", "-3", "99", "x", "9" * 30])
def test_a_page_number_out_of_range_shows_users(reader, post, page):
    post(body(start(NOW, 1, ADA)))
    reader.open(f"/?page={page}")
    assert names(reader) == [ADA]


def test_a_search_finds_users_and_devices(reader, post):
    post(body(*[start(NOW - n, n, f"user-{n:03}") for n in range(120)]))
    post(body(start(NOW - 500, 1), device_id="d-user-1_%"))
    reader.open()
    reader.find("[name=search]").send_keys("USER-1", Keys.ENTER)
    reader.wait(lambda: reader.text("#there") == "21")
    assert names(reader) == [*(f"user-{n:03}" for n in range(100, 120)), "Anonymous"]
    reader.open("/?search=1_%25")  # no wildcards
    assert names(reader) == ["Anonymous"]
    reader.open("/?search=nobody")
    assert "No user whose id contains “nobody”" in reader.text()


def test_a_page_of_a_search_updates_itself(reader, post):
    post(body(*[start(NOW - n, n, f"user-{n:03}") for n in range(60)]))
    reader.open("/?search=user&page=2")
    reader.wait(lambda: reader.text(".connection") == "Live")
    post(body(start(NOW - 90, 90, "user-090"), start(NOW, 91, "else")))
    reader.wait(lambda: names(reader) == [*(f"user-{n:03}" for n in range(50, 60)), "user-090"])


def test_an_empty_page_shows_the_first_arrival(reader, post):
    reader.open()
    reader.wait(lambda: reader.text(".connection") == "Live")
    post(body(start(NOW, 1, ADA)))
    reader.wait(lambda: reader.figures().get("mau") == "1")


def test_the_page_shows_a_lost_connection(reader, sandbox):
    reader.open()
    reader.wait(lambda: reader.text(".connection") == "Live")
    sandbox.stop()
    reader.wait(lambda: reader.text(".connection") == "Not connected")
    reader.complaints()  # the browser says so too


@pytest.mark.usefixtures("usage")
def test_faults_can_be_armed_on_the_page(reader, post):
    reader.open()
    Select(reader.find("[name=preset]")).select_by_value("429")
    Select(reader.find("[name=times]")).select_by_value("3")
    reader.click("#arm button")
    reader.wait(lambda: "status 429 for the next 3" in reader.text("#faults-panel"))
    assert post(body()).headers["Retry-After"] == "5"
    reader.wait(lambda: "status 429 for the next 2" in reader.text("#faults-panel"))
    reader.click("[name=clear]")
    reader.wait(lambda: "The endpoint behaves" in reader.text("#faults-panel"))
    assert post(body()).status_code == 201


@pytest.mark.usefixtures("usage")
def test_a_half_filled_form_survives_an_update(reader, post):
    reader.open()
    reader.wait(lambda: reader.text(".connection") == "Live")
    Select(reader.find("[name=preset]")).select_by_value("hang")
    post(body(start(NOW, 9, "newcomer")))
    reader.wait(lambda: "newcomer" in reader.text())
    assert reader.ask("document.querySelector('[name=preset]').value") == "hang"


@pytest.mark.usefixtures("usage")
def test_the_keyboard_opens_a_session(reader):
    reader.open_user(ADA)
    reader.find(".sessions summary").send_keys(Keys.ENTER)
    assert "Session start" in reader.text(".sessions .events")


HOSTILE = [
    "<script>window.harmed = true</script>",
    "\"'><img src=x onerror='window.harmed = true'>",
    "{{ 7 * 7 }}{% raw %}</main></body>",
    "javascript:window.harmed = true",
    "\u202egro.elpmaxe@ada",
    "W" * 2_000,
    "😀" * 1_000,
    "مرحبا بالعالم",
    "..",
    " ",
]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:20]))
def test_hostile_names_are_shown_as_text(reader, post, name):
    events = [
        start(NOW - 9, 1, name),
        custom(NOW - 8, name, 1, name),
        event(name, NOW - 7, 1, name, **{name: name}),
    ]
    strays = [custom(NOW - 6, name, None, name)]
    ids = {"device_id": name, "api_key": name, "app_version": name}
    post(body(*events, *strays, device={name: name}, **ids), headers={"User-Agent": ascii(name[:99])})
    post(body(start(NOW - 5, 2, name), **ids | {"api_key": "another"}))
    reader.look(width=360)
    reader.open()
    shown = name.replace("\u202e", "\\u202e").strip()[:20]
    assert shown in reader.text("td.name")
    reader.click("td.name a")
    reader.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert shown in reader.text("h1")
    assert reader.ask("window.harmed") is None
    assert reader.ask("document.querySelectorAll('main script, main img').length") == 0
    assert reader.fits()
    assert len(reader.text("h1")) < 120
    reader.look()
    assert reader.fits()


@pytest.mark.usefixtures("usage")
@pytest.mark.parametrize("path", ["/", f"/users/{quote(ADA)}", "/users/nobody"])
def test_a_narrow_window_needs_no_horizontal_scrolling(reader, path):
    reader.look(width=360)
    reader.open(path)
    assert reader.fits()
    reader.complaints()  # a page that is not there is one


@pytest.mark.usefixtures("usage")
def test_a_user_name_stays_on_one_line(reader):
    reader.open()
    for width in (621, 760, 900, 901):
        reader.look(width)
        lines = reader.ask("document.querySelector('td.name a').getClientRects().length")
        assert (width, lines) == (width, 1)


@pytest.mark.usefixtures("usage")
@pytest.mark.parametrize("path", ["/", f"/users/{quote(ADA)}"])
def test_all_text_has_enough_contrast(reader, post, sandbox, path):
    """In the light and in the dark scheme."""
    sandbox.api("faults", "PUT", {"fault": "status", "times": 2})
    post(body(start(NOW, 1, ADA)))
    reader.open(path)
    for scheme in ("light", "dark"):
        reader.look(scheme=scheme)
        page = reader.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(page) > 380) == (scheme == "light")
        assert reader.faint_texts() == []


def test_times_beyond_the_calendar_are_shown_as_numbers(reader, post):
    post(body(start(1e300, 1, ADA), start(-1e18, 2, ADA), start(T0, 3, ADA), end(1e300, 1e299, 3, ADA)))
    reader.open_user(ADA)
    assert reader.figures()["sessions"] == "3"
    assert "1e+300 s since 1970" in reader.text(".figures")
