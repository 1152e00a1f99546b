"""Events of a queue log as columns, with numbers for names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from threading import Lock
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from services.ivr.queue_events import QueueEvent

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MICRO: Final = 1_000_000
UNIQUE_ID_SERIAL_BITS: Final = 30  # of a unique id as one number: the epoch stands before them


class Names:
    """Numbers of names within one run; 0 is nobody. Slices are read and told in several threads at a time."""

    def __init__(self) -> None:
        self.texts: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}
        self._growing = Lock()

    def number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            with self._growing:
                if (number := self._numbers.get(name)) is None:
                    self.texts.append(name)
                    number = self._numbers[name] = len(self.texts) - 1
        return number


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events as columns. Names are numbers of `Names`, missing numbers NaN; callid is a number of `callids`."""

    position: Ints
    at: Floats
    callid: Ints
    queue: Ints
    agent: Ints
    verb: Ints
    caller: Ints
    wait: Floats
    talk: Floats
    ring: Floats
    entry: Floats
    stream: Ints

    def __len__(self) -> int:
        return len(self.position)

    def take(self, places: "Ints | Bools | slice") -> Self:
        return type(self)(*(getattr(self, each.name)[places] for each in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    def event(self, at: int, names: Names, callids: Sequence[str]) -> QueueEvent:
        """One event by itself."""
        agent = int(self.agent[at])
        entry = _maybe(self.entry[at])
        return QueueEvent(
            names.texts[self.stream[at]],
            int(self.position[at]),
            float(self.at[at]),
            callids[self.callid[at]],
            names.texts[self.queue[at]],
            names.texts[agent] if agent else None,
            names.texts[self.verb[at]],
            int(self.caller[at]),
            _maybe(self.wait[at]),
            _maybe(self.talk[at]),
            _maybe(self.ring[at]),
            None if entry is None else int(entry),
        )


def _maybe(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def columns_of(events: Sequence[QueueEvent], names: Names, callids: "Callids") -> EventColumns:
    """Single events as columns."""

    def floats(values: Sequence[float | None]) -> Floats:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def ints(values: Sequence[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    number = names.number
    return EventColumns(
        ints([event.position for event in events]),
        np.array([event.at for event in events], dtype=np.float64),
        ints([callids.number(event.callid) for event in events]),
        ints([number(event.queue) for event in events]),
        ints([number(event.agent or "") for event in events]),
        ints([number(event.verb) for event in events]),
        ints([event.caller_id for event in events]),
        floats([event.wait_s for event in events]),
        floats([event.talk_s for event in events]),
        floats([event.ring_s for event in events]),
        floats([event.entry_position for event in events]),
        ints([number(event.stream) for event in events]),
    )


class Callids:
    """The callids of one slice of a log, numbered as they come."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, callid: str) -> int:
        number = self._numbers.get(callid)
        if number is None:
            number = self._numbers[callid] = len(self.texts)
            self.texts.append(callid)
        return number

    def of_unique_ids(self, keys: Sequence[int]) -> list[int]:
        """Numbers of callids like 1751382000.7, each given as one number."""
        texts, known, mask = self.texts, self._numbers.setdefault, (1 << UNIQUE_ID_SERIAL_BITS) - 1
        result = []
        for key in keys:
            text = f"{key >> UNIQUE_ID_SERIAL_BITS}.{key & mask}"
            number = known(text, len(texts))
            if number == len(texts):
                texts.append(text)
            result.append(number)
        return result
