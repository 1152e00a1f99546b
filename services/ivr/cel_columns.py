"""A batch of cel rows as events, all rows taken apart together. Pure.

What a dialplan says (USER_DEFINED) is understood once for each different text. Whatever does not have the usual form
goes to the per-row interpreter (`cel.CelReader`); a test holds both equal over rows of any kind.
"""

from collections.abc import Iterable
from datetime import date
from itertools import repeat
from typing import Any

import numpy as np

from services.ivr.caller_columns import caller_ids
from services.ivr.cel import KINDS, USER_DEFINED, CelEvent, CelReader
from services.ivr.columns import Block
from services.ivr.detail_batches import QUARTER_HOUR_S, Read, Rows
from services.ivr.detail_columns import DetailColumns, Taken, row_of, text_of
from services.ivr.event_columns import Floats, Ints
from services.ivr.names import BadRow
from services.ivr.text_columns import TextNumbers, Texts, texts_of

_OTHER = 0  # a kind that the per-row interpreter decides
_SAID_IN = ("userdeftype", "extra", "appdata")
_SAID_KEPT_MAX = 10_000  # different texts of a dialplan: menus and keys are few

Said = tuple[str, str, str | None]  # app, menu, digit


class EventColumnReader:
    """Reads the batches of one cel stream whose rows have `width` columns."""

    def __init__(self, reader: CelReader, rows: Rows, width: int) -> None:
        self._one = reader
        self._rows = rows
        self._columns = DetailColumns(reader.names, reader.clock, reader.places, width)
        self._kinds = TextNumbers(self._learn_kind)
        self._kind_names = ["", *sorted(KINDS)]
        self._said: dict[tuple[bytes, ...], Said] = {}

    def read(
        self, block: Block, positions: Ints, bad: tuple[tuple[int, str], ...], *, known_below: int, latest: float
    ) -> Read:
        """Positions below `known_below` were read before; `bad` lines have other fields than their file."""
        self._columns.forget()
        taken, whole = self._columns.open(block, positions)
        events = self._events(taken)
        at = whole[~taken.odd]
        found = Read()
        for position, line in bad:
            reject = self._rows.reject(position, line, "the row has other fields than its file")
            found.bad.append((reject, position < known_below))
        single = np.setdiff1d(np.arange(len(block)), at, assume_unique=True)
        if len(single):
            events = self._with_single(events, at, single, block, positions, found, known_below)
        moments = np.array([event.at for event in events], dtype=np.float64)
        repeated = [event.position < known_below for event in events]
        found.events = list(zip(self._days(moments), events, repeated, strict=True))
        known = moments[moments <= latest]
        found.newest_at = float(known.max()) if len(known) else None
        if self._rows.positioned:
            found.bad.sort(key=lambda each: each[0].position)
        return found

    def _with_single(
        self,
        events: list[CelEvent],
        at: Ints,
        single: Ints,
        block: Block,
        positions: Ints,
        found: Read,
        known_below: int,
    ) -> list[CelEvent]:
        """The events of the other rows among those of the usual ones."""
        by_row = dict(zip(at.tolist(), events, strict=True))
        for row in single.tolist():
            position, fields = int(positions[row]), row_of(block[row])
            try:
                by_row[row] = self._one.read(position, fields)
            except BadRow as reason:
                found.bad.append((self._rows.reject(position, fields, str(reason)), position < known_below))
        return [by_row[row] for row in sorted(by_row)]

    def _events(self, taken: Taken) -> list[CelEvent]:
        """Those of the usual rows."""
        columns = self._columns
        unique, linked = columns.unique_ids(taken, "uniqueid"), columns.unique_ids(taken, "linkedid")
        kinds = self._kinds.of(taken.block, *columns.column(taken, "eventtype"))
        moments = columns.moments(taken, "eventtime", unique.made, self._one.not_before)
        taken.odd |= (kinds == _OTHER) | np.isnan(moments)
        # A row that names one channel alone is rare: both ids stand for each other then.
        taken.odd |= (unique.texts.lengths <= 0) | (linked.texts.lengths <= 0)
        rows = np.flatnonzero(~taken.odd)
        names = columns.names.texts

        def named(column: str) -> list[str]:
            return [names[number] for number in columns.name_numbers(taken, column)[rows].tolist()]

        def told(texts: Texts) -> list[str]:
            return [text.decode() for text in taken.arena.texts(texts.take(rows))]

        callers = caller_ids(self._one.keys, taken.block, *columns.column(taken, "cid_num"))
        parts: tuple[Iterable[Any], ...] = (
            *(repeat(self._one.stream), taken.positions[rows].tolist(), moments[rows].tolist()),
            [self._kind_names[kind] for kind in kinds[rows].tolist()],
            *(told(linked.texts), told(unique.texts), callers[rows].tolist()),
            *(named("context"), named("exten"), *self._tell(taken, rows, kinds, named("appname"))),
        )
        return list(map(CelEvent, *parts))

    def _tell(self, taken: Taken, rows: Ints, kinds: Ints, apps: list[str]) -> tuple[Iterable[Any], ...]:
        """Applications, menus and digits: what a dialplan says stands in their place."""
        said = np.flatnonzero(kinds[rows] == self._kind_names.index(USER_DEFINED))
        menus = [""] * len(rows)
        digits: list[str | None] = [None] * len(rows)
        columns = [taken.column(self._one.places.get(name)) for name in _SAID_IN]
        texts = zip(
            *(texts_of(taken.block, start[rows[said]], length[rows[said]]) for start, length in columns), strict=True
        )
        for at, raw in zip(said.tolist(), texts, strict=True):
            found = self._said.get(raw)
            if found is None:
                if len(self._said) >= _SAID_KEPT_MAX:
                    self._said.clear()
                found = self._said[raw] = self._one.said(dict(zip(_SAID_IN, map(text_of, raw), strict=True)))
            apps[at], menus[at], digits[at] = found
        return apps, menus, digits

    def _learn_kind(self, raw: bytes) -> int:
        kind = text_of(raw).strip().upper()
        return self._kind_names.index(kind) if kind in KINDS else _OTHER

    def _days(self, moments: Floats) -> list[date]:
        quarters, places = np.unique((moments // QUARTER_HOUR_S).astype(np.int64), return_inverse=True)
        days = [self._rows.day(quarter * QUARTER_HOUR_S) for quarter in quarters.tolist()]
        return [days[place] for place in places.tolist()]
