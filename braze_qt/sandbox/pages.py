"""The pages of App Usage."""

import json
import math
import time
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.body import read_json
from braze_qt.sandbox.cards import TYPES as CARD_TYPES
from braze_qt.sandbox.cards import Card, read_card
from braze_qt.sandbox.charts import bars_of, timeline_of
from braze_qt.sandbox.event_words import EVENT_FILTERS
from braze_qt.sandbox.faults import PATHS, FaultError, read_fault
from braze_qt.sandbox.figures import MONTH, figures_of
from braze_qt.sandbox.flags import Flag, read_flag, read_switch
from braze_qt.sandbox.profiles import profile_of
from braze_qt.sandbox.records import (
    Record,
    devices_of,
    first_events_of,
    newest_events_where,
    newest_requests,
    newest_strays_of,
    person_of,
    shown_events,
    totals_of,
)
from braze_qt.sandbox.schema import OF_CARDS, OF_FLAGS
from braze_qt.sandbox.served import Served, ServedError
from braze_qt.sandbox.sessions import (
    Session,
    applications_of,
    count_users,
    newest_sessions,
    newest_users,
    number_of,
    sessions_per_day,
    usage_of,
)
from braze_qt.sandbox.witness import stay, witness
from braze_qt.sandbox.wording import FILTERS, plain

