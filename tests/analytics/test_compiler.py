"""What the compiler must never do, whatever is asked: put a value into the text, or leave the segment out."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.catalog import KINDS, LASTING, SourceKind, catalog
from services.analytics.facts import PREDICATES, SUMS, VALUES, Facts, counts_of, repeat_windows
from services.analytics.periods import compare_with
from services.analytics.query import Statement, compile_left_out, compile_rows, compile_totals, order_of
from services.analytics.question import GRANULARITIES, Filter, Order, Question, ServiceLevel, zone_of

pytestmark = pytest.mark.unit

SINCE = datetime(2025, 3, 1, tzinfo=UTC)
MARKER = "x'; DROP TABLE ivr.calls; --"


@st.composite
def questions(draw: st.DrawFn) -> Question:
    kind: SourceKind = draw(st.sampled_from(KINDS))
    texts = [name for name, each in catalog().dimensions.items() if kind in each.kinds and each.shown_as == "text"]
    texts = [name for name in texts if not catalog().dimensions[name].labels]
    operator: Any = draw(st.sampled_from(("in", "not_in", "prefix")))
    question = Question(
        kind=kind,
        metrics=tuple(draw(st.lists(st.sampled_from(catalog().metric_names()), min_size=1, unique=True))),
        dimensions=tuple(draw(st.lists(st.sampled_from(list(catalog().dimensions)), max_size=4, unique=True))),
        since=SINCE,
        until=SINCE + timedelta(days=40),
        zone=draw(st.sampled_from(("America/Mexico_City", "Europe/Madrid"))),
        granularity=draw(st.sampled_from(list(GRANULARITIES))),
        filters=(Filter(draw(st.sampled_from(texts)), operator, (MARKER,)),),
        segment=MARKER if kind == "legacy" else None,
        service_level=ServiceLevel(draw(st.sampled_from("ABCD"))),
        totals=True,
    )
    if draw(st.booleans()):
        return question
    compare = compare_with("previous_period", since=question.since, until=question.until, zone=zone_of(question.zone))
    return Question(**{**{name: getattr(question, name) for name in Question.__slots__}, "comparison": compare})


def statements_of(question: Question) -> list[Statement]:
    left_out = compile_left_out(catalog(), question)
    always = [compile_rows(catalog(), question), compile_totals(catalog(), question)]
    return always if left_out is None else [*always, left_out]


@given(questions())
def test_values_are_bound_and_every_parameter_is_used(question: Question) -> None:
    for statement in statements_of(question):
        assert "DROP TABLE" not in statement.sql
        used = {int(number) for number in re.findall(r"\$(\d+)", statement.sql)}
        assert used == set(range(1, len(statement.arguments) + 1))
        assert "{" not in statement.sql


@given(questions())
def test_every_reading_of_calls_is_held_to_the_segment(question: Question) -> None:
    for statement in statements_of(question):
        readings = statement.sql.count(f"FROM {Facts(question.kind).view} ")
        held = statement.sql.count("calls.segment = $")
        assert readings >= 1
        assert held >= readings * (question.segment is not None)


@given(questions())
def test_rows_are_ordered_by_what_tells_them_apart(question: Question) -> None:
    order = [column.name for column, _ in order_of(catalog(), question)]
    keys = (["time"] if question.granularity != "total" else []) + list(question.dimensions)
    assert order == keys


def test_an_order_asked_for_comes_first() -> None:
    question = Question(
        kind="legacy",
        metrics=("calls",),
        dimensions=("menu", "option"),
        since=SINCE,
        until=SINCE + timedelta(days=1),
        zone="UTC",
        order_by=(Order("calls", descending=True), Order("option")),
    )
    assert [column.name for column, _ in order_of(catalog(), question)] == ["calls", "option", "menu"]
    assert "ORDER BY value_0 DESC NULLS LAST" in compile_rows(catalog(), question).sql


def test_every_metric_is_made_of_counts_and_values_that_facts_have() -> None:
    for (name, kind), metric in catalog().metrics.items():
        if isinstance(metric.recipe, LASTING):
            continue
        for variant in "ABCD":
            assert Facts(kind).aggregate(metric.recipe, variant=variant), name
            for count in counts_of(metric.recipe, variant=variant):
                assert count in PREDICATES[kind] or count in SUMS[kind], name


def test_only_what_repeats_looks_ahead() -> None:
    assert repeat_windows(catalog(), "legacy", ["calls", "unique_callers"]) == ()
    assert repeat_windows(catalog(), "legacy", ["contained_rate", "repeat_rate_1h"]) == ("1h", "24h")


def test_dimensions_of_a_kind_are_those_that_facts_express() -> None:
    for kind in KINDS:
        for name, dimension in catalog().dimensions.items():
            if kind in dimension.kinds:
                assert Facts(kind).dimension(name)
        assert "caller_id" in VALUES[kind]
