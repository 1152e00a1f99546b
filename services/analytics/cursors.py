"""Where a page ended, as text: the keys of its last row and a digest of the question they belong to.

A cursor holds nothing that its page did not show, and its values are bound as parameters, so it needs no secret.
"""

import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.analytics.columns import Column, SqlType
from services.analytics.question import INTEGER_MAX, Cell, Question, storable
from shared.errors import Unprocessable, unprocessable

DIGEST_LENGTH = 16
FLOAT_MAX = sys.float_info.max


def write_cursor(question: Question, values: Sequence[Cell]) -> str:
    cells = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return encode([_digest(question), *cells])


def read_cursor(cursor: str, question: Question, columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The keys of the row to go on after. Raises Unprocessable when the cursor is of another question or made up."""
    digest, *cells = decode(cursor) or [None]
    if digest != _digest(question) or len(cells) != len(columns):
        raise unfit()
    return tuple(typed(cell, column.sql_type) for cell, column in zip(cells, columns, strict=True))


def encode(content: list[Any]) -> str:
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(cursor: str) -> list[Any]:
    """What `encode` was given. Raises Unprocessable for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise unfit() from error
    if not isinstance(content, list):
        raise unfit()
    return content


def typed(cell: Any, sql_type: SqlType) -> Cell:
    """The cell as PostgreSQL's type, refused when it is of another one."""
    match sql_type, cell:
        case _, None:
            return None
        case "timestamptz", str():
            return _instant(cell)
        case "text", str() if storable(cell):
            return cell
        case "boolean", bool():
            return cell
        case "bigint", int() if not isinstance(cell, bool) and abs(cell) <= INTEGER_MAX:
            return cell
        case "float8", int() | float() if not isinstance(cell, bool) and not abs(cell) > FLOAT_MAX:
            return float(cell)
    raise unfit()


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise unfit() from error
    if instant.tzinfo is None:
        raise unfit()
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise unfit() from error


def unfit() -> Unprocessable:
    return unprocessable("cursor", "this cursor belongs to another question; ask the first page again")


def _digest(question: Question) -> str:
    # The page's size may change on the way; what is asked may not.
    asked = replace(question, after=None, limit=0, totals=False)
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:DIGEST_LENGTH]
