"""Which ports the system takes, and whether they are free, asked before anything starts."""

from collections.abc import Iterable

from iact.errors import CommandFailed
from shared import ports
from shared.ports import PORT_MAX, is_free

PORT_DEFAULT = 8000
# gateway takes N, the services N+1 … N+4 in this order, metrics N+10 … on loopback
PROCESSES = ("gateway", "sessions", "ivr", "analytics", "dora")
METRICS_OFFSET = 10
SET_OFFSET = 100  # a second process of each kind takes N+100 …, a third N+200 …
PROCESSES_MAX = 4  # of each kind: four gateways are more than one machine's cores keep busy


def service_ports(first: int) -> dict[str, int]:
    """The port of each process when the gateway takes `first`."""
    return {name: first + offset for offset, name in enumerate(PROCESSES)}


def metrics_ports(first: int) -> dict[str, int]:
    """The metrics port of each process when the gateway takes `first`."""
    return {name: port + METRICS_OFFSET for name, port in service_ports(first).items()}


def process_name(kind: str, number: int) -> str:
    """`ivr` for the first process of a kind, `ivr-2` for the second."""
    return kind if number == 1 else f"{kind}-{number}"


def process_ports(first: int, processes: int) -> dict[str, int]:
    """The port of every process when there are so many of each kind, by process name."""
    return {
        process_name(kind, number): port
        for number in range(1, processes + 1)
        for kind, port in service_ports(first + SET_OFFSET * (number - 1)).items()
    }


def all_ports(first: int, processes: int) -> list[int]:
    """Every port that the system takes but those of the databases: of all processes and of their metrics."""
    own = process_ports(first, processes).values()
    return [*own, *(port + METRICS_OFFSET for port in own)]


def free_port(preferred: int | None = None, avoid: Iterable[int] = ()) -> int:
    """`preferred` when it is free, else any free port outside `avoid`."""
    avoided = set(avoid)
    if preferred is not None and preferred not in avoided and is_free(preferred):
        return preferred
    return ports.free_port(avoid=avoided)


def require_free(first: int, processes: int = 1) -> None:
    """Raise the sentence that names the first taken port and the way out."""
    wanted = all_ports(first, processes)
    if first < 1 or max(wanted) > PORT_MAX:
        raise CommandFailed(
            f"--port {first} leaves no room: it and the {max(wanted) - first} ports after it"
            f" must lie in 1 to {PORT_MAX}"
        )
    taken = [port for port in wanted if not is_free(port)]
    if taken:
        others = f" (it takes {first} to {first + 4} and {first + 10} to {first + 14})"
        raise CommandFailed(
            f"port {taken[0]} is taken by another program; stop that program or choose others with --port N{others}"
        )
