"""Ports on loopback for servers that this process is about to start."""

import atexit
import errno
import re
import secrets
import socket
import sys
from collections import deque
from collections.abc import Collection, Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below lie the well-known ports and those that people like to choose by hand (8000, 9090).
FIRST = 10_000
# Where the kernel does not tell: its own default for the first port of an outgoing connection.
OUTGOING_DEFAULT = 32_768
PORT_MAX = 65_535
# Fewer candidates than this, and servers started side by side would meet one another.
CANDIDATES_MIN = 1_000
# So many ports asked for in vain mean that the machine has none, not bad luck.
ATTEMPTS = 1_000
OUTGOING_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# A process that starts servers listens on a port within minutes of choosing it; by then it has not chosen so many more.
PROMISED_MAX = 200
_promised: deque[socket.socket] = deque()


class NoFreePortError(RuntimeError):
    """The machine has no port left for a server."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that ended a moment ago does not keep its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
        return True


def candidates() -> range:
    """Ports that the kernel gives to no outgoing connection; all unprivileged ones where it leaves too few.

    A port that the kernel itself picks (`bind` to 0) lies where outgoing connections take theirs: between closing it
    and listening on it, any client on the machine may get it.
    """
    return _below(_first_outgoing())


def _below(outgoing: int) -> range:
    return range(FIRST, outgoing) if outgoing - FIRST >= CANDIDATES_MIN else range(FIRST, PORT_MAX + 1)


def _first_outgoing() -> int:
    try:
        text = OUTGOING_RANGE.read_text(encoding="ascii")
    except OSError:
        return OUTGOING_DEFAULT
    found = re.match(r"\s*(\d+)", text)
    return int(found[1]) if found else OUTGOING_DEFAULT


def free_port(*, beside: Iterable[int] = (), avoid: Collection[int] = ()) -> int:
    """A loopback port outside `avoid` that is free now, as are those at the distances `beside` from it.

    Raises NoFreePortError when the machine has none. Chosen at random by the operating system's generator, so that
    processes with the same seed do not choose the same. On Linux no other process is given any of these ports by this
    function before this one ends or has chosen PROMISED_MAX more.
    """
    offsets = (0, *beside)
    among = candidates()
    for _ in range(ATTEMPTS):
        port = secrets.choice(among)
        wanted = [port + offset for offset in offsets]
        if wanted[-1] not in among or set(wanted) & set(avoid) or not all(map(is_free, wanted)):
            continue
        if _promise(wanted):
            return port
    raise NoFreePortError(
        f"no free port in {among.start} to {among.stop - 1} after {ATTEMPTS} attempts: end programs that listen there"
    )


def _promise(wanted: Iterable[int]) -> bool:
    """Whether these ports are this process's to give; between choosing and listening a port looks free to others.

    The promise is a Unix socket in the abstract namespace, which the kernel keeps apart by network as it does ports,
    and takes back when the process ends in whatever way.
    """
    if sys.platform != "linux":
        return True
    made: list[socket.socket] = []
    for port in wanted:
        promise = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        made.append(promise)
        try:
            promise.bind(f"\0iact-port-{port}")
        except OSError as error:
            for each in made:
                each.close()
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    _promised.extend(made)
    _forget(PROMISED_MAX)
    return True


def _forget(kept: int) -> None:
    """Take back all promises but the newest."""
    while len(_promised) > kept:
        _promised.popleft().close()


atexit.register(_forget, 0)
