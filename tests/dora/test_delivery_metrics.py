"""The metrics from deployments and incidents alone, and what must hold whatever the events are."""

import gc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dora.delivery.figures import share, spread, survival_median
from services.dora.delivery.memory import uncollected
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Commit, Deployment, History, Incident, Rules, Window
from services.dora.delivery.shipping import brought, resolve, walk
from tests.dora.repository import NOW, at
from tests.dora.tables import table

pytestmark = pytest.mark.unit

MARCH = Window(since=at("01T00:00"), until=at("31T00:00"), as_of=NOW)
NOTHING = History({})
H = 3_600


def deployed(text: str) -> list[Deployment]:
    return [
        Deployment(id=cells["id"], at=at(cells["at"]), version=cells["version"], fixes=cells.get("fixes"))
        for cells in table(text)
    ]


def answer(deployments: list[Deployment], incidents: list[Incident] | None = None, **rules: Any) -> dict[str, Any]:
    found = report(measure(NOTHING, deployments, incidents or [], window=MARCH, rules=Rules(**rules)))
    metrics: dict[str, Any] = found["metrics"]
    return {**metrics, "failures": found["failures"]}


def test_rollback_fails_what_had_replaced_the_version_and_the_same_again_is_none() -> None:
    found = answer(
        deployed("""
        id  at         version
        1   02T10:00   V1
        2   02T10:30   V1
        3   02T12:00   V2
        4   02T15:00   V1
        """)
    )
    assert [(link["failed"], link["fix"], link["grade"]) for link in found["failures"]] == [("3", "4", "rollback")]
    assert found["failed_deployment_recovery_time"]["median_s"] == 3 * H
    assert found["change_fail_rate"]["numerator"] == 1


@pytest.mark.parametrize(
    ("labels", "globs", "failed"),
    [
        ({"c": ("urgent", "Type/Hotfix")}, None, ["2"]),
        ({"c": ("urgent",)}, None, []),
        ({"c": ("urgent",)}, ("urg*",), ["2"]),
        ({"a": ("hotfix",)}, None, []),  # what the first deployment ships repairs nothing that is known
        ({"b": ("hotfix",), "c": ("hotfix",)}, (), []),
    ],
)
def test_label_of_what_a_deployment_ships_says_that_the_one_before_failed(
    labels: dict[str, tuple[str, ...]], globs: tuple[str, ...] | None, failed: list[str]
) -> None:
    """a, b and c are shipped by 1, 2 and 3; `c` merged a pull request with the labels."""
    commits = {
        sha: Commit(sha, parents, at("01T10:00"), at("01T10:00"), "eva@example.org", sha)
        for sha, parents in (("a", ()), ("b", ("a",)), ("c", ("b",)))
    }
    shipped = [
        Deployment(id=str(place), at=at(f"0{place + 1}T10:00"), shas=(sha,)) for place, sha in enumerate("abc", start=1)
    ]
    rules = Rules() if globs is None else Rules(remediation_labels=globs)
    found = report(measure(History(commits, labels=labels), shipped, window=MARCH, rules=rules))
    assert [(link["failed"], link["grade"]) for link in found["failures"]] == [(each, "rule") for each in failed]
    assert found["metrics"]["deployment_rework_rate"]["numerator"] == len(failed)


def test_explicit_word_goes_before_what_is_inferred() -> None:
    found = answer(
        deployed("""
        id  at         version    fixes
        1   02T10:00   1.0        .
        2   02T12:00   1.0-hotfix 1.0
        """)
    )
    assert (found["change_fail_rate"]["explicit"], found["change_fail_rate"]["by_grade"]) == (1, {"explicit": 1})
    assert found["deployment_rework_rate"]["value"] == 0.5


def test_published_example_of_devlake_counts_deployments_not_incidents() -> None:
    """23 deployments, six incidents on four of them: 4/23 = 17.4 %, not 6/23."""
    made = [Deployment(id=str(n), at=at(f"{n:02}T10:00"), version=str(n)) for n in range(1, 24)]
    causes = ("3", "3", "7", "9", "9", "20")
    told = [Incident(id=f"i{n}", detected_at=at("25T10:00"), caused_by=cause) for n, cause in enumerate(causes)]
    rate = answer(made, told)["change_fail_rate"]
    assert (rate["numerator"], rate["denominator"]) == (4, 23)
    assert rate["value"] == pytest.approx(0.174, abs=0.0005)


def test_published_examples_of_gitlab_and_sleuth() -> None:
    """GitLab: 3 incidents on 10 deployments, 0.3. Sleuth: failures of 1, 2 and 3 hours, in the middle 2."""
    made = [Deployment(id=str(n), at=at(f"{n:02}T10:00"), version=str(n)) for n in range(1, 11)]
    told = [
        Incident(id=str(n), detected_at=at(f"{n:02}T10:00"), resolved_at=at(f"{n:02}T{10 + n}:00"), caused_by=str(n))
        for n in (1, 2, 3)
    ]
    found = answer(made, told)
    assert found["change_fail_rate"]["value"] == 0.3
    assert found["failed_deployment_recovery_time"]["median_s"] == 2 * H


