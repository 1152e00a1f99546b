"""More repositories with exact dates: roll-backs, repairs on a line, reverts of reverts, clocks that are wrong."""

from pathlib import Path
from typing import Any

import pytest

from services.dora.delivery import git as reader
from services.dora.delivery.logs import read_deployments, read_incidents
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Deployment, History, Rules, Window
from services.dora.delivery.quality import quality
from services.dora.delivery.tags import select
from services.dora.measuring import told_of_merges
from tests.dora.logfiles import DEPLOYMENT, INCIDENT, write
from tests.dora.repository import NOW, at, build
from tests.dora.test_delivery_git import H, measured

pytestmark = pytest.mark.integration

MARCH = Window(since=at("02T00:00"), until=at("04-01T00:00"), as_of=NOW)


def evidence(answer: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(link["failed"], link["fix"], link["grade"]) for link in answer["failures"]]


def test_rollback_over_two_versions_blames_the_first_and_ships_nothing(tmp_path: Path) -> None:
    """V1 -> V2 -> V3 -> V1: V2 had replaced V1 and is the failure, the second V1 the repair; then V1 again is none."""
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        c     02T12:00  b
        """,
        refs="""
        ref               target  tagger
        refs/tags/v1      a       01T11:00
        refs/tags/v2      b       02T11:00
        refs/tags/v3      c       02T13:00
        refs/tags/v4-old  a       02T16:00
        refs/tags/v5-old  a       02T17:00
        """,
    )
    answer = measured(tmp_path)
    assert evidence(answer) == [("tag:v2", "tag:v4-old", "rollback")]
    assert answer["metrics"]["failed_deployment_recovery_time"]["median_s"] == 5 * H
    assert answer["metrics"]["change_lead_time"]["n"] == 2
    assert answer["metrics"]["deployment_frequency"]["n"] == 4
    assert answer["metrics"]["deployment_rework_rate"]["value"] == 0.25


def test_repair_picked_to_a_release_line_ships_there_and_again_with_the_main_line(tmp_path: Path) -> None:
    """The copy is a commit of its own: 2 h on the line (10 to 12), the original 6 h on the main line (10 to 16)."""
    build(
        tmp_path,
        """
        name  author    parents  commit
        a     01T10:00  .        .
        b     02T09:00  a        .
        fix   03T10:00  b        .
        pick  03T10:00  a        03T11:00
        main  03T14:00  fix      .
        """,
        refs="""
        ref                      target  tagger
        refs/tags/v1.0           a       01T11:00
        refs/tags/v1.1-hotfix    pick    03T12:00
        refs/tags/v2.0           main    03T16:00
        """,
    )
    answer = measured(tmp_path)
    lead = answer["metrics"]["change_lead_time"]
    # pick 2, main 2, fix 6 and b 31 hours.
    assert (lead["n"], lead["median_s"], lead["p75_s"]) == (4, 4 * H, 12.25 * H)
    assert answer["metrics"]["deployment_rework_rate"]["numerator"] == 1
    # v1.0, which the repair blames, was deployed before the window.
    assert answer["metrics"]["change_fail_rate"]["value"] == 0.0


def test_revert_of_a_revert_is_no_failure_and_a_merge_can_be_reverted(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name   author    parents
        a      01T10:00  .
        x      02T08:00  a
        merge  02T10:00  a+x
        undo   02T13:00  merge
        redo   02T15:00  undo
        """,
        messages={
            "undo": 'Revert "merge"\n\nThis reverts commit {merge}, reversing\nchanges made to {a}.',
            "redo": 'Revert "Revert "merge""\n\nThis reverts commit {undo}.',
        },
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  merge   02T12:00
        refs/tags/v3  undo    02T14:00
        refs/tags/v4  redo    02T16:00
        """,
    )
    answer = measured(tmp_path)
    assert evidence(answer) == [("tag:v2", "tag:v3", "revert")]
    assert answer["exclusions"]["links"] == {"revert_of_a_revert": 1}
    assert answer["metrics"]["failed_deployment_recovery_time"]["median_s"] == 2 * H


def test_trailer_names_the_deployment_that_failed(tmp_path: Path) -> None:
    build(
        tmp_path,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        c     02T12:00  b
        d     02T14:00  c
        """,
        messages={"d": "Count again\n\nFixes-deployment: v2\nFixes-deployment: v9\n"},
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  b       02T11:00
        refs/tags/v3  c       02T13:00
        refs/tags/v4  d       02T15:00
        """,
    )
    answer = measured(tmp_path)
    assert evidence(answer) == [("tag:v2", "tag:v4", "explicit")]
    assert answer["exclusions"]["links"] == {"trailer_names_no_earlier_deployment": 1}


def test_clocks_that_are_wrong_are_told(tmp_path: Path) -> None:
    """b was committed by a clock two days behind, v3 tagged by one that is two months ahead."""
    build(
        tmp_path,
        """
        name  author    parents  commit
        a     03T10:00  .        .
        b     01T10:00  a        01T10:00
        c     04T10:00  b        .
        """,
        refs="""
        ref           target  tagger
        refs/tags/v1  a       03T11:00
        refs/tags/v2  b       03T12:00
        refs/tags/v3  c       06-30T12:00
        """,
    )
    history = reader.read_history(tmp_path)
    found = measure(history, select(history, ["v*"]), window=MARCH)
    assert quality(history, found, {})["commits_older_than_a_parent"] == 1
    answer = report(found)
    assert answer["exclusions"]["deployments"] == {"in_the_future": 1}
    assert answer["metrics"]["change_lead_time"]["median_s"] == 50 * H
    assert answer["metrics"]["change_lead_time"]["waiting"]["commits"] == 1


def test_deployments_of_the_logs_ship_commits_of_the_repository(tmp_path: Path) -> None:
    shas = build(
        tmp_path / "repository",
        """
        name  author    parents
        a     01T10:00  .
        b     10T10:00  a
        c     11T10:00  b
        """,
    )
    at_noon = {name: f"2026-03-{day}T12:00:00-06:00" for name, day in (("a", "02"), ("b", "10"), ("c", "11"))}
    made = [
        DEPLOYMENT | {"deployment_id": name, "version": None, "commit_sha": shas[name][:10], "timestamp": noon}
        for name, noon in at_noon.items()
    ]
    made[1] |= {"status": "rolled_back", "rolled_back_at": "2026-03-10T15:00:00-06:00"}
    made[2] |= {"fixes": "b", "planned": False}
    lost = DEPLOYMENT | {"deployment_id": "lost", "commit_sha": "0" * 40, "timestamp": "2026-03-12T12:00:00Z"}
    file = write(tmp_path, "deployment_logs", *made, lost)
    history = reader.read_history(tmp_path / "repository")
    read = read_deployments([file], environment="production")
    answer = report(measure(history, read.deployments, window=MARCH))
    # Noon in Mexico is 18:00 UTC: eight hours each; the explicit words agree, the earlier recovery decides.
    assert answer["metrics"]["change_lead_time"]["median_s"] == 8 * H
    assert answer["metrics"]["change_fail_rate"]["by_grade"] == {"explicit": 1}
    assert answer["metrics"]["failed_deployment_recovery_time"]["median_s"] == 3 * H
    assert answer["metrics"]["deployment_rework_rate"]["told_unplanned"] == 1
    assert answer["exclusions"]["commits"]["deployed_commit_not_in_the_repository"] == 1


def test_incidents_are_one_service_s_when_it_is_named(tmp_path: Path) -> None:
    others = INCIDENT | {"incident_id": "i-2", "affected_services": ["ui"]}
    anybody = INCIDENT | {"incident_id": "i-3", "affected_services": []}
    file = write(tmp_path, "incident_logs", INCIDENT | {"affected_services": ["gateway", "ui"]}, others, anybody)
    assert [each.id for each in read_incidents([file], service="gateway")] == ["i-1", "i-3"]
    assert len(read_incidents([file])) == 3


def test_published_example_of_sleuth_counts_deployments_that_were_disturbed() -> None:
    """One incident that disturbs two of 20 deployments makes 10 %, not 5 %: two deployments failed."""
    made = [Deployment(id=str(n), at=at(f"{n + 1:02}T10:00"), version=str(n), fixes=None) for n in range(1, 20)]
    repair = Deployment(id="20", at=at("21T10:00"), version="20", fixes="19")
    withdrawn = Deployment(id="18", at=at("19T10:00"), version="18", rolled_back_at=at("21T10:00"))
    kept = [each for each in made if each.id != "18"]
    answer = report(measure(History({}), [*kept, withdrawn, repair], window=MARCH))
    rate = answer["metrics"]["change_fail_rate"]
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (2, 20, 0.1)


def test_lead_time_of_pull_requests_whether_merged_or_squashed(tmp_path: Path) -> None:
    """#5 merged after 6 and 4 h, #9, into which main was merged before, after 2.5 and 1.5, #7 squashed, 7 and 3."""
    build(
        tmp_path,
        """
        name    author     parents      commit
        a       01T10:00   .            .
        one     02T06:00   a            .
        two     02T08:00   one          .
        direct  02T09:00   a            .
        m5      02T10:00   direct+two   .
        f1      02T09:30   a            .
        update  02T10:10   f1+m5        .
        f2      02T10:30   update       .
        m9      02T10:40   m5+f2        .
        o1      02T05:00   a            .
        o2      02T09:00   o1           .
        s7      02T09:00   m9           02T11:00
        """,
        messages={
            "m5": "Merge pull request #5 from eva/search\n\nSearch",
            "update": "Merge branch 'main' into filters",
            "m9": "Merge pull request 'Filters' (#9) from eva/filters into main",
            "s7": "Add words (#7)",
        },
        refs="""
        ref                target  tagger
        refs/tags/v1       a       01T11:00
        refs/tags/v2       s7      02T12:00
        refs/pull/7/head   o2      .
        """,
    )
    history = reader.read_history(tmp_path)
    found = measure(history, select(history, ["v*"]), window=MARCH)
    assert {history.commits[each.sha].subject: each.pull for each in found.lead.changes} == {
        **dict.fromkeys(["one", "two"], 5),
        **dict.fromkeys(["f1", "f2"], 9),
        **dict.fromkeys(["o1", "o2"], 7),
        "direct": None,
    }
    lead = report(found)["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"]) == (7, 3 * H)
    assert (lead["pull_requests"], lead["per_pull_request_median_s"]) == (3, 5 * H)  # of 5, 2 and 5 hours


