"""Looks at a source without reading it: reachable, read-only, columns there, zone right, how far behind."""

from dataclasses import dataclass, field
from datetime import datetime

from services.ivr.clock import LocalClock
from services.ivr.config import Source
from services.ivr.engines import read_engines, without_snapshot
from services.ivr.keys import Keys
from services.ivr.queue_events import EventReader
from services.ivr.sources.asterisk import QueueStream, open_asterisk
from services.ivr.sources.details import DetailStream
from services.ivr.sources.errors import SourceError
from services.ivr.sources.legacy import open_legacy
from services.ivr.sources.protocol import Reader
from services.ivr.zone_check import ZoneFinding
from services.ivr.zone_checks import zone_of


@dataclass(slots=True)
class Findings:
    reachable: bool = False
    read_only: bool | None = None
    zone_right: bool | None = None
    lag_s: float | None = None
    tables: list[tuple[str, int | None, str | None]] = field(default_factory=list)
    zones: dict[str, ZoneFinding] = field(default_factory=dict)
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
        found.problem = " ".join(opened.problems) or None
        streams: list[QueueStream | DetailStream] = [*opened.streams, *opened.details]
        for stream in streams:
            found.tables.append((stream.name, stream.rows_expected or None, None))
            finding = await zone_of(stream, LocalClock(source.zone))
            if finding is not None:
                found.zones[stream.name] = finding
        if not found.tables:
            found.notes.append("There is no row to check the zone with.")
            return
        newest = await _newest(opened.streams[-1], keys, source) if opened.streams else None
    _judge_zones(source, found)
    if newest is not None and data_as_of is not None and source.login is None:
        found.lag_s = max(0.0, newest - data_as_of.timestamp())
    else:
        found.notes.append("How far the source is ahead is known after the next run only.")


def _judge_zones(source: Source, found: Findings) -> None:
    """One log that contradicts the zone is enough; each that does is named."""
    for name, zone in found.zones.items():
        if not zone.right:
            hours = f"{abs(zone.offset_s) / 3600:g} h {'after' if zone.offset_s > 0 else 'before'}"
            found.notes.append(
                f"{name}: {zone.share:.0%} of {zone.rows} local times read as {source.zone} lie {hours} the epochs "
                "beside them; correct the zone of this source."
            )
    found.zone_right = all(zone.right for zone in found.zones.values()) if found.zones else None
    if found.zone_right is None:
        found.notes.append("The rows carry epochs or too few of them: there is nothing to check the zone against.")


async def _newest(stream: QueueStream, keys: Keys, source: Source) -> float | None:
    """The newest time among the first rows."""
    reader = EventReader(keys=keys, clock=LocalClock(source.zone), dialect=stream.dialect, stream="check")
    batch = await stream.sample()
    if batch is None:
        return None
    rows = [row for _, row in batch.rows if not isinstance(row, str)]
    times = [at for row in rows if (at := reader.time(row.get(stream.dialect.time, ""))) is not None]
    return max(times, default=None)
