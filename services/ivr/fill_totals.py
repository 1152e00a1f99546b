"""Totals that nobody has made: after an upgrade, after an older release has written, of days that small batches touch.

A month of one source at a time, under its lease, each step a transaction of its own. Hours of months, too, of sources
whose zone has changed: until then nobody reads them.
"""

from datetime import timedelta

from services.ivr import store
from services.ivr.calendar_periods import next_month
from services.ivr.lease import Lease, LeaseLost, SourceBusy
from services.ivr.totals import TIMEOUT_S, load, write_legacy_totals, write_queue_totals
from shared.log import log
from shared.postgres import OUTAGES, Database, DatabaseUnavailable


async def fill_totals(database: Database) -> bool:
    """Make what is missing; False when a source was busy or a month could not be made, so that something is left."""
    counted = await _count_month_hours(database)
    async with database.connection() as conn:
        months = await conn.fetch(load("months_without_totals"), timeout=TIMEOUT_S)
    made = 0
    for row in months:
        write = write_legacy_totals if row["kind"] == "legacy" else write_queue_totals
        month = row["month"]
        days = [month + timedelta(days=n) for n in range((next_month(month) - month).days)]
        try:
            async with (
                Lease.hold(database, row["source_id"]) as lease,
                database.transaction(timeout_s=TIMEOUT_S) as conn,
            ):
                await write(conn, row["source_id"], days)
                await lease.check(conn)
            made += 1
        except (SourceBusy, LeaseLost):
            continue
        except TimeoutError:
            log.exception(f"totals of {month:%Y-%m} took too long", source_id=row["source_id"])
        except (*OUTAGES, DatabaseUnavailable):
            raise
        except Exception:  # noqa: BLE001 - logged with its trace and tried again; other months and sources go on
            log.exception(f"totals of {month:%Y-%m} could not be made", source_id=row["source_id"])
    if made:
        log.info(f"totals of {made} months are made", months=made)
    return counted and made == len(months)


async def _count_month_hours(database: Database) -> bool:
    """By the clock that their source has now; False when some are left."""
    async with database.connection() as conn:
        stale = [row["source_id"] for row in await conn.fetch(load("stale_month_hours"))]
    counted = 0
    for source_id in stale:
        try:
            async with (
                Lease.hold(database, source_id) as lease,
                database.transaction(timeout_s=TIMEOUT_S) as conn,
            ):
                await conn.execute(load("count_month_hours"), source_id, timeout=TIMEOUT_S)
                await store.move_data_version(conn, source_id, None)
                await lease.check(conn)
            counted += 1
        except (SourceBusy, LeaseLost):
            continue
        except TimeoutError:
            log.exception("counting hours of months anew took too long", source_id=source_id)
        except (*OUTAGES, DatabaseUnavailable):
            raise
        except Exception:  # noqa: BLE001 - logged with its trace and tried again; other sources go on
            log.exception("hours of months could not be counted anew", source_id=source_id)
    if counted:
        log.info(f"hours of months of {counted} sources are counted by their new zones", sources=counted)
    return counted == len(stale)
