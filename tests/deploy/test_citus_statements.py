"""Every statement of analytics, as it is really written or made, goes the way across shards that the page says.

The ways follow from what Citus documents: sets of groups, locks and recursion are for one shard only; a union, a window
that is not by the shard's column, and an aggregate over ordered or listed values need the rows in one place.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from services.analytics import edges, rollups
from services.analytics.catalog import Catalog, SourceKind, catalog
from services.analytics.drilldown import Listing, PublicId, compile_call, compile_listing, compile_listing_total
from services.analytics.limits import explain_facts, explain_flow
from services.analytics.navigation import Known
from services.analytics.query import Statement, compile_left_out, compile_rows
from services.analytics.question import Question
from tests.deploy.test_citus import ANALYTICS, DISTRIBUTED, PAGE, REFERENCE, statement
from tests.deploy.test_citus import owner as owner_of_a_schema

owner = owner_of_a_schema
pytestmark = pytest.mark.integration

ROWS = re.findall(r"^\| `([\w.]+\.(?:sql|py))` ?([^|]*)\| (\w+) \|", PAGE, re.MULTILINE)
WAYS = {(name, way) for name, _, way in ROWS}
ZONE = "America/Mexico_City"
SPANS = (  # in that zone: a month, a day, days that begin and end at noon, a quarter of an hour
    (datetime(2025, 7, 1, 6, tzinfo=UTC), datetime(2025, 8, 1, 6, tzinfo=UTC)),
    (datetime(2025, 7, 1, 6, tzinfo=UTC), datetime(2025, 7, 2, 6, tzinfo=UTC)),
    (datetime(2025, 6, 20, 18, 7, tzinfo=UTC), datetime(2025, 9, 10, 18, 7, tzinfo=UTC)),
    (datetime(2025, 7, 1, 6, 15, tzinfo=UTC), datetime(2025, 7, 1, 6, 30, tzinfo=UTC)),
)
ONE_SHARD_ONLY = re.compile(
    r"\b(GROUPING SETS|ROLLUP|CUBE|TABLESAMPLE|WITH RECURSIVE|FOR (UPDATE|SHARE))\b", re.IGNORECASE
)
IN_ONE_PLACE = re.compile(r"\b(UNION|WITHIN GROUP|(string|range)_agg|\w*join_\w*sketch\w*)\b", re.IGNORECASE)
WINDOW = re.compile(
    r"\b(?:OVER|AS) \((?:PARTITION BY ((?:(?! ORDER BY)[^()]|\((?:[^()]|\([^()]*\))*\))*)|ORDER BY|\))", re.IGNORECASE
)
BASES = """
    WITH RECURSIVE used (asked, relation) AS (
        SELECT oid, oid FROM pg_class WHERE relnamespace = 'ivr'::regnamespace AND relkind IN ('v', 'r', 'p')
        UNION
        SELECT used.asked, d.refobjid FROM used JOIN pg_rewrite AS r ON r.ev_class = used.relation
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                           AND d.refclassid = 'pg_class'::regclass)
    SELECT asked::regclass::text AS asked, array_agg(relation::regclass::text) AS tables
    FROM used JOIN pg_class AS c ON c.oid = relation AND c.relkind IN ('r', 'p') GROUP BY 1"""
Bases = dict[str, set[str]]


@pytest.fixture
async def bases(owner: asyncpg.Connection) -> Bases:
    """The tables below each table and view of ivr."""
    return {row["asked"]: set(row["tables"]) for row in await owner.fetch(BASES)}


def large(sql: str, bases: Bases) -> set[str]:
    """The distributed tables that a statement reads. Each relation that it names must be one."""
    named = {f"ivr.{name}" for name in re.findall(r"\b(?:FROM|JOIN) ivr\.(\w+)\b(?!\()", sql)}
    return set().union(*(bases[name] for name in named)) & DISTRIBUTED.keys()


def way_of(sql: str, bases: Bases) -> str:
    tables = large(sql, bases)
    if not tables:
        return "local"
    if ONE_SHARD_ONLY.search(sql):
        return "unsupported"
    by = {DISTRIBUTED[table] for table in tables}
    apart = any(not (by & columns(partition)) for partition in WINDOW.findall(sql))
    if not apart and not IN_ONE_PLACE.search(sql):
        return "pushdown"
    # What was gathered is no table of a shard any more, which a search in one could be correlated with.
    searched = {f"ivr.{name}" for name in re.findall(r"EXISTS \( ?SELECT FROM ivr\.(\w+)", sql)}
    return "unsupported" if any(bases[name] & DISTRIBUTED.keys() for name in searched) else "gather"


def columns(partition: str) -> set[str]:
    """The plain columns that a window is by."""
    return {each.strip().rpartition(".")[2] for each in partition.split(",")}


async def test_written_statements_go_the_way_that_the_page_says(bases: Bases) -> None:
    files = [path for path in (ANALYTICS / "sql").glob("*.sql") if re.search(r"\bivr\.", statement(path))]
    found = {(path.name, way_of(" ".join(statement(path).split()), bases)) for path in files}
    assert {each for each in WAYS if each[0].endswith(".sql")} == found


def questions(known: Catalog) -> Iterator[Question]:
    """Each metric by nothing and by each dimension, over each kind of span; by the call's entry and by the event."""
    for (name, kind), dimension, (since, until), attribution in itertools.product(
        known.metrics, (None, *known.dimensions.values()), SPANS, ("entry", "event")
    ):
        if dimension is None or kind in dimension.kinds:
            yield Question(
                kind=kind,
                metrics=(name,),
                dimensions=() if dimension is None else (dimension.name,),
                since=since,
                until=until,
                zone=ZONE,
                attribution=attribution,  # type: ignore[arg-type] # the product of literals
            )


