"""What runs on the machines: settings files, systemd units, provisioning scripts, Vagrantfile."""

import re
from collections.abc import Iterator

from scripts.restrictions.findings import Finding, Source
from scripts.restrictions.forbidden import (
    Product,
    product_of_address,
    product_of_setting,
    product_of_system_package,
)

ASSIGNMENT = re.compile(r"^\s*(?:export\s+|Environment=\"?|-\s+)?([A-Za-z][A-Za-z0-9_]*)\s*[=:]")
SETTINGS_SUFFIXES = frozenset({".env", ".conf", ".toml", ".yml", ".yaml", ".ini"})
UNIT_SUFFIXES = frozenset({".service", ".socket", ".timer", ".target"})
UNIT_KEYS = frozenset(
    {"after", "before", "requires", "wants", "bindsto", "partof", "requisite", "execstart", "execstartpre"}
)
# Only words of a command that installs or starts something count; a script may print any word it likes.
INSTALLING = re.compile(
    r"\b(apt-get|apt|dnf|yum|apk|brew|systemctl|service|docker|podman|pip3?|uv|npm|npx|yarn|pnpm)\b"
    r"(?=.*\b(install|add|start|enable|restart|run|pull|i)\b)(.*)"
)
SESSION_ENGINE = re.compile(
    r"^[ \t]*SESSION_(?:ENGINE|BACKEND|STORE)\s*[=:].*(?:cache|cookie|redis|memory)", re.MULTILINE | re.IGNORECASE
)
ADDRESS = re.compile(r"(?<![\w+])[a-z][a-z0-9+]*://\S")
# What nginx calls a cache server behind it.
CACHE_PASS = re.compile(r"^\s*(memcached|redis2?)_pass\s")
# The program of a command: at the beginning of a line or behind what parts two commands.
BEFORE_A_PROGRAM = r"(?:if|while|until|then|do|else|elif|sudo|exec|!)\s"
PROGRAM = re.compile(rf"(?:^|[;|&(]|\b{BEFORE_A_PROGRAM})\s*(?!{BEFORE_A_PROGRAM})([A-Za-z0-9_./-]+)(?=\s|$)")
QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""")
WORD = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@._/-]*")


def check_settings_file(source: Source) -> Iterator[Finding]:
    """Names of settings in .env examples, TOML, YAML, INI and unit files."""
    named = source.name.startswith(".env") or source.suffix in SETTINGS_SUFFIXES | UNIT_SUFFIXES
    if not named or source.name == "pyproject.toml":
        return
    for number, line in enumerate(source.text.splitlines(), start=1):
        found = ASSIGNMENT.match(line)
        if found and found[1].isupper() and (product := product_of_setting(found[1])):
            yield _finding(source, number, f"sets {found[1]}", product)
        elif product := _addressed(line):
            yield _finding(source, number, "has an address", product)
        elif source.suffix == ".conf" and (cache := CACHE_PASS.match(line)):
            rule = "memcached" if cache[1] == "memcached" else "redis"
            way_out = "nginx asks the gateway; what may be remembered, the gateway remembers (RNF-002)."
            yield Finding(source.path, number, rule, f"asks {cache[1]} for answers.", way_out)
    for engine in SESSION_ENGINE.finditer(source.text):
        problem = "keeps sessions outside the database."
        line_number = source.line_of(engine.start())
        yield Finding(source.path, line_number, "cached-sessions", problem, "Sessions are rows of sessions.*.")


def check_unit(source: Source) -> Iterator[Finding]:
    """Units and programs that a systemd unit starts or waits for."""
    if source.suffix not in UNIT_SUFFIXES:
        return
    for number, line in enumerate(source.text.splitlines(), start=1):
        key, _, value = line.partition("=")
        if key.strip().lower() in UNIT_KEYS:
            yield from _words(source, number, value)


def check_provisioning(source: Source) -> Iterator[Finding]:
    """Packages that shell scripts, Vagrantfile, container files or workflows install or start."""
    scripts = source.suffix in {".sh", ".bash", ".rb", ".yml", ".yaml"} or source.name in {"Vagrantfile", "run"}
    if not scripts and not re.match(r"(Dockerfile|Containerfile|compose)", source.name):
        return
    text = source.text.replace("\\\n", "  ")  # same length: a finding keeps its line as well as it can
    for number, line in enumerate(text.splitlines(), start=1):
        code = re.sub(r"(^|\s)#.*", "", line)
        if not re.match(r"\s*(echo|printf|say|log|info|warn)\b", code) and (command := INSTALLING.search(code)):
            yield from _words(source, number, command[3])
        elif image := re.match(r"\s*(?:image:|FROM)\s+[\"']?(\S+)", code):
            yield from _words(source, number, image[1].rpartition("/")[2].partition(":")[0])
        elif source.suffix in {".sh", ".bash"}:
            yield from _programs(source, number, code)


def _addressed(line: str) -> Product | None:
    """The product behind an address on this line of a settings file, comments aside."""
    found = ADDRESS.search(re.sub(r"(^|\s)[#;].*", "", line))
    return product_of_address(found[0]) if found else None


def _programs(source: Source, line: int, code: str) -> Iterator[Finding]:
    for program in PROGRAM.findall(QUOTED.sub("text", code)):
        name = program.rpartition("/")[2]
        if name == "eval":
            way_out = "Use an array for a command in parts, ${!name} for a variable by its name."
            yield Finding(source.path, line, "eval", "calls eval, which runs text as code.", way_out)
        elif product := product_of_system_package(name):
            yield _finding(source, line, f"runs {name}", product)


def _words(source: Source, line: int, text: str) -> Iterator[Finding]:
    for word in WORD.findall(text):
        plain = re.split(r"==|[<>~:]", word)[0].rpartition("/")[2]
        if product := product_of_system_package(plain):
            yield _finding(source, line, f"uses {plain}", product)


def _finding(source: Source, line: int, what: str, product: Product) -> Finding:
    return Finding(source.path, line, product.rule, f"{what}: {product.title}.", product.way_out)
