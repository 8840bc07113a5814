"""Times in the time zone of this machine, also those that its system knows nothing of."""

import calendar
from datetime import date, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def local(time: float) -> datetime | None:
    """Day and time of Unix seconds, without a time zone; None beyond the calendar."""
    try:
        moment = EPOCH + timedelta(seconds=time)
        return (moment + _offset(moment)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def seconds_of(moment: datetime) -> float:
    """The Unix seconds of what ``local`` gives.

    Raises:
        OverflowError: it is beyond the calendar.
    """
    return (moment.replace(tzinfo=timezone.utc) - _offset(moment) - EPOCH).total_seconds()


def _offset(moment: datetime) -> timedelta:
    try:
        return moment.astimezone().utcoffset() or timedelta()
    except OSError:
        # Windows knows the local time of the years 1970 to 3000 alone, by the rules of today. A year of the
        # same calendar has the same.
        kind = _kind(moment.year)
        return _offset(moment.replace(year=next(year for year in range(2000, 2028) if _kind(year) == kind)))


def _kind(year: int) -> tuple[bool, int]:
    return calendar.isleap(year), date(year, 1, 1).weekday()
