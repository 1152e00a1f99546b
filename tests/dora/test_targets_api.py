"""The customer's quality targets as the service answers them: from the files of its folder, for a window."""

from pathlib import Path
from typing import Any

import pytest

from tests.dora import figures, logfiles
from tests.dora.conftest import Engineer

pytestmark = pytest.mark.integration

MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-20T00:00:00Z"}
CRITICAL = {**logfiles.INCIDENT, "severity": "critical"}


async def targets(engineer: Engineer, **asked: Any) -> dict[str, Any]:
    answer = await engineer.get("/targets", **asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def values(answer: dict[str, Any]) -> dict[str, tuple[float | None, bool | None]]:
    return {each["name"]: (each["value"], each["holds"]) for each in answer["targets"]}


@pytest.mark.requirement("RF-047")
async def test_figures_of_the_folder_and_repairs_of_the_window(engineer: Engineer, tmp_path: Path) -> None:
    folder = figures.write(tmp_path / "figures", complexity=figures.complexity(12, 3))
    logfiles.write(folder, "incident_logs", CRITICAL)
    answer = await targets(engineer, **MARCH)
    assert values(answer) == {
        "coverage": (100 / 120, True),
        "test_pyramid": (0.01, True),
        "complexity": (12, False),
        "critical_repair_time": (35 * 60, True),
    }
    assert answer["run"]["commit"] == "3f2a9c1d" * 5
    assert (answer["window"]["from"], answer["window"]["days"]) == (MARCH["from"], 19)
    later = await targets(engineer, **{**MARCH, "from": "2026-03-11T00:00:00Z"})
    assert values(later)["critical_repair_time"] == (None, None)


async def test_what_nobody_measured_is_null_with_the_reason(engineer: Engineer) -> None:
    answer = await targets(engineer)
    assert set(values(answer).values()) == {(None, None)}
    assert answer["run"] is None
    assert all(each["reason"] for each in answer["targets"])


async def test_log_that_cannot_be_read_is_the_reason_without_its_folder(engineer: Engineer, tmp_path: Path) -> None:
    logfiles.write(figures.write(tmp_path / "figures"), "incident_logs", {**CRITICAL, "severity": "bad"})
    (repair,) = [each for each in (await targets(engineer))["targets"] if each["name"] == "critical_repair_time"]
    assert repair["reason"].startswith("incident_logs.json: record 1: severity: 'bad' is not known; write one of")


async def test_targets_need_a_function_and_a_window_that_can_be(engineer: Engineer) -> None:
    assert (await engineer.holding("DOR-002").get("/targets")).status_code == 403
    for wrong in ({"service": "gateway"}, {"from": MARCH["to"], "to": MARCH["from"]}, {"from": "1969-01-01T00:00:00Z"}):
        assert (await engineer.get("/targets", **wrong)).status_code == 422
