"""Reads what `git log -z` prints into commits. Pure; a message is decoded with replacement and never trusted."""

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from services.dora.delivery.model import Commit

# Six fields, each ended by NUL under `-z`: a message cannot hold one.
FORMAT = "%H%x00%P%x00%at%x00%ct%x00%ae%x00%B"
FIELDS = 6
MESSAGE_CHARS_MAX = 20_000  # a revert or a trailer stands within; a longer message is somebody's log file

SUBJECT_CHARS_MAX = 200  # what a list shows of it

REVERT_SHA = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
REVERT_TITLE = re.compile(r'^Revert "(.+)"(?: \(#\d+\))?$')
FIXES = re.compile(r"^Fixes-deployment: *(\S{1,200})$", re.IGNORECASE | re.MULTILINE)
PULL = re.compile(r"\(#(\d{1,9})\)$")
MERGE_REQUEST = re.compile(r"^See merge request (?:\S+)?!(\d{1,9})$", re.MULTILINE)


Record: TypeAlias = tuple[str, str, str, str, str, str]


def fields(chunks: Iterable[bytes]) -> Iterator[Record]:
    """Records of FIELDS fields from chunks cut anywhere. ValueError when the last one is cut short.

    Decoded a chunk at a time, not a field at a time: a decoder never takes NUL for a part of a broken character.
    """
    pending: list[str] = []
    rest = b""
    for chunk in chunks:
        whole, ended, rest = (rest + chunk).rpartition(b"\0")
        if not ended:
            continue
        pending += whole.decode("utf-8", "replace").split("\0")
        full = len(pending) - len(pending) % FIELDS
        each = iter(pending[:full])
        yield from zip(each, each, each, each, each, each, strict=True)
        del pending[:full]
    if rest or pending:
        raise ValueError("the log ends in the middle of a commit")


def commits(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """The commits of a log printed with FORMAT and `-z`."""
    authors: dict[str, str] = {}  # a few names stand in a hundred thousand commits: each is kept once
    for sha, parents, author_s, commit_s, author, message in fields(chunks):
        kept = authors.setdefault(author, author)
        yield read(sha, parents, int(author_s or 0), int(commit_s or 0), kept, message)


def read(sha: str, parents: str, author_s: int, commit_s: int, author: str, message: str) -> Commit:
    """One commit; only messages that hold one of the words are searched."""
    subject = message.partition("\n")[0].rstrip()
    names, title = tuple(parents.split(" ")) if parents else (), subject[:SUBJECT_CHARS_MAX]
    # Most messages hold none of the words, and are not searched at all.
    if not (
        subject.endswith(")")
        or subject.startswith("Revert ")
        or "This reverts commit" in message
        or "eployment:" in message
        or "DEPLOYMENT:" in message
        or "See merge request" in message
    ):
        return Commit(sha, names, author_s, commit_s, author, title)
    text = message[:MESSAGE_CHARS_MAX]
    numbered = PULL.search(subject) or MERGE_REQUEST.search(text)
    titled = REVERT_TITLE.match(subject)
    return Commit(
        sha,
        names,
        author_s,
        commit_s,
        author,
        title,
        reverts=tuple(REVERT_SHA.findall(text)),
        reverts_title=titled and titled[1],
        fixes=tuple(FIXES.findall(text)),
        pull=None if numbered is None else int(numbered[1]),
    )
