"""The real queue_log of a PBXware machine gives the figures that its README states."""

from pathlib import Path

import asyncpg
import pytest

from tests.ivr.conftest import Ingest, files_source

pytestmark = pytest.mark.integration


async def test_the_real_log_gives_its_published_figures(
    real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    source = files_source(real_data / "asterisk-queue" / "queue_log.csv", kind="asterisk", zone="America/New_York")
    outcome = await ingest(source)
    assert outcome.error is None
    rows = await as_owner.fetch("SELECT exit, count(*) FROM ivr.queue_calls_v1 GROUP BY exit")
    exits = {row[0]: row[1] for row in rows}
    assert exits == {"answered": 93, "abandoned": 12, "timeout": 1, "open": 2}
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs")
    assert run is not None
    assert (run["rows_read"], run["rows_published"], run["rows_rejected"]) == (1000, 1000, 0)
