"""Every operation of gateway/openapi.json, one line each."""

import json
from pathlib import Path

METHODS = ("get", "post", "put", "patch", "delete")
HEAD = """# Endpoints

Made by `python -m scripts.reference` from `gateway/openapi.json`; a test keeps it equal. Fields, answers and errors are
in the offline pages of a running system, `/api/docs`. How to begin: [API guide](../api/guide.md).
"""


def endpoints_page(root: Path) -> str:
    """The page, by the first tag of each operation."""
    document = json.loads((root / "gateway" / "openapi.json").read_text(encoding="utf-8"))
    groups: dict[str, list[str]] = {}
    for path, operations in sorted(document["paths"].items()):
        for method in METHODS:
            if operation := operations.get(method):
                tag = (operation.get("tags") or ["other"])[0]
                text = operation.get("description") or operation.get("summary", "")
                first = " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")
                groups.setdefault(tag, []).append(f"| `{method.upper()} {path}` | {first} |")
    tables = (f"\n## {tag}\n\n| call | does |\n|---|---|\n" + "\n".join(rows) for tag, rows in sorted(groups.items()))
    return HEAD + "\n".join(tables) + "\n"
