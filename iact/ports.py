"""Which ports the system takes, and whether they are free, asked before anything starts."""

from collections.abc import Iterable

from iact.errors import CommandFailed
from shared import ports
from shared.ports import PORT_MAX, is_free

PORT_DEFAULT = 8000
# gateway takes N, the services N+1 … N+4 in this order, metrics N+10 … on loopback
PROCESSES = ("gateway", "sessions", "ivr", "analytics", "dora")
METRICS_OFFSET = 10


def service_ports(first: int) -> dict[str, int]:
    """The port of each process when the gateway takes `first`."""
    return {name: first + offset for offset, name in enumerate(PROCESSES)}


def metrics_ports(first: int) -> dict[str, int]:
    """The metrics port of each process when the gateway takes `first`."""
    return {name: port + METRICS_OFFSET for name, port in service_ports(first).items()}


def free_port(preferred: int | None = None, avoid: Iterable[int] = ()) -> int:
    """`preferred` when it is free, else any free port outside `avoid`."""
    avoided = set(avoid)
    if preferred is not None and preferred not in avoided and is_free(preferred):
        return preferred
    return ports.free_port(avoid=avoided)


def require_free(first: int) -> None:
    """Raise the sentence that names the first taken port and the way out."""
    wanted = [*service_ports(first).values(), *metrics_ports(first).values()]
    if first < 1 or wanted[-1] > PORT_MAX:
        raise CommandFailed(f"--port {first} leaves no room: it and the 14 ports after it must lie in 1 to {PORT_MAX}")
    taken = [port for port in wanted if not is_free(port)]
    if taken:
        others = f" (it takes {first} to {first + 4} and {first + 10} to {first + 14})"
        raise CommandFailed(
            f"port {taken[0]} is taken by another program; stop that program or choose others with --port N{others}"
        )
