"""Reads what `git log -z` prints into commits. Pure; a message is decoded with replacement and never trusted."""

import re
from collections.abc import Iterable, Iterator

from services.dora.delivery.model import Commit

# Six fields, each ended by NUL under `-z`: a message cannot hold one.
FORMAT = "%H%x00%P%x00%at%x00%ct%x00%ae%x00%B"
FIELDS = 6
MESSAGE_CHARS_MAX = 20_000  # a revert or a trailer stands within; a longer message is somebody's log file

REVERT_SHA = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
REVERT_TITLE = re.compile(r'^Revert "(.+)"(?: \(#\d+\))?$')
FIXES = re.compile(r"^Fixes-deployment: *(\S{1,200})$", re.IGNORECASE | re.MULTILINE)
PULL = re.compile(r"\(#(\d{1,9})\)$")
MERGE_REQUEST = re.compile(r"^See merge request (?:\S+)?!(\d{1,9})$", re.MULTILINE)


def fields(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Records of FIELDS fields from chunks cut anywhere. ValueError when the last one is cut short."""
    pending: list[bytes] = []
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        pending += whole
        full = len(pending) - len(pending) % FIELDS
        for start in range(0, full, FIELDS):
            yield pending[start : start + FIELDS]
        del pending[:full]
    if rest or pending:
        raise ValueError("the log ends in the middle of a commit")


def commits(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """The commits of a log printed with FORMAT and `-z`."""
    for sha, parents, author_s, commit_s, author, message in fields(chunks):
        yield read(
            sha.decode(), parents.decode(), int(author_s or 0), int(commit_s or 0), author, message[:MESSAGE_CHARS_MAX]
        )


def read(sha: str, parents: str, author_s: int, commit_s: int, author: bytes, message: bytes) -> Commit:
    """One commit; only messages that hold one of the words are searched."""
    text = message.decode("utf-8", "replace")
    subject = text.partition("\n")[0].rstrip()
    plain = Commit(sha, tuple(parents.split()), author_s, commit_s, author.decode("utf-8", "replace"), subject[:200])
    numbered = PULL.search(subject) if subject.endswith(")") else None
    if numbered is None and "See merge request" in text:
        numbered = MERGE_REQUEST.search(text)
    pull = None if numbered is None else int(numbered[1])
    titled = REVERT_TITLE.match(subject) if subject.startswith("Revert ") else None
    reverts = tuple(REVERT_SHA.findall(text)) if "This reverts commit" in text else ()
    fixes = tuple(FIXES.findall(text)) if "ixes-deployment:" in text else ()
    if pull is None and titled is None and not reverts and not fixes:
        return plain
    return plain._replace(pull=pull, reverts=reverts, reverts_title=titled and titled[1], fixes=fixes)