def test_open_failure_is_censored_and_an_incident_blames_nobody_by_itself() -> None:
    made = deployed("""
    id  at         version
    1   02T10:00   1
    2   03T10:00   2
    """)
    told = [Incident(id="a", detected_at=at("02T11:00"), caused_by="1"), Incident(id="b", detected_at=at("03T11:00"))]
    found = answer(made, told)
    assert found["failed_deployment_recovery_time"]["value"] is None
    assert found["failed_deployment_recovery_time"]["open"] == 1
    assert found["change_fail_rate"]["numerator"] == 1
    windowed = answer(made, told, incident_window_s=24.0 * H)["change_fail_rate"]
    assert windowed["by_grade"] == {"explicit": 1, "window": 1}


def test_no_data_is_null_never_zero() -> None:
    found = answer([])
    assert all(found[name]["value"] is None for name in found if name != "failures")


def test_intervals() -> None:
    assert share(1, 2).ci95 == pytest.approx((0.0945, 0.9055), abs=0.0005)
    assert spread([1, 2, 3, 4, 5]).ci95 is None
    assert spread([6, 5, 4, 3, 2, 1]).ci95 == (1, 6)
    assert survival_median([1, 2], [3, 3, 3]) is None
    assert survival_median([1, 2], [3]) == 2


@st.composite
def worlds(draw: st.DrawFn) -> tuple[History, list[Deployment], list[Incident]]:
    """A small history of any shape, deployments of any of its commits, incidents that blame any of them."""
    size = draw(st.integers(1, 8))
    commits: dict[str, Commit] = {}
    for n in range(size):
        parents = draw(st.sets(st.integers(0, n - 1), max_size=2)) if n else set()
        sha, back = f"{n:040x}", draw(st.integers(0, size - 1))
        reverts = (f"{back:040x}",) if draw(st.booleans()) else ()
        names = tuple(f"{parent:040x}" for parent in sorted(parents))
        commits[sha] = Commit(sha, names, int(MARCH.since) + n, int(MARCH.since) + n, "eva", str(n), reverts)
    picked = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, 100)), min_size=1, max_size=6))
    made = [
        Deployment(id=str(n), at=MARCH.since + hour * H, shas=(f"{number:040x}",))
        for n, (number, hour) in enumerate(picked)
    ]
    blamed = draw(st.lists(st.integers(0, 7), max_size=3))
    told = [Incident(id=str(n), detected_at=MARCH.since + 50 * H, caused_by=str(b)) for n, b in enumerate(blamed)]
    return History(commits, head=f"{size - 1:040x}"), made, told


@given(worlds(), st.randoms(use_true_random=False))
def test_neither_order_nor_duplicates_matter(
    world: tuple[History, list[Deployment], list[Incident]], dice: Any
) -> None:
    history, made, told = world
    mixed, again = [*made, *made[:2]], [*told, *told[:1]]
    dice.shuffle(mixed)
    dice.shuffle(again)
    assert report(measure(history, mixed, again, window=MARCH)) == report(measure(history, made, told, window=MARCH))


@given(worlds())
def test_commit_counts_for_the_first_deployment_that_contains_it(
    world: tuple[History, list[Deployment], list[Incident]],
) -> None:
    history, made, told = world
    found = measure(history, made, told, window=MARCH)
    shipped = [sha for commits in found.shipped.commits.values() for sha in commits]
    assert len(shipped) == len(set(shipped))
    seen: set[str] = set()
    for each in found.deployments:
        below, waiting = set(), list(each.shas)
        while waiting:
            sha = waiting.pop()
            below.add(sha)
            waiting += history.commits[sha].parents
        assert set(found.shipped.commits[each.id]) == below - seen
        seen |= below


def test_same_id_in_two_services_is_two_deployments() -> None:
    """Build numbers are counted per job: `7` of one service says nothing about `7` of another."""
    made = [
        Deployment(id="7", at=at("02T10:00"), service="a", version="1"),
        Deployment(id="7", at=at("03T10:00"), service="b", version="1"),
        Deployment(id="8", at=at("03T12:00"), service="b", version="2", fixes="7"),
        Deployment(id="9", at=NOW + 86_400, service="b", version="3"),
        Deployment(id="9", at=at("04T10:00"), service="a", version="2"),
    ]
    found = report(measure(NOTHING, made, window=MARCH))
    assert found["metrics"]["change_fail_rate"]["numerator"] == 1
    assert [link["reason"] for link in found["failures"]] == ["the report says it fixes 7"]
    assert found["exclusions"]["deployments"] == {"in_the_future": 1}
    assert report(measure(NOTHING, made[::-1] + made, window=MARCH)) == found


