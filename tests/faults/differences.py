"""One row of one side made different, and made equal again: what a comparison of both sides must find.

A difference is planned first, with the days it touches, and made afterwards: several can then stand beside each other.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
import pymysql

from services.ivr.clock import LocalClock
from services.ivr.legacy import COLUMNS, NO_DATE
from services.ivr.reconcile_legacy import DEEP_UNITS_MAX

OTHER_VALUES = {
    "dFecha": None,  # moved to another day below
    "dHoraInicio": "2025-08-09 10:11:12",
    "dHoraFin": "2025-08-09 10:12:13",
    "cDID_800Transfer": "19029999",
    "cDID_Centro_Transferencia": "4711",
    "cMenu": "Otro menu",
    "cOpcion": "Otra opcion",
    "cTelefono_Origen": "5598765432",
    "cTelefono_Digitado": "5587654321",
    "cEtiquetacliente": "OTRA,",
}
WAREHOUSE_COLUMNS = (
    "caller_id",
    "started_at",
    "duration_s",
    "did_id",
    "menu_id",
    "option_id",
    "centre_id",
    "label_set_id",
    "occurrence",
    "line_kind",
    "swapped",
)
CHANGED = {
    "caller_id": "caller_id + 1",
    "started_at": "started_at + interval '1 second'",
    "duration_s": "coalesce(duration_s, 0) + 1",
    "did_id": "(SELECT did_id FROM ivr.dids d WHERE d.did_id <> c.did_id LIMIT 1)",
    "menu_id": "(SELECT menu_id FROM ivr.menus m WHERE m.menu_id <> c.menu_id LIMIT 1)",
    "option_id": "(SELECT option_id FROM ivr.options o WHERE o.option_id <> c.option_id LIMIT 1)",
    "centre_id": "(SELECT centre_id FROM ivr.centres e WHERE e.centre_id <> c.centre_id LIMIT 1)",
    "label_set_id": "(SELECT label_set_id FROM ivr.label_sets l WHERE l.label_set_id <> c.label_set_id LIMIT 1)",
    "occurrence": "occurrence + 1",
    "line_kind": "(line_kind + 1) % 3",
    "swapped": "NOT swapped",
}


SOURCE_SHARE = 0.6
TRIES_MAX = 10_000  # rows looked at until one lies on days that are free


Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True)
class Statements:
    """What is done to each side, in order."""

    source: Sequence[Statement] = ()
    warehouse: Sequence[str] = ()


@dataclass(frozen=True)
class Difference:
    """What is done, in words; how, and how it is undone.

    `days` must be told different, each with a row named unless only the day's count differs (`counted`): an event that
    changes no call. `near` are other days that the same call reaches, and may be told.
    """

    what: str
    days: frozenset[date]
    make: Statements
    undo: Statements
    near: frozenset[date] = frozenset()
    counted: bool = False

    @property
    def touched(self) -> frozenset[date]:
        return self.days | self.near


class LegacySide:
    """Makes one row of a legacy source or its warehouse different, on at most `days_max` days and none of `taken`."""

    def __init__(
        self,
        source: "pymysql.connections.Connection",
        warehouse: asyncpg.Connection,
        noise: random.Random,
        *,
        clock: LocalClock,
        taken: Collection[date] = frozenset(),
        days_max: int = DEEP_UNITS_MAX,
    ) -> None:
        self._source = source
        self._warehouse = warehouse
        self._noise = noise
        self._clock = clock
        self._taken = taken
        self._days_max = days_max

    async def plan(self) -> Difference:
        """Any single row to be inserted, deleted or changed, on either side."""
        on_source = self._noise.random() < SOURCE_SHARE
        for _ in range(TRIES_MAX):
            planned = self._plan_source() if on_source else await self._plan_warehouse()
            if planned.touched.isdisjoint(self._taken) and len(planned.touched) <= self._days_max:
                return planned
        raise AssertionError("no row lies on days that are free")

    async def make(self, difference: Difference) -> None:
        await self._execute(difference.make)

    async def undo(self, difference: Difference) -> None:
        await self._execute(difference.undo)

    async def _execute(self, statements: Statements) -> None:
        with self._source.cursor() as cursor:
            for statement, arguments in statements.source:
                cursor.execute(statement, arguments)
        for each in statements.warehouse:
            await self._warehouse.execute(each)

    def _plan_source(self) -> Difference:
        with self._source.cursor() as cursor:
            table, row = self._any_row(cursor)
        insert = f"INSERT INTO `{table}` VALUES ({', '.join(['%s'] * len(COLUMNS))})"
        delete = f"DELETE FROM `{table}` WHERE {' AND '.join(f'`{c}` <=> %s' for c in COLUMNS)} LIMIT 1"
        days = frozenset({day_of(row[0])})
        make: list[Statement]
        undo: list[Statement]
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                words, make, undo = f"a row of {table} doubled", [(insert, row)], [(delete, row)]
            case "delete":
                words, make, undo = f"a row of {table} deleted", [(delete, row)], [(insert, row)]
            case _:
                other, column = list(row), self._noise.choice(COLUMNS)
                value = self._other_day(row[0]) if column == "dFecha" else OTHER_VALUES[column]
                other[COLUMNS.index(column)] = value
                words, days = f"{column} of a row of {table} changed", days | {day_of(other[0])}
                make, undo = [(delete, row), (insert, other)], [(delete, other), (insert, row)]
        return Difference(words, days, Statements(source=make), Statements(source=undo))

    def _other_day(self, day: date) -> date:
        """Another of its month, free if there is one."""
        others = [day.replace(day=number) for number in range(1, 29) if number != day.day]
        return self._noise.choice([each for each in others if each not in self._taken] or others)

    def _any_row(self, cursor: Any) -> tuple[str, tuple[Any, ...]]:
        cursor.execute(
            "SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = database()"
            " AND table_rows > 9"
        )
        table, rows = self._noise.choice(cursor.fetchall())
        columns = ", ".join(f"`{column}`" for column in COLUMNS)
        cursor.execute(f"SELECT {columns} FROM `{table}` LIMIT 1 OFFSET {self._noise.randrange(int(rows * 0.9))}")
        return str(table), cursor.fetchone()

    async def _plan_warehouse(self) -> Difference:
        calls = await self._warehouse.fetchval("SELECT count(*) FROM ivr.legacy_calls")
        place = await self._warehouse.fetchrow(
            "SELECT c.part, c.at, u.unit_date FROM (SELECT tableoid::regclass::text AS part, ctid::text AS at, unit_id"
            f" FROM ivr.legacy_calls OFFSET {self._noise.randrange(calls)} LIMIT 1) c JOIN ivr.units u USING (unit_id)"
        )
        assert place is not None
        part, one, before = place["part"], f"ctid = '{place['at']}'", self._before()
        keep = f"CREATE TEMP TABLE {before} AS SELECT * FROM {part} WHERE {one}"
        more = f"INSERT INTO ivr.legacy_calls SELECT * FROM {before}"
        gone = f"DELETE FROM ivr.legacy_calls c USING {before} b WHERE c.call_id = b.call_id AND c.unit_id = b.unit_id"
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                words, make = "a call doubled in the warehouse", more
            case "delete":
                words, make = "a call deleted in the warehouse", f"DELETE FROM {part} WHERE {one}"
            case _:
                column = self._noise.choice(WAREHOUSE_COLUMNS)
                words = f"{column} of a call changed in the warehouse"
                make = f"UPDATE {part} c SET {column} = {CHANGED[column]} WHERE {one}"
        return Difference(
            words,
            frozenset({place["unit_date"]}),
            Statements(warehouse=[keep, make]),
            Statements(warehouse=[gone, more, f"DROP TABLE {before}"]),
        )

    def _before(self) -> str:
        """A table of its own for the row as it was."""
        return f"before_{self._noise.getrandbits(64):x}"

    def _local_day(self, at: datetime) -> date:
        return self._clock.day(int(at.timestamp()))


def day_of(value: Any) -> date:
    """The local day of what a source wrote, which is no zone's."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else NO_DATE
