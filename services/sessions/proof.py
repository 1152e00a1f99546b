"""Verifying the audit trail: the chain link by link, the anchors beside it, and events that were never sealed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anyio import to_thread

from services.sessions.anchors import AnchorFile
from services.sessions.audit_chain import BREAKS_MAX, Anchor, Break, Walk, compare, forged_line, genesis
from services.sessions.store import trail
from services.sessions.store.trail import Head
from shared.postgres import Connection

PAGE_LINKS = 5_000  # hashed in some ten milliseconds, off the event loop
ANCHORS_PAGE = 10_000
# The first anchor follows the first event within a minute; a trail twice as old without one has lost them.
FIRST_ANCHOR_S = 120
EVER = datetime(1, 1, 1, tzinfo=UTC)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and every place (up to a limit) where it is not what it was."""

    chain: str | None
    head: int
    first: int
    last: int
    breaks: tuple[Break, ...]
    anchors: int
    anchored_position: int
    anchored_at: str | None
    waiting: int
    waiting_since: datetime | None

    @property
    def intact(self) -> bool:
        return not self.breaks

    @property
    def complete(self) -> bool:
        """Whether nothing of the trail was left out."""
        return self.first == 1 and self.last == self.head


async def verify(
    conn: Connection,
    file: AnchorFile,
    *,
    first: int = 1,
    last: int | None = None,
    anchors_max: int | None = None,
    progress: Progress | None = None,
) -> Proof:
    """Verify the links `first` to `last` (None: to the end), and the newest anchors (None: all).

    The caller's transaction is one snapshot (REPEATABLE READ), so that the sealer may go on meanwhile.
    """
    await trail.plan_for_values(conn)
    head = await trail.head(conn)
    if head is None:
        lost = Break("OTHER_CHAIN", None, None, "The database does not say any more which chain this is.")
        return Proof(None, 0, 1, 0, (lost,), 0, 0, None, 0, None)
    end = head.position if last is None else min(last, head.position)
    breaks = await _links(conn, head, first, end, progress)
    breaks += await _never_sealed(conn, first)
    anchors, forged = await to_thread.run_sync(_read, file)
    breaks += forged
    breaks += await _anchors(conn, head, anchors if anchors_max is None else anchors[-anchors_max:])
    if not anchors and not forged and await _overdue(conn, head):
        breaks.append(Break("ANCHORS_MISSING", None, None, f"No anchor is left in {file.path}."))
    newest = anchors[-1] if anchors else None
    return Proof(
        chain=head.chain,
        head=head.position,
        first=first,
        last=end,
        breaks=tuple(breaks[:BREAKS_MAX]),
        anchors=len(anchors),
        anchored_position=0 if newest is None else newest.position,
        anchored_at=None if newest is None else newest.at,
        waiting=head.waiting,
        waiting_since=head.waiting_since,
    )


async def _links(conn: Connection, head: Head, first: int, end: int, progress: Progress | None) -> list[Break]:
    before = genesis(head.chain) if first == 1 else (await trail.hashes(conn, [first - 1])).get(first - 1)
    if before is None:
        if first > head.position + 1:
            return []
        return [Break("SEAL_MISSING", first - 1, None, f"The seal {first - 1} is gone.")]
    walk = Walk(first - 1, before)
    while walk.position < end:
        links = await trail.links(conn, after=walk.position, last=end, limit=PAGE_LINKS)
        if not links:
            break
        await to_thread.run_sync(walk.follow, links)
        if progress is not None:
            progress(walk.position, end)
    return walk.breaks


async def _never_sealed(conn: Connection, first: int) -> list[Break]:
    since = EVER if first == 1 else await trail.sealed_since(conn, first)
    found = [] if since is None else await trail.never_sealed(conn, since, BREAKS_MAX)
    return [
        Break("NEVER_SEALED", None, event_id, f"An event of {at.isoformat()} was not recorded by a service.")
        for event_id, at in found
    ]


def _read(file: AnchorFile) -> tuple[list[Anchor], list[Break]]:
    found = file.read()
    if found is None:
        return [], []
    anchors, unreadable = found
    line = forged_line(anchors, file.key) or unreadable
    if line is None:
        return anchors, []
    detail = f"Line {line} of {file.path} was changed, or one before it is gone."
    return anchors, [Break("ANCHOR_FORGED", None, None, detail)]


async def _anchors(conn: Connection, head: Head, anchors: list[Anchor]) -> list[Break]:
    for start in range(0, len(anchors), ANCHORS_PAGE):
        page = anchors[start : start + ANCHORS_PAGE]
        hashes = await trail.hashes(conn, [anchor.position for anchor in page])
        broken = compare(page, chain=head.chain, head=head.position, hashes=hashes)
        if broken:
            return broken
    return []


async def _overdue(conn: Connection, head: Head) -> bool:
    started = await trail.sealed_since(conn, 1)
    return head.position > 0 and (started is None or datetime.now(UTC) - started > timedelta(seconds=FIRST_ANCHOR_S))
