"""Local days whose calls are all there: what retention has dropped can be counted no more, only its counts be kept.

Calls of a dropped month that arrive late, from an old file or a corrected day, must not take its counts away.
"""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.ivr.store import load
from shared.postgres import Connection

Keeps = Callable[[date], bool]


def first_kept_day(kept_since: datetime, zone: ZoneInfo) -> date:
    """The first local day of which every call is there. Pure."""
    day = kept_since.astimezone(zone).date()
    begins = datetime.combine(day, time(), zone).astimezone(UTC)
    return day if begins >= kept_since else day + timedelta(days=1)


async def read_first_kept_day(conn: Connection, zone: ZoneInfo) -> date | None:
    """The same of this database; None while no month was dropped."""
    kept_since: datetime | None = await conn.fetchval(load("calls_kept_since"))
    return None if kept_since is None else first_kept_day(kept_since, zone)


def kept(days: Collection[date], first: date | None) -> set[date]:
    """Those of the days that can be counted anew. Pure."""
    return {day for day in days if first is None or day >= first}
