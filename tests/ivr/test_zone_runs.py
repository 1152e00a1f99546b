"""The zone of a source, seen by its check and kept by its runs."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.targets import MariaDbTarget
from services.ivr.check import look
from services.ivr.keys import Keys
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, files_source, mariadb_source

pytestmark = pytest.mark.integration

NOW = datetime(2025, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "offset_s"), [("America/Mexico_City", 0), ("America/New_York", -7200)])
async def test_cdr_and_queue_log_tell_whether_the_zone_is_right(
    mariadb: MariaDbSchema, ingest: Ingest, keys: Keys, as_owner: asyncpg.Connection, zone: str, offset_s: int
) -> None:
    simulate_asterisk(AsteriskOptions(rows=1_000, seed=3, days=1), MariaDbTarget(mariadb.dsn_admin))
    source = mariadb_source(mariadb, "asterisk", zone)
    found = await look(source, keys, NOW)
    assert found.problem is None
    assert found.zone_right is (offset_s == 0)
    assert {name: finding.offset_s for name, finding in found.zones.items()} == {"queue_log": offset_s, "cdr": offset_s}
    assert any("local times read as America/New_York lie 2 h before" in note for note in found.notes) is (offset_s != 0)
    assert (await ingest(source)).error is None
    kept = await as_owner.fetch("SELECT source_table, zone, offset_s, share FROM ivr.zone_checks_v1 ORDER BY 1")
    assert [(row["source_table"], row["zone"], row["offset_s"]) for row in kept] == [
        ("cdr", zone, offset_s),
        ("queue_log", zone, offset_s),
    ]
    assert all(row["share"] > 0.5 for row in kept)


async def test_epochs_alone_prove_nothing(
    tmp_path: Path, ingest: Ingest, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    """The text form of queue_log has epochs for times: no local time is in it."""
    path = tmp_path / "queue_log"
    path.write_text("".join(f"{1751382000 + n}|{1751382000 + n}.1|sales|NONE|ENTERQUEUE||55{n}|1\n" for n in range(9)))
    source = files_source(path, kind="asterisk")
    found = await look(source, keys, None)
    assert (found.zone_right, found.zones) == (None, {})
    assert any("nothing to check the zone against" in note for note in found.notes)
    await ingest(source)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.zone_checks_v1") == 0
