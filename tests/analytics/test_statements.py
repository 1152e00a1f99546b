"""Every statement is prepared on the migrated schema with the service's own grants."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services import analytics
from services.analytics.catalog import KINDS, catalog
from services.analytics.drilldown import (
    LEGACY_COLUMNS,
    QUEUE_COLUMNS,
    Listing,
    compile_call,
    compile_listing,
    compile_listing_total,
    parse_public_id,
)
from services.analytics.periods import compare_with
from services.analytics.query import compile_left_out, compile_rows, compile_totals
from services.analytics.question import GRANULARITIES, OPERATORS, Filter, Operator, Question, zone_of
from services.analytics.sources import DataVersion
from shared.sql import statements

pytestmark = pytest.mark.integration

FILES = statements(Path(analytics.__file__).parent)
SINCE = datetime(2025, 3, 1, tzinfo=UTC)


def question(kind: str, granularity: str, *filters: Filter, metrics: tuple[str, ...] = ("calls",)) -> Question:
    return Question(
        kind="legacy" if kind == "legacy" else "asterisk",
        metrics=metrics,
        dimensions=tuple(catalog().dimensions),
        since=SINCE,
        until=SINCE + timedelta(days=40),
        zone="Europe/Madrid",
        granularity=granularity,  # type: ignore[arg-type] # a name from the list of all
        filters=filters,
        segment="puebla" if kind == "legacy" else None,
        comparison=compare_with(
            "previous_year", since=SINCE, until=SINCE + timedelta(days=40), zone=zone_of("Europe/Madrid")
        ),
    )


@pytest.mark.parametrize("name", FILES)
async def test_files_prepare(reader: asyncpg.Connection, name: str) -> None:
    prepared = await reader.prepare(FILES[name])
    if name == "data_versions":
        assert [column.name for column in prepared.get_attributes()] == [field.name for field in fields(DataVersion)]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_metric_and_dimension_prepares(reader: asyncpg.Connection, kind: str) -> None:
    for granularity in GRANULARITIES:
        asked = question(kind, granularity, metrics=tuple(catalog().metric_names()))
        left_out = compile_left_out(catalog(), asked)
        assert left_out is not None
        for statement in (compile_rows(catalog(), asked), compile_totals(catalog(), asked), left_out):
            prepared = await reader.prepare(statement.sql)
            names = [column.name for column in prepared.get_attributes()]
            assert names[: len(statement.columns)] == [column.sql for column in statement.columns]
            assert len(prepared.get_parameters()) == len(statement.arguments)


@pytest.mark.parametrize("operator", OPERATORS)
async def test_every_filter_runs(reader: asyncpg.Connection, operator: Operator) -> None:
    examples: dict[str, tuple[Any, ...]] = {"text": ("a", "b"), "integer": (1, 2), "boolean": (False, True)}
    for name, declared in catalog().dimensions.items():
        if operator == "prefix" and declared.value_type != "text":
            continue
        values = (True,) if operator == "is_null" else examples[declared.value_type][: 1 if operator == "prefix" else 2]
        for kind in declared.kinds:
            asked = question(kind, "day", Filter(name, operator, values))
            for sql, arguments in (
                compile_listing(catalog(), Listing(asked, bucket=SINCE), limit=5, after=(SINCE, 1)),
                compile_listing_total(catalog(), Listing(asked)),
            ):
                await reader.fetch(sql, *arguments)


@pytest.mark.parametrize(("kind", "columns"), [("legacy", LEGACY_COLUMNS), ("asterisk", QUEUE_COLUMNS)])
async def test_one_call_prepares(reader: asyncpg.Connection, kind: str, columns: tuple[str, ...]) -> None:
    wanted = parse_public_id(f"{kind}-0-1")
    assert wanted is not None
    sql, _ = compile_call(wanted, segment=None)
    names = [column.name for column in (await reader.prepare(sql)).get_attributes()]
    assert names[: len(columns)] == list(columns)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ivr.legacy_calls",
        "SELECT FROM ivr.legacy_calls",
        "SELECT FROM ivr.rejects",
        "SELECT FROM sessions.users",
        "CREATE TABLE analytics.mine ()",
    ],
)
async def test_the_service_reads_views_and_nothing_else(reader: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reader.execute(statement)
