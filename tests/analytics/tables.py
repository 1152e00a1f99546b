"""Calls told as a table: the first line names the fields, each following line is a call."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.analytics.facts import LegacyCall

MEXICO = ZoneInfo("America/Mexico_City")
INTEGERS = {"caller_id", "duration_s"}


def legacy_calls(table: str) -> list[LegacyCall]:
    """`at` is the local time in Mexico City, written 2025-07-01T09:00; `-` leaves a field as it is by default."""
    head, *lines = (line.split() for line in table.strip().splitlines())
    calls = []
    for call_id, line in enumerate(lines, start=1):
        cells = {name: cell for name, cell in zip(head, line, strict=True) if cell != "-"}
        at = datetime.fromisoformat(cells.pop("at")).replace(tzinfo=MEXICO)
        fields: dict[str, Any] = {name: int(cell) if name in INTEGERS else cell for name, cell in cells.items()}
        calls.append(LegacyCall(call_id=call_id, started_at=at, **fields))
    return calls
