"""Numbers, names and shapes that the public contract promises, asked from outside with a personal token."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from tests.e2e.system import RunningSystem
from tests.e2e.test_contract import is_problem

pytestmark = pytest.mark.e2e

ZONE = "America/Mexico_City"
THIRD_QUARTER = {"from": "2025-07-01T00:00:00-06:00", "to": "2025-10-01T00:00:00-06:00", "zone": ZONE}
FOURTH_QUARTER = {"from": "2025-10-01T00:00:00-06:00", "to": "2026-01-01T00:00:00-06:00", "zone": ZONE}
HALF_YEAR = {"from": "2025-07-01T00:00:00-06:00", "to": "2026-01-02T00:00:00-06:00", "zone": ZONE}

BOTH = (
    *("calls", "unique_callers", "repeat_rate_1h", "repeat_rate_24h", "repeat_rate_7d"),
    *("duration_s_mean", "duration_s_p50", "duration_s_p90", "duration_s_p95", "duration_s_p99", "duration_s_max"),
)
LEGACY = (
    *("abandoned", "abandoned_rate", "transferred", "transferred_rate", "ended_in_ivr", "contained_rate"),
    *("same_line", "different_line", "no_typed_line", "weekday_calls", "weekend_calls", "menu_errors", "swapped_times"),
)
ASTERISK = (
    *("offered", "answered", "abandoned", "short_abandoned", "timed_out", "key_exits", "empty_exits", "withdrawn"),
    *("flowed_out", "open", "answered_rate", "abandoned_rate", "service_level", "asa_s", "wait_s_mean", "wait_s_p50"),
    *("wait_s_p90", "wait_s_p95", "wait_s_p99", "wait_s_max"),
)
LEGACY_DIMENSIONS = ("segment", "did", "centre", "menu", "option", "line_kind", "label", "outcome")
ASTERISK_DIMENSIONS = ("queue", "agent", "exit")
COMMON_DIMENSIONS = ("source", "hour_of_day", "weekday", "is_holiday", "duration_band", "wait_band")
BUCKETS = {"15min": 8832, "30min": 4416, "hour": 2208, "day": 92, "week": 14, "month": 3, "quarter": 1, "year": 1}
REPORTS = ("abandonment", "unique-customers", "quarterly-summary")


@pytest.fixture(scope="module")
def client(system: RunningSystem) -> Iterator[httpx.Client]:
    """A script with a personal token that carries all that its owner holds."""
    made = system.iact("token", "create", "--username", system.username, "--json")
    assert made.returncode == 0, made.stderr
    with system.anonymous() as found:
        found.headers["Authorization"] = f"Bearer {json.loads(made.stdout)['token']}"
        yield found


def ask(client: httpx.Client, time: dict[str, str], granularity: str = "total", **question: Any) -> dict[str, Any]:
    body = {"source_kind": "legacy", "time": {**time, "granularity": granularity}, **question}
    answer = client.post("/api/v1/analytics/query", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def calls_of(system: RunningSystem, first: str, last: str) -> int:
    return sum(calls for day, calls in system.manifest["legacy"]["calls_by_day"].items() if first <= day <= last)


def test_the_catalogue_knows_every_promised_name_in_two_languages(client: httpx.Client) -> None:
    catalog = client.get("/api/v1/analytics/catalog").json()
    metrics = {each["name"]: each for each in catalog["metrics"]}
    for kind, names in (("legacy", (*BOTH, *LEGACY)), ("asterisk", (*BOTH, *ASTERISK))):
        for name in names:
            forms = [form for form in metrics[name]["forms"] if form["source_kind"] == kind]
            assert len(forms) == 1, (kind, name)
            assert forms[0]["definition"]["es"], name
            assert forms[0]["definition"]["en"], name
            assert forms[0]["version"] >= 1, name
    dimensions = {each["name"] for each in catalog["dimensions"]}
    assert dimensions >= {*LEGACY_DIMENSIONS, *ASTERISK_DIMENSIONS, *COMMON_DIMENSIONS}


@pytest.mark.parametrize(("kind", "names"), [("legacy", (*BOTH, *LEGACY)), ("asterisk", (*BOTH, *ASTERISK))])
def test_every_metric_is_answered(client: httpx.Client, kind: str, names: tuple[str, ...]) -> None:
    body = ask(client, HALF_YEAR, source_kind=kind, metrics=list(names), totals=True)
    assert [column["name"] for column in body["columns"]] == list(names)
    assert len(body["rows"]) == 1
    assert body["rows"][0] == body["totals"]
    for column in body["columns"]:
        assert column["kind"] == "metric"
        assert column["good"] in {"up", "down", "none"}
        assert column.keys() >= {"unit", "exact", "version", "formula"}
    for column, value in zip(body["columns"], body["rows"][0], strict=True):
        assert column["unit"] != "ratio" or value is None or 0 <= value <= 1, column["name"]
    assert body["meta"]["source_kind"] == kind
    assert {"zone", "data_as_of", "sources", "answered_from", "elapsed_s"} <= body["meta"].keys()


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@pytest.mark.requirement("RF-012")
def test_every_dimension_divides_the_same_calls(system: RunningSystem, client: httpx.Client, kind: str) -> None:
    own = LEGACY_DIMENSIONS if kind == "legacy" else ASTERISK_DIMENSIONS
    calls = system.manifest[kind]["calls"]
    for dimension in (*own, *COMMON_DIMENSIONS):
        if (kind, dimension) == ("legacy", "wait_band"):
            continue  # nobody waits in the IVR
        body = ask(client, HALF_YEAR, source_kind=kind, metrics=["calls"], dimensions=[dimension], limit=10_000)
        total = sum(row[1] for row in body["rows"])
        assert total == calls or (dimension == "label" and total >= calls), dimension


@pytest.mark.parametrize(("granularity", "buckets"), BUCKETS.items())
def test_every_granularity_adds_up_and_fills_its_gaps(
    system: RunningSystem, client: httpx.Client, granularity: str, buckets: int
) -> None:
    body = ask(client, THIRD_QUARTER, granularity, metrics=["calls", "abandoned_rate"], limit=10_000)
    assert [column["name"] for column in body["columns"]] == ["time", "calls", "abandoned_rate"]
    assert len(body["rows"]) == buckets
    assert sum(row[1] for row in body["rows"]) == calls_of(system, "2025-07-01", "2025-09-30")
    assert all((row[2] is None) == (row[1] == 0) for row in body["rows"])
    assert all(datetime.fromisoformat(row[0]).utcoffset() is not None for row in body["rows"])
    assert body["next_cursor"] is None


def test_days_before_the_first_call_are_zero_and_null(client: httpx.Client) -> None:
    period = {"from": "2025-06-28T00:00:00-06:00", "to": "2025-07-01T00:00:00-06:00", "zone": ZONE}
    body = ask(client, period, "day", metrics=["calls", "abandoned_rate", "duration_s_p50"], totals=True)
    assert [row[1:] for row in body["rows"]] == [[0, None, None]] * 3
    assert body["totals"] == [0, None, None]
    assert ask(client, period, metrics=["calls"], dimensions=["menu"])["rows"] == []


@pytest.mark.requirement("RF-012")
def test_every_filter_operation(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]

    def calls(dimension: str, op: str, *values: Any) -> int:
        filters = [{"dimension": dimension, "op": op, "values": list(values)}]
        found: int = ask(client, HALF_YEAR, metrics=["calls"], filters=filters)["rows"][0][0]
        return found

    puebla = truth["calls_by_segment"]["puebla"]
    assert calls("segment", "in", "puebla") == puebla
    assert calls("segment", "not_in", "puebla") == truth["calls"] - puebla
    assert calls("hour_of_day", "between", 9, 12) == sum(truth["by_hour"][9:13])
    assert calls("weekday", "in", 6, 7) == truth["weekend_calls"]
    assert calls("label", "is_null") == truth["calls"] - truth["labelled_calls"]
    # Menus are compared case-insensitively: the way the first call wrote one decides nothing.
    prefixed = sum(count for menu, count in truth["by_menu"].items() if menu.casefold().startswith("res"))
    assert calls("menu", "prefix", "RES") == calls("menu", "prefix", "res") == prefixed
    assert calls("menu", "prefix", "%") == 0
    assert calls("segment", "in", "'; DROP TABLE ivr.calls; --") == 0


def test_the_period_before_stands_beside_the_number(system: RunningSystem, client: httpx.Client) -> None:
    before = calls_of(system, "2025-07-01", "2025-09-30")
    now = calls_of(system, "2025-10-01", "2025-12-31")
    body = ask(client, FOURTH_QUARTER, metrics=["calls"], compare="previous_period")
    by_name = dict(zip([column["name"] for column in body["columns"]], body["rows"][0], strict=True))
    assert (by_name["calls"], by_name["calls_previous"]) == (now, before)
    assert by_name["calls_change"] == pytest.approx(now / before - 1)


def test_pages_follow_each_other_without_a_gap(client: httpx.Client) -> None:
    question: dict[str, Any] = {"metrics": ["calls"], "dimensions": ["menu"], "order_by": ["-calls"]}
    whole = ask(client, HALF_YEAR, **question, limit=1000)["rows"]
    found, cursor = [], None
    for _ in range(len(whole)):
        page = ask(client, HALF_YEAR, **question, limit=7, **({"cursor": cursor} if cursor else {}))
        found += page["rows"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == whole
    assert [row[1] for row in whole] == sorted((row[1] for row in whole), reverse=True)


def test_source_kind_left_out_is_the_one_that_knows_everything_asked(client: httpx.Client) -> None:
    for metrics, kind in ((["asa_s"], "asterisk"), (["menu_errors"], "legacy"), (["calls"], "legacy")):
        body = {"metrics": metrics, "time": {**HALF_YEAR, "granularity": "total"}}
        assert client.post("/api/v1/analytics/query", json=body).json()["meta"]["source_kind"] == kind


@pytest.mark.parametrize(("kind", "metric"), [("legacy", "asa_s"), ("asterisk", "menu_errors")])
def test_what_a_source_cannot_tell_is_one_null_with_its_reason(client: httpx.Client, kind: str, metric: str) -> None:
    body = ask(client, HALF_YEAR, source_kind=kind, metrics=[metric], totals=True)
    assert body["rows"] == [[None]]
    assert body["totals"] == [None]
    assert [warning["column"] for warning in body["warnings"]] == [metric]


def test_service_level_is_data_and_its_variant_travels_with_it(client: httpx.Client) -> None:
    found = {}
    for variant in "ABCD":
        level = {"variant": variant, "threshold_s": 20, "comparison": "lte"}
        body = ask(client, HALF_YEAR, source_kind="asterisk", metrics=["service_level"], service_level=level)
        found[variant] = body["rows"][0][0]
        assert f'"variant": "{variant}"' in json.dumps(body) or body["columns"][0]["formula"].startswith(variant + ":")
    assert len(set(found.values())) == 4
    default = ask(client, HALF_YEAR, source_kind="asterisk", metrics=["service_level"])
    assert default["rows"][0][0] == found["B"]


def test_the_same_call_answers_as_csv(client: httpx.Client) -> None:
    question = {"metrics": ["calls", "abandoned_rate"], "dimensions": ["segment"]}
    rows = ask(client, THIRD_QUARTER, "month", **question)["rows"]
    body = {"source_kind": "legacy", "time": {**THIRD_QUARTER, "granularity": "month"}, **question}
    answer = client.post("/api/v1/analytics/query", json=body, headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert table[0] == ["time", "segment", "calls", "abandoned_rate"]
    assert [(row[0], row[1], int(row[2]), float(row[3])) for row in table[1:]] == [tuple(row) for row in rows]
    assert is_problem(client.post("/api/v1/analytics/query", json=body, headers={"accept": "image/png"}), 406)


@pytest.mark.parametrize("path", ["analytics/catalog", "analytics/reports/abandonment?quarter=2025-Q3", "ivr/menus"])
def test_a_read_that_did_not_change_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(f"/api/v1/{path}")
    again = client.get(f"/api/v1/{path}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_calls_behind_a_number(client: httpx.Client) -> None:
    puebla = [{"dimension": "segment", "op": "in", "values": ["puebla"]}]
    number = ask(client, THIRD_QUARTER, metrics=["calls"], filters=puebla)["rows"][0][0]
    body = {"source_kind": "legacy", "time": THIRD_QUARTER, "filters": puebla, "limit": 5}
    found = client.post("/api/v1/analytics/calls", json=body).json()
    assert (found["total"], len(found["items"])) == (number, 5)
    for call in found["items"]:
        assert call["segment"] == "puebla"
        assert isinstance(call["call_id"], str)
        assert isinstance(call["caller_id"], str)
        assert client.get(f"/api/v1/analytics/calls/{call['id']}").json() == call
    assert is_problem(client.get("/api/v1/analytics/calls/123"), 404)


@pytest.mark.parametrize("code", REPORTS)
def test_reports_in_three_forms(client: httpx.Client, code: str) -> None:
    path = f"/api/v1/analytics/reports/{code}"
    body = client.get(path, params={"quarter": "2025-Q3", "segment": "todas"}).json()
    assert client.get(path, params={"quarter": "Q03_25"}).json()["rows"] == body["rows"]
    table = client.get(path, params={"quarter": "2025-Q3", "format": "csv"})
    assert f"{code}-2025-Q3.csv" in table.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(table.text.lstrip("\ufeff"))))
    assert lines[0] == [column["name"] for column in body["columns"]]
    assert len(lines) == 1 + len(body["rows"])
    workbook = client.get(path, params={"quarter": "2025-Q3", "format": "xlsx"})
    assert "spreadsheetml" in workbook.headers["content-type"]
    assert is_problem(client.get(path, params={"quarter": "2025-Q5"}), 422)
    assert is_problem(client.get(path), 422)
    assert is_problem(client.get(path, params={"quarter": "2025-Q3", "segment": "narnia"}), 422)


def test_the_abandonment_report_equals_the_manifest(system: RunningSystem, client: httpx.Client) -> None:
    expected: dict[str, list[int]] = {}
    for day, segment, calls, abandoned, *_ in system.manifest["legacy"]["by_day_segment"]:
        if day <= "2025-09-30":
            known = expected.setdefault(segment, [0, 0])
            known[:] = [known[0] + calls, known[1] + abandoned]
    text = client.get("/api/v1/analytics/reports/abandonment?quarter=2025-Q3&format=csv").text
    rows = [row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))) if row["row"] == "subtotal"]
    assert {row["segment"]: [int(row["received"]), int(row["abandoned"])] for row in rows} == expected


def test_an_unknown_report_does_not_exist(client: httpx.Client) -> None:
    assert is_problem(client.get("/api/v1/analytics/reports/nothing?quarter=2025-Q3"), 404)
    listed = client.get("/api/v1/analytics/reports").json()
    assert {each["code"] for each in listed["items"]} >= set(REPORTS)
    assert listed["next_cursor"] is None


def test_runs_sources_and_freshness(client: httpx.Client) -> None:
    sources = {each["id"]: each for each in client.get("/api/v1/ivr/sources").json()["items"]}
    assert (sources["legacy"]["kind"], sources["legacy"]["zone"]) == ("legacy", ZONE)
    assert "password" not in json.dumps(sources)
    check = client.get("/api/v1/ivr/sources/legacy/check").json()
    assert (check["reachable"], check["problem"]) == (True, None)
    run = next(each for each in client.get("/api/v1/ivr/runs").json()["items"] if each["source"] == "legacy")
    counts = ("read", "published", "unchanged", "held", "rejected", "duplicate")
    assert {"id", "state", "phase", "rows_per_s", "eta_s", *counts} <= run.keys()
    assert isinstance(run["id"], str)
    detail = client.get(f"/api/v1/ivr/runs/{run['id']}").json()
    assert sum(unit["read"] for unit in detail["proof"]) == detail["read"]
    fresh = {each["source"]: each for each in client.get("/api/v1/ivr/freshness").json()["items"]}
    assert {"data_as_of", "state", "reason"} <= fresh["legacy"].keys()
    assert datetime.fromisoformat(fresh["legacy"]["data_as_of"]).utcoffset() is not None


def test_a_run_is_accepted_once_per_key(client: httpx.Client) -> None:
    key = {"idempotency-key": "acceptance-1"}
    first = client.post("/api/v1/ivr/runs", json={"source": "queues"}, headers=key)
    assert first.status_code == 202, first.text
    assert client.post("/api/v1/ivr/runs", json={"source": "queues"}, headers=key).json() == first.json()
    assert is_problem(client.post("/api/v1/ivr/runs", json={"source": "legacy"}, headers=key), 422)
    assert is_problem(client.post("/api/v1/ivr/runs/99999999/cancel"), 404)
    assert is_problem(client.post("/api/v1/ivr/runs", json={"source": "nothing"}), 404)


def test_a_holiday_changes_what_is_a_holiday(system: RunningSystem, client: httpx.Client) -> None:
    day = date(2025, 9, 16)
    path = f"/api/v1/ivr/holidays/{day}"
    question: dict[str, Any] = {"metrics": ["calls"], "dimensions": ["is_holiday"]}
    assert client.put(path, json={"name": "Independencia"}).status_code == 200
    try:
        rows = dict(ask(client, THIRD_QUARTER, **question)["rows"])
        assert rows[True] == system.manifest["legacy"]["calls_by_day"][str(day)]
    finally:
        assert client.delete(path).status_code == 204
    assert is_problem(client.delete(path), 404)
    assert True not in dict(ask(client, THIRD_QUARTER, **question)["rows"])


def test_a_menu_that_counts_as_abandoned_changes_history(system: RunningSystem, client: httpx.Client) -> None:
    truth = system.manifest["legacy"]
    extra = sum(count for menu, count in truth["by_menu"].items() if menu.casefold() == "marque3")
    assert extra > 0
    for abandoned, expected in ((True, truth["abandoned"] + extra), (False, truth["abandoned"])):
        answer = client.put("/api/v1/ivr/menus/Marque3", json={"abandoned": abandoned})
        assert answer.status_code == 200, answer.text
        assert ask(client, HALF_YEAR, metrics=["abandoned"])["rows"] == [[expected]]


def test_deployments_become_a_frequency(client: httpx.Client) -> None:
    body = {"service": "acceptance", "environment": "production", "version": "1.0"}
    for day in (3, 5, 10):
        sent = body | {"finished_at": f"2025-11-{day:02d}T10:00:00-06:00", "version": f"1.{day}"}
        key = {"idempotency-key": f"acceptance-deployment-{day}"}
        answers = [client.post("/api/v1/dora/deployments", json=sent, headers=key) for _ in range(2)]
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert answers[0].json()["id"] == answers[1].json()["id"]
    window = {"from": "2025-11-01T00:00:00-06:00", "to": "2025-12-01T00:00:00-06:00", "granularity": "week"}
    answer = client.get("/api/v1/dora/metrics", params={"service": "acceptance", "environment": "production", **window})
    found = answer.json()["metrics"]["deployment_frequency"]
    assert (found["n"], found["value"]) == (3, pytest.approx(3 / 30))
    assert is_problem(client.post("/api/v1/dora/deployments", json={"service": "acceptance", "bad": 1}), 422)


def test_what_can_be_read_can_be_headed(client: httpx.Client) -> None:
    answer = client.head("/api/v1/analytics/catalog")
    assert (answer.status_code, answer.content) == (200, b"")
