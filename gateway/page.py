"""The built page, as files by name: what is not in the list does not exist, so no path can lead out of the folder."""

import asyncio
import gzip
import hashlib
import mimetypes
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.incoming import Headers
from gateway.limits import ASSET_BYTES_MAX, ASSET_CACHE_BYTES, PAGE_RESCAN_S

INDEX = "/index.html"
NONCE_PLACEHOLDER = b"__CSP_NONCE__"
# The bundler writes a digest of the content into these names: their content never changes.
HASHED = re.compile(r"^/assets/.+[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
IMMUTABLE = b"public, max-age=31536000, immutable"
REVALIDATE = b"no-cache"
PACKED = {"br": ".br", "gzip": ".gz"}
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
GZIP_BYTES_MIN = 1024  # below a packet nothing is won

# The interpreter's table depends on the machine; these are what a page is made of.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page, ready to send: each form that a browser may ask for."""

    content_type: str
    etag: str
    cache_control: bytes
    forms: dict[str, bytes]  # by content coding; "identity" is always there

    def answer(self, *, accept_encoding: str, if_none_match: str | None) -> tuple[int, Headers, bytes]:
        """Status, headers and body for one request."""
        coding = next((each for each in ("br", "gzip") if each in self.forms and accepts(accept_encoding, each)), "")
        etag = f'"{self.etag}-{coding}"' if coding else f'"{self.etag}"'
        headers: Headers = [
            (b"etag", etag.encode()),
            (b"cache-control", self.cache_control),
            (b"vary", b"accept-encoding"),
        ]
        if if_none_match is not None and matches(if_none_match, etag):
            return 304, headers, b""
        body = self.forms[coding or "identity"]
        if coding:
            headers.append((b"content-encoding", coding.encode()))
        headers += [(b"content-type", self.content_type.encode()), (b"content-length", str(len(body)).encode())]
        return 200, headers, body


def accepts(accept_encoding: str, coding: str) -> bool:
    """Whether a browser takes this content coding (named, and not with q=0)."""
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        if name.strip() == coding:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters)
    return False


def matches(if_none_match: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


@dataclass
class Page:
    """The folder with the built page. Looked through again when its index changes, so a new build shows up."""

    folder: Path
    _files: dict[str, Path] = field(default_factory=dict)
    _assets: dict[str, Asset] = field(default_factory=dict)
    _cached_bytes: int = 0
    _index: bytes | None = None
    _stamp: int | None = None
    _looked_at: float = float("-inf")

    async def index(self, nonce: str) -> bytes | None:
        """The page's HTML with this answer's nonce; None when it is not built."""
        await self._refresh()
        return None if self._index is None else self._index.replace(NONCE_PLACEHOLDER, nonce.encode())

    async def asset(self, path: str) -> Asset | None:
        """The file of this address; None when the page has none."""
        await self._refresh()
        known = self._assets.get(path)
        if known is not None:
            return known
        file = self._files.get(path)
        if file is None:
            return None
        # Reading and packing happen once per file and off the event loop.
        asset = await asyncio.to_thread(load_asset, path, file)
        if asset is not None:
            self._keep(path, asset)
        return asset

    def _keep(self, path: str, asset: Asset) -> None:
        size = sum(map(len, asset.forms.values()))
        if self._cached_bytes + size <= ASSET_CACHE_BYTES:
            self._assets[path] = asset
            self._cached_bytes += size

    async def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < PAGE_RESCAN_S:
            return
        self._looked_at = now
        stamp = _stamp(self.folder / INDEX[1:])
        if stamp != self._stamp:
            self._files, self._index = await asyncio.to_thread(_scan, self.folder)
            self._assets, self._cached_bytes, self._stamp = {}, 0, stamp


def _stamp(index: Path) -> int | None:
    try:
        return index.stat().st_mtime_ns
    except OSError:
        return None


def _scan(folder: Path) -> tuple[dict[str, Path], bytes | None]:
    """Every plain file of the folder by its address; links and hidden files are nobody's business."""
    root = folder.resolve()
    if not root.is_dir():
        return {}, None
    files = {
        "/" + path.relative_to(root).as_posix(): path
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and not any(p.startswith(".") for p in path.relative_to(root).parts)
    }
    index = files.pop(INDEX, None)
    packed = {
        name for name in files if any(name.endswith(end) and name.removesuffix(end) in files for end in (".br", ".gz"))
    }
    return {name: path for name, path in files.items() if name not in packed}, index.read_bytes() if index else None


def load_asset(name: str, file: Path) -> Asset | None:
    try:
        if file.stat().st_size > ASSET_BYTES_MAX:
            return None
        plain = file.read_bytes()
    except OSError:
        return None
    content_type = TYPES.get(file.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    forms = {"identity": plain}
    for coding, ending in PACKED.items():
        packed = file.with_name(file.name + ending)
        if packed.is_file() and not packed.is_symlink():
            forms[coding] = packed.read_bytes()
    if "gzip" not in forms and len(plain) >= GZIP_BYTES_MIN and content_type.startswith(COMPRESSIBLE):
        forms["gzip"] = gzip.compress(plain, mtime=0)
    return Asset(
        content_type=content_type,
        etag=hashlib.sha256(plain).hexdigest()[:32],
        cache_control=IMMUTABLE if HASHED.match(name) else REVALIDATE,
        forms=forms,
    )
