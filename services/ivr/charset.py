"""Text as a source wrote it: UTF-8, or Windows-1252, in which spreadsheets and old exports write Spanish. Pure.

Only what people read is decoded; rows are compared and counted as the bytes that they are.
"""

import re
from typing import Final

# What begins every Spanish letter that is not ASCII, in UTF-8: as the last byte it says that the rest was cut off.
_FIRST_OF_TWO: Final = (b"\xc2", b"\xc3")
_NO_LETTER: Final = re.compile(rb"[\xfe\xff]")  # of no text in Spanish; bytes that were never text are full of them


def readable(raw: bytes) -> str:
    """The text. Damaged bytes, and letters that a narrow column cut off, become U+FFFD."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        is_utf8 = raw.endswith(_FIRST_OF_TWO) or not raw.decode("utf-8", "ignore").isascii()
        damaged = is_utf8 or _NO_LETTER.search(raw) is not None
        return raw.decode("utf-8" if damaged else "cp1252", "replace")
