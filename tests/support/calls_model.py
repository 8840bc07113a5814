"""Two accounts of what was reported: of whoever made the calls, and of whoever was sent the requests.

Neither knows anything of how the SDK works.
"""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from braze_qt._protocol.response import Kind, Outcome
from braze_qt._session.state import Input
from tests.support.session_model import NOTHING, Moment, Rules

STANDARD = {
    "setFirstName": "first_name",
    "setLastName": "last_name",
    "setCountry": "country",
    "setLanguage": "language",
    "setHomeCity": "home_city",
    "setEmail": "email",
    "setGender": "gender",
    "setPhoneNumber": "phone",
    "setEmailNotificationSubscriptionType": "email_subscribe",
    "setPushNotificationSubscriptionType": "push_subscribe",
}
"""Calls whose one argument is the value of an attribute of Braze's own."""


def exact(value: Any) -> str:
    """JSON in which 1, 1.0 and true stay apart."""
    return json.dumps(value, sort_keys=True)


@dataclass
class Person:
    """Attributes as they stand, and what edits have made of others."""

    attributes: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    merged: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    places: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, bool] = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)

    def count(self, key: str, by: int) -> None:
        self.counters[key] = self.counters.get(key, 0) + by

    def list(self, key: str, values: Sequence[str]) -> None:
        self.lists[key] = [*values]

    def add(self, key: str, value: str) -> None:
        self.lists[key] = [*self.lists.get(key, []), value]

    def remove(self, key: str, value: str) -> None:
        self.lists[key] = [item for item in self.lists.get(key, []) if item != value]

    def merge(self, key: str, value: dict[str, Any]) -> None:
        self.merged[key].update(value)

    def place(self, key: str, place: dict[str, float] | None) -> None:
        self.places[key] = place

    def join(self, group: str, *, joined: bool) -> None:
        self.groups[group] = joined

    def know(self, alias: str, label: str) -> None:
        self.aliases.append((alias, label))


Edit = Callable[[Person], object]


def nothing(person: Person) -> None:
    """What most events make of a person."""


@dataclass(frozen=True)
class Said:
    """One event: ``session`` is a number for whoever called, an id for whoever was sent it."""

    user: str | None
    alias: tuple[str, str] | None
    code: str
    data: str
    session: object


# -- of whoever made the calls ---------------------------------------------------------------------


