"""The manifest must equal what an independent reader finds in the rows, whatever the seed, size or zone."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.manifest import LegacyManifest
from iact.simulate.targets import FolderTarget
from tests.simulate.legacy_oracle import Reading, read_folder

pytestmark = pytest.mark.unit

ZONES = ["America/Mexico_City", "Europe/Madrid", "America/Havana", "Australia/Lord_Howe", "UTC"]


def same(manifest: LegacyManifest, read: Reading) -> None:
    counts = read.counts
    assert {table: n for table, n in manifest.tables.items() if n} == dict(counts["tables"])
    assert {(t, d): n for t, days in manifest.units.items() for d, n in days.items()} == dict(counts["units"])
    assert manifest.calls == manifest.rows == counts["tables"].total()
    assert manifest.swapped == counts["swapped"][True]
    assert manifest.date_mismatches == counts["date_mismatch"][True]
    assert manifest.past_midnight == counts["past_midnight"][True]
    assert manifest.past_quarter == counts["past_quarter"][True]
    assert manifest.line_kinds == {name: counts["line"][name] for name in manifest.line_kinds}
    assert manifest.by_did == dict(counts["did"])
    assert {menu.lower(): n for menu, n in manifest.by_menu.items()} == dict(counts["menu"])
    assert manifest.by_option == dict(counts["option"])
    assert manifest.by_centre == dict(counts["centre"])
    assert manifest.by_label == dict(counts["label"])
    assert manifest.labelled_calls == counts["labelled"][True]
    assert manifest.by_hour == [counts["hour"][hour] for hour in range(24)]
    assert manifest.by_weekday == [counts["weekday"][day] for day in range(7)]
    assert manifest.duration_s_histogram == {str(s): n for s, n in counts["duration"].items()}
    assert manifest.duration_s_sum == sum(s * n for s, n in counts["duration"].items())
    assert manifest.calls_without_caller == counts["without_caller"][None]
    assert manifest.by_day_segment == read.by_day_segment()
    same_derived(manifest, read)
    same_callers(manifest, read)


def same_derived(manifest: LegacyManifest, read: Reading) -> None:
    menus, centres = read.counts["menu"], read.counts["centre"]
    days = read.by_day_segment()
    assert manifest.abandoned == sum(int(row[3]) for row in days)
    assert manifest.menu_errors == manifest.menu_kinds["phone"] == menus["telefono_en_menu"]
    assert manifest.menu_kinds["empty"] == menus["vacio"]
    assert sum(manifest.menu_kinds.values()) == sum(manifest.centre_kinds.values()) == manifest.calls
    assert manifest.centre_kinds["hung_up"] == centres["CLIENTE_COLGO"]
    assert manifest.ended_in_ivr == centres["CLIENTE_COLGO"] + centres["CASO_NULL"]
    assert manifest.centre_kinds["zeros"] == centres["CASO_ERROR_CEROS"]
    assert manifest.centre_kinds["bad_start"] == centres["ERROR_CARACTER_INICIAL"]
    assert manifest.transferred == sum(n for name, n in centres.items() if name.isdigit())
    assert manifest.weekday_calls + manifest.weekend_calls == manifest.calls
    assert manifest.calls_by_segment == {name: read.counts["segment"][name] for name in manifest.calls_by_segment}
    for segment, numbers in manifest.by_segment.items():
        of_segment = [row for row in days if row[1] == segment]
        assert numbers["calls"] == sum(int(row[2]) for row in of_segment)
        assert numbers["abandoned"] == sum(int(row[3]) for row in of_segment)
        assert numbers["duration_s_sum"] == sum(int(row[5]) for row in of_segment)
        assert all(numbers[kind] == read.counts["line_segment"][segment, kind] for kind in manifest.line_kinds)
    for day, calls in manifest.calls_by_day.items():
        assert calls == sum(int(row[2]) for row in days if row[0] == day)


def same_callers(manifest: LegacyManifest, read: Reading) -> None:
    callers = manifest.unique_callers
    assert callers.total == read.distinct("total")
    assert callers.by_segment == {name: read.distinct("segment", name) for name in callers.by_segment}
    for name, by_period in (("day", callers.by_day), ("month", callers.by_month), ("quarter", callers.by_quarter)):
        assert by_period == {key[1]: len(who) for key, who in read.callers.items() if key[0] == name and len(key) == 2}
    for name, nested in (("month", callers.by_month_segment), ("quarter", callers.by_quarter_segment)):
        found = {(period, segment): n for period, by in nested.items() for segment, n in by.items() if n}
        assert found == {key[1:]: len(who) for key, who in read.callers.items() if key[0] == name and len(key) == 3}
    asked = manifest.in_zones[read.asked.key]["by_day_segment"]
    assert asked == read.by_asked_day_segment()


def check(options: LegacyOptions) -> LegacyManifest:
    with TemporaryDirectory() as name:
        manifest = simulate_legacy(options, FolderTarget(Path(name)))
        same(manifest, Reading(read_folder(Path(name)), options.zone, options.asked_zones[0]))
    return manifest


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.integers(0, 3_000),
    seed=st.integers(0, 2**32),
    zone=st.sampled_from(ZONES),
    first_day=st.dates(date(2024, 12, 1), date(2026, 5, 1)),
    quarters=st.integers(1, 3),
)
def test_manifest_equals_an_independent_reading(
    rows: int, seed: int, zone: str, first_day: date, quarters: int
) -> None:
    check(LegacyOptions(rows=rows, seed=seed, zone=zone, first_day=first_day, quarters=quarters))


def test_manifest_holds_over_several_chunks() -> None:
    manifest = check(LegacyOptions(rows=70_000, seed=3))
    assert manifest.repeated_rows > 1
    assert manifest.past_quarter >= 2


def test_days_of_23_and_25_hours_in_madrid() -> None:
    options = LegacyOptions(rows=60_000, seed=5, zone="Europe/Madrid", first_day=date(2025, 3, 20), quarters=1)
    with TemporaryDirectory() as name:
        simulate_legacy(options, FolderTarget(Path(name)))
        starts = [min(row["dHoraInicio"] or "", row["dHoraFin"] or "") for _, row in read_folder(Path(name))]
    spring = [start for start in starts if start.startswith("2025-03-30")]
    # The hour from 02:00 to 03:00 does not exist on that day.
    assert len(spring) > 1_000
    assert not [start for start in spring if start.startswith("2025-03-30 02:")]


def test_the_repeated_hour_is_used() -> None:
    options = LegacyOptions(rows=200_000, seed=5, zone="Europe/Madrid", first_day=date(2025, 10, 20), quarters=1)
    with TemporaryDirectory() as name:
        simulate_legacy(options, FolderTarget(Path(name)))
        rows = [row for _, row in read_folder(Path(name))]
    starts = [min(row["dHoraInicio"] or "", row["dHoraFin"] or "") for row in rows]
    assert [start for start in starts if start.startswith("2025-10-26 02:")]
