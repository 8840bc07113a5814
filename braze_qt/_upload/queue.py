"""Events out: what to send, and what became of it."""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from braze_qt._protocol import payload
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder.recorder import Recorder
from braze_qt._storage.journal_database import Database
from braze_qt._storage.outbox import Choice, Outbox
from braze_qt._upload.policy import cut_attributes, cut_batch
from braze_qt.errors import StoreError

logger: logging.Logger = logging.getLogger(__name__)

PORTION = 50
"""Acknowledged events deleted in one go: some 100 µs, which is all that another thread can be kept
waiting for the lock by a deletion."""
PAUSE = 0.000_5
"""Seconds between two portions. A lock is not fair: taken again at once, it would keep whoever waits
for it waiting for all portions."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes into one request, of one user at most.

    Attributes:
        count: the number of events and attributes.
        last: the id of the last event, 0 for none.
        last_attribute: the id of the last attribute, 0 for none.
        alias: the name and label by which an anonymous user is known.
        signature: the user's JSON Web Token, where the application gave one.
        events: the events' texts, joined.
        attributes: the attributes' text.
        more: whether a limit kept others out of it.
    """

    device_id: str
    last: int
    last_attribute: int
    count: int
    user_id: str | None
    alias: tuple[str, str] | None
    signature: str | None
    events: str
    attributes: str
    more: bool


