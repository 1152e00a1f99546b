"""Token buckets: how much passes, what is told, who is charged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import rates
from gateway.credentials import NOBODY, Carrier, Credential
from gateway.limiter import Limiter, network_of
from gateway.problems import RateExceeded
from gateway.rates import Buckets, Rate
from gateway.settings import Settings

pytestmark = pytest.mark.unit

ANNA = Credential(Carrier.COOKIE, "anna-anna-anna-anna")
TOKEN = Credential(Carrier.BEARER, "anna-anna-anna-anna")


def limiter(burst: int = 3) -> Limiter:
    return Limiter(**{name: Rate(name, 0.001, burst) for name in ("session", "token", "address")})


def test_a_burst_passes_and_then_the_rate() -> None:
    buckets = Buckets(Rate("token", per_s=2, burst=3))
    assert [buckets.take("a", 0) for _ in range(5)] == [2, 1, 0, -1, -1]
    assert buckets.take("b", 0) == 2, "somebody else's bucket is full"
    assert buckets.wait_s("a", 0) == 1
    assert [buckets.take("a", 0.5), buckets.take("a", 0.5)] == [0, -1]
    assert buckets.take("a", 100) == 2, "never more than a burst"


def test_what_is_told() -> None:
    buckets = Buckets(Rate("token", per_s=50, burst=200))
    assert buckets.policy == b'"token";q=200;w=4'
    assert buckets.header(150) == b'"token";r=150;t=1'
    assert buckets.header(0) == b'"token";r=0;t=4'


@given(
    st.lists(st.floats(0, 2), min_size=1, max_size=300),
    st.floats(0.1, 100),
    st.integers(1, 50),
)
def test_no_window_lets_through_more_than_burst_and_rate(pauses: list[float], per_s: float, burst: int) -> None:
    buckets, now, passed = Buckets(Rate("token", per_s, burst)), 0.0, []
    for pause in pauses:
        now += pause
        if buckets.take("a", now) >= 0:
            passed.append(now)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + (passed[last] - passed[first]) * per_s + 1e-6


def test_the_number_of_buckets_is_bounded_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "BUCKETS_MAX", 3)
    buckets = Buckets(Rate("token", per_s=1, burst=2))
    for key in "abcabd":
        buckets.take(key, 0)
    assert len(buckets) == 3
    assert buckets.peek("d", 0) == 1
    assert buckets.peek("c", 0) == 2, "used longest ago, forgotten"


def test_workers_share_the_rate() -> None:
    settings = Settings(_env_file=None, iact_gateway_workers=4, iact_rate_token_per_s=50, iact_rate_token_burst=200)
    assert settings.rates()["token"] == Rate("token", 12.5, 50)
    with pytest.raises(ValueError, match="IACT_GATEWAY_WORKERS"):
        Settings(_env_file=None, iact_gateway_workers=0)


def test_each_kind_of_caller_has_its_own_bucket() -> None:
    made = limiter(burst=2)
    for credential in (ANNA, TOKEN, NOBODY):
        for left in (1, 0):
            told = dict(made.charge(credential, "192.0.2.7"))
            assert f"r={left};".encode() in told[b"ratelimit"]
        with pytest.raises(RateExceeded) as refused:
            made.charge(credential, "192.0.2.7")
        assert int(refused.value.headers["Retry-After"]) > 1
        assert "r=0" in refused.value.headers["RateLimit"]
    made.charge(NOBODY, "192.0.2.8")


def test_wrong_credentials_are_charged_to_the_address() -> None:
    made = limiter(burst=2)
    for _ in range(2):
        made.check_address("192.0.2.7")
        made.charge_address("192.0.2.7")
    with pytest.raises(RateExceeded):
        made.check_address("192.0.2.7")
    made.check_address("192.0.2.8")
    made.charge(ANNA, "192.0.2.7")


def test_zero_turns_a_limit_off() -> None:
    made = Limiter(**{name: Rate(name, 0, 1) for name in ("session", "token", "address")})
    for _ in range(100):
        assert made.charge(ANNA, "a") == made.charge(NOBODY, "a") == []
        made.charge_address("a")
        made.check_address("a")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("no:address", "no:address"),
    ],
)
def test_an_ipv6_customer_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
