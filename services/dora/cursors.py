"""The place in a list where the next page begins, as an opaque text. Pure."""

import base64
import binascii
from datetime import datetime


class BadCursorError(ValueError):
    """This cursor does not come from this list."""


def encode(occurred_at: datetime, deployment_id: int) -> str:
    """The cursor that stands on this row."""
    text = f"{occurred_at.isoformat()} {deployment_id}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(cursor: str) -> tuple[datetime, int]:
    """The row on which a cursor stands; BadCursorError for anything that `encode` did not make."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        time, _, number = text.partition(" ")
        place = datetime.fromisoformat(time), int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadCursorError from error
    if place[0].tzinfo is None or encode(*place) != cursor:
        raise BadCursorError
    return place
