"""What arrived, record by record, ready to be shown as JSON or on a page."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.body import ANONYMOUS, NAMED

Record = dict[str, Any]

MAX_SHOWN = 64 << 10
"""Characters of an event that a page reads; what is longer is named, and its JSON is left out."""

REQUEST = (
    "SELECT r.id, received, path, headers, d.name AS device_id, api_key, version AS app_version,"
    " other_origin, stored, error, fault, events, repeated, reply_status, reply AS reply_body, size,"
    " beginning, {rest} AS rest"
    " FROM requests r JOIN contents c ON c.request = r.id LEFT JOIN devices d ON d.id = r.device"
    " LEFT JOIN applications a ON a.id = r.application WHERE r.id"
)

EVENT = (
    "SELECT e.id, e.request AS request_id, u.name AS user, d.name AS device_id,"
    " nullif(s.name, '') AS session_id, e.name, e.time, e.deliveries, e.json FROM events e"
    " JOIN users u ON u.id = e.user JOIN sessions s ON s.id = e.session"
    " JOIN devices d ON d.id = s.device WHERE e.id"
)

SHOWN = (
    "SELECT id, request AS request_id, time, deliveries, name,"
    f" CASE WHEN size <= {MAX_SHOWN} THEN json END AS json FROM events WHERE id"
)


def person_of(user: str) -> Record:
    """Who a user of the pages is; ``user_id`` is None while anonymous."""
    anonymous = user.startswith(ANONYMOUS)
    return {"id": user, "anonymous": anonymous, "user_id": None if anonymous else user.removeprefix(NAMED)}


def all_events(archive: Archive) -> Iterator[Record]:
    """Every event once, in the order of arrival."""
    return _events(archive, archive.values("SELECT id FROM events ORDER BY id"))


def events_of(archive: Archive, session: int) -> Iterator[Record]:
    """The events of a session in the order of their times."""
    return _events(
        archive, archive.values("SELECT id FROM events WHERE session = ? ORDER BY time, id", session)
    )


def strays_of(archive: Archive, user: int) -> Iterator[Record]:
    """The events of a user that belong to no session, in the order of arrival."""
    ids = (
        "SELECT e.id FROM events e JOIN sessions s ON s.id = e.session"
        " WHERE s.user = ? AND s.name = '' ORDER BY e.id"
    )
    return _events(archive, archive.values(ids, user))


def _events(archive: Archive, ids: list[int]) -> Iterator[Record]:
    for row in archive.rows_by_id(EVENT, ids):
        record = dict(row)
        record["event"] = json.loads(record.pop("json"))
        yield record


def events_where(archive: Archive, condition: str) -> Iterator[Record]:
    """Every event of which an SQL condition holds, in the order of arrival."""
    return _events(archive, archive.values(f"SELECT id FROM events WHERE {condition} ORDER BY id"))


def newest_events_where(archive: Archive, condition: str, limit: int) -> tuple[list[Record], int]:
    """So many of them for a page, the newest first, without those too long to be shown; and how many came."""
    query = f"SELECT id FROM events WHERE {condition} AND size <= {MAX_SHOWN} ORDER BY id DESC LIMIT ?"
    there = archive.value(f"SELECT count(*) FROM events WHERE {condition}")
    return list(_events(archive, archive.values(query, limit))), there


def first_events_of(archive: Archive, session: int, limit: int) -> list[tuple[int, int]]:
    """So many events of a session in the order of their times: number and characters of each."""
    rows = archive.rows(
        "SELECT id, size FROM events WHERE session = ? ORDER BY time, id LIMIT ?", session, limit
    )
    return [(row["id"], row["size"]) for row in rows]


def newest_strays_of(archive: Archive, user: int, limit: int) -> list[tuple[int, int]]:
    """So many events of a user outside any session, the newest first: number and characters of each."""
    of_devices = archive.values(
        "SELECT id FROM sessions WHERE user = ? AND name = '' ORDER BY last DESC LIMIT ?", user, limit
    )
    query = "SELECT time, id, size FROM events WHERE session = ? ORDER BY time DESC, id DESC LIMIT ?"
    rows = (tuple(row) for each in of_devices for row in archive.rows(query, each, limit))
    found = sorted(rows, reverse=True)
    return [(number, size) for _, number, size in found[:limit]]


def shown_events(archive: Archive, events: list[tuple[int, int]], room: int) -> tuple[list[Record], int]:
    """The first of these events, for a page with room for so many characters, and the room that is left."""
    taken = []
    for number, size in events:
        room -= size if size <= MAX_SHOWN else 0
        if room < 0:
            break
        taken.append(number)
    return [_shown(row) for row in archive.rows_by_id(SHOWN, taken)], max(0, room)


def _shown(row: sqlite3.Row) -> Record:
    """With ``event`` as far as a page needs it; ``too_long`` says that this is not all."""
    record = dict(row)
    said = record.pop("json")
    name = record.pop("name")
    event = {"name": name, "data": {}} if said is None else json.loads(said)
    return record | {"event": event, "too_long": said is None}


def devices_of(archive: Archive, user: int, limit: int = -1) -> Iterator[Record]:
    """So many devices of a user, the last used first, with what each last said of itself, if anything."""
    rows = archive.rows(
        "SELECT device, d.name AS device_id, min(first) AS first_event, max(last) AS last_event"
        " FROM sessions s JOIN devices d ON d.id = s.device WHERE user = ?"
        " GROUP BY device ORDER BY last_event DESC LIMIT ?",
        *(user, limit),
    )
    for row in rows:
        record = dict(row)
        said = archive.values(
            "SELECT json FROM descriptions WHERE device = ? ORDER BY request DESC LIMIT 1",
            record.pop("device"),
        )
        yield record | {"device": json.loads(said[0]) if said else None}


def all_requests(archive: Archive) -> Iterator[Record]:
    """Every request in the order of arrival, with its whole body as text.

    Bytes that are not UTF-8 show as replacement characters.
    """
    for each in archive.values("SELECT id FROM requests ORDER BY id"):  # one by one: a body may be long
        for row in archive.rows(REQUEST.format(rest="rest") + " = ?", each):
            yield _request(row)


def newest_requests(archive: Archive, limit: int, user: int | None = None) -> list[Record]:
    """So many requests, all or those that speak of a user, for a page: the newest first.

    Each has the beginning of its body; ``more`` says how many bytes are left out.
    """
    if user is None:
        ids = archive.values("SELECT id FROM requests ORDER BY id DESC LIMIT ?", limit)
    else:
        query = "SELECT request FROM mentions WHERE user = ? ORDER BY request DESC LIMIT ?"
        ids = archive.values(query, user, limit)
    records = []
    for row in archive.rows_by_id(REQUEST.format(rest="x''"), ids):
        more = row["size"] - len(row["beginning"])
        records.append(_request(row) | {"more": more})
    return records


def _request(row: sqlite3.Row) -> Record:
    record = dict(row)
    record["stored"] = bool(record["stored"])
    record["other_origin"] = bool(record["other_origin"])
    record["headers"] = json.loads(record["headers"])
    record["body"] = (record.pop("beginning") + record.pop("rest")).decode("utf-8", "replace")
    reply = {"status": record.pop("reply_status"), "body": record.pop("reply_body")}
    return record | {"reply": reply}


def totals_of(archive: Archive) -> Record:
    """How much came: requests, those refused for their body, distinct events, repeated deliveries."""
    row = archive.rows(
        "SELECT (SELECT count(*) FROM requests) AS requests,"
        " (SELECT count(*) FROM requests WHERE error IS NOT NULL) AS refused,"
        " (SELECT count(*) FROM events) AS events,"
        " (SELECT coalesce(sum(deliveries - 1), 0) FROM events WHERE deliveries > 1) AS repeated"
    )
    return dict(row[0])