def test_short_names_of_commits_are_looked_up_not_searched_for() -> None:
    """A thousand short names in ten thousand commits: a search would compare ten million times."""
    compared = 0

    class Name(str):
        __slots__ = ()

        def startswith(self, *prefix: Any) -> bool:  # type: ignore[explicit-override] # typing has it from 3.12 on
            nonlocal compared
            compared += 1
            return super().startswith(*prefix)

    shas = [Name(f"{number:040x}"[::-1]) for number in range(10_000)]
    history = History({sha: Commit(sha, (), at("01T00:00"), at("01T00:00"), "a@b", "x") for sha in shas})
    made = [Deployment(id=sha, at=at("02T10:00"), shas=(sha[:8],)) for sha in shas[:1000]]
    measure(history, made, window=MARCH)
    assert compared < 20_000


@settings(deadline=None)  # a busy machine takes its time for the first example
@given(st.lists(st.text("0123456789abcdef", min_size=8, max_size=8), unique=True, max_size=30), st.data())
def test_short_name_means_the_one_commit_that_begins_with_it(names: list[str], data: st.DataObject) -> None:
    commits = {name * 5: Commit(name * 5, (), 0, 0, "", "") for name in names}
    asked = data.draw(st.sampled_from([name[: data.draw(st.integers(1, 8))] for name in names] or ["0"]))
    begins = [sha for sha in commits if sha.startswith(asked)]
    assert resolve(History(commits), asked) == (begins[0] if len(begins) == 1 else None)


def test_collection_of_cycles_is_the_services_own_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "disable", lambda: pytest.fail("a measurement switched it off for the whole process"))
    measure(NOTHING, [], window=MARCH)


def test_collection_of_cycles_goes_on_after_a_script_even_a_failed_one() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"), uncollected():
        raise ValueError("x")
    assert gc.isenabled()


COUNT = 14
GRAPHS = st.lists(
    st.tuples(st.lists(st.integers(0, COUNT), max_size=3), st.sampled_from([None, 1, 2, 3])), min_size=1, max_size=COUNT
)


@settings(deadline=None)  # a busy machine takes its time for the first example
@given(GRAPHS)
def test_pull_request_brought_what_its_merge_reaches(
    drawn: list[tuple[list[int], int | None]],
) -> None:
    """Any graph: what a numbered merge of the main line brings has a number, and that of a merge that reaches it."""
    commits: dict[str, Commit] = {}
    for place, (named, pull) in enumerate(drawn):
        parents = tuple(dict.fromkeys(str(each) for each in named if each < place))
        commits[str(place)] = Commit(str(place), parents, 0, 0, "", "", pull=pull if len(parents) > 1 else None)
    tip = str(len(drawn) - 1)
    shipped = [each.sha for each in walk(commits, [tip], set())]
    found = brought(History(commits), shipped, [tip])
    trunk, sha = [tip], tip
    while commits[sha].parents:
        sha = commits[sha].parents[0]
        trunk.append(sha)
    assert not set(found) & set(trunk)
    taken = set(trunk)
    for merge in reversed([commits[each] for each in trunk]):
        came = {each.sha for each in walk(commits, merge.parents[1:], taken)}
        assert merge.pull is None or came <= set(found)
    for one, number in found.items():
        merges = [commits[each] for each in shipped if commits[each].pull == number]
        assert any(one in {each.sha for each in walk(commits, merge.parents[1:], set())} for merge in merges)


# A line of work: a commit of its own, or the merge of another line with the number of its pull request.
LINES = st.recursive(
    st.lists(st.none(), min_size=1, max_size=3),
    lambda inner: st.lists(st.none() | st.tuples(st.none() | st.integers(1, 9), inner), min_size=1, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine takes its time for the first example
@given(LINES)
def test_commit_has_the_number_of_the_innermost_pull_request_that_it_lies_in(line: list[Any]) -> None:
    commits: dict[str, Commit] = {}
    expected: dict[str, int] = {}

    def add(parents: tuple[str, ...], within: int | None, pull: int | None = None) -> str:
        sha = str(len(commits))
        commits[sha] = Commit(sha, parents, 0, 0, "", "", pull=pull)
        if within is not None:
            expected[sha] = within
        return sha

    def grow(tip: str, line: list[Any], within: int | None) -> str:
        for each in line:
            if each is None:
                tip = add((tip,), within)
            else:
                number, other = each
                tip = add((tip, grow(tip, other, within if number is None else number)), within, number)
        return tip

    tip = grow(add((), None), line, None)
    assert brought(History(commits), list(commits), [tip]) == expected
