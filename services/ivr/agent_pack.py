"""Agents' events and spans as rows of binary COPY. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from services.ivr.agents import Span
from services.ivr.copy_fields import INFINITY, Field, fixed, micros, named, pack
from services.ivr.event_columns import Floats
from services.ivr.queue_events import AgentEvent

EVENT_COLUMNS: Final = ("source_id", "stream", "position", "at", "agent", "verb", "queue", "reason", "signed_in_s")
SPAN_COLUMNS: Final = ("source_id", "agent", "queue", "kind", "reason", "since", "until", "settled_at")


def pack_agent_events(source_id: int, events: Sequence[AgentEvent]) -> bytes:
    """Rows of EVENT_COLUMNS."""
    signed_in = _floats(event.signed_in_s for event in events)
    return pack(
        [
            fixed(np.full(len(events), source_id), ">i2"),
            _texts([event.stream for event in events]),
            fixed(np.array([event.position for event in events], dtype=np.int64), ">i8"),
            fixed(micros(_floats(event.at for event in events)), ">i8"),
            _texts([event.agent for event in events]),
            _texts([event.verb for event in events]),
            _texts([event.queue for event in events]),
            _texts([event.reason for event in events]),
            fixed(signed_in, ">f8", ~np.isnan(signed_in)),
        ],
        len(events),
    )


def pack_spans(source_id: int, spans: Sequence[Span]) -> bytes:
    """Rows of SPAN_COLUMNS; the queue '' is null."""
    since, until, settled_at = (
        micros(_floats(values))
        for values in (
            [span.since for span in spans],
            [span.until for span in spans],
            [span.settled_at for span in spans],
        )
    )
    return pack(
        [
            fixed(np.full(len(spans), source_id), ">i2"),
            _texts([span.agent for span in spans]),
            _texts([span.queue for span in spans], empty_is_null=True),
            _texts([span.kind for span in spans]),
            _texts([span.reason for span in spans]),
            fixed(since, ">i8"),
            fixed(until, ">i8", until != INFINITY),
            fixed(settled_at, ">i8", settled_at != INFINITY),
        ],
        len(spans),
    )


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _texts(values: Sequence[str], *, empty_is_null: bool = False) -> Field:
    """Few different texts, each encoded once."""
    numbers: dict[str, int] = {}
    chosen = np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)
    known = chosen != numbers[""] if empty_is_null and "" in numbers else None
    return named(list(numbers), chosen, known)
