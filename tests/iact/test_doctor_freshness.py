"""`iact doctor` about how new calls are: a source is told to be read again only where that can help."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iact.data_dir import Layout
from iact.doctor import freshness, keeping, source
from iact.doctor.finding import Finding, Severity
from iact.doctor.freshness import look_at_freshness, told
from iact.run_file import write_private
from iact.sample import DONE_FILE, SOURCES_HEAD, holds_the_sample

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
GOOD, NOTE, WARNING, CRITICAL = Severity
READ_IT = "iact ingest centre"


def row(
    read_h: float | None = 1, newest_h: float | None = 1, *, failed: str | None = None, held: int = 0
) -> dict[str, Any]:
    """A source as the database tells it: last read whole and newest call so many hours ago."""
    return {
        "source": "centre",
        "zone": "America/Mexico_City",
        "data_as_of": None if newest_h is None else NOW - timedelta(hours=newest_h),
        "last_success_at": None if read_h is None else NOW - timedelta(hours=read_h),
        "last_state": "failed" if failed else "succeeded",
        "last_error": failed,
        "held_units": held,
    }


def found(by_hand: bool = False, **facts: Any) -> Finding:
    finding = told(row(**facts), NOW, by_hand=by_hand)
    assert finding.check == "freshness"
    assert "centre" in finding.what
    if finding.needs_hands:
        assert finding.meaning
        assert finding.way_out
    return finding


@pytest.mark.unit
@pytest.mark.requirement("RF-051")
@pytest.mark.parametrize(
    ("facts", "severity", "way_out"),
    [
        ({}, GOOD, ""),
        ({"read_h": 13, "newest_h": 13}, WARNING, READ_IT),
        ({"read_h": 30, "newest_h": 30}, CRITICAL, READ_IT),
        ({"read_h": 30, "newest_h": 300}, CRITICAL, READ_IT),
        ({"read_h": None}, CRITICAL, READ_IT),
        ({"newest_h": None, "read_h": None}, WARNING, READ_IT),
        ({"failed": "No disk."}, WARNING, "put right what the error says, then iact ingest centre"),
        ({"held": 2}, WARNING, "iact reconcile centre"),
        ({"newest_h": 300}, WARNING, "look in the source"),
    ],
)
def test_each_cause_has_its_own_way_out(facts: dict[str, Any], severity: Severity, way_out: str) -> None:
    finding = found(**facts)
    assert (finding.severity, finding.way_out[: len(way_out)]) == (severity, way_out)


@pytest.mark.unit
def test_a_source_that_was_read_and_is_quiet_is_not_told_to_be_read_again() -> None:
    assert "iact ingest" not in found(newest_h=300).way_out


@pytest.mark.unit
@pytest.mark.requirement("RF-051")
@pytest.mark.parametrize("facts", [{"read_h": None, "newest_h": None}, {"failed": "No disk."}, {"held": 1}])
def test_files_given_by_hand_are_read_again_as_files(facts: dict[str, Any]) -> None:
    finding = told({**row(**facts), "source": "files-legacy"}, NOW, by_hand=True)
    assert "iact ingest FILE..." in finding.way_out
    assert "iact ingest files-" not in finding.way_out


@pytest.mark.unit
@pytest.mark.requirement("RF-051")
@pytest.mark.parametrize("gap_h", [0, 2_000])
@pytest.mark.parametrize("read_h", [0, 13, 30, 3_000])
def test_calls_that_are_read_by_hand_are_worth_a_note(read_h: float, gap_h: float) -> None:
    """Such as the sample's: they end where they end, and nobody promised to read them again."""
    finding = found(by_hand=True, read_h=read_h, newest_h=read_h + gap_h)
    assert (finding.severity, finding.way_out) == (NOTE, "")
    assert 'schedule = "off"' in finding.meaning
    newest = NOW - timedelta(hours=read_h + gap_h, minutes=6 * 60)  # in the source's own zone
    assert f"{newest:%Y-%m-%d}" in finding.what


@pytest.mark.unit
@given(
    read_h=st.floats(24, 5_000),
    gap_h=st.floats(0, 48),
    failed=st.sampled_from([None, "No disk."]),
    held=st.integers(0, 2),
)
def test_a_source_that_had_new_calls_and_was_not_read_for_a_day_is_always_told(
    read_h: float, gap_h: float, failed: str | None, held: int
) -> None:
    finding = found(read_h=read_h, newest_h=read_h + gap_h, failed=failed, held=held)
    assert finding.severity is CRITICAL
    assert READ_IT in finding.way_out


