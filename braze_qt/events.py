"""What happened: frozen facts, and what an application can report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple


class CustomEvent(NamedTuple):
    """The application logged ``name``. ``properties`` is the text of a JSON object."""

    # No dataclass: one that is frozen takes three times as long to be made, at each event.
    name: str
    properties: str

    @property
    def code(self) -> str:
        """The event's code."""
        return "ce"

    @property
    def label(self) -> str:
        """What the event is about, in a word."""
        return self.name


@dataclass(frozen=True, slots=True)
class Purchase:
    """``quantity`` of a product at ``price`` each, a decimal with two places. ``properties`` is JSON text."""

    code: ClassVar[str] = "p"
    product_id: str
    currency: str
    price: str
    quantity: int
    properties: str

    @property
    def label(self) -> str:
        """What the event is about, in a word."""
        return self.product_id


@dataclass(frozen=True, slots=True)
class AliasAdded:
    """The user is also known as ``alias`` in the system that ``label`` names."""

    code: ClassVar[str] = "uae"
    alias: str
    label: str


@dataclass(frozen=True, slots=True)
class Located:
    """Where the user was seen last: degrees, and metres where they are known."""

    code: ClassVar[str] = "lr"
    label: ClassVar[str] = ""
    latitude: float
    longitude: float
    accuracy: float | None = None
    altitude: float | None = None
    altitude_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class AttributeEdited:
    """A custom attribute was changed in a way that depends on what it was, or that replaces a list.

    Attributes:
        edit: ``inc`` by a number, ``add`` or ``rem`` a string of a list, ``set`` the list, ``ncam`` to
            merge an object, ``lcaa`` a place, ``lcar`` no place: Braze's codes.
        key: the attribute's name.
        value: the text of a JSON value; for ``lcaa`` of an object with ``latitude`` and ``longitude``.
    """

    edit: str
    key: str
    value: str

    @property
    def code(self) -> str:
        """The event's code."""
        return self.edit

    @property
    def label(self) -> str:
        """What the event is about, in a word."""
        return self.key


@dataclass(frozen=True, slots=True)
class SubscriptionGroupChanged:
    """The user joined a subscription group or left it."""

    code: ClassVar[str] = "sgu"
    group_id: str
    subscribed: bool

    @property
    def label(self) -> str:
        """What the event is about, in a word."""
        return self.group_id


@dataclass(frozen=True, slots=True)
class FlagImpression:
    """The user has seen the feature of a flag. ``tracking`` is Braze's string for its experiment."""

    code: ClassVar[str] = "ffi"
    flag_id: str
    tracking: str

    @property
    def label(self) -> str:
        """What the event is about, in a word."""
        return self.flag_id


@dataclass(frozen=True, slots=True)
class CardAction:
    """Content cards were seen, clicked or dismissed.

    Attributes:
        action: ``cci`` seen, ``ccic`` controls that would have been seen, ``ccc`` clicked, ``ccd``
            dismissed: Braze's codes.
        card_ids: the cards.
    """

    action: str
    card_ids: tuple[str, ...]

    @property
    def code(self) -> str:
        """The event's code."""
        return self.action

    @property
    def label(self) -> str:
        """What the event is about, in a word; empty for several cards."""
        return self.card_ids[0] if len(self.card_ids) == 1 else ""


Content = (
    CustomEvent
    | Purchase
    | AliasAdded
    | Located
    | AttributeEdited
    | SubscriptionGroupChanged
    | FlagImpression
    | CardAction
)


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A session began. ``time`` is Unix time in seconds; ``user_id`` is None while anonymous."""

    code: ClassVar[str] = "ss"
    label: ClassVar[str] = ""
    session_id: str
    user_id: str | None
    time: float


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session ended at ``time`` (Unix seconds), ``duration`` seconds of it spent awake."""

    code: ClassVar[str] = "se"
    label: ClassVar[str] = ""
    session_id: str
    user_id: str | None
    time: float
    duration: float


@dataclass(frozen=True, slots=True)
class Logged:
    """The application reported ``what`` at ``time`` (Unix seconds).

    ``session_id`` is None when no session was open: the next session adopts the event.
    """

    session_id: str | None
    user_id: str | None
    time: float
    what: Content

    @property
    def code(self) -> str:
        """The event's code."""
        return self.what.code

    @property
    def label(self) -> str:
        """What the event is about, in a word."""
        return self.what.label


Fact = SessionStarted | SessionEnded | Logged


@dataclass(frozen=True, slots=True)
class AttributeSet:
    """A user's attribute has a new value, the text of a JSON value. No event: only the last one counts."""

    user_id: str | None
    key: str
    value: str
    custom: bool


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event of this run and how far it got, as ``BrazeQt.recentEvents`` lists it.

    Attributes:
        id: grows with every event; 0 until it is in the database with a session.
        name: the event's code: ``ss`` session start, ``se`` session end, ``ce`` custom event, ``p``
            purchase, and so on as ``docs/calls.md`` lists them.
        label: the custom event's name, the product, the attribute or the like; else empty.
        time: Unix seconds.
        state: ``stored``, ``sending``, ``acknowledged`` or ``set aside``.
    """

    id: int
    name: str
    label: str
    time: float
    session_id: str | None
    user_id: str | None
    state: str
