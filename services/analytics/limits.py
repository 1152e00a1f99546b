"""What a question may read: facts are scanned only where that ends in time. Pure.

The estimate is the planner's, for the range alone: it costs a millisecond, and prunes partitions as the query will.
"""

import json
from collections.abc import Sequence
from typing import Final

from services.analytics.catalog import Catalog, SourceKind
from services.analytics.facts import Facts
from services.analytics.navigation import Known, choose_route
from services.analytics.question import Question, buckets_most
from services.analytics.relations import Span
from shared.errors import TooLarge

# Facts are counted at two to three million calls a second: a third of the statement's time limit, on a busy machine.
FACT_ROWS_MAX: Final = 25_000_000
# Looking ahead sorts the calls of each caller, which takes five times as long.
AHEAD_ROWS_MAX: Final = 5_000_000
# Different callers of every menu, option and centre are told apart by sorts: 2 million calls took 12 seconds on a busy
# machine, and both periods of a comparison have to end within the statement's 30.
FLOW_ROWS_MAX: Final = 4_000_000
# Rows of an answer before it is put in order and cut into pages, empty buckets included: about a third of the
# statement's time limit on a busy machine, and twice the largest export.
GRID_ROWS_MAX: Final = 2_000_000


class TooMuch(TooLarge):
    """This question would read more calls than can be read in time; ask for a shorter range."""


class TooManyRows(TooLarge):
    """This question has more rows than can be put in order in time."""


def combinations_max(question: Question) -> int | None:
    """How many combinations of dimensions may have all buckets of the question; None where no grid is laid out."""
    if question.granularity == "total" or not question.dimensions:
        return None
    return max(1, GRID_ROWS_MAX // buckets_most(question))


def refuse_too_many_rows(question: Question, found: int, most: int) -> None:
    """Raises TooManyRows when more combinations were found than may be laid out."""
    if found <= most:
        return
    raise TooManyRows(
        f"Up to {buckets_most(question):,} buckets for each of more than {most:,} combinations of"
        f" {', '.join(question.dimensions)} are more rows than can be put in order in time; the limit is"
        f" {GRID_ROWS_MAX:,}. Ask for longer buckets, a shorter range or fewer dimensions, or filter."
    )


def explain_facts(kind: SourceKind) -> str:
    """A statement that tells how many calls [$1, $2) has, by the planner's estimate."""
    route = Facts(kind)
    return (
        f"EXPLAIN (FORMAT JSON) SELECT FROM {route.view} AS calls"
        f" WHERE calls.{route.time} >= $1::timestamptz AND calls.{route.time} < $2::timestamptz"
    )


def explain_flow(kind: SourceKind) -> str:
    """The same for what a flow reads: calls, or the steps of calls."""
    if kind == "legacy":
        return explain_facts(kind)
    return "EXPLAIN (FORMAT JSON) SELECT FROM ivr.call_steps_v1 WHERE at >= $1::timestamptz AND at < $2::timestamptz"


def refuse_too_long_flow(rows: int) -> None:
    """Raises TooMuch for more calls or steps than a flow can follow in time."""
    if rows > FLOW_ROWS_MAX:
        raise TooMuch(
            f"This flow would follow about {rows:,} calls or steps, with the period that it is compared with; the limit"
            f" is {FLOW_ROWS_MAX:,}. Ask for a shorter range: a month instead of a year shows the same ways."
        )


def estimated_rows(explained: str) -> int:
    rows: float = json.loads(explained)[0]["Plan"]["Plan Rows"]
    return round(rows)


def refuse_too_much(catalog: Catalog, question: Question, known: Known, spans: Sequence[Span]) -> None:
    """Raises TooMuch when the facts that have to be read are too many."""
    plans = [choose_route(catalog, question, span, known) for span in spans]
    if not any(plan.reads_facts for plan in plans):
        return
    limit = AHEAD_ROWS_MAX if any(plan.looks_ahead for plan in plans) else FACT_ROWS_MAX
    if known.fact_rows is None or known.fact_rows <= limit:
        return
    raise TooMuch(
        f"This question has to be counted call by call over about {known.fact_rows:,} calls; the limit is {limit:,}."
        f" {_way_out(question, known)}"
    )


def _way_out(question: Question, known: Known) -> str:
    if not known.complete:
        return "The rollups of this source are still being built: shorten the range until they are there."
    if not known.zones <= {question.zone}:
        return f"Shorten the range, or ask in the source's own zone ({', '.join(sorted(known.zones))})."
    return "Shorten the range, let it begin and end at midnight, or leave out what only single calls can tell."