@pytest.mark.unit
@pytest.mark.parametrize("read_h", [1, 13, 30])
@pytest.mark.parametrize("wrong", [{"failed": "No disk."}, {"held": 1}])
def test_what_went_wrong_with_past_calls_is_not_passed_over(read_h: float, wrong: dict[str, Any]) -> None:
    assert found(by_hand=True, read_h=read_h, newest_h=2_000, **wrong).needs_hands


@pytest.mark.integration
async def test_what_is_declared_decides_who_reads(conn: asyncpg.Connection) -> None:
    await conn.execute(
        "WITH made AS (INSERT INTO ivr.sources (source, kind, zone)"
        " VALUES ('centre', 'legacy', 'America/Mexico_City') RETURNING source_id),"
        " ran AS (INSERT INTO ivr.runs (source_id, state, requested_by, started_at, finished_at)"
        " SELECT source_id, 'succeeded', 'test', now(), now() FROM made)"
        " INSERT INTO ivr.data_versions (source_id, version, data_as_of)"
        " SELECT source_id, 1, now() - interval '300 days' FROM made"
    )

    async def severity(scheduled: frozenset[str] | None) -> Severity:
        return (await look_at_freshness(conn, lambda: datetime.now(UTC), scheduled))[0].severity

    assert await severity(None) is WARNING  # nothing says how it is read
    assert await severity(frozenset({"centre"})) is WARNING
    assert await severity(frozenset({"other"})) is NOTE
    assert await severity(frozenset()) is NOTE
    await conn.execute("UPDATE ivr.sources SET source = 'files-legacy'")
    assert await severity(None) is NOTE  # whatever is declared: only a person gives files


@pytest.mark.unit
def test_who_is_read_by_schedule_stands_in_the_sources_file(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    assert source.scheduled(None) is None
    assert source.scheduled(file) is None
    paths = f'kind = "legacy"\npaths = ["{tmp_path}/x*"]\n'
    file.write_text(
        f'[[source]]\nid = "files"\n{paths}[[source]]\nid = "off"\nschedule = "off"\n{paths}'
        f'[[source]]\nid = "nightly"\nschedule = "02:00"\n{paths}'
    )
    assert source.scheduled(file) == frozenset({"nightly"})
    file.write_text("[[source]]\nid = 7\n")
    assert source.scheduled(file) is None


# --- the sample ---


@pytest.mark.unit
def test_a_folder_is_the_sample_while_its_sources_are(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert not holds_the_sample(tmp_path, layout.sources_file)
    layout.demo.mkdir()
    write_private(layout.demo / DONE_FILE, '{"rows": 10}')
    write_private(layout.sources_file, SOURCES_HEAD)
    assert holds_the_sample(tmp_path, layout.sources_file)
    assert not holds_the_sample(tmp_path, tmp_path / "mine.toml")
    assert not holds_the_sample(tmp_path, None)
    write_private(layout.sources_file, "# mine\n")
    assert not holds_the_sample(tmp_path, layout.sources_file)


@pytest.mark.integration
@pytest.mark.requirement("RF-051")
async def test_a_sample_needs_no_copies_until_it_has_calls_of_its_own(conn: asyncpg.Connection) -> None:
    assert (await keeping.look_at_followed_log(conn))[0].severity is WARNING
    for name, findings in (("legacy", 0), ("queues", 0), ("files-legacy", 1)):
        await conn.execute("INSERT INTO ivr.sources (source, kind, zone) VALUES ($1, 'legacy', 'UTC')", name)
        assert len(await keeping.look_at_followed_log(conn, sample=True)) == findings, name


@pytest.mark.unit
def test_copies_of_a_sample_are_not_asked_for() -> None:
    asked, not_asked = keeping.look_at_copies(None, NOW)[0], keeping.look_at_copies(None, NOW, sample=True)[0]
    assert (asked.severity, not_asked.severity) == (NOTE, NOTE)
    assert (bool(asked.way_out), not_asked.way_out) == (True, "")
    assert "iact demo" in not_asked.meaning


@pytest.mark.unit
def test_the_only_causes_are_those_that_are_judged() -> None:
    """A reason that somebody adds to the judgement has to get its way out."""
    assert set(freshness.WAYS_OUT) | {"up_to_date", "by_hand"} == set(freshness.REASONS)
