"""The log of git cut anywhere and holding anything gives the same commits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora.delivery import gitlog
from services.dora.delivery.model import Commit

pytestmark = pytest.mark.unit

LOG = b"".join(
    b"\0".join([sha * 40, parents, b"10", b"20", author, message, b""])
    for sha, parents, author, message in (
        (b"a", b"", b"eva@example.org", b"Add \xc3\xa1rbol \xe2\x82 \xff\n"),
        (b"b", b"a" * 40, b"eva\xc3", b'Revert "Add it" (#12)\n\nThis reverts commit abcdef1.\n'),
        (b"c", b"a" * 40 + b" " + b"b" * 40, b"eva@example.org", b"Merge\n\nSee merge request g/p!7"),
        (b"d", b"c" * 40, b"", b""),
        (b"e", b"d" * 40, b"", b"Repair\n\nFixes-deployment: 1.4.0\n"),
    )
)
COMMITS = [
    Commit("a" * 40, (), 10, 20, "eva@example.org", "Add \xe1rbol \ufffd \ufffd"),
    Commit("b" * 40, ("a" * 40,), 10, 20, "eva\ufffd", 'Revert "Add it" (#12)', ("abcdef1",), "Add it", (), 12),
    Commit("c" * 40, ("a" * 40, "b" * 40), 10, 20, "eva@example.org", "Merge", pull=7),
    Commit("d" * 40, ("c" * 40,), 10, 20, "", ""),
    Commit("e" * 40, ("d" * 40,), 10, 20, "", "Repair", fixes=("1.4.0",)),
]


@given(st.lists(st.integers(0, len(LOG)), max_size=8))
def test_chunks_may_be_cut_anywhere(places: list[int]) -> None:
    edges = [0, *sorted(places), len(LOG)]
    chunks = [LOG[since:until] for since, until in pairwise(edges)]
    assert list(gitlog.commits(chunks)) == COMMITS


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_log_that_ends_within_a_commit_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="in the middle of a commit"):
        list(gitlog.commits([LOG[:-cut]]))


@pytest.mark.parametrize("key", ["Fixes-deployment", "fixes-Deployment", "FIXES-DEPLOYMENT"])
def test_key_of_a_trailer_may_be_written_in_any_case(key: str) -> None:
    commit = gitlog.read("a" * 40, (), 10, 20, "eva@example.org", f"Repair\n\n{key}: 1.4.0\n")
    assert commit.fixes == ("1.4.0",)


@pytest.mark.parametrize(
    ("subject", "pull", "branch"),
    [
        ("Merge pull request #5 from eva/search", 5, "search"),
        ("Merge pull request 'Search' (#5) from search into main", 5, "search"),
        ("Merged in feature/search (pull request #5)", 5, "feature/search"),
        ("Merge pull request #5 in SHOP/shop from feature/search to master", 5, "feature/search"),
        ("Merge pull request #5 in SHOP/shop from ~EVA/shop:search to master", 5, "search"),
        ("Merged in the words that Eva wrote", None, None),
        ("Merge pull request #5 in SHOP/shop", None, None),
    ],
)
def test_forges_name_the_pull_request_and_its_branch(subject: str, pull: int | None, branch: str | None) -> None:
    assert gitlog.read("a" * 40, (), 10, 20, "eva@example.org", f"{subject}\n\nSearch\n").pull == pull
    assert gitlog.merged_branch(subject) == branch
