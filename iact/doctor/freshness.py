"""How new each source's calls are, by the same judgement as the API's; the way out follows the cause.

To read a source again helps where it was not read. Where it was, and its calls end, they end in the source itself. One
that only a person reads is late for nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import asyncpg

from iact.commands.ingest import FILES_SOURCE
from iact.doctor.finding import Finding, critical, good, note, warning
from iact.doctor.postgres import Clock
from services.ivr.freshness import ReasonCode, judge_row
from services.ivr.store import load as ivr_statement

CHECK = "freshness"
REASONS: tuple[ReasonCode, ...] = get_args(ReasonCode)
ENDS_THERE = "Figures of this source end there; people decide on older ones than they think."
READ_NOW = "{ingest} reads it now and says what is wrong"
# What each cause means, and the way out.
WAYS_OUT: Mapping[ReasonCode, tuple[str, str]] = {
    "nothing_published": ("There is no figure of this source.", READ_NOW),
    "last_run_failed": (
        "Calls since the last whole run are missing.",
        "put right what the error says, then {ingest}",
    ),
    "units_held": (
        "What the source no longer has is still counted here, until somebody says which of the two is right.",
        "iact reconcile {source} names the days that differ; if the rows are really gone, {ingest} --force",
    ),
    "late": (ENDS_THERE, READ_NOW),
    "too_late": (ENDS_THERE, READ_NOW),
    "source_quiet": (
        "All that the source has was read: its calls end there, and reading it again brings no newer one.",
        "look in the source whether calls still reach it, and whether its declaration names the tables they go to",
    ),
}


async def look_at_freshness(conn: asyncpg.Connection, now: Clock, scheduled: frozenset[str] | None) -> list[Finding]:
    """`scheduled`: the sources that the ivr service reads by itself; None where no declaration is known."""
    rows = await conn.fetch(ivr_statement("freshness"))
    findings = [told(row, now(), by_hand=_by_hand(row["source"], scheduled)) for row in map(dict, rows)]
    return findings or [note(CHECK, "no source was ever read")]


def told(row: Mapping[str, Any], now: datetime, *, by_hand: bool) -> Finding:
    """What one source's row says; `by_hand`: only a person reads it. Pure."""
    state = judge_row(row, now, by_hand=by_hand)
    if state.reason_code == "by_hand":
        newest = row["data_as_of"].astimezone(ZoneInfo(row["zone"]))
        return note(
            CHECK,
            f"{row['source']} has calls up to {newest:%Y-%m-%d}: {state.reason}",
            'Nothing is late: the source has schedule = "off", is files, or is not declared.',
        )
    what = f"{row['source']} is {state.state}: {state.reason}"
    if state.state == "fresh":
        return good(CHECK, what)
    meaning, way_out = WAYS_OUT[state.reason_code]
    say = critical if state.state == "stale" else warning
    return say(CHECK, what, meaning, way_out.format(source=row["source"], ingest=_ingest(row["source"])))


def _by_hand(source: str, scheduled: frozenset[str] | None) -> bool:
    return _is_files(source) or (scheduled is not None and source not in scheduled)


def _is_files(source: str) -> bool:
    """Whether its files were given by hand: it is no source that a command could name."""
    return source.startswith(FILES_SOURCE.format(""))


def _ingest(source: str) -> str:
    """The command that reads it."""
    return "iact ingest FILE..." if _is_files(source) else f"iact ingest {source}"
