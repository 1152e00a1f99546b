"""What a source's storage engines can promise: one with a snapshot shows a table as it was at one moment."""

from collections.abc import Mapping
from typing import Final

from services.ivr.sources.protocol import Reader

WITH_SNAPSHOT: Final = frozenset({"innodb", "rocksdb", "tokudb"})


async def read_engines(reader: Reader) -> dict[str, str | None]:
    """The engine of each table of the schema; None for a view."""
    rows = await reader.rows("SELECT table_name, engine FROM information_schema.tables WHERE table_schema = database()")
    return {str(name): None if engine is None else str(engine) for name, engine in rows}


def without_snapshot(engines: Mapping[str, str | None], tables: list[str]) -> list[str]:
    """One sentence for each table that can change while it is being read, and what makes up for it."""
    found = []
    for table in tables:
        engine = engines.get(table, "InnoDB")
        if engine is None:
            found.append(f"{table} is a view: whether it can be read as of one moment depends on its tables.")
        elif engine.casefold() not in WITH_SNAPSHOT:
            found.append(
                f"{table} is stored in {engine}, which has no snapshot: a row written while it is being read may be "
                "seen by the next run only; the overlap and the nightly comparison find it, `iact reconcile` proves it."
            )
    return found
