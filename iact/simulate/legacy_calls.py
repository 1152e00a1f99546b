"""Draws the calls of one chunk: what happened, and which dirt the old IVR will write over it."""

from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from iact.simulate import catalogue as cat
from iact.simulate.legacy_plan import BITS, CHUNK_ROWS, STREAM, Plan, durations, generator, hour_shapes
from iact.simulate.text import SECONDS_A_DAY, Ints

PLANTED_FROM_ROWS = 200  # from here on every category of dirt is written at least once
PLANT_SLOTS = 64

# What stands in the centre column, and the share of calls in percent.
PLAIN, NULL, BLANK, ZEROS, BAD_START, GLUED_17, GLUED_16, GLUED_18, GLUED_24, GLUED_25 = range(10)
CENTRE_SHARES = (92.98, 0.4, 0.1, 0.0, 0.1, 5.6, 0.36, 0.4, 0.03, 0.03)
CENTRE_SHARES_PUEBLA = (89.48, 0.4, 0.1, 3.5, 0.1, 5.6, 0.36, 0.4, 0.03, 0.03)
ZEROS_FROM_PROFILE = 1  # Puebla's zeros appear in Q2 2025
GLUED = {
    GLUED_17: cat.GLUED_ONCE,
    GLUED_16: cat.GLUED_ONCE_SHORT,
    GLUED_18: cat.GLUED_ONCE_LONG,
    GLUED_24: cat.GLUED_TWICE[:1],
    GLUED_25: cat.GLUED_TWICE[1:],
}

SWAPPED_SHARE = 0.388
TYPED_NULL_SHARE, TYPED_SAME_SHARE = 0.212, 0.282
TYPED_BLANK_SHARE = 0.05  # of those that typed nothing
ORIGIN_NULL_SHARE = 0.004
REPEAT_SHARE, REPEAT_WINDOW_ROWS = 0.09, 400  # calls by someone who called a short while ago
MIDNIGHT_SHARE = 0.0006
LATE_DATE_SHARE, EARLY_DATE_SHARE = 0.0006, 0.0003
REPEATED_ROW_SHARE = 0.0001
BEFORE_MIDNIGHT_S, PAST_MIDNIGHT_S = 60, 90

NOBODY = -1  # null
BLANK_NUMBER = -2

Bits = NDArray[np.uint16]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calls:
    """Columns of a chunk; codes point into the catalogue."""

    start: Ints  # wall clock, the earlier time
    duration: Ints
    stamp: Ints  # the day written as dFecha
    swapped: Flags
    did: Ints
    menu: Ints
    menu_form: Ints  # 0 to 255, chooses the spelling
    menu_phone: Ints  # whose telephone stands in the menu
    option: Ints
    centre: Ints
    centre_class: Ints
    origin: Ints  # caller, or NOBODY
    typed: Ints  # caller, NOBODY or BLANK_NUMBER
    noise: Ints  # 16 random bits that choose among spellings
    labels: Ints
    repeats: Ints  # places of rows that are written twice: each is a copy of the one before

    @property
    def segment(self) -> Ints:
        return _segments()[self.did]

    @property
    def day(self) -> Ints:
        return self.start // SECONDS_A_DAY


class Plants:
    """Places in the first chunk where a category of dirt is put on purpose, so that no size leaves one out."""

    def __init__(self, plan: Plan, number: int) -> None:
        wanted = number == 0 and plan.rows >= PLANTED_FROM_ROWS
        step = min(plan.rows, CHUNK_ROWS) // PLANT_SLOTS
        self.places: Ints = np.arange(PLANT_SLOTS) * step if wanted else np.empty(0, dtype=np.int64)

    def put(self, column: NDArray[np.generic], slot: int, value: int) -> None:
        if len(self.places):
            column[self.places[slot]] = value


# Slots of the plants; the centre classes take 0 to 9.
UNKNOWN_DID, PHONE_MENU, NULL_ORIGIN, BLANK_TYPED, SAME_TYPED, MIDNIGHT, LATE_DATE, EARLY_DATE, REPEATED_ROW = range(
    10, 19
)
EMPTY_FORMS, SPELLINGS = 20, 40


