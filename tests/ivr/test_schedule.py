"""When a source is due, told as tables of local times; and what holds for every zone and every moment."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.config import ConfigError, Source, read_sources
from services.ivr.schedule import (
    LEGACY_SPACING,
    BadSchedule,
    LastRun,
    Pause,
    Schedule,
    after_pauses,
    next_local_time,
    next_run_at,
    nightly_tables,
    read_pause,
)

pytestmark = pytest.mark.unit

MEXICO, NEW_YORK, APIA = "America/Mexico_City", "America/New_York", "Pacific/Apia"
NIGHTLY, QUEUE = Schedule(at=time(2, 0)), Schedule(every_s=10)
MOMENTS = st.integers(1_262_476_800, 1_893_456_000).map(lambda epoch: datetime.fromtimestamp(epoch, UTC))
ZONES = st.sampled_from([MEXICO, NEW_YORK, APIA, "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca"])
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def at(text: str, zone: str = MEXICO) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ran(text: str, state: str = "succeeded", zone: str = MEXICO) -> LastRun:
    began = at(text, zone)
    return LastRun(state, began, None if state == "running" else began + timedelta(minutes=20))  # type: ignore[arg-type] # a state of the table


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2025-07-01 12:00", "2025-07-02 02:00"),
        (ran("2025-07-01 02:00"), "2025-07-01 12:00", "2025-07-02 02:00"),
        (ran("2025-07-01 12:00"), "2025-07-01 13:00", "2025-07-02 02:00"),
        (ran("2025-07-01 21:30"), "2025-07-01 22:00", "2025-07-02 03:30"),
        (ran("2025-06-27 02:00"), "2025-07-01 12:00", "2025-06-28 02:00"),
        (ran("2025-07-01 02:00", "failed"), "2025-07-01 03:00", "2025-07-01 08:00"),
        (ran("2025-07-01 02:00", "cancelled"), "2025-07-01 03:00", "2025-07-02 02:00"),
        (ran("2025-07-01 02:00", "running"), "2025-07-01 02:05", None),
    ],
    ids=["never", "nightly", "by hand", "six hours", "was down", "failed", "cancelled", "works"],
)
@pytest.mark.requirement("RF-006")
def test_a_legacy_source_is_due(last: LastRun | None, now: str, due: str | None) -> None:
    assert next_run_at(NIGHTLY, MEXICO, (), last, at(now)) == (due and at(due))


@pytest.mark.parametrize(
    ("state", "began", "ended", "due"), [("succeeded", 0, 3, 10), ("succeeded", 0, 25, 25), ("failed", 0, 3, 63)]
)
@pytest.mark.requirement("RF-006")
def test_a_queue_is_due_every_ten_seconds(state: Any, began: int, ended: int, due: int) -> None:
    zero = at("2025-07-01 12:00")
    last = LastRun(state, zero + timedelta(seconds=began), zero + timedelta(seconds=ended))
    assert next_run_at(QUEUE, MEXICO, (), last, zero) == zero + timedelta(seconds=due)
    assert next_run_at(QUEUE, MEXICO, (), None, zero) == zero
    assert next_run_at(None, MEXICO, (), None, zero) is None


@pytest.mark.parametrize(
    ("after", "due"),
    [
        # Clocks go forward at 02:00 on 9 March 2025: 02:30 is skipped and due an hour later by the wall.
        ("2025-03-08 12:00", "2025-03-09 07:30"),
        ("2025-03-09 03:30", "2025-03-10 06:30"),
        # Clocks go back at 02:00 on 2 November 2025: 01:30 comes twice and is due once.
        ("2025-11-01 12:00", "2025-11-02 05:30"),
        ("2025-11-02 01:30", "2025-11-03 06:30"),
    ],
)
def test_clock_changes(after: str, due: str) -> None:
    wanted = time(2, 30) if after.startswith("2025-03") else time(1, 30)
    found = next_local_time(at(after, NEW_YORK), wanted, ZoneInfo(NEW_YORK))
    assert found == datetime.strptime(due, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@given(MOMENTS, TIMES, ZONES)
def test_every_local_day_has_one_time_of_the_schedule(after: datetime, wanted: time, zone: str) -> None:
    place = ZoneInfo(zone)
    first = next_local_time(after, wanted, place)
    second = next_local_time(first, wanted, place)
    assert after < first < second
    assert first - after <= timedelta(hours=50)  # a zone may skip a day
    days = second.astimezone(place).date() - first.astimezone(place).date()
    assert timedelta(days=1) <= days <= timedelta(days=2)


@given(MOMENTS, MOMENTS, ZONES, st.sampled_from(["succeeded", "failed", "cancelled"]))
@pytest.mark.requirement("RF-006")
def test_legacy_runs_are_never_closer_than_the_spacing(now: datetime, began: datetime, zone: str, state: Any) -> None:
    due = next_run_at(NIGHTLY, zone, (), LastRun(state, began, began + timedelta(minutes=1)), now)
    assert due is not None
    assert due - began >= LEGACY_SPACING


@pytest.mark.requirement("RNF-019")
@given(MOMENTS, ZONES, st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=3))
def test_nothing_is_due_inside_a_pause(now: datetime, zone: str, windows: list[tuple[int, int]]) -> None:
    place = ZoneInfo(zone)
    pauses = [Pause(since, until) for since, until in windows if since != until]
    found = after_pauses(now, place, pauses)
    assert now <= found <= now + timedelta(days=1)
    covered = any(pause.covers(found, place) for pause in pauses)
    assert not covered or found == now + timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-07-01 09:30", "2025-07-01 11:00"),
        ("2025-07-01 11:30", "2025-06-28 02:00"),
        ("2025-07-01 23:30", "2025-07-02 01:00"),
    ],
)
def test_what_was_missed_waits_for_the_end_of_a_pause(now: str, due: str) -> None:
    pauses = (read_pause("09:00-11:00"), read_pause("23:00-01:00"))
    assert next_run_at(NIGHTLY, MEXICO, pauses, ran("2025-06-27 02:00"), at(now)) == at(due)


@pytest.mark.parametrize("text", ["9-11", "09:00", "09:00-09:00", "25:00-26:00", ""])
def test_a_wrong_pause_is_refused(text: str) -> None:
    with pytest.raises(BadSchedule):
        read_pause(text)


QUARTERS = [f"tbl_historico_t{n}_{year}" for year in (2024, 2025) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("today", "days", "names", "wanted"),
    [
        (date(2025, 8, 1), 7, QUARTERS[:7], ["t2_2025", "t3_2025"]),
        (date(2025, 10, 1), 7, QUARTERS[:7], ["t3_2025"]),
        (date(2026, 1, 1), 7, QUARTERS, ["t4_2025"]),
        (date(2025, 8, 1), 200, QUARTERS[:7], ["t1_2025", "t2_2025", "t3_2025"]),
        (date(2028, 1, 1), 7, QUARTERS, ["t4_2025"]),
        (date(2025, 8, 1), 7, [*QUARTERS[:2], "calls"], ["calls", "t2_2024"]),
        (date(2025, 8, 1), 7, ["calls"], ["calls"]),
    ],
    ids=["two quarters", "no next table", "new year", "many days", "archive", "odd name", "odd names only"],
)
@pytest.mark.requirement("RF-006")
def test_the_tables_of_a_night(today: date, days: int, names: list[str], wanted: list[str]) -> None:
    found = nightly_tables(names, today, days)
    assert [name.removeprefix("tbl_historico_") for name in found] == wanted


def declared(tmp_path: Path, kind: str, lines: str) -> Source:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    login = f'host = "127.0.0.1"\nname = "x"\nuser = "r"\npassword_file = "{tmp_path}/password"\n'
    where = lines if "paths" in lines else login + lines
    (tmp_path / "sources.toml").write_text(f'[[source]]\nid = "a"\nkind = "{kind}"\n{where}\n')
    return read_sources(tmp_path / "sources.toml")[0]


@pytest.mark.parametrize(
    ("kind", "lines", "schedule"),
    [
        ("legacy", "", "daily at 02:00"),
        ("asterisk", "", "every 10 s"),
        ("legacy", 'schedule = "03:15"', "daily at 03:15"),
        ("asterisk", "every_s = 30", "every 30 s"),
        ("asterisk", 'schedule = "off"', "None"),
        ("legacy", 'paths = ["/x"]', "None"),
        ("legacy", 'paths = ["/x"]\nschedule = "02:00"', "daily at 02:00"),
    ],
)
def test_what_a_source_declares(tmp_path: Path, kind: str, lines: str, schedule: str) -> None:
    assert str(declared(tmp_path, kind, lines).schedule) == schedule


@pytest.mark.parametrize(
    ("kind", "lines", "sentence"),
    [
        ("legacy", 'schedule = "2 am"', "'2 am' is no time of day; write it like 02:00"),
        ("legacy", "every_s = 10", 'write schedule = "02:00"'),
        ("asterisk", 'schedule = "02:00"', "write every_s = 10"),
        ("asterisk", "every_s = 0", "every_s must be from 1 to 86400 seconds"),
        ("asterisk", 'every_s = 5\nschedule = "off"', "not both"),
        ("legacy", "nightly_days = 0", "nightly_days must be a whole number from 1 to 400"),
        ("legacy", 'pause = "09:00-11:00"', "write pause as a list"),
        ("legacy", 'pause = ["9-11"]', "'9' is no time of day"),
    ],
)
def test_a_wrong_declaration_is_one_sentence(tmp_path: Path, kind: str, lines: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence.replace("(", r"\(")):
        declared(tmp_path, kind, lines)
