"""The page: its files, every other address, its nonce, and no way out of its folder."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.page import Page, accepts, matches
from tests.gateway.conftest import RawRequest

SCRIPT = b"console.log('iact');\n" * 200
INDEX = b'<!doctype html><script nonce="__CSP_NONCE__" src="/assets/index-Ab12_Cd3.js"></script>'


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built page, and a secret beside it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "favicon.svg").write_bytes(b"<svg/>")
    (folder / ".hidden").write_bytes(b"secret")
    (folder / "assets" / "index-Ab12_Cd3.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-Ab12_Cd3.js.br").write_bytes(b"brotli form")
    (folder / "assets" / "plain-Zz99zz99.css").write_bytes(b"a{}" * 1000)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "assets" / "out").symlink_to(tmp_path)
    return folder


@pytest.mark.unit
@pytest.mark.parametrize(
    ("header", "expected"),
    [("br, gzip", True), ("gzip;q=0.5, br;q=1.0", True), ("BR", True), ("br;q=0", False), ("gzip", False), ("", False)],
)
def test_content_codings(header: str, expected: bool) -> None:
    assert accepts(header, "br") is expected


@pytest.mark.unit
def test_etags() -> None:
    assert matches('"a", W/"b"', '"b"')
    assert matches("*", '"b"')
    assert not matches('"a"', '"b"')


@pytest.mark.unit
@given(path=st.text(st.sampled_from("/.%\\secrtxhdnouasinkl-"), max_size=25))
async def test_no_address_leads_out_of_the_folder(path: str) -> None:
    folder = Path(__file__).parent / "no-such-page"
    assert await Page(folder).asset("/" + path) is None


@pytest.mark.unit
async def test_only_plain_visible_files_exist(dist: Path) -> None:
    page = Page(dist)
    for path in ("/link.txt", "/.hidden", "/assets/out/secret.txt", "/../secret.txt", "/assets/../../secret.txt", "//"):
        assert await page.asset(path) is None
    assert await page.asset("/assets/index-Ab12_Cd3.js.br") is None, "a packed form is not a file of its own"
    assert await page.asset("/favicon.svg") is not None


@pytest.mark.unit
async def test_a_new_build_shows_up(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.page.PAGE_RESCAN_S", 0)
    page = Page(dist)
    assert await page.index("n") == INDEX.replace(b"__CSP_NONCE__", b"n")
    (dist / "new.txt").write_bytes(b"new")
    (dist / "index.html").write_bytes(b"second build")
    assert await page.index("n") == b"second build"
    assert await page.asset("/new.txt") is not None


@pytest.mark.integration
async def test_every_address_is_the_page_with_its_own_nonce(dist: Path, client: httpx.AsyncClient) -> None:
    nonces = set()
    for path in ("/", "/index.html", "/overview", "/reports/abandonment?quarter=2025-Q3", "/sign-in"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        [nonce] = set(re.findall(r"'nonce-([^']+)'", policy))
        assert f'nonce="{nonce}"' in answer.text
        nonces.add(nonce)
    assert len(nonces) == 5


@pytest.mark.integration
async def test_hashed_files_are_kept_for_ever_and_packed(dist: Path, client: httpx.AsyncClient) -> None:
    path = "/assets/index-Ab12_Cd3.js"
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert plain.content == SCRIPT
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["vary"] == "accept-encoding"
    again = await client.get(path, headers={"accept-encoding": "identity", "if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/favicon.svg")).headers["cache-control"] == "no-cache"
    assert (await client.head(path)).headers["content-length"]


@pytest.mark.integration
async def test_packed_forms(dist: Path, raw: RawRequest) -> None:
    head = b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\naccept-encoding: gzip, br\r\n\r\n"
    made = await raw(b"GET /assets/index-Ab12_Cd3.js" + head)
    assert b"content-encoding: br" in made
    assert made.endswith(b"brotli form")
    packed = await raw(b"GET /assets/plain-Zz99zz99.css" + head)
    assert b"content-encoding: gzip" in packed
    assert gzip.decompress(packed.split(b"\r\n\r\n", 1)[1]) == b"a{}" * 1000


@pytest.mark.integration
@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/assets/out/secret.txt",
        "/link.txt",
        "/.hidden",
        "/%00/../secret.txt",
        "/assets/....//....//secret.txt",
    ],
)
async def test_no_path_leads_out(dist: Path, raw: RawRequest, path: str) -> None:
    answer = await raw(f"GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".encode())
    assert b"secret\n" not in answer
    assert not answer.endswith(b"secret")
    assert b"root:" not in answer


@pytest.mark.integration
@pytest.mark.parametrize(
    "path", ["/assets/gone-12345678.js", "/missing.png", "/api/v2/x", "/api", "/internal/x", "/health"]
)
async def test_a_missing_file_is_no_page(dist: Path, client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.integration
async def test_the_page_only_reads(dist: Path, client: httpx.AsyncClient) -> None:
    for path in ("/", "/overview", "/assets/index-Ab12_Cd3.js", "/api/openapi.json", "/health/ready"):
        answer = await client.post(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.integration
async def test_a_page_that_is_not_built_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "not built" in answer.text
    assert "./scripts/start.sh" in answer.text
