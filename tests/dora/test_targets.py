"""The customer's quality targets: what holds, what does not, and what nobody knows."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora.delivery import targets
from services.dora.delivery.model import DAY_S, HOUR_S, Incident, Window
from services.dora.delivery.targets import Target, repair_time
from tests.dora import figures
from tests.dora.tables import moment, table

pytestmark = pytest.mark.unit

WINDOW = Window(
    since=moment("01T00:00").timestamp(), until=moment("31T00:00").timestamp(), as_of=moment("31T12:00").timestamp()
)
FILES = ("coverage.xml", "pyramid.json", "complexity.json")


def measured(folder: Path, **files: str) -> dict[str, Target]:
    return {each.name: each for each in targets.targets(figures.write(folder, **files), [], WINDOW)}


def incidents(text: str) -> list[Incident]:
    """Columns severity, detected and resolved (UTC, March 2026: `02T10:00`); a dot is open."""
    return [
        Incident(
            id=str(number),
            severity=cells["severity"],
            detected_at=moment(cells["detected"]).timestamp(),
            resolved_at=moment(cells["resolved"]).timestamp() if "resolved" in cells else None,
        )
        for number, cells in enumerate(table(text))
    ]


@pytest.mark.parametrize(
    ("lines", "branches", "value", "holds"),
    [
        ("80/100", "0/0", 0.8, True),
        ("79/100", "0/0", 0.79, False),
        ("90/100", "10/20", 100 / 120, True),  # as `coverage report` counts: lines and branches alike
        ("85/100", "5/20", 0.75, False),
        ("0/1", "0/0", 0.0, False),
    ],
)
def test_coverage_is_of_lines_and_branches(
    tmp_path: Path, lines: str, branches: str, value: float, *, holds: bool
) -> None:
    found = measured(tmp_path, coverage=figures.coverage(lines, branches))["coverage"]
    assert found.value == pytest.approx(value)
    assert (found.holds, found.reason) == (holds, None)
    assert ("branches" in found.parts) == (branches != "0/0")


@pytest.mark.parametrize(
    ("counts", "furthest", "holds"),
    [
        ((60, 30, 10), 0.0, True),
        ((70, 20, 10), 0.1, True),  # ten points are still the same shape
        ((50, 40, 10), 0.1, True),
        ((71, 20, 9), 0.11, False),
        ((90, 8, 2), 0.3, False),
        ((0, 0, 5), 0.9, False),
    ],
)
def test_pyramid_is_as_good_as_its_furthest_share(
    tmp_path: Path, counts: tuple[int, int, int], furthest: float, *, holds: bool
) -> None:
    unit, integration, e2e = counts
    found = measured(tmp_path, pyramid=figures.pyramid(unit=unit, integration=integration, e2e=e2e, none=3, two=2))
    pyramid = found["test_pyramid"]
    assert pyramid.value == pytest.approx(furthest)
    assert (pyramid.holds, pyramid.n) == (holds, sum(counts))
    assert list(pyramid.parts) == ["unit", "integration", "e2e"]


@pytest.mark.parametrize(("numbers", "above", "holds"), [((1, 10, 3), 0, True), ((11, 2, 25), 2, False)])
def test_complexity_is_of_the_most_complex_function(
    tmp_path: Path, numbers: tuple[int, ...], above: int, *, holds: bool
) -> None:
    found = measured(tmp_path, complexity=figures.complexity(*numbers))["complexity"]
    assert (found.value, found.n, found.parts, found.holds) == (max(numbers), len(numbers), {"above": above}, holds)


@pytest.mark.parametrize(
    ("rows", "hours", "n", "open_", "holds", "reason"),
    [
        # 24 and 72 hours: two days on average.
        ("critical 02T10:00 03T10:00\ncritical 04T10:00 07T10:00", 48, 2, 0, True, None),
        ("critical 02T10:00 03T10:00\ncritical 04T10:00 07T10:01", 48 + 1 / 120, 2, 0, False, None),
        # Others than critical ones, and those repaired before or after the window, are of no account.
        ("critical 02T10:00 03T10:00\nhigh 04T10:00 30T10:00", 24, 1, 0, True, None),
        # Repaired as the window ends is open within it: 12 hours so far.
        ("critical 02T10:00 03T10:00\ncritical 30T12:00 31T00:00", 24, 1, 1, True, None),
        # Repaired in time, but what is open has lasted for 20 days.
        ("critical 02T10:00 03T10:00\ncritical 11T00:00 .", 24, 1, 1, False, "takes the mean above the target"),
        ("critical 11T00:00 .", None, None, 1, False, "has lasted longer than the target"),
        ("critical 30T00:00 .", None, None, 1, None, "has lasted less than the target"),
        ("low 02T10:00 03T10:00", None, None, None, None, "no critical incident was repaired"),
    ],
)
def test_repair_time_is_a_mean_that_open_incidents_can_only_spoil(
    rows: str, hours: float | None, n: int | None, open_: int | None, *, holds: bool | None, reason: str | None
) -> None:
    found = repair_time(incidents("severity detected resolved\n" + rows), WINDOW)
    value = None if hours is None else pytest.approx(hours * HOUR_S)
    assert (found.value, found.n, found.parts.get("open"), found.holds) == (value, n, open_, holds)
    assert (found.reason is None) if reason is None else (reason in (found.reason or ""))


@pytest.mark.requirement("RF-047")
def test_what_nobody_measured_is_null_with_the_reason(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        found = targets.targets(folder, None, WINDOW)
        assert [each.name for each in found] == ["coverage", "test_pyramid", "complexity", "critical_repair_time"]
        assert all(each.value is None and each.holds is None and each.reason for each in found)
        assert targets.run_of(folder) is None
    assert "coverage.xml is missing: ./scripts/run_all_tests.sh writes it" in str(found[0].reason)
    assert "incident_logs.json is missing" in str(found[3].reason)


@pytest.mark.requirement("RF-047")
@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("coverage", "<html/>", "no element coverage"),
        ("coverage", '<coverage line-rate="0.99">', "lines-covered"),
        ("coverage", figures.coverage("0/0"), "cannot be"),
        ("coverage", figures.coverage("9/8"), "cannot be"),
        ("pyramid", "{}", "names no test"),
        ("pyramid", "[]", "is not what"),
        ("complexity", "[]", "does not tell the complexity"),
        ("complexity", '[{"code": "C901", "message": "what"}]', "does not tell the complexity"),
        ("complexity", "[" * 100_000, "is not what"),
    ],
)
def test_damaged_file_is_told_and_never_holds(tmp_path: Path, file: str, text: str, sentence: str) -> None:
    found = {each.source.partition(".")[0]: each for each in measured(tmp_path, **{file: text}).values()}
    assert (found[file].value, found[file].holds) == (None, None)
    assert sentence in str(found[file].reason)


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "coverage.xml").mkdir()
    assert "coverage.xml cannot be read" in str(targets.targets(tmp_path, [], WINDOW)[0].reason)


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"commit": "3f2a9c1"}', '{"commit": "| x", "at": "2026-03-30T10:00:00Z"}']
)
def test_run_that_is_not_told_in_full_is_nobodys(tmp_path: Path, text: str) -> None:
    assert targets.run_of(figures.write(tmp_path)) == {"commit": "3f2a9c1d" * 5, "at": "2026-03-30T10:00:00Z"}
    assert targets.run_of(figures.write(tmp_path, run=text)) is None


@given(st.binary(max_size=300), st.sampled_from(FILES))
def test_no_rubbish_passes(content: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        figures.write(Path(folder))
        (Path(folder) / name).write_bytes(content)
        found = {each.source: each for each in targets.targets(Path(folder), [], WINDOW)}
    assert (found[name].value, found[name].holds) == (None, None)
    assert found[name].reason


MOMENTS = st.integers(min_value=0, max_value=60 * 24).map(lambda hours: WINDOW.since - 15 * DAY_S + hours * HOUR_S)


@st.composite
def disturbances(draw: st.DrawFn) -> Incident:
    detected = draw(MOMENTS)
    lasted = draw(st.none() | st.integers(min_value=0, max_value=10 * 24))
    return Incident(
        id=str(draw(st.integers(0, 10**9))),
        severity=draw(st.sampled_from(["critical", "high", "low"])),
        detected_at=detected,
        resolved_at=None if lasted is None else detected + lasted * HOUR_S,
    )


@given(st.lists(disturbances(), max_size=12), st.randoms(use_true_random=False))
def test_order_and_lesser_incidents_make_no_difference(told: list[Incident], random: Random) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)
    one, other = repair_time(told, WINDOW), repair_time(shuffled, WINDOW)
    assert (one.n, one.holds, one.reason) == (other.n, other.holds, other.reason)
    assert one.value == pytest.approx(other.value)
    assert repair_time([each for each in told if each.severity == "critical"], WINDOW) == one


@given(st.lists(disturbances(), max_size=12), disturbances())
def test_an_open_incident_more_never_makes_a_missed_target_hold(told: list[Incident], more: Incident) -> None:
    ended = [each for each in told if each.resolved_at is not None and each.resolved_at < WINDOW.until]
    before = repair_time(ended, WINDOW)
    opened = Incident(id="open", severity="critical", detected_at=min(more.detected_at, WINDOW.until - 1))
    after = repair_time([*ended, opened], WINDOW)
    assert (after.value, after.n) == (before.value, before.n)
    assert after.parts["open"] == 1
    if before.holds is False:
        assert after.holds is False
