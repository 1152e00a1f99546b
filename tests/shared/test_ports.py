import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from shared import ports

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("told", "first", "last"),
    [
        ("32768\t60999\n", 10_000, 32_767),
        ("20000 60999", 10_000, 19_999),
        ("1024 65535", 10_000, 65_535),  # nothing left below: any is better than none
        ("10500 65535", 10_000, 65_535),
        ("rubbish", 10_000, 32_767),
        (None, 10_000, 32_767),
    ],
)
def test_ports_lie_below_those_of_outgoing_connections(
    told: str | None, first: int, last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "range"
    if told is not None:
        place.write_text(told, encoding="ascii")
    monkeypatch.setattr(ports, "OUTGOING_RANGE", place)
    assert (ports.candidates()[0], ports.candidates()[-1]) == (first, last)


def test_a_port_cannot_be_taken_by_an_outgoing_connection() -> None:
    if ports.candidates().stop > ports.PORT_MAX:
        pytest.skip("this machine lets outgoing connections have every port")
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        with socket.create_connection(server.getsockname()) as client:
            assert client.getsockname()[1] not in ports.candidates()
    assert all(ports.free_port() in ports.candidates() for _ in range(50))


def test_a_server_can_listen_and_then_the_port_is_not_free() -> None:
    port = ports.free_port()
    assert ports.is_free(port)
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, port))
        server.listen()
        assert not ports.is_free(port)
    assert ports.is_free(port)


def test_a_port_that_may_not_be_taken_is_not_free_and_other_errors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        error = 13  # EACCES

        @override
        def bind(self, _: object) -> None:
            raise OSError(self.error, "refused")

    monkeypatch.setattr(socket, "socket", Refusing)
    assert not ports.is_free(80)
    Refusing.error = 99  # EADDRNOTAVAIL: not a matter of the port
    with pytest.raises(OSError, match="refused"):
        ports.is_free(10_000)


def test_neighbours_are_free_too_and_inside_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "candidates", lambda: range(20_000, 20_010))
    monkeypatch.setattr(ports, "is_free", lambda port: port != 20_003)
    monkeypatch.setattr(ports, "_promise", lambda _: True)
    assert {ports.free_port(beside=range(1, 6)) for _ in range(60)} == {20_004}


def test_avoided_ports_are_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "candidates", lambda: range(20_000, 20_003))
    monkeypatch.setattr(ports, "is_free", lambda _: True)
    monkeypatch.setattr(ports, "_promise", lambda _: True)
    assert {ports.free_port(avoid=[20_000, 20_002]) for _ in range(60)} == {20_001}


def test_a_machine_without_ports_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _: False)
    with pytest.raises(ports.NoFreePortError, match=r"no free port in \d+ to \d+ after 1000 attempts"):
        ports.free_port()


# Numbers that no server has and no other run promises: this process's own.
OWN = 100_000 + 100 * os.getpid()
LINUX_ONLY = "processes keep promises to one another in Linux's abstract namespace; elsewhere there are none"
OTHER = """
import sys
from shared import ports
first = int(sys.argv[1])
ports.candidates = lambda: range(first, first + 12)
ports.is_free = lambda _: True
print(ports.free_port(beside=range(1, 6)), flush=True)
input()
"""


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ports that only promises keep from being given."""
    monkeypatch.setattr(ports, "is_free", lambda _: True)
    monkeypatch.setattr(ports, "_promised", deque())
    yield
    ports._forget(0)


@pytest.mark.skipif(sys.platform != "linux", reason=LINUX_ONLY)
@pytest.mark.usefixtures("own")
def test_what_another_process_has_chosen_is_not_given_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    among = range(OWN, OWN + 12)
    monkeypatch.setattr(ports, "candidates", lambda: among)
    with subprocess.Popen([sys.executable, "-c", OTHER, str(OWN)], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdin
        assert other.stdout
        first = int(other.stdout.readline())
        theirs = set(range(first, first + 6))
        given = {ports.free_port() for _ in range(6)}  # all that is left, once each
        assert given == set(among) - theirs
        with pytest.raises(ports.NoFreePortError):
            ports.free_port()
        other.stdin.close()
        assert other.wait(timeout=60)
    assert ports.free_port() in theirs


@pytest.mark.skipif(sys.platform != "linux", reason=LINUX_ONLY)
@pytest.mark.usefixtures("own")
def test_promises_end_when_many_more_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    among = range(OWN + 50, OWN + 54)
    monkeypatch.setattr(ports, "PROMISED_MAX", 3)
    monkeypatch.setattr(ports, "candidates", lambda: among)
    given = [ports.free_port() for _ in range(8)]
    assert set(given) == set(among)
    assert all(len(set(given[place : place + 4])) == 4 for place in range(5))
