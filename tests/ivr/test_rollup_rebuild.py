"""Rollups rebuilt in SQL against a plain count of the same facts."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np
import pytest

from services.ivr import store_rollups
from shared.postgres import Database
from shared.sketches import codes_of, write_sketch
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse

pytestmark = pytest.mark.integration

ZONE = ZoneInfo("Europe/Madrid")
# Over the end of summer time, a month's end and midnights.
SINCE = datetime(2025, 10, 25, 12, tzinfo=UTC)
AS_OF = datetime(2025, 11, 5, tzinfo=UTC)


def calls_of(seed: int, n: int = 400) -> list[LegacyCall]:
    rng = random.Random(seed)
    return [
        LegacyCall(
            started_at=SINCE + timedelta(seconds=rng.randrange(9 * 86_400)),
            call_id=number + 1,
            caller_id=rng.choice([0, *range(1, 60)]),
            duration_s=rng.choice([None, rng.randrange(400), 4_000]),
            did=rng.choice(["19028031", "19020001"]),
            menu=rng.choice(["VACIO", "RES-SaldooPagos", "TELEFONO_EN_MENU"]),
            centre=rng.choice(["10828091", "CLIENTE_COLGO", "CASO_ERROR_CEROS"]),
            line_kind=rng.choice(["no_digito", "misma_linea", "linea_diferente"]),
            swapped=rng.random() < 0.4,
        )
        for number in range(n)
    ]


def sketch(values: list[float]) -> bytes:
    codes, counts = np.unique(codes_of(np.array(values, dtype=np.float64)), return_counts=True)
    return write_sketch(codes, counts)


def local_day(call: LegacyCall | QueueCall) -> date:
    return call.at.astimezone(ZONE).date()


async def test_sql_and_python_know_the_same_codes(as_owner: asyncpg.Connection) -> None:
    rng = random.Random(7)
    values = [0.0, 0.5, 49.99, 50.5, 3_600.0, 3_600.01, 3_660.0, 1e7, 2e7]
    values += [rng.uniform(0, 100) for _ in range(500)] + [rng.uniform(0, 10_000) for _ in range(500)]
    rows = await as_owner.fetch("SELECT ivr.value_code(v) AS code FROM unnest($1::float8[]) AS v", values)
    assert [row["code"] for row in rows] == codes_of(np.array(values)).tolist()


@pytest.fixture
async def warehouse(as_owner: asyncpg.Connection) -> Warehouse:
    made = Warehouse(as_owner)
    await made.source("legacy", "legacy", data_as_of=AS_OF, zone=ZONE.key)
    await made.source("queues", "asterisk", data_as_of=AS_OF, zone=ZONE.key)
    return made


def bucket(call: LegacyCall, minutes: int) -> datetime:
    return datetime.fromtimestamp(call.at.timestamp() // (60 * minutes) * 60 * minutes, UTC)


GRAINS: dict[int, Callable[[LegacyCall], tuple[Any, ...]]] = {
    1: lambda call: (call.did, None, None, None, call.menu == "VACIO"),
    2: lambda call: (call.did, call.menu, None, None, call.menu == "VACIO"),
    3: lambda call: (call.did, None, None, call.centre, call.menu == "VACIO"),
    4: lambda call: (call.did, call.menu, call.option, call.centre, call.menu == "VACIO"),
}


def counted(calls: list[LegacyCall]) -> dict[str, Any]:
    durations = [float(call.duration_s) for call in calls if call.duration_s is not None]
    return {
        "calls": len(calls),
        "transferred": sum(call.centre_kind == "vdn" for call in calls),
        "ended_in_ivr": sum(call.centre_kind in ("hung_up", "null") for call in calls),
        "no_typed_line": sum(call.line_kind == "no_digito" for call in calls),
        "same_line": sum(call.line_kind == "misma_linea" for call in calls),
        "different_line": sum(call.line_kind == "linea_diferente" for call in calls),
        "menu_errors": sum(call.menu == "TELEFONO_EN_MENU" for call in calls),
        "swapped_times": sum(call.swapped for call in calls),
        "duration_n": len(durations),
        "duration_s_total": sum(durations),
        "duration_s_max": max(durations, default=None),
        "durations": sketch(durations),
    }


def check(rows: list[asyncpg.Record], truth: dict[tuple[Any, ...], list[LegacyCall]], keys: tuple[str, ...]) -> None:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        assert key not in found
        found[key] = dict(row)
    assert found.keys() == truth.keys()
    for key, calls in truth.items():
        expected = counted(calls)
        shared = expected.keys() & found[key].keys()
        assert len(shared) >= 11
        assert {name: found[key][name] for name in shared} == {
            name: None if name == "durations" and found[key][name] is None else expected[name] for name in shared
        }


@pytest.mark.parametrize("seed", [1, 2])
async def test_legacy_rollups_count_what_the_facts_hold(warehouse: Warehouse, database: Database, seed: int) -> None:
    calls = calls_of(seed)
    await warehouse.add(calls)
    source = warehouse.ids["sources", "legacy"]
    async with database.transaction() as conn:
        units = [row["unit_id"] for row in await conn.fetch("SELECT unit_id FROM ivr.units")]
        for _ in range(2):  # a second time changes nothing
            await store_rollups.rebuild_legacy_units(conn, units)
            await store_rollups.rebuild_legacy_months(conn, source, [date(2025, 10, 1), date(2025, 11, 1)])
            await store_rollups.rebuild_legacy_repeats(conn, source, date(2025, 10, 25), date(2025, 11, 5))
    by_quarter: dict[tuple[Any, ...], list[LegacyCall]] = defaultdict(list)
    by_hour: dict[tuple[Any, ...], list[LegacyCall]] = defaultdict(list)
    by_day: dict[tuple[Any, ...], list[LegacyCall]] = defaultdict(list)
    by_month: dict[tuple[Any, ...], list[LegacyCall]] = defaultdict(list)
    for call in calls:
        unit = call.started_at.date()
        by_quarter[bucket(call, 15), unit, call.did, call.menu == "VACIO"].append(call)
        by_hour[bucket(call, 60), unit, call.did, call.menu == "VACIO"].append(call)
        for grain, key in GRAINS.items():
            by_day[grain, local_day(call), unit, *key(call)].append(call)
            by_month[grain, local_day(call).replace(day=1), *key(call)].append(call)
    cells = "JOIN ivr.legacy_cells k USING (cell_id) JOIN ivr.dids d USING (did_id)"
    for table, truth in (("legacy_quarter_hours", by_quarter), ("legacy_hours", by_hour)):
        rows = await warehouse.conn.fetch(
            f"SELECT r.*, u.unit_date, d.did, k.menu_abandoned FROM ivr.{table} r {cells}"
            " JOIN ivr.units u USING (unit_id)"
        )
        check(rows, truth, ("bucket", "unit_date", "did", "menu_abandoned"))
    named = f"""{cells} LEFT JOIN ivr.menus m USING (menu_id) LEFT JOIN ivr.options o USING (option_id)
        LEFT JOIN ivr.centres e USING (centre_id)"""
    shown = "d.did, m.menu, o.option, e.centre, coalesce(k.menu_abandoned, m.menu_abandoned) AS abandoned_menu"
    names = ("did", "menu", "option", "centre", "abandoned_menu")
    rows = await warehouse.conn.fetch(
        f"SELECT r.*, u.unit_date, {shown} FROM ivr.legacy_days r JOIN ivr.units u USING (unit_id) {named}"
    )
    check(rows, by_day, ("grain", "day", "unit_date", *names))
    rows = await warehouse.conn.fetch(f"SELECT r.*, {shown} FROM ivr.legacy_months r {named}")
    check(rows, by_month, ("grain", "month", *names))
    weekdays = sum(local_day(call).isoweekday() <= 5 for call in calls)
    assert (
        await warehouse.conn.fetchval("SELECT sum(weekday_calls) FROM ivr.legacy_months_v1 WHERE grain = 4") == weekdays
    )
    assert await repeats(warehouse.conn, "legacy_repeat_days") == repeats_of(calls)


def repeats_of(calls: Sequence[LegacyCall | QueueCall]) -> Counter[str]:
    found: Counter[str] = Counter()
    next_of: dict[int, datetime] = {}
    by_caller: dict[int, list[LegacyCall | QueueCall]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: (call.at, call.call_id)):
        by_caller[call.caller_id].append(call)
    for theirs in by_caller.values():
        next_of.update({first.call_id: second.at for first, second in pairwise(theirs)})
    for call in calls:
        found["calls"] += 1
        for name, window_s in (("1h", 3_600), ("24h", 86_400), ("7d", 604_800)):
            end = call.at + timedelta(seconds=window_s)
            covered = end <= AS_OF
            known = covered and call.caller_id != 0
            found[f"covered_{name}"] += covered
            found[f"known_{name}"] += known
            found[f"repeated_{name}"] += known and call.call_id in next_of and next_of[call.call_id] <= end
    return found


async def repeats(conn: asyncpg.Connection, table: str) -> Counter[str]:
    names = ["calls"] + [f"{what}_{w}" for w in ("1h", "24h", "7d") for what in ("covered", "known", "repeated")]
    row = await conn.fetchrow(f"SELECT {', '.join(f'sum({name})::int AS {name}' for name in names)} FROM ivr.{table}")
    assert row
    return Counter(dict(row))


def queue_calls_of(seed: int) -> list[QueueCall]:
    rng = random.Random(seed)
    calls = []
    for number in range(400):
        how = rng.choice(["answered", "answered", "abandoned", "timeout", "open", "flow_out"])
        entered = SINCE + timedelta(seconds=rng.randrange(9 * 86_400), microseconds=rng.choice([0, 250_000]))
        wait = None if how == "open" else rng.choice([0.0, float(rng.randrange(200)), rng.uniform(0, 90)])
        talk = float(rng.randrange(900)) if how == "answered" and rng.random() < 0.9 else None
        calls.append(
            QueueCall(
                entered_at=entered,
                call_id=number + 1,
                caller_id=rng.randrange(60),
                queue=rng.choice(["sales", "help"]),
                agent=rng.choice(["Ana", "Luis"]) if how == "answered" else None,
                exit=how,
                wait_s=wait,
                talk_s=talk,
                ended_at=None if wait is None else entered + timedelta(seconds=wait + (talk or 0)),
                transfers=rng.randrange(2),
                ring_no_answer=rng.randrange(3),
            )
        )
    return calls


@pytest.mark.parametrize("seed", [3, 4])
async def test_queue_rollups_count_what_the_facts_hold(warehouse: Warehouse, database: Database, seed: int) -> None:
    calls = queue_calls_of(seed)
    await warehouse.add_queue(calls)
    source = warehouse.ids["sources", "queues"]
    since, until = date(2025, 10, 25), date(2025, 11, 5)
    async with database.transaction() as conn:
        for _ in range(2):  # a second time changes nothing
            await store_rollups.rebuild_queue_buckets(
                conn, source, datetime(2025, 10, 24, tzinfo=UTC), datetime(2025, 11, 6, tzinfo=UTC)
            )
            await store_rollups.rebuild_queue_days(conn, source, since, until)
            await store_rollups.rebuild_queue_repeats(conn, source, since, until)
    answered = [call for call in calls if call.exit == "answered"]
    waits = [call.wait_s for call in calls if call.wait_s is not None]
    truth = {
        "offered": len(calls),
        "answered": len(answered),
        "abandoned": sum(call.exit == "abandoned" for call in calls),
        "timed_out": sum(call.exit == "timeout" for call in calls),
        "flowed_out": sum(call.exit == "flow_out" for call in calls),
        "open": sum(call.exit == "open" for call in calls),
        "transfers": sum(call.transfers for call in calls),
        "ring_no_answer": sum(call.ring_no_answer for call in calls),
        "wait_n": len(waits),
        "wait_answered_n": len(answered),
        "queued_n": sum((call.wait_s or 0) > 0 for call in answered),
        "talk_n": sum(call.talk_s is not None for call in answered),
        "duration_n": sum(call.ended_at is not None for call in calls),
    }
    for table, grains in (("quarter_hours", 1), ("hours", 1), ("days", 2), ("months", 2)):
        for grain in range(1, grains + 1):
            only = f"WHERE grain = {grain}" if grains == 2 else ""
            sums = ", ".join(f"sum({name})::int AS {name}" for name in truth)
            row = await warehouse.conn.fetchrow(
                f"SELECT {sums}, sum(wait_s_total) AS waited, sum(talk_s_total) AS talked, max(wait_s_max) AS longest,"
                " string_agg(waits_answered, '') AS answered_waits, string_agg(waits_abandoned, '') AS abandoned_waits"
                f" FROM ivr.queue_{table}_v1 {only}"
            )
            assert row
            assert {name: row[name] for name in truth} == truth, table
            assert row["waited"] == pytest.approx(sum(waits))
            assert row["talked"] == pytest.approx(sum(call.talk_s or 0 for call in answered))
            assert row["longest"] == max(waits)
            assert merged(row["answered_waits"]) == sketch([call.wait_s or 0 for call in answered])
            assert merged(row["abandoned_waits"]) == sketch(
                [call.wait_s or 0 for call in calls if call.exit == "abandoned"]
            )
    await agents_and_repeats_are_those_of(calls, warehouse)


async def agents_and_repeats_are_those_of(calls: list[QueueCall], warehouse: Warehouse) -> None:
    by_agent: Counter[tuple[Any, ...]] = Counter((local_day(call), call.queue, call.agent) for call in calls)
    rows = await warehouse.conn.fetch("SELECT day, queue, agent, offered FROM ivr.queue_days_v1 WHERE grain = 2")
    assert {(row["day"], row["queue"], row["agent"]): row["offered"] for row in rows} == by_agent
    assert await repeats(warehouse.conn, "queue_repeat_days") == repeats_of(calls)


def merged(joined: bytes) -> bytes:
    entries: Counter[int] = Counter()
    for at in range(0, len(joined), 6):
        entries[int.from_bytes(joined[at : at + 2], "big")] += int.from_bytes(joined[at + 2 : at + 6], "big")
    codes = np.array(sorted(entries), dtype=np.int64)
    return write_sketch(codes, np.array([entries[int(code)] for code in codes], dtype=np.int64))
