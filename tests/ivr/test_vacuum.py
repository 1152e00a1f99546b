"""Autovacuum looks at tables by how they are written: no rollup waits for a fifth of a year."""

from datetime import date

import asyncpg
import pytest

from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration

OPTIONS = """
    SELECT c.relname AS name, coalesce(array_to_string(c.reloptions, ' '), '') AS options
    FROM pg_class c WHERE c.relnamespace = 'ivr'::regnamespace AND c.relkind = 'r' ORDER BY 1"""
# Told by a person, or once a source: a handful of rows that hardly ever change.
SMALL = {
    *(
        "dids",
        "menus",
        "options",
        "centres",
        "label_sets",
        "holidays",
        "sources",
        "source_columns",
        "dimension_changes",
    ),
    *("caller_keys", "caller_key_sources", "caller_key_spans", "rollup_states", "removed_months", "retention_holds"),
    "month_hours_zones",
    *("reconciliations", "reconciliation_cells", "reconciliation_rows", "zone_checks", "legacy_cells", "queue_cells"),
    *("queue_names", "queue_streams", "detail_streams", "detail_gaps", "leases", "data_versions", "rejects"),
    # Added to and hardly changed: the default follows them well enough.
    *("agent_events", "agent_spans", "cel_kept_events", "queue_kept_events", "queue_recent_ids", "units"),
    *("legacy_caller_months", "legacy_caller_month_sketches"),
}


async def test_every_table_that_grows_says_when_it_is_looked_at(as_owner: asyncpg.Connection) -> None:
    told = {row["name"]: row["options"] for row in await as_owner.fetch(OPTIONS)}
    unnamed = {name for name, options in told.items() if "autovacuum" not in options} - SMALL
    assert unnamed == set()
    assert told.keys() >= SMALL


async def test_a_new_month_is_frozen_by_its_first_vacuum(
    as_owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    service = await asyncpg.connect(**database_settings.as_role("iact_ivr").connect_arguments())
    for parent in ("legacy_calls", "queue_calls", "call_legs", "call_steps"):
        await service.execute("SELECT ivr.ensure_month($1, $2)", parent, date(2031, 5, 1))
        options = await as_owner.fetchval(
            "SELECT array_to_string(reloptions, ' ') FROM pg_class WHERE oid = $1::regclass", f"ivr.{parent}_2031_05"
        )
        assert "autovacuum_freeze_min_age=0" in options
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("SELECT ivr.settle_month('runs')")
    await service.close()
