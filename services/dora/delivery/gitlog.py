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
# A message that holds none of them, and whose subject is nothing special, is not searched.
WORDS = ("This reverts commit", "eployment:", "DEPLOYMENT:", "See merge request")


def blocks(chunks: Iterable[bytes]) -> Iterator[tuple[Iterable[Record], tuple[str, ...]]]:
    """Records of FIELDS fields from chunks cut anywhere, chunk by chunk, and which of the WORDS stand in them at all.

    Decoded a chunk at a time, not a field at a time: a decoder never takes NUL for a part of a broken character.
    ValueError when the last record is cut short.
    """
    pending: list[str] = []
    seen: set[str] = set()
    rest = b""
    for chunk in chunks:
        whole, ended, rest = (rest + chunk).rpartition(b"\0")
        if not ended:
            continue
        text = whole.decode("utf-8", "replace")
        pending += text.split("\0")
        full = len(pending) - len(pending) % FIELDS
        each = iter(pending[:full])
        found = {word for word in WORDS if word in text}
        seen |= found
        yield zip(each, each, each, each, each, each, strict=True), tuple(seen)
        if full:  # what is pending now came with this chunk
            seen = found
        del pending[:full]
    if rest or pending:
        raise ValueError("the log ends in the middle of a commit")


def fields(chunks: Iterable[bytes]) -> Iterator[Record]:
    """Records of FIELDS fields from chunks cut anywhere. ValueError when the last one is cut short."""
    for records, _ in blocks(chunks):
        yield from records


def commits(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """The commits of a log printed with FORMAT and `-z`."""
    authors: dict[str, str] = {}  # a few names stand in a hundred thousand commits: each is kept once
    made = tuple.__new__  # what Commit(...) ends in, without the names of eleven fields each time
    for records, words in blocks(chunks):
        for sha, parents, author_s, commit_s, author, message in records:
            kept = authors.setdefault(author, author)
            subject = message.partition("\n")[0].rstrip()
            names = tuple(parents.split(" ")) if parents else ()
            authored, committed = int(author_s or 0), int(commit_s or 0)
            if subject[-1:] == ")" or subject[:7] == "Revert " or (words and any(word in message for word in words)):
                yield read(sha, names, authored, committed, kept, message)
            else:
                title = subject[:SUBJECT_CHARS_MAX]
                yield made(Commit, (sha, names, authored, committed, kept, title, (), None, (), None))


def read(sha: str, parents: tuple[str, ...], author_s: int, commit_s: int, author: str, message: str) -> Commit:
    """One commit whose message is searched for what it undoes, fixes or merges."""
    subject = message.partition("\n")[0].rstrip()
    text = message[:MESSAGE_CHARS_MAX]
    numbered = PULL.search(subject) or MERGE_REQUEST.search(text)
    titled = REVERT_TITLE.match(subject)
    return Commit(
        sha,
        parents,
        author_s,
        commit_s,
        author,
        subject[:SUBJECT_CHARS_MAX],
        reverts=tuple(REVERT_SHA.findall(text)),
        reverts_title=titled and titled[1],
        fixes=tuple(FIXES.findall(text)),
        pull=None if numbered is None else int(numbered[1]),
    )