def made() -> Iterator[tuple[set[str], Statement]]:
    """Statements with the files of the routes that they read."""
    known = catalog()
    for question, (complete, calls) in itertools.product(
        questions(known), ((True, None), (True, 10**9), (False, None))
    ):
        about = Known(frozenset({ZONE}), complete=complete, sources_asked=1, sources_of_kind=1, fact_rows=calls)
        rows = compile_rows(known, question, about)
        routes = rows.now.routes if rows.now else ()
        yield {f"{type(route).__module__.rpartition('.')[2]}.py" for route in routes}, rows
        if (ahead := compile_left_out(known, question, about)) is not None:
            yield set(), ahead


async def test_made_statements_go_the_way_that_the_page_says(bases: Bases, monkeypatch: pytest.MonkeyPatch) -> None:
    found: set[tuple[str, str]] = set()
    put_together: list[str] = []

    def pieces(*given: Any, **named: Any) -> str:
        put_together.append("")
        return edges.pieces(*given, **named)

    monkeypatch.setattr(rollups, "pieces", pieces)
    for made_by, each in made():
        way = way_of(each.sql, bases)  # every relation is known
        files = {"edges.py"} if put_together else made_by
        put_together.clear()
        if len(files) == 1:
            found |= {(file, way) for file in files}
    kinds: tuple[SourceKind, ...] = ("legacy", "asterisk")
    for kind in kinds:
        asked = Question(kind=kind, metrics=("calls",), since=SPANS[0][0], until=SPANS[0][1], zone=ZONE)
        listing = Listing(asked)
        for sql in (
            compile_listing(catalog(), listing, limit=50, after=None)[0],
            compile_listing_total(catalog(), listing)[0],
            compile_call(PublicId(kind, SPANS[0][0], 1), segment=None)[0],
        ):
            found.add(("drilldown.py", way_of(sql, bases)))
        found |= {("limits.py", way_of(sql, bases)) for sql in (explain_facts(kind), explain_flow(kind))}
    assert {each for each in WAYS if each[0].endswith(".py")} == found


async def test_upserts_update_by_nothing_that_differs_from_node_to_node(owner: asyncpg.Connection) -> None:
    """Citus refuses a function that is not immutable in DO UPDATE SET of a table that it keeps."""
    folder = ANALYTICS.parent / "ivr" / "sql"
    upserts = {path.name: " ".join(statement(path).split()) for path in folder.glob("*.sql")}
    called = {
        name: set(re.findall(r"\b([a-z_]+)\(", part.partition(" RETURNING ")[0]))
        for name, sql in upserts.items()
        for table, part in re.findall(r"INSERT INTO (ivr\.\w+)[^;]*? DO UPDATE SET (.*?)(?=\)?, \w+ AS \(|$)", sql)
        if table in DISTRIBUTED.keys() | REFERENCE
    }
    assert len(called) >= 4, "the statements were not read"
    changing = await owner.fetch("SELECT DISTINCT proname FROM pg_proc WHERE provolatile <> 'i'")
    refused = {name: functions & {row["proname"] for row in changing} for name, functions in called.items()}
    assert {name: functions for name, functions in refused.items() if functions} == {}
