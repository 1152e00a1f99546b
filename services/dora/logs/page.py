"""The page of the logs' fields, made from the models, so that it cannot say anything else than the check."""

from collections.abc import Mapping
from typing import Any

from services.dora.delivery.logs import LOG_BYTES_MAX
from services.dora.logs.models import LOGS, schema

HEAD = f"""# The logs of this folder

Each log is a JSON list of records; an empty one is `[]`. A log may be parted by year: `deployment_logs_2025.json`
beside `deployment_logs.json` is read as one with it, and above {LOG_BYTES_MAX // 1_000_000} MB it has to be. Times are
RFC 3339 with a zone. A field that is not needed is left out or `null`; a field of another name is refused.
`iact dora check-logs` checks all of it, `schema/` holds the same as JSON Schema for editors. This page and these files
are generated from `services/dora/logs/models.py`.
"""

RULES: Mapping[str, tuple[str, ...]] = {
    "deployment_logs": (
        "A deployment has a `version`, a `commit_sha` or both; lead time needs the commit.",
        "`rolled_back_at` stands exactly where `status` is `rolled_back`, and does not lie before `timestamp`.",
        "`failed` never reached the environment: it is stored, not counted, and no change failure.",
    ),
    "incident_logs": (
        "`resolved_at` stands exactly where `status` is `resolved` or `closed`, and does not lie before `detected_at`.",
        "Only `caused_by` blames a deployment; `related_deployments` may as well name what repaired it.",
        "`mttr_minutes`, where given, is `resolved_at` minus `detected_at`.",
    ),
    "dora_metrics": (
        "The window is from `from` up to, and without, `to`.",
        "A rate is `null`, not 0, exactly where there was nothing to divide.",
        "Failures are deployments that failed, not incidents: never more than `total_deployments`.",
    ),
}


def page() -> str:
    """SCHEMA.md."""
    return "\n".join([HEAD, *("\n".join(_log(kind)) for kind in LOGS)])


def _log(kind: str) -> list[str]:
    described = schema(kind)
    lines = [f"## {kind}.json", "", described["items"]["description"], "", *_table(described["items"], described)]
    return [*lines, "", *(f"- {rule}" for rule in RULES[kind]), ""]


def _table(model: Mapping[str, Any], whole: Mapping[str, Any]) -> list[str]:
    needed = model.get("required", [])
    rows = [
        f"| `{name}` | {_kind(field, whole)} | {'yes' if name in needed else ''} | {field.get('description', '')} |"
        for name, field in _fields(model, whole).items()
    ]
    return ["| field | value | needed | meaning |", "|---|---|---|---|", *rows]


def _fields(model: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name, field in model["properties"].items():
        found[name] = field
        if "$ref" in field:
            inner = whole["$defs"][field["$ref"].rpartition("/")[2]]
            found[name] = {"type": "object", "description": inner["description"]}
            found |= {f"{name}.{part}": each for part, each in inner["properties"].items()}
    return found


def _kind(field: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(each, whole) for each in field["anyOf"] if each.get("type") != "null")
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field["type"] == "array":
        return f"list of {_kind(field['items'], whole)}"
    names = {"string": "text", "boolean": "true or false", "integer": "whole number"}
    return "time" if field.get("format") == "date-time" else names.get(field["type"], field["type"])
