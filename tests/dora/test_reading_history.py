"""Reading a history in halves and column by column gives what reading it whole and commit by commit gives."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dora.delivery import git as reader
from services.dora.delivery import gitlog
from services.dora.delivery.model import Commit

FRAGMENTS = st.sampled_from(
    [
        *('Revert "Add it"', "This reverts commit 1234567.", "This reverts commit", "Fixes-deployment: 1.4.0", "(#12)"),
        *("fixes-Deployment: 7", "See merge request a/b!9", "deployment:", "\n", "\n\n", "word", " ", "é", "\x1f", ")"),
        *("Merge pull request #5 from ", "Merge pull request '", "' (#5) from ", "Merge pull request #5 in A/b from "),
        *("Merged in search (pull request #5)", "eva/search", " into main", " to main"),
    ]
)
MESSAGES = st.lists(FRAGMENTS, max_size=6).map("".join)
RECORDS = st.tuples(
    st.lists(st.sampled_from(["a" * 40, "b" * 40, "c" * 64]), max_size=3, unique=True).map(tuple),
    st.integers(-10, 2**40),
    st.integers(0, 2**40),
    st.sampled_from(["", "eva@example.org", "luz@example.org"]),
    MESSAGES,
)


@pytest.mark.unit
@given(st.lists(RECORDS, max_size=12), st.integers(1, 400))
def test_column_by_column_is_commit_by_commit(
    records: Sequence[tuple[tuple[str, ...], int, int, str, str]], size: int
) -> None:
    raw = b"".join(
        "\0".join([f"{at:040x}", " ".join(parents), str(author_s), str(commit_s), author, message, ""]).encode()
        for at, (parents, author_s, commit_s, author, message) in enumerate(records)
    )
    chunks = [raw[start : start + size] for start in range(0, len(raw), size)]
    expected = [gitlog.read(f"{at:040x}", *record) for at, record in enumerate(records)]
    assert list(gitlog.commits(chunks)) == expected


@pytest.mark.integration
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_two_halves_are_the_whole(data: st.DataObject) -> None:
    """Any graph, clocks that run backwards, refs anywhere: two gits read together what one reads."""
    count = data.draw(st.integers(1, 30))
    stream = ""
    for mark in range(1, count + 1):
        parents = data.draw(st.lists(st.integers(1, mark - 1), max_size=3, unique=True)) if mark > 1 else []
        at = data.draw(st.integers(1, 60)) * 3_600
        stream += (
            f"reset refs/heads/x\ncommit refs/heads/x\nmark :{mark}\ncommitter E <e@e.org> {at} +0000\ndata 1\nx\n"
        )
        stream += "".join(f"{'merge' if place else 'from'} :{each}\n" for place, each in enumerate(parents))
    for place, mark in enumerate(data.draw(st.lists(st.integers(1, count), min_size=1, max_size=8))):
        stream += f"reset refs/{data.draw(st.sampled_from(['heads', 'tags']))}/r{place}\nfrom :{mark}\n\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["git", "init", "--quiet", "--bare", name], check=True)
        command = ["git", "-C", name, "fast-import", "--quiet", "--force"]
        subprocess.run(command, check=True, input=stream.encode())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reader, "TIPS_MIN", 2)
            found = reader.read_history(folder)
        words = ["git", "-C", name, "log", "--all", "-z", f"--format={gitlog.FORMAT}"]
        whole = list(gitlog.commits([subprocess.run(words, check=True, capture_output=True).stdout]))
    assert found.commits == {commit.sha: commit for commit in whole}
    assert all(isinstance(commit, Commit) for commit in found.commits.values())
