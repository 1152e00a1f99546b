"""Every setting: variable, who reads it, type, default, bounds."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.settings import Settings as GatewaySettings
from services.analytics.settings import Settings as AnalyticsSettings
from services.dora.settings import Settings as DoraSettings
from services.ivr.settings import Settings as IvrSettings
from services.sessions.settings import Settings as SessionsSettings
from shared.settings import ServiceSettings

CLASSES: dict[str, type[ServiceSettings]] = {
    "gateway": GatewaySettings,
    "sessions": SessionsSettings,
    "ivr": IvrSettings,
    "analytics": AnalyticsSettings,
    "dora": DoraSettings,
}
ROOT = Path(__file__).resolve().parents[2]
HEAD = """# Settings

Made by `python -m scripts.reference` from the classes of settings; a test keeps it equal. Each is an environment
variable, or a line of `.env` in the folder where a process starts. What they are for is in
[operations](../operaciones/operation.md) and, for the gateway, in [the gateway](../operaciones/gateway.md).

| variable | read by | type | without it | bounds |
|---|---|---|---|---|
"""


def settings_page(_: Path) -> str:
    """The page; a setting that all have stands once."""
    rows: dict[str, tuple[list[str], FieldInfo]] = {}
    for service, known in CLASSES.items():
        for name, field in known.model_fields.items():
            rows.setdefault(variable(name, field), ([], field))[0].append(service)
    return HEAD + "".join(_row(name, *rows[name]) for name in sorted(rows))


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable behind a field."""
    alias = field.validation_alias or field.alias
    return (alias if isinstance(alias, str) else name).upper()


def _row(name: str, services: list[str], field: FieldInfo) -> str:
    readers = "all" if len(services) == len(CLASSES) else ", ".join(services)
    bounds = ", ".join(part for rule in field.metadata if (part := _bound(rule))) or "-"
    return f"| `{name}` | {readers} | {_type(field)} | {_default(field)} | {bounds} |\n"


def _type(field: FieldInfo) -> str:
    kind: Any = field.annotation
    text = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    for prefix in ("typing.", "pathlib.", "pydantic.types.", "pydantic.networks."):
        text = text.replace(prefix, "")
    return text.replace(" | None", "").replace("SecretStr", "secret").replace("|", "or")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "must be set"
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        value = value.relative_to(ROOT)  # wherever the product lies
    return "nothing" if value in (None, "", ()) else f"`{value}`"


def _bound(rule: Any) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    return " and ".join(f"{sign} {getattr(rule, name)}" for name, sign in signs.items() if hasattr(rule, name))
