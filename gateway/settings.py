"""The gateway's settings: where the services are, where the built page lies, who may be believed."""

import ipaddress
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import field_validator

from gateway.rates import Rate
from shared.settings import ServiceSettings

SERVICES = ("sessions", "ivr", "analytics", "dora")
ROOT = Path(__file__).resolve().parents[1]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(ServiceSettings):
    """Everything has a value that is right for one machine; a secret never has one."""

    service: ClassVar[str] = "gateway"

    iact_sessions_url: str = "http://127.0.0.1:8001"
    iact_ivr_url: str = "http://127.0.0.1:8002"
    iact_analytics_url: str = "http://127.0.0.1:8003"
    iact_dora_url: str = "http://127.0.0.1:8004"
    iact_ui_dir: Path = ROOT / "ui" / "dist"

    iact_gateway_host: str = "127.0.0.1"
    iact_gateway_port: int = 8000
    # True: the operator says that something in front of an address beyond loopback speaks TLS.
    iact_public_bind: bool = False
    # Addresses or networks (comma separated) whose X-Forwarded-* are believed: the TLS proxy, nobody by default.
    iact_trusted_proxies: str = ""
    # Further origins (https://iact.example) that the page is reached by; the request's own Host always counts.
    iact_public_origins: str = ""

    # Origins whose pages may read our answers with a token of their own (CORS); nobody by default.
    iact_cors_origins: str = ""

    iact_identity_cache_s: float = 1.0
    # A service admits about twice its pool of 8; four instances' worth keeps them busy and bounds what we hold.
    iact_gateway_in_flight: int = 64
    iact_access_log: bool = True

    # Worker processes of this gateway: each allows its part of the rates below. Requests a second in the long run, and
    # at once; 0 a second turns a limit off. A page asks about twenty times when it opens, a script as fast as it can.
    iact_gateway_workers: int = 1
    iact_rate_session_per_s: float = 100
    iact_rate_session_burst: int = 500
    iact_rate_token_per_s: float = 100
    iact_rate_token_burst: int = 500
    # Requests that show no valid session or token: sign-ins, webhooks, guesses. A whole office may share an address.
    iact_rate_address_per_s: float = 100
    iact_rate_address_burst: int = 500

    @field_validator("iact_identity_cache_s")
    @classmethod
    def _at_most_a_second(cls, value: float) -> float:
        if not 0 <= value <= 1:
            raise ValueError("IACT_IDENTITY_CACHE_S is between 0 (off) and 1: a revocation must hold within a second")
        return value

    @field_validator("iact_sessions_url", "iact_ivr_url", "iact_analytics_url", "iact_dora_url")
    @classmethod
    def _plain_http_origins(cls, value: str) -> str:
        found = _listed(value)
        if not found:
            raise ValueError("a service needs at least one address; write http://HOST:PORT, several with commas")
        for url in found:
            parts = urlsplit(url)
            if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
                raise ValueError(f"{url!r} is not the address of a service; write http://HOST:PORT")
        return ",".join(url.rstrip("/") for url in found)

    @field_validator("iact_gateway_workers")
    @classmethod
    def _at_least_one(cls, value: int) -> int:
        if value < 1:
            raise ValueError("IACT_GATEWAY_WORKERS is at least 1: the rates are divided by it")
        return value

    def upstream_urls(self) -> dict[str, list[str]]:
        """The addresses of each service: one for each of its processes."""
        return {
            "sessions": _listed(self.iact_sessions_url),
            "ivr": _listed(self.iact_ivr_url),
            "analytics": _listed(self.iact_analytics_url),
            "dora": _listed(self.iact_dora_url),
        }

    def rates(self) -> dict[str, Rate]:
        """This worker's part of each rate."""
        given = {
            "session": (self.iact_rate_session_per_s, self.iact_rate_session_burst),
            "token": (self.iact_rate_token_per_s, self.iact_rate_token_burst),
            "address": (self.iact_rate_address_per_s, self.iact_rate_address_burst),
        }
        return {
            name: Rate(name, per_s, burst).shared_by(self.iact_gateway_workers)
            for name, (per_s, burst) in given.items()
        }

    def trusted_networks(self) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(part, strict=False) for part in _listed(self.iact_trusted_proxies))

    def public_origins(self) -> frozenset[str]:
        return _origins(self.iact_public_origins)

    def cors_origins(self) -> frozenset[str]:
        return _origins(self.iact_cors_origins)


def _origins(text: str) -> frozenset[str]:
    return frozenset(origin.rstrip("/").lower() for origin in _listed(text))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
