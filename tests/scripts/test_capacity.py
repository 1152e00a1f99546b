import json
import subprocess
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import capacity
from scripts.capacity import Centre, Measured, needs

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
ONE = Measured(**dict.fromkeys((each.name for each in fields(Measured)), 1.0))
MEASURED = capacity.read_measured(capacity.MEASURED)


@pytest.mark.requirement("RF-055")
def test_the_model_is_the_sum_of_its_parts() -> None:
    """A thousand calls a day for a year of 365.25 days, where everything costs one."""
    found = needs(Centre(calls_a_day=1_000, years=1, window_h=1, people=60), ONE)
    calls, days = 365_250, 365.25
    assert found.fact_rows == calls
    assert found.facts_bytes == calls
    assert found.rollups_bytes == round(2 * calls + 2 * days)
    assert found.wal_archive_bytes == 7_000
    assert found.disk_bytes == round(3 * (3 * calls + 2 * days) + 7_000)
    # 0.001 million new calls at 2 CPU seconds a million, and 184 days of them again at 1; half busy, in an hour.
    assert found.load_cores == round((0.002 + 0.184) / 3_600 / 0.5, 2)
    assert found.source_cpu_s_a_night == round(0.001 + 0.184, 1)
    # 60 people ask 12 questions a minute each, of a CPU second each, on cores that are half busy.
    assert found.reading_cores == 24


def test_few_days_are_not_read_again_more_often_than_they_exist() -> None:
    short = needs(Centre(calls_a_day=10_000_000, years=2 / capacity.DAYS_A_YEAR), ONE)
    assert short.source_cpu_s_a_night == (10 + 2 * 10)


@pytest.mark.parametrize(
    ("calls_a_day", "machines"),
    [
        (1_000, "a laptop is enough"),
        (1_000_000, "one server"),
        (100_000_000, "Citus: a coordinator and"),
        (1_000_000_000, "Citus: a coordinator and"),
    ],
)
def test_machines_grow_with_the_calls(calls_a_day: int, machines: str) -> None:
    assert needs(Centre(calls_a_day), MEASURED).machines.startswith(machines)


def test_many_readers_get_replicas() -> None:
    found = needs(Centre(1_000, people=10_000), MEASURED)
    assert "read replica" in found.machines


@pytest.mark.requirement("RF-055")
@given(st.integers(1, 10**9), st.floats(0.01, 50), st.integers(0, 10_000))
def test_more_calls_and_more_years_never_need_less(calls: int, years: float, people: int) -> None:
    centre = Centre(calls, years, people=people)
    less = needs(centre, MEASURED)
    for more in (replace(centre, calls_a_day=2 * calls), replace(centre, years=2 * years)):
        found = asdict(needs(more, MEASURED))
        assert all(found[name] >= value for name, value in asdict(less).items() if name != "machines")


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (2.5e12, "2.5 TB"), (4e18, "4,000 PB")]
)
def test_sizes_are_short(size: float, text: str) -> None:
    assert capacity.size(size) == text


@pytest.mark.parametrize(
    "spoilt", ["", "{", "[]", '{"fact_bytes_a_call": "many"}', '{"fact_bytes_a_call": true}', "nan"]
)
def test_figures_that_cannot_be_read_are_told(spoilt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "measured.json"
    file.write_text(spoilt, encoding="utf-8")
    assert capacity.main(["--table", "--measured", str(file)]) == 1
    told = capsys.readouterr().err
    assert str(file) in told
    assert "tests.benchmarks.capacity --write" in told


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--calls-per-day", "0"],
        ["--calls-per-day", "many"],
        ["--calls-per-day", "1", "--years", "nan"],
        ["--calls-per-day", "1", "--table"],
        ["--calls-per-day", "1", "--what"],
    ],
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        capacity.main(words)
    assert ended.value.code == 2


def test_it_runs_with_nothing_but_python() -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "scripts" / "capacity.py"), "--calls-per-day", "130000", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found == asdict(needs(Centre(130_000), MEASURED))
    told = capacity.text_of(needs(Centre(130_000), MEASURED))
    assert "332,377,500" in told
    assert "machines" in told


@pytest.mark.requirement("RF-055")
def test_the_page_shows_the_table_of_today() -> None:
    page = (ROOT / "docs" / "escala.md").read_text(encoding="utf-8")
    assert capacity.table(MEASURED) in page, "docs/escala.md: put in what python scripts/capacity.py --table prints"
