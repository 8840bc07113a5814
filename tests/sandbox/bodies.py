"""Request bodies in the shapes that SDKs were seen to send, with values of our own."""

from typing import Any

Json = dict[str, Any]

KEY = "aaaaaaaa-0000-4000-8000-000000000001"
DEVICE = "dddddddd-0000-4000-8000-000000000001"
SESSION = "55555555-0000-4000-8000-00000000000"
ADA = "ada@example.com"
T0 = 1_790_000_000.25
"""Unix seconds: some day in 2026."""
DAY = 86_400.0


def body(*events: Json, **others: Any) -> Json:
    """A body with these events; ``others`` add keys or replace them."""
    return {
        "api_key": KEY,
        "device_id": DEVICE,
        "time": int(T0),
        "sdk_version": "0.1.0",
        "app_version": "1.2.3",
        "app_version_code": "1.2.3.0",
        "events": list(events),
        **others,
    }


def event(name: str, time: float, session: int | None, user: str | None = None, **data: Any) -> Json:
    """One event; ``data`` is what it says."""
    found: Json = {"name": name, "time": time, "data": data}
    if session is not None:
        found["session_id"] = f"{SESSION}{session}"
    if user is not None:
        found["user_id"] = user
    return found


def start(time: float = T0, session: int = 1, user: str | None = None) -> Json:
    return event("ss", time, session, user)


def end(time: float, length: float, session: int = 1, user: str | None = None) -> Json:
    return event("se", time, session, user, d=length)


def custom(time: float, name: str = "opened", session: int | None = 1, user: str | None = None) -> Json:
    return event("ce", time, session, user, n=name, p={})


DESKTOP = {"os_version": "Linux", "locale": "de_DE", "time_zone": "Europe/Berlin", "resolution": "1920x1080"}

FIRST_REQUEST = body(
    start(),
    device={"browser": "Some Browser", "os_version": "Linux", "locale": "en-us", "user_agent": "Mozilla/5.0"},
    respond_with={"triggers": True, "config": {"config_time": 0}},
    sdk_metadata=["npm"],
)
"""What a Web SDK sends first of all."""

WITHOUT_DEVICE = {name: value for name, value in body(start()).items() if name not in ("app_version_code",)}
"""The smallest body of a shipped product: one event, no ``device``, no ``respond_with``."""

USER_CHANGE = body(
    custom(T0 + 0.5, "as anonymous"),
    end(T0 + 1.25, 1.25),
    start(T0 + 1.33, 2, ADA),
    respond_with={"triggers": True, "user_id": ADA, "config": {"config_time": 0}},
    attributes=[{"user_id": ADA, "custom": {"colour": "blue", "gone": None, "list": [{"k": 1}]}}],
)
"""An anonymous session ends, and the one of a known user begins, in one request."""

ROLL_OVER = body(end(T0 + 10, 10), start(T0 + 26.5, 2), custom(T0 + 26.503, "wakes", 2))
"""The end of an old session, found out by the event that begins the next."""

EVERY_CODE = body(
    start(),
    event("p", T0 + 1, 1, pid="sku-1", c="EUR", p="10.00", q=3, pr={"gift": False}),
    event("inc", T0 + 2, 1, key="visits", value=-1),
    event("lr", T0 + 3, 1, latitude=52.5, longitude=13.4),
    event("ie", T0 + 4, 1, e="internal error"),
    event("zzz", T0 + 5, 1, anything=[1, {"two": None}]),
)
