"""Who connected, and whose word counts."""

from ipaddress import ip_network

import pytest

from gateway.binding import check_start, is_private
from gateway.peer import is_loopback, peer_of
from gateway.settings import Settings
from shared.settings import MissingSetting

pytestmark = pytest.mark.unit

PROXY = (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("client", "forwarded_for", "trusted", "address"),
    [
        ("192.0.2.7", None, (), "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", (), "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", PROXY, "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", PROXY, "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", PROXY, "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", PROXY, "198.51.100.1"),
        ("10.0.0.1", "nonsense", PROXY, "10.0.0.1"),
        ("10.0.0.1", None, PROXY, "10.0.0.1"),
        (None, "198.51.100.1", PROXY, "unknown"),
    ],
)
def test_only_a_trusted_proxy_is_believed(
    client: str | None, forwarded_for: str | None, trusted: tuple[object, ...], address: str
) -> None:
    peer = peer_of(
        client=client,
        scheme="http",
        forwarded_for=forwarded_for,
        forwarded_proto="https",
        trusted=trusted,  # type: ignore[arg-type] # written as networks above
    )
    assert peer.address == address
    assert peer.scheme == ("https" if client == "10.0.0.1" else "http")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "localhost", None, ""])
def test_loopback(host: str | None) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "192.168.1.4", "iact.example", "::ffff:10.0.0.1"])  # noqa: S104 - refused
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["uvicorn", "--host", "0.0.0.0"], {}),  # noqa: S104 - refused
        (["uvicorn", "--host=192.0.2.1"], {}),
        (["uvicorn"], {"UVICORN_HOST": "::"}),
    ],
)
def test_a_public_address_without_tls_does_not_start(arguments: list[str], environment: dict[str, str]) -> None:
    with pytest.raises(MissingSetting, match="without TLS"):
        check_start(Settings(_env_file=None), arguments=arguments, environment=environment)
    check_start(Settings(_env_file=None, iact_public_bind=True), arguments=arguments, environment=environment)
    check_start(Settings(_env_file=None), arguments=[*arguments, "--ssl-certfile", "x"], environment=environment)


def test_a_loopback_address_starts() -> None:
    check_start(Settings(_env_file=None), arguments=["uvicorn", "--host", "::1"], environment={})
    check_start(Settings(_env_file=None), arguments=["uvicorn"], environment={})


def test_a_request_that_came_in_the_open_is_refused() -> None:
    assert is_private(server="127.0.0.1", scheme="http", allowed=False)
    assert is_private(server="192.0.2.1", scheme="https", allowed=False)
    assert is_private(server="192.0.2.1", scheme="http", allowed=True)
    assert not is_private(server="192.0.2.1", scheme="http", allowed=False)


@pytest.mark.parametrize("url", ["https://a", "http://", "http://a/path", "ftp://a", "a:80", "http://a?x=1"])
def test_a_service_has_a_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match="address of a service"):
        Settings(_env_file=None, iact_ivr_url=url)


def test_an_identity_is_kept_for_a_second_at_most() -> None:
    with pytest.raises(ValueError, match="within a second"):
        Settings(_env_file=None, iact_identity_cache_s=1.5)
