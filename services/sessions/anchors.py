"""The anchors file: heads of the audit chain, outside the database, under a key that the database never sees.

One line each, only ever added. Several processes of one machine share the file under a lock; instances on other
machines keep files of their own, and each stands alone.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.sessions.audit_chain import Anchor, parse_anchors, signed

TAIL_BYTES = 4_096  # a line has some 300


class UnreadableAnchors(Exception):  # noqa: N818 - reads as what it is
    """The last line of the anchors file is none of ours: damage, or somebody's work; verifying tells where."""


@dataclass(frozen=True, slots=True)
class AnchorFile:
    path: Path
    key: bytes

    def last(self) -> Anchor | None:
        """The newest anchor; None when there is none. Raises UnreadableAnchors."""
        try:
            with self.path.open("rb") as file:
                return _last(file.fileno())
        except FileNotFoundError:
            return None

    def append(self, anchor: Anchor) -> Anchor:
        """Add an anchor and wait until it is on the disk. One that is not beyond the last is left out.

        Raises UnreadableAnchors: nothing is hung on to a line that nobody can verify.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(self.path) as descriptor:
            before = _last(descriptor)
            if before is not None and before.chain == anchor.chain and before.position >= anchor.position:
                return before
            made = signed(anchor, self.key, "" if before is None else before.mac)
            os.write(descriptor, made.line().encode())
            os.fsync(descriptor)
        return made

    def read(self) -> tuple[list[Anchor], int | None] | None:
        """Every anchor and the first unreadable line; None when there is no file."""
        try:
            return parse_anchors(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _end_half_line(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _end_half_line(descriptor: int) -> None:
    """A crash may have left half a line: it was never acknowledged, so it goes."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(descriptor, size - len(tail) + tail.rfind(b"\n") + 1)


def _last(descriptor: int) -> Anchor | None:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))
    lines = tail.split(b"\n")[:-1]
    if not lines:
        return None
    anchors, unreadable = parse_anchors(lines[-1].decode("utf-8", "replace") + "\n")
    if unreadable is not None:
        raise UnreadableAnchors("The last line of the anchors file cannot be read.")
    return anchors[0]
