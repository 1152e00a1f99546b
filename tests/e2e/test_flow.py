"""A row in the source becomes a number at the gateway: the API, the command line, the manifest and an independent SQL
over the source must say the same.
"""

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pymysql
import pytest

from tests.e2e.system import RunningSystem

pytestmark = pytest.mark.e2e

MEXICO = ZoneInfo("America/Mexico_City")
MADRID = ZoneInfo("Europe/Madrid")

# Written from the definitions and from nothing of ours: one row per local day and segment.
INDEPENDENT = """
SELECT DATE(LEAST(dHoraInicio, dHoraFin)) AS day,
       CASE cDID_800Transfer WHEN '19028031' THEN 'nacional_A' WHEN '19020001' THEN 'nacional_B'
            WHEN '19020084' THEN 'puebla' ELSE 'desconocido' END AS segment,
       COUNT(*) AS calls,
       SUM(TRIM(COALESCE(cMenu, '')) IN ('', 'sin cMenu', 'VACIO', 'cliente_colgo', 'SinOpcion_Cabecera')) AS abandoned,
       COUNT(DISTINCT NULLIF(TRIM(cTelefono_Origen), '')) AS unique_callers
FROM ({tables}) AS calls
GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def client(system: RunningSystem) -> httpx.Client:
    return system.sign_in()


def ask(client: httpx.Client, **question: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/analytics/query", json=question)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def period(first: date, last: date, zone: ZoneInfo, granularity: str) -> dict[str, str]:
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    until = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    return {"from": since.isoformat(), "to": until.isoformat(), "granularity": granularity, "zone": zone.key}


def legacy_period(system: RunningSystem, zone: ZoneInfo = MEXICO, granularity: str = "day") -> dict[str, str]:
    truth = system.manifest["legacy"]
    first, last = date.fromisoformat(truth["first_day"]), date.fromisoformat(truth["last_day"])
    return period(first, last + timedelta(days=1), zone, granularity)


def by_day_and_segment(client: httpx.Client, time: dict[str, str]) -> dict[tuple[str, str], tuple[int, int, int]]:
    body = ask(
        client,
        source_kind="legacy",
        metrics=["calls", "abandoned", "unique_callers"],
        dimensions=["segment"],
        time=time,
        limit=10_000,
    )
    assert body["next_cursor"] is None
    rows = {(row[0][:10], row[1]): (row[2], row[3], row[4]) for row in body["rows"]}
    return {key: value for key, value in rows.items() if value[0]}


@pytest.mark.requirement("RF-035")
def test_numbers_equal_the_manifest(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]
    expected = {(day, segment): (c, a, u) for day, segment, c, a, u, *_ in truth["by_day_segment"]}
    assert by_day_and_segment(client, legacy_period(system)) == expected


def test_numbers_equal_the_manifest_asked_from_madrid(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]["in_zones"][MADRID.key]
    expected = {(day, segment): (c, a, u) for day, segment, c, a, u, *_ in truth["by_day_segment"]}
    assert by_day_and_segment(client, legacy_period(system, MADRID)) == expected


@pytest.mark.requirement("RF-015")
def test_a_day_of_25_hours_has_25_rows(client: httpx.Client) -> None:
    for day, hours in ((date(2025, 10, 26), 25), (date(2026, 3, 29), 23), (date(2025, 7, 15), 24)):
        body = ask(client, source_kind="legacy", metrics=["calls"], time=period(day, day, MADRID, "hour"))
        assert len(body["rows"]) == hours


def test_totals_equal_the_manifest(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]
    names = {
        "calls": truth["calls"],
        "abandoned": truth["abandoned"],
        "transferred": truth["transferred"],
        "ended_in_ivr": truth["ended_in_ivr"],
        "swapped_times": truth["swapped"],
        "menu_errors": truth["menu_errors"],
        "same_line": truth["line_kinds"]["misma_linea"],
        "different_line": truth["line_kinds"]["linea_diferente"],
        "no_typed_line": truth["line_kinds"]["no_digito"],
        "weekday_calls": truth["weekday_calls"],
        "weekend_calls": truth["weekend_calls"],
        "unique_callers": truth["unique_callers"]["total"],
    }
    body = ask(
        client, source_kind="legacy", metrics=list(names), time=legacy_period(system, granularity="total"), totals=True
    )
    assert dict(zip(names, body["rows"][0], strict=True)) == names
    assert dict(zip(names, body["totals"], strict=True)) == names


def test_menus_and_centres_equal_the_manifest(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]
    for dimension in ("menu", "centre", "option"):
        body = ask(
            client,
            source_kind="legacy",
            metrics=["calls"],
            dimensions=[dimension],
            time=legacy_period(system, granularity="total"),
            limit=10_000,
        )
        found = {row[0].casefold(): row[1] for row in body["rows"]}
        expected: Counter[str] = Counter()
        for name, calls in truth[f"by_{dimension}"].items():
            expected[name.casefold()] += calls
        assert found == dict(expected), dimension


def test_queues_equal_the_manifest(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["asterisk"]
    first, last = date.fromisoformat(truth["first_day"]), date.fromisoformat(truth["last_day"])
    exits = {"answered": "answered", "abandoned": "abandoned", "timed_out": "timeout", "key_exits": "key_exit"}
    body = ask(
        client,
        source_kind="asterisk",
        metrics=["offered", *exits, "open"],
        dimensions=["queue"],
        time=period(first, last + timedelta(days=1), ZoneInfo(truth["zone"]), "total"),
    )
    expected = {
        queue: [counts["calls"], *(counts[name] for name in exits.values()), counts["open"]]
        for queue, counts in truth["by_queue"].items()
    }
    assert {row[0]: row[1:] for row in body["rows"]} == expected


def source_rows(system: RunningSystem, statement: str) -> list[tuple[Any, ...]]:
    """Rows straight from the sample source; skipped, with the reason, where the sample came from files."""
    source = system.run["databases"]["ivr"]
    if source is None:
        pytest.skip("the sample came from files: mariadbd is not installed")
    password = (system.data_dir / "secrets" / "ivr_reader_password").read_text(encoding="utf-8").strip()
    connection = pymysql.connect(
        host=source["host"],
        port=source["port"],
        user=source["user"],
        password=password,
        database=source["name"],
    )
    tables = " UNION ALL ".join(f"SELECT * FROM {table}" for table in system.manifest["legacy"]["tables"])
    with connection, connection.cursor() as cursor:
        cursor.execute(statement.format(tables=tables))
        return list(cursor.fetchall())


def test_numbers_equal_an_independent_sql_over_the_source(system: RunningSystem, client: httpx.Client) -> None:
    rows = source_rows(system, INDEPENDENT)
    expected = {(str(day), segment): (calls, int(abandoned), unique) for day, segment, calls, abandoned, unique in rows}
    assert by_day_and_segment(client, legacy_period(system)) == expected


def test_days_of_madrid_equal_an_independent_count(system: RunningSystem, client: httpx.Client) -> None:
    statement = "SELECT LEAST(dHoraInicio, dHoraFin) AS at, COUNT(*) FROM ({tables}) AS calls GROUP BY 1"
    expected: Counter[str] = Counter()
    for at, calls in source_rows(system, statement):
        expected[str(at.replace(tzinfo=MEXICO).astimezone(UTC).astimezone(MADRID).date())] += calls
    body = ask(client, source_kind="legacy", metrics=["calls"], time=legacy_period(system, MADRID))
    assert {row[0][:10]: row[1] for row in body["rows"] if row[1]} == dict(expected)


@pytest.mark.requirement("RF-018")
def test_reports_say_the_same_in_every_format(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]["unique_callers"]
    quarter = min(truth["by_quarter"])
    shown = system.iact("reports", "unique-customers", "--quarter", quarter, "--format", "json")
    assert shown.returncode == 0, shown.stderr
    path = f"/api/v1/analytics/reports/unique-customers?quarter={quarter}&segment=todas&format="
    assert client.get(f"{path}json").json()["rows"] == json.loads(shown.stdout)["rows"]
    table = list(csv.reader(io.StringIO(client.get(f"{path}csv").text.lstrip("\ufeff"))))
    assert str(truth["by_quarter"][quarter]) in {cell for row in table for cell in row}
    for segment, callers in truth["by_quarter_segment"][quarter].items():
        assert any(segment in row and str(callers) in row for row in table), segment
    workbook = client.get(f"{path}xlsx")
    assert workbook.status_code == 200
    assert workbook.content[:2] == b"PK"


@pytest.mark.requirement("RF-003")
def test_runs_account_for_every_row(system: RunningSystem, client: httpx.Client) -> None:
    runs = client.get("/api/v1/ivr/runs").json()["items"]
    assert {run["source"] for run in runs} >= {"legacy"}
    for run in runs:
        detail = client.get(f"/api/v1/ivr/runs/{run['id']}").json()
        counts = detail.get("counts", detail)
        parts = ("published", "unchanged", "held", "rejected", "duplicate")
        assert counts["read"] == sum(counts[part] for part in parts)
