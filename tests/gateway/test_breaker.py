"""The contract of the circuit breaker: open in time, one probe, back in time; and the budget of second tries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import breaker
from gateway.breaker import FAILURES_MAX, OPEN_S, OPEN_S_MAX, PROBE_S_MAX, Breaker, RetryBudget, State

pytestmark = pytest.mark.unit


def opened(at: float = 0.0) -> Breaker:
    made = Breaker()
    for _ in range(FAILURES_MAX):
        assert made.enter(at)
        made.failed(at)
    return made


def test_failures_in_a_row_open_it_and_a_success_between_does_not() -> None:
    made = Breaker()
    for _ in range(FAILURES_MAX - 1):
        made.failed(0)
    made.succeeded()
    for _ in range(FAILURES_MAX - 1):
        made.failed(0)
    assert made.enter(0)
    made.failed(0)
    assert not made.enter(0)
    assert made.state(0) is State.OPEN


def test_one_probe_of_any_number_passes() -> None:
    made = opened()
    assert not made.enter(OPEN_S - 0.01)
    assert made.state(OPEN_S) is State.HALF_OPEN
    assert [made.enter(OPEN_S) for _ in range(20)].count(True) == 1


def test_the_probe_s_answer_closes_it() -> None:
    made = opened()
    assert made.enter(OPEN_S)
    made.succeeded()
    assert made.state(OPEN_S) is State.CLOSED
    assert all(made.enter(OPEN_S) for _ in range(20))


def test_a_failed_probe_doubles_the_pause_up_to_a_limit() -> None:
    made, now = opened(), 0.0
    for pause in (0.25, 0.5, 1.0, 2.0, 2.0, 2.0):
        assert not made.enter(now + pause - 0.01)
        now += pause
        assert made.enter(now)
        made.failed(now)


def test_a_probe_that_nobody_reports_back_from_is_replaced() -> None:
    made = opened()
    assert made.enter(OPEN_S)
    assert not made.enter(OPEN_S + PROBE_S_MAX - 0.1)
    assert made.enter(OPEN_S + PROBE_S_MAX + 0.1)


def test_a_probe_whose_caller_hung_up_lets_the_next_one_go() -> None:
    made = opened()
    assert made.enter(OPEN_S)
    made.abandoned()
    assert made.enter(OPEN_S)


def test_found_alive_means_ask_now() -> None:
    made = opened()
    assert not made.enter(0.01)
    made.found_alive()
    assert [made.enter(0.01) for _ in range(3)] == [True, False, False]


def test_a_watched_process_is_asked_only_after_it_has_said_that_it_lives() -> None:
    made = Breaker(watched=True)
    made.trip(0)
    assert not made.enter(1000)
    made.found_alive()
    assert [made.enter(1000) for _ in range(3)] == [True, False, False]
    made.failed(1000)
    assert not made.enter(2000)


Step = st.sampled_from(["enter", "succeeded", "failed", "abandoned", "wait", "trip"])


@given(st.lists(Step, max_size=200))
def test_whatever_happens_it_asks_again_in_time_and_never_twice(steps: list[str]) -> None:
    made, now = Breaker(), 0.0
    for step in steps:
        match step:
            case "enter":
                first, second = made.enter(now), made.enter(now)
                assert not (made.opened and first and second), "two probes at once"
            case "wait":
                now += 0.3
            case "succeeded" | "abandoned":
                getattr(made, step)()
            case _:
                getattr(made, step)(now)
    assert made.enter(now + max(OPEN_S_MAX, PROBE_S_MAX)), "left alone for ever"


@given(st.lists(st.booleans(), max_size=2000))
def test_second_tries_stay_within_a_tenth(wants: list[bool]) -> None:
    budget = RetryBudget()
    spent = 0
    for wanted in wants:
        budget.earn()
        spent += wanted and budget.spend()
    assert spent <= len(wants) * RetryBudget.SHARE + 5


def test_a_quiet_time_saves_for_one_restart_only() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()
    assert [budget.spend() for _ in range(100)].count(True) == RetryBudget.SAVED_MAX


def test_the_pauses_fit_the_promise_to_be_back_within_three_seconds() -> None:
    assert breaker.OPEN_S_MAX + 1 <= 3
