"""One row of one side made different, and made equal again: what a comparison of both sides must find."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pymysql
from typing_extensions import override

from services.ivr.legacy import COLUMNS

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
QUEUE_COLUMNS = ("id", "time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
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


@dataclass(frozen=True)
class Difference:
    """What was done, in words, and how many calls must be named."""

    what: str
    undo: "Undo"


@dataclass(frozen=True)
class Undo:
    """Statements of the side that was changed."""

    source: Sequence[tuple[str, Sequence[Any]]] = ()
    warehouse: Sequence[str] = ()


class LegacySide:
    """Makes one row of a legacy source, or of its warehouse, different."""

    def __init__(
        self, source: "pymysql.connections.Connection", warehouse: asyncpg.Connection, noise: random.Random
    ) -> None:
        self._source = source
        self._warehouse = warehouse
        self._noise = noise

    async def change(self) -> Difference:
        """Any single inserted, deleted or changed row, on either side."""
        if self._noise.random() < 0.6:
            return self._change_source()
        return await self._change_warehouse()

    async def undo(self, difference: Difference) -> None:
        with self._source.cursor() as cursor:
            for statement, arguments in difference.undo.source:
                cursor.execute(statement, arguments)
        for statement in difference.undo.warehouse:
            await self._warehouse.execute(statement)

    def _change_source(self) -> Difference:
        with self._source.cursor() as cursor:
            table, row = self._any_row(cursor)
            insert = f"INSERT INTO `{table}` VALUES ({', '.join(['%s'] * len(COLUMNS))})"
            delete = f"DELETE FROM `{table}` WHERE {' AND '.join(f'`{c}` <=> %s' for c in COLUMNS)} LIMIT 1"
            match self._noise.choice(["insert", "delete", "change"]):
                case "insert":
                    cursor.execute(insert, row)
                    return Difference(f"a row of {table} doubled", Undo(source=[(delete, row)]))
                case "delete":
                    cursor.execute(delete, row)
                    return Difference(f"a row of {table} deleted", Undo(source=[(insert, row)]))
                case _:
                    column = self._noise.choice(COLUMNS)
                    other = list(row)
                    at = COLUMNS.index(column)
                    other[at] = self._other_day(row[0]) if column == "dFecha" else OTHER_VALUES[column]
                    cursor.execute(delete, row)
                    cursor.execute(insert, other)
                    return Difference(
                        f"{column} of a row of {table} changed", Undo(source=[(delete, other), (insert, row)])
                    )

    def _other_day(self, day: Any) -> Any:
        return day.replace(day=1 if day.day > 1 else 2)

    def _any_row(self, cursor: Any) -> tuple[str, tuple[Any, ...]]:
        cursor.execute(
            "SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = database()"
            " AND table_rows > 9"
        )
        table, rows = self._noise.choice(cursor.fetchall())
        columns = ", ".join(f"`{column}`" for column in COLUMNS)
        cursor.execute(f"SELECT {columns} FROM `{table}` LIMIT 1 OFFSET {self._noise.randrange(int(rows * 0.9))}")
        return str(table), cursor.fetchone()

    async def _change_warehouse(self) -> Difference:
        calls = await self._warehouse.fetchval("SELECT count(*) FROM ivr.legacy_calls")
        place = await self._warehouse.fetchrow(
            "SELECT tableoid::regclass::text AS part, ctid::text AS at, call_id FROM ivr.legacy_calls"
            f" OFFSET {self._noise.randrange(calls)} LIMIT 1"
        )
        assert place is not None
        part, one = place["part"], f"ctid = '{place['at']}'"
        await self._warehouse.execute("CREATE TEMP TABLE IF NOT EXISTS before (LIKE ivr.legacy_calls)")
        await self._warehouse.execute(f"TRUNCATE before; INSERT INTO before SELECT * FROM {part} WHERE {one}")
        restore = ["INSERT INTO ivr.legacy_calls SELECT * FROM before"]
        gone = "DELETE FROM ivr.legacy_calls c USING before b WHERE c.call_id = b.call_id AND c.unit_id = b.unit_id"
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                await self._warehouse.execute(restore[0])
                return Difference("a call doubled in the warehouse", Undo(warehouse=[gone, *restore]))
            case "delete":
                await self._warehouse.execute(f"DELETE FROM {part} WHERE {one}")
                return Difference("a call deleted in the warehouse", Undo(warehouse=restore))
            case _:
                column = self._noise.choice(WAREHOUSE_COLUMNS)
                await self._warehouse.execute(f"UPDATE {part} c SET {column} = {CHANGED[column]} WHERE {one}")
                return Difference(f"{column} of a call changed in the warehouse", Undo(warehouse=[gone, *restore]))


class QueueSide(LegacySide):
    """The same for queue_log: rows have an id, and the warehouse has calls instead of rows."""

    @override
    def _change_source(self) -> Difference:
        with self._source.cursor() as cursor:
            columns = ", ".join(QUEUE_COLUMNS)
            cursor.execute("SELECT min(id), max(id) FROM queue_log")
            first, last = cursor.fetchone()
            # Of events that belong to a call: what CONFIGRELOAD or a pause says is in no call, and is only counted.
            verbs = "('ENTERQUEUE', 'CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER', 'ABANDON')"
            cursor.execute(
                f"SELECT {columns} FROM queue_log WHERE id >= %s AND event IN {verbs} ORDER BY id LIMIT 1",
                (self._noise.randrange(first, first + (last - first) * 9 // 10),),
            )
            row = cursor.fetchone()
            insert = f"INSERT INTO queue_log ({columns}) VALUES ({', '.join(['%s'] * len(QUEUE_COLUMNS))})"
            delete = "DELETE FROM queue_log WHERE id = %s"
            match self._noise.choice(["insert", "delete", "change"]):
                case "insert":
                    cursor.execute(insert, (last + 1, *row[1:]))
                    return Difference(f"a {row[5]} doubled", Undo(source=[(delete, (last + 1,))]))
                case "delete":
                    cursor.execute(delete, (row[0],))
                    return Difference(f"a {row[5]} deleted", Undo(source=[(insert, row)]))
                case _:
                    column, value = self._noise.choice(
                        [("queuename", "otherwise"), ("time", row[1].replace(year=2024))]
                    )
                    cursor.execute(f"UPDATE queue_log SET {column} = %s WHERE id = %s", (value, row[0]))
                    back = [(delete, (row[0],)), (insert, row)]
                    return Difference(f"{column} of a {row[5]} changed", Undo(source=back))

    @override
    async def _change_warehouse(self) -> Difference:
        calls = await self._warehouse.fetchval("SELECT count(*) FROM ivr.queue_calls")
        call = await self._warehouse.fetchval(
            f"SELECT call_id FROM ivr.queue_calls OFFSET {self._noise.randrange(calls)} LIMIT 1"
        )
        await self._warehouse.execute("CREATE TEMP TABLE IF NOT EXISTS before (LIKE ivr.queue_calls)")
        await self._warehouse.execute(
            f"TRUNCATE before; INSERT INTO before SELECT * FROM ivr.queue_calls WHERE call_id = {call}"
        )
        gone = f"DELETE FROM ivr.queue_calls WHERE call_id = {call}"
        back = ["INSERT INTO ivr.queue_calls SELECT * FROM before"]
        if self._noise.random() < 0.3:
            await self._warehouse.execute(gone)
            return Difference("a queue call deleted in the warehouse", Undo(warehouse=back))
        column, value = self._noise.choice(
            [
                ("wait_s", "coalesce(wait_s, 0) + 1"),
                ("agent", "coalesce(agent, '') || 'x'"),
                ("exit", "CASE exit WHEN 'answered' THEN 'abandoned' ELSE 'answered' END"),
                ("caller_id", "caller_id + 1"),
                ("transfers", "transfers + 1"),
                ("ended_at", "coalesce(ended_at, entered_at) + interval '1 second'"),
            ]
        )
        await self._warehouse.execute(f"UPDATE ivr.queue_calls SET {column} = {value} WHERE call_id = {call}")
        return Difference(f"{column} of a queue call changed in the warehouse", Undo(warehouse=[gone, *back]))


DETAIL_CHANGES: dict[str, dict[str, Any]] = {
    "cdr": {"billsec": 4711, "disposition": "FAILED", "dst": "4711", "src": "5598765432", "lastapp": "Playback"},
    "cel": {"appdata": "menu_otro,9", "exten": "77"},
}
PART_CHANGES = {
    "leg": {
        "billsec": "coalesce(billsec, 0) + 1",
        "agent": "coalesce(agent, '') || 'x'",
        "caller_id": "caller_id + 1",
        "ended_at": "coalesce(ended_at, started_at) + interval '1 second'",
    },
    "step": {
        "menu": "menu || 'x'",
        "number": "number + 1",
        "caller_id": "caller_id + 1",
        "digit": "CASE WHEN digit IS NULL THEN '1' END",
    },
}


class DetailSide(LegacySide):
    """The same for cdr and cel: the warehouse has legs and steps instead of rows."""

    @override
    def _change_source(self) -> Difference:
        table = self._noise.choice(["cdr", "cel"])
        with self._source.cursor() as cursor:
            # Of cel a row that tells a menu: the others say how a step ended at the most, and some nothing.
            told = "WHERE eventtype = 'USER_DEFINED' AND userdeftype = 'IVR_MENU'" if table == "cel" else ""
            cursor.execute(f"SELECT count(*) FROM {table} {told}")
            cursor.execute(f"SELECT * FROM {table} {told} LIMIT 1 OFFSET {self._noise.randrange(cursor.fetchone()[0])}")
            row, columns = cursor.fetchone(), [each[0] for each in cursor.description]
            insert = f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})"
            delete = f"DELETE FROM {table} WHERE {' AND '.join(f'`{c}` <=> %s' for c in columns)} LIMIT 1"
            match self._noise.choice(["insert", "delete", "change"]):
                case "insert":
                    other = self._another(cursor, table, columns, row)
                    cursor.execute(insert, other)
                    return Difference(f"a row of {table} more", Undo(source=[(delete, other)]))
                case "delete":
                    cursor.execute(delete, row)
                    return Difference(f"a row of {table} deleted", Undo(source=[(insert, row)]))
                case _:
                    column = self._noise.choice(sorted(DETAIL_CHANGES[table]))
                    other = [DETAIL_CHANGES[table][column] if name == column else each
                             for name, each in zip(columns, row, strict=True)]  # fmt: skip
                    cursor.execute(delete, row)
                    cursor.execute(insert, other)
                    back = [(delete, other), (insert, row)]
                    return Difference(f"{column} of a row of {table} changed", Undo(source=back))

    def _another(self, cursor: Any, table: str, columns: Sequence[str], row: Sequence[Any]) -> list[Any]:
        """The row once more, under a key of its own."""
        if table == "cdr":
            return [f"{each}9" if name == "uniqueid" else each for name, each in zip(columns, row, strict=True)]
        cursor.execute("SELECT max(id) + 1 FROM cel")
        (number,) = cursor.fetchone()
        return [number if name == "id" else each for name, each in zip(columns, row, strict=True)]

    @override
    async def _change_warehouse(self) -> Difference:
        part = self._noise.choice(["leg", "step"])
        table, key = f"ivr.call_{part}s", f"{part}_id"
        rows = await self._warehouse.fetchval(f"SELECT count(*) FROM {table}")
        one = await self._warehouse.fetchval(f"SELECT {key} FROM {table} OFFSET {self._noise.randrange(rows)} LIMIT 1")
        before = f"before_{part}"
        await self._warehouse.execute(f"CREATE TEMP TABLE IF NOT EXISTS {before} (LIKE {table})")
        await self._warehouse.execute(
            f"TRUNCATE {before}; INSERT INTO {before} SELECT * FROM {table} WHERE {key} = {one}"
        )
        back, gone = f"INSERT INTO {table} SELECT * FROM {before}", f"DELETE FROM {table} WHERE {key} = {one}"
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                other = f"jsonb_populate_record(b, jsonb_build_object('{key}', {one} + 1))"
                await self._warehouse.execute(f"INSERT INTO {table} SELECT ({other}).* FROM {before} b")
                undo = f"DELETE FROM {table} WHERE {key} = {one} + 1"
                return Difference(f"a {part} more in the warehouse", Undo(warehouse=[undo]))
            case "delete":
                await self._warehouse.execute(gone)
                return Difference(f"a {part} deleted in the warehouse", Undo(warehouse=[back]))
            case _:
                column = self._noise.choice(sorted(PART_CHANGES[part]))
                value = PART_CHANGES[part][column]
                await self._warehouse.execute(f"UPDATE {table} SET {column} = {value} WHERE {key} = {one}")
                return Difference(f"{column} of a {part} changed in the warehouse", Undo(warehouse=[gone, back]))
