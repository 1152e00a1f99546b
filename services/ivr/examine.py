"""Before a run: the columns of its tables against those that were last read. A retyped column stops its table only."""

from dataclasses import replace

from services.ivr.config import Source
from services.ivr.drift import Columns, Drift, compare
from services.ivr.engines import read_engines, without_snapshot
from services.ivr.sources.asterisk import TABLES
from services.ivr.sources.errors import SourceDamaged
from services.ivr.sources.legacy import TABLE_NAME
from services.ivr.sources.protocol import Reader
from services.ivr.store import load
from services.ivr.work import Work
from shared.log import log
from shared.postgres import Connection

LEFT = "Nothing of it was read; run it with force once the change is understood."


async def examine(work: Work) -> list[str]:
    """The sentences of tables that must not be read, taken out of the request; other changes become notes of the run.

    SourceDamaged when no table is left. Files show their columns when they are read.
    """
    if work.source.login is None:
        return []
    now, notes = await _columns(work.source, work.request.tables)
    if notes:
        work.details["notes"] = notes
    async with work.database.transaction() as conn:
        before = await _known(conn, work.source_id)
        legacy = work.source.kind == "legacy"
        found = {table: compare(table, before.get(table), columns, legacy=legacy) for table, columns in now.items()}
        stopped = {table: drift for table, drift in found.items() if drift.stops and not work.request.force}
        for table in now.keys() - stopped.keys():
            if before.get(table) != now[table]:
                await _remember(conn, work.source_id, table, now[table])
    _note(work, found)
    problems = [f"{' '.join(drift.sentences())} {LEFT}" for drift in stopped.values()]
    if not stopped:
        return []
    left = tuple(sorted(now.keys() - stopped.keys()))
    if not left:
        raise SourceDamaged(" ".join(problems))
    work.request = replace(work.request, tables=left)
    return problems


def _note(work: Work, found: dict[str, Drift]) -> None:
    if sentences := [sentence for _, drift in sorted(found.items()) for sentence in drift.sentences()]:
        work.details["drift"] = sentences
        log.warning(
            f"{len(sentences)} changes in the tables of {work.source.id}", source=work.source.id, run_id=work.run_id
        )


async def _columns(source: Source, tables: tuple[str, ...]) -> tuple[dict[str, Columns], list[str]]:
    """The columns of the tables that this run would read, and what their engines do not promise."""
    assert source.login is not None  # noqa: S101 - the caller has looked
    wanted = tables or source.tables or (() if source.kind == "legacy" else TABLES)
    among = f"table_name IN ({', '.join(['%s'] * len(wanted))})" if wanted else "table_name LIKE 'tbl\\_historico\\_t%'"
    async with Reader.open(source, source.login) as reader:
        rows = await reader.rows(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "  # noqa: S608 - placeholders only
            f"WHERE table_schema = database() AND {among}",
            wanted,
        )
        engines = await read_engines(reader)
    found: dict[str, dict[str, str]] = {}
    for table, name, kind in rows:
        if wanted or TABLE_NAME.match(str(table)):
            found.setdefault(str(table), {})[str(name)] = str(kind)
    return dict(found), without_snapshot(engines, sorted(found))


async def _known(conn: Connection, source_id: int) -> dict[str, Columns]:
    known: dict[str, dict[str, str]] = {}
    for row in await conn.fetch(load("read_source_columns"), source_id):
        known.setdefault(row["source_table"], {})[row["name"]] = row["kind"]
    return dict(known)


async def _remember(conn: Connection, source_id: int, table: str, columns: Columns) -> None:
    await conn.execute(load("delete_source_columns"), source_id, table)
    await conn.execute(load("add_source_columns"), source_id, table, list(columns), list(columns.values()))
