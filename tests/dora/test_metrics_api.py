"""The metrics from rows in the database, asked over HTTP."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services import dora
from shared.sql import statements
from tests.dora.conftest import Engineer

pytestmark = pytest.mark.integration

MARCH = {"from_": "2026-03-02T00:00:00-06:00", "to": "2026-03-16T00:00:00-06:00", "zone": "America/Mexico_City"}


async def metrics(engineer: Engineer, **asked: Any) -> dict[str, Any]:
    answer = await engineer.get("/metrics", **{**MARCH, **asked})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.requirement("RF-031")
async def test_frequency_comes_from_the_rows_of_service_environment_and_window(engineer: Engineer) -> None:
    await engineer.reported(deployed_at="2026-03-01T23:59:00-06:00", commit_sha="aaaaaaa", version=None)  # before
    await engineer.reported(deployed_at="2026-03-02T00:00:00-06:00", commit_sha="aaaaaaa", version=None)
    await engineer.reported(deployed_at="2026-03-04T10:00:00-06:00", commit_sha="bbbbbbb", version=None)
    await engineer.reported(finished_at="2026-03-05T10:00:00-06:00", status="failed")
    await engineer.reported(deployed_at="2026-03-06T10:00:00-06:00", environment="staging")
    await engineer.reported(deployed_at="2026-03-06T10:00:00-06:00", service="ui")
    await engineer.reported(deployed_at="2026-03-16T00:00:00-06:00", commit_sha="ccccccc")  # after

    got = await metrics(engineer, service="gateway")
    found = got["metrics"]["deployment_frequency"]
    assert (found["n"], found["active_days"], found["redeployments"]) == (2, 2, 1)
    assert found["value"] == pytest.approx(2 / 14)
    assert found["interval_s_median"] == 58 * 3600
    assert got["window"]["days"] == 14
    assert got["exclusions"] == [{"of": "deployments", "reason": "failed_before_reaching_the_environment", "count": 1}]
    assert [point["deployments"] for point in got["series"]] == [2, 0]
    assert got["series"][0]["from"] == "2026-03-02T00:00:00-06:00"

    without = await metrics(engineer, service="gateway", redeployments=False)
    assert without["metrics"]["deployment_frequency"]["n"] == 1
    everything = await metrics(engineer)
    assert everything["metrics"]["deployment_frequency"]["n"] == 3
    assert len(everything["warnings"]) == 1
    staging = await metrics(engineer, service="gateway", environment="staging")
    assert staging["metrics"]["deployment_frequency"]["n"] == 1


@pytest.mark.requirement("RF-031")
async def test_without_reports_every_metric_is_null_with_a_reason(engineer: Engineer) -> None:
    got = await metrics(engineer, service="gateway")
    assert {name: metric["value"] for name, metric in got["metrics"].items()} == dict.fromkeys(got["metrics"])
    assert len(got["metrics"]) == 5
    assert all(metric["reason"] for metric in got["metrics"].values())
    assert got["meta"]["data_as_of"] is None


async def test_window_ends_at_the_present(engineer: Engineer) -> None:
    await engineer.reported()
    got = await metrics(engineer, from_="2026-03-02T00:00:00Z", to="2999-01-01T00:00:00Z", granularity="year")
    assert got["window"]["to"] < "2999"
    assert got["series"][-1]["partial"]


async def test_by_default_the_last_thirty_days(engineer: Engineer) -> None:
    await engineer.reported()
    got = (await engineer.get("/metrics", benchmark=2024)).json()
    assert got["window"]["days"] == pytest.approx(30, abs=0.1)
    assert got["metrics"]["deployment_frequency"]["n"] == 1
    assert got["metrics"]["deployment_frequency"]["benchmark"]["clusters"] == ["medium"]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"zone": "America"}, "zone"),
        ({"granularity": "hour"}, "granularity"),
        ({"granularity": "day", "from_": "2016-01-01T00:00:00Z"}, "granularity"),
        ({"from_": "2026-03-16T00:00:00-06:00"}, "from"),
        ({"benchmark": 2022}, "benchmark"),
        ({"enviroment": "staging"}, "enviroment"),
    ],
)
async def test_bad_question_is_named(engineer: Engineer, asked: dict[str, Any], param: str) -> None:
    answer = await engineer.get("/metrics", **{**MARCH, **asked})
    assert answer.status_code == 422, answer.text
    assert [error["param"] for error in answer.json()["errors"]] == [param]


@pytest.mark.parametrize("name", sorted(statements(Path(dora.__path__[0]))))
async def test_statement_fits_the_migrated_schema(conn: asyncpg.Connection, name: str) -> None:
    text = statements(Path(dora.__path__[0]))[name]
    assert text.startswith("-- "), "the first line says what a row is"
    await conn.prepare(text)


@pytest.mark.parametrize(
    ("service", "repository", "until", "indexes"),
    [
        ("'s0'", "NULL", "'2020-03-01'", ["deployments_by_"]),
        ("NULL", "'r7'", "NULL", ["deployments_by_repository", "deployments_by_component"]),
    ],
)
async def test_shipped_deployments_are_read_by_their_index(
    conn: asyncpg.Connection, service: str, repository: str, until: str, indexes: list[str]
) -> None:
    await conn.execute("""
        INSERT INTO dora.deployments
            (source, service, environment, status, deployed_at, time_quality, occurred_at, entity_key, repository,
            components)
        SELECT 'own', 's' || i % 20, CASE WHEN i % 20 = 0 THEN 'production' ELSE 'staging' END, 'success', at, 'exact',
            at, 'key ' || i, 'r' || i % 5000,
            CASE WHEN i % 3 = 0 THEN jsonb_build_array(jsonb_build_object('repository', 'r' || i % 4000)) ELSE '[]' END
        FROM generate_series(1, 20000) AS i,
            LATERAL (SELECT timestamptz '2020-01-01' + i * interval '1 hour' AS at) AS t
    """)
    await conn.execute("ANALYZE dora.deployments")
    text = statements(Path(dora.__path__[0]))["shipped_deployments"]
    values = ("'production'", service, "NULL", repository, until, "1000")
    for number, value in enumerate(values, start=1):
        text = text.replace(f"${number}", value)
    plan = await conn.fetch("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " + text)
    said = "\n".join(row[0] for row in plan)
    assert [name for name in indexes if name not in said] == [], said
    assert "Seq Scan" not in said


@pytest.mark.requirement("RF-048")
async def test_evidence_of_every_number_page_by_page(engineer: Engineer) -> None:
    for hour, version, planned in ((10, "1", None), (12, "2", None), (15, "1", False), (18, "3", None)):
        at = f"2026-03-04T{hour}:00:00-06:00"
        await engineer.reported(deployed_at=at, version=version, team="core", planned=planned)
    told = {"incident_id": "i-1", "service": "gateway", "detected_at": "2026-03-04T19:00:00-06:00", "caused_by": "3"}
    assert (await engineer.post("/incidents", told)).status_code == 201

    got = await metrics(engineer, service="gateway", team="core", as_of="2026-03-20T00:00:00Z")
    fail = got["metrics"]["change_fail_rate"]
    assert (fail["numerator"], fail["denominator"], fail["by_grade"]) == (2, 4, {"explicit": 1, "rollback": 1})
    assert got["metrics"]["deployment_rework_rate"]["told_unplanned"] == 1
    assert (await metrics(engineer, team="other"))["metrics"]["change_fail_rate"]["value"] is None
    assert await metrics(engineer, service="gateway", team="core", as_of="2026-03-20T00:00:00Z") == got

    asked = {**MARCH, "service": "gateway", "as_of": "2026-03-20T00:00:00Z"}
    for name, metric in got["metrics"].items():
        answer = await engineer.get(f"/metrics/{name}/evidence", **asked)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["counted"] == (metric["n"] or 0), name
        assert found["total"] == len(found["items"])
        assert sum(found["left_out"].values()) == found["total"] - found["counted"]
    page = (await engineer.get("/metrics/change_fail_rate/evidence", **asked, limit=3)).json()
    assert (len(page["items"]), page["next_offset"], page["total"]) == (3, 3, 4)
    first = page["items"][0]
    assert (first["numerator"], first["deployment"]["version"], first["links"][0]["grade"]) == (True, "3", "explicit")
    rest = (await engineer.get("/metrics/change_fail_rate/evidence", **asked, limit=3, offset=3)).json()
    assert (len(rest["items"]), rest["next_offset"]) == (1, None)
    assert (await engineer.get("/metrics/velocity/evidence", **asked)).status_code == 422
    assert (await engineer.holding("DOR-002").get("/metrics/change_fail_rate/evidence")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from_": "0028-08-27T03:46:00.83Z"}, "from"),
        ({"from_": "0731-06-28T19:21:08-07:40", "granularity": "year"}, "from"),
        ({"to": "0001-01-01T00:00:00Z"}, "to"),
        ({"to": "9999-12-31T23:59:59Z"}, "to"),
        ({"as_of": "0001-01-01T00:00:00Z"}, "as_of"),
    ],
)
async def test_moments_beyond_every_clock_are_refused_by_name(
    engineer: Engineer, asked: dict[str, str], field: str
) -> None:
    for path in ("/metrics", "/metrics/change_lead_time/evidence", "/quality"):
        answer = await engineer.get(path, **asked)
        if path == "/quality" and field == "as_of":
            continue
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["param"] == field
