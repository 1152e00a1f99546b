"""A chunk of queue_log rows as columns of events, all rows taken apart together. Pure.

Nothing is guessed: a row, a time or a number that does not have the usual form goes to the per-event reader
(`queue_events.EventReader`), whose answers these columns are held equal to by test.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.ivr.caller_columns import caller_ids
from services.ivr.clock import SECOND_TEXT_LENGTH
from services.ivr.columns import (
    HOURS,
    REFUSED,
    UNKNOWN,
    WORD_BYTES,
    Block,
    Fields,
    hour_places,
    hour_text,
    plain_numbers,
    split,
)
from services.ivr.dictionary import Dictionary, hash_words
from services.ivr.event_columns import (
    MICRO,
    UNIQUE_ID_SERIAL_BITS,
    Bools,
    Callids,
    EventColumns,
    Floats,
    Ints,
    Names,
    columns_of,
)
from services.ivr.grouping import present
from services.ivr.queue_events import AGENT_VERBS, AgentEvent, BadEvent, EventReader, QueueEvent
from services.ivr.rows import unpack_row

NAME_WORDS: Final = 5  # names of up to 39 bytes are looked up together, longer ones one by one
NAMES_MAX: Final = 200_000  # queues, agents and verbs are few; damage must not fill memory
EPOCH_DIGITS: Final = (9, 10)
DIGITS_MAX: Final = 18  # what 64 bits hold
SHORT_DIGITS_MAX: Final = 7  # numbers above are not plausible: the per-event reader judges them

MICROSECOND_TEXT_LENGTH: Final = SECOND_TEXT_LENGTH + 7  # 2025-07-01 09:00:00.123456

SERIAL_DIGITS_MAX: Final = 9  # queue_events takes no more for a unique id
UNIQUE_ID_EPOCH_BITS: Final = 33  # until 2242

_POINT, _ZERO = ord("."), ord("0")


@dataclass(slots=True)
class ReadChunk:
    """What the rows of one chunk are. Of repeated rows the times alone, NaN where they are none."""

    events: EventColumns
    repeated_at: Floats
    agents: list[AgentEvent] = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)  # position, reason, row as text
    verbs: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Taken:
    """One chunk while it is worked on; `usual` shrinks as rows turn out to need the per-event reader."""

    positions: Ints
    block: Block
    fields: Fields
    usual: Bools
    text: bytes

    def texts(self, column: int, rows: Ints) -> list[bytes]:
        starts = self.fields.starts[column][rows].tolist()
        lengths = self.fields.lengths[column][rows].tolist()
        text = self.text
        return [text[at : at + length] for at, length in zip(starts, lengths, strict=True)]


class ColumnReader:
    """Reads the rows of one stream. `names` and `callids` belong to the run and to the slice."""

    def __init__(self, reader: EventReader, columns: Sequence[str], names: Names) -> None:
        self._one = reader
        self._columns = tuple(columns)
        self._names = names
        self._at = {name: n for n, name in enumerate(self._columns)}
        self._hours = np.full(HOURS, UNKNOWN, dtype=np.int64)
        self._stream = names.number(reader.stream)
        self._known = {kind: Dictionary(NAME_WORDS) for kind in ("queue", "agent", "verb")}
        self._places = _Places(reader, self._at, names)
        self._agent_verbs = np.array([names.number(verb) for verb in sorted(AGENT_VERBS)], dtype=np.int64)

    def open(self, packets: Sequence[bytes], positions: Ints | None, id_column: int = 0) -> "Taken":
        """Where the fields of some rows lie; without `positions` the rows carry them as ids."""
        block = Block.of(packets)
        fields_ = split(block, len(self._columns))
        if positions is None:
            positions, usual = plain_numbers(block, fields_.starts[id_column], fields_.lengths[id_column], DIGITS_MAX)
            for at in np.flatnonzero(~(usual & fields_.whole)).tolist():
                positions[at] = int(unpack_row(packets[at])[id_column] or b"")
        return Taken(positions, block, fields_, fields_.whole.copy(), bytes(block.text))

    def take(self, taken: "Taken", callids: Callids, repeated: Bools | None = None) -> ReadChunk:
        """Every row ends as one event, one bad row, or one that was read before."""
        times = self._times(taken)
        verbs = self._look_up(taken, "verb", self._at["event"])
        taken.usual &= verbs > 0
        if repeated is not None and repeated.any():
            repeated_at = [
                float(times[at]) if taken.usual[at] else self._time_of_bad(taken.block[at])
                for at in np.flatnonzero(repeated).tolist()
            ]
            new = np.flatnonzero(~repeated)
            rest = self.open(taken.block.where(new), taken.positions[new])
            chunk = self.take(rest, callids)
            chunk.repeated_at = np.array(repeated_at, dtype=np.float64)
            return chunk
        queues = self._look_up(taken, "queue", self._at[self._one.dialect.queue])
        agents = self._look_up(taken, "agent", self._at[self._one.dialect.agent])
        rows = np.flatnonzero(taken.usual)
        numbers = self._callids(taken, rows, callids)
        at = self._places.of(verbs[rows])
        events = EventColumns(
            *(taken.positions[rows], times[rows], numbers, queues[rows], agents[rows], verbs[rows]),
            self._callers(taken, rows, at["caller"]),
            self._numbers(taken, rows, at["wait"]),
            self._numbers(taken, rows, at["talk"]),
            self._rings(taken, rows, at),
            np.floor(self._numbers(taken, rows, at["entry"])),
            np.full(len(rows), self._stream, dtype=np.int64),
        )
        return self._rest(taken, events, rows, callids)

    def _time_of_bad(self, packet: bytes) -> float:
        try:
            return self._one.read(0, self._row(packet)).at
        except BadEvent:
            return np.nan

    def _rest(self, taken: Taken, events: EventColumns, rows: Ints, callids: Callids) -> ReadChunk:
        """Unusual rows one by one, and what agents did: few rows both."""
        single: list[QueueEvent] = []
        chunk = ReadChunk(events, np.zeros(0))
        for at in np.flatnonzero(~taken.usual).tolist():
            position, row = int(taken.positions[at]), self._row(taken.block[at])
            try:
                event = self._one.read(position, row)
            except BadEvent as reason:
                chunk.bad.append((position, str(reason), "; ".join(f"{name}={text}" for name, text in row.items())))
                continue
            single.append(event)
            if (agent := self._one.read_agent(event, row)) is not None:
                chunk.agents.append(agent)
        chunk.agents += self._agents(taken, events, rows, callids)
        if single:
            joined = EventColumns.join([events, columns_of(single, self._names, callids)])
            # In the order in which they came: the newest moment so far decides what is over.
            chunk.events = joined.take(np.argsort(joined.position, kind="stable"))
        counts = np.bincount(chunk.events.verb)
        for number in np.flatnonzero(counts).tolist():
            chunk.verbs[self._names.texts[number]] = int(counts[number])
        return chunk

    def _agents(self, taken: Taken, events: EventColumns, rows: Ints, callids: Callids) -> list[AgentEvent]:
        about = np.flatnonzero(np.isin(events.verb, self._agent_verbs))
        texts: dict[str, list[str]] = {}
        for name in self._one.agent_columns:
            if (column := self._at.get(name)) is not None:
                texts[name] = [text.decode("utf-8", "surrogateescape") for text in taken.texts(column, rows[about])]
        found = []
        for n, at in enumerate(about.tolist()):
            event = events.event(at, self._names, callids.texts)
            if (agent := self._one.read_agent(event, {name: text[n] for name, text in texts.items()})) is not None:
                found.append(agent)
        return found

    def _row(self, packet: bytes) -> dict[str, str]:
        texts = [(b"" if value is None else value).decode("utf-8", "surrogateescape") for value in unpack_row(packet)]
        return dict(zip(self._columns, texts, strict=True))

    def _times(self, taken: Taken) -> Floats:
        """Epochs and local times without a fraction; the others one by one."""
        column = self._at[self._one.dialect.time]
        start, length = taken.fields.starts[column], taken.fields.lengths[column]
        result = np.full(len(length), np.nan)
        local = np.flatnonzero(taken.usual & (length == SECOND_TEXT_LENGTH))
        if len(local):
            result[local] = self._local_times(taken, start[local])
        fine = np.flatnonzero(taken.usual & (length == MICROSECOND_TEXT_LENGTH))
        if len(fine):
            part, usual = plain_numbers(taken.block, start[fine] + SECOND_TEXT_LENGTH + 1, np.full(len(fine), 6), 6)
            usual &= taken.block.bytes[start[fine] + SECOND_TEXT_LENGTH] == _POINT
            result[fine[usual]] = self._local_times(taken, start[fine[usual]]) + part[usual] / MICRO
        short = np.flatnonzero(taken.usual & (length >= EPOCH_DIGITS[0]) & (length <= EPOCH_DIGITS[1]))
        if len(short):
            seconds, usual = plain_numbers(taken.block, start[short], length[short], EPOCH_DIGITS[1])
            result[short[usual]] = seconds[usual]
        other = np.flatnonzero(taken.usual & np.isnan(result))
        for at, text in zip(other.tolist(), taken.texts(column, other), strict=True):
            found = self._one.time(text.decode("utf-8", "surrogateescape"))
            result[at] = np.nan if found is None else found
        taken.usual &= ~np.isnan(result)
        return result

    def _local_times(self, taken: Taken, start: Ints) -> Floats:
        place, seconds, usual = hour_places(taken.block, start)
        hours = self._hours[place]
        for each in np.unique(place[(hours == UNKNOWN) & usual]).tolist():
            steady = self._one.clock.steady_hour(hour_text(each))
            self._hours[each] = REFUSED if steady is None else steady
        hours = self._hours[place]
        return np.where(usual & (hours > REFUSED), hours + seconds, np.nan).astype(np.float64)

    def _look_up(self, taken: Taken, kind: str, column: int) -> Ints:
        """The number of each row's name, 0 where it has none; a new name is cleaned by the per-event reader."""
        known = self._known[kind]
        start, length = taken.fields.starts[column] - 1, taken.fields.lengths[column] + 1
        result = np.zeros(len(length), dtype=np.int64)
        short = np.flatnonzero(taken.usual & (length <= NAME_WORDS * WORD_BYTES))
        words = taken.block.words(start[short], length[short], NAME_WORDS)
        hashes = hash_words(words)
        if len(known) >= NAMES_MAX:
            known.clear()
        found = known.find(words, hashes)
        new = np.flatnonzero(found == UNKNOWN)
        if len(new):
            _, firsts = np.unique(hashes[new], return_index=True)
            firsts = new[firsts]
            numbers = [self._name(kind, text) for text in taken.texts(column, short[firsts])]
            known.add(words[:, firsts], hashes[firsts], numbers)
            found[new] = known.find(words[:, new], hashes[new])
        result[short] = found
        single = np.union1d(short[found == UNKNOWN], np.flatnonzero(taken.usual & (length > NAME_WORDS * WORD_BYTES)))
        for at, text in zip(single.tolist(), taken.texts(column, single), strict=True):
            result[at] = self._name(kind, text)
        return result

    def _name(self, kind: str, raw: bytes) -> int:
        text = raw.decode("utf-8", "surrogateescape")
        match kind:
            case "verb":
                return self._names.number(self._one.name(text.strip().upper()))
            case "agent":
                return self._names.number(self._one.agent_name(text) or "")
            case _:
                return self._names.number(self._one.name(text))

    def _callids(self, taken: Taken, rows: Ints, callids: Callids) -> Ints:
        """The usual ones, which are clean as they are, all together; any other may hold a telephone."""
        column = self._at["callid"]
        keys, usual = _unique_ids(taken.block, taken.fields.starts[column][rows], taken.fields.lengths[column][rows])
        result = np.empty(len(rows), dtype=np.int64)
        different, places = np.unique(keys[usual], return_inverse=True)
        result[usual] = np.array(callids.of_unique_ids(different.tolist()), dtype=np.int64)[places]
        single = np.flatnonzero(~usual)
        seen: dict[bytes, int] = {}
        for at, text in zip(single.tolist(), taken.texts(column, rows[single]), strict=True):
            found = seen.get(text)
            if found is None:
                found = seen[text] = callids.number(self._one.name(text.decode("utf-8", "surrogateescape")))
            result[at] = found
        return result

    def _callers(self, taken: Taken, rows: Ints, columns: Ints) -> Ints:
        """The caller in each row's column; nobody where there is none (-1)."""
        result = np.zeros(len(rows), dtype=np.int64)
        for column in present(columns[columns >= 0], len(self._columns)).tolist():
            which = np.flatnonzero(columns == column)
            start, length = taken.fields.starts[column][rows[which]], taken.fields.lengths[column][rows[which]]
            result[which] = caller_ids(self._one.keys, taken.block, start, length)
        return result

    def _rings(self, taken: Taken, rows: Ints, at: dict[str, Ints]) -> Floats:
        seconds = self._numbers(taken, rows, at["ring"])
        milliseconds = self._numbers(taken, rows, at["ring_ms"]) / 1000
        return np.where(np.isnan(milliseconds), seconds, milliseconds)

    def _numbers(self, taken: Taken, rows: Ints, columns: Ints) -> Floats:
        """The number in each row's column; NaN where there is none (-1) or no number in it."""
        result = np.full(len(rows), np.nan)
        for column in present(columns[columns >= 0], len(self._columns)).tolist():
            which = np.flatnonzero(columns == column)
            start, length = taken.fields.starts[column][rows[which]], taken.fields.lengths[column][rows[which]]
            values, usual = plain_numbers(taken.block, start, length, SHORT_DIGITS_MAX)
            result[which[usual]] = values[usual]
            odd = which[~usual & (length > 0)]
            for each, text in zip(odd.tolist(), taken.texts(column, rows[odd]), strict=True):
                found = self._one.number(text.decode("utf-8", "surrogateescape"))
                result[each] = np.nan if found is None else found
        return result


