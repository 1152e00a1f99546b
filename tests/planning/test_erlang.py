"""Erlang C and A against published numbers, a plain birth-death chain, and what must hold for any queue."""

import csv
import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics.planning.erlang import Goal, Staffed, Traffic, agents_needed, erlang_b, expect, rostered

pytestmark = pytest.mark.unit


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.requirement("RF-021")
def test_every_published_row_is_met(real_data: Path) -> None:
    rows = rows_of(real_data / "erlang" / "erlang.csv")
    assert len(rows) == 21
    for row in rows:
        patience = float(row["patience_s"]) if row["patience_s"] else None
        traffic = Traffic(float(row["calls"]), float(row["interval_s"]), float(row["aht_s"]), patience)
        found = expect(traffic, int(row["agents"]), float(row["target_s"]))
        assert traffic.load == pytest.approx(float(row["load_erlang"]), abs=1e-4)
        assert found.p_wait == pytest.approx(float(row["p_wait"]), abs=1e-4), row
        assert found.service_level == pytest.approx(float(row["service_level"]), abs=1e-4), row
        assert found.asa_s == pytest.approx(float(row["asa_s"]), abs=1e-3), row
        assert found.occupancy == pytest.approx(float(row["occupancy"]), abs=1e-4), row
        if row["p_abandon"]:
            assert found.p_abandon == pytest.approx(float(row["p_abandon"]), abs=1e-4), row


@pytest.mark.requirement("RF-021")
@pytest.mark.parametrize(
    ("calls", "aht_s", "agents", "target_s", "p_wait", "service_level", "asa_s"),
    [
        (360, 240, 55, 15, 0.238701, 0.845883, 8.184),  # the example that most textbooks print
        (100, 180, 14, 20, 0.174132, 0.888350, 7.836),
    ],
)
def test_textbook_examples(
    calls: int, aht_s: int, agents: int, target_s: int, p_wait: float, service_level: float, asa_s: float
) -> None:
    found = expect(Traffic(calls, 1_800, aht_s), agents, target_s)
    assert (found.p_wait, found.service_level, found.asa_s) == pytest.approx((p_wait, service_level, asa_s), abs=1e-3)


def chain(traffic: Traffic, agents: int) -> tuple[float, float, float]:
    """P(wait), P(abandon) and occupancy from the states of the queue, one by one."""
    assert traffic.patience_s is not None
    rate, mu, theta = traffic.calls / traffic.interval_s, 1 / traffic.aht_s, 1 / traffic.patience_s
    logs = [0.0]
    for n in itertools.count(1):
        down = min(n, agents) * mu + max(0, n - agents) * theta
        logs.append(logs[-1] + math.log(rate / down))
        if n > agents and logs[-1] < max(logs) - 60:
            break
    weights = [math.exp(each - max(logs)) for each in logs]
    total = sum(weights)
    p_wait = sum(weights[agents:]) / total
    queue = sum((n - agents) * weight for n, weight in enumerate(weights) if n > agents) / total
    busy = sum(min(n, agents) * weight for n, weight in enumerate(weights)) / total
    return p_wait, theta * queue / rate, busy / agents


traffics = st.builds(
    Traffic,
    calls=st.floats(1, 800),
    interval_s=st.sampled_from([900.0, 1_800.0, 3_600.0]),
    aht_s=st.floats(20, 900),
    patience_s=st.floats(10, 1_200),
)


@pytest.mark.requirement("RF-021")
@settings(deadline=None, max_examples=40)  # the plain chain has thousands of states
@given(traffics, st.floats(0.3, 2.0), st.floats(0, 120))
def test_erlang_a_is_the_birth_death_chain(traffic: Traffic, relative: float, target_s: float) -> None:
    agents = max(1, round(traffic.load * relative))
    found = expect(traffic, agents, target_s)
    p_wait, p_abandon, occupancy = chain(traffic, agents)
    assert found.p_wait == pytest.approx(p_wait, abs=1e-6)
    assert found.p_abandon == pytest.approx(p_abandon, abs=1e-6)
    assert found.occupancy == pytest.approx(occupancy, abs=1e-6)
    assert -1e-9 <= found.service_level <= 1 + 1e-9


@settings(deadline=None, max_examples=40)  # the plain chain has thousands of states
@given(traffics, st.floats(0, 60))
def test_more_agents_never_serve_worse(traffic: Traffic, target_s: float) -> None:
    levels = [expect(traffic, agents, target_s).service_level for agents in range(1, 40)]
    assert all(after >= before - 1e-9 for before, after in itertools.pairwise(levels))


