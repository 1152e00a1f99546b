"""`iact openapi`: one OpenAPI 3.1 document of all services, made from their real routers.

The file it writes is checked in: the page's API client is generated from it, and a test keeps it equal to the code.
Two services with one path or one operation name fail here rather than overwrite each other.
"""

import copy
import importlib
import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.credentials import COOKIE
from gateway.health import router as health_router
from gateway.openapi import DOCUMENT
from gateway.routing import SERVICE_OF, Access, access_of
from iact.errors import CommandFailed
from shared.errors import PROBLEM_JSON

SERVICES = ("sessions", "ivr", "analytics", "dora")
OPENAPI_VERSION = "3.1.0"
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
SAFE = frozenset({"get", "head", "options"})
PROBLEM = "ProblemDocument"
PROBLEM_REF = {"$ref": f"#/components/schemas/{PROBLEM}"}
# The framework documents its own 422; ours leaves as problem+json.
FRAMEWORK_SCHEMAS = frozenset({"HTTPValidationError", "ValidationError"})
TAGS = {
    "health": "Is it running, is it ready. No sign-in.",
    "sessions": "Signing in and out, own preferences and tokens.",
    "people": "Accounts: made, changed, blocked.",
    "permissions": "Functions, groups, exceptions, separation of duties.",
    "audit": "The trail and its proof.",
    "ivr": "Sources, ingestion runs, rejects, freshness, the calendar and the maps.",
    "analytics": "Metrics, queries, reports, exports, alerts.",
    "dora": "Delivery metrics of the software itself.",
}
DESCRIPTION = (
    "Analytics for contact centres. Times are RFC 3339 with zone, durations seconds (`*_s`), ratios 0 to 1, 64-bit "
    "ids strings. Errors are `application/problem+json` (RFC 9457). Unknown fields in an answer are to be ignored."
)
SECURITY_SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by signing in."},
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "`csrf_token` of GET /api/v1/sessions/current; beside the cookie on every change.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "A personal token, `iact_pat_…`."},
}

Document = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("openapi")
    def openapi(
        check: Annotated[
            bool, typer.Option("--check", help="Write nothing; fail when the file is out of date.")
        ] = False,
        out: Annotated[Path, typer.Option("--out", help="The file to write.")] = DOCUMENT,
        data_dir: Annotated[Path, typer.Option("--data-dir", help="Not needed here; as in every command.")] = Path(
            ".iact"
        ),
    ) -> None:
        """Write the OpenAPI document of all services (gateway/openapi.json)."""
        del data_dir
        text = render(build(load_services()))
        if not check:
            out.write_text(text, encoding="utf-8")
            print(f"{out}: {len(json.loads(text)['paths'])} paths")
        elif not out.is_file() or out.read_text(encoding="utf-8") != text:
            raise CommandFailed(f"{out} does not match the code; run `iact openapi` and commit the file")


def load_services() -> dict[str, FastAPI]:
    """Every service's application; importing one connects to nothing."""
    return {name: importlib.import_module(f"services.{name}.main").create_service() for name in SERVICES}


def render(document: Document) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def build(services: Mapping[str, FastAPI]) -> Document:
    """The merged document. CommandFailed names what two services claim, or a path that the gateway does not forward."""
    parts = {"gateway": _described(_gateway_routes())} | {name: _described(app) for name, app in services.items()}
    _rename_conflicts(parts)
    paths: Document = {}
    schemas: Document = {PROBLEM: _problem_schema(parts)}
    for name, part in parts.items():
        for path, item in part["paths"].items():
            if path in paths:
                raise CommandFailed(f"{path} is claimed by two services")
            _check_forwarded(name, path)
            paths[path] = _finished(path, item, tag=name)
        schemas.update(part["schemas"])
    _check_operation_ids(paths)
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": "IACT", "version": importlib.metadata.version("iact"), "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": _tags(paths),
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": _reachable(paths, schemas), "securitySchemes": SECURITY_SCHEMES},
    }


def _gateway_routes() -> FastAPI:
    app = FastAPI(openapi_url=None, generate_unique_id_function=lambda route: route.name)
    app.include_router(health_router)
    return app


def _described(app: FastAPI) -> Document:
    """A service's public paths and the schemas it declares."""
    # A copy: the framework hands out parts of its own routes, and what follows rewrites them.
    described = copy.deepcopy(get_openapi(title="", version="", openapi_version=OPENAPI_VERSION, routes=app.routes))
    paths = {path: item for path, item in described["paths"].items() if not path.startswith("/internal")}
    schemas = described.get("components", {}).get("schemas", {})
    return {"paths": paths, "schemas": {k: v for k, v in schemas.items() if k not in FRAMEWORK_SCHEMAS}}