@pytest.mark.parametrize(
    ("subject", "branches", "fails"),
    [
        ("Merge branch 'hotfix/tone' into 'main'", None, True),
        ("Merge remote-tracking branch 'origin/Hotfix-tone'", None, True),
        ("Merge pull request #5 from eva/hotfix/tone", None, True),
        ("Merge pull request 'No tone' (#5) from hotfix/tone into main", None, True),
        ("Merged in hotfix/tone (pull request #5)", None, True),
        ("Merge pull request #5 in SHOP/shop from hotfix/tone to master", None, True),
        ("Merge pull request #5 in SHOP/shop from ~EVA/shop:hotfix/tone to master", None, True),
        ("Merge pull request #5 in HOTFIX/shop from tone to master", None, False),
        ("Merge branch 'urgent/tone'", ("urgent/*",), True),
        ("Merge branch 'urgent/tone'", None, False),
        ("Merge branch 'hotfix/tone'", (), False),
        ("Merge branch 'main' into hotfix/tone", None, False),
        ("Add hotfix to the words", None, False),
    ],
)
def test_branch_that_a_merge_brings_says_that_the_deployment_before_failed(
    tmp_path: Path, subject: str, branches: tuple[str, ...] | None, *, fails: bool
) -> None:
    build(
        tmp_path,
        """
        name    author     parents
        a       01T10:00   .
        b       02T10:00   a
        fix     02T12:00   b
        merge   02T12:10   b+fix
        """,
        messages={"merge": subject},
        refs="""
        ref            target  tagger
        refs/tags/v1   a       01T11:00
        refs/tags/v2   b       02T11:00
        refs/tags/v3   merge   02T13:00
        """,
    )
    rules = Rules() if branches is None else Rules(remediation_branches=branches)
    answer = measured(tmp_path, rules=rules)
    assert evidence(answer) == ([("tag:v2", "tag:v3", "rule")] if fails else [])
    assert answer["metrics"]["change_fail_rate"]["numerator"] == int(fails)


