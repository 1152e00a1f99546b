"""The arithmetic of lock-out: no clock, no database.

A counter belongs to (name tried, network), so a stranger who guesses elsewhere cannot lock the owner out. A second
counter per name sums the networks where the owner was never seen: an attacker with a thousand addresses gets a
hundred guesses, not five thousand.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

IPV4_PREFIX = 24  # one office, one carrier gateway
IPV6_PREFIX = 64  # one household: a single host owns all of it
EVERYWHERE = ip_network("0.0.0.0/0")  # stands for all networks where the person is unknown


@dataclass(frozen=True, slots=True)
class Policy:
    """`failures_max` failures within `window` lock for `lock`, doubling each time up to `lock_max`."""

    failures_max: int
    window: timedelta
    lock: timedelta
    lock_max: timedelta


# Five in five minutes, fifteen minutes, growing (domain.md); a day, after which a person would have called someone.
NETWORK_POLICY = Policy(5, timedelta(minutes=5), timedelta(minutes=15), timedelta(days=1))
# The same five failures make a known network "locked" too, but the right password still opens it; only when a
# hundred in a row have failed (NIST SP 800-63B-4, 3.2.2) is the network treated as a stranger's.
KNOWN_NETWORK_FAILURES_MAX = 100
# All unknown networks together: NIST's hundred, in thirty days.
ACCOUNT_POLICY = Policy(100, timedelta(days=30), timedelta(days=1), timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Counter:
    """The state of one counter. `streak` counts failures since the last success, across windows."""

    failures: int = 0
    streak: int = 0
    window_since: datetime | None = None
    locked_until: datetime | None = None
    lockouts: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an attempt may go on to the password, and when to come back when it may not.

    `locked` with `admitted`: a known network; the right password still gets in, a wrong one is told to wait.
    """

    admitted: bool
    locked: bool
    retry_after_s: int


def count(counter: Counter, policy: Policy, at: datetime) -> Counter:
    """The counter after one more admitted attempt that has not succeeded yet. While locked only the streak grows."""
    streak = counter.streak + 1
    if counter.locked_until is not None and at < counter.locked_until:
        return replace(counter, streak=streak)
    lapsed = counter.window_since is None or at >= counter.window_since + policy.window
    fresh = lapsed or counter.locked_until is not None
    failures = 1 if fresh else counter.failures + 1
    since = at if fresh else counter.window_since
    if failures < policy.failures_max:
        return Counter(failures, streak, since, None, counter.lockouts)
    return Counter(failures, streak, since, at + lock_time(policy, counter.lockouts), counter.lockouts + 1)


def lock_time(policy: Policy, lockouts: int) -> timedelta:
    """How long the next lock lasts after `lockouts` earlier ones."""
    doublings = min(lockouts, 32)  # beyond that every policy has long reached its maximum
    return min(policy.lock * (1 << doublings), policy.lock_max)


def judge(*, network: Counter, account: Counter, known: bool, at: datetime) -> Verdict:
    """The verdict on one attempt, from the counters as they stood before it."""
    network_s = _seconds_left(network, at)
    if known and network.streak < KNOWN_NETWORK_FAILURES_MAX:
        return Verdict(admitted=True, locked=network_s > 0, retry_after_s=network_s)
    wait_s = max(network_s, 0 if known else _seconds_left(account, at))
    return Verdict(admitted=wait_s == 0, locked=wait_s > 0, retry_after_s=wait_s)


def network_of(address: str) -> Network:
    """The network that an address stands for; IPv4 written as IPv6 is IPv4."""
    parsed = ip_address(address)
    if parsed.version == 6:  # noqa: PLR2004 - the protocol's own number
        mapped = parsed.ipv4_mapped
        if mapped is None:
            return ip_network((parsed, IPV6_PREFIX), strict=False)
        parsed = mapped
    return ip_network((parsed, IPV4_PREFIX), strict=False)


def account_key(key: bytes, username: str) -> bytes:
    """The keyed hash under which attempts on a name are counted, whether the name exists or not."""
    return hmac.digest(key, username.encode(), "sha256")


def _seconds_left(counter: Counter, at: datetime) -> int:
    if counter.locked_until is None or at >= counter.locked_until:
        return 0
    return max(1, -(-int((counter.locked_until - at).total_seconds() * 1000) // 1000))
