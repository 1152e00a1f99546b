"""What the product installs: Python requirements and Node packages, direct and locked."""

import json
import re
import tomllib
from collections.abc import Iterator

from scripts.restrictions.findings import Finding, Source
from scripts.restrictions.forbidden import Product, product_of_distribution, product_of_node_package

REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
TOML_LOCKS = frozenset({"poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"})
LOCKED_NAME = re.compile(r'^name = "([^"]+)"', re.MULTILINE)
NODE_TEXT_LOCKS = frozenset({"yarn.lock", "pnpm-lock.yaml"})
# `ioredis@^5:`, `"@redis/client@^1", "@redis/client@^2":`, and pnpm's `  /ioredis@5.0.0:` or `  '@a/b@1(c@2)':`.
NODE_LOCKED_NAME = re.compile(r"""^ {0,2}["']?/?((?:@[\w.-]+/)?[\w.-]+)@[^\n]*:$""", re.MULTILINE)
NODE_TABLES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def check_dependencies(source: Source) -> Iterator[Finding]:
    """Forbidden products in what Python and Node install: declarations and locks."""
    if source.name == "pyproject.toml":
        yield from _pyproject(source)
    elif source.suffix in {".txt", ".in"} and source.name.startswith(("requirements", "constraints")):
        yield from _requirements(source)
    elif source.name in TOML_LOCKS:
        yield from _toml_lock(source)
    elif source.name == "Pipfile":
        yield from _pipfile(source)
    elif source.name in NODE_TEXT_LOCKS:
        yield from _text_lock(source)
    elif source.name == "package.json":
        yield from _node(source, _direct(_object(source)))
    elif source.name in {"package-lock.json", "npm-shrinkwrap.json"}:
        yield from _node(source, _locked(_object(source)))


def _pyproject(source: Source) -> Iterator[Finding]:
    try:
        document = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        yield Finding(source.path, 0, "unreadable", f"is not TOML: {error}.", "Repair the file.")
        return
    project = document.get("project", {})
    lists = [project.get("dependencies", []), document.get("build-system", {}).get("requires", [])]
    lists += project.get("optional-dependencies", {}).values()
    lists += document.get("dependency-groups", {}).values()
    for requirement in (entry for entries in lists for entry in entries if isinstance(entry, str)):
        if (found := REQUIREMENT.match(requirement)) and (product := product_of_distribution(found[1])):
            yield _finding(source, _line(source, requirement), found[1], product)


def _requirements(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if (found := REQUIREMENT.match(line)) and (product := product_of_distribution(found[1])):
            yield _finding(source, number, found[1], product)


def _toml_lock(source: Source) -> Iterator[Finding]:
    for found in LOCKED_NAME.finditer(source.text):
        if product := product_of_distribution(found[1]):
            yield _finding(source, source.line_of(found.start()), found[1], product)


def _pipfile(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        found = re.match(r'"?([A-Za-z0-9._-]+)"?\s*=', line)
        if found and (product := product_of_distribution(found[1])):
            yield _finding(source, number, found[1], product)


def _text_lock(source: Source) -> Iterator[Finding]:
    for found in NODE_LOCKED_NAME.finditer(source.text):
        if product := product_of_node_package(found[1]):
            yield _finding(source, source.line_of(found.start()), found[1], product)


def _object(source: Source) -> dict[str, object]:
    try:
        document = json.loads(source.text)
    except json.JSONDecodeError:
        return {}  # npm refuses the file before anyone could install from it
    return document if isinstance(document, dict) else {}


def _direct(document: dict[str, object]) -> Iterator[str]:
    for table in NODE_TABLES:
        packages = document.get(table)
        yield from packages if isinstance(packages, dict) else ()


def _locked(document: dict[str, object]) -> Iterator[str]:
    """Names of a version 2 or 3 lock: the last node_modules/ of the path, or the alias target."""
    packages = document.get("packages")
    for path, entry in (packages if isinstance(packages, dict) else {}).items():
        if path:
            alias = entry.get("name") if isinstance(entry, dict) else None
            yield alias if isinstance(alias, str) else path.rpartition("node_modules/")[2]


def _node(source: Source, names: Iterator[str]) -> Iterator[Finding]:
    for name in names:
        if product := product_of_node_package(name):
            yield _finding(source, _line(source, f'"{name}"') or _line(source, f'/{name}"'), name, product)


def _line(source: Source, text: str) -> int:
    offset = source.text.find(text)
    return source.line_of(offset) if offset >= 0 else 0


def _finding(source: Source, line: int, name: str, product: Product) -> Finding:
    return Finding(source.path, line, product.rule, f"depends on {name}: {product.title}.", product.way_out)
