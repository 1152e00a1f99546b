"""`/api/openapi.json` and `/api/docs`: the document that `iact openapi` wrote, and a page of our own that shows it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from gateway.page import Asset, load_asset

FOLDER = Path(__file__).resolve().parent
DOCUMENT = FOLDER / "openapi.json"
DOCS = "/api/docs"


@cache
def document() -> Asset:
    """The checked-in description of all services."""
    return _required(DOCUMENT)


@cache
def docs_files() -> dict[str, Asset]:
    """The script and style of the docs page by address; nothing of it comes from elsewhere."""
    return {f"{DOCS}/{name}": _required(FOLDER / name) for name in ("docs.js", "docs.css")}


@cache
def docs_page() -> bytes:
    return (FOLDER / "docs.html").read_bytes()


def path_templates() -> list[str]:
    """The documented paths: what a metric's label may be."""
    described: dict[str, Any] = json.loads(document().forms["identity"])
    return list(described["paths"])


def _required(path: Path) -> Asset:
    asset = load_asset(f"/{path.name}", path)
    if asset is None:
        raise FileNotFoundError(path)
    return asset
