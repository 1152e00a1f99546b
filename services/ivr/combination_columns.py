"""What (DID, centre, menu, option) mean, for a chunk of rows: found by their text, learned once. Pure.

A telephone in centre or menu would make combinations as many as callers. Such rows (one in ten in real data) are
brought into a form without it first, also as columns, and looked up in a dictionary of their own. What fits into no
form is left to the per-row rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.ivr import rules
from services.ivr.columns import WORD_BYTES, Block, Bools, Bytes, Fields, Ints, Words, masks
from services.ivr.dictionary import Dictionary, Lookup

COMBINATION_WORDS: Final = 16  # longer than nearly all; the rest is looked up row by row
COMBINATIONS_MAX: Final = 200_000  # remembered texts; real quarters have some ten thousand
DAY, START, END, DID, CENTRE, MENU, OPTION, ORIGIN, TYPED, LABELS = range(10)
_SPACE: Final = ord(" ")
_SPACES: Final = np.isin(np.arange(256), list(b" \t\n\r\x0b\x0c"))  # what bytes.strip() takes off
_STRIP_MAX: Final = 8
_ALL: Final = slice(None)
_HEAD_WORDS, _MENU_WORDS, _OPTION_WORDS = 6, 5, 4  # and one of flags: as many as a text of the usual form has
_CENTRE_WORDS: Final = 4
_ZEROS: Final = np.uint64(0x3030303030303030)
_HIGH_HALVES: Final = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIXES: Final = np.uint64(0x0606060606060606)
_PHONE_CENTRE, _PHONE_MENU = np.uint64(1), np.uint64(2)
_LENGTH_SHIFTS: Final = np.array([8, 24], dtype=np.uint64)
_SEVENTH: Final = np.uint64(8)  # bits: the first seven of eight bytes are compared


class Combinations:
    """The texts of one table's combinations."""

    def __init__(self) -> None:
        self._plain = Dictionary(COMBINATION_WORDS)
        self._without_number = Dictionary(COMBINATION_WORDS)

    def find(self, block: Block, fields: Fields, usual: Bools) -> tuple[list[Lookup], Ints]:
        """Look the usual rows up, and the rows among them that must be interpreted one by one."""
        for each in (self._plain, self._without_number):
            if len(each) >= COMBINATIONS_MAX:
                each.clear()
        starts = fields.starts[DID] - 1
        lengths = fields.starts[OPTION] + fields.lengths[OPTION] - starts
        special = usual & numbers_inside(block, fields)
        plain = usual & ~special
        short = lengths <= COMBINATION_WORDS * WORD_BYTES
        single = plain & ~short
        rows = np.flatnonzero(plain & short)
        lookups = [Lookup(self._plain, rows, texts(block, starts[rows], lengths[rows]))]
        rows = np.flatnonzero(special)
        if len(rows):
            words, fits = _without_numbers(block, fields, rows)
            lookups.append(Lookup(self._without_number, rows[fits], words))
            single[rows[~fits]] = True
        return lookups, np.flatnonzero(single)


def settle(lookups: list[Lookup], result: Ints, learn: Callable[[int], int]) -> None:
    for each in lookups:
        each.settle(result, learn)