@settings(deadline=None, max_examples=40)  # the plain chain has thousands of states
@given(traffics)
def test_endless_patience_is_erlang_c(traffic: Traffic) -> None:
    agents = math.ceil(traffic.load * 1.2) + 1
    patient = Traffic(traffic.calls, traffic.interval_s, traffic.aht_s, 1e9)
    endless = Traffic(traffic.calls, traffic.interval_s, traffic.aht_s)
    found, truth = expect(patient, agents, 20), expect(endless, agents, 20)
    assert found.service_level == pytest.approx(truth.service_level, abs=1e-4)
    assert found.p_wait == pytest.approx(truth.p_wait, abs=1e-4)


@settings(deadline=None, max_examples=40)  # the plain chain has thousands of states
@given(st.floats(0.1, 900), st.one_of(st.none(), st.floats(20, 600)), st.floats(0.5, 0.95), st.floats(0.7, 1.0))
def test_the_fewest_agents_that_reach_the_goal(
    load: float, patience_s: float | None, level: float, occupancy: float
) -> None:
    traffic, goal = Traffic(load, 300, 300, patience_s), Goal(level, 20, occupancy)
    found = agents_needed(traffic, goal)
    assert found.service_level >= level
    assert found.occupancy <= occupancy
    fewer = expect(traffic, found.agents - 1, 20)
    assert fewer.service_level < level or fewer.occupancy > occupancy


@pytest.mark.parametrize("load", [360, 400, 440, 500, 560, 580])
def test_rounding_does_not_pass_a_limit_of_one(load: float) -> None:
    """More calls than agents: who waits goes away, and all agents are busy all the time, which is allowed."""
    traffic, goal = Traffic(load * 6, 1_800, 300, 300), Goal(0.6, 180, 1.0)
    found = agents_needed(traffic, goal)
    assert all(expect(traffic, agents, 180).service_level < 0.6 for agents in range(found.agents - 40, found.agents))
    assert agents_needed(traffic, goal, at_least=found.agents - 40) == found


@settings(deadline=None, max_examples=40)
@given(
    st.floats(0.1, 900),
    st.floats(0, 1),
    st.one_of(st.none(), st.floats(20, 600)),
    st.floats(0.5, 0.95),
    st.floats(0.7, 1.0),
)
def test_a_search_that_begins_at_the_agents_of_fewer_calls_ends_at_the_same(
    load: float, fewer: float, patience_s: float | None, level: float, occupancy: float
) -> None:
    traffic, goal = Traffic(load, 300, 300, patience_s), Goal(level, 20, occupancy)
    before = agents_needed(Traffic(load * fewer, 300, 300, patience_s), goal).agents
    assert agents_needed(traffic, goal, at_least=before) == agents_needed(traffic, goal)


@pytest.mark.parametrize("patience_s", [None, 60.0, 3_600.0])
@pytest.mark.parametrize("relative", [0.5, 0.98, 1.0, 1.02, 1.5])
def test_ten_thousand_agents_are_stable(patience_s: float | None, relative: float) -> None:
    agents = 10_000
    found = expect(Traffic(agents * relative * 1_800 / 240, 1_800, 240, patience_s), agents, 20)
    numbers = [found.p_wait, found.service_level, found.occupancy, found.p_abandon or 0.0]
    assert all(-1e-12 <= number <= 1 + 1e-12 for number in numbers), found
    if patience_s is not None:
        assert found.p_abandon == pytest.approx(max(0.0, 1 - 1 / relative), abs=0.02)


def test_edges() -> None:
    nobody = Traffic(0, 1_800, 240)
    assert agents_needed(nobody, Goal(0.8, 20)) == Staffed(0, 0.0, 1.0, 0.0, 0.0, None)
    assert expect(Traffic(100, 1_800, 180), 10, 20) == Staffed(10, 1.0, 0.0, None, 1.0, None)
    assert expect(Traffic(100, 1_800, 180, 60), 0, 20) == Staffed(0, 1.0, 0.0, 60, 0.0, 1.0)
    assert erlang_b(10, 0) == 1
    with pytest.raises(ValueError, match="more than 100000 agents"):
        agents_needed(Traffic(1e9, 1_800, 240), Goal(0.8, 20))


@pytest.mark.parametrize(("agents", "shrinkage", "people"), [(14, 0.3, 20), (14, 0.0, 14), (1, 0.35, 2), (0, 0.3, 0)])
def test_shrinkage(agents: int, shrinkage: float, people: int) -> None:
    assert rostered(agents, shrinkage) == people
