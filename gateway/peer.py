"""Who is at the other end of the connection, and whether the way to them is safe. Pure."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.settings import Network

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Peer:
    """The client's address and the scheme it used, after the word of a trusted proxy only."""

    address: str
    scheme: str


def peer_of(
    *,
    client: str | None,
    scheme: str,
    forwarded_for: str | None,
    forwarded_proto: str | None,
    trusted: Sequence[Network],
) -> Peer:
    """The nearest address that is not a trusted proxy; without trusted proxies simply who connected."""
    address = client or UNKNOWN
    if not trusted or not _is_in(address, trusted):
        return Peer(address, scheme)
    for hop in reversed((forwarded_for or "").split(",")):
        candidate = hop.strip()
        if not _is_address(candidate):
            break
        address = candidate
        if not _is_in(candidate, trusted):
            break
    return Peer(address, forwarded_proto if forwarded_proto in {"http", "https"} else scheme)


@lru_cache(maxsize=256)
def is_loopback(host: str | None) -> bool:
    """Whether only this machine can reach `host`; a Unix socket (None) is private too."""
    if host is None or host in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    if not _is_address(text):
        return False
    address = ipaddress.ip_address(text)
    return any(address in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
