"""Text as a source wrote it: UTF-8, or Windows-1252, in which spreadsheets and old exports write Spanish. Pure.

Only what people read is decoded; rows are compared and counted as the bytes that they are.
"""

from typing import Final

# What begins every Spanish letter that is not ASCII, in UTF-8: as the last byte it says that the rest was cut off.
_FIRST_OF_TWO: Final = (b"\xc2", b"\xc3")


def readable(raw: bytes) -> str:
    """The text. Bytes of UTF-8 that is damaged, or cut off by a narrow column, become U+FFFD, one each."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        damaged = raw.endswith(_FIRST_OF_TWO) or not raw.decode("utf-8", "ignore").isascii()
        return raw.decode("utf-8" if damaged else "cp1252", "replace")
