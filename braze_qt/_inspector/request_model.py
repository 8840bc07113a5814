"""The last requests as a table, the newest first."""

from __future__ import annotations

from braze_qt._inspector.event_model import local_time
from braze_qt._inspector.newest_first import NewestFirst
from braze_qt._protocol.response import Kind
from braze_qt._upload.request_log import LoggedRequest

TIME, EVENTS, SIZE, REPLY, DURATION = range(5)


class RequestModel(NewestFirst[LoggedRequest]):
    """The last requests."""

    context = "RequestModel"
    columns = DURATION + 1

    def is_same(self, old: LoggedRequest, new: LoggedRequest) -> bool:
        return old.number == new.number

    def headings(self) -> tuple[str, ...]:
        return (
            self.tr("Time"),
            self.tr("Events"),
            self.tr("Size"),
            self.tr("Reply"),
            self.tr("Duration"),
        )

    def steps(self, item: LoggedRequest) -> int:
        if item.outcome is None:
            return 2
        return 3 if item.outcome.kind is Kind.ACCEPTED else 0

    def found_by(self, item: LoggedRequest) -> str:
        reply = item.outcome.reply if item.outcome else b""
        return ((item.body or b"") + b"\n" + reply).decode(errors="replace")

    def text(self, item: LoggedRequest, column: int) -> str:
        if column == TIME:
            return local_time(item.started).toString("HH:mm:ss")
        return self.full_text(item, column)

    def full_text(self, item: LoggedRequest, column: int) -> str:
        if column == TIME:
            return local_time(item.started).toString("yyyy-MM-dd HH:mm:ss.zzz")
        if column == EVENTS:
            return self._texts.locale.toString(item.count)
        if column == SIZE:
            return "–" if item.body is None else self._texts.locale.formattedDataSize(len(item.body))
        if column == REPLY:
            return item.outcome.words if item.outcome else self.tr("Under way")
        if item.outcome is None:
            return "–"
        return self.tr("{} ms").format(self._texts.locale.toString(round(item.seconds * 1000)))
