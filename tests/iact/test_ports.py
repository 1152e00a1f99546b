import socket

import pytest

import shared.ports
from iact import ports
from iact.errors import CommandFailed
from shared.ports import LOOPBACK, is_free

pytestmark = pytest.mark.unit


def test_services_follow_the_gateway_and_metrics_follow_ten_later() -> None:
    assert ports.service_ports(8100) == {
        "gateway": 8100,
        "sessions": 8101,
        "ivr": 8102,
        "analytics": 8103,
        "dora": 8104,
    }
    assert ports.metrics_ports(8100)["dora"] == 8114


@pytest.mark.parametrize("offset", [0, 4, 10, 14])
def test_a_taken_port_is_named_with_the_way_out(offset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        taken = other.getsockname()[1]
        really_free = is_free
        # Other programs may hold the neighbours at this moment; the one in question is really asked about.
        monkeypatch.setattr(ports, "is_free", lambda port: really_free(port) if port == taken else True)
        with pytest.raises(CommandFailed, match=f"port {taken} is taken by another program.*--port N"):
            ports.require_free(taken - offset)


@pytest.mark.parametrize("first", [0, 65_522, 70_000])
def test_ports_beyond_the_range_are_refused_before_anything_is_bound(first: int) -> None:
    with pytest.raises(CommandFailed, match="leaves no room"):
        ports.require_free(first)


def test_a_preferred_port_is_kept_while_it_is_free() -> None:
    port = ports.free_port()
    assert ports.free_port(port) == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert ports.free_port(port) != port


def test_an_avoided_port_is_not_given() -> None:
    port = ports.free_port()
    assert ports.free_port(port, avoid=[port]) != port


def test_all_ports_are_those_that_are_asked_about_before_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def is_free(port: int) -> bool:
        asked.append(port)
        return True

    monkeypatch.setattr(ports, "is_free", is_free)
    ports.require_free(8100, processes=2)
    assert sorted(ports.all_ports(8100, 2)) == sorted(asked)
    assert sorted(asked) == [first + offset + n for first in (8100, 8200) for offset in (0, 10) for n in range(5)]


def test_a_database_gets_no_port_of_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    among = range(20_000, 20_016)
    monkeypatch.setattr(shared.ports, "candidates", lambda: among)
    monkeypatch.setattr(shared.ports, "_promise", lambda _: True)
    monkeypatch.setattr(shared.ports, "is_free", lambda _: True)
    services = set(ports.all_ports(20_000, 1))
    assert {ports.free_port(avoid=services) for _ in range(100)} <= set(among) - services
