"""Who may see numbers of ingestion: they count the rows of all segments together, and nothing can narrow them."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from shared.errors import Forbidden
from shared.identity import Identity, require


class SegmentForbidden(Forbidden):
    """Your data segment does not reach this data: it counts the rows of all segments together. Whoever administers
    people can change your segment.
    """


def require_whole(function: str) -> Callable[[Identity], Awaitable[Identity]]:
    """FastAPI dependency: a signed-in caller who holds `function` and sees the data of every segment."""

    async def check(identity: Annotated[Identity, Depends(require(function))]) -> Identity:
        if identity.segment is not None:
            raise SegmentForbidden
        return identity

    return check
