"""The present user: attributes, aliases, subscriptions, place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from PySide6.QtCore import Property, QObject, Signal

from braze_qt._qt.guard import public_slot
from braze_qt._qt.scheduler import Scheduler
from braze_qt._recorder.recorder import Recorder
from braze_qt._validation import fields, json_values
from braze_qt.errors import ArgumentError
from braze_qt.events import AliasAdded, AttributeEdited, Located, SubscriptionGroupChanged

AttributeValue = str | float | bool | datetime | list[str] | Mapping[str, Any] | list[Mapping[str, Any]]


class BrazeUser(QObject):
    """``BrazeQt.user``. Every slot may be called from any thread, and returns False, with one warning,
    for an argument that is not allowed, and False while disabled. What it took survives a crash.

    Strings have at most 255 characters. None clears where it is allowed. Of attributes that are set
    only the last value before a sending goes out; edits (increments, lists, merges, places) are
    events, which all go out.

    Signals:
        changed: it is another user now.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, scheduler: Scheduler, tracker: Recorder, parent: QObject) -> None:
        """Use ``BrazeQt.user``."""
        super().__init__(parent)
        self._scheduler = scheduler
        self._tracker = tracker

    id: str = cast(str, Property(str, lambda self: self._tracker.tracking.user_id or "", notify=changed))
    isAnonymous: bool = cast(
        bool, Property(bool, lambda self: self._tracker.tracking.user_id is None, notify=changed)
    )

    # -- who it is -----------------------------------------------------------------------------

    @public_slot
    def addAlias(self, alias: str, label: str) -> bool:
        """The user is also known as ``alias`` in the system that ``label`` names."""
        return self._scheduler.log(
            AliasAdded(fields.checked_name("alias", alias), fields.checked_name("label", label))
        )

    @public_slot
    def setFirstName(self, first_name: str | None) -> bool:
        """The first name; None clears it."""
        return self._set("first_name", first_name, fields.checked_string)

    @public_slot
    def setLastName(self, last_name: str | None) -> bool:
        """The last name; None clears it."""
        return self._set("last_name", last_name, fields.checked_string)

    @public_slot
    def setEmail(self, email: str | None) -> bool:
        """The address: one ``@``, a dot behind it, no blanks; None clears it."""
        return self._set("email", email, fields.checked_email)

    @public_slot
    def setGender(self, gender: str | None) -> bool:
        """``m`` male, ``f`` female, ``o`` other, ``n`` not applicable, ``p`` prefers not to say, ``u``
        unknown; None clears it.
        """
        return self._set("gender", gender, fields.checked_gender)

    @public_slot
    def setDateOfBirth(self, year: int | None, month: int | None, day: int | None) -> bool:
        """A date of the Gregorian calendar, months from 1; None three times clears it."""
        numbers = [fields.whole(number) for number in (year, month, day)]
        born = None if numbers == [None, None, None] else fields.birth_text(*numbers)
        return self._standard("dob", json_values.json_text(born))

    @public_slot
    def setCountry(self, country: str | None) -> bool:
        """The country, best as a code of ISO 3166-1 such as ``DE``; None clears it."""
        return self._set("country", country, fields.checked_string)

    @public_slot
    def setLanguage(self, language: str | None) -> bool:
        """The language, best as a code of ISO 639-1 such as ``de``; None clears it."""
        return self._set("language", language, fields.checked_string)

    @public_slot
    def setHomeCity(self, home_city: str | None) -> bool:
        """The home city; None clears it."""
        return self._set("home_city", home_city, fields.checked_string)

    @public_slot
    def setPhoneNumber(self, phone_number: str | None) -> bool:
        """Digits, blanks and ``.()+-``; None clears it."""
        return self._set("phone", phone_number, fields.checked_phone)

    # -- what it wants to get ------------------------------------------------------------------

    @public_slot
    def setEmailNotificationSubscriptionType(self, subscription: str) -> bool:
        """``opted_in``, ``subscribed`` or ``unsubscribed``."""
        return self._subscribe("email_subscribe", subscription)

    @public_slot
    def setPushNotificationSubscriptionType(self, subscription: str) -> bool:
        """``opted_in``, ``subscribed`` or ``unsubscribed``."""
        return self._subscribe("push_subscribe", subscription)

    @public_slot
    def addToSubscriptionGroup(self, group_id: str) -> bool:
        """Join a subscription group, named by its id in the dashboard."""
        return self._scheduler.log(SubscriptionGroupChanged(fields.checked_name("group_id", group_id), True))

    @public_slot
    def removeFromSubscriptionGroup(self, group_id: str) -> bool:
        """Leave a subscription group."""
        return self._scheduler.log(SubscriptionGroupChanged(fields.checked_name("group_id", group_id), False))

    # -- where it is ---------------------------------------------------------------------------

    @public_slot
    def setLastKnownLocation(
        self,
        latitude: float,
        longitude: float,
        accuracy: float | None = None,
        altitude: float | None = None,
        altitudeAccuracy: float | None = None,  # noqa: N803
    ) -> bool:
        """Degrees (-90 to 90, -180 to 180), and metres where they are known."""
        place = _place(latitude, longitude)
        metres = [
            None if value is None else fields.checked_number(name, value, low, 1e7)
            for name, value, low in (
                ("accuracy", accuracy, 0.0),
                ("altitude", altitude, -1e7),
                ("altitudeAccuracy", altitudeAccuracy, 0.0),
            )
        ]
        return self._scheduler.log(Located(*place, *metres))

    @public_slot
    def setLocationCustomAttribute(self, key: str, latitude: float, longitude: float) -> bool:
        """A place as a custom attribute, in degrees."""
        place = dict(zip(("latitude", "longitude"), _place(latitude, longitude), strict=True))
        return self._edit("lcaa", key, json_values.attribute_text(place))

    @public_slot
    def unsetLocationCustomAttribute(self, key: str) -> bool:
        """Forget a place."""
        return self._edit("lcar", key, "")

    # -- custom attributes ---------------------------------------------------------------------

    @public_slot
    def setCustomAttribute(
        self,
        key: str,
        value: AttributeValue,
        merge: bool | None = False,  # noqa: FBT001, FBT002 (Braze's own argument)
    ) -> bool:
        """A custom attribute.

        Args:
            key: 1 to 255 characters, no control characters, no double quotes, no ``$`` in front.
            value: a string, a number, a boolean, a datetime, a list of strings, an object or a list
                of objects (at most 76,800 bytes of JSON and 50 levels). It is copied.
            merge: change only the keys that are in ``value``, an object, of the object that is there.
        """
        if not isinstance(merge, bool | None):
            raise ArgumentError("merge must be True or False")
        if merge:
            if not isinstance(value, Mapping):
                raise ArgumentError("only a mapping can be merged")
            return self._edit("ncam", key, json_values.attribute_text(value))
        if json_values.is_list_of_strings(value):
            return self._edit("set", key, json_values.strings_text(value))
        text = json_values.attribute_text(value)
        return self._scheduler.set_attribute(self._custom_key(key), text, custom=True)

    @public_slot
    def unsetCustomAttribute(self, key: str) -> bool:
        """Forget a custom attribute."""
        return self._scheduler.set_attribute(self._custom_key(key), "null", custom=True)

    @public_slot
    def incrementCustomAttribute(self, key: str, by: int | None = 1) -> bool:
        """Add a whole number, which may be negative; None stands for 1."""
        number = fields.checked_integer("by", 1 if by is None else fields.whole(by))
        return self._edit("inc", key, json_values.json_text(number))

    @public_slot
    def addToCustomAttributeArray(self, key: str, value: str) -> bool:
        """Add a string to a list of strings."""
        return self._edit("add", key, json_values.json_text(fields.checked_string("value", value)))

    @public_slot
    def removeFromCustomAttributeArray(self, key: str, value: str) -> bool:
        """Remove a string from a list of strings."""
        return self._edit("rem", key, json_values.json_text(fields.checked_string("value", value)))

    # -- inside --------------------------------------------------------------------------------

    def _set(self, key: str, value: Any, check: Callable[[str, Any], str]) -> bool:
        return self._standard(key, json_values.json_text(None if value is None else check(key, value)))

    def _subscribe(self, key: str, subscription: str) -> bool:
        chosen = fields.checked_choice("subscription", subscription, fields.SUBSCRIPTIONS)
        return self._standard(key, json_values.json_text(chosen))

    def _standard(self, key: str, text: str) -> bool:
        return self._scheduler.set_attribute(key, text, custom=False)

    def _edit(self, edit: str, key: str, text: str) -> bool:
        return self._scheduler.log(AttributeEdited(edit, self._custom_key(key), text))

    def _custom_key(self, key: str) -> str:
        key = fields.checked_name("key", key)
        if key in self._tracker.server.blocked_attributes:
            raise ArgumentError(f"{key!r} is blocked by Braze")
        return key


def _place(latitude: float, longitude: float) -> tuple[float, float]:
    return (
        fields.checked_number("latitude", latitude, -90, 90),
        fields.checked_number("longitude", longitude, -180, 180),
    )
