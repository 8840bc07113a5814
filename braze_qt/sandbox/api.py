"""What the pages show, as JSON, for tests. Described in docs/sandbox.md."""

import json
from collections import defaultdict
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from braze_qt.sandbox.faults import FaultError, read_faults
from braze_qt.sandbox.figures import DayFigures, figures_of
from braze_qt.sandbox.profiles import profile_of
from braze_qt.sandbox.records import (
    Record,
    body_of,
    devices_of,
    events_of,
    is_known,
    person_of,
    requests_of,
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

MAX_FAULTS = 256 << 10
"""Bytes of a description of faults, which stay in memory."""

api: Blueprint = Blueprint("api", __name__, url_prefix="/api")


@api.get("/users")
def users() -> Response:
    """Everybody, with the figures of each."""
    found = users_of(witness().archive)
    return jsonify(users=[person_of(user) | asdict(usage_of(sessions)) for user, sessions in found.items()])


@api.get("/users/<everything:user>")
def user(user: str) -> Response:
    """One user, with sessions and their events."""
    archive = witness().archive
    if not is_known(archive, user):
        abort(404, "nothing has come of such a user")
    events = events_of(archive, user)
    sessions = sessions_of(archive, user)
    by_session: dict[tuple[str, str | None], list[Record]] = defaultdict(list)
    for event in events:
        by_session[event["device_id"], event["session_id"]].append(event)
    days = {day.isoformat(): count for day, count in sorted(sessions_per_day(sessions).items())}
    return jsonify(
        **person_of(user),
        figures=asdict(usage_of(sessions)) | {"sessions_per_day": days},
        applications=[
            {"api_key": key, "app_versions": versions_of(found), **asdict(usage_of(found))}
            for key, found in applications_of(sessions).items()
        ],
        profile=profile_of(archive, user).as_json(),
        devices=devices_of(archive, user),
        sessions=[_session(each, by_session[each.device_id, each.id]) for each in sessions],
        events_without_session=[event for event in events if event["session_id"] is None],
    )


def _session(session: Session, events: list[Record]) -> Record:
    return {
        "id": session.id,
        "state": session.state,
        "start": session.start,
        "end": session.end,
        "duration": session.duration,
        "last_event": session.last,
        "device_id": session.device_id,
        "api_key": session.api_key,
        "app_version": session.app_version,
        "events": sorted(events, key=lambda event: float(event["time"])),
    }


@api.get("/figures")
def figures() -> Response:
    """The figures of the workspace on one day, those of the month before it, and how much came."""
    archive = witness().archive
    month = figures_of(sessions_of(archive), _asked_day())
    return jsonify(**_day(month[-1]), days=[_day(each) for each in month], totals=totals_of(archive))


def _asked_day() -> date:
    try:
        return date.fromisoformat(request.args.get("day", date.today().isoformat()))
    except ValueError:
        abort(400, "day is written as 2026-01-31")


def _day(figures: DayFigures) -> Record:
    return asdict(figures) | {"day": figures.day.isoformat()}


@api.get("/events")
def events() -> Response:
    """Every event once, in the order of arrival."""
    return jsonify(events=events_of(witness().archive))


@api.get("/requests")
def requests() -> Response:
    """Every request, in the order of arrival."""
    archive = witness().archive
    return jsonify(requests=[each | {"body": body_of(archive, each["id"])} for each in requests_of(archive)])


@api.delete("/data")
def forget() -> Response:
    """Forgets everything that came; armed faults stay."""
    witness().archive.forget()
    witness().news.tell()
    return jsonify(message="forgotten")


@api.get("/faults")
def faults() -> Response:
    """What is armed."""
    return jsonify(faults=witness().faults.as_json())


@api.put("/faults")
def replace_faults() -> Response:
    """Arms these and no others."""
    found = _read_faults()
    witness().faults.replace(found)
    witness().news.tell()
    return faults()


@api.post("/faults")
def add_faults() -> Response:
    """Arms more."""
    found = _read_faults()
    try:
        witness().faults.add(found)
    except FaultError as error:
        abort(400, str(error))
    witness().news.tell()
    return faults()


@api.delete("/faults")
def clear_faults() -> Response:
    """Arms none, and lets go of what hangs."""
    witness().faults.replace([])
    witness().news.tell()
    return faults()


def _read_faults() -> Any:
    described = request.get_data()
    if len(described) > MAX_FAULTS:
        abort(413, f"faults are described in at most {MAX_FAULTS:,} bytes")
    try:
        return read_faults(json.loads(described))
    except FaultError as error:
        abort(400, str(error))
    except (ValueError, RecursionError):
        abort(400, "faults are described in JSON")
