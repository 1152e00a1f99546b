"""The arithmetic of the audit chain: links, anchors, and where either breaks. No clock, no database, no file.

Each link is SHA-256(link before, canonical text of the event). A chain alone proves little: its tail can be cut, and
all of it recomputed. So its heads are anchored outside the database, under a key that the database never sees.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

BreakKind = Literal[
    "CHANGED",  # the event, its seal or the seal before is not what was sealed
    "EVENT_MISSING",  # sealed, and gone
    "SEAL_MISSING",  # the numbering of the chain has a hole
    "NEVER_SEALED",  # an event that did not come through the recording function
    "ANCHOR_DIFFERS",  # the chain was recomputed: it holds together, and is not the one that was anchored
    "CUT",  # the chain ends before a place that was anchored
    "OTHER_CHAIN",  # the anchors belong to a trail that is no longer there
    "ANCHOR_FORGED",  # a line of the anchors file was changed, or one before it was taken out
    "ANCHORS_MISSING",  # nothing outside the database vouches for the chain
]
BREAKS_MAX = 100  # the first is what matters; a hundred show how far the damage goes


@dataclass(frozen=True, slots=True)
class Link:
    """One sealed event as the database has it now. `canonical` None: the event is gone."""

    position: int
    event_id: int
    hash: bytes
    canonical: str | None


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the trail is not what it was. `position` None: the event is not part of the chain."""

    kind: BreakKind
    position: int | None
    event_id: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain as it was noted outside the database."""

    chain: str
    position: int
    hash: str
    at: str
    mac: str = ""

    def message(self, mac_before: str) -> bytes:
        return json.dumps([mac_before, self.chain, self.position, self.hash, self.at]).encode()

    def line(self) -> str:
        fields = {"chain": self.chain, "position": self.position, "hash": self.hash, "at": self.at, "mac": self.mac}
        return json.dumps(fields) + "\n"


@dataclass(slots=True)
class Walk:
    """Walks the chain from the link at `position` on, collecting breaks."""

    position: int
    hash: bytes
    breaks: list[Break] = field(default_factory=list)

    def follow(self, links: Iterable[Link]) -> None:
        """Go over the next links in the order of their positions."""
        for link in links:
            if link.position != self.position + 1:
                missing = f"{self.position + 1} to {link.position - 1}"
                self._note("SEAL_MISSING", self.position + 1, None, f"The seals {missing} are gone.")
            elif link.canonical is None:
                self._note("EVENT_MISSING", link.position, link.event_id, "The event was sealed and is gone.")
            elif next_hash(self.hash, link.canonical) != link.hash:
                self._note("CHANGED", link.position, link.event_id, "The event or its seal was changed.")
            self.position, self.hash = link.position, link.hash

    def _note(self, kind: BreakKind, position: int, event_id: int | None, detail: str) -> None:
        if len(self.breaks) < BREAKS_MAX:
            self.breaks.append(Break(kind, position, event_id, detail))


def genesis(chain: str) -> bytes:
    """What stands before the first link."""
    return hashlib.sha256(f"iact audit chain {chain}".encode()).digest()


def next_hash(before: bytes, canonical: str) -> bytes:
    return hashlib.sha256(before + canonical.encode()).digest()


def signed(anchor: Anchor, key: bytes, mac_before: str) -> Anchor:
    """The anchor with its code, which also covers the line before: none can be taken out of the middle."""
    mac = hmac.digest(key, anchor.message(mac_before), "sha256").hex()
    return Anchor(anchor.chain, anchor.position, anchor.hash, anchor.at, mac)


def forged_line(anchors: Sequence[Anchor], key: bytes) -> int | None:
    """The first line (from 1) whose code is not right; None when all are."""
    before = ""
    for number, anchor in enumerate(anchors, start=1):
        right = hmac.digest(key, anchor.message(before), "sha256").hex()
        if not hmac.compare_digest(right, anchor.mac):
            return number
        before = anchor.mac
    return None


def compare(anchors: Iterable[Anchor], *, chain: str, head: int, hashes: dict[int, bytes]) -> list[Break]:
    """Where the chain is not the one that was anchored; `hashes` has the chain's own at the anchored positions."""
    breaks: list[Break] = []
    good = 0
    for anchor in anchors:
        if anchor.chain != chain:
            detail = f"The anchor of {anchor.at} is of the chain {anchor.chain}; the database holds {chain}."
            breaks.append(Break("OTHER_CHAIN", anchor.position, None, detail))
        elif anchor.position > head:
            detail = f"The chain ends at {head}; on {anchor.at} it reached {anchor.position}."
            breaks.append(Break("CUT", head + 1, None, detail))
        elif anchor.position in hashes and hashes[anchor.position].hex() != anchor.hash:
            detail = f"Between {good + 1} and {anchor.position} the chain was recomputed after {anchor.at}."
            breaks.append(Break("ANCHOR_DIFFERS", good + 1, None, detail))
        else:
            good = anchor.position
            continue
        break  # what follows a broken anchor says nothing new
    return breaks


def parse_anchors(text: str) -> tuple[list[Anchor], int | None]:
    """The anchors of a file and the first line that is none. A last line without an end is a crash, not a forgery."""
    anchors: list[Anchor] = []
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            fields = json.loads(line)
            anchors.append(
                Anchor(
                    str(fields["chain"]),
                    int(fields["position"]),
                    str(fields["hash"]),
                    str(fields["at"]),
                    str(fields["mac"]),
                )
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return anchors, number
    return anchors, None
