"""The tables and views of deploy/schema.sql, column by column."""

import re
from pathlib import Path

TABLE = re.compile(r"^CREATE TABLE (?P<name>[\w.]+) \(\n(?P<columns>.*?)^\)(?P<rest>[^;]*);", re.MULTILINE | re.DOTALL)
VIEW = re.compile(r"^CREATE VIEW ([\w.]+)", re.MULTILINE)
COLUMN = re.compile(r"^ {4}(?!CONSTRAINT\b)(?P<name>\"?\w+\"?) (?P<type>.*?),?$", re.MULTILINE)
SPLIT = re.compile(r"\s+(?=DEFAULT |NOT NULL|GENERATED )")
HEAD = """# Data dictionary

Made by `python -m scripts.reference` from `deploy/schema.sql`, the sum of all migrations; a test keeps it equal. What
the words mean is in [metrics](../metrics.md) and [architecture](../architecture.md). Partitions are left out; other
services read a schema through its views `*_v1` only.
"""


def tables_page(root: Path) -> str:
    """The page: schema by schema, table by table, then the views."""
    text = (root / "deploy" / "schema.sql").read_text(encoding="utf-8")
    tables = {found["name"]: found for found in TABLE.finditer(text)}
    views = VIEW.findall(text)
    parts = [HEAD]
    for schema in sorted({name.partition(".")[0] for name in [*tables, *views]}):
        parts.append(f"\n## {schema}\n")
        for name, found in tables.items():
            if name.startswith(f"{schema}."):
                parts.append(
                    f"\n### {name}\n\n| column | type | default |\n|---|---|---|\n{_columns(found['columns'])}"
                )
        own = [f"`{view}`" for view in views if view.startswith(f"{schema}.")]
        if own:
            parts.append(f"\nViews: {', '.join(own)}.\n")
    return "".join(parts)


def _columns(text: str) -> str:
    rows = []
    for found in COLUMN.finditer(text):
        kind, *rest = SPLIT.split(found["type"])
        null = "" if "NOT NULL" in rest else ", may be null"
        default = " ".join(part.removeprefix("DEFAULT ") for part in rest if part != "NOT NULL").replace("|", "\\|")
        rows.append(f"| `{found['name']}` | {kind}{null} | {f'`{default}`' if default else '-'} |\n")
    return "".join(rows)
