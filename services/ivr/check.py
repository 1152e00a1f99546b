"""Looks at a source without reading it: reachable, read-only, columns there, zone right, how far behind."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from services.ivr.clock import LocalClock
from services.ivr.config import Source
from services.ivr.engines import read_engines, without_snapshot
from services.ivr.keys import Keys
from services.ivr.queue_events import Dialect, EventReader
from services.ivr.sources.asterisk import QueueStream, open_asterisk
from services.ivr.sources.errors import SourceError
from services.ivr.sources.legacy import open_legacy
from services.ivr.sources.protocol import Reader

QUARTER_HOUR_S = 900  # zones differ by multiples of it; calls are logged within seconds
ZONE_ROWS_MIN = 5  # fewer rows with an epoch prove nothing


@dataclass(slots=True)
class Findings:
    reachable: bool = False
    read_only: bool | None = None
    zone_right: bool | None = None
    lag_s: float | None = None
    tables: list[tuple[str, int | None, str | None]] = field(default_factory=list)
    engines: dict[str, str | None] = field(default_factory=dict)
    problem: str | None = None
    notes: list[str] = field(default_factory=list)


async def look(source: Source, keys: Keys, data_as_of: datetime | None) -> Findings:
    """Never raises: what is wrong with the source is the finding."""
    found = Findings()
    try:
        await _look_at_login(source, found)
        if source.kind == "legacy":
            await _look_at_legacy(source, found)
        else:
            await _look_at_asterisk(source, keys, data_as_of, found)
        found.notes += without_snapshot(found.engines, [name for name, _, _ in found.tables])
        found.reachable = True
    except SourceError as error:
        found.problem = str(error)
    return found


async def _look_at_login(source: Source, found: Findings) -> None:
    if source.login is None:
        found.read_only = True  # files are opened for reading only
        return
    async with Reader.open(source, source.login) as reader:
        found.reachable = True
        excess = await reader.privileges()
        found.engines = await read_engines(reader)
    found.read_only = not excess
    if excess:
        found.notes.append(f"The login may do more than SELECT ({', '.join(excess[:3])}); allow_privileged lets it.")


async def _look_at_legacy(source: Source, found: Findings) -> None:
    async with open_legacy(source, ()) as tables:
        for table in tables:
            problem: str | None = None
            try:
                await table.check()
            except SourceError as error:
                problem = str(error)
            found.tables.append((table.name, table.rows_expected or None, problem))
    found.notes.append("The legacy tables carry no epoch and no index: zone and lag cannot be checked from them.")


async def _look_at_asterisk(source: Source, keys: Keys, data_as_of: datetime | None, found: Findings) -> None:
    async with open_asterisk(source, keys, ()) as opened:
        for stream in opened.streams:
            found.tables.append((stream.name, stream.rows_expected or None, None))
        found.problem = " ".join(opened.problems) or None
        if not opened.streams:
            found.notes.append("There is no row to check the zone with.")
            return
        rows, dialect = await _sample(opened.streams[-1]), opened.streams[-1].dialect
    clock = LocalClock(source.zone)
    found.zone_right = await asyncio.to_thread(zone_right, rows, dialect, clock, keys)
    if found.zone_right is None:
        found.notes.append("The rows carry epochs or too few of them: there is nothing to check the zone against.")
    reader = _reader(keys, clock, dialect)
    newest = max((at for row in rows if (at := reader.time(row[0])) is not None), default=None)
    if newest is not None and data_as_of is not None and source.login is None:
        found.lag_s = max(0.0, newest - data_as_of.timestamp())
    else:
        found.notes.append("How far the source is ahead is known after the next run only.")


async def _sample(stream: QueueStream) -> list[tuple[str, str, str]]:
    """(time, callid, local time) of the first batch."""
    async for batch in stream.batches(0, frozenset()):
        texts: list[Mapping[str, str]] = [row for _, row in batch.rows if not isinstance(row, str)]
        return [(row.get(stream.dialect.time, ""), row.get("callid", ""), row.get("time", "")) for row in texts]
    return []


def zone_right(rows: list[tuple[str, str, str]], dialect: Dialect, clock: LocalClock, keys: Keys) -> bool | None:
    """Whether local times agree with the epochs beside them (a PBX's own, or the one that a callid starts with)."""
    reader = _reader(keys, clock, dialect)
    differences = []
    for time, callid, local in rows:
        local_text = local if dialect.time != "time" else time
        epoch = time if dialect.time != "time" else callid.rpartition("-")[2]
        at = clock.epoch(local_text.strip().encode("ascii", "replace"))
        known = reader.time(epoch.partition(".")[0])
        if at is not None and known is not None:
            differences.append(at - known)
    if len(differences) < ZONE_ROWS_MIN:
        return None
    return abs(median(differences)) < QUARTER_HOUR_S


def _reader(keys: Keys, clock: LocalClock, dialect: Dialect) -> EventReader:
    return EventReader(keys=keys, clock=clock, dialect=dialect, stream="check")
