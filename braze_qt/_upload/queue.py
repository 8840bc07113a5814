"""Events out: what to send, and what became of it."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from braze_qt._protocol import payload
from braze_qt._protocol.server_config import ServerConfig
from braze_qt._recorder.recorder import Recorder
from braze_qt._recorder.store import Store
from braze_qt._storage.journal_database import Database
from braze_qt._storage.outbox import Choice, Outbox, Waiting
from braze_qt._upload.policy import MAX_BYTES, cut_attributes, cut_batch
from braze_qt.errors import StoreError

logger: logging.Logger = logging.getLogger(__name__)


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
        self._waiting: Waiting | None = None
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
        with self._recorder.store.reading() as outbox:
            waiting = self._waiting = outbox.waiting(choice)
        return bool(waiting)

    def batch(self, limit: int) -> Batch | None:
        """What to send next, at most so many events and attributes; None for nothing.

        What a damaged disk has garbled is set aside before.
        """
        while True:
            with self._recorder.store.reading() as outbox:
                found, device_id = self._read_batch(outbox, limit)
            if isinstance(found, Batch) and device_id != found.device_id:
                self._recorder.refresh()  # another process has wiped what was there
                return None
            if not isinstance(found, list):
                return found
            self._put_away(found)

    def _read_batch(self, outbox: Outbox, limit: int) -> tuple[Batch | list[tuple[bool, int]] | None, object]:
        """A batch, or what is unreadable: whether it is an attribute, and its id. And whose the rows are: the
        device id.
        """
        device_id, choice, signed = self._recorder.device_id, self._choice(), self._signed
        waiting, self._waiting = self._waiting or outbox.waiting(choice), None  # as it was seen just now
        run = outbox.run(choice, limit if waiting.events else 0)
        if not run.is_plain or run.size > MAX_BYTES:
            rows = outbox.rows(choice, limit)
            if unreadable := [row_id for row_id, *_, is_whole in rows if not is_whole]:
                return [(False, row_id) for row_id in unreadable], None
            run = outbox.run(choice, limit, cut_batch((row[:3] for row in rows), signed=signed)[1])
        count, last, user_id = run.events, run.last or 0, run.user_id
        first = waiting.attributes
        if not count:
            if first is None:
                return None, None
            (user_id,) = first
        values = outbox.attributes(choice, user_id, limit + 1 - count) if first else []
        if unreadable := [row_id for row_id, *_, value in values if value is None]:
            return [(True, row_id) for row_id in unreadable], None
        if not (count or values):
            return None, None  # a merge has given them to another user meanwhile
        taken = cut_attributes((row[1] for row in values[: limit - count]), int(run.size))
        last_attribute = values[taken - 1][0] if taken else 0
        done = (*choice.done_attributes, (last_attribute, user_id))
        others = first and outbox.waiting(dataclasses.replace(choice, done_attributes=done)).attributes
        told = [(bool(custom), key, value or "") for _, _, custom, key, value in values[:taken]]
        batch = Batch(
            device_id=device_id,
            last=last,
            last_attribute=last_attribute,
            count=count + taken,
            user_id=user_id,
            alias=self._recorder.alias if user_id is None and not signed else None,
            signature=self._recorder.signatures.get(user_id or ""),
            events=run.texts or "",
            attributes=payload.attributes_text(user_id, told) if taken else "",
            more=last < (run.newest or 0) or bool(others),
        )
        # Once all is read: another process may wipe in between.
        return batch, outbox.remembered("device_id") if first else run.device_id

    def _put_away(self, unreadable: list[tuple[bool, int]]) -> None:
        """Set aside events and attributes that a damaged disk has garbled."""

        def move(database: Database) -> None:
            for is_attribute, row_id in unreadable:
                database.set_aside(row_id, "unreadable", attribute=is_attribute)
            database.add_lost(len(unreadable))

        self._recorder.store.when_free(move)
        logger.warning("%d stored events cannot be read any more and are set aside", len(unreadable))

    def sending(self, batch: Batch | None) -> None:
        """This batch is on its way; None for nothing."""
        with self._recorder.lock:
            self._recorder.history.sending(*((batch.last, batch.user_id) if batch else (0, None)))

    def is_described(self, user_id: str | None, device: Mapping[str, str]) -> bool:
        """Whether the server knows this device, as it is now, with this user already."""
        return bool(self._recorder.store.known.described == [user_id, dict(device)])

    def acknowledge(
        self,
        batch: Batch,
        device: Mapping[str, str] | None,
        server: ServerConfig | None,
    ) -> None:
        """Delete what was accepted, and remember what the server knows and said, in one transaction.

        Args:
            device: what the request said of the device, None for nothing.
            server: what the server decides from now on, None for nothing new.
        """
        if self._recorder.has_unmerged:  # attributes that were identified meanwhile are sent again
            self._recorder.merge_all()

        store = self._recorder.store

        def note(database: Database) -> None:
            if self._is_foreign(batch, database):
                return
            self._mark_done(batch)
            self._recorder.history.acknowledged(batch.last, batch.user_id)
            if device is not None:
                described = [batch.user_id, dict(device)]
                store.learn(described=described)
                database.put("described", json.dumps(described))
            if server is not None:
                store.learn(server=server)
                database.put("server", server.text())
            self._delete(batch, database)

        try:
            store.when_free(note)
        except StoreError as error:
            with self._recorder.lock:
                if batch.device_id == self._recorder.device_id:
                    self._mark_done(batch)
                    self._recorder.history.acknowledged(batch.last, batch.user_id)
            self._report(store, error)

    def _report(self, store: Store, error: StoreError) -> None:
        """The database takes nothing; of one that was wiped meanwhile nobody needs to know."""
        if store is self._recorder.store:
            store.outage.report(error)

    def _is_foreign(self, batch: Batch, database: Database) -> bool:
        """Whether everything was wiped meanwhile, by this process or by another."""
        return batch.device_id != database.outbox.remembered("device_id")

    def _mark_done(self, batch: Batch) -> None:
        """Never send it again, even if the disk does not let go of it."""
        if batch.last:
            self._done[batch.user_id] = batch.last
        if batch.last_attribute:
            self._done_attributes[batch.user_id] = batch.last_attribute

    def _delete(self, batch: Batch, database: Database) -> None:
        if batch.last:
            database.discard(batch.last, batch.user_id)
            self._done.pop(batch.user_id, None)
        if batch.last_attribute:
            database.discard_attributes(batch.last_attribute, batch.user_id)
            self._done_attributes.pop(batch.user_id, None)

    def set_aside(self, batch: Batch, reason: str) -> None:
        """Take the one event or attribute of this batch out of the way: it was refused again and again."""

        def move(database: Database) -> None:
            if self._is_foreign(batch, database):
                return
            self._mark_done(batch)
            self._recorder.history.set_aside(batch.last)
            database.set_aside(batch.last or batch.last_attribute, reason, attribute=not batch.last)
            database.add_lost(1)
            logger.warning("an event was refused again and again and is set aside: %s", reason)

        store = self._recorder.store
        try:
            store.when_free(move)
        except StoreError as error:
            self._report(store, error)


def _pairs(done: Mapping[str | None, int]) -> Iterator[tuple[int, str | None]]:
    return ((last, user_id) for user_id, last in done.items())
