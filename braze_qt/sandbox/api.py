"""What the pages show, as JSON, for tests. Described in docs/sandbox.md."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, jsonify, request

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.body import read_json
from braze_qt.sandbox.cards import read_cards
from braze_qt.sandbox.cards import read_switch as card_switch
from braze_qt.sandbox.faults import FaultError, read_faults
from braze_qt.sandbox.figures import DayFigures, figures_of
from braze_qt.sandbox.flags import read_flags
from braze_qt.sandbox.flags import read_switch as flag_switch
from braze_qt.sandbox.profiles import profile_of
from braze_qt.sandbox.records import (
    Record,
    all_events,
    all_requests,
    devices_of,
    events_of,
    events_where,
    person_of,
    strays_of,
    totals_of,
)
from braze_qt.sandbox.schema import OF_CARDS, OF_FLAGS
from braze_qt.sandbox.served import Served, ServedError
from braze_qt.sandbox.sessions import (
    Session,
    all_days_of,
    applications_of,
    newest_users,
    number_of,
    sessions_of,
    usage_of,
)
from braze_qt.sandbox.witness import witness

MAX_DESCRIBED = 256 << 10
"""Bytes of a description of faults, feature flags or content cards, which stay in memory."""
PIECE = 64 << 10
"""Characters of an answer that are sent at once."""

Described = TypeVar("Described")

api: Blueprint = Blueprint("api", __name__, url_prefix="/api")


def _answer(**members: Any) -> Response:
    """A JSON object. Iterators are lists of which only a part is in memory at any time."""
    return Response(_in_pieces(_json(members)), mimetype="application/json")


def _json(value: Any) -> Iterator[str]:
    if isinstance(value, Iterator):
        yield "["
        for number, each in enumerate(value):
            yield ", " if number else ""
            yield from _json(each)
        yield "]"
    elif isinstance(value, dict) and any(isinstance(each, Iterator) for each in value.values()):
        for number, (name, each) in enumerate(value.items()):
            yield f"{', ' if number else '{'}{json.dumps(name)}: "
            yield from _json(each)
        yield "}"
    else:
        yield json.dumps(value)


def _in_pieces(texts: Iterator[str]) -> Iterator[str]:
    held: list[str] = []
    length = 0
    for text in texts:
        held.append(text)
        length += len(text)
        if length >= PIECE:
            yield "".join(held)
            held.clear()
            length = 0
    yield "".join(held)


@api.get("/users")
def users() -> Response:
    """Everybody, with the figures of each."""
    archive = witness().archive
    found = newest_users(archive)
    return _answer(users=(person_of(name) | asdict(usage_of(archive, number)) for number, name in found))


@api.get("/users/<everything:user>")
def user(user: str) -> Response:
    """One user, with sessions and their events."""
    archive = witness().archive
    number = number_of(archive, user)
    if number is None:
        abort(404, "nothing has come of such a user")
    profile = profile_of(archive, number)
    days = {day.isoformat(): count for day, count in sorted(all_days_of(archive, number).items())}
    return _answer(
        **person_of(user),
        figures=asdict(usage_of(archive, number)) | {"sessions_per_day": days},
        applications=(
            {"api_key": key, "app_versions": versions, **asdict(usage_of(archive, number, key))}
            for key, versions in applications_of(archive, number).items()
        ),
        profile=profile.as_json(),
        profile_left_out=profile.left_out,
        devices=devices_of(archive, number),
        sessions=(_session(archive, each) for each in sessions_of(archive, number)),
        events_without_session=strays_of(archive, number),
    )


def _session(archive: Archive, session: Session) -> Record:
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
        "events": events_of(archive, session.number),
    }


@api.get("/figures")
def figures() -> Response:
    """The figures of the workspace on one day, those of the month before it, and how much came."""
    archive = witness().archive
    try:
        day = date.fromisoformat(request.args.get("day", date.today().isoformat()))
        month = figures_of(archive, day)
    except ValueError:
        abort(400, "day is a day of the calendar, written as 2026-01-31, with two months before it")
    return jsonify(**_day(month[-1]), days=[_day(each) for each in month], totals=totals_of(archive))


def _day(figures: DayFigures) -> Record:
    return asdict(figures) | {"day": figures.day.isoformat()}


@api.get("/events")
def events() -> Response:
    """Every event once, in the order of arrival."""
    return _answer(events=all_events(witness().archive))


@api.get("/requests")
def requests() -> Response:
    """Every request, in the order of arrival."""
    return _answer(requests=all_requests(witness().archive))


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
    witness().faults.replace(_described("faults", read_faults))
    witness().news.tell()
    return faults()


@api.post("/faults")
def add_faults() -> Response:
    """Arms more."""
    found = _described("faults", read_faults)
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


FEATURE = "/<any(feature_flags, content_cards):feature>"
EVENTS_OF_CARDS = {
    "impressions": f"{OF_CARDS} AND name IN ('cci', 'ccic')",
    "clicks": f"{OF_CARDS} AND name = 'ccc'",
    "dismissals": f"{OF_CARDS} AND name = 'ccd'",
}
"""Each begins with what the index of these events is made for."""


@dataclass(frozen=True)
class Feature:
    """What is served, what its answer calls it, how it is described, and the events that come of it."""

    served: Served[Any]
    key: str
    read: Callable[[Any], list[Any]]
    read_switch: Callable[[Any], Record]
    events: dict[str, str]


def _feature(name: str) -> Feature:
    if name == "feature_flags":
        return Feature(witness().flags, "flags", read_flags, flag_switch, {"impressions": OF_FLAGS})
    return Feature(witness().cards, "cards", read_cards, card_switch, EVENTS_OF_CARDS)


@api.get(FEATURE)
def served(feature: str) -> Response:
    """The switch, what is written, and the events that came of it."""
    found = _feature(feature)
    return _answer(
        config=found.served.switch.as_json(),
        **{found.key: [asdict(each) for each in found.served.all()]},
        **{name: events_where(witness().archive, condition) for name, condition in found.events.items()},
    )


@api.put(FEATURE)
def replace_served(feature: str) -> Response:
    """Writes these and no others, and switches the feature on."""
    found = _feature(feature)
    return _changed(feature, found.served.replace, _described(feature, found.read))


@api.post(FEATURE)
def add_served(feature: str) -> Response:
    """Writes more, and switches the feature on."""
    found = _feature(feature)
    return _changed(feature, found.served.add, _described(feature, found.read))


@api.delete(FEATURE)
def clear_served(feature: str) -> Response:
    """Removes all, and switches the feature off."""
    return _changed(feature, _feature(feature).served.clear)


@api.put(f"{FEATURE}/config")
def switch_served(feature: str) -> Response:
    """What the next ``config`` block says of the feature."""
    found = _feature(feature)
    return _changed(feature, found.served.set_switch, _described(feature, found.read_switch))


def _changed(feature: str, change: Callable[..., None], *described: Any) -> Response:
    try:
        change(*described)
    except ServedError as error:
        abort(400, str(error))
    witness().news.tell()
    return served(feature)


def _described(things: str, read: Callable[[Any], Described]) -> Described:
    """What ``read`` makes of the JSON in the present request; 400 if it raises ValueError."""
    subject = things.replace("_", " ")
    described = request.get_data()
    if len(described) > MAX_DESCRIBED:
        abort(413, f"{subject} are described in at most {MAX_DESCRIBED:,} bytes")
    try:
        value = read_json(described)
    except ValueError:
        abort(400, f"{subject} are described in JSON")
    try:
        return read(value)
    except ValueError as error:
        abort(400, str(error))
