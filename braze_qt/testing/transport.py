"""Takes the place of the network: notes every request, and answers as the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from braze_qt._protocol.response import Fault, Kind, Outcome
from braze_qt._upload.transport import DATA, read_answer
from braze_qt.testing.clock import BEGINNING
from braze_qt.testing.records import RecordedRequest

NO_LIMIT = {"global_request_rate_limit": {"enabled": False}}
"""A test that flushes often would run into the rate limit, and its clock stands still."""

FLAGS_ON: dict[str, Any] = {"feature_flags": {"enabled": True, "refresh_rate_limit": 300}}
"""Feature flags are asked for where the application has installed ``FeatureFlags``."""
FLAGS_PATH = "feature_flags/sync"
CARDS_ON: dict[str, Any] = {"content_cards": {"enabled": True}}
"""Content cards are asked for where the application has installed ``ContentCards``."""
CARDS_PATH = "content_cards/sync"
CARD_KEYS = {
    "kind": "tp",
    "title": "tt",
    "text": "ds",
    "link": "u",
    "link_text": "dm",
    "image_url": "i",
    "alt_text": "image_alt",
    "aspect_ratio": "ar",
    "language": "language",
    "pinned": "p",
    "dismissible": "db",
    "viewed": "v",
    "clicked": "cl",
    "updated": "ca",
    "expires": "ea",
    "extras": "e",
}
"""What ``ContentCard`` has, and Braze's words for it."""
CARD_KINDS = {
    "classic": "text_announcement",
    "captioned_image": "captioned_image",
    "image_only": "banner_image",
    "control": "control",
}

ACCEPTANCE: tuple[int, dict[str, Any]] = (201, {"message": "success"})


