"""Legacy rows become calls: the per-row interpreter, and the digests that tell which units have changed. Pure.

Calls point at combinations instead of carrying names: the numbers of new names come from the database afterwards,
and `pgbinary` writes the calls with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from services.ivr import rules
from services.ivr.charset import readable
from services.ivr.clock import LocalClock, month_of, read_day
from services.ivr.columns import Block
from services.ivr.keys import ROW_SHOWN_CHARS_MAX, Keys, mask, row_id, show_nul
from services.ivr.occurrences import Occurrences
from services.ivr.rows import first_field, unpack_row
from services.ivr.rules import Meaning, Unusable

COLUMNS: Final = (
    "dFecha",
    "dHoraInicio",
    "dHoraFin",
    "cDID_800Transfer",
    "cDID_Centro_Transferencia",
    "cMenu",
    "cOpcion",
    "cTelefono_Origen",
    "cTelefono_Digitado",
    "cEtiquetacliente",
)
ORIGIN: Final = COLUMNS.index("cTelefono_Origen")
TELEPHONE_COLUMNS: Final = frozenset({"cTelefono_Origen", "cTelefono_Digitado"})
BAD_WIDTH: Final = b"\x00width:"  # a file's row of the wrong width comes marked in its first field
NO_DATE: Final = date(1900, 1, 1)  # the unit of rows whose dFecha cannot be read: before any readable year
COMBINATIONS_MAX = 200_000  # remembered meanings; real quarters have some ten thousand
DURATION_S_MAX = 2**31 - 1  # what PostgreSQL's integer holds

Combination = tuple[bytes | None, bytes, bytes, bytes | None]


class Call(NamedTuple):
    """One legacy call; `combination` and `label_set` point into the interpreter's lists."""

    call_id: int
    caller_id: int
    started: int
    duration_s: int | None
    unit: date
    combination: int
    label_set: int
    line_kind: int
    swapped: bool
    occurrence: int


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot become a call: why, where, and the row with its telephones masked."""

    unit: date
    position: int
    reason: str
    row_masked: str


@dataclass(slots=True)
class UnitCount:
    """What was read of one unit: the proof and the digest grow together."""

    rows: int = 0
    rejected: int = 0
    hash_total: int = 0
    first_started: int | None = None
    last_started: int | None = None
    last_ended: int | None = None
    other_day: int = 0

    def see(self, started: int, ended: int) -> None:
        if self.first_started is None or started < self.first_started:
            self.first_started = started
        if self.last_started is None or started > self.last_started:
            self.last_started = started
        if self.last_ended is None or ended > self.last_ended:
            self.last_ended = ended


@dataclass(frozen=True, slots=True)
class Chunk:
    """What `take` made of some rows. Every row taken is a call, a reject, or of a unit that was not asked for."""

    calls: list[Call] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    units: frozenset[date] = frozenset()
    meanings: int = 0  # how many of the interpreter's meanings these calls can point at
    label_sets: int = 0


def unit_of(raw: bytes | None) -> date:
    return read_day(raw) or NO_DATE


class DigestPass:
    """Counts and hashes the rows of each unit without interpreting them."""

    def __init__(self, keys: Keys, source: str, table: str) -> None:
        self._hash = keys.rows(source, table)
        self._names: dict[bytes | None, UnitCount] = {}
        self.units: dict[date, UnitCount] = {}

    def take(self, rows: Iterable[bytes]) -> int:
        taken = 0
        for row in rows:
            raw = first_field(row)
            count = self._names.get(raw)
            if count is None:
                count = self._names[raw] = self.units.setdefault(unit_of(raw), UnitCount())
            count.rows += 1
            count.hash_total += self._hash.one(row)
            taken += 1
        return taken


class Interpreter:
    """The per-row interpreter of one table. `wanted` limits it to some units; None takes all."""

    def __init__(
        self, *, keys: Keys, clock: LocalClock, source: str, table: str, wanted: frozenset[date] | None = None
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._hash = keys.rows(source, table)
        self._wanted = wanted
        self._known: dict[Combination, int | str] = {}
        self._label_known: dict[bytes | None, int | str] = {None: 0}
        self._label_index: dict[tuple[str, ...], int] = {(): 0}
        self._days: dict[bytes | None, date] = {}
        self._meaning_index: dict[Meaning, int] = {}
        self._occurrences = Occurrences()
        self._position = 0
        self.meanings: list[Meaning] = []
        self.label_sets: list[tuple[str, ...]] = [()]
        self.units: dict[date, UnitCount] = {}

    def take(self, rows: Sequence[bytes]) -> Chunk:
        """Interpret some rows. The calls of one table must all go through one interpreter, in any chunks."""
        kept: list[tuple[bytes, list[bytes | None], date, int, int]] = []
        hashes = self._hash.many(Block.of(rows)).tolist()
        for row, (low, high) in zip(rows, hashes, strict=True):
            self._position += 1
            fields = unpack_row(row)
            unit = self.unit(fields[0])
            if self._wanted is None or unit in self._wanted:
                kept.append((row, fields, unit, high << 64 | low, self._position))
        calls: list[Call] = []
        rejects: list[Reject] = []
        if not kept:
            return Chunk()
        ids = [row_id(hashed) for _, _, _, hashed, _ in kept]
        same = zip(ids, self._occurrences.count(ids), strict=True)
        callers = self.callers([fields for _, fields, _, _, _ in kept])
        for (row, fields, unit, hashed, position), identity, caller in zip(kept, same, callers, strict=True):
            count = self.count_of(unit)
            count.rows += 1
            count.hash_total += hashed
            result = self.one(row, fields, unit, position, identity, caller)
            if isinstance(result, Call):
                calls.append(result)
            else:
                rejects.append(result)
        units = frozenset(unit for _, _, unit, _, _ in kept)
        return Chunk(calls, rejects, units, len(self.meanings), len(self.label_sets))

    def one(
        self, row: bytes, fields: list[bytes | None], unit: date, position: int, identity: tuple[int, int], caller: int
    ) -> Call | Reject:
        """One row whose unit's rows and hashes are already counted. Its identity: the row's id and occurrence."""
        count = self.count_of(unit)
        try:
            _refuse_damaged(row, fields)
            return self._call(fields, unit, count, identity, caller)
        except Unusable as reason:
            count.rejected += 1
            return Reject(unit, position, str(reason), masked_row(fields))

    def callers(self, rows: Sequence[Sequence[bytes | None]]) -> list[int]:
        """The caller ids of some rows: hashed together, because one by one they would cost more than the rest."""
        return self._keys.caller_ids([fields[ORIGIN] or b"" if len(fields) > ORIGIN else b"" for fields in rows])

    def count_of(self, unit: date) -> UnitCount:
        return self.units.get(unit) or self.units.setdefault(unit, UnitCount())

    def unit(self, raw: bytes | None) -> date:
        unit = self._days.get(raw)
        if unit is None:
            unit = self._days[raw] = unit_of(raw)
        return unit

    def _call(
        self, fields: list[bytes | None], unit: date, count: UnitCount, identity: tuple[int, int], caller: int
    ) -> Call:
        _, start, end, did, centre, menu, option, origin, typed, labels = fields
        started, ended, duration_s, swapped = self._times(start, end)
        origin = origin.strip() if origin else b""
        typed = typed.strip() if typed else b""
        combination = self.combination(did, centre, menu, option, origin, typed)
        label_set = self.label_set(labels)
        count.see(started, ended)
        return Call(
            self._keys.call_id(*identity),
            caller,
            started,
            duration_s,
            unit,
            combination,
            label_set,
            rules.line_kind(origin, typed),
            swapped,
            identity[1],
        )

    def _times(self, start: bytes | None, end: bytes | None) -> tuple[int, int, int | None, bool]:
        span = self._clock.span(start, end)
        if span is None:
            one = self._clock.epoch(start)
            one = self._clock.epoch(end) if one is None else one
            if one is None:
                raise Unusable("neither dHoraInicio nor dHoraFin is a time between 1990 and 2099")
            return one, one, None, False  # a call that has one end only happened, but nobody knows how long
        first, last = span
        if first > last:
            first, last = last, first
        if last - first > DURATION_S_MAX:
            raise Unusable("dHoraInicio and dHoraFin are more than 68 years apart")
        # What the columns say decides, not the epochs: a doubled hour must not look swapped.
        return first, last, last - first, (start or b"") > (end or b"")

    def label_set(self, labels: bytes | None) -> int:
        known = self._label_known.get(labels)
        if known is None:
            known = self._learn_labels(labels)
        if isinstance(known, str):
            raise Unusable(known)
        return known

    def combination(
        self,
        did: bytes | None,
        centre: bytes | None,
        menu: bytes | None,
        option: bytes | None,
        origin: bytes,
        typed: bytes,
    ) -> int:
        """The number of what (DID, centre, menu, option) mean; origin and typed come trimmed."""
        centre = centre.strip() if centre else b""
        if len(centre) > rules.TELEPHONE_DIGITS and centre[:1].isdigit() and centre.strip(b"0"):
            while len(centre) > rules.TELEPHONE_DIGITS:
                centre = centre[: -rules.TELEPHONE_DIGITS]
        if centre and len(centre) >= rules.MENU_TELEPHONE_DIGITS_MIN and (centre in (origin, typed)):
            centre = rules.PHONE_CENTRE.encode()
        menu = menu.strip() if menu else b""
        if len(menu) >= rules.MENU_TELEPHONE_DIGITS_MIN and menu.isdigit():
            menu = rules.PHONE_MENU.encode()
        key = (did, centre, menu, option)
        known = self._known.get(key)
        if known is None:
            known = self._learn(key)
        if isinstance(known, str):
            raise Unusable(known)
        return known

    def _learn(self, key: Combination) -> int | str:
        if len(self._known) >= COMBINATIONS_MAX:
            self._known.clear()
        did, centre, menu, option = (None if part is None else readable(part) for part in key)
        result: int | str
        try:
            meaning = rules.interpret(did, centre, menu, option)
            result = self._meaning_index.setdefault(meaning, len(self.meanings))
            if result == len(self.meanings):
                self.meanings.append(meaning)
        except Unusable as reason:
            result = str(reason)
        self._known[key] = result
        return result

    def _learn_labels(self, raw: bytes | None) -> int | str:
        if len(self._label_known) >= COMBINATIONS_MAX:
            self._label_known.clear()
        result: int | str
        try:
            labels = rules.customer_labels(readable(raw or b""))
            result = self._label_index.setdefault(labels, len(self.label_sets))
            if result == len(self.label_sets):
                self.label_sets.append(labels)
        except Unusable as reason:
            result = str(reason)
        self._label_known[raw] = result
        return result


def _refuse_damaged(row: bytes, fields: Sequence[bytes | None]) -> None:
    """Unusable when a byte of the row is NUL, which PostgreSQL has not in text, or when the row is marked so."""
    # An empty field is one zero byte in the row, its length: any other zero is looked at, which is rare.
    if row.count(0) == fields.count(b""):
        return
    if (fields[0] or b"").startswith(BAD_WIDTH):
        raise Unusable("the row has another number of columns than the header")
    if any(b"\x00" in field for field in fields if field):
        raise Unusable("the row contains a NUL byte")


def months(calls: Iterable[Call]) -> set[date]:
    """The months that need a partition, found without converting every moment."""
    quarters_of_day = {call.started // 21_600 for call in calls}
    return {month_of(quarter * 21_600) for quarter in quarters_of_day}


def masked_row(fields: Sequence[bytes | None]) -> str:
    """The row as a person may see it: names before values, telephones masked."""
    parts = []
    for name, value in zip(COLUMNS, fields, strict=True):
        if value is None:
            parts.append(f"{name}=NULL")
            continue
        text = readable(value.removeprefix(BAD_WIDTH[:1]))
        if name in TELEPHONE_COLUMNS:
            text = "".join("*" if c.isdigit() else c for c in text)
        elif not name.startswith("dH") and name != "dFecha":
            text = mask(text)
        elif len(text) > len("2025-07-01 09:00:00.000000") or sum(map(str.isdigit, text[:12])) > len("20250701"):
            text = mask(text)  # not in the form of a date: it could be anything
        parts.append(f"{name}={text}")
    return show_nul("; ".join(parts))[:ROW_SHOWN_CHARS_MAX]
