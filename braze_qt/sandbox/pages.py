"""The pages of App Usage."""

import time
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from braze_qt.sandbox.charts import bars_of, timeline_of
from braze_qt.sandbox.event_words import EVENT_FILTERS
from braze_qt.sandbox.faults import FaultError, read_fault
from braze_qt.sandbox.figures import MONTH, figures_of
from braze_qt.sandbox.profiles import profile_of
from braze_qt.sandbox.records import (
    Record,
    body_of,
    devices_of,
    events_of_session,
    is_known,
    person_of,
    requests_of,
    stray_events_of,
    totals_of,
)
from braze_qt.sandbox.sessions import (
    Session,
    applications_of,
    sessions_of,
    sessions_per_day,
    usage_of,
    users_of,
    versions_of,
)
from braze_qt.sandbox.witness import witness
from braze_qt.sandbox.wording import FILTERS, plain

pages: Blueprint = Blueprint(
    "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)

MAX_USERS = 200
MAX_SESSIONS = 50
MAX_EVENTS = 200
MAX_REQUESTS = 12
MAX_ROWS = 200
"""What a page shows at most, the newest first, or those whose names come first; the JSON has everything."""

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
    users = users_of(archive)
    sessions = [session for of_user in users.values() for session in of_user]
    people = [
        {"person": person_of(user), "usage": usage_of(of_user)}
        for user, of_user in list(users.items())[:MAX_USERS]
    ]
    return _page(
        "start.html",
        figures=figures_of(sessions, date.today(), days=1)[0],
        bars=bars_of(sessions_per_day(sessions), date.today(), MONTH),
        people=people,
        more_users=len(users) - len(people),
        totals=totals_of(archive),
        requests=_requests(None),
        faults=witness().faults.as_json(),
        presets=PRESETS,
    )


@pages.get("/users/<everything:user>")
def user(user: str) -> str:
    """One user."""
    archive = witness().archive
    if not is_known(archive, user):
        abort(404, "Nothing has come of such a user.")
    sessions = sessions_of(archive, user)
    shown = sessions[: -MAX_SESSIONS - 1 : -1]
    return _page(
        "user.html",
        person=person_of(user),
        usage=usage_of(sessions),
        profile=profile_of(archive, user),
        rows=MAX_ROWS,
        applications=[
            {"key": key, "versions": versions_of(own), "usage": usage_of(own)}
            for key, own in applications_of(sessions).items()
        ],
        timeline=timeline_of(sessions, time.time()),
        bars=bars_of(sessions_per_day(sessions), date.today(), MONTH),
        sessions=[(session, _events(session)) for session in shown],
        more_sessions=len(sessions) - len(shown),
        strays=stray_events_of(archive, user, MAX_EVENTS),
        devices=devices_of(archive, user),
        requests=_requests(user),
    )


def _events(session: Session) -> list[Record]:
    return events_of_session(witness().archive, session.device_id, session.id, session.user, MAX_EVENTS)


def _requests(user: str | None) -> list[Record]:
    """The newest first, with their bodies."""
    archive = witness().archive
    found = requests_of(archive, user, MAX_REQUESTS)
    return [each | {"body": body_of(archive, each["id"])} for each in reversed(found)]


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
        fault = preset[1] | {"times": int(times) if times in ("1", "3") else None} | store
        try:
            witness().faults.add([read_fault(fault)])
        except FaultError as error:
            abort(400, str(error))
    witness().news.tell()
    return redirect("/", 303)


@pages.get("/events")
def news() -> Response:
    """Server-sent events: one for every change."""
    return Response(witness().news.stream(), mimetype="text/event-stream")
