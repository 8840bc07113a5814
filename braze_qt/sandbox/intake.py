"""What one request brings into the archive, and what goes with it when it is forgotten.

For the connection that writes, inside a transaction.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from braze_qt.sandbox.body import Attributes, Body, Event
from braze_qt.sandbox.schema import begin_of, duration_of

AT_ONCE = 2_000
"""Events, or users, that are inserted or forgotten in one transaction."""
BEGINNING = 96 << 10
"""Bytes of a body that a page reads: more than it shows, whatever the characters are."""
MAX_REPLY_BYTES = 64 << 10
"""How much of a reply is kept to be shown."""
MAX_COMPARED = 4 << 20
"""Characters of attributes that are looked through for what a repeated delivery says again."""


@dataclass(frozen=True)
class Arrival:
    """One request: as it came, as it was understood (``body``, or ``error`` why not), as it was answered.

    ``other_origin`` says whether a page of another origin has sent it.
    """

    received: float
    path: str
    headers: str
    other_origin: bool
    raw: bytes
    body: Body | None
    error: str | None
    fault: str | None
    store: bool
    reply_status: int | None
    reply_body: bytes

    @property
    def bytes(self) -> int:
        """What it counts when it is kept."""
        return len(self.raw) + len(self.headers) + len(self.path) + min(len(self.reply_body), MAX_REPLY_BYTES)


@dataclass(frozen=True)
class Part:
    """What is inserted at once: so much that nobody else who writes waits for long."""

    users: tuple[str, ...]
    attributes: tuple[Attributes, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Intake:
    """What the archive calls a request that is being inserted.

    ``said``: what requests that it repeats have said of users, by user and JSON.
    """

    request: int
    device: int
    application: int
    said: frozenset[tuple[str, str]]


def parts_of(arrival: Arrival) -> list[Part]:
    """What is to be inserted after the request itself."""
    if arrival.body is None:
        return []
    body, stored = arrival.body, arrival.store
    users, attributes, events = tuple(body.users), body.attributes * stored, body.events * stored
    longest = max(len(users), len(attributes), len(events))
    slices = [slice(first, first + AT_ONCE) for first in range(0, longest, AT_ONCE)]
    return [Part(users[each], attributes[each], events[each]) for each in slices]


def insert_request(connection: sqlite3.Connection, arrival: Arrival) -> Intake:
    """Keeps a request without what it says of users."""
    body = arrival.body
    if body is None:
        return Intake(_insert_request(connection, arrival, None, None), 0, 0, frozenset())
    device = _number_of(connection, "devices (name)", body.device_id)
    application = _number_of(connection, "applications (api_key, version)", body.api_key, body.app_version)
    request = _insert_request(connection, arrival, device, application)
    if body.device and arrival.store:
        connection.execute("INSERT INTO descriptions VALUES (?, ?, ?)", (device, request, body.device))
    return Intake(request, device, application, _said_before(connection, body))


def insert_part(connection: sqlite3.Connection, intake: Intake, part: Part) -> int:
    """Keeps a part of what a request says; how many of its events are new."""
    names = {*part.users, *(each.user for each in part.attributes), *(event.user for event in part.events)}
    users = {name: _number_of(connection, "users (name)", name) for name in names}
    connection.executemany(
        "INSERT OR IGNORE INTO mentions VALUES (?, ?)", [(user, intake.request) for user in users.values()]
    )
    _insert_attributes(connection, intake, part.attributes, users)
    new = _insert_events(connection, intake, part.events, users)
    _count_users(connection, users.values())
    return new


def oldest_request(connection: sqlite3.Connection, *, other_origin: bool) -> tuple[int, int] | None:
    """Number and bytes of the request that goes first; None when there is none of those."""
    query = "SELECT id, bytes FROM requests WHERE other_origin = ? ORDER BY id LIMIT 1"
    found: tuple[int, int] | None = connection.execute(query, (other_origin,)).fetchone()
    return found


def remove_part(connection: sqlite3.Connection, request: int) -> tuple[int, bool]:
    """Forgets a part of a request; how many events went, and whether nothing of it is left."""
    events = connection.execute(
        "SELECT id, session FROM events WHERE request = ? LIMIT ?", (request, AT_ONCE)
    ).fetchall()
    if events:
        connection.executemany("DELETE FROM events WHERE id = ?", [(each,) for each, _ in events])
        _count_sessions(connection, {each: -n for each, n in Counter(each for _, each in events).items()})
        return len(events), False
    for table in ("contents", "descriptions", "attributes"):
        connection.execute(f"DELETE FROM {table} WHERE request = ?", (request,))
    query = "SELECT user FROM mentions WHERE request = ? LIMIT ?"
    users = [row[0] for row in connection.execute(query, (request, AT_ONCE))]
    if users:
        connection.executemany(
            "DELETE FROM mentions WHERE user = ? AND request = ?", [(user, request) for user in users]
        )
        _count_users(connection, users)
        connection.executemany(
            "DELETE FROM users WHERE id = ? AND NOT EXISTS (SELECT 1 FROM mentions WHERE user = users.id)",
            [(user,) for user in users],
        )
    if len(users) == AT_ONCE:
        return 0, False
    _remove_request(connection, request)
    return 0, True


def _remove_request(connection: sqlite3.Connection, request: int) -> None:
    device, application = connection.execute(
        "SELECT device, application FROM requests WHERE id = ?", (request,)
    ).fetchone()
    connection.execute("DELETE FROM requests WHERE id = ?", (request,))
    connection.execute(
        "DELETE FROM devices WHERE id = ? AND NOT EXISTS (SELECT 1 FROM requests WHERE device = devices.id)",
        (device,),
    )
    connection.execute(
        "DELETE FROM applications WHERE id = ?"
        " AND NOT EXISTS (SELECT 1 FROM requests WHERE application = applications.id)"
        " AND NOT EXISTS (SELECT 1 FROM sessions WHERE application = applications.id)",
        (application,),
    )


def _number_of(connection: sqlite3.Connection, table_and_columns: str, *values: str) -> int:
    """The number of a name, which gets one if it has none."""
    table, _, columns = table_and_columns.partition(" ")
    marks = ", ".join("?" * len(values))
    found = f"SELECT id FROM {table} WHERE {columns} = ({marks})"
    row = connection.execute(found, values).fetchone()
    if row is None:
        cursor = connection.execute(f"INSERT INTO {table_and_columns} VALUES ({marks})", values)
        row = (cursor.lastrowid,)
    return int(row[0])


def _insert_request(
    connection: sqlite3.Connection, arrival: Arrival, device: int | None, application: int | None
) -> int:
    row = {
        "other_origin": arrival.other_origin,
        "bytes": arrival.bytes,
        "size": len(arrival.raw),
        "received": arrival.received,
        "device": device,
        "application": application,
        "stored": bool(arrival.body and arrival.store),
        "events": len(arrival.body.events) if arrival.body else 0,
        "reply_status": arrival.reply_status,
        "error": arrival.error,
        "fault": arrival.fault,
        "path": arrival.path,
    }
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    request = connection.execute(f"INSERT INTO requests ({names}) VALUES ({values})", row).lastrowid
    assert request is not None  # SQLite gives one for every INSERT
    reply = arrival.reply_body[:MAX_REPLY_BYTES].decode("utf-8", "replace")
    beginning, rest = arrival.raw[:BEGINNING], arrival.raw[BEGINNING:]
    contents = (request, arrival.headers, reply, beginning, rest)
    connection.execute("INSERT INTO contents VALUES (?, ?, ?, ?, ?)", contents)
    return request


def _said_before(connection: sqlite3.Connection, body: Body) -> frozenset[tuple[str, str]]:
    """Every value, as JSON, that requests which this one repeats were the first to bring, and of whom.

    A request repeats another if it has an event of it. The newest are looked at first.
    """
    if not body.attributes:
        return frozenset()
    find = "SELECT request FROM events WHERE key = ?"
    repeated = {row[0] for event in body.events for row in connection.execute(find, (event.key,))}
    return frozenset(_values_of(connection, sorted(repeated, reverse=True)))


def _values_of(connection: sqlite3.Connection, requests: list[int]) -> Iterator[tuple[str, str]]:
    query = "SELECT u.name, json FROM attributes a JOIN users u ON u.id = a.user WHERE request = ?"
    left = MAX_COMPARED
    for request in requests:
        for user, said in connection.execute(query, (request,)):
            left -= len(said)
            if left < 0:
                return
            yield from ((user, json.dumps(value)) for value in json.loads(said))


def _insert_attributes(
    connection: sqlite3.Connection, intake: Intake, attributes: tuple[Attributes, ...], users: dict[str, int]
) -> None:
    """Leaves out what a repeated delivery says again: it would undo what events have made of it since.

    Attributes carry neither time nor id.
    """
    for each in attributes:
        new = [
            value
            for value in each.values
            if not intake.said or (each.user, json.dumps(value)) not in intake.said
        ]
        if new:
            connection.execute(
                "INSERT INTO attributes (user, request, json) VALUES (?, ?, ?)",
                (users[each.user], intake.request, json.dumps(new)),
            )


def _insert_events(
    connection: sqlite3.Connection, intake: Intake, events: tuple[Event, ...], users: dict[str, int]
) -> int:
    highest = connection.execute("SELECT coalesce(max(id), 0) FROM sessions").fetchone()[0]
    before = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    sessions: dict[tuple[int, str], int] = {}
    fresh: dict[int, tuple[int, str]] = {}
    find = "SELECT id FROM sessions WHERE user = ? AND device = ? AND name = ?"
    for event in events:
        user, name = key = users[event.user], event.session_id or ""
        if key in sessions:
            continue
        found = connection.execute(find, (user, intake.device, name)).fetchone()
        sessions[key] = found[0] if found else highest + len(fresh) + 1
        if not found:
            fresh[sessions[key]] = key
    connection.executemany(
        "INSERT INTO events (key, request, session, user, time, length, size, name, json)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET deliveries = deliveries + 1",
        (
            (
                *(e.key, intake.request, sessions[users[e.user], e.session_id or ""], users[e.user]),
                *(e.time, e.length, len(e.json), e.name, e.json),
            )
            for e in events
        ),
    )
    come: dict[int, int] = dict(
        connection.execute(
            "SELECT session, count(*) FROM events NOT INDEXED WHERE id > ? GROUP BY session", (before,)
        )
    )
    connection.executemany(
        "INSERT INTO sessions (id, user, device, name, application) VALUES (?, ?, ?, ?, ?)",
        # An event that is there already, of another user, brings no session.
        [(each, *_key(fresh[each], intake.device), intake.application) for each in come if each in fresh],
    )
    _count_sessions(connection, come, intake.application)
    new = sum(come.values())
    connection.execute(
        "UPDATE requests SET repeated = repeated + ? WHERE id = ?", (len(events) - new, intake.request)
    )
    return new


def _key(key: tuple[int, str], device: int) -> tuple[int, int, str]:
    user, name = key
    return user, device, name


FACTS = (
    "SELECT name, (SELECT min(time) FROM events WHERE session = s.id),"
    " (SELECT max(time) FROM events WHERE session = s.id),"
    " (SELECT min(time) FROM events WHERE session = s.id AND name = 'ss'),"
    " (SELECT max(time) FROM events WHERE session = s.id AND name = 'se'),"
    " (SELECT max(length) FROM events WHERE session = s.id AND name = 'se') FROM sessions s WHERE id = ?"
)


def _count_sessions(
    connection: sqlite3.Connection, changes: Mapping[int, int], application: int | None = None
) -> None:
    """Has sessions say what their events say.

    Args:
        changes: by session how many more events it has.
        application: the one that has just told of them, if any.
    """
    rows = []
    for session, more in changes.items():
        name, first, last, *said = connection.execute(FACTS, (session,)).fetchone()
        if first is None:
            connection.execute("DELETE FROM sessions WHERE id = ?", (session,))
            continue
        start, end, length = said if name else (None, None, None)
        begin = begin_of(start, end, length, last) if name else None
        duration = duration_of(start, end, length)
        rows.append((more, first, last, start, end, length, begin, duration, application, session))
    connection.executemany(
        "UPDATE sessions SET events = events + ?, first = ?, last = ?, start = ?, end = ?, length = ?,"
        " begin = ?, duration = ?, application = coalesce(?, application) WHERE id = ?",
        rows,
    )


def _count_users(connection: sqlite3.Connection, users: Iterable[int]) -> None:
    """Has users say what their sessions say."""
    connection.executemany(
        "UPDATE users SET last_begin = coalesce((SELECT max(begin) FROM sessions WHERE user = users.id), 0),"
        " first_start = (SELECT min(start) FROM sessions WHERE user = users.id),"
        " is_known = EXISTS (SELECT 1 FROM sessions WHERE user = users.id)"
        " OR EXISTS (SELECT 1 FROM attributes WHERE user = users.id) WHERE id = ?",
        [(user,) for user in users],
    )