GIT_FLOW = (
    """
    name     author     parents
    a        01T10:00   .
    d1       01T12:00   a
    b        02T10:00   a
    fix      02T12:00   b
    main     02T12:10   b+fix
    back     02T12:20   d1+fix
    d2       03T10:00   back
    release  03T12:00   main+d2
    """,
    """
    ref              target   tagger
    refs/tags/v0.9   a        01T11:00
    refs/tags/v1.0   b        02T11:00
    refs/tags/v1.0.1 main     02T13:00
    refs/tags/v1.1   release  03T13:00
    """,
)


def test_merge_of_a_hotfix_back_into_develop_does_not_blame_the_hotfix(tmp_path: Path) -> None:
    """As git-flow merges: into main, which v1.0.1 ships, and into develop, which v1.1 ships with nothing new of it."""
    messages = {"main": "Merge branch 'hotfix/1.0.1' into main", "back": "Merge branch 'hotfix/1.0.1' into develop"}
    build(tmp_path, GIT_FLOW[0], messages=messages, refs=GIT_FLOW[1])
    answer = measured(tmp_path)
    assert evidence(answer) == [("tag:v1.0", "tag:v1.0.1", "rule")]
    assert answer["metrics"]["change_fail_rate"]["numerator"] == 1


def test_told_pull_request_that_brings_a_hotfix_back_does_not_blame_the_hotfix(tmp_path: Path) -> None:
    shas = build(tmp_path, GIT_FLOW[0], refs=GIT_FLOW[1])
    told = [
        {"merge_sha": shas[name], "branch": "hotfix/1.0.1", "labels": ["hotfix"], "merged": True}
        for name in ("main", "back")
    ]
    history = told_of_merges(reader.read_history(tmp_path), told)
    answer = report(measure(history, select(history, ["v*"]), window=MARCH))
    assert set(evidence(answer)) == {("tag:v1.0", "tag:v1.0.1", "rule")}