class SendQueue:
    """Which rows go into a request, and their deletion. For the thread that sends."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._device_id = self._recorder.device_id
        self._done: dict[str | None, int] = {}
        self._done_attributes: dict[str | None, int] = {}

    @property
    def _signed(self) -> bool:
        """Whether SDK authentication is in use, by this process or by another."""
        return self._recorder.is_signed

    def _choice(self) -> Choice:
        """What may be sent: with SDK authentication nothing of a user who cannot sign."""
        with self._recorder.lock:
            if self._device_id != self._recorder.device_id:
                self._begin_anew()  # everything was wiped
            users = tuple(self._recorder.signatures) if self._signed else None
            return Choice(users, tuple(_pairs(self._done)), tuple(_pairs(self._done_attributes)))

    def waiting(self) -> bool:
        """Whether there is anything to send."""
        choice = self._choice()
        with self._recorder.reader() as reader:
            return bool(reader.waiting(choice, 1) or reader.first_user(choice))

    def batch(self, limit: int) -> Batch | None:
        """What to send next, at most so many events and attributes; None for nothing.

        Reads through a connection of its own. What a damaged disk has garbled is set aside before.
        """
        while True:
            with self._recorder.reader() as reader:
                found = self._read_batch(reader, limit)
                if isinstance(found, Batch) and reader.remembered("device_id") != found.device_id:
                    self._recorder.refresh()  # another process has wiped what was there
                    return None
            if not isinstance(found, list):
                return found
            self._put_away(found)

    def _read_batch(self, reader: Outbox, limit: int) -> Batch | list[tuple[bool, int]] | None:
        """A batch, or what is unreadable: whether it is an attribute, and its id."""
        device_id, choice, signed = self._recorder.device_id, self._choice(), self._signed
        if unreadable := reader.unreadable(limit):
            return [(False, row_id) for row_id in unreadable]
        rows = reader.waiting(choice, limit + 1)
        count, last, size, user_id = cut_batch((row[:3] for row in rows[:limit]), signed=signed)
        first = reader.first_user(choice)
        if not count:
            if first is None:
                return None
            (user_id,) = first
        values = reader.attributes(choice, user_id, limit + 1 - count) if first else []
        if unreadable := [row_id for row_id, *_, value in values if value is None]:
            return [(True, row_id) for row_id in unreadable]
        taken = cut_attributes((row[1] for row in values[: limit - count]), size)
        last_attribute = values[taken - 1][0] if taken else 0
        done = (*choice.done_attributes, (last_attribute, user_id))
        others = first and reader.first_user(dataclasses.replace(choice, done_attributes=done))
        told = [(bool(custom), key, value or "") for _, _, custom, key, value in values[:taken]]
        return Batch(
            device_id=device_id,
            last=last,
            last_attribute=last_attribute,
            count=count + taken,
            user_id=user_id,
            alias=self._recorder.alias if user_id is None and not signed else None,
            signature=self._recorder.signatures.get(user_id or ""),
            events=reader.texts(choice, last) if count else "",
            attributes=payload.attributes_text(user_id, told) if taken else "",
            more=len(rows) > count or bool(others),
        )

    def _put_away(self, unreadable: list[tuple[bool, int]]) -> None:
        """Set aside events and attributes that a damaged disk has garbled."""

        def move(database: Database) -> None:
            for is_attribute, row_id in unreadable:
                database.set_aside(row_id, "unreadable", attribute=is_attribute)
            database.add_lost(len(unreadable))

        self._recorder.when_free(move)
        logger.warning("%d stored events cannot be read any more and are set aside", len(unreadable))

    def sending(self, batch: Batch | None) -> None:
        """This batch is on its way; None for nothing."""
        with self._recorder.lock:
            self._recorder.history.sending(*((batch.last, batch.user_id) if batch else (0, None)))

    def is_described(self, user_id: str | None, device: Mapping[str, str]) -> bool:
        """Whether the server knows this device, as it is now, with this user already."""
        return bool(self._recorder.described == [user_id, dict(device)])

    def acknowledge(
        self,
        batch: Batch,
        device: Mapping[str, str] | None,
        server: ServerConfig | None,
    ) -> None:
        """Delete what was accepted, in portions, and remember what the server knows and said.

        Args:
            device: what the request said of the device, None for nothing.
            server: what the server decides from now on, None for nothing new.
        """
        if self._recorder.has_unmerged:  # attributes that were identified meanwhile are sent again
            self._recorder.merge_all()

        def note(database: Database) -> bool:
            if self._is_foreign(batch, database):
                return True
            self._settle(batch)
            self._recorder.history.acknowledged(batch.last, batch.user_id)
            if device is not None:
                self._recorder.described = [batch.user_id, dict(device)]
                database.put("described", json.dumps(self._recorder.described))
            if server is not None:
                self._recorder.server = server
                database.put("server", server.text())
            return self._delete_portion(batch, database)

        try:
            if not self._recorder.when_free(note):
                self._delete_rest(batch)
        except StoreError as error:
            with self._recorder.lock:
                if batch.device_id == self._recorder.device_id:
                    self._settle(batch)
                    self._recorder.history.acknowledged(batch.last, batch.user_id)
                self._recorder.report(error)

    def _is_foreign(self, batch: Batch, database: Database) -> bool:
        """Whether everything was wiped meanwhile, by this process or by another."""
        return batch.device_id != database.meta().get("device_id")

    def _settle(self, batch: Batch) -> None:
        """Never send it again, even if the disk does not let go of it."""
        if batch.last:
            self._done[batch.user_id] = batch.last
        if batch.last_attribute:
            self._done_attributes[batch.user_id] = batch.last_attribute

    def _delete_portion(self, batch: Batch, database: Database) -> bool:
        """Delete some of what was accepted, in a transaction; answers whether nothing of it is left."""
        if database.discard(batch.last, batch.user_id, PORTION) == PORTION:
            return False
        if batch.last_attribute:
            database.discard_attributes(batch.last_attribute, batch.user_id)
        self._done.pop(batch.user_id, None)
        self._done_attributes.pop(batch.user_id, None)
        return True

    def _delete_rest(self, batch: Batch) -> None:
        def portion(database: Database) -> bool:
            return self._is_foreign(batch, database) or self._delete_portion(batch, database)

        while True:
            time.sleep(PAUSE)  # noqa: TID251  # lets another thread have the lock
            if self._recorder.when_free(portion):
                return

    def set_aside(self, batch: Batch, reason: str) -> None:
        """Take the one event or attribute of this batch out of the way: it was refused again and again."""

        def move(database: Database) -> None:
            if self._is_foreign(batch, database):
                return
            self._settle(batch)
            self._recorder.history.set_aside(batch.last)
            database.set_aside(batch.last or batch.last_attribute, reason, attribute=not batch.last)
            database.add_lost(1)
            logger.warning("an event was refused again and again and is set aside: %s", reason)

        try:
            self._recorder.when_free(move)
        except StoreError as error:
            with self._recorder.lock:
                self._recorder.report(error)


def _pairs(done: Mapping[str | None, int]) -> Iterator[tuple[int, str | None]]:
    return ((last, user_id) for user_id, last in done.items())
