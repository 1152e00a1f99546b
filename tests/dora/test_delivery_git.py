"""Repositories with exact dates, and the numbers that a person works out from them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.dora.delivery import git as reader
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Rules, Window
from services.dora.delivery.tags import families, select
from tests.dora.repository import NOW, at, build, git

pytestmark = pytest.mark.integration

MARCH = Window(since=at("02T00:00"), until=at("04-01T00:00"), as_of=NOW)
H = 3_600


def measured(folder: Path, *globs: str, rules: Rules | None = None) -> dict[str, Any]:
    history = reader.read_history(folder)
    return report(measure(history, select(history, globs or ("v*",)), window=MARCH, rules=rules))


def test_linear_history_counts_each_commit_from_its_author_date(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author     parents
        a     01T10:00   .
        b     02T10:00   a
        c     02T12:00   b
        d     03T00:00   c
        """,
        refs="""
        ref            target  tagger
        refs/tags/v1   a       01T11:00
        refs/tags/v2   c       02T14:00
        """,
    )
    answer = measured(tmp_path)
    lead = answer["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"], lead["p90_s"]) == (2, 3 * H, 3.8 * H)
    assert lead["waiting"]["commits"] == 1
    assert answer["metrics"]["deployment_frequency"]["n"] == 1


def test_published_example_of_datadog_c2_and_c3(tmp_path: Path) -> None:
    """C1 deployed; C2 15:00 and C3 16:00 on a branch, merge C4 deployed at 19:00: 4 h and 3 h, the merge aside."""
    build(
        tmp_path,
        """
        name  author     parents
        c1    01T10:00   .
        c2    02T15:00   c1
        c3    02T16:00   c2
        c4    02T18:00   c1+c3
        """,
        refs="""
        ref           target  tagger
        refs/tags/v1  c1      01T11:00
        refs/tags/v2  c4      02T19:00
        """,
    )
    answer = measured(tmp_path)
    assert answer["metrics"]["change_lead_time"]["median_s"] == 3.5 * H
    assert answer["exclusions"]["commits"] == {"merge": 1}


def test_parallel_release_lines_ship_a_commit_once(tmp_path: Path) -> None:
    """v1.1 comes after v2.0 from an older line: an adjacent range would count everything between them again."""
    build(
        tmp_path,
        """
        name   author     parents
        a      01T10:00   .
        b      02T10:00   a
        c      02T11:00   b
        fix    03T10:00   a
        main   03T12:00   c
        """,
        refs="""
        ref             target  tagger
        refs/tags/v1.0  a       01T11:00
        refs/tags/v2.0  c       02T12:00
        refs/tags/v1.1  fix     03T11:00
        refs/tags/v2.1  main    03T13:00
        """,
    )
    lead = measured(tmp_path)["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"]) == (4, 1 * H)  # 2, 1, 1 and 1 hours


def test_squash_counts_the_commits_of_the_pull_request(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name    author     parents
        a       01T10:00   .
        one     02T06:00   a
        two     02T08:00   one
        squash  02T11:00   a
        lost    02T11:30   squash
        """,
        messages={"squash": "Add search (#7)", "lost": "Add more (#8)"},
        refs="""
        ref                target  tagger
        refs/tags/v1       a       01T11:00
        refs/tags/v2       lost    02T12:00
        refs/pull/7/head   two     .
        """,
    )
    lead = measured(tmp_path)["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"]) == (3, 4 * H)  # 6 h, 4 h and, where no ref is left, 0.5 h
    assert lead["squash"] == {"commits": 2, "recovered": 1}


REVERT = {"undo": 'Revert "b"\n\nThis reverts commit {b}.'}


def test_revert_of_something_shipped_is_a_failure_and_recovers_it(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        undo  02T13:00  b
        """,
        messages=REVERT,
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  b       02T12:00
        refs/tags/v3  undo    02T14:00
        """,
    )
    answer = measured(tmp_path)
    rate = answer["metrics"]["change_fail_rate"]
    assert (rate["numerator"], rate["denominator"], rate["by_grade"]) == (1, 2, {"revert": 1})
    assert rate["without_remediations"]["value"] == 1.0
    assert answer["metrics"]["failed_deployment_recovery_time"]["median_s"] == 2 * H
    assert answer["metrics"]["deployment_rework_rate"]["value"] == 0.5
    assert [(link["failed"], link["fix"]) for link in answer["failures"]] == [("tag:v2", "tag:v3")]


def test_revert_before_shipping_is_no_failure(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        undo  02T13:00  b
        """,
        messages=REVERT,
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  undo    02T14:00
        """,
    )
    answer = measured(tmp_path)
    assert answer["metrics"]["change_fail_rate"]["value"] == 0.0
    assert answer["exclusions"]["links"] == {"reverted_before_it_shipped": 1}


def test_octopus_merge_cherry_pick_and_clock_skew(tmp_path: Path) -> None:
    """A cherry-pick is a commit of its own with the author date of its original; a date after shipping is counted."""
    build(
        tmp_path,
        """
        name   author     parents   commit
        a      01T10:00   .         .
        x      02T08:00   a         .
        y      02T09:00   a         .
        z      05T00:00   a         .
        all    02T11:00   a+x+y+z   .
        pick   02T09:00   all       02T20:00
        """,
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  all     02T12:00
        refs/tags/v3  pick    02T21:00
        """,
    )
    answer = measured(tmp_path)
    lead = answer["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"], lead["by_committer_date"]["median_s"]) == (3, 4 * H, 3 * H)
    assert answer["exclusions"]["commits"] == {"merge": 1, "negative": 1}