def _problem_schema(parts: Mapping[str, Document]) -> Document:
    found = [part["schemas"][PROBLEM] for part in parts.values() if PROBLEM in part["schemas"]]
    if not found:
        raise CommandFailed(f"no service documents its errors as {PROBLEM}")
    return dict(found[0])


def _rename_conflicts(parts: Mapping[str, Document]) -> None:
    """Where two services mean different things by one schema name, each keeps its own under its own prefix."""
    meanings: dict[str, set[str]] = {}
    for part in parts.values():
        for name, schema in part["schemas"].items():
            meanings.setdefault(name, set()).add(json.dumps(schema, sort_keys=True))
    disputed = {name for name, each in meanings.items() if len(each) > 1}
    for service, part in parts.items():
        mine = {name: f"{service.capitalize()}{name}" for name in part["schemas"] if name in disputed}
        if mine:
            renamed = {f"#/components/schemas/{old}": f"#/components/schemas/{new}" for old, new in mine.items()}
            part["paths"] = _with_refs(part["paths"], renamed)
            part["schemas"] = {
                mine.get(name, name): _with_refs(schema, renamed) for name, schema in part["schemas"].items()
            }


def _with_refs(node: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            key: renamed.get(value, value) if key == "$ref" else _with_refs(value, renamed)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_with_refs(each, renamed) for each in node]
    return node


def _check_forwarded(service: str, path: str) -> None:
    if service == "gateway":
        return
    first = path.removeprefix("/api/v1/").split("/", 1)[0]
    if not path.startswith("/api/v1/") or SERVICE_OF.get(first) != service:
        raise CommandFailed(f"{path} of {service} is not an address that the gateway forwards to it")


def _finished(path: str, item: Document, *, tag: str) -> Document:
    """One path with its errors as problem+json, its security, and a tag."""
    finished: Document = {}
    for method, operation in item.items():
        if method in METHODS:
            operation.setdefault("tags", [tag])
            operation["security"] = _security(method, path, tag)
            operation["responses"] = _responses(operation["responses"], own=tag == "gateway")
        finished[method] = operation
    return finished


def _security(method: str, path: str, tag: str) -> list[Document]:
    if tag == "gateway" or access_of(method.upper(), path) is not Access.CALLER:
        return []
    beside: Document = {"cookie": []} if method in SAFE else {"cookie": [], "csrf": []}
    return [beside, {"bearer": []}]


def _responses(responses: Document, *, own: bool) -> Document:
    """Problem documents under their media type; `default` always there, because any call can fail."""
    fixed: Document = {}
    for status, response in responses.items():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if schema == PROBLEM_REF or schema.get("$ref", "").rsplit("/", 1)[-1] in FRAMEWORK_SCHEMAS:
            others = {kind: each for kind, each in response["content"].items() if kind != "application/json"}
            fixed[status] = response | {"content": {**others, PROBLEM_JSON: {"schema": PROBLEM_REF}}}
        else:
            fixed[status] = response
    if not own:
        fixed.setdefault("default", {"description": "Problem", "content": {PROBLEM_JSON: {"schema": PROBLEM_REF}}})
    return fixed


def _check_operation_ids(paths: Document) -> None:
    seen: dict[str, str] = {}
    for path, _, operation in _operations(paths):
        name = operation["operationId"]
        if name in seen:
            raise CommandFailed(f"{path} and {seen[name]} have the same operation id {name}")
        seen[name] = path


def _tags(paths: Document) -> list[Document]:
    used = {tag for _, _, operation in _operations(paths) for tag in operation["tags"]}
    ordered = [*(tag for tag in TAGS if tag in used), *sorted(used - TAGS.keys())]
    return [{"name": tag} | ({"description": TAGS[tag]} if tag in TAGS else {}) for tag in ordered]


def _operations(paths: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in paths.items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _reachable(paths: Document, schemas: Document) -> Document:
    """The schemas that some path needs, in the order of their names."""
    wanted: set[str] = set()
    waiting = list(_refs(paths))
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(_refs(schemas[name]))
    return {name: schemas[name] for name in sorted(wanted)}


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rsplit("/", 1)[-1]
            else:
                yield from _refs(value)
    elif isinstance(node, list):
        for each in node:
            yield from _refs(each)
