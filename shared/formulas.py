"""Cells of files that spreadsheets open: a text must never become a formula. Pure.

Where a spreadsheet takes another separator than the comma (`;` in Spain), the middle of a cell becomes the beginning of
one, and is neutralised, too.
"""

import re
import unicodedata

# What a spreadsheet takes as the beginning of a formula, wide forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# What a spreadsheet leaves out before it looks: blanks, controls, byte order marks, direction marks.
SKIPPED = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})
# The same in the middle of a cell: after another separator, quotes and what is skipped.
INNER_BLANK = r"[\s\"\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
INNER_START = re.compile(rf"([;\t\r\n|]{INNER_BLANK}*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
HARMLESS = re.compile(r"[0-9A-Za-z][^;\t\r\n|]*")  # nearly every cell, and told in one look


def neutral(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would calculate."""
    if HARMLESS.fullmatch(text):
        return text
    shown = INNER_START.sub(r"\1'", text)
    return f"'{shown}" if _starts_formula(shown) else shown


def _starts_formula(text: str) -> bool:
    for char in text:
        if char in FORMULA_STARTS:
            return True
        if char.isalnum() or unicodedata.category(char) not in SKIPPED:
            return False
    return False
