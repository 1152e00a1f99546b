"""Every sentence that the product logs, from the syntax tree: level, module, text, fields."""

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("gateway", "services", "shared")
LEVELS = ("info", "warning", "error", "exception", "critical")
NAMES = frozenset({"log", "logger", "_log"})
HEAD = """# Log events

Made by `python -m scripts.reference` from the code; a test keeps it equal. A line of the log is JSON with `service`,
`level`, `event` (the sentence below, values in place of `{...}`), `request_id` and the fields named here. `error` means
that somebody gets up. No line has a telephone number, token, password or body.
"""


def log_events_page(root: Path) -> str:
    """The page, one table a service."""
    rows: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            parts = file.relative_to(root).parts
            if "testing" in parts:
                continue
            service = parts[1] if parts[0] == "services" else parts[0]
            for level, text, fields in events(file.read_text(encoding="utf-8")):
                names = ", ".join(f"`{field}`" for field in fields) or "-"
                shown = text.replace("|", "\\|")
                rows.setdefault(service, []).append(f"| {level} | {shown} | {names} | `{'/'.join(parts)}` |")
    tables = (
        f"\n## {service}\n\n| level | event | fields | from |\n|---|---|---|---|\n"
        + "\n".join(dict.fromkeys(found))
        + "\n"
        for service, found in rows.items()
    )
    return HEAD + "".join(tables)


def events(source: str) -> Iterator[tuple[str, str, list[str]]]:
    """(level, sentence, fields) of each call `log.LEVEL("sentence", field=…)`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr=level), args=[first, *_], keywords=keywords
            ) if name in NAMES and level in LEVELS and (text := _text(first)):
                yield level, text, [keyword.arg for keyword in keywords if keyword.arg]
            case _:
                pass


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) if isinstance(part, ast.Constant) else "{...}" for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            return f"{_text(body)} / {_text(orelse)}"
        case _:
            return ""
