"""Sources of the page: imports of forbidden packages and text run as code.

The standard library has no parser of TypeScript, so comments and texts are blanked out by a small scanner first:
what is left is code, and only code can match.
"""

import re
from collections.abc import Iterator

from scripts.restrictions.findings import Finding, Source
from scripts.restrictions.forbidden import product_of_node_package

SUFFIXES = frozenset({".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs"})
COMMENT_OR_TEXT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""", re.DOTALL
)
IMPORT = re.compile(r"(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*\Z")
RUNS_TEXT = re.compile(r"(?<![.\w$])(eval|new\s+Function)\s*\(")

PUSH = re.compile(r"(?<![.\w$])new\s+(WebSocket|EventSource)\s*\(")
# setTimeout("text", 5) runs the text; only the beginning of the first argument can be seen here.
TIMER = re.compile(r"(?<![\w$])(setTimeout|setInterval)\s*\(\s*\Z")


def check_web(source: Source) -> Iterator[Finding]:
    """Forbidden packages and eval in TypeScript and JavaScript."""
    if source.suffix not in SUFFIXES:
        return
    for found in COMMENT_OR_TEXT.finditer(source.text):
        text = found[0]
        if text[0] in "\"'" and IMPORT.search(source.text[max(0, found.start() - 30) : found.start()]):
            yield from _import(source, found.start(), text[1:-1])
        elif text[0] in "\"'`" and (timer := TIMER.search(source.text[max(0, found.start() - 30) : found.start()])):
            problem = f"gives {timer[1]}() a text, which runs as code."
            yield Finding(source.path, source.line_of(found.start()), "eval", problem, "Give it a function.")
    code = COMMENT_OR_TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source.text)
    for found in RUNS_TEXT.finditer(code):
        problem = f"calls {found[1]}(), which runs text as code."
        yield Finding(source.path, source.line_of(found.start()), "eval", problem, "Use a table of functions.")
    for found in PUSH.finditer(code):
        way_out = "Poll with If-None-Match: an answer that has not changed is a 304."
        problem = f"opens a {found[1]} to the server."
        yield Finding(source.path, source.line_of(found.start()), "push-to-browser", problem, way_out)


def _import(source: Source, offset: int, specifier: str) -> Iterator[Finding]:
    parts = specifier.split("/")
    name = "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
    if product := product_of_node_package(name):
        line = source.line_of(offset)
        yield Finding(source.path, line, product.rule, f"imports {name}: {product.title}.", product.way_out)
