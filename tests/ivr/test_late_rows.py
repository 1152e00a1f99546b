"""Rows that appear in days which were published without them: counted, and how late they were."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.late_rows import LateRows
from services.ivr.store_calls import PublishedUnit
from tests.ivr.conftest import Ingest, LegacyRow, files_source, legacy_row, write_csv

FIRST = [
    legacy_row("2025-07-01", "09:00:00", "09:02:00", origin="5510000001"),
    legacy_row("2025-07-02", "09:00:00", "09:02:00", origin="5510000002"),
    legacy_row("2025-07-03", "09:00:00", "10:00:00", origin="5510000003"),
]
HOUR_S = 3600.0


async def details(conn: asyncpg.Connection) -> tuple[int, float | None, float | None]:
    text = await conn.fetchval("SELECT details FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    found: dict[str, Any] = json.loads(text)
    return found.get("late_rows", 0), found.get("lateness_s_max"), found.get("lateness_s_p95")


def late(day: str, start: str, end: str, n: int) -> LegacyRow:
    return legacy_row(day, start, end, origin=f"55200000{n:02}")


CASES: dict[str, tuple[list[LegacyRow], tuple[int, float | None, float | None]]] = {
    "nothing new": (FIRST, (0, None, None)),
    "a new day is not late": ([*FIRST, late("2025-07-04", "08:00:00", "08:01:00", 1)], (0, None, None)),
    "after the newest is not late": ([*FIRST, late("2025-07-03", "10:30:00", "10:31:00", 1)], (0, None, None)),
    "an hour": ([*FIRST, late("2025-07-03", "08:30:00", "09:00:00", 1)], (1, HOUR_S, HOUR_S)),
    "two days": (
        [*FIRST, late("2025-07-03", "08:30:00", "09:00:00", 1), late("2025-07-01", "09:00:00", "10:00:00", 2)],
        (2, 48 * HOUR_S, 48 * HOUR_S),
    ),
    "one end only": ([*FIRST, (*late("2025-07-03", "09:00:00", "x", 1)[:2], None, *FIRST[0][3:])], (1, HOUR_S, HOUR_S)),
    "a changed row is none": (
        [*FIRST[:2], legacy_row("2025-07-03", "09:00:00", "10:00:00", origin="5510000003", menu="Otro")],
        (0, None, None),
    ),
    "a change and a late one": (
        [
            *FIRST[:1],
            legacy_row("2025-07-02", "09:00:00", "09:02:00", menu="Otro"),
            FIRST[2],
            late("2025-07-02", "09:00:00", "09:30:00", 1),
        ],
        (1, None, None),
    ),
}


@pytest.mark.integration
@pytest.mark.parametrize("case", CASES)
async def test_late_rows_are_counted_and_measured(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, case: str
) -> None:
    path = tmp_path / "tbl_historico_t3_2025.csv"
    rows, expected = CASES[case]
    await ingest(files_source(write_csv(path, FIRST)))
    assert await details(as_owner) == (0, None, None)
    assert (await ingest(files_source(write_csv(path, rows)))).state == "succeeded"
    assert await details(as_owner) == expected


@pytest.mark.unit
@given(st.sets(st.integers(-(2**63), 2**63 - 1), max_size=50), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50))
def test_a_known_id_is_known_in_any_order(known: set[int], asked: list[int]) -> None:
    rows = LateRows(np.array(list(known), dtype=np.int64), 0.0, dict[Any, PublishedUnit]())
    found = rows._is_known(np.array([*asked, *known], dtype=np.int64)).tolist()
    assert found == [each in known for each in [*asked, *known]]