def _unique_ids(block: Block, start: Ints, length: Ints) -> tuple[Ints, Bools]:
    """Unique ids as Asterisk makes them (1751382000.7), each as one number, and whether a text is one."""
    head = np.where(block.bytes[start + EPOCH_DIGITS[0]] == _POINT, *EPOCH_DIGITS)
    behind = start + head + 1
    made, usual = plain_numbers(block, start, head, EPOCH_DIGITS[1])
    serial, counted = plain_numbers(block, behind, length - head - 1, SERIAL_DIGITS_MAX)
    usual &= counted & (block.bytes[behind - 1] == _POINT) & (made >> UNIQUE_ID_EPOCH_BITS == 0)
    # With zeros in front the number would not be the text.
    usual &= (block.bytes[start] != _ZERO) & ((block.bytes[behind] != _ZERO) | (length - head == 2))  # noqa: PLR2004 - a point and a zero
    return made << UNIQUE_ID_SERIAL_BITS | serial, usual


class _Places:
    """Which column a verb keeps a number in, as tables from the verb's number to the column; -1 is none."""

    KINDS = ("caller", "entry", "wait", "talk", "ring", "ring_ms")

    def __init__(self, reader: EventReader, at: dict[str, int], names: Names) -> None:
        size = 1 + max(names.number(verb) for verb in reader.dialect.places)
        self._tables = {kind: np.full(size, -1, dtype=np.int64) for kind in self.KINDS}
        for verb, places in reader.dialect.places.items():
            for kind in self.KINDS:
                self._tables[kind][names.number(verb)] = at.get(getattr(places, kind) or "", -1)

    def of(self, verbs: Ints) -> dict[str, Ints]:
        known = np.where(verbs < len(self._tables["wait"]), verbs, 0)
        return {kind: table[known] for kind, table in self._tables.items()}