def draw(plan: Plan, number: int) -> Calls:
    """The calls of one chunk, in the order of their start."""
    rng = generator(plan.seed, STREAM, number)
    day = plan.days_of(number)
    bits: Bits = rng.integers(0, BITS, size=(12, len(day)), dtype=np.uint16)
    plants = Plants(plan, number)
    start, duration, stamp = _times(plan, day, bits[:4], plants, rng)
    did = _dids()[(plan.profiles[day] << 16) + bits[4]].astype(np.int64)
    plants.put(did, UNKNOWN_DID, len(cat.DIDS) - 1)
    segment = _segments()[did]
    menu, menu_form, option, centre = _path(plan, day, segment, bits[5:8], plants)
    centre_class, centre = _centres(plan, day, segment, centre, bits[8:10], plants)
    origin, typed = _callers(plan, segment, bits[10], plants, rng)
    calls = Calls(
        start=start,
        duration=duration,
        stamp=stamp,
        swapped=_chance(bits[11], SWAPPED_SHARE),
        did=did,
        menu=menu,
        menu_form=menu_form,
        menu_phone=rng.integers(0, plan.callers.count, size=len(day)),
        option=option,
        centre=centre,
        centre_class=centre_class,
        origin=origin,
        typed=typed,
        noise=bits[9].astype(np.int64),
        labels=_labels()[rng.integers(0, BITS, size=len(day), dtype=np.uint16)].astype(np.int64),
        repeats=_repeats(rng, len(day), plants),
    )
    for field in fields(calls):
        column = getattr(calls, field.name)
        if field.name != "repeats":
            column[calls.repeats] = column[calls.repeats - 1]
    return calls


