"""What an inspector shows, gathered from one installation. The widget and the Qt Quick item only draw it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from typing import Any, ClassVar, cast

from PySide6.QtCore import (
    Property,
    QAbstractItemModel,
    QLocale,
    QObject,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
    Slot,
    qVersion,
)
from PySide6.QtGui import QGuiApplication

from braze_qt._inspector import masking
from braze_qt._inspector.causes import Cause, Situation, level, likely_cause
from braze_qt._inspector.event_model import Event, EventModel, local_time
from braze_qt._inspector.newest_first import FILTER_ROLE, NewestFirst
from braze_qt._inspector.request_model import RequestModel
from braze_qt._inspector.source import Source
from braze_qt._inspector.timeline import SessionTimeline, Span
from braze_qt._protocol.response import Fault, Kind
from braze_qt._qt.client import BrazeQt
from braze_qt._qt.guard import never_raises
from braze_qt._translation.texts import Translated
from braze_qt._upload.request_log import LoggedRequest
from braze_qt.events import EventRecord
from braze_qt.version import __version__

LONGEST_DETAILS = 100_000
"""Characters of details that are shown at once: more than anybody reads, and quick in every text field."""
LONGEST_REPORT = 1_000_000
"""Characters of a report: what a bug tracker takes."""
_MAP: Any = "QVariantMap"
LOOK_MS = 1_000
"""Milliseconds between two looks while something waits or a session is open: not all of it is signalled."""


class InspectorCore(Translated, QObject):
    """Follows one installation from ``follow`` on, until it is deleted or follows another. GUI thread.

    Signals:
        changed: anything but the rows of the models.
        timeLineChanged: also each second, while a session is open or something waits.
    """

    changed: ClassVar[Signal] = Signal()
    timeLineChanged: ClassVar[Signal] = Signal()

    def __init__(self, locale: QLocale, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.use_texts("InspectorCore", locale)
        source = self._source = Source()
        self._shows_users = False
        self._filter = ""
        self._situation = Situation(installed=False)
        self._status = ""
        self._known_labels: dict[str, str] = {}
        self._looked_through: tuple[int, dict[Any, Any]] = (0, {})
        self.timeline: SessionTimeline = SessionTimeline(self)
        self.timeline.changed.connect(self._tell)
        self.changed.connect(self.timeLineChanged)
        self._events = EventModel(locale, self.shown_user, self)
        self._requests = RequestModel(locale, self)
        self.events: QSortFilterProxyModel = self._filtered(self._events)
        self.requests: QSortFilterProxyModel = self._filtered(self._requests)
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._look_again)
        # Nothing here may hold this object, which ends what the installation remembers for it.
        self.destroyed.connect(lambda: source.follow(None))

    def _filtered(self, model: NewestFirst[Any]) -> QSortFilterProxyModel:
        proxy = QSortFilterProxyModel(self)
        proxy.setSourceModel(model)
        proxy.setFilterRole(FILTER_ROLE)
        proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        for signal in (proxy.rowsInserted, proxy.rowsRemoved, proxy.modelReset):
            signal.connect(self._tell)
        return proxy

    # -- following -----------------------------------------------------------------------------

    def follow(self, braze: BrazeQt | None) -> None:
        """Show this installation, and no longer another one."""
        self._looked_through = 0, {}
        self._source.follow(braze)
        self.timeline.follow(braze)
        if braze is not None:
            for signal in (
                braze.deliveryChanged,
                braze.sessionStateChanged,
                braze.userChanged,
                braze.enabledChanged,
            ):
                signal.connect(self.refresh)
        self.refresh()

    @Slot()
    @never_raises
    def refresh(self) -> None:
        """Look at everything."""
        if self._source.forget_if_wiped():
            self.timeline.clear()
            self._looked_through = 0, {}
        self._events.show(self._source.events()[::-1])
        self._requests.show(self._source.requests()[::-1])
        self._look_at_the_situation()

    @Slot()
    @never_raises
    def _look_again(self) -> None:
        self._look_at_the_situation()
        self.timeLineChanged.emit()

    def _look_at_the_situation(self) -> None:
        shown = self._situation, self._status
        now = self._situation = self._source.situation(had_session=bool(self.timeline.spans))
        braze = self._source.braze
        self._status = "" if braze is None or now.shut_down else self._status_line(braze)
        if shown != (self._situation, self._status):
            self._tell()
        if now.shut_down or not (now.in_session or now.pending):
            self._look.stop()
        elif not self._look.isActive():
            self._look.start()

    # -- settings ------------------------------------------------------------------------------

    def set_locale(self, locale: QLocale) -> None:
        """Speak another language."""
        self.use_texts("InspectorCore", locale)
        self._events.set_locale(locale)
        self._requests.set_locale(locale)
        self._look_at_the_situation()
        self._tell()

    def shown_user(self, user_id: str) -> str:
        """A user id as it may be shown now."""
        return user_id if self._shows_users else masking.masked_id(user_id)

    def _set_shows_users(self, shows: bool) -> None:  # noqa: FBT001 (a Qt setter)
        if shows != self._shows_users:
            self._shows_users = shows
            self._events.change_all()
            self._requests.change_all()  # their details
            self._tell()

    def _set_filter(self, text: str) -> None:
        if text != self._filter:
            self._filter = text
            for proxy in (self.events, self.requests):
                proxy.setFilterFixedString(text)
            self._tell()

    showsPersonalData: bool = cast(
        bool, Property(bool, lambda self: self._shows_users, _set_shows_users, notify=changed)
    )
    filterText: str = cast(str, Property(str, lambda self: self._filter, _set_filter, notify=changed))

    # -- what both show ------------------------------------------------------------------------

    @Slot()
    def _tell(self) -> None:
        self._known_labels = {}
        self.changed.emit()

    def _labels(self) -> dict[str, str]:
        self._known_labels = self._known_labels or self._made_labels()  # a window asks for each of them
        return self._known_labels

    def _made_labels(self) -> dict[str, str]:
        return {
            "filter": self.tr("Filter"),
            "filterName": self.tr("Filter of events and requests"),
            "personalData": self.tr("Show &personal data"),
            "personalDataHint": self.tr("User ids, aliases, standard attributes and places"),
            "copyAll": self.tr("&Copy All"),
            "copyAllHint": self.tr("As text for a bug report, without personal data"),
            "events": self.tr("Events ({})").format(self.events.rowCount()),
            "eventsName": self.tr("Events of this run"),
            "eventName": self.tr("What the selected event says"),
            "noEvents": self.tr("No event in this run yet"),
            "requests": self.tr("Requests ({})").format(self.requests.rowCount()),
            "requestsName": self.tr("Last requests"),
            "requestName": self.tr("The selected request and its reply"),
            "noRequests": self.tr("No request since the inspector was opened"),
            "foreground": self.tr("in the foreground"),
            "away": self.tr("away"),
            "customEvent": self.tr("custom event"),
            "sessions": self.tr("Time line of this run: %n session(s)", "", self.timeline.session_count()),
            "noSession": self.tr("No session in this run yet"),
        } | self._nothing_found()

    def _nothing_found(self) -> dict[str, str]:
        note = self.tr("Nothing matches the filter")
        return {"noEvents": note, "noRequests": note} if self._filter else {}

    def _cause_line(self) -> str:
        return self._cause_text(likely_cause(self._situation))

    cause: str = cast(str, Property(str, _cause_line, notify=changed))
    """Why nothing arrives, most likely, and what to do; or that all is well."""
    level: str = cast(
        str, Property(str, lambda self: level(likely_cause(self._situation)).value, notify=changed)
    )
    """How bad that is: the value of a ``Level``."""
    status: str = cast(str, Property(str, lambda self: self._status, notify=changed))
    """The session, what waits and the last reply; empty without an installation."""
    labels: dict[str, str] = cast("dict[str, str]", Property(_MAP, _labels, notify=changed))
    eventModel: QAbstractItemModel = cast(
        QAbstractItemModel, Property(QAbstractItemModel, lambda self: self.events, constant=True)
    )
    requestModel: QAbstractItemModel = cast(
        QAbstractItemModel, Property(QAbstractItemModel, lambda self: self.requests, constant=True)
    )

    def _line(self) -> dict[str, Any]:
        line = self.timeline
        began, until, now = line.began, line.until(), line.now()

        def place(moment: float) -> float:
            return max(0.0, min(1.0, (moment - began) / (until - began)))

        bars = [
            {
                "left": place(span.start),
                "right": place(now if span.end is None else span.end),
                "away": span.away,
                "text": self.span_text(span),
            }
            for span in line.spans
        ]
        marks = [place(record.time) for record, _ in self.shown_events() if record.name == "ce"]
        ends = {"from": began, "until": until}
        named = {name: local_time(moment).toString("HH:mm:ss") for name, moment in ends.items()}
        return named | {"bars": bars, "marks": marks}

    timeLine: dict[str, Any] = cast("dict[str, Any]", Property(_MAP, _line, notify=timeLineChanged))
    """For Qt Quick: ``bars`` and ``marks`` with places from 0 to 1, and the times ``from`` and ``until``."""

    def _cause_text(self, cause: Cause | Fault) -> str:
        if isinstance(cause, Fault):
            return self._fault_text(cause)
        reason = self._situation.reason
        busy = reason or self.tr("another process of this application is writing")
        full = reason or self.tr("the disk takes nothing")
        return {
            Cause.NOT_INSTALLED: self.tr(
                "braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was."
            ),
            Cause.SWITCHED_OFF: self.tr("BRAZE_QT_DISABLED is set: nothing is stored or sent."),
            Cause.SHUT_DOWN: self.tr("braze_qt was shut down: it takes nothing any more."),
            Cause.DISABLED: self.tr("Consent is missing: nothing is stored or sent until setEnabled(True)."),
            Cause.PAUSED: self.tr("Sending is paused by setOutboundNetworkRequestsOffline(True)."),
            Cause.IN_JOURNAL: self.tr("In the journal, not in the database, because {}.").format(busy),
            Cause.UNSIGNED: self.tr(
                "This user has no signature: give one by setSdkAuthenticationSignature()."
            ),
            Cause.NO_FOCUS_YET: self.tr("No session yet: no window of the application had the focus so far."),
            Cause.NOT_OPENED_YET: self.tr("No session yet: the application has not called openSession()."),
            Cause.NO_SESSION: self.tr("No session is open: what waits for one is sent with the next."),
            Cause.SENDING: self.tr("A request is under way."),
            Cause.SOON: self.tr("Waits for the next request."),
            Cause.IN_MEMORY: self.tr("Kept in memory only, because {}.").format(full),
            Cause.ARRIVED: self.tr("Everything has arrived."),
            Cause.NOTHING_YET: self.tr("Nothing to send yet."),
        }[cause]

    def _fault_text(self, fault: Fault) -> str:
        return {
            Fault.NAME: self.tr(
                "The name of the server or of its proxy is not found: check the network and the endpoint."
            ),
            Fault.CONNECTION: self.tr(
                "The server is not reached: check network, firewall and the endpoint with its port."
            ),
            Fault.PROXY: self.tr("The proxy refuses: check its address, user and password."),
            Fault.CERTIFICATE: self.tr(
                "The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong."
            ),
            Fault.AUTHORITIES: self.tr(
                "The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there."
            ),
            Fault.TLS: self.tr("No TLS there: a firewall, a proxy or a wrong port."),
            Fault.NO_REPLY: self.tr("No reply, or not in time: check the endpoint and its port."),
            Fault.NOT_BRAZE: self.tr(
                "Another server answers: a login page of the network, or the endpoint is wrong."
            ),
            Fault.UNAVAILABLE: self.tr("The server takes no requests now: it is tried again."),
            Fault.KEY: self.tr(
                "The key is refused: take the SDK API key of the application and the endpoint of its cluster."
            ),
            Fault.SIGNATURE: self.tr(
                "The signature is refused: give a new one by setSdkAuthenticationSignature()."
            ),
            Fault.REQUEST: self.tr("The events are refused: look at the reply to the last request."),
        }[fault]

    def _status_line(self, braze: BrazeQt) -> str:
        session = braze.sessionId[:8]
        parts = [
            {
                "foreground": self.tr("Session {} in the foreground"),
                "background": self.tr("Session {} in the background"),
            }.get(braze.sessionState, self.tr("No session")).format(session),
            self.tr("%n waiting", "", braze.pendingCount),
        ]
        if braze.lostCount:
            parts.append(self.tr("%n lost", "", braze.lostCount))
        if braze.lastOutcome:
            parts.append(braze.lastOutcome)
        if braze.retryAt:
            parts.append(self.tr("next try at {}").format(local_time(braze.retryAt).toString("HH:mm:ss")))
        return " · ".join(parts)

    # -- details -------------------------------------------------------------------------------

    @Slot(int, result=str)
    def eventDetails(self, row: int) -> str:
        """What an event says, as it was sent, or as it is stored. ``row`` counts those that are shown."""
        index = self.events.mapToSource(self.events.index(row, 0))
        return self._bounded(self._event_text(self._events.items[index.row()])) if index.isValid() else ""

    @Slot(int, result=str)
    def requestDetails(self, row: int) -> str:
        """A request and its reply. ``row`` counts those that are shown."""
        index = self.requests.mapToSource(self.requests.index(row, 0))
        return self._bounded(self._request_text(self._requests.items[index.row()])) if index.isValid() else ""

    def _bounded(self, text: str) -> str:
        if len(text) <= LONGEST_DETAILS:
            return text
        more = self.tr("… and %n more character(s)", "", len(text) - LONGEST_DETAILS)
        return f"{text[:LONGEST_DETAILS]}\n{more}"

    def _event_text(self, event: Event) -> str:
        record, stored = event
        request = self._request_of(event)
        sent = request and self._as_sent(request, record)
        if request is not None and sent:
            at = local_time(request.started).toString("HH:mm:ss.zzz")
            heading = self.tr("As sent at {}").format(at)
            return f"{heading}\n{self._pretty(sent)}"
        waiting = _parsed(stored)
        if waiting is None:
            return self.tr("What it says was not kept: the inspector was opened later.")
        heading = (
            self.tr("As stored") if record.state == "acknowledged" else self.tr("As stored, not sent yet")
        )
        return f"{heading}\n{self._pretty(waiting)}"

    def _request_of(self, event: Event) -> LoggedRequest | None:
        """The request that took an event, or the last one that tried to."""
        record = event[0]
        tried = [
            each
            for each in reversed(self._requests.items)
            if 0 < record.id <= each.last and record.user_id in (None, each.user_id)
        ]
        accepted = (each for each in tried if each.outcome and each.outcome.kind is Kind.ACCEPTED)
        return next(accepted, tried[-1] if tried else None)

    def _as_sent(self, request: LoggedRequest, record: EventRecord) -> Any:
        """The event as it stands in the body of a request; None where it does not."""
        if self._looked_through[0] != request.number:  # which a report would else parse for each event
            body = _parsed(request.body or b"")
            events = body.get("events", ()) if isinstance(body, dict) else ()
            found = {(each["name"], each["time"], each.get("session_id")): each for each in events}
            self._looked_through = request.number, found
        return self._looked_through[1].get((record.name, record.time, record.session_id))

    def _request_text(self, request: LoggedRequest) -> str:
        return "\n".join(self._request_lines(request))

    def _request_lines(self, request: LoggedRequest) -> Iterator[str]:
        yield from (f"{name}: {value}" for name, value in request.headers.items())
        yield ""
        body = None if request.body is None else _parsed(request.body)
        yield self.tr("The body is no longer kept.") if body is None else self._pretty(body)
        yield ""
        outcome = request.outcome
        if outcome is None:
            yield self.tr("The reply is awaited.")
            return
        yield self.tr("{} after {} ms").format(outcome.words, round(request.seconds * 1000))
        if outcome.reply:
            text = outcome.reply.decode(errors="replace")
            reply = _parsed(outcome.reply)
            yield self._without_user(text if reply is None else self._pretty(reply), request.user_id)
        if request.reply_size > len(outcome.reply):
            more = request.reply_size - len(outcome.reply)
            yield self.tr("… and %n more byte(s)", "", more)

    def _without_user(self, text: str, user_id: str | None) -> str:
        """A reply may quote the user anywhere."""
        return text if self._shows_users or not user_id else masking.without_id(text, user_id)

    def _pretty(self, value: Any) -> str:
        shown = value if self._shows_users else masking.masked(value)
        return json.dumps(shown, ensure_ascii=False, indent=2)

    def shown_events(self) -> list[Event]:
        """The last events, the newest first, whatever the filter says."""
        return self._events.items

    # -- copies --------------------------------------------------------------------------------

    @Slot(str)
    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        QGuiApplication.clipboard().setText(text)

    @Slot(result=str)
    def report(self) -> str:
        """All that is shown, as text for a bug report: without personal data, whatever is shown of it."""
        shows, self._shows_users = self._shows_users, False
        try:
            text = "\n".join(self._report_lines())
            return text if len(text) <= LONGEST_REPORT else f"{text[:LONGEST_REPORT]}…"
        finally:
            self._shows_users = shows

    def _report_lines(self) -> Iterator[str]:
        versions = f"braze_qt {__version__}, Qt {qVersion()}, Python {platform.python_version()}"
        yield f"{versions}, {platform.platform()}"
        yield self.cause
        yield self._status
        for span in self.timeline.spans:
            yield self.span_text(span)
        for proxy, details in ((self.events, self.eventDetails), (self.requests, self.requestDetails)):
            for row in range(proxy.rowCount()):
                cells = (str(proxy.index(row, column).data()) for column in range(proxy.columnCount()))
                yield ""
                yield "  ".join(cells)
                yield details(row)

    def span_text(self, span: Span) -> str:
        """A stretch of a session in one line."""
        start = local_time(span.start).toString("HH:mm:ss")
        end = "…" if span.end is None else local_time(span.end).toString("HH:mm:ss")
        where = self.tr("in the background") if span.away else self.tr("in the foreground")
        return f"{start}–{end} {where}, {self.user_of(span)}, {span.session_id}"

    def user_of(self, span: Span) -> str:
        """Whose session it is."""
        return self.shown_user(span.user_id) if span.user_id else self.tr("anonymous")


def _parsed(text: bytes | str) -> Any:
    """JSON; None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
