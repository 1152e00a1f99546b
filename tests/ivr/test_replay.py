"""Replay: a row that a mended rule can read becomes a call, everything else stays as it was."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import asyncpg
import httpx
import pytest

from services.ivr import rules
from tests.ivr.conftest import legacy_row, write_csv
from tests.ivr.test_api import ALL, run_to_the_end, wait_for_run

pytestmark = pytest.mark.integration

Client = httpx.AsyncClient
LONG = "x" * 250
OTHER_DAYS = (
    "SELECT c.xmin::text FROM ivr.legacy_calls_v1 v JOIN ivr.legacy_calls c USING (call_id)"
    " WHERE v.unit_date <> '2025-07-02' ORDER BY call_id"
)


async def test_units_with_rejects_are_written_again(
    client_as: Callable[..., Client],
    sources_file: Path,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [legacy_row(), legacy_row("2025-07-02", menu=LONG), legacy_row("2025-07-02"), legacy_row("2025-07-03")]
    broken = legacy_row("2025-07-04", start=None, end=None)
    write_csv(sources_file.parent / "tbl_historico_t3_2025.csv", [*rows, broken])
    client = client_as(*ALL)
    first = await run_to_the_end(client)
    assert (first["published"], first["rejected"]) == (3, 2)
    untouched = await as_owner.fetch(OTHER_DAYS)
    monkeypatch.setattr(rules, "NAME_CHARS_MAX", 300)
    accepted = (await client.post("/rejects/replay", json={"source": "legacy", "run_id": first["id"]})).json()
    assert (accepted["rejects"], accepted["tables"]) == (2, ["tbl_historico_t3_2025"])
    run = await wait_for_run(client, accepted["id"])
    assert (run["read"], run["published"], run["unchanged"], run["rejected"]) == (4, 2, 1, 1)
    assert (run["from"], run["to"]) == ("2025-07-02", "2025-07-05")
    days = await as_owner.fetch("SELECT unit_date, count(*) FROM ivr.legacy_calls_v1 GROUP BY 1 ORDER BY 1")
    assert [tuple(day) for day in days] == [(date(2025, 7, 1), 1), (date(2025, 7, 2), 2), (date(2025, 7, 3), 1)]
    assert [row["unit_date"] for row in (await client.get("/rejects")).json()["items"]] == ["2025-07-04"]
    assert untouched == await as_owner.fetch(OTHER_DAYS)


async def test_nothing_to_replay_is_said(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    for source, status, words in (
        ("legacy", 409, "nothing to read again"),
        ("pbx", 409, "queue log"),
        ("x", 404, "'x'"),
    ):
        answer = await client.post("/rejects/replay", json={"source": source})
        assert answer.status_code == status
        assert words in answer.json()["detail"]
