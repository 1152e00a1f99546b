"""The sum of the drill-down is the number, for every count, whichever route told it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics import store
from services.analytics.catalog import Count, SourceKind, catalog
from services.analytics.drilldown import Listing, NotACountError, count_behind
from services.analytics.question import Filter, Question
from tests.analytics.facts import Warehouse
from tests.analytics.test_query_oracle import MANY
from tests.analytics.test_routes_oracle import SOURCE_ZONES, fill
from tests.analytics.test_routes_oracle import warehouse as warehouse_with_holidays
from tests.analytics.worlds import worlds

pytestmark = pytest.mark.integration
warehouse = warehouse_with_holidays


def countable(kind: SourceKind) -> list[str]:
    """Counts that have calls behind them; transfers and rings are sums of numbers, not calls."""
    found = []
    for (name, of), metric in catalog().metrics.items():
        if of == kind and isinstance(metric.recipe, Count):
            try:
                count_behind(catalog(), kind, name)
            except NotACountError:
                continue
            found.append(name)
    return found


@MANY
@given(data=st.data())
async def test_a_number_has_as_many_calls_behind_it(
    data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    kind: SourceKind = data.draw(st.sampled_from(("legacy", "asterisk")))
    calls, asked = data.draw(worlds(kind))
    zone = data.draw(st.sampled_from(SOURCE_ZONES))
    await fill(warehouse, calls, zone)
    split = {"legacy": ("segment", "menu", "centre", "weekday"), "asterisk": ("queue", "agent", "weekday")}[kind]
    dimension = data.draw(st.sampled_from(split))
    question = replace(asked[0], zone=zone, metrics=tuple(countable(kind)), dimensions=(dimension,), filters=())
    versions = await store.data_versions(reader)
    answer = await store.ask(reader, catalog(), question, versions)
    for row in answer.records()[:4]:
        for metric in data.draw(st.lists(st.sampled_from(question.metrics), min_size=2, max_size=3, unique=True)):
            assert await behind(reader, question, row, metric) == row[metric], (
                question,
                answer.answered_from,
                row,
                metric,
            )


async def behind(reader: asyncpg.Connection, question: Question, row: dict[str, Any], metric: str) -> int:
    cell = tuple(Filter(name, "in", (row[name],)) for name in question.dimensions)
    bucket = None
    if question.granularity != "total":
        bucket = datetime.fromisoformat(row["time"])
    listing = Listing(
        replace(question, filters=cell), bucket=bucket, count=count_behind(catalog(), question.kind, metric)
    )
    return await store.calls_total(reader, catalog(), listing)