class RecordingTransport:
    """A server that accepts everything, until it is told otherwise. Any thread.

    What it is told holds until it is told something else.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._reply: tuple[int, dict[str, Any]] | None = ACCEPTANCE
        self._config_time = 0
        self._flags: dict[str, dict[str, Any]] = {}
        self._cards: dict[str, dict[str, Any]] = {}
        self._cards_set = 0
        self.configure()

    # -- what it shall answer ------------------------------------------------------------------

    def accept(self) -> None:
        """From now on everything is accepted."""
        self._answer_with(*ACCEPTANCE)

    def refuse(self, status: int = 503, error: str = "refused by the test") -> None:
        """From now on nothing is taken.

        Args:
            status: the HTTP status. 400: the events are at fault; 401: the API key is; 413: they are too
                many; others, such as 429 and 503: later.
            error: what the reply names as the error.
        """
        self._answer_with(status, {"error": error})

    def refuse_signatures(self, code: int = 27, reason: str = "refused by the test") -> None:
        """From now on SDK authentication fails, of everybody but anonymous users, who do not sign.

        Args:
            code: Braze's number for what is wrong with the signature.
            reason: the same in words.
        """
        fault = {"error_code": code, "reason": reason}
        self._answer_with(201, {"error": "sdk_auth_error", "auth_error": fault})

    def disconnect(self) -> None:
        """From now on nobody can be reached."""
        with self._lock:
            self._reply = None

    def configure(self, **config: Any) -> None:
        """From now on acceptances bring this configuration of the server; a newer one replaces it whole.

        Args:
            config: the keys of Braze's ``config`` object, such as ``events_blacklist=["export"]``.
        """
        with self._lock:
            self._config_time += 1
            self._config = NO_LIMIT | FLAGS_ON | CARDS_ON | {"time": self._config_time} | config

    def set_feature_flag(
        self,
        id: str,  # noqa: A002 (Braze's word)
        enabled: bool = True,  # noqa: FBT001, FBT002 (reads well)
        properties: Mapping[str, Any] | None = None,
        *,
        images: Mapping[str, str] | None = None,
        tracking: str | None = None,
    ) -> None:
        """From the next session or refresh on there is this feature flag, for every user.

        Args:
            id: its id; a flag of the same id is replaced.
            enabled: whether it is on.
            properties: strings, numbers, booleans, aware datetimes and dictionaries, each of the type of
                Braze that it is.
            images: properties that are URLs of images.
            tracking: what an impression tells of it; None for a flag that is part of no experiment.
        """
        told = {key: _property(value) for key, value in (properties or {}).items()}
        told |= {key: {"type": "image", "value": url} for key, url in (images or {}).items()}
        with self._lock:
            self._flags[id] = {"id": id, "enabled": enabled, "properties": told, "fts": tracking}

    def remove_feature_flags(self) -> None:
        """From the next session or refresh on there is no feature flag any more."""
        with self._lock:
            self._flags.clear()

    def set_content_card(self, id: str, **values: Any) -> None:  # noqa: A002 (Braze's word)
        """From the next session or refresh on there is this content card, for every user.

        Args:
            id: its id; a card of the same id is replaced.
            values: attributes of ``braze_qt.content_cards.ContentCard`` by name. Without ``kind`` it is
                classic, without ``dismissible`` the user may dismiss it, and without ``updated`` cards that
                were set later are newer.

        Raises:
            ValueError: a card has no such attribute, or there is no such kind.
        """
        if wrong := values.keys() - CARD_KEYS:
            raise ValueError(f"a content card has no {', '.join(sorted(wrong))}")
        values = {"kind": "classic", "dismissible": True, **values}
        if values["kind"] not in CARD_KINDS:
            raise ValueError(f"kind must be one of {', '.join(CARD_KINDS)}")
        values["kind"] = CARD_KINDS[values["kind"]]
        told = {CARD_KEYS[name]: value for name, value in values.items()}
        with self._lock:
            self._cards_set += 1
            self._cards[id] = {"id": id, "ca": int(BEGINNING) + self._cards_set, **told}

    def remove_content_cards(self) -> None:
        """From the next session or refresh on there is no content card any more."""
        with self._lock:
            self._cards.clear()

    def _answer_with(self, status: int, reply: dict[str, Any]) -> None:
        with self._lock:
            self._reply = (status, reply)

    # -- what it noted -------------------------------------------------------------------------

    @property
    def requests(self) -> list[RecordedRequest]:
        """Those that have been made, in order, whatever became of them."""
        with self._lock:
            return list(self._requests)

    # -- for the upload thread ----------------------------------------------------------------------

    def post(
        self, body: bytes, headers: Mapping[str, str], path: str = DATA
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Note the request, and answer at once."""
        with self._lock:
            decoded = json.loads(body)
            outcome, answer = self._judged(decoded, path)
            accepted = outcome.kind is Kind.ACCEPTED
            # What the server says is the test's own.
            said = f"{outcome.words.partition(':')[0]}: {outcome.said}" if outcome.said else outcome.words
            self._requests.append(RecordedRequest(decoded, dict(headers), accepted, said, path))
            return outcome, answer

    def _judged(self, body: dict[str, Any], path: str) -> tuple[Outcome, Mapping[str, Any] | None]:
        if self._reply is None:
            return Outcome(Kind.OFFLINE, "disconnected by the test", fault=Fault.CONNECTION), None
        status, reply = self._reply
        if "auth_error" in reply and "user_id" not in body.get("respond_with", body):
            status, reply = ACCEPTANCE
        more: dict[str, Any] = {"config": self._config} if path == DATA else {}
        if path == FLAGS_PATH:
            more = {"feature_flags": list(self._flags.values())}
        if path == CARDS_PATH:
            times = {"last_full_sync_at": 1, "last_card_updated_at": self._cards_set}
            more = {"cards": list(self._cards.values()), "full_sync": True, **times}
        return read_answer(status, json.dumps(reply | more).encode())

    def load(self) -> bool:
        """Nothing to import."""
        return False

    def cancel(self) -> None:
        """Nothing to wake: no post ever blocks."""

    def abort(self) -> None:
        """Nothing to wake: no post ever blocks."""

    def close(self) -> None:
        """Nothing to close. The next installation goes on with the same one."""


def _property(value: Any) -> dict[str, Any]:
    """A property of a flag, as Braze sends it."""
    if isinstance(value, datetime):
        return {"type": "datetime", "value": round(value.timestamp() * 1000)}
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "boolean"),
        ((int, float), "number"),
        (str, "string"),
        (dict, "jsonobject"),
    ]
    for kind, name in kinds:
        if isinstance(value, kind):
            return {"type": name, "value": value}
    raise ValueError(f"a feature flag has no property of the type {type(value).__name__}")