def _times(plan: Plan, day: Ints, bits: Bits, plants: Plants, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Start, duration and the day that is written as dFecha."""
    chance = rng.random(len(day))
    second = np.empty(len(day))
    shapes = plan.shapes[day]
    for code, (passed, edges) in enumerate(hour_shapes()):
        chosen = shapes == code
        second[chosen] = np.interp(chance[chosen], passed, edges)
    start = np.sort((plan.first_day + day) * SECONDS_A_DAY + second.astype(np.int64))
    duration = durations()[bits[0]]
    midnight = _chance(bits[1], MIDNIGHT_SHARE)
    plants.put(midnight, MIDNIGHT, 1)
    last_of_day = np.append(day[1:] != day[:-1], day[-1] == len(plan.dates) - 1) if len(day) else midnight
    last_of_quarter = last_of_day & plan.ends_quarter[day]
    # The last two calls of a quarter run into the next one; the very last is also dated there.
    midnight |= last_of_quarter | (np.append(last_of_quarter[1:], False) & ~last_of_day)
    start = np.where(midnight, (plan.first_day + day + 1) * SECONDS_A_DAY - 1 - bits[2] % BEFORE_MIDNIGHT_S, start)
    duration = np.where(midnight, np.maximum(duration, PAST_MIDNIGHT_S), duration)
    start = plan.clock.settle(start, duration)
    shift = _chance(bits[3], LATE_DATE_SHARE).astype(np.int64)
    shift[_chance(BITS - 1 - bits[3], EARLY_DATE_SHARE)] = -1
    crosses = (start + duration) // SECONDS_A_DAY > start // SECONDS_A_DAY
    shift[crosses & (bits[2] >= BITS // 2)] = 1
    shift[last_of_quarter] = 1
    plants.put(shift, LATE_DATE, 1)
    plants.put(shift, EARLY_DATE, -1)
    return start, duration, np.clip(start // SECONDS_A_DAY + shift, plan.first_day, plan.last_day)


def _path(plan: Plan, day: Ints, segment: Ints, bits: Bits, plants: Plants) -> tuple[Ints, Ints, Ints, Ints]:
    """Menu, its spelling, option and centre."""
    known = cat.combinations()
    row = known.lookup[((plan.profiles[day] * len(cat.SEGMENTS) + segment) << 16) + bits[0]]
    menu, form = known.menus[row], (bits[2] & 255).astype(np.int64)
    menu[bits[1] < plan.phone_limits[day, segment]] = cat.PHONE_MENU_CODE
    plants.put(menu, PHONE_MENU, cat.PHONE_MENU_CODE)
    forms = cat.menu_forms()
    for slot, spelling in enumerate(forms.of(0)):
        plants.put(menu, EMPTY_FORMS + slot, 0)
        plants.put(form, EMPTY_FORMS + slot, spelling)
    for slot, spelling in enumerate(forms.of(cat.SPELLED_MENU)):
        plants.put(menu, SPELLINGS + slot, cat.SPELLED_MENU)
        plants.put(form, SPELLINGS + slot, spelling)
    return menu, form, known.options[row], known.centres[row]


def _centres(plan: Plan, day: Ints, segment: Ints, centre: Ints, bits: Bits, plants: Plants) -> tuple[Ints, Ints]:
    """What stands in the column, and the centre itself where one is readable."""
    with_zeros = (segment == cat.PUEBLA) & (plan.profiles[day] >= ZEROS_FROM_PROFILE)
    kind = _centre_kinds()[(with_zeros.astype(np.int64) << 16) + bits[0]].astype(np.int64)
    for code in range(len(CENTRE_SHARES)):
        plants.put(kind, code, code)
        plants.put(centre, code, 1)
    hung_up = centre == cat.HUNG_UP_CODE
    kind[hung_up] = PLAIN
    for code, names in GLUED.items():
        chosen = np.flatnonzero(kind == code)
        codes = np.array([cat.combinations().centre_names.index(name) for name in names])
        centre[chosen] = codes[bits[1][chosen] % len(codes)]
    return kind, centre


def _callers(plan: Plan, segment: Ints, bits: Bits, plants: Plants, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Who called and which number was typed."""
    size = len(segment)
    first = plan.callers.draw(rng, segment)
    back = rng.integers(1, REPEAT_WINDOW_ROWS, size=size)
    again = rng.random(size) < REPEAT_SHARE
    origin = np.where(again, first[np.maximum(np.arange(size) - back, 0)], first)
    # Another number than the caller's own, whatever that is.
    typed = (origin + rng.integers(1, plan.callers.count, size=size)) % plan.callers.count
    null, same = round(TYPED_NULL_SHARE * BITS), round((TYPED_NULL_SHARE + TYPED_SAME_SHARE) * BITS)
    typed[bits < same] = origin[bits < same]
    typed[bits < null] = NOBODY
    typed[bits < null * TYPED_BLANK_SHARE] = BLANK_NUMBER
    plants.put(typed, BLANK_TYPED, BLANK_NUMBER)
    plants.put(typed, NULL_ORIGIN, 0)
    unknown = rng.random(size) < ORIGIN_NULL_SHARE
    plants.put(unknown, NULL_ORIGIN, 1)
    if len(plants.places):
        place = plants.places[SAME_TYPED]
        unknown[place], typed[place] = False, origin[place]
    # A caller without a number cannot have typed it: what was typed is some other number, or nothing.
    origin[unknown] = NOBODY
    return origin, typed


def _repeats(rng: np.random.Generator, size: int, plants: Plants) -> Ints:
    """Odd places only, so that a copied row is never itself a copy; and no planted one is written over."""
    chosen = rng.random(size) < REPEATED_ROW_SHARE
    chosen[plants.places] = False
    if len(plants.places):
        chosen[plants.places[REPEATED_ROW] | 1] = True
    chosen[0::2] = False
    return np.flatnonzero(chosen)


def _chance(bits: Bits, share: float) -> Flags:
    return bits < max(1, round(share * BITS))


@cache
def _segments() -> Ints:
    return np.array(cat.DID_SEGMENT)


@cache
def _dids() -> cat.Lookup:
    return np.concatenate([cat.lookup16(shares) for shares in cat.DID_SHARES])


@cache
def _labels() -> cat.Lookup:
    return cat.lookup16([share for _, share in cat.LABELS])


@cache
def _centre_kinds() -> cat.Lookup:
    return np.concatenate([cat.lookup16(CENTRE_SHARES), cat.lookup16(CENTRE_SHARES_PUEBLA)])
