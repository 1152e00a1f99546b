"""What to do with each unit of a legacy table, from its digest and what is published. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from services.ivr.keys import digest
from services.ivr.legacy import UnitCount

Decision = Literal["new", "replaced", "unchanged", "held"]


class Published(Protocol):
    @property
    def rows_read(self) -> int: ...

    @property
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """One decision for every unit that was read."""

    decisions: dict[date, Decision]

    def units(self, *wanted: Decision) -> list[date]:
        return sorted(unit for unit, decision in self.decisions.items() if decision in wanted)

    @property
    def to_write(self) -> frozenset[date]:
        return frozenset(self.units("new", "replaced"))


def decide(read: Mapping[date, UnitCount], published: Mapping[date, Published], *, force: bool) -> Plan:
    """Unchanged units are skipped; shrunk ones are held: a purged or half-copied source is no deletion."""
    return Plan({unit: _decide(count, published.get(unit), force=force) for unit, count in read.items()})


def _decide(count: UnitCount, before: Published | None, *, force: bool) -> Decision:
    if before is None:
        return "new"
    if before.digest == digest(count.hash_total, count.rows):
        return "unchanged"
    if count.rows < before.rows_read and not force:
        return "held"
    return "replaced"