def test_hotfix_that_two_services_ship_repairs_in_both(tmp_path: Path) -> None:
    """The second service ships the same merge after the first: it is new there, too."""
    shas = build(tmp_path, GIT_FLOW[0], messages={"main": "Merge branch 'hotfix/1.0.1' into main"})
    made = [
        Deployment(id=f"{service}-{name}", at=at(when) + later, service=service, shas=(shas[name],))
        for later, service in enumerate(("gateway", "ui"))
        for name, when in (("a", "01T11:00"), ("b", "02T11:00"), ("main", "02T13:00"))
    ]
    answer = report(measure(reader.read_history(tmp_path), made, window=MARCH))
    assert evidence(answer) == [("gateway-b", "gateway-main", "rule"), ("ui-b", "ui-main", "rule")]


def test_pull_request_of_a_release_does_not_swallow_those_it_holds(tmp_path: Path) -> None:
    """#5 and #6 are merged into develop, #7 brings develop into main; `own` was written on develop itself."""
    build(
        tmp_path,
        """
        name    author     parents
        a       01T10:00   .
        five    02T06:00   a
        m5      02T07:00   a+five
        six     02T06:30   a
        update  02T07:30   six+m5
        more    02T08:00   update
        m6      02T09:00   m5+more
        own     02T09:30   m6
        m7      02T10:00   a+own
        """,
        messages={
            "m5": "Merge pull request #5 from eva/search",
            "update": "Merge branch 'develop' into filters",
            "m6": "Merged in filters (pull request #6)",
            "m7": "Merge pull request #7 from acme/develop",
        },
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  m7      02T12:00
        """,
    )
    history = reader.read_history(tmp_path)
    found = measure(history, select(history, ["v*"]), window=MARCH)
    pulls = {history.commits[each.sha].subject: each.pull for each in found.lead.changes}
    assert pulls == {"five": 5, "six": 6, "more": 6, "own": 7}
    assert report(found)["metrics"]["change_lead_time"]["pull_requests"] == 3