def test_seed_gap_and_change_of_tag_family_are_counted_not_shipped(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author        parents
        old   01-01T10:00   .
        a     01-01T12:00   old
        b     02T10:00      a
        c     15T10:00      b
        """,
        refs="""
        ref                 target  tagger
        refs/tags/build-1   old     01-01T11:00
        refs/tags/v1.0      b       10T10:00
        refs/tags/v1.1-rc1  c       15T10:30
        refs/tags/v1.1      c       15T11:00
        """,
    )
    only = measured(tmp_path, "v*")
    assert only["exclusions"]["commits"] == {"seed_deployment": 3}
    both = measured(tmp_path, "v*", "build-*")
    assert both["exclusions"]["commits"] == {"deployment_after_a_gap": 2}
    assert both["metrics"]["change_lead_time"]["median_s"] == 1 * H
    assert families(reader.read_history(tmp_path).tags) == {"v#": 2, "build-#": 1, "v#-rc#": 1}


def test_lightweight_tag_is_dated_by_its_name_or_says_that_it_only_has_its_commit(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author    parents
        a     02T10:00  .
        """,
        refs="""
        ref                              target  tagger
        refs/tags/release-20260303-1412  a       .
        refs/tags/release-7              a       .
        refs/tags/release-8              a       04T10:00
        """,
    )
    found = select(reader.read_history(tmp_path), ["release-*"])
    assert [(each.version, each.at, each.time_quality) for each in found] == [
        ("release-20260303-1412", at("03T14:12"), "name"),
        ("release-7", at("02T10:00"), "commit"),
        ("release-8", at("04T10:00"), "tagger"),
    ]


def test_hotfix_tag_says_that_the_deployment_before_it_failed(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        fix   02T12:00  b
        """,
        refs="""
        ref                    target  tagger
        refs/tags/v1           a       01T11:00
        refs/tags/v2           b       02T11:00
        refs/tags/v2.1-hotfix  fix     02T12:30
        """,
    )
    answer = measured(tmp_path)
    assert answer["metrics"]["change_fail_rate"]["by_grade"] == {"rule": 1}
    assert answer["metrics"]["failed_deployment_recovery_time"]["median_s"] == 1.5 * H


def test_shallow_clone_and_other_folders_are_refused_with_the_way_out(tmp_path: Path) -> None:
    build(
        tmp_path / "whole",
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        """,
    )
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{tmp_path}/whole", str(tmp_path / "shallow"))
    with pytest.raises(reader.GitError, match=r"shallow clone.*--unshallow"):
        reader.read_history(tmp_path / "shallow")
    (tmp_path / "empty").mkdir()
    with pytest.raises(reader.GitError, match="not a git repository"):
        reader.read_history(tmp_path / "empty")
    with pytest.raises(reader.GitError, match="not a folder"):
        reader.read_history(tmp_path / "nowhere")


def test_nothing_of_the_repository_runs(tmp_path: Path) -> None:
    """A configuration from elsewhere may name programs; reading must not start one."""
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        """,
    )
    mark = tmp_path / "ran"
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "core.sshCommand"):
        git(tmp_path, "config", name, f"touch {mark}")
    git(tmp_path, "config", "log.showSignature", "true")
    hook = tmp_path / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    hook.chmod(0o755)
    assert len(reader.read_history(tmp_path).commits) == 1
    assert not mark.exists()


def test_incremental_reading_brings_only_what_is_new(tmp_path: Path) -> None:
    shas = build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        """,
    )
    assert set(reader.read_history(tmp_path, since=[shas["a"]]).commits) == {shas["b"]}


def test_assignment_equals_what_git_itself_says(tmp_path: Path) -> None:
    """The brute force: `git rev-list TAG --not EARLIER-TAGS` per tag."""
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        c     02T11:00  a
        d     03T10:00  b+c
        e     03T11:00  b
        f     04T10:00  d+e
        """,
        refs="""
        ref           target  tagger
        refs/tags/v1  b       02T12:00
        refs/tags/v2  e       03T12:00
        refs/tags/v3  d       03T13:00
        refs/tags/v4  f       04T12:00
        """,
    )
    history = reader.read_history(tmp_path)
    made = measure(history, select(history, ["v*"]), window=MARCH)
    for number in range(1, 5):
        earlier = [f"^v{each}" for each in range(1, number)]
        told = subprocess.run(
            ["git", "-C", str(tmp_path), "rev-list", f"v{number}", *earlier], check=True, capture_output=True, text=True
        ).stdout.split()
        assert sorted(made.shipped.commits[f"tag:v{number}"]) == sorted(told)
