"""What arrived, record by record, ready to be shown as JSON or on a page."""

import json
import sqlite3
from typing import Any

from braze_qt.sandbox.archive import Archive
from braze_qt.sandbox.body import ANONYMOUS, NAMED

Record = dict[str, Any]

REQUEST_COLUMNS = (
    "id, received, path, headers, device_id, api_key, app_version, stored, error, fault, events, repeated,"
    " reply_status, reply_body, length(body) AS size"
)


def person_of(user: str) -> Record:
    """Who a user of the pages is; ``user_id`` is None while anonymous."""
    anonymous = user.startswith(ANONYMOUS)
    return {"id": user, "anonymous": anonymous, "user_id": None if anonymous else user.removeprefix(NAMED)}


def is_known(archive: Archive, user: str) -> bool:
    """Whether anything of this user is kept: an event or an attribute."""
    events = "SELECT 1 FROM events WHERE user = ? UNION ALL SELECT 1 FROM attributes WHERE user = ? LIMIT 1"
    return bool(archive.rows(events, user, user))


def events_of(archive: Archive, user: str | None = None) -> list[Record]:
    """Every event once, in the order of arrival."""
    columns = "id, request_id, user, device_id, session_id, name, time, deliveries, json"
    where = "" if user is None else " WHERE user = ?"
    rows = archive.rows(f"SELECT {columns} FROM events{where} ORDER BY id", *([] if user is None else [user]))
    return [_event(row) for row in rows]


def events_of_session(
    archive: Archive, device_id: str, session_id: str, user: str, limit: int
) -> list[Record]:
    """The first so many events of a session in the order of their times."""
    rows = archive.rows(
        "SELECT id, request_id, time, deliveries, json FROM events"
        " WHERE user = ? AND device_id = ? AND session_id = ? ORDER BY time, id LIMIT ?",
        *(user, device_id, session_id, limit),
    )
    return [_event(row) for row in rows]


def stray_events_of(archive: Archive, user: str, limit: int) -> list[Record]:
    """The newest so many events of a user that belong to no session, the newest first."""
    rows = archive.rows(
        "SELECT id, request_id, time, deliveries, json FROM events"
        " WHERE user = ? AND session_id IS NULL ORDER BY id DESC LIMIT ?",
        *(user, limit),
    )
    return [_event(row) for row in rows]


def _event(row: sqlite3.Row) -> Record:
    record = dict(row)
    record["event"] = json.loads(record.pop("json"))
    return record


def devices_of(archive: Archive, user: str) -> list[Record]:
    """The devices of a user, with what each last said of itself (None when nothing)."""
    rows = archive.rows(
        "SELECT device_id, min(time) AS first_event, max(time) AS last_event,"
        " (SELECT json FROM devices d WHERE d.device_id = e.device_id ORDER BY request_id DESC LIMIT 1)"
        " AS json FROM events e WHERE user = ? GROUP BY device_id ORDER BY last_event DESC",
        user,
    )
    records = [dict(row) for row in rows]
    for record in records:
        device = record.pop("json")
        record["device"] = json.loads(device) if device else None
    return records


def requests_of(archive: Archive, user: str | None = None, limit: int = -1) -> list[Record]:
    """The newest so many requests (-1: all), or those that speak of a user; the oldest of them first.

    Bodies are left out: :func:`body_of` has them.
    """
    where = "" if user is None else "WHERE id IN (SELECT request_id FROM mentions WHERE user = ?)"
    query = f"SELECT {REQUEST_COLUMNS} FROM requests {where} ORDER BY id DESC LIMIT ?"
    rows = archive.rows(query, *([] if user is None else [user]), limit)
    return [_request(row) for row in reversed(rows)]


def _request(row: sqlite3.Row) -> Record:
    record = dict(row)
    record["stored"] = bool(record["stored"])
    record["headers"] = json.loads(record["headers"])
    reply = {"status": record.pop("reply_status"), "body": record.pop("reply_body")}
    return record | {"reply": reply}


def body_of(archive: Archive, request_id: int) -> str:
    """The body of a request as text; what is not UTF-8 shows as replacement characters."""
    raw: bytes = archive.value("SELECT body FROM requests WHERE id = ?", request_id)
    return raw.decode("utf-8", "replace")


def totals_of(archive: Archive) -> Record:
    """How much came: requests, those refused for their body, distinct events, repeated deliveries."""
    row = archive.rows(
        "SELECT (SELECT count(*) FROM requests) AS requests,"
        " (SELECT count(*) FROM requests WHERE error IS NOT NULL) AS refused,"
        " (SELECT count(*) FROM events) AS events,"
        " (SELECT coalesce(sum(deliveries - 1), 0) FROM events) AS repeated"
    )
    return dict(row[0])
