"""128 keyed bits of every row, for its unit's digest and its id, at the price of a few passes over the chunk. Pure.

A cryptographic hash of each row costs more than all of its interpretation. So a row is first shortened by a universal
hash under secret factors (two sums of multilinear form: two rows meet with a chance below 2^-60), and only the 16
bytes that are left go through AES under a key of their own: hash, then encipher, as UMAC and VMAC do. Without the key
nothing can be searched; ADR 0007 has the argument.
"""

import hashlib
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from services.ivr.columns import WORD_BYTES, Block, Ints, Words

ROW_WORDS_MAX: Final = 72  # 576 bytes: a row whose every column is as wide as it may be; longer ones go one by one
USUAL_WORDS: Final = 24  # a few wide rows of a chunk are hashed apart: all rows of one call are taken up equally wide
_PASSES: Final = 2
_CIPHER_KEY_BYTES: Final = 16
_MASK: Final = (1 << 64) - 1
_HALF: Final = 32


class RowHash:
    """The function of one secret. `one` and `many` give the same.

    A row is its whole words, the eight bytes at its end (which overlap the last word, so that nothing must be masked)
    and its length. Each sum takes every word twice, whole and its upper half, times factors of 64 bits: a difference
    in the lower half tells in the first product, one in the upper half alone in the second.
    """

    def __init__(self, secret: bytes) -> None:
        size = _PASSES * (ROW_WORDS_MAX + 2) * 2 * WORD_BYTES
        stream = hashlib.shake_256(b"row" + secret).digest(_CIPHER_KEY_BYTES + size)
        factors = np.frombuffer(stream[_CIPHER_KEY_BYTES:], dtype="<u8").astype(np.uint64)
        self._factors: Words = factors.reshape(_PASSES, ROW_WORDS_MAX + 2, 2)
        self._numbers: list[list[list[int]]] = self._factors.tolist()
        self._long = b"long row" + secret
        # One block at a time, each enciphered by itself: what goes in is different for different rows.
        self._cipher = Cipher(algorithms.AES(stream[:_CIPHER_KEY_BYTES]), modes.ECB())  # noqa: S305 - a permutation of single blocks is what is needed
        self._encrypt = self._cipher.encryptor().update

    def one(self, row: bytes) -> int:
        if len(row) // WORD_BYTES > ROW_WORDS_MAX:
            return int.from_bytes(hashlib.sha256(self._long + row).digest()[:16], "little")
        whole = [row[at : at + WORD_BYTES] for at in range(0, len(row) - WORD_BYTES + 1, WORD_BYTES)]
        words = [len(row), *(int.from_bytes(each, "little") for each in (row[-WORD_BYTES:], *whole))]
        sums = (
            sum(word * first + (word >> _HALF) * second for word, (first, second) in zip(words, factors, strict=False))
            for factors in self._numbers
        )
        block = b"".join((each & _MASK).to_bytes(WORD_BYTES, "little") for each in sums)
        return int.from_bytes(self._encrypt(block), "little")

    def many(self, rows: Block) -> Words:
        """Of every row: two columns, the lower and the upper 64 bits."""
        length = rows.ends - rows.starts
        count = length // WORD_BYTES
        if len(rows) and int(count.min()) > 0 and int(count.max()) <= USUAL_WORDS:
            return self._enciphered(self._sums(rows, length, count))
        result = np.empty((len(rows), 2), dtype=np.uint64)
        for least, most in ((1, USUAL_WORDS), (USUAL_WORDS + 1, ROW_WORDS_MAX)):
            at = np.flatnonzero((count >= least) & (count <= most))
            if len(at):
                result[at] = self._enciphered(self._sums(rows.where(at), length[at], count[at]))
        for each in np.flatnonzero((count < 1) | (count > ROW_WORDS_MAX)).tolist():
            hashed = self.one(rows[each])
            result[each] = (hashed & _MASK, hashed >> 64)
        return result

    def _sums(self, rows: Block, length: Ints, count: Ints) -> list[Words]:
        """Both sums of each row; a word that a row does not have counts as zero and changes nothing."""
        least, most = int(count.min()), int(count.max())
        words = rows.raw_words(rows.starts, most)
        for n in range(least, most):
            words[n] *= count > n
        totals = [length.astype(np.uint64) * factors[0, 0] for factors in self._factors]
        high, product = np.empty_like(totals[0]), np.empty_like(totals[0])
        for n, word in enumerate((rows.raw_words(rows.ends - WORD_BYTES, 1)[0], *words), 1):
            np.right_shift(word, np.uint64(_HALF), out=high)
            for total, (first, second) in zip(totals, self._factors[:, n], strict=True):
                np.add(total, np.multiply(word, first, out=product), out=total)
                np.add(total, np.multiply(high, second, out=product), out=total)
        return totals

    def _enciphered(self, sums: list[Words]) -> Words:
        blocks = np.stack(sums, axis=1).astype("<u8", copy=False)
        done = self._cipher.encryptor().update(blocks.tobytes())
        return np.frombuffer(done, dtype="<u8").reshape(-1, _PASSES)
