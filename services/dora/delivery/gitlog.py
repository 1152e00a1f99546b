"""Reads what `git log -z` prints into commits. Pure; a message is decoded with replacement and never trusted."""

import re
from collections.abc import Iterable, Iterator
from itertools import repeat

from services.dora.delivery.model import Commit

# Six fields, each ended by NUL under `-z`: a message cannot hold one.
FORMAT = "%H%x00%P%x00%at%x00%ct%x00%ae%x00%B"
FIELDS = 6
MESSAGE_CHARS_MAX = 20_000  # a revert or a trailer stands within; a longer message is somebody's log file

SUBJECT_CHARS_MAX = 200  # what a list shows of it

REVERT_SHA = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
REVERT_TITLE = re.compile(r'^Revert "(.+)"(?: \(#\d+\))?$')
FIXES = re.compile(r"^Fixes-deployment: *(\S{1,200})$", re.IGNORECASE | re.MULTILINE)
# At the end of a squash commit of GitHub and Gitea, and of what Bitbucket Cloud merges or squashes.
PULL = re.compile(r"\((?:pull request )?#(\d{1,9})\)$")
MERGED_PULL = re.compile(r"^Merge pull request (?:#(\d{1,9}) (?:in \S+ )?from |'.*' \(#(\d{1,9})\) from )")
# As git, GitHub, Gitea, Bitbucket Server and Bitbucket Cloud word a merge. The branch of a pull request stands behind
# the name of its owner, or of another repository and a colon, which no branch can have in its name.
MERGED_BRANCH = re.compile(
    r"^Merge(?: (?:remote-tracking )?branch '(?:origin/)?([^']+)'"
    r"| pull request #\d{1,9} from [^/\s]+/(\S+)"
    r"| pull request '.*' \(#\d{1,9}\) from (\S+) into "
    r"| pull request #\d{1,9} in \S+ from (?:[^\s:]+:)?(\S+) to "
    r"|d in (\S+) \(pull request #\d{1,9}\)$)"
)
MERGE_REQUEST = re.compile(r"^See merge request (?:\S+)?!(\d{1,9})$", re.MULTILINE)

SUBJECTS = frozenset({"Revert ", "Merge p"})  # how subjects begin that say more
# A message that holds none of them, and whose subject is nothing special, is not searched.
UNDONE, REPAIRING, MERGING = ("This reverts commit",), ("eployment:", "DEPLOYMENT:"), ("See merge request",)
WORDS = (*UNDONE, *REPAIRING, *MERGING)


def commits(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """The commits of a log printed with FORMAT and `-z`, in chunks cut anywhere.

    Decoded a chunk at a time, not a field at a time: a decoder never takes NUL for a part of a broken character.
    ValueError when the last record is cut short.
    """
    authors: dict[str, str] = {}  # a few names stand in a hundred thousand commits: each is kept once
    fields: list[str] = []
    rest = b""
    for chunk in chunks:
        whole, ended, rest = (rest + chunk).rpartition(b"\0")
        if not ended:
            continue
        text = whole.decode("utf-8", "replace")
        fields += text.split("\0")
        full = len(fields) - len(fields) % FIELDS
        # A message is the last field of its commit: none of those that end here began in an earlier text.
        yield from _commits(fields[:full], tuple(word for word in WORDS if word in text), authors)
        del fields[:full]
    if rest or fields:
        raise ValueError("the log ends in the middle of a commit")


def _commits(fields: list[str], words: tuple[str, ...], authors: dict[str, str]) -> list[Commit]:
    """The commits of whole records; `words` are those of WORDS that stand in any of them.

    Column by column, which takes half of the time that going through the commits takes.
    """
    shas, named, authored, committed, people, messages = (fields[place::FIELDS] for place in range(FIELDS))
    parents = [tuple(each.split(" ")) if " " in each else (each,) if each else () for each in named]
    authored_s = [int(each or 0) for each in authored]
    committed_s = [int(each or 0) for each in committed]
    kept = [authors.setdefault(each, each) for each in people]
    subjects = [message.partition("\n")[0].rstrip() for message in messages]
    titles = [subject[:SUBJECT_CHARS_MAX] for subject in subjects]
    plain = repeat(()), repeat(None), repeat(()), repeat(None)
    columns = zip(shas, parents, authored_s, committed_s, kept, titles, *plain, strict=False)
    found: list[Commit] = list(map(tuple.__new__, repeat(Commit), columns))
    telling = [at for at, subject in enumerate(subjects) if subject[-1:] == ")" or subject[:7] in SUBJECTS]
    if words:
        telling += [at for at, message in enumerate(messages) if any(word in message for word in words)]
    for at in telling:
        found[at] = read(shas[at], parents[at], authored_s[at], committed_s[at], kept[at], messages[at])
    return found


def read(sha: str, parents: tuple[str, ...], author_s: int, commit_s: int, author: str, message: str) -> Commit:
    """One commit whose message is searched for what it undoes, fixes or merges."""
    subject = message.partition("\n")[0].rstrip()
    text = message[:MESSAGE_CHARS_MAX]
    # Looking for a word costs a hundredth of looking for a pattern.
    undone, repairing, merging = (any(word in text for word in words) for words in (UNDONE, REPAIRING, MERGING))
    numbered = PULL.search(subject) or MERGED_PULL.match(subject) or (MERGE_REQUEST.search(text) if merging else None)
    titled = REVERT_TITLE.match(subject)
    return Commit(
        sha,
        parents,
        author_s,
        commit_s,
        author,
        subject[:SUBJECT_CHARS_MAX],
        reverts=tuple(REVERT_SHA.findall(text)) if undone else (),
        reverts_title=titled and titled[1],
        fixes=tuple(FIXES.findall(text)) if repairing else (),
        pull=None if numbered is None else int(numbered[numbered.lastindex or 1]),
    )


def merged_branch(subject: str) -> str | None:
    """The branch that a merge commit brought in, as its subject says."""
    found = MERGED_BRANCH.match(subject)
    return None if found is None or found.lastindex is None else found[found.lastindex]
