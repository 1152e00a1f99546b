"""Refuses to be reached from other machines without TLS: at the start where the address is known, else per request.

A server such as uvicorn binds after the application has started and does not say where, so the start can only look
at what it was told; every request then carries the address that it arrived at.
"""

from collections.abc import Mapping, Sequence

from gateway.peer import is_loopback
from gateway.settings import Settings
from shared.settings import MissingSetting


def check_start(settings: Settings, *, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """MissingSetting when the declared address is public and nothing says that TLS protects it."""
    host = declared_host(settings, arguments=arguments, environment=environment)
    tls = "--ssl-certfile" in arguments or "UVICORN_SSL_CERTFILE" in environment
    if not (is_loopback(host) or tls or settings.iact_public_bind):
        raise MissingSetting(
            f"the gateway would listen on {host} without TLS: passwords would cross the network readable. Listen on "
            "127.0.0.1 behind a TLS proxy (deploy/), or set IACT_PUBLIC_BIND=true where the network itself is safe"
        )


def declared_host(settings: Settings, *, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Where the server was told to listen: its command line, its environment, our own setting."""
    for position, argument in enumerate(arguments):
        if argument == "--host" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--host="):
            return argument.removeprefix("--host=")
    return environment.get("UVICORN_HOST", settings.iact_gateway_host)


def is_private(*, server: str | None, scheme: str, allowed: bool) -> bool:
    """Whether a request that arrived at `server` came a way on which nobody else can read it."""
    return allowed or scheme == "https" or is_loopback(server)