def as_json(value: Any) -> Any:
    """What a value is in JSON, told a second time."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()[:19]
    if isinstance(value, Mapping):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (Decimal, float)):
        number = float(value)
        return int(number) if number == int(number) and abs(number) <= 2**53 else number
    return [as_json(item) for item in value] if isinstance(value, (list, tuple)) else value


def properties(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: as_json(value) for name, value in (given or {}).items() if value is not None}


class Timeless:
    """A clock for sessions that end by no timeout."""

    boot_id = ""
    boot = NOTHING

    def moment(self) -> Moment:
        return Moment(NOTHING, NOTHING, NOTHING, NOTHING)


class Model(Rules):
    """What has happened. ``nobody`` holds what an anonymous user was told and no reply has confirmed."""

    def __init__(self) -> None:
        super().__init__(Timeless())
        self.ever_signed = False
        self.forget()
        self.begin()

    def forget(self) -> None:
        self.said: list[Said] = []
        self.held: list[tuple[Said, Edit]] = []
        self.people: dict[str | None, Person] = defaultdict(Person)
        self.nobody: dict[str, tuple[Any]] = {}
        self.alias: tuple[str, str] | None = None
        self.signatures: dict[str, str] = {}

    def begin(self, timeout: float = 1, *, consent: bool = True, process: int = 0) -> None:
        super().begin(timeout, consent=consent, process=process)
        self.signatures = {}

    def save(self) -> None:
        user = self.known.user
        if user is not None:
            known = {key: value for key, (value,) in self.nobody.items()}
            self.people[user].attributes = known | self.people[user].attributes
            self.nobody, self.alias = {}, None
        super().save()

    def start(self) -> None:
        super().start()
        self.say("ss", {})
        for said, edit in self.held:
            self.said.append(replace(said, session=len(self.sessions)))
            edit(self.people[said.user])
        self.held = []

    def end(self, end: Moment) -> None:
        self.say("se", {})
        super().end(end)

    def wipe(self) -> None:
        self.forget()
        super().wipe()

    # Users

    def sign(self, user: str, signature: str) -> None:
        self.signatures[user] = signature
        self.ever_signed = True
        self.feed(Input.CHANGE_USER, user=user)

    def give_up(self, user: str | None) -> None:
        """Whose signature is refused is passed by, unless he is the present user or the only one to sign."""
        if user != self.known.user and len(self.signatures) > 1:
            self.signatures.pop(user or "", None)

    def confirm(self, before: dict[str, tuple[Any]], keys: Sequence[str]) -> None:
        """It is known of nobody in particular; whoever nobody becomes will not be told."""
        for key in keys:
            if key in self.nobody and self.nobody[key] is before.get(key):
                (self.people[None].attributes[key],) = self.nobody.pop(key)

    # Calls

    def take(self, name: str, args: tuple[Any, ...]) -> None:
        """A call that was answered with True."""
        args = copy.deepcopy(args)
        if name == "changeUser":
            self.feed(Input.CHANGE_USER, user=args[0])
        elif name in STANDARD:
            self.set(STANDARD[name], args[0])
        elif name == "setDateOfBirth":
            self.set("dob", None if args[0] is None else "-".join(str(int(number)) for number in args))
        else:
            getattr(self, name)(*args)

    def set(self, key: str, value: Any) -> None:
        if self.known.user is None:
            self.nobody[key] = (value,)
        else:
            self.people[self.known.user].attributes[key] = value

    def say(self, code: str, data: Any, edit: Edit = nothing) -> None:
        """An event, and what it makes of whoever it is about once it has a session."""
        user, session = self.known.user, len(self.sessions) if self.known.session else None
        alias = self.alias if user is None and not self.signatures else None
        said = Said(user, alias, code, exact(data), session)
        if session is None:
            self.held.append((said, edit))
        else:
            self.said.append(said)
            edit(self.people[said.user])

    def logCustomEvent(self, name: str, given: Any) -> None:
        self.say("ce", {"n": name, "p": properties(given)})

    def logPurchase(self, product: str, currency: str, price: Any, quantity: float, given: Any) -> None:
        cents = Decimal(str(price)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        data = {
            "pid": product,
            "c": currency.upper(),
            "p": str(cents or abs(cents)),
            "q": 1 if quantity is None else int(quantity),
        }
        self.say("p", {**data, "pr": properties(given)})

    def setCustomAttribute(self, key: str, value: Any, merge: bool = False) -> None:  # noqa: FBT001, FBT002
        told = as_json(value)
        if merge:
            self.say("ncam", {"key": key, "value": told}, lambda person: person.merge(key, told))
        elif isinstance(told, list) and all(isinstance(item, str) for item in value):
            self.say("set", {"key": key, "value": told}, lambda person: person.list(key, told))
        else:
            self.set(f"custom {key}", told)

    def unsetCustomAttribute(self, key: str) -> None:
        self.set(f"custom {key}", None)

    def incrementCustomAttribute(self, key: str, by: float) -> None:
        number = 1 if by is None else int(by)
        self.say("inc", {"key": key, "value": number}, lambda person: person.count(key, number))

    def addToCustomAttributeArray(self, key: str, value: str) -> None:
        self.say("add", {"key": key, "value": value}, lambda person: person.add(key, value))

    def removeFromCustomAttributeArray(self, key: str, value: str) -> None:
        self.say("rem", {"key": key, "value": value}, lambda person: person.remove(key, value))

    def setLocationCustomAttribute(self, key: str, latitude: float, longitude: float) -> None:
        place = as_json({"latitude": float(latitude), "longitude": float(longitude)})
        self.say("lcaa", {"key": key, **place}, lambda person: person.place(key, place))

    def unsetLocationCustomAttribute(self, key: str) -> None:
        self.say("lcar", {"key": key}, lambda person: person.place(key, None))

    def setLastKnownLocation(self, latitude: float, longitude: float, accuracy: float | None) -> None:
        place = {"latitude": float(latitude), "longitude": float(longitude)}
        place |= {} if accuracy is None else {"ll_accuracy": float(accuracy)}
        self.say("lr", place, lambda person: person.place("", place))

    def addToSubscriptionGroup(self, group: str) -> None:
        data = {"group_id": group, "status": "subscribed"}
        self.say("sgu", data, lambda person: person.join(group, joined=True))

    def removeFromSubscriptionGroup(self, group: str) -> None:
        data = {"group_id": group, "status": "unsubscribed"}
        self.say("sgu", data, lambda person: person.join(group, joined=False))

    def addAlias(self, alias: str, label: str) -> None:
        if self.known.user is None:
            self.alias = (alias, label)
        self.say("uae", {"a": alias, "l": label}, lambda person: person.know(alias, label))


# -- of whoever was sent the requests --------------------------------------------------------------

EDITS: dict[str, Callable[[Person, dict[str, Any]], object]] = {
    "inc": lambda person, data: person.count(data["key"], data["value"]),
    "set": lambda person, data: person.list(data["key"], data["value"]),
    "add": lambda person, data: person.add(data["key"], data["value"]),
    "rem": lambda person, data: person.remove(data["key"], data["value"]),
    "ncam": lambda person, data: person.merge(data["key"], data["value"]),
    "lcaa": lambda person, data: person.place(data.pop("key"), data),
    "lcar": lambda person, data: person.place(data["key"], None),
    "lr": lambda person, data: person.place("", data),
    "sgu": lambda person, data: person.join(data["group_id"], joined=data["status"] == "subscribed"),
    "uae": lambda person, data: person.know(data["a"], data["l"]),
}


class Killed(BaseException):
    """The process is gone in the middle of a request."""


REPLIES = {
    "took": Outcome(Kind.ACCEPTED, "201"),
    "took, reply lost": Outcome(Kind.RETRY, "silence"),
    "took, killed": None,
    "killed": None,
    "not reached": Outcome(Kind.OFFLINE, "no network"),
    "busy": Outcome(Kind.RETRY, "503"),
    "too large": Outcome(Kind.TOO_LARGE, "413"),
    "signature refused": Outcome(Kind.UNAUTHORISED, "201", signature_fault=(22, "JWT expired")),
}


class Receiver:
    """Stands where the transport does. ``plan`` says how the next requests fare; then all is well.

    ``meanwhile`` happens while the next request is under way.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.plan: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.forget()

    def forget(self) -> None:
        self.said: dict[str, Said] = {}
        self.done: set[str] = set()
        self.people: dict[str | None, Person] = defaultdict(Person)

    def load(self) -> bool:
        return False

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[Outcome, None]:
        told = json.loads(body)
        events, attributes = told.get("events", []), told.get("attributes", [])
        assert events or attributes
        signature = headers.get("X-Braze-Auth-Signature")
        self.check_users(told, signature)
        came = {exact([event[name] for name in ("session_id", "name", "time", "data")]) for event in events}
        assert len(came) == len(events), "two events that nobody can tell apart"
        assert not self.done & came, "acknowledged, and sent again"
        fate = self.plan.pop(0) if self.plan else "took"
        if fate == "signature refused" and signature is None:
            fate = "busy"
        if fate.startswith("took"):
            self.take(events, attributes)
        nobody, done = dict(self.model.nobody), self.done
        self.meanwhile()
        reply = REPLIES[fate]
        if reply is None:
            raise Killed
        if reply.kind is Kind.ACCEPTED and self.done is done:  # and was not wiped meanwhile
            done |= came
            self.model.confirm(
                nobody, [key for one in attributes if "user_id" not in one for key in flat(one)]
            )
        if reply.signature_fault:
            self.model.give_up(told["respond_with"].get("user_id"))
        return reply, None

    def check_users(self, told: dict[str, Any], signature: str | None) -> None:
        present = {one.get("user_id") for one in told.get("events", []) + told.get("attributes", [])}
        assert len(present - {None}) <= 1, "two users in one request"
        (user,) = present - {None} or {None}
        assert told["respond_with"].get("user_id") == user
        signatures = self.model.signatures
        assert signature == signatures.get(user or "")
        if signatures:
            assert len(present) == 1
            assert user is None or user in signatures
            assert "alias" not in told

    def take(self, events: list[dict[str, Any]], attributes: list[dict[str, Any]]) -> None:
        for event in events:
            alias = event.get("alias")
            pair = (alias["name"], alias["label"]) if alias else None
            code, data = event["name"], {} if event["name"] == "se" else event["data"]
            said = Said(event.get("user_id"), pair, code, exact(data), event["session_id"])
            key = exact([event[name] for name in ("session_id", "name", "time", "data")])
            if key not in self.said and code in EDITS:
                EDITS[code](self.people[said.user], data)
            assert self.said.setdefault(key, said) == said
        for one in attributes:
            self.people[one.get("user_id")].attributes |= flat(one)

    def abort(self) -> None: ...

    def close(self) -> None: ...


def flat(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes of one user, Braze's own and others, by one name each."""
    standard = {key: value for key, value in attributes.items() if key not in ("user_id", "custom")}
    return standard | {f"custom {key}": value for key, value in attributes.get("custom", {}).items()}
