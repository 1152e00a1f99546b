"""The baseline: what anyone would write first to copy the source's tables. It interprets nothing and proves nothing.

aiomysql `SSCursor` -> Python tuples -> asyncpg `copy_records_to_table` into a plain table without an index.
"""

from typing import Any

import aiomysql
import asyncpg

BATCH_ROWS = 20_000  # the best of what was tried

CREATE = """CREATE TABLE obvious (d date, started timestamp, ended timestamp, did text, centre text, menu text,
    option text, origin text, typed text, labels text)"""
COLUMNS = (
    "dFecha, dHoraInicio, dHoraFin, cDID_800Transfer, cDID_Centro_Transferencia, cMenu, cOpcion, "
    "cTelefono_Origen, cTelefono_Digitado, cEtiquetacliente"
)

TIMES = frozenset({"time", "start", "answer", "end", "eventtime"})
NUMBERS = frozenset({"id", "duration", "billsec", "sequence"})
LOG_COLUMNS = {
    "queue_log": ("id", "time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5"),
    "cdr": (
        *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start"),
        *("answer", "end", "duration", "billsec", "disposition", "amaflags", "userfield", "uniqueid", "linkedid"),
        *("peeraccount", "sequence"),
    ),
    "cel": (
        *("id", "eventtype", "eventtime", "userdeftype", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid"),
        *("exten", "context", "channame", "appname", "appdata", "amaflags", "accountcode", "peeraccount", "uniqueid"),
        *("linkedid", "userfield", "peer", "extra"),
    ),
}


async def copy_tables(source: dict[str, Any], target: dict[str, Any]) -> int:
    """Every legacy table of the source into one new table of the target, in one transaction; the number of rows."""
    reader = await aiomysql.connect(**source)
    writer = await asyncpg.connect(**target)
    rows = 0
    try:
        async with reader.cursor() as cursor:
            await cursor.execute("SHOW TABLES LIKE 'tbl_historico%'")
            tables = [name for (name,) in await cursor.fetchall()]
        async with writer.transaction():
            await writer.execute(CREATE)
            for table in tables:
                rows += await _copy(reader, writer, f"SELECT {COLUMNS} FROM {table}")
    finally:
        reader.close()
        await writer.close()
    return rows


async def copy_log(source: dict[str, Any], target: dict[str, Any], log: str) -> int:
    """A table of an Asterisk into a new table of the target, in one transaction; the number of rows."""
    columns = LOG_COLUMNS[log]
    kinds = {**dict.fromkeys(TIMES, "timestamp"), **dict.fromkeys(NUMBERS, "bigint")}
    declared = ", ".join(f'"{column}" {kinds.get(column, "text")}' for column in columns)
    quoted = ", ".join(f"`{column}`" for column in columns)
    reader = await aiomysql.connect(**source)
    writer = await asyncpg.connect(**target)
    try:
        async with writer.transaction():
            await writer.execute(f"CREATE TABLE obvious_{log} ({declared})")
            return await _copy(reader, writer, f"SELECT {quoted} FROM {log}", f"obvious_{log}")
    finally:
        reader.close()
        await writer.close()


async def _copy(reader: aiomysql.Connection, writer: asyncpg.Connection, query: str, table: str = "obvious") -> int:
    rows = 0
    async with reader.cursor(aiomysql.SSCursor) as cursor:
        await cursor.execute(query)
        while batch := await cursor.fetchmany(BATCH_ROWS):
            await writer.copy_records_to_table(table, records=batch)
            rows += len(batch)
    return rows
