"""Local times of a source, without a zone, become UTC here. Pure.

Two rules for the two odd hours of a year: an hour that happens twice (clocks put back) is read as its first
pass unless the other end of the call is nearer to the second; an hour that never happened (clocks put forward)
is read with the offset that held before it, so 02:30 means 03:30.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

YEAR_FIRST, YEAR_LAST = 1990, 2099  # call centres of this kind are younger; zero dates and typing errors are outside
HOUR_S = 3600
HOURS_REMEMBERED_MAX = 200_000  # twenty years of hours; garbage dates cannot fill memory
SLACK_S = 60  # a PBX takes its times of one call from several places, some of them rounded
DAY_TEXT_LENGTH = 10  # 2025-07-01
SECOND_TEXT_LENGTH = 19  # 2025-07-01 09:00:00

_USUAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
# b":05:09" → 309: one look-up validates and converts minutes and seconds.
_MINUTES: Final = {f":{m:02}:{s:02}".encode(): m * 60 + s for m in range(60) for s in range(60)}


class LocalClock:
    """Reads the local times of one zone. Remembers every hour it has seen: a look-up instead of a conversion."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._hours: dict[bytes, int] = {}
        self._second_pass: dict[bytes, int] = {}
        self._uneven: set[bytes] = set()

    def epoch(self, text: bytes | None) -> int | None:
        """Seconds since 1970 of `2025-07-01 09:00:00`, first pass of a doubled hour; None when it is no time."""
        if text is None:
            return None
        hour = text[:13]
        start = self._hours.get(hour)
        seconds = _MINUTES.get(text[13:SECOND_TEXT_LENGTH])
        if seconds is None or (start is None and (start := self._learn(hour)) is None):
            return None
        if len(text) > SECOND_TEXT_LENGTH and not _is_fraction(text[SECOND_TEXT_LENGTH:]):
            return None
        if hour in self._uneven:
            return self._convert(text, fold=0)
        return start + seconds

    def span(self, start: bytes | None, end: bytes | None) -> tuple[int, int] | None:
        """Both ends of a call as (start, end) epochs as written, the passes of a doubled hour chosen nearest to
        each other; None unless both are times.
        """
        first, last = self.epoch(start), self.epoch(end)
        if first is None or last is None:
            return None
        if not self._second_pass or start is None or end is None:
            return first, last
        return self._nearest(first, last, start[:13], end[:13])

    def epoch_near(self, text: bytes | None, near: float | None) -> int | None:
        """As `epoch`, with the pass of a doubled hour that is nearer to a moment known from elsewhere."""
        first = self.epoch(text)
        if first is None or near is None or text is None:
            return first
        second = first + self._second_pass.get(text[:13], 0)
        return second if abs(second - near) < abs(first - near) else first

    def epoch_after(self, text: bytes | None, earliest: float | None) -> int | None:
        """As `epoch`, with the second pass of a doubled hour when the first lies before what must come earlier."""
        first = self.epoch(text)
        if first is None or earliest is None or text is None or first >= earliest - SLACK_S:
            return first
        return first + self._second_pass.get(text[:13], 0)

    def steady_hour(self, hour: bytes) -> int | None:
        """The epoch at which `2025-07-01 09` begins when its seconds are simply counted from there; None when the
        hour happens twice, is cut by a clock change or is none: then `span` must look at the whole time.
        """
        start = self._hours.get(hour)
        if start is None:
            start = self._learn(hour)
        return None if hour in self._uneven or hour in self._second_pass else start

    def day(self, epoch: int) -> date:
        """The local calendar day of a moment."""
        return datetime.fromtimestamp(epoch, self._zone).date()

    def _nearest(self, first: int, last: int, start_hour: bytes, end_hour: bytes) -> tuple[int, int]:
        later = self._second_pass
        if (start_hour in later) == (end_hour in later):
            return first, last  # neither, or both: nothing tells the passes apart
        first_second = first + later.get(start_hour, 0)
        last_second = last + later.get(end_hour, 0)
        if abs(last_second - first_second) < abs(last - first):
            return first_second, last_second
        return first, last

    def _learn(self, hour: bytes) -> int | None:
        start = self._convert(hour + b":00:00", fold=0)
        if start is None:
            return None
        if len(self._hours) >= HOURS_REMEMBERED_MAX:
            self._hours.clear()
        if self._convert(hour + b":59:59", fold=0) != start + HOUR_S - 1:
            self._uneven.add(hour)  # the clocks change inside this hour: each time is converted by itself
        again = self._convert(hour + b":00:00", fold=1)
        # In a gap fold=1 is earlier; only a later second reading is a doubled hour.
        if again is not None and again > start:
            self._second_pass[hour] = again - start
        self._hours[hour] = start
        return start

    def _convert(self, text: bytes, *, fold: int) -> int | None:
        try:
            written = text[:SECOND_TEXT_LENGTH].decode("ascii").replace("T", " ")
            if _USUAL.fullmatch(written):
                local = datetime.fromisoformat(written)  # ten times faster than strptime, which takes more forms
            else:
                local = datetime.strptime(written, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - local by definition; the zone is set below
        except ValueError:
            return None
        if not YEAR_FIRST <= local.year <= YEAR_LAST:
            return None
        return int(local.replace(tzinfo=self._zone, fold=fold).timestamp())


def read_day(text: bytes | None) -> date | None:
    """A DATE as text, a time behind it ignored; None when it is no date of a plausible year."""
    if text is None or len(text) < DAY_TEXT_LENGTH:
        return None
    try:
        day = date.fromisoformat(text[:DAY_TEXT_LENGTH].decode("ascii"))
    except ValueError:
        return None
    return day if YEAR_FIRST <= day.year <= YEAR_LAST else None


def month_of(epoch: int) -> date:
    """The first day of the moment's month in UTC: its partition."""
    moment = datetime.fromtimestamp(epoch, UTC)
    return date(moment.year, moment.month, 1)


def moment(epoch: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)


def _is_fraction(rest: bytes) -> bool:
    return rest[:1] == b"." and (rest[1:].isdigit() or rest == b".")
