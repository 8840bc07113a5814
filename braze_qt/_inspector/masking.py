"""What tells who a user is, out of sight. Pure.

The key and signatures are not even remembered: ``RequestLog`` hides them.
"""

from __future__ import annotations

from typing import Any

MASK = "•••"
SHORTEST = 6
"""Characters of a user id whose first two tell apart rather than tell."""
PLACES = ("latitude", "longitude", "altitude")
HARMLESS = ("user_id", "custom")
"""What is no standard attribute in an object of attributes."""


def masked_id(text: str) -> str:
    """A user id, recognisable for those who know it."""
    return text[:2] + MASK if len(text) >= SHORTEST else MASK


def without_id(text: str, user_id: str) -> str:
    """A text with a user id masked; a short one only where it is all that a string of JSON says."""
    if len(user_id) >= SHORTEST:
        return text.replace(user_id, masked_id(user_id))
    return text.replace(f'"{user_id}"', f'"{MASK}"')


def masked(value: Any) -> Any:
    """A copy of an event or a whole request with user ids, aliases, standard attributes and places masked.

    Properties and custom attributes stay: to see them is what an inspector is for.
    """
    if isinstance(value, list):
        return [masked(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _masked_member(value, key, member) for key, member in value.items()}


def _masked_member(parent: dict[str, Any], key: str, member: Any) -> Any:
    if key == "user_id" and isinstance(member, str):
        return masked_id(member)
    if key == "alias" and isinstance(member, dict):
        return member | {"name": MASK}
    if key == "attributes" and isinstance(member, list):
        return [_masked_attributes(each) for each in member]
    if key == "data" and isinstance(member, dict):
        return _masked_data(str(parent.get("name")), member)
    return masked(member) if key in ("events", "respond_with") else member


def _masked_attributes(attributes: Any) -> Any:
    if not isinstance(attributes, dict):
        return attributes
    user = attributes.get("user_id")
    shown = {key: value if key in HARMLESS else MASK for key, value in attributes.items()}
    return shown | ({"user_id": masked_id(user)} if isinstance(user, str) else {})


def _masked_data(code: str, data: dict[str, Any]) -> dict[str, Any]:
    hidden = {"uae": ("a",), "lr": PLACES, "lcaa": PLACES}.get(code, ())
    return {key: MASK if key in hidden else value for key, value in data.items()}
