"""Texts of callers' menus made fit for a page or a worksheet, whatever stands in them. Pure.

Nothing is left out silently: what cannot be shown is seen as a mark.
"""

import unicodedata
from typing import Final

MARK: Final = "\ufffd"
# Line ends and tabs are shown as a blank; every other control, surrogate, noncharacter or direction override is a mark.
UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
SAFE_END: Final = "\u017f"  # Latin letters with every accent of Europe, which each font has
PUNCTUATION: Final = frozenset("\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2022\u20ac\u2122")


def for_paper(text: str, *, latin_only: bool = False) -> str:
    """The text as one line that a typesetter takes; with `latin_only` without what its font may lack."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char, latin_only=latin_only) for char in text)


def _shown(char: str, *, latin_only: bool) -> str:
    if char.isspace():
        return " "
    if unicodedata.category(char) in UNSHOWN or (latin_only and char > SAFE_END and char not in PUNCTUATION):
        return MARK
    return char


def for_worksheet(text: str, units_max: int) -> str:
    """The text without lone surrogates and of at most `units_max` UTF-16 units: so worksheets count."""
    if text.isascii():
        return text[:units_max]
    raw = text.encode("utf-16-le", "surrogatepass")[: 2 * units_max]
    return raw.decode("utf-16-le", "replace")
