"""Puts calls into the warehouse's tables as a publication leaves them, so that questions have something to count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from tests.analytics.rollups import roll_up

LINE_KINDS = ("no_digito", "misma_linea", "linea_diferente")
CENTRE_KINDS = {
    "10828091": "vdn",
    "15070019": "vdn",
    "CLIENTE_COLGO": "hung_up",
    "CASO_NULL": "null",
    "CASO_ERROR_CEROS": "zeros",
    "ERROR_CARACTER_INICIAL": "bad_start",
}
MENU_KINDS = {"VACIO": "empty", "TELEFONO_EN_MENU": "phone"}
ABANDONED_MENUS = {"VACIO", "cliente_colgo", "SinOpcion_Cabecera"}
GOAL_MENUS = {"RES-SaldooPagos"}
SEGMENTS = {"19028031": "nacional_A", "19020001": "nacional_B", "19020084": "puebla"}

LEGACY_COLUMNS = [
    "call_id",
    "caller_id",
    "started_at",
    "duration_s",
    "source_id",
    "unit_id",
    "did_id",
    "menu_id",
    "option_id",
    "centre_id",
    "label_set_id",
    "occurrence",
    "line_kind",
    "swapped",
]
QUEUE_COLUMNS = [
    "call_id",
    "caller_id",
    "source_id",
    "callid",
    "queue",
    "agent",
    "entered_at",
    "ended_at",
    "exit",
    "wait_s",
    "talk_s",
    "entry_position",
    "transfers",
    "ring_no_answer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyCall:
    started_at: datetime
    call_id: int
    source: str = "legacy"
    caller_id: int = 7
    duration_s: int | None = 60
    did: str = "19028031"
    menu: str = "RES-FallaInternet"
    option: str = "DEFAULT"
    centre: str = "10828091"
    line_kind: str = "no_digito"
    labels: tuple[str, ...] = ()
    swapped: bool = False

    @property
    def segment(self) -> str:
        return SEGMENTS.get(self.did, "desconocido")

    @property
    def centre_kind(self) -> str:
        return CENTRE_KINDS[self.centre]

    @property
    def at(self) -> datetime:
        return self.started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCall:
    entered_at: datetime
    call_id: int
    source: str = "queues"
    caller_id: int = 7
    queue: str = "sales"
    agent: str | None = None
    ended_at: datetime | None = None
    exit: str = "open"
    wait_s: float | None = None
    talk_s: float | None = None
    transfers: int = 0
    ring_no_answer: int = 0

    @property
    def at(self) -> datetime:
        return self.entered_at


@dataclass(slots=True)
class Warehouse:
    """The owner's connection and the ids that rows need."""

    conn: asyncpg.Connection
    ids: dict[tuple[str, Any], int] = field(default_factory=dict)

    async def source(
        self, name: str, kind: str, *, data_as_of: datetime | None, zone: str = "America/Mexico_City"
    ) -> int:
        found: int = await self.conn.fetchval(
            "INSERT INTO ivr.sources (source, kind, zone) VALUES ($1, $2, $3) RETURNING source_id", name, kind, zone
        )
        await self.conn.execute("INSERT INTO ivr.data_versions VALUES ($1, 1, $2)", found, data_as_of)
        # Calls are put straight into the facts; until roll_up is called, only facts answer.
        await self.conn.execute("INSERT INTO ivr.rollup_states (source_id, complete) VALUES ($1, false)", found)
        self.ids["sources", name] = found
        return found

    async def roll_up(self) -> None:
        """Every rollup of every source, rebuilt from the facts that are there."""
        await roll_up(self.conn)

    async def published(self, name: str) -> None:
        """Move the version, as every publication does."""
        await self.conn.execute(
            "UPDATE ivr.data_versions SET version = version + 1 WHERE source_id = $1", self.ids["sources", name]
        )

    async def holiday(self, day: date) -> None:
        await self.conn.execute("INSERT INTO ivr.holidays VALUES ($1, 'festivo')", day)

    async def add(self, calls: Sequence[LegacyCall]) -> None:
        rows = [await self._legacy_row(call) for call in calls]
        await self._months("legacy_calls", [call.at for call in calls])
        await self.conn.copy_records_to_table("legacy_calls", schema_name="ivr", columns=LEGACY_COLUMNS, records=rows)

    async def add_queue(self, calls: Sequence[QueueCall]) -> None:
        rows = [
            (
                call.call_id,
                call.caller_id,
                self.ids["sources", call.source],
                f"c{call.call_id}",
                call.queue,
                call.agent,
                call.entered_at,
                call.ended_at,
                call.exit,
                call.wait_s,
                call.talk_s,
                1,
                call.transfers,
                call.ring_no_answer,
            )
            for call in calls
        ]
        await self._months("queue_calls", [call.at for call in calls])
        await self.conn.copy_records_to_table("queue_calls", schema_name="ivr", columns=QUEUE_COLUMNS, records=rows)

    async def _legacy_row(self, call: LegacyCall) -> tuple[Any, ...]:
        source = self.ids["sources", call.source]
        return (
            call.call_id,
            call.caller_id,
            call.started_at,
            call.duration_s,
            source,
            await self._id("units", "unit_id", source_id=source, source_table="t", unit_date=call.started_at.date()),
            await self._id("dids", "did_id", did=call.did),
            await self._menu(call.menu),
            await self._id("options", "option_id", option=call.option),
            await self._id("centres", "centre_id", centre=call.centre, centre_kind=call.centre_kind),
            await self._id("label_sets", "label_set_id", labels=list(call.labels)),
            1,
            LINE_KINDS.index(call.line_kind),
            call.swapped,
        )

    async def _menu(self, menu: str) -> int:
        return await self._id(
            "menus",
            "menu_id",
            menu_key=menu.casefold(),
            menu=menu,
            menu_kind=MENU_KINDS.get(menu, "menu"),
            menu_abandoned=menu in ABANDONED_MENUS,
            menu_goal=menu in GOAL_MENUS,
        )

    async def _id(self, table: str, key: str, **values: Any) -> int:
        known = (table, repr(values))
        if known not in self.ids:
            names, places = list(values), [f"${index + 1}" for index in range(len(values))]
            await self.conn.execute(
                f"INSERT INTO ivr.{table} ({', '.join(names)}) VALUES ({', '.join(places)}) ON CONFLICT DO NOTHING",
                *values.values(),
            )
            # The first column of each of these tables (after the source) makes the row unique.
            first = [name for name in names if name not in ("centre_kind", "menu", "menu_kind")][
                : 3 if table == "units" else 1
            ]
            where = " AND ".join(f"{name} = ${index + 1}" for index, name in enumerate(first))
            self.ids[known] = await self.conn.fetchval(
                f"SELECT {key} FROM ivr.{table} WHERE {where}", *(values[name] for name in first)
            )
        return self.ids[known]

    async def _months(self, table: str, instants: Sequence[datetime]) -> None:
        for month in {instant.astimezone(UTC).date().replace(day=1) for instant in instants}:
            await self.conn.execute("SELECT ivr.ensure_month($1, $2)", table, month)
