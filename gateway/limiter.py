"""Who is charged for a request: its session, its token, or (when it shows neither, or a wrong one) its address."""

import ipaddress
import time
from functools import lru_cache

from gateway import figures
from gateway.credentials import Carrier, Credential
from gateway.incoming import Headers
from gateway.problems import RateExceeded
from gateway.rates import Buckets, Rate

ADDRESSES_REMEMBERED = 4096
HOME_PREFIX = 64  # one customer of an IPv6 network has at least this much to pick addresses from


class Limiter:
    """The three kinds of buckets."""

    def __init__(self, *, session: Rate, token: Rate, address: Rate) -> None:
        self._address = Buckets(address)
        self._buckets = {
            Carrier.NONE: self._address,
            Carrier.COOKIE: Buckets(session),
            Carrier.BEARER: Buckets(token),
        }

    def bucket_of(self, credential: Credential, address: str) -> tuple[Buckets, Credential | str]:
        """Which bucket is charged, by which key."""
        stranger = credential.carrier is Carrier.NONE
        return self._buckets[credential.carrier], network_of(address) if stranger else credential

    def charge(self, credential: Credential, address: str) -> Headers:
        """Charge for one request; what the answer says about the limit. RateExceeded when it is reached."""
        buckets, key = self.bucket_of(credential, address)
        if not buckets.policy:
            return []
        now = time.monotonic()
        left = buckets.take(key, now)
        if left < 0:
            raise _exceeded(buckets, key, now)
        return [(b"ratelimit-policy", buckets.policy), (b"ratelimit", buckets.header(left))]

    def check_address(self, address: str) -> None:
        """RateExceeded when this address has shown too many wrong credentials: asking costs `sessions` something."""
        key, now = network_of(address), time.monotonic()
        if self._address.policy and self._address.peek(key, now) < 1:
            raise _exceeded(self._address, key, now)

    def charge_address(self, address: str) -> None:
        """For a credential that was no good."""
        if self._address.policy:
            self._address.take(network_of(address), time.monotonic())


def _exceeded(buckets: Buckets, key: Credential | str, now: float) -> RateExceeded:
    figures.REFUSED.labels("rate").inc()
    wait_s = buckets.wait_s(key, now)
    rate = buckets.rate
    return RateExceeded(
        f"More than {rate.per_s:g} requests a second by one {rate.name}; wait {wait_s} s.",
        retry_after_s=wait_s,
        headers={"RateLimit-Policy": buckets.policy.decode(), "RateLimit": buckets.header(0).decode()},
    )


@lru_cache(maxsize=ADDRESSES_REMEMBERED)
def network_of(address: str) -> str:
    """What counts as one address."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], HOME_PREFIX), strict=False))
    except ValueError:
        return address
