"""A batch of cdr rows as columns of legs, all rows taken apart together. Pure.

Nothing is guessed: a row that does not have the usual form goes to the per-row interpreter (`cdr.CdrReader`), and so
does each single time or name that does not. A test holds both equal over rows of any kind.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.ivr.caller_columns import caller_ids
from services.ivr.cdr import QUEUE_APP, CdrReader, Leg, Record, disposition_of, first_argument, seconds_of
from services.ivr.channel_columns import ChannelColumns
from services.ivr.columns import Block, plain_numbers
from services.ivr.detail_batches import Rows
from services.ivr.detail_columns import NUMBER_DIGITS_MAX, DetailColumns, Taken, row_of, text_of
from services.ivr.event_columns import Bools, Floats, Ints
from services.ivr.leg_columns import DISPOSITION_NAMES, NO_NUMBER, LegColumns, columns_of
from services.ivr.legacy import Reject
from services.ivr.names import BadRow, epoch_of
from services.ivr.occurrences import Occurrences
from services.ivr.text_columns import TextNumbers, Texts, texts_of
from services.ivr.zone_check import ZoneTally

SECONDS_DIGITS_MAX: Final = 7  # below cdr.SECONDS_MAX
_ZERO: Final = ord("0")


@dataclass(slots=True)
class LegChunk:
    """What the rows of one batch say. `repeated` legs stand where something was read before; `again` is theirs whose
    key an earlier batch of this run had. `bad` has a reject and whether its position was read before.
    """

    legs: LegColumns
    arena: bytes
    repeated: Bools
    again: Bools
    bad: list[tuple[Reject, bool]] = field(default_factory=list)
    newest_at: float | None = None


class LegColumnReader:
    """Reads the batches of one cdr stream whose rows have `width` columns."""

    def __init__(self, reader: CdrReader, rows: Rows, zone: ZoneTally, width: int) -> None:
        self._one = reader
        self._rows = rows
        self._zone = zone
        self._columns = DetailColumns(reader.names, reader.clock, reader.places, width)
        self._occurrences = Occurrences()
        self._batches = Occurrences()  # of each leg, where rows have no place
        self._queue_numbers = TextNumbers(self._learn_queue)
        self._dispositions = TextNumbers(lambda raw: DISPOSITION_NAMES.index(disposition_of(text_of(raw))))
        self._channels = ChannelColumns(reader.names, self._columns.names)

    def read(
        self, block: Block, positions: Ints, bad: tuple[tuple[int, str], ...], *, known_below: int, latest: float
    ) -> LegChunk:
        """Positions below `known_below` were read before; `bad` lines have other fields than their file."""
        if self._columns.forget():
            self._queue_numbers.clear()
            self._channels = ChannelColumns(self._one.names, self._columns.names)
        taken, whole = self._columns.open(block, positions)
        legs, made = self._legs(taken)
        single = np.setdiff1d(np.arange(len(block)), whole[~taken.odd], assume_unique=True)
        rejects = [
            (self._rows.reject(position, line, "the row has other fields than its file"), position < known_below)
            for position, line in bad
        ]
        found: list[tuple[int, Leg]] = []
        if len(single):
            found = self._one_by_one(block, positions, single.tolist(), known_below, rejects)
        if self._rows.positioned:
            rejects.sort(key=lambda each: each[0].position)
        usual = ~taken.odd
        self._zone.add_all(legs.started_at[usual], made[usual])
        if taken.odd.any():
            legs, whole = legs.take(usual), whole[usual]
        if found:
            legs = LegColumns.join([legs, columns_of([leg for _, leg in found], taken.arena)])
            places = np.concatenate([whole, np.array([at for at, _ in found], dtype=np.int64)])
            legs = legs.take(np.argsort(places, kind="stable"))
        return self._chunk(legs, taken.arena.joined(), rejects, known_below, latest)

    def _chunk(
        self, legs: LegColumns, arena: bytes, bad: list[tuple[Reject, bool]], known_below: int, latest: float
    ) -> LegChunk:
        again = np.zeros(len(legs), dtype=np.bool_)
        if not self._rows.positioned and len(legs):
            ids, places = np.unique(legs.leg_id, return_inverse=True)
            again = (self._batches.count_array(ids) > 1)[places]
        known = legs.started_at[legs.started_at <= latest]
        return LegChunk(
            legs, arena, legs.position < known_below, again, bad, float(known.max()) if len(known) else None
        )

    def _one_by_one(
        self, block: Block, positions: Ints, rows: list[int], known_below: int, bad: list[tuple[Reject, bool]]
    ) -> list[tuple[int, Leg]]:
        records: list[tuple[int, Record]] = []
        for at in rows:
            position, row = int(positions[at]), row_of(block[at])
            try:
                records.append((at, self._one.read(position, row)))
            except BadRow as reason:
                bad.append((self._rows.reject(position, row, str(reason)), position < known_below))
        # The n-th of identical records without a key is told from the first by counting them.
        keyless = [self._one.content_id(record) for _, record in records if record.key is None]
        occurrences = iter(self._occurrences.count(keyless))
        legs = []
        for at, record in records:
            leg = self._one.with_id(record, next(occurrences) if record.key is None else 1)
            self._zone.add(leg.started_at, epoch_of(leg.unique_id))
            legs.append((at, leg))
        return legs

    def _legs(self, taken: Taken) -> tuple[LegColumns, Floats]:
        """Legs of the usual rows, and when the channels of their unique ids were made; odd rows mean nothing."""
        unique, linked = self._columns.unique_ids(taken, "uniqueid"), self._columns.unique_ids(taken, "linkedid")
        taken.odd |= unique.texts.lengths <= 0
        sequence = self._sequence(taken)
        leg_id = self._leg_ids(taken, linked.texts, unique.texts, sequence)
        duration, billsec = self._seconds(taken, "duration"), self._seconds(taken, "billsec")
        disposition = self._dispositions.of(taken.block, *self._columns.column(taken, "disposition"))
        started = self._columns.moments(taken, "start", unique.made, self._one.not_before)
        taken.odd |= np.isnan(started)
        ended = self._ended(taken, started, duration)
        answered = self._answered(taken, started, ended, billsec, disposition)
        app = self._columns.name_numbers(taken, "lastapp")
        channel, _ = self._channels.of(taken.block, taken.arena, *self._columns.column(taken, "channel"))
        to, owner = self._channels.of(taken.block, taken.arena, *self._columns.column(taken, "dstchannel"))
        queue, agent = self._queues(taken, app, owner)
        without = linked.texts.lengths <= 0
        legs = LegColumns(
            leg_id=leg_id,
            caller_id=caller_ids(self._one.keys, taken.block, *self._columns.column(taken, "src")),
            linked_id=Texts(
                np.where(without, unique.texts.starts, linked.texts.starts),
                np.where(without, unique.texts.lengths, linked.texts.lengths),
            ),
            unique_id=unique.texts,
            sequence=sequence,
            started_at=started,
            answered_at=answered,
            ended_at=ended,
            duration_s=duration,
            billsec=billsec,
            disposition=disposition,
            context=self._columns.named(taken, "dcontext"),
            channel=channel,
            dst_channel=to,
            dst=self._columns.named(taken, "dst"),
            last_app=taken.arena.column(self._columns.names, app),
            queue=queue,
            agent=agent,
            position=taken.positions,
        )
        return legs, unique.made

    def _learn_queue(self, raw: bytes) -> int:
        return self._columns.names.number(self._one.names.name(first_argument(text_of(raw))))

    def _sequence(self, taken: Taken) -> Ints:
        start, length = self._columns.column(taken, "sequence")
        values, usual = plain_numbers(taken.block, start, length, NUMBER_DIGITS_MAX)
        usual &= (taken.block.bytes[start] != _ZERO) | (length == 1)  # its text is a part of the key
        taken.odd |= ~usual & (length > 0)
        return np.where(usual, values, NO_NUMBER)

    def _leg_ids(self, taken: Taken, linked: Texts, unique: Texts, sequence: Ints) -> Ints:
        """By the key of each record, as `CdrReader` makes it; a row without any key is odd."""
        number_start, number_length = self._columns.column(taken, "id")
        by_links = (linked.lengths > 0) & (sequence != NO_NUMBER)
        by_number = ~by_links & (number_length > 0)
        taken.odd |= by_number & ~plain_numbers(taken.block, number_start, number_length, NUMBER_DIGITS_MAX)[1]
        by_place = ~by_links & ~by_number
        result = np.zeros(len(taken), dtype=np.int64)
        if not self._one.positioned:
            taken.odd |= by_place
        elif by_place.any():
            rows = np.flatnonzero(by_place & ~taken.odd)
            places = [b"%d" % position for position in taken.positions[rows].tolist()]
            told = zip(taken.arena.texts(unique.take(rows)), places, strict=True)
            stream = self._one.stream.encode()
            result[rows] = self._ids("position", [b"%b\0%b\0%b" % (one, stream, place) for one, place in told])
        if by_number.any():
            rows = np.flatnonzero(by_number & ~taken.odd)
            numbers = texts_of(taken.block, number_start[rows], number_length[rows])
            told = zip(taken.arena.texts(unique.take(rows)), numbers, strict=True)
            result[rows] = self._ids("number", [b"%b\0%b" % each for each in told])
        rows = np.flatnonzero(by_links & ~taken.odd)
        parts = (*(taken.arena.texts(texts.take(rows)) for texts in (linked, unique)), sequence[rows].tolist())
        result[rows] = self._ids("linked", [b"%b\0%b\0%d" % each for each in zip(*parts, strict=True)])
        return result

    def _ids(self, kind: str, keys: list[bytes]) -> Ints:
        return self._one.keys.text_id_column(("leg", self._one.source, kind), keys)

    def _seconds(self, taken: Taken, name: str) -> Ints:
        start, length = self._columns.column(taken, name)
        values, usual = plain_numbers(taken.block, start, length, SECONDS_DIGITS_MAX)
        result = np.where(usual, values, NO_NUMBER)
        single = np.flatnonzero(~usual & (length > 0))
        for at, raw in zip(single.tolist(), texts_of(taken.block, start[single], length[single]), strict=True):
            found = seconds_of(text_of(raw))
            result[at] = NO_NUMBER if found is None else found
        return result

    def _ended(self, taken: Taken, started: Floats, duration: Ints) -> Floats:
        expected = np.where(duration == NO_NUMBER, np.nan, started + duration)
        ended = self._columns.moments(taken, "end", expected, self._one.near)
        return np.where(np.isnan(ended) | (ended < started), expected, ended)

    def _answered(self, taken: Taken, started: Floats, ended: Floats, billsec: Ints, disposition: Ints) -> Floats:
        if "answer" in self._one.places:
            answered = self._columns.moments(taken, "answer", started, self._one.not_before)
        else:
            talked = (billsec != NO_NUMBER) & (disposition == DISPOSITION_NAMES.index("answered"))
            answered = np.where(talked, ended - billsec, np.nan)
        latest = np.where(np.isnan(ended), answered, ended)
        return np.where((started <= answered) & (answered <= latest), answered, np.nan)

    def _queues(self, taken: Taken, app: Ints, owner: Ints) -> tuple[Texts, Texts]:
        """Queues and agents, which records of the queue application alone have. `owner` of the channel dialled."""
        names = self._columns.names.texts
        queued = np.isin(app, [number for number in np.unique(app).tolist() if names[number].casefold() == QUEUE_APP])
        rows = np.flatnonzero(queued)
        start, length = self._columns.column(taken, "lastdata")
        queues = np.zeros(len(taken), dtype=np.int64)
        queues[rows] = self._queue_numbers.of(taken.block, start[rows], length[rows])
        agents = np.where(queued, owner, 0)
        return taken.arena.column(self._columns.names, queues), taken.arena.column(self._columns.names, agents)