pages: Blueprint = Blueprint(
    "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)

USERS = 50
"""Users on one page of the list."""
MAX_SEARCH = 200
"""Characters of a search that count."""
MAX_SESSIONS = 50
MAX_EVENTS = 200
MAX_EVENTS_OF_ALL = 1_000
MAX_TEXT = 1 << 20
"""Events of all the sessions of a page together, and the characters of their JSON."""
MAX_PIECES = 500
"""Sessions on the time line."""
MAX_DEVICES = 50
MAX_APPLICATIONS = 20
MAX_REQUESTS = 12
MAX_SEEN = 50
MAX_ROWS = 200
"""What a page shows at most, the newest first, or those whose names come first; the JSON has everything."""

MAX_NUMBER = 10**9
"""What a visitor can type as a number: 100,000 years of hours."""
CARD_TEXTS = ("user", "title", "description", "image", "alt_text", "link", "link_text", "language")
CARD_CHECKS = ("use_webview", "pinned", "dismissible", "test")

PRESETS: dict[str, tuple[str, Record]] = {
    "503": ("Answer 503", {"fault": "status", "status": 503}),
    "429": ("Answer 429, Retry-After 5 s", {"fault": "status", "status": 429, "retry_after": 5}),
    "cut": ("Cut the connection", {"fault": "cut"}),
    "hang": ("Never answer", {"fault": "hang"}),
    "html": ("Captive portal: 200 with HTML", {"fault": "html"}),
    "empty": ("200 without a body", {"fault": "empty"}),
    "error": ("201 with error: invalid_api_key", {"fault": "error"}),
    "auth": ("201 with auth_error", {"fault": "auth_error"}),
}
"""The faults that a visitor of the start page can arm; the JSON has them all."""


@pages.record_once
def add_filters(state: Any) -> None:
    """The templates speak in the words of ``wording`` and ``event_words``."""
    state.app.jinja_env.filters.update(FILTERS | EVENT_FILTERS)


@pages.before_app_request
def note_news() -> None:
    """Before anything is looked up: what comes while a page is being made must not count as shown."""
    g.news = witness().news.number


@pages.get("/")
def start() -> str:
    """The workspace."""
    archive = witness().archive
    search = request.args.get("search", "").strip()[:MAX_SEARCH]
    there = count_users(archive, search)
    pages = max(1, -(-there // USERS))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    people = [
        {"person": person_of(name), "usage": usage_of(archive, number)}
        for number, name in newest_users(archive, USERS, (page - 1) * USERS, search)
    ]
    return _page(
        "start.html",
        search=search,
        there=there,
        page=page,
        pages=pages,
        figures=figures_of(archive, date.today(), days=1)[0],
        bars=bars_of(sessions_per_day(archive, date.today(), MONTH), date.today(), MONTH),
        people=people,
        totals=totals_of(archive),
        requests=newest_requests(archive, MAX_REQUESTS),
        faults=witness().faults.as_json(),
        presets=PRESETS,
        paths=PATHS,
    )


@pages.get("/users/<everything:user>")
def user(user: str) -> str:
    """One user."""
    archive = witness().archive
    number = number_of(archive, user)
    if number is None:
        abort(404, "Nothing has come of such a user.")
    usage = usage_of(archive, number)
    newest = newest_sessions(archive, number, MAX_PIECES)
    shown = newest[:MAX_SESSIONS]
    there = archive.value("SELECT count(*) FROM sessions WHERE user = ? AND begin IS NOT NULL", number)
    return _page(
        "user.html",
        person=person_of(user),
        usage=usage,
        profile=profile_of(archive, number),
        rows=MAX_ROWS,
        flags=_of_user(witness().flags, user),
        cards=_of_user(witness().cards, user),
        now=time.time(),
        applications=[
            {"key": key, "versions": versions[:MAX_ROWS], "usage": usage_of(archive, number, key)}
            for key, versions in applications_of(archive, number, MAX_APPLICATIONS).items()
        ],
        timeline=timeline_of(newest[::-1], time.time()),
        bars=bars_of(sessions_per_day(archive, date.today(), MONTH, number), date.today(), MONTH),
        sessions=_with_events(archive, shown),
        more_sessions=there - len(shown),
        strays=shown_events(archive, newest_strays_of(archive, number, MAX_EVENTS), MAX_TEXT)[0],
        devices=list(devices_of(archive, number, MAX_DEVICES)),
        requests=newest_requests(archive, MAX_REQUESTS, number),
    )


def _of_user(served: Served[Any], user: str) -> list[Any] | None:
    """What a page shows of what a user gets; None while the feature is off."""
    return served.of_user(user) if served.switch.enabled else None


def _with_events(archive: Archive, sessions: list[Session]) -> list[tuple[Session, list[Record]]]:
    """Sessions with their first events; those of the first sessions, if a page cannot bear them all."""
    found, left, room = [], MAX_EVENTS_OF_ALL, MAX_TEXT
    for session in sessions:
        first = first_events_of(archive, session.number, min(MAX_EVENTS, left) if room else 0)
        events, room = shown_events(archive, first, room)
        left -= len(events)
        found.append((session, events))
    return found


FEATURE = "/<any(feature_flags, content_cards):feature>"


@pages.get("/feature_flags")
def feature_flags() -> str:
    """The flags. ``?thing=ANCHOR`` fills the form with one of them, ``?user=NAME`` with a new one of his."""
    flag = witness().flags.at(request.args.get("thing")) or Flag("", request.args.get("user"))
    return _feature_flags(asdict(flag) | {"properties": _laid_out(flag.properties)})


def _feature_flags(form: Record, error: str = "") -> str:
    return _served_page("flags.html", witness().flags, OF_FLAGS, form=form, error=error)


@pages.post("/feature_flags")
def write_feature_flag() -> tuple[str, int] | AnyResponse:
    """Writes one, for a visitor; what is wrong with it is said beside what he has typed."""
    form = _texts("id", "user", "fts", "properties") | _checks("enabled")
    try:
        named = {name: form[name] or None for name in ("user", "fts")}
        witness().flags.add([read_flag(form | named | {"properties": _object(form, "properties")})])
    except ValueError as error:
        return _feature_flags(form, str(error)), 400
    witness().news.tell()
    return redirect("/feature_flags", 303)


@pages.get("/content_cards")
def content_cards() -> str:
    """The cards. ``?thing=ANCHOR`` fills the form with one of them, ``?user=NAME`` with a new one of his."""
    card = witness().cards.at(request.args.get("thing")) or Card("", request.args.get("user"))
    hours = "" if card.expires is None else f"{(card.expires - time.time()) / 3600:.2f}"
    return _content_cards(asdict(card) | {"extras": _laid_out(card.extras), "hours": hours})


def _content_cards(form: Record, error: str = "") -> str:
    return _served_page(
        "cards.html", witness().cards, OF_CARDS, form=form, error=error, types=CARD_TYPES, now=time.time()
    )


@pages.post("/content_cards")
def write_content_card() -> tuple[str, int] | AnyResponse:
    """Writes one, for a visitor; what is wrong with it is said beside what he has typed."""
    form = _texts("id", "type", *CARD_TEXTS, "aspect_ratio", "hours", "extras") | _checks(*CARD_CHECKS)
    try:
        said = {name: form[name] for name in ("id", "type", *CARD_CHECKS)}
        said |= {name: form[name] or None for name in CARD_TEXTS}
        hours = _number(form, "hours")
        said |= {
            "aspect_ratio": _number(form, "aspect_ratio"),
            "expires": None if hours is None else int(time.time() + hours * 3600),
            "extras": _object(form, "extras"),
        }
        witness().cards.add([read_card(said)])
    except ValueError as error:
        return _content_cards(form, str(error)), 400
    witness().news.tell()
    return redirect("/content_cards", 303)


def _served_page(template: str, served: Served[Any], condition: str, **values: Any) -> str:
    """What is written, the switch, and the newest events that came of it."""
    written = served.all()
    events, there = newest_events_where(witness().archive, condition, MAX_SEEN)
    return _page(
        template,
        switch=served.switch,
        written=written[:MAX_ROWS],
        there=len(written),
        seen=[each | {"person": person_of(each["user"])} for each in events],
        more_seen=there - len(events),
        **values,
    )


def _laid_out(value: Record) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def _texts(*names: str) -> Record:
    return {name: request.form.get(name, "").strip() for name in names}


def _checks(*names: str) -> Record:
    return {name: name in request.form for name in names}


def _object(form: Record, name: str) -> Any:
    """What a field says in JSON; ValueError for what is none."""
    return read_json(form[name].encode(), f"“{name}”") if form[name] else {}


def _number(form: Record, name: str) -> float | None:
    try:
        value = float(form[name]) if form[name] else None
    except ValueError:
        raise ServedError(f"“{name}” is a number") from None
    if value is not None and not abs(value) <= MAX_NUMBER:
        raise ServedError(f"“{name}” is a number up to {MAX_NUMBER:,}")
    return value


@pages.post(f"{FEATURE}/remove")
def remove_served(feature: str) -> AnyResponse:
    """Removes one thing, for a visitor."""
    served: Served[Any] = witness().flags if feature == "feature_flags" else witness().cards
    thing = served.at(request.form.get("thing"))
    if thing:
        served.remove(thing)
        witness().news.tell()
    return redirect(f"/{feature}", 303)


@pages.post("/content_cards/switch")
def switch_content_cards() -> AnyResponse:
    """Switches the feature on or off, for a visitor."""
    witness().cards.set_switch({"enabled": request.form.get("enabled") == "yes"})
    witness().news.tell()
    return redirect("/content_cards", 303)


@pages.post("/feature_flags/switch")
def switch_feature_flags() -> AnyResponse:
    """Switches the feature on or off, or sets the limit, for a visitor."""
    if "enabled" in request.form:
        changes: Record = {"enabled": request.form["enabled"] == "yes"}
    else:
        limit = request.form.get("refresh_rate_limit", math.nan, type=float)
        changes = {"refresh_rate_limit": int(limit) if limit.is_integer() else limit}
    try:
        witness().flags.set_switch(read_switch(changes))
    except ServedError as error:
        abort(400, str(error))
    witness().news.tell()
    return redirect("/feature_flags", 303)


def error_page(status: int, words: str) -> str:
    """What a visitor sees when something cannot be shown."""
    return _page("error.html", status=status, words=words)


def _page(template: str, **values: Any) -> str:
    values |= {"news": g.get("news", 0), "url": request.host_url.rstrip("/")}
    return plain(render_template(template, **values))


@pages.post("/faults")
def arm() -> AnyResponse:
    """Arms one of the presets, or clears all, for a visitor."""
    preset = PRESETS.get(request.form.get("preset", ""))
    if "clear" in request.form:
        witness().faults.replace([])
    elif preset:
        times = request.form.get("times", "")
        store = {"store": True} if "store" in request.form else {}
        path = {"path": request.form.get("path", "data")}
        fault = preset[1] | path | {"times": int(times) if times in ("1", "3") else None} | store
        try:
            witness().faults.add([read_fault(fault)])
        except FaultError as error:
            abort(400, str(error))
    witness().news.tell()
    return redirect("/", 303)


@pages.get("/events")
def news() -> Response:
    """Server-sent events: one for every change."""
    stay()
    return Response(witness().news.stream(), mimetype="text/event-stream")
