"""Keyed 64-bit hashes: callers, rows and calls get ids that cannot be turned back without the secret key. Pure.

Each purpose has a key of its own, derived from the secret by HMAC-SHA-256, so that a caller's id and a row's id never
meet. Callers are hashed by SipHash-2-4 and rows as `rowhash` tells (ADR 0007), both for whole columns at once; what is
rare by SHA-256, cut to 64 bits. Another secret or another function gives other ids: then the sources are read again.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from services.ivr.columns import WORD_BYTES, Block, Ints, Words
from services.ivr.rowhash import RowHash
from services.ivr.siphash import KEY_BYTES as SIPHASH_KEY_BYTES
from services.ivr.siphash import SipHash
from shared.settings import MissingSetting, read_secret

KEY_BYTES = 32
FINGERPRINT_BYTES = 16  # tells keys apart, and says nothing of them
KEY_FILE = "caller_key"
NEXT_KEY_FILE = "caller_key.next"  # while it is being introduced
CALLERS_REMEMBERED_MAX = 10_000  # legs of a call, and the last hour read again, ask for the same numbers one by one
NUMBER_BYTES_MAX = 64  # a column of them is as wide as its widest; what is longer is no number and is hashed alone
_DIGITS = frozenset(b"0123456789")
_MASK_64 = (1 << 64) - 1
_MASK_128 = (1 << 128) - 1
_LONG_NUMBER = re.compile(r"[0-9](?:[ ().+\x00-]{0,2}[0-9]){6,}")
_TELEPHONE_NAME = re.compile(r"\+?[0-9]{10,}")
ROW_SHOWN_CHARS_MAX = 2_000  # a reject is there to be read by a person


class Keys:
    """The hash functions of one secret key."""

    def __init__(self, secret: bytes, folder: Path | None = None) -> None:
        if len(secret) != KEY_BYTES:
            raise MissingSetting(f"the caller key must be {KEY_BYTES} bytes written as {2 * KEY_BYTES} hex digits")
        self._secret = secret
        self.folder = folder
        self._caller = SipHash(self.prefix("caller")[:SIPHASH_KEY_BYTES])
        self._one_caller = lru_cache(CALLERS_REMEMBERED_MAX)(self._caller.one)
        self._call = self.prefix("call")

    @classmethod
    def load(cls, secrets_dir: Path, name: str = KEY_FILE) -> Self:
        text = read_secret(secrets_dir / name)
        try:
            return cls(bytes.fromhex(text), secrets_dir)
        except ValueError as error:
            raise MissingSetting(f"{secrets_dir / name} is not {2 * KEY_BYTES} hex digits") from error

    @property
    def fingerprint(self) -> bytes:
        """By which the key is known again, without the key."""
        return hashlib.sha256(self.prefix("fingerprint")).digest()[:FINGERPRINT_BYTES]

    def rows(self, source: str, table: str) -> RowHash:
        """The hash of a table's rows: the same row of another table has another."""
        return RowHash(self.prefix("row", source, table))

    def prefix(self, *purpose: str) -> bytes:
        """The key of a purpose, to stand before what is hashed by SHA-256; of fixed length."""
        return hmac.digest(self._secret, "\x00".join(purpose).encode(), hashlib.sha256)

    def caller_id(self, number: bytes) -> int:
        """A caller's id; 0 is kept for callers that nobody knows (no digit in the number)."""
        trimmed = number.strip()
        if _DIGITS.isdisjoint(trimmed):
            return 0
        return _signed(self._one_caller(trimmed))

    def caller_ids(self, numbers: Sequence[bytes]) -> list[int]:
        """The same for many at once: quicker from ten on, thirty times so from some hundred."""
        trimmed = [number.strip() for number in numbers]
        result = [0] * len(trimmed)
        at = []
        for n, number in enumerate(trimmed):
            if len(number) > NUMBER_BYTES_MAX:
                result[n] = self.caller_id(number)
            elif not _DIGITS.isdisjoint(number):
                at.append(n)
        block = Block.of([trimmed[n] for n in at])
        length = block.ends - block.starts
        words = block.words(block.starts, length, -(-int(length.max(initial=1)) // WORD_BYTES))
        for n, found in zip(at, self.caller_column(words, length).tolist(), strict=True):
            result[n] = found
        return result

    def caller_column(self, words: Words, length: Ints) -> Ints:
        """The same for numbers that are trimmed and hold a digit, as words that are zero behind each number's end."""
        ids = self._caller.many(words, length).view(np.int64)
        ids[ids == 0] = 1
        return ids

    def call_id(self, row: int, occurrence: int) -> int:
        """The n-th identical row gets an id of its own; the first keeps the row's."""
        if occurrence == 1:
            return row or 1
        return _signed(_cut(self._call + b"%d/%d" % (row, occurrence)))

    def text_id(self, *parts: str) -> int:
        """The id of some texts; bytes of a source that are no UTF-8 count as they are."""
        return _signed(_cut(self._call + "\x00".join(parts).encode("utf-8", "surrogateescape")))

    def text_id_column(self, first: Sequence[str], rest: Iterable[bytes]) -> Ints:
        """`text_id` of each of the rests behind the same first parts; parts of a rest are joined by NUL already."""
        prefix = self._call + "\x00".join((*first, "")).encode()
        hashes = b"".join([hashlib.sha256(prefix + each).digest()[:8] for each in rest])
        ids = np.frombuffer(hashes, dtype=">i8").astype(np.int64)
        ids[ids == 0] = 1
        return ids

    def name_without_telephone(self, name: str) -> str:
        """An agent reached through an outside telephone keeps a name of its own, without the number."""
        return _TELEPHONE_NAME.sub(lambda found: f"tel-{self.text_id('name', found[0]) & 0xFFFFFF:06x}", name)

    def text_without_numbers(self, text: str) -> str:
        """As above for everything as long as a telephone, however it is written: the same number, the same word."""
        return _LONG_NUMBER.sub(self._word, text)

    def _word(self, found: re.Match[str]) -> str:
        digits = "".join(each for each in found[0] if each in "0123456789")
        return f"tel-{self.text_id('name', digits) & 0xFFFFFF:06x}"


def row_id(hashed: int) -> int:
    """The 64 bits of a row's hash that its id is made of."""
    low = hashed & _MASK_64
    return low - (1 << 64) if low >> 63 else low


def digest(total: int, rows: int) -> bytes:
    """Count and order-free sum: equal for the same rows in any order, different when one row differs or doubles."""
    return rows.to_bytes(8, "big") + (total & _MASK_128).to_bytes(16, "big")


def mask(text: str) -> str:
    """A row as a person may see it: every digit of anything as long as a telephone hidden, NUL made visible."""
    hidden = show_nul(_LONG_NUMBER.sub(lambda found: re.sub("[0-9]", "*", found[0]), text))
    return hidden if len(hidden) <= ROW_SHOWN_CHARS_MAX else hidden[:ROW_SHOWN_CHARS_MAX] + "…"


def show_nul(text: str) -> str:
    """PostgreSQL has no NUL in text; where a person reads it, it is written out."""
    return text.replace("\x00", "\\x00")


def _cut(text: bytes) -> int:
    """Cutting SHA-256 takes the length extension away that a key in front would allow."""
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def _signed(hashed: int) -> int:
    return (hashed - (1 << 64) if hashed >> 63 else hashed) or 1
