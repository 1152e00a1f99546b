"""Bands of durations and waits, cut out of the sketches of a rollup afterwards. Pure.

Each band ends at a whole second of the first hour, where codes end too: the counts are exact. SQL groups by the other
dimensions, and each of its records becomes a row for each band that has calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.analytics.catalog import Count, Ratio, Recipe, SourceKind
from services.analytics.columns import Column
from services.analytics.dimensions import DURATION_BANDS_S, WAIT_BANDS_S
from services.analytics.distributions import GROUPS_MAX, read_all
from services.analytics.expressions import ByBand, Expression, Raw, Spread
from services.analytics.question import Question, buckets_most
from services.analytics.relations import Route
from shared.sketches import Ints

BANDS_S: Final[Mapping[str, tuple[int, ...]]] = {"duration_band": DURATION_BANDS_S, "wait_band": WAIT_BANDS_S}
_ALL_WAITS: Final = "calls.waits_answered || calls.waits_abandoned || calls.waits_other"
# The sketch of the values of those calls that a count is about; the first one of each is about all calls.
_SKETCHES: Final[Mapping[tuple[SourceKind, str], Mapping[str, str]]] = {
    ("legacy", "duration_band"): {
        "calls": "string_agg(calls.durations, ''::bytea)",
        "abandoned": "string_agg(calls.durations, ''::bytea) FILTER (WHERE calls.menu_abandoned)",
    },
    ("asterisk", "duration_band"): {"offered": "string_agg(calls.durations, ''::bytea)"},
    ("asterisk", "wait_band"): {
        "offered": f"string_agg({_ALL_WAITS}, ''::bytea)",
        "answered": "string_agg(calls.waits_answered, ''::bytea)",
        "abandoned": "string_agg(calls.waits_abandoned, ''::bytea)",
    },
}


def band_of(question: Question) -> str | None:
    """The band that the question asks for, where it may be cut out of sketches."""
    bands = [name for name in question.dimensions if name in BANDS_S]
    filtered = any(each.dimension in BANDS_S for each in question.filters)
    if len(bands) != 1 or filtered or question.comparison is not None or question.attribution != "entry":
        return None
    # How many groups there will be is known beforehand only where no other dimension multiplies the buckets.
    if question.granularity != "total" and (len(question.dimensions) > 1 or buckets_most(question) > GROUPS_MAX):
        return None
    return bands[0] if (question.kind, bands[0]) in _SKETCHES else None


def without_band(question: Question, band: str) -> Question:
    """What SQL is asked instead."""
    return replace(question, dimensions=tuple(name for name in question.dimensions if name != band))


def by_band(route: Route, band: str, recipe: Recipe) -> ByBand | None:
    """A metric of each band, or None where the sketches of a rollup are not about what it counts."""
    sketches = _SKETCHES[route.kind, band]
    every = _spread(route, sketches, next(iter(sketches)))
    match recipe:
        case Count(count):
            above, below = _spreads(route, sketches, (count,)), None
        case Ratio(numerator, denominator):
            above, below = (_spreads(route, sketches, names) for names in (numerator, denominator))
            if below is None:
                return None
        case _:
            return None
    return None if every is None or above is None else ByBand(every, above, below)


def _spreads(route: Route, sketches: Mapping[str, str], names: Sequence[str]) -> tuple[Spread, ...] | None:
    found = [_spread(route, sketches, name) for name in names]
    known = tuple(spread for spread in found if spread is not None)
    return known if len(known) == len(found) else None


def _spread(route: Route, sketches: Mapping[str, str], term: str) -> Spread | None:
    name = term.removeprefix("-")
    if name not in sketches:
        return None
    calls = Raw(route, f"coalesce(sum(calls.{name}), 0)::bigint", "bigint")
    return Spread(calls, Raw(route, sketches[name], "bytea"), 1 if name == term else -1)


class Bands:
    """The records of a statement without the band: `columns` has the values of each aggregate."""

    def __init__(self, band: str, columns: Mapping[Raw, Sequence[Any]]) -> None:
        self._uppers = BANDS_S[band]
        self._columns = columns
        self._counts: dict[tuple[Raw, Raw], Ints] = {}

    def count(self, spread: Spread) -> Ints:
        """A row each record: the calls of each band, and last of those without a value."""
        key = (spread.calls, spread.values)
        if key not in self._counts:
            calls = np.array(self._columns[spread.calls], dtype=np.int64)
            self._counts[key] = self._cut(calls, [sketch or b"" for sketch in self._columns[spread.values]])
        return spread.sign * self._counts[key]

    def _cut(self, calls: Ints, sketches: Sequence[bytes]) -> Ints:
        batches = []
        for batch in read_all(sketches):
            upto = [np.array(batch.up_to(upper, inclusive=True), dtype=np.int64) for upper in self._uppers]
            batches.append(np.stack([np.zeros_like(batch.n), *upto, batch.n], axis=1))
        cumulated = np.concatenate(batches) if batches else np.zeros((0, len(self._uppers) + 2), dtype=np.int64)
        return np.column_stack([np.diff(cumulated, axis=1), calls - cumulated[:, -1]])

    def value(self, expression: ByBand) -> Sequence[Sequence[Any]]:
        """The metric of each record and band."""
        above = sum(map(self.count, expression.numerator[1:]), self.count(expression.numerator[0]))
        if expression.denominator is None:
            counts: list[list[int]] = above.tolist()
            return counts
        below = sum(map(self.count, expression.denominator[1:]), self.count(expression.denominator[0]))
        return [_divide(*each) for each in zip(above.tolist(), below.tolist(), strict=True)]


def _divide(above: Sequence[int], below: Sequence[int]) -> list[float | None]:
    return [part / whole if whole else None for part, whole in zip(above, below, strict=True)]


def banded_rows(
    band: str,
    columns: Sequence[Column],
    keys: Mapping[str, Sequence[Any]],
    raws: Mapping[Raw, Sequence[Any]],
    expressions: Mapping[str, Expression],
) -> list[list[Any]]:
    """The rows of the whole answer. `keys` has time and the other dimensions of each record, by name."""
    bands = Bands(band, raws)
    values = {name: bands.value(each) for name, each in expressions.items() if isinstance(each, ByBand)}
    every = next(each.every for each in expressions.values() if isinstance(each, ByBand))
    rows = []
    for record, seen in enumerate(_seen(keys, bands.count(every) > 0)):
        for at in np.flatnonzero(seen).tolist():
            found = {name: column[record] for name, column in keys.items()}
            found[band] = at if at <= len(BANDS_S[band]) else None
            found |= {name: column[record][at] for name, column in values.items()}
            rows.append([found.get(column.name) for column in columns])
    return rows


def _seen(keys: Mapping[str, Sequence[Any]], there: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """For each record the bands that its combination has calls in at any time: they are rows of every bucket."""
    dimensions = [column for name, column in keys.items() if name != "time"]
    combinations = list(zip(*dimensions, strict=True)) if dimensions else [()] * len(there)
    found: dict[tuple[Any, ...], NDArray[np.bool_]] = {}
    for combination, own in zip(combinations, there, strict=True):
        found[combination] = found[combination] | own if combination in found else own
    return [found[combination] for combination in combinations]
