"""Keyed 64-bit hashes: callers, rows and calls get ids that cannot be turned back without the secret key. Pure.

SHA-256 of (key, purpose, value), cut to 64 bits; the purpose keeps a caller's id and a row's id apart. Cutting also
takes the length extension away that a plain prefix key would allow.
"""

import hashlib
import re
from pathlib import Path
from typing import Self

from shared.settings import MissingSetting, read_secret

KEY_BYTES = 32
FINGERPRINT_BYTES = 16  # tells keys apart, and says nothing of them
KEY_FILE = "caller_key"
NEXT_KEY_FILE = "caller_key.next"  # while it is being introduced
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
        self.caller_prefix = self.prefix("caller")
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

    def prefix(self, *purpose: str) -> bytes:
        """What stands before a value of this purpose; fixed length, so that no two purposes can meet."""
        return self._secret + hashlib.sha256("\x00".join(purpose).encode()).digest()

    def caller_id(self, number: bytes) -> int:
        """A caller's id; 0 is kept for callers that nobody knows (no digit in the number)."""
        trimmed = number.strip()
        if not any(byte in _DIGITS for byte in trimmed):
            return 0
        return _signed(hashlib.sha256(self.caller_prefix + trimmed).digest())

    def call_id(self, row: int, occurrence: int) -> int:
        """The n-th identical row gets an id of its own; the first keeps the row's."""
        if occurrence == 1:
            return row or 1
        return _signed(hashlib.sha256(self._call + b"%d/%d" % (row, occurrence)).digest())

    def text_id(self, *parts: str) -> int:
        return _signed(hashlib.sha256(self._call + "\x00".join(parts).encode()).digest())

    def name_without_telephone(self, name: str) -> str:
        """An agent reached through an outside telephone keeps a name of its own, without the number."""
        return _TELEPHONE_NAME.sub(lambda found: f"tel-{self.text_id('name', found[0]) & 0xFFFFFF:06x}", name)

    def text_without_numbers(self, text: str) -> str:
        """As above for everything as long as a telephone, however it is written: the same number, the same word."""
        return _LONG_NUMBER.sub(self._word, text)

    def _word(self, found: re.Match[str]) -> str:
        digits = "".join(each for each in found[0] if each in "0123456789")
        return f"tel-{self.text_id('name', digits) & 0xFFFFFF:06x}"


def row_hash(prefix: bytes, row: bytes) -> int:
    """128 bits of a row for its unit's digest; `row_id` takes its id from them."""
    return int.from_bytes(hashlib.sha256(prefix + row).digest()[:16], "big")


def row_id(hashed: int) -> int:
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


def _signed(digest_bytes: bytes) -> int:
    return int.from_bytes(digest_bytes[:8], "big", signed=True) or 1
