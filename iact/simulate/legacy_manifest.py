"""The sums of a finished run, under the names of manifest.py."""

from typing import Any

from iact.simulate import catalogue as cat
from iact.simulate.legacy_plan import quarter_of
from iact.simulate.legacy_truth import CENTRE_NAMES, DIRT, LINE_KINDS, SEGMENT_COUNTS, SEGMENTS, TOTALS, Truth
from iact.simulate.manifest import Counts, LegacyManifest, UniqueCallers
from iact.simulate.tally import named
from iact.simulate.text import SECONDS_A_DAY

WORKING_DAYS = 5
CENTRE_KINDS = ("vdn", *cat.CENTRE_SENTINELS)
MENU_KINDS = ("menu", "empty", "phone")


def legacy_manifest(truth: Truth) -> LegacyManifest:
    plan = truth.plan
    units = _units(truth)
    return LegacyManifest(
        seed=plan.seed,
        rows=plan.rows,
        zone=plan.clock.zone,
        first_day=plan.dates[0].isoformat(),
        last_day=plan.dates[-1].isoformat(),
        tables={table: sum(days.values()) for table, days in units.items()},
        units=units,
        unique_callers=_unique_callers(truth),
        in_zones={zone: {"by_day_segment": days.rows(seconds=False)} for zone, days in truth.zones.items()},
        **_totals(truth),
        **_breakdowns(truth),
    )


def _totals(truth: Truth) -> dict[str, Any]:
    total = {name: int(truth.segments[name].sums.sum()) for name in SEGMENT_COUNTS}
    extra = dict(zip(TOTALS, truth.totals.sums.tolist(), strict=True))
    dirt = named(truth.dirt, DIRT)
    kinds = named(truth.centres, [_centre_kind(name) for name in CENTRE_NAMES])
    centre_kinds = {name: kinds.get(name, 0) for name in CENTRE_KINDS}
    weekdays = truth.weekdays.sums.tolist()
    return {
        "calls": total["calls"],
        "abandoned": total["abandoned"],
        "transferred": centre_kinds["vdn"],
        "ended_in_ivr": centre_kinds["hung_up"] + centre_kinds["null"],
        "swapped": total["swapped"],
        "menu_errors": total["menu_errors"],
        "date_mismatches": dirt.get("date_mismatch", 0),
        "past_midnight": extra["past_midnight"],
        "past_quarter": extra["past_quarter"],
        "repeated_rows": extra["repeated_rows"],
        "calls_without_caller": extra["without_caller"],
        "line_kinds": {name: total[name] for name in LINE_KINDS},
        "centre_kinds": centre_kinds,
        "dirt": dirt,
        "duration_s_sum": total["duration_s_sum"],
        "weekday_calls": sum(weekdays[:WORKING_DAYS]),
        "weekend_calls": sum(weekdays[WORKING_DAYS:]),
    }


def _breakdowns(truth: Truth) -> dict[str, Any]:
    days = truth.days
    by_segment = {
        segment: {name: int(truth.segments[name].sums[code]) for name in SEGMENT_COUNTS}
        for code, segment in enumerate(cat.SEGMENTS)
    }
    menu_kinds = named(truth.menus, [_menu_kind(name) for name in cat.MENU_NAMES])
    return {
        "menu_kinds": {name: menu_kinds.get(name, 0) for name in MENU_KINDS},
        "by_did": named(truth.dids, cat.DIDS),
        "by_segment": by_segment,
        "by_menu": named(truth.menus, cat.MENU_NAMES),
        "by_option": named(truth.options, cat.combinations().option_names),
        "by_centre": named(truth.centres, CENTRE_NAMES),
        **_labels(truth),
        "by_hour": truth.hours.sums.tolist(),
        "by_weekday": truth.weekdays.sums.tolist(),
        "duration_s_histogram": named(truth.durations, [str(second) for second in range(SECONDS_A_DAY)]),
        "calls_by_day": days.per_day(days.calls.sums.reshape(-1, SEGMENTS).sum(axis=1)),
        "calls_by_segment": {segment: counts["calls"] for segment, counts in by_segment.items()},
        "by_day_segment": days.rows(seconds=True),
    }


def _centre_kind(name: str) -> str:
    kinds = {sentinel: kind for kind, sentinel in cat.CENTRE_SENTINELS.items()}
    return kinds.get(name, "vdn")


def _menu_kind(name: str) -> str:
    return {cat.EMPTY_MENU: "empty", cat.PHONE_MENU: "phone"}.get(name, "menu")


def _labels(truth: Truth) -> dict[str, Any]:
    """A call with two labels counts under both."""
    by_label: Counts = {}
    labelled = 0
    for (text, _), number in zip(cat.LABELS, truth.labels.sums.tolist(), strict=True):
        if text is None or not number:
            continue
        labelled += number
        for label in text.split(","):
            by_label[label.strip()] = by_label.get(label.strip(), 0) + number
    return {"by_label": by_label, "labelled_calls": labelled}


def _units(truth: Truth) -> dict[str, Counts]:
    """Rows by table and dFecha; a table without rows is there all the same."""
    units: dict[str, Counts] = {}
    for day, number in zip(truth.plan.dates, truth.stamps.sums.tolist(), strict=True):
        unit = units.setdefault(table_name(quarter_of(day)), {})
        if number:
            unit[day.isoformat()] = number
    return units


def table_name(quarter: int) -> str:
    """`tbl_historico_t3_2025` for the quarter number 8102 (four times 2025, plus 2)."""
    return f"tbl_historico_t{quarter % 4 + 1}_{quarter // 4}"


def _unique_callers(truth: Truth) -> UniqueCallers:
    callers, months = truth.callers, truth.months
    month_codes = {f"{year}-{month:02d}": [code] for code, (year, month) in enumerate(months)}
    quarter_codes: dict[str, list[int]] = {}
    for code, (year, month) in enumerate(months):
        quarter_codes.setdefault(f"{year}-Q{(month + 2) // 3}", []).append(code)
    every = list(range(len(months)))
    segments = list(enumerate(cat.SEGMENTS))

    def by_segment(periods: dict[str, list[int]]) -> dict[str, Counts]:
        return {
            name: {segment: callers.count(codes, number) for number, segment in segments}
            for name, codes in periods.items()
            if callers.count(codes)
        }

    def in_all(periods: dict[str, list[int]]) -> Counts:
        return {name: count for name, codes in periods.items() if (count := callers.count(codes))}

    return UniqueCallers(
        total=callers.count(every),
        by_segment={segment: callers.count(every, number) for number, segment in segments},
        by_day=truth.days.per_day(truth.days.callers.by_day()),
        by_month=in_all(month_codes),
        by_quarter=in_all(quarter_codes),
        by_month_segment=by_segment(month_codes),
        by_quarter_segment=by_segment(quarter_codes),
    )
