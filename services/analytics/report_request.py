"""From a report's parameters to its period and segment. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.analytics.catalog import SourceKind, closest
from services.analytics.periods import parse_quarter, to_utc
from services.analytics.question import Faults, SegmentForbidden, zone_of, zones
from services.analytics.report_schemas import ReportQuery
from services.analytics.reports import REPORTS
from services.analytics.reports.model import ALL_SEGMENTS, Bands, Report, Request
from services.analytics.schemas import YEAR_MAX, YEAR_MIN
from shared.errors import Forbidden, NotFound

DATE_LENGTH = len("2025-07-01")
QUARTER_HINT = "name a quarter (quarter=2025-Q3) or a range (from=2025-07-01&to=2025-10-01)"
YEARS_MAX = 10  # a report is for people; a longer look back is a query


class ReportNotFound(NotFound):
    """There is no such report."""


class SegmentDenied(Forbidden):
    """Your data segment does not include the one you ask for; leave segment out to have your own. Whoever administers
    people can change it.
    """


def find_report(code: str) -> Report:
    if code not in REPORTS:
        near = closest(code, REPORTS)
        raise ReportNotFound(f"There is no report {code!r}" + (f"; did you mean {near}?" if near else "."))
    return REPORTS[code]


def understand_report(
    query: ReportQuery,
    *,
    own_segment: str | None,
    segments: list[str],
    zone_default: str,
    bands: Bands,
    kind: SourceKind = "legacy",
) -> Request:
    """Raises Unprocessable naming every bad parameter; SegmentDenied for somebody else's segment."""
    faults = Faults()
    if kind != "legacy":
        if own_segment is not None:
            raise SegmentForbidden
        if query.segment != ALL_SEGMENTS:
            faults.add("segment", "queue calls have no segment; leave it out", ALL_SEGMENTS)
            faults.check()
    zone = query.zone or zone_default
    if zone not in zones():
        faults.add("zone", f"there is no IANA time zone {zone!r}", closest(zone, zones()))
        faults.check()
    since, until = _range(query, zone_of(zone), faults)
    segment = _segment(query.segment, own_segment, segments, faults)
    faults.check()
    quarter = None if query.quarter is None else parse_quarter(query.quarter).code
    return Request(
        since=since,
        until=until,
        zone=zone,
        quarter=quarter,
        segment=segment,
        own_segment=own_segment,
        bands=bands,
    )


def _range(query: ReportQuery, zone: ZoneInfo, faults: Faults) -> tuple[datetime, datetime]:
    nothing = to_utc(datetime(YEAR_MIN, 1, 1), zone)  # noqa: DTZ001 - wall clock
    if query.quarter is not None:
        if query.since is not None or query.until is not None:
            faults.add("quarter", f"{QUARTER_HINT}, not both")
        return _quarter(query.quarter, zone, faults) or (nothing, nothing)
    if query.since is None or query.until is None:
        faults.add("quarter", QUARTER_HINT)
        return nothing, nothing
    since, until = _instant("from", query.since, zone, faults), _instant("to", query.until, zone, faults)
    if since is None or until is None:
        return nothing, nothing
    if until <= since:
        faults.add("to", "the end must lie after the beginning")
    elif (until - since).days > YEARS_MAX * 366:
        faults.add("to", f"a report covers at most {YEARS_MAX} years")
    return since, until


def _quarter(text: str, zone: ZoneInfo, faults: Faults) -> tuple[datetime, datetime] | None:
    try:
        quarter = parse_quarter(text)
    except ValueError as error:
        faults.add("quarter", str(error))
        return None
    if not YEAR_MIN <= quarter.year < YEAR_MAX:
        faults.add("quarter", f"the year must lie between {YEAR_MIN} and {YEAR_MAX - 1}")
        return None
    return quarter.range(zone)


def _instant(param: str, text: str, zone: ZoneInfo, faults: Faults) -> datetime | None:
    """A date is local midnight; a time needs no offset, because the zone says where it is."""
    try:
        if len(text) == DATE_LENGTH:
            day = date.fromisoformat(text)
            instant = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clock
        else:
            instant = datetime.fromisoformat(text)
    except ValueError:
        faults.add(param, f"{text!r} is no date; write it like 2025-07-01")
        return None
    if not YEAR_MIN <= instant.year < YEAR_MAX:
        faults.add(param, f"the year must lie between {YEAR_MIN} and {YEAR_MAX - 1}")
        return None
    return to_utc(instant, zone) if instant.tzinfo is None else instant.astimezone(zone_of("UTC"))


def _segment(asked: str, own: str | None, segments: list[str], faults: Faults) -> str | None:
    """The chosen segment within the person's own; None is everything that the person may see."""
    if asked == ALL_SEGMENTS:
        return None
    if own is not None and asked != own:
        # Also for a segment that does not exist: which ones there are is not this person's to know.
        raise SegmentDenied
    if asked not in segments:
        faults.add("segment", f"there is no segment {asked!r}", closest(asked, [ALL_SEGMENTS, *segments]))
    return asked