def texts(block: Block, starts: Ints, lengths: Ints) -> Words:
    return block.words(starts, lengths, max(1, -(-int(lengths.max(initial=0)) // WORD_BYTES)))


def ends(block: Block, fields: Fields, field: int) -> tuple[Bytes, Bytes, Bools]:
    """First and last byte of a field, and whether it has any."""
    start, length = fields.starts[field], fields.lengths[field]
    return block.bytes[start], block.bytes[start + np.maximum(length, 1) - 1], length > 0


def digit(byte: Bytes) -> Bools:
    return (byte >= ord("0")) & (byte <= ord("9"))


def numbers_inside(block: Block, fields: Fields) -> Bools:
    """Rows in which a telephone may hide in centre or menu: what they mean cannot be looked up by their text."""
    first, last, some = ends(block, fields, CENTRE)
    length = fields.lengths[CENTRE]
    inside = some & ((first <= _SPACE) | (last <= _SPACE) | ((length > rules.TELEPHONE_DIGITS) & digit(first)))
    for field in (ORIGIN, TYPED):
        alike = (length >= rules.MENU_TELEPHONE_DIGITS_MIN) & (length == fields.lengths[field])
        at = np.flatnonzero(alike)
        if len(at):
            mine, theirs = (block.raw_words(fields.starts[each][at], 1)[0] << _SEVENTH for each in (CENTRE, field))
            inside[at] |= mine == theirs
    first, last, some = ends(block, fields, MENU)
    length = fields.lengths[MENU]
    number = (length >= rules.MENU_TELEPHONE_DIGITS_MIN) & digit(first) & digit(last)
    return inside | (some & ((first <= _SPACE) | (last <= _SPACE))) | number


@dataclass(slots=True)
class _Slice:
    """A field of some rows while telephones and spaces are taken off it."""

    start: Ints
    length: Ints

    @property
    def end(self) -> Ints:
        return self.start + self.length

    def edges(self, block: Block, at: Ints | slice = _ALL) -> tuple[Bytes, Bytes, Bools]:
        """First and last byte, and whether there is any."""
        start, length = self.start[at], self.length[at]
        return block.bytes[start], block.bytes[start + np.maximum(length, 1) - 1], length > 0

    def strip(self, block: Block) -> Ints:
        """Take spaces off both ends; the rows where some are left after many."""
        first, last, some = self.edges(block)
        at = np.flatnonzero(some & (_SPACES[first] | _SPACES[last]))
        for _ in range(_STRIP_MAX):
            if not len(at):
                break
            first, last, some = self.edges(block, at)
            leading = some & _SPACES[first]
            self.start[at] += leading
            self.length[at] -= leading | (some & _SPACES[last])
            at = at[leading | (some & _SPACES[last])]
        return at

    def words(self, block: Block, at: Ints, width: int) -> Words:
        return block.words(self.start[at], self.length[at], width)


def _without_numbers(block: Block, fields: Fields, rows: Ints) -> tuple[Words, Bools]:
    """The texts of rows with telephones taken out as the rules do it, and which of them have this form."""
    centre, menu = (_Slice(fields.starts[each][rows], fields.lengths[each][rows]) for each in (CENTRE, MENU))
    fits = np.ones(len(rows), dtype=np.bool_)
    for each, width in ((centre, _CENTRE_WORDS), (menu, _MENU_WORDS)):
        fits[each.strip(block)] = False
        fits &= each.length <= width * WORD_BYTES
        each.length[~fits] = 0
    flags = np.zeros(len(rows), dtype=np.uint64)
    _unglue(block, centre)
    for field in (ORIGIN, TYPED):
        theirs = _Slice(fields.starts[field][rows], fields.lengths[field][rows])
        at = np.flatnonzero((centre.length >= rules.MENU_TELEPHONE_DIGITS_MIN) & (centre.length == theirs.length))
        at = at[(centre.words(block, at, _CENTRE_WORDS) == theirs.words(block, at, _CENTRE_WORDS)).all(axis=0)]
        flags[at] = _PHONE_CENTRE
        centre.length[at] = 0
    first, last, some = menu.edges(block)
    at = np.flatnonzero(some & (menu.length >= rules.MENU_TELEPHONE_DIGITS_MIN) & digit(first) & digit(last))
    at = at[_all_digits(menu.words(block, at, _MENU_WORDS), menu.length[at])]
    flags[at] += _PHONE_MENU
    menu.length[at] = 0
    for each, shift in zip((centre, menu), _LENGTH_SHIFTS, strict=True):
        flags |= each.length.astype(np.uint64) << shift
    head, option = fields.starts[DID][rows] - 1, fields.starts[OPTION][rows] - 1
    parts = (
        (_Slice(head, centre.end - head), _HEAD_WORDS),
        (menu, _MENU_WORDS),
        (_Slice(option, fields.lengths[OPTION][rows] + 1), _OPTION_WORDS),
    )
    for each, width in parts:
        fits &= each.length <= width * WORD_BYTES
    at = np.flatnonzero(fits)
    return np.concatenate([*(each.words(block, at, width) for each, width in parts), flags[np.newaxis, at]]), fits


def _unglue(block: Block, centre: _Slice) -> None:
    """Take the telephones off that are glued behind a VDN; a text of zeros alone is none."""
    first, _, _ = centre.edges(block)
    glued = (centre.length > rules.TELEPHONE_DIGITS) & digit(first)
    at = np.flatnonzero(glued & (first == ord("0")))
    zeros = (centre.words(block, at, _CENTRE_WORDS) | _beyond(centre.length[at], _CENTRE_WORDS)) == _ZEROS
    glued[at[zeros.all(axis=0)]] = False
    centre.length[glued] = (centre.length[glued] - 1) % rules.TELEPHONE_DIGITS + 1


def _all_digits(words: Words, length: Ints) -> Bools:
    filled = words | _beyond(length, len(words))
    digits = ((filled & _HIGH_HALVES) == _ZEROS) & (((filled + _SIXES) & _HIGH_HALVES) == _ZEROS)
    every: Bools = digits.all(axis=0)
    return every


def _beyond(length: Ints, width: int) -> Words:
    """Zeros, as digits, in the places behind each text."""
    zeros: Words = _ZEROS & ~masks(length, np.arange(width)[:, np.newaxis])
    return zeros
