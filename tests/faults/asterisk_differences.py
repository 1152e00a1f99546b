"""Differences between an Asterisk source and its warehouse: of queue_log, cdr and cel, of calls, legs and steps."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from typing_extensions import override

from tests.faults.differences import Difference, LegacySide, Statement, Statements, day_of

QUEUE_COLUMNS = ("id", "time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
# Events that belong to a call: what CONFIGRELOAD or a pause says is in no call, and is only counted.
CALL_EVENTS = ("ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "COMPLETECALLER", "ABANDON")
CALL_CHANGES = {
    "wait_s": "coalesce(wait_s, 0) + 1",
    "agent": "coalesce(agent, '') || 'x'",
    "exit": "CASE exit WHEN 'answered' THEN 'abandoned' ELSE 'answered' END",
    "caller_id": "caller_id + 1",
    "transfers": "transfers + 1",
    "ended_at": "coalesce(ended_at, entered_at) + interval '1 second'",
}
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
PART_MOMENTS = {"leg": "started_at", "step": "at"}
DETAIL_MOMENTS = {"cdr": "start", "cel": "eventtime"}
EARLIER_YEAR = 2024
DELETED_SHARE = 0.3


class QueueSide(LegacySide):
    """The same for queue_log: rows have an id, and the warehouse has calls instead of rows."""

    @override
    def _plan_source(self) -> Difference:
        with self._source.cursor() as cursor:
            row, number = self._any_event(cursor)
            near = self._days_of_call(cursor, row[QUEUE_COLUMNS.index("callid")])
        insert = f"INSERT INTO queue_log ({', '.join(QUEUE_COLUMNS)}) VALUES ({', '.join(['%s'] * len(QUEUE_COLUMNS))})"
        delete = "DELETE FROM queue_log WHERE id = %s"
        days, event = {day_of(row[1])}, row[QUEUE_COLUMNS.index("event")]
        counted = near != days  # the row that differs may stand on the other day of the call
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                counted = True  # a call that is over takes no event that it had before
                words, make, undo = f"a {event} doubled", [(insert, (number, *row[1:]))], [(delete, (number,))]
            case "delete":
                words, make, undo = f"a {event} deleted", [(delete, (row[0],))], [(insert, row)]
            case _:
                column = self._noise.choice(["queuename", "time"])
                value = "otherwise" if column == "queuename" else row[1].replace(year=EARLIER_YEAR)
                if column == "time":
                    counted = True  # on its other day there is no call, but for an ENTERQUEUE
                    days |= {day_of(value)}
                    near |= {day.replace(year=EARLIER_YEAR) for day in near}
                words = f"{column} of a {event} changed"
                make = [(f"UPDATE queue_log SET {column} = %s WHERE id = %s", (value, row[0]))]
                undo = [(delete, (row[0],)), (insert, row)]
        return Difference(
            words,
            frozenset(days),
            Statements(source=make),
            Statements(source=undo),
            frozenset(near - days),
            counted=counted,
        )

    def _any_event(self, cursor: Any) -> tuple[tuple[Any, ...], int]:
        """A row, and an id that is none's."""
        cursor.execute("SELECT min(id), max(id) FROM queue_log")
        first, last = cursor.fetchone()
        cursor.execute(
            f"SELECT {', '.join(QUEUE_COLUMNS)} FROM queue_log WHERE id >= %s AND event IN {CALL_EVENTS}"
            " ORDER BY id LIMIT 1",
            (self._noise.randrange(first, first + (last - first) * 9 // 10),),
        )
        return cursor.fetchone(), last + 1

    def _days_of_call(self, cursor: Any, callid: str) -> set[date]:
        cursor.execute("SELECT DISTINCT date(time) FROM queue_log WHERE callid = %s", (callid,))
        return {day_of(day) for (day,) in cursor.fetchall()}

    @override
    async def _plan_warehouse(self) -> Difference:
        calls = await self._warehouse.fetchval("SELECT count(*) FROM ivr.queue_calls")
        call = await self._warehouse.fetchrow(
            f"SELECT call_id, entered_at FROM ivr.queue_calls OFFSET {self._noise.randrange(calls)} LIMIT 1"
        )
        assert call is not None
        before, one = self._before(), f"call_id = {call['call_id']}"
        gone = f"DELETE FROM ivr.queue_calls WHERE {one}"
        words, make = "a queue call deleted in the warehouse", gone
        if self._noise.random() >= DELETED_SHARE:
            column = self._noise.choice(sorted(CALL_CHANGES))
            words = f"{column} of a queue call changed in the warehouse"
            make = f"UPDATE ivr.queue_calls SET {column} = {CALL_CHANGES[column]} WHERE {one}"
        return Difference(
            words,
            frozenset({self._local_day(call["entered_at"])}),
            Statements(warehouse=[f"CREATE TEMP TABLE {before} AS SELECT * FROM ivr.queue_calls WHERE {one}", make]),
            Statements(warehouse=[gone, f"INSERT INTO ivr.queue_calls SELECT * FROM {before}", f"DROP TABLE {before}"]),
        )


class DetailSide(LegacySide):
    """The same for cdr and cel: the warehouse has legs and steps instead of rows."""

    @override
    def _plan_source(self) -> Difference:
        table = self._noise.choice(["cdr", "cel"])
        with self._source.cursor() as cursor:
            row, columns = self._any_detail(cursor, table)
            another = self._another(cursor, table, columns, row)
            near = self._days_of_call(cursor, row[columns.index("linkedid")]) if table == "cel" else set()
        insert = f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})"
        delete = f"DELETE FROM {table} WHERE {' AND '.join(f'`{c}` <=> %s' for c in columns)} LIMIT 1"
        day = day_of(row[columns.index(DETAIL_MOMENTS[table])])
        make: list[Statement]
        undo: list[Statement]
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                words, make, undo = f"a row of {table} more", [(insert, another)], [(delete, another)]
            case "delete":
                words, make, undo = f"a row of {table} deleted", [(delete, row)], [(insert, row)]
            case _:
                column, other = self._changed(table, columns, row)
                words = f"{column} of a row of {table} changed"
                make, undo = [(delete, row), (insert, other)], [(delete, other), (insert, row)]
        return Difference(
            words,
            frozenset({day}),
            Statements(source=make),
            Statements(source=undo),
            frozenset(near - {day}),
        )

    def _any_detail(self, cursor: Any, table: str) -> tuple[Sequence[Any], list[str]]:
        if table == "cel":
            # A row that tells a menu: the others say how a step ended at the most, and some nothing.
            cursor.execute("SELECT min(id), max(id) FROM cel")
            first, last = cursor.fetchone()
            cursor.execute(
                "SELECT * FROM cel WHERE id >= %s AND eventtype = 'USER_DEFINED' AND userdeftype = 'IVR_MENU'"
                " ORDER BY id LIMIT 1",
                (self._noise.randrange(first, first + (last - first) * 9 // 10),),
            )
        else:
            cursor.execute("SELECT count(*) FROM cdr")
            cursor.execute(f"SELECT * FROM cdr LIMIT 1 OFFSET {self._noise.randrange(cursor.fetchone()[0])}")
        return cursor.fetchone(), [each[0] for each in cursor.description]

    def _changed(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> tuple[str, list[Any]]:
        """Which column, and the row with another value in it."""
        changes, other = DETAIL_CHANGES[table], list(row)
        column = self._noise.choice(
            [name for name in sorted(changes) if row[columns.index(name)] != changes[name]],
        )
        other[columns.index(column)] = changes[column]
        return column, other

    def _another(self, cursor: Any, table: str, columns: Sequence[str], row: Sequence[Any]) -> list[Any]:
        """The row once more, under a key of its own."""
        if table == "cdr":
            return [f"{each}9" if name == "uniqueid" else each for name, each in zip(columns, row, strict=True)]
        cursor.execute("SELECT max(id) + 1 FROM cel")
        (number,) = cursor.fetchone()
        return [number if name == "id" else each for name, each in zip(columns, row, strict=True)]

    def _days_of_call(self, cursor: Any, linkedid: str) -> set[date]:
        cursor.execute("SELECT DISTINCT date(eventtime) FROM cel WHERE linkedid = %s", (linkedid,))
        return {day_of(day) for (day,) in cursor.fetchall()}

    @override
    async def _plan_warehouse(self) -> Difference:
        part = self._noise.choice(["leg", "step"])
        table, key = f"ivr.call_{part}s", f"{part}_id"
        rows = await self._warehouse.fetchval(f"SELECT count(*) FROM {table}")
        place = await self._warehouse.fetchrow(
            f"SELECT {key}, {PART_MOMENTS[part]} FROM {table} OFFSET {self._noise.randrange(rows)} LIMIT 1"
        )
        assert place is not None
        number, at = place
        before, gone = self._before(), f"DELETE FROM {table} WHERE {key} = {number}"
        keep = f"CREATE TEMP TABLE {before} AS SELECT * FROM {table} WHERE {key} = {number}"
        back = [gone, f"INSERT INTO {table} SELECT * FROM {before}"]
        match self._noise.choice(["insert", "delete", "change"]):
            case "insert":
                another = f"jsonb_populate_record(b, jsonb_build_object('{key}', {number} + 1))"
                words, make = (
                    f"a {part} more in the warehouse",
                    f"INSERT INTO {table} SELECT ({another}).* FROM {before} b",
                )
                back = [f"DELETE FROM {table} WHERE {key} = {number} + 1"]
            case "delete":
                words, make = f"a {part} deleted in the warehouse", gone
            case _:
                column = self._noise.choice(sorted(PART_CHANGES[part]))
                words = f"{column} of a {part} changed in the warehouse"
                make = f"UPDATE {table} SET {column} = {PART_CHANGES[part][column]} WHERE {key} = {number}"
        return Difference(
            words,
            frozenset({self._local_day(at)}),
            Statements(warehouse=[keep, make]),
            Statements(warehouse=[*back, f"DROP TABLE {before}"]),
        )
