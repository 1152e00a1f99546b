from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sessions.throttle import (
    ACCOUNT_POLICY,
    KNOWN_NETWORK_FAILURES_MAX,
    NETWORK_POLICY,
    Counter,
    account_key,
    count,
    judge,
    lock_time,
    network_of,
)

pytestmark = pytest.mark.unit

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CLEAN = Counter()


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def fail(times: int, *, every_s: float = 10, start: datetime = NOON, counter: Counter = CLEAN) -> Counter:
    for index in range(times):
        counter = count(counter, NETWORK_POLICY, start + timedelta(seconds=every_s * index))
    return counter


@pytest.mark.requirement("RNF-010")
def test_the_fifth_failure_in_five_minutes_locks_for_fifteen() -> None:
    assert fail(4).locked_until is None
    assert fail(5).locked_until == NOON + timedelta(seconds=40, minutes=15)


def test_five_failures_spread_over_hours_do_not_lock() -> None:
    assert fail(5, every_s=3_600).locked_until is None


def test_each_lock_is_twice_as_long_up_to_a_day() -> None:
    assert [lock_time(NETWORK_POLICY, n) for n in (0, 1, 2)] == [timedelta(minutes=m) for m in (15, 30, 60)]
    assert lock_time(NETWORK_POLICY, 10_000) == timedelta(days=1)


def test_after_a_lock_five_more_are_needed_and_the_next_lock_grows() -> None:
    locked = fail(5)
    assert fail(4, start=after(20), counter=locked).locked_until is None
    again = fail(5, start=after(20), counter=locked)
    assert again.locked_until == after(20) + timedelta(seconds=40, minutes=30)


def test_a_locked_stranger_is_told_how_long() -> None:
    verdict = judge(network=fail(5), account=CLEAN, known=False, at=after(1))
    assert (verdict.admitted, verdict.locked, verdict.retry_after_s) == (False, True, 14 * 60 + 40)


def test_the_owner_of_a_known_network_still_gets_to_the_password() -> None:
    verdict = judge(network=fail(5), account=CLEAN, known=True, at=after(1))
    assert (verdict.admitted, verdict.locked) == (True, True)


def test_a_known_network_does_not_buy_endless_guesses() -> None:
    counter = fail(KNOWN_NETWORK_FAILURES_MAX, every_s=0.1)
    assert judge(network=counter, account=CLEAN, known=True, at=after(0.5)).admitted is False


def test_many_strange_networks_share_one_budget_that_does_not_touch_the_owner() -> None:
    counter = CLEAN
    for index in range(ACCOUNT_POLICY.failures_max):
        counter = count(counter, ACCOUNT_POLICY, NOON + timedelta(hours=index))
    late = NOON + timedelta(hours=ACCOUNT_POLICY.failures_max)
    assert judge(network=CLEAN, account=counter, known=False, at=late).admitted is False
    assert judge(network=CLEAN, account=counter, known=True, at=late).admitted is True


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_addresses_stand_for_networks(address: str, network: str) -> None:
    assert network_of(address) == ip_network(network)


def test_names_are_counted_under_a_key() -> None:
    assert account_key(b"a" * 32, "ana") != account_key(b"b" * 32, "ana")
    assert len(account_key(b"a" * 32, "ana")) == 32


@given(st.lists(st.integers(0, 1_800), min_size=1, max_size=60))
def test_no_schedule_of_guesses_gets_more_than_five_in_fifteen_minutes(gaps_s: list[int]) -> None:
    counter, at, admitted = CLEAN, NOON, []
    for gap_s in gaps_s:
        at += timedelta(seconds=gap_s)
        if judge(network=counter, account=CLEAN, known=False, at=at).admitted:
            admitted.append(at)
            counter = count(counter, NETWORK_POLICY, at)
    for first in admitted:
        # A window may straddle two of the counter's own: at most one lock's worth on either side of its border.
        assert sum(first <= each < first + timedelta(minutes=5) for each in admitted) <= 2 * 5 - 1


@given(st.integers(0, 100), st.integers(0, 3_600))
def test_waiting_as_long_as_told_is_enough(times: int, gap_s: int) -> None:
    counter = fail(times, every_s=gap_s / 10)
    last = NOON + timedelta(seconds=gap_s / 10 * max(times - 1, 0))
    verdict = judge(network=counter, account=CLEAN, known=False, at=last)
    later = last + timedelta(seconds=verdict.retry_after_s)
    assert judge(network=counter, account=CLEAN, known=False, at=later).admitted
