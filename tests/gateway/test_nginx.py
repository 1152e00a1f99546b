"""deploy/nginx/iact.conf in front of a real gateway: TLS, the client's address, limits, two gateways."""

import asyncio
import datetime as dt
import shutil
import signal
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.identity import write_key_pair
from shared.ports import free_port
from shared.testing.plugin import ROOT
from tests.gateway.processes import Running, ending, start, start_app, start_gateway

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed (apt install nginx-light)"),
]

NAME = "iact.example"
SERVICES = ("sessions", "ivr", "analytics", "dora")
WITH_TOKEN = {"authorization": "Bearer anna-anna-anna-anna.RPT-001"}
MAIN = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/iact.conf;
}}
"""


@dataclass
class Site:
    """nginx as deploy/ sets it up, with two gateways behind."""

    tls_port: int
    plain_port: int
    gateways: list[Running]
    certificate: Path

    def client(self) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.AsyncClient(
            base_url=f"https://127.0.0.1:{self.tls_port}",
            verify=context,
            trust_env=False,
            headers={"host": NAME},
            timeout=20,
        )


def configured(folder: Path, ports: dict[str, int]) -> str:
    """The shipped file with the test's ports and certificate in place of an operator's."""
    text = (ROOT / "deploy" / "nginx" / "iact.conf").read_text(encoding="utf-8")
    for old, new in {
        "listen 80 default_server": f"listen 127.0.0.1:{ports['plain']} default_server",
        "listen 443 ssl default_server": f"listen 127.0.0.1:{ports['tls']} ssl default_server",
        "listen 443 ssl http2": f"listen 127.0.0.1:{ports['tls']} ssl http2",
        "server 127.0.0.1:8000": f"server 127.0.0.1:{ports['one']}",
        "server 127.0.0.1:8100": f"server 127.0.0.1:{ports['two']}",
        "/etc/iact/tls/fullchain.pem": str(folder / "cert.pem"),
        "/etc/iact/tls/privkey.pem": str(folder / "key.pem"),
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def write_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    write_key_pair(tmp_path)
    echo = start_app("tests.gateway.echo_app:app")
    with ending(echo):
        services = dict.fromkeys(SERVICES, echo.url)
        gateways = [start_gateway(tmp_path, services, iact_trusted_proxies="127.0.0.1") for _ in range(2)]
        with ending(*gateways):
            ports = {"plain": free_port(), "tls": free_port(), "one": gateways[0].port, "two": gateways[1].port}
            certificate = write_certificate(folder)
            (folder / "iact.conf").write_text(configured(folder, ports), encoding="utf-8")
            (folder / "nginx.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")
            command = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
            checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
            assert checked.returncode == 0, checked.stderr
            nginx = start(command, ports["tls"])
            with ending(nginx):
                yield Site(ports["tls"], ports["plain"], gateways, certificate)


def sni(client: httpx.AsyncClient, method: str, path: str, **options: object) -> "asyncio.Future[httpx.Response]":
    made = client.request(method, path, extensions={"sni_hostname": NAME}, **options)  # type: ignore[arg-type] # as httpx
    return asyncio.ensure_future(made)


async def test_through_tls(site: Site) -> None:
    lies = {"x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "http", "forwarded": "for=6.6.6.6", "x_iact": "1"}
    async with site.client() as client:
        answer = await sni(client, "GET", "/api/v1/ivr/x?y=1", headers={**WITH_TOKEN, **lies})
        assert answer.status_code == 200
        assert "max-age" in answer.headers["strict-transport-security"]
        assert "server" not in answer.headers or "/" not in answer.headers["server"], "no version"
        heard = dict(answer.json()["headers"])
        assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("127.0.0.1", "https")
        assert heard["x-forwarded-host"] == NAME
        assert "6.6.6.6" not in str(heard)
        for path in ("/internal/introspections", "/metrics", "/api/v1/ivr/../../internal/x"):
            assert (await sni(client, "GET", path)).status_code in {400, 404}
        large = await sni(client, "POST", "/api/v1/ivr/x", headers=WITH_TOKEN, content=b"x" * 11 * 1024 * 1024)
        assert large.status_code == 413
        streamed = await sni(client, "GET", "/api/v1/ivr/big?mib=4", headers=WITH_TOKEN)
        assert len(streamed.content) == 4 * 1024 * 1024


async def test_plain_http_leads_to_our_name_whatever_was_asked_for(site: Site) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.plain_port}", trust_env=False, timeout=60) as client:
        for host in (NAME, "evil.example"):
            answer = await client.get("/api/v1/ivr/x?y=1", headers={"host": host})
            assert (answer.status_code, answer.headers["location"]) == (308, f"https://{NAME}/api/v1/ivr/x?y=1")


async def test_another_name_gets_no_answer(site: Site) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for server_hostname in ("evil.example", "localhost"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection(
                "127.0.0.1", site.tls_port, ssl=context, server_hostname=server_hostname, ssl_handshake_timeout=60
            )


@pytest.mark.parametrize(
    ("version", "spoken"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
async def test_what_is_older_than_tls_1_2_is_refused(site: Site, version: ssl.TLSVersion, *, spoken: bool) -> None:
    context = ssl.create_default_context(cafile=str(site.certificate))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # a client that would
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    opening = asyncio.open_connection("127.0.0.1", site.tls_port, ssl=context, server_hostname=NAME)
    if spoken:
        _, writer = await opening
        assert writer.get_extra_info("ssl_object").version() == version.name.replace("_", ".")
        writer.close()
    else:
        with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
            await opening


ANSWERED_MIN = 30


async def test_a_gateway_restarts_and_nobody_notices(site: Site) -> None:
    failed: list[str] = []
    answered = 0
    done = asyncio.Event()

    async def ask(client: httpx.AsyncClient) -> None:
        nonlocal answered
        while not done.is_set():
            answer = await sni(client, "GET", "/api/v1/ivr/x", headers=WITH_TOKEN)
            answered += 1
            if answer.status_code not in {200, 429}:
                failed.append(f"{answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(0.01)

    async with site.client() as client:
        asking = [asyncio.create_task(ask(client)) for _ in range(4)]
        await asyncio.sleep(0.7)
        await asyncio.to_thread(site.gateways[0].stop, signal.SIGTERM)
        await asyncio.sleep(1)
        async with asyncio.timeout(60):
            while answered <= ANSWERED_MIN and not failed:  # noqa: ASYNC110 - those who ask tell nobody
                await asyncio.sleep(0.05)
        done.set()
        await asyncio.gather(*asking)
    assert not failed
    assert answered > ANSWERED_MIN


async def test_without_a_gateway_it_is_said_as_the_gateway_says_things(site: Site) -> None:
    for gateway in site.gateways:
        await asyncio.to_thread(gateway.stop, signal.SIGKILL)
    async with site.client() as client:
        for method, path in (("GET", "/api/v1/ivr/x"), ("POST", "/api/v1/analytics/query"), ("POST", "/api/v1/ivr/x")):
            answer = await sni(client, method, path, headers=WITH_TOKEN)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == 503
