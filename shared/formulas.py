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
INNER_START = re.compile('([;\t\r\n|][\\s"]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])')


def neutral(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would calculate."""
    if text.isalnum():
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
