"""Cells of files that spreadsheets open: a text must never become a formula. Pure."""

# What a spreadsheet takes as the beginning of a formula, wide forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def neutral(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would calculate it."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
