"""SQL in Python: never assembled from values, and never a write towards the IVR."""

import ast
import re
from collections.abc import Iterator

from scripts.restrictions.findings import Finding, Source

# The methods of asyncpg, aiomysql and sqlite3 that send a statement.
SENDERS = frozenset(
    {"execute", "executemany", "executescript", "fetch", "fetchrow", "fetchval", "fetchmany", "cursor", "prepare"}
    | {"copy_from_query", "query"}
)
# What tests throw away afterwards may name databases freely.
FREE_FOLDERS = ("tests/", "shared/testing/")
# A name that cannot be a parameter (a table, a role) goes through a function of one of these names.
QUOTERS = re.compile(r"(^|_)(identifier|quote|quoted|quote_ident|quote_literal)(_|$)")
HARMLESS_CALLS = frozenset({"load", "int", "len"})  # a file of ours, or digits
IVR_SOURCES = "services/ivr/sources/"
COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*|^\s*#[^\n]*", re.DOTALL | re.MULTILINE)
WRITES = re.compile(
    r"""^\s*(
        (insert|replace)\s+(ignore\s+|low_priority\s+|delayed\s+|high_priority\s+)*into\b
      | (insert|replace)\s+(ignore\s+)?[`"\w.]+\s*(\(|values\b|select\b|set\b)
      | update\s+(ignore\s+|low_priority\s+)*[`"\w.{}]+(\s+(as\s+)?\w+)?\s+set\b
      | delete\s+(ignore\s+|quick\s+|low_priority\s+)*from\b
      | truncate\s+(table\s+)?[`"\w.{}]+\s*$
      | (create|alter|drop|rename)\s+(or\s+replace\s+)?(unique\s+|temporary\s+|fulltext\s+)*
        (table|index|database|schema|view|user|trigger|procedure|function|event|role|sequence)\b
      | (grant|revoke)\s+.+\s+(to|from)\b
      | load\s+data\b
      | call\s+[`"\w.]+\s*\(
      | lock\s+tables?\b
      | (optimize|repair|analyze)\s+table\b
      | set\s+(global|password)\b
      | select\b.*\b(into\s+(outfile|dumpfile)|for\s+update|lock\s+in\s+share\s+mode)\b
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
READ_ONLY = "The IVR database is read with SELECT only; write to PostgreSQL, in services/ivr/store.py."


def check_built_sql(source: Source, tree: ast.Module) -> Iterator[Finding]:
    """Statements sent to a database that were put together from values."""
    if source.path.startswith(FREE_FOLDERS):
        return
    for body in _bodies(tree):
        scope = Scope(body)
        for node in scope.nodes:
            if isinstance(node, ast.Call) and _sends(node) and scope.is_built(node.args[0]):
                problem = "sends SQL assembled from values."
                way_out = "Put the statement into sql/NAME.sql with $1 parameters; a name goes through identifier()."
                yield Finding(source.path, node.lineno, "string-built-sql", problem, way_out)


def _sends(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in SENDERS and bool(node.args)


def _bodies(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            yield node


def _own_nodes(body: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions inside it, in source order."""
    for child in ast.iter_child_nodes(body):
        if not isinstance(child, FUNCTIONS):
            yield child
            yield from _own_nodes(child)


class Scope:
    """One function: which of its variables hold a text assembled from values, and which only quoted or fixed parts."""

    def __init__(self, body: ast.AST) -> None:
        self.nodes = tuple(_own_nodes(body))
        self._built: set[str] = set()
        self._fixed: set[str] = set()
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._learn(name, value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self._learn(name, value)
                case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value) if self._has_values(value):
                    self._built.add(name)
                case _:
                    pass

    def _learn(self, name: str, value: ast.expr) -> None:
        if self.is_built(value):
            self._built.add(name)
        elif not self._has_values(value):
            self._fixed.add(name)

    def is_built(self, node: ast.expr) -> bool:
        """Is this a text into which values were written?"""
        match node:
            case ast.Name(id=name):
                return name in self._built
            case ast.JoinedStr():
                return self._has_values(node)
            case ast.BinOp():
                return self._is_built_by_operator(node)
            case ast.Call(func=ast.Attribute(attr="format" | "format_map" | "replace"), args=places, keywords=named):
                return any(self._has_values(part) for part in (*places, *(keyword.value for keyword in named)))
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join")):
                return self._has_values(node)
            case _:
                return False

    def _is_built_by_operator(self, node: ast.BinOp) -> bool:
        if not any(_is_text(side) or self.is_built(side) for side in (node.left, node.right)):
            return False  # arithmetic
        return isinstance(node.op, ast.Mod) or self._has_values(node)

    def _has_values(self, node: ast.expr) -> bool:
        """Does anything in here come from outside the source text, unquoted?"""
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                # In capitals: a constant of a module, written by us.
                return not (name.isupper() or name in self._fixed) or name in self._built
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[parts]):
                return self._has_values(parts)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return not (QUOTERS.search(name) or name in HARMLESS_CALLS)
            case ast.Constant():
                return False
            case _:
                return self._any_part_has_values(node)

    def _any_part_has_values(self, node: ast.expr) -> bool:
        match node:
            case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return any(self._has_values(part) for part in parts)
            case ast.FormattedValue(value=part) | ast.GeneratorExp(elt=part) | ast.ListComp(elt=part):
                return self._has_values(part)
            case ast.BinOp(left=left, right=right):
                return self._has_values(left) or self._has_values(right)
            case _:
                return True


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def check_ivr_writes(source: Source, tree: ast.Module) -> Iterator[Finding]:
    """Statements in services/ivr/sources that would change the IVR or lock its rows."""
    if not source.path.startswith(IVR_SOURCES):
        return
    docstrings = {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        if id(node) not in docstrings and (text := _statement(node)) and is_write(text):
            problem = "writes to the IVR, or locks it."
            yield Finding(source.path, getattr(node, "lineno", 0), "ivr-write", problem, READ_ONLY)


def check_ivr_sql_file(source: Source) -> Iterator[Finding]:
    """The same for files of SQL below services/ivr/sources."""
    if source.suffix == ".sql" and source.path.startswith(IVR_SOURCES) and is_write(source.text):
        yield Finding(source.path, 1, "ivr-write", "writes to the IVR, or locks it.", READ_ONLY)


def is_write(text: str) -> bool:
    """Is any statement of this text something other than a plain read?"""
    return any(WRITES.match(statement) for statement in COMMENTS.sub(" ", text).split(";"))


def _statement(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case _:
            return ""


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    """Texts that stand alone as a statement: prose, wherever they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
