"""Which form of answer a client prefers, from its Accept header. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from shared.errors import NotAcceptable


class Form(StrEnum):
    JSON = "application/json"
    CSV = "text/csv"


def preferred(accept: str | None, offered: Sequence[Form]) -> Form:
    """The offered form with the highest quality; the first one when the client does not care. Raises NotAcceptable."""
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_media_range(part) for part in accept.split(",")]
    quality = {form: max((_quality(ranges, form)), default=0.0) for form in offered}
    best = max(offered, key=lambda form: quality[form])
    if quality[best] <= 0:
        raise NotAcceptable(f"This call answers as {' or '.join(offered)}.")
    return best


def _quality(ranges: Sequence[tuple[str, float]], form: Form) -> list[float]:
    """The quality of the most specific range that fits: `text/csv;q=0` refuses csv even beside `*/*`."""
    kinds = (form.value, f"{form.value.split('/')[0]}/*", "*/*")
    for kind in kinds:
        found = [quality for media, quality in ranges if media == kind]
        if found:
            return found
    return []


def _media_range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return media, float(quality)
    except ValueError:
        return media, 0.0
