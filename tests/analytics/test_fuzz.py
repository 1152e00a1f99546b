"""Whatever is sent, made from the OpenAPI document: an answer or a sentence about what is wrong, never a 5xx."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.analytics.catalog import catalog
from services.analytics.main import create_service
from services.analytics.question import GRANULARITIES, OPERATORS
from tests.analytics.conftest import Analyst
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
# Words that get past the first checks, so that what lies behind them is reached.
WORDS: dict[str, list[Any]] = {
    "metrics": [*catalog().metric_names(), "", "x"],
    "dimensions": [*catalog().dimensions, "calls"],
    "dimension": [*catalog().dimensions],
    "granularity": [*GRANULARITIES, "minute"],
    "op": [*OPERATORS, "like"],
    "zone": ["UTC", "Europe/Madrid", "Asia/Kathmandu", "America/Mexico_City", "Nowhere"],
    "from": ["2025-07-01T00:00:00-06:00", "2025-07-01T00:07:00Z", "1990-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    "to": ["2025-08-01T00:00:00-06:00", "2025-07-01T00:30:00Z", "2099-01-01T00:00:00Z", "x"],
    "compare": ["previous_period", "previous_week", "previous_year", None],
    "order_by": ["calls", "-calls", "time", "-duration_s_p90", "unique_callers"],
    "metric": [*catalog().metric_names()],
}
SCALARS: dict[str, Callable[[str], st.SearchStrategy[Any]]] = {
    "string": lambda name: st.sampled_from(WORDS.get(name, ["puebla", "VACIO", "\0", "%"])),
    "integer": lambda _: st.integers(-1, 50),
    "number": lambda _: st.sampled_from([0, 20, 20.5, -1, 1e9]),
    "boolean": lambda _: st.booleans(),
}
DEPTH_MAX = 4
SCHEMA = create_service().openapi()
POSTS = ("/api/v1/analytics/query", "/api/v1/analytics/calls")


def values(schema: dict[str, Any], name: str = "", depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema; sometimes anything at all."""
    wild: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
    return st.one_of(_fitting(schema, name, depth), _fitting(schema, name, depth), _fitting(schema, name, depth), wild)


def _fitting(schema: dict[str, Any], name: str, depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        schema = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return st.one_of(*(_fitting(each, name, depth) for each in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object" and depth < DEPTH_MAX and "properties" in schema:
        fields = {key: values(each, key, depth + 1) for key, each in schema["properties"].items()}
        required = {key: fields.pop(key) for key in schema.get("required", [])}
        return st.fixed_dictionaries(required, optional=fields)
    if kind == "array" and depth < DEPTH_MAX:
        return st.lists(values(schema.get("items", {}), name, depth + 1), max_size=3)
    scalar = SCALARS.get(str(kind))
    return st.sampled_from(["puebla", 1, True, None]) if scalar is None else scalar(name)


def test_every_reading_route_is_known() -> None:
    reading = {path for path, methods in SCHEMA["paths"].items() if "get" in methods and path.startswith("/api")}
    assert {"/api/v1/analytics/catalog", "/api/v1/analytics/quality", "/api/v1/analytics/reports"} <= reading
    assert set(POSTS) <= set(SCHEMA["paths"])


@FUZZ
@given(data=st.data())
async def test_no_body_is_a_server_error(data: st.DataObject, analyst: Analyst, warehouse: Warehouse) -> None:
    if not await warehouse.conn.fetchval("SELECT count(*) FROM ivr.legacy_calls"):
        await warehouse.add(legacy_calls("at menu\n2025-07-01T09:00 VACIO\n2025-07-02T09:00 -"))
        await warehouse.roll_up()
    path = data.draw(st.sampled_from(POSTS))
    schema = SCHEMA["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    answer = await analyst.post(path.removeprefix("/api/v1/analytics"), jsonable(data.draw(_fitting(schema, "", 0))))
    assert answer.status_code < 500, answer.text


@FUZZ
@given(data=st.data())
async def test_no_parameter_is_a_server_error(data: st.DataObject, analyst: Analyst, warehouse: Warehouse) -> None:
    del warehouse
    person = analyst.holding("PIP-003", "RPT-001")
    text = st.one_of(st.sampled_from([*WORDS["from"], *WORDS["to"], *WORDS["zone"]]), st.text(max_size=12))
    query = data.draw(st.dictionaries(st.sampled_from(["from", "to", "zone", "x"]), text, max_size=3))
    answer = await person.http.get("/api/v1/analytics/quality", params=query, headers=person.headers())
    assert answer.status_code < 500, answer.text
    call = data.draw(st.sampled_from(["legacy-0-1", "asterisk-99999999999999999-1", "x", "legacy--1--1"]))
    assert (await person.get(f"/calls/{call}")).status_code < 500


def jsonable(value: Any) -> Any:
    """JSON has neither NaN nor infinities, and httpx writes neither."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: jsonable(each) for key, each in value.items()}
        case list():
            return [jsonable(each) for each in value]
        case str():
            return value.encode("utf-8", "replace").decode()
        case _:
            return value
