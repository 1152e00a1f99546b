"""Python sources, read as a syntax tree: imports, settings, code made from data, SQL made from strings."""

import ast
import re
from collections.abc import Iterator

from scripts.restrictions.findings import Finding, Source
from scripts.restrictions.forbidden import Product, product_of_address, product_of_module, product_of_setting
from scripts.restrictions.python_sql import check_built_sql, check_ivr_writes

UNPICKLERS = frozenset(
    {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle", "joblib"}
)
UNPICKLING = frozenset({"read_pickle", "to_pickle"})  # methods of pandas and its kin
EVALUATORS = frozenset({"eval", "exec", "compile"} | {f"builtins.{name}" for name in ("eval", "exec", "compile")})
IMPORTERS = frozenset({"__import__", "import_module", "importlib.import_module", "importlib.util.find_spec"})
# The only code that speaks to MariaDB: the readers of services/ivr, and what makes sample sources.
MARIADB_DRIVERS = frozenset({"aiomysql", "pymysql", "MySQLdb", "mysql", "mariadb", "asyncmy"})
MARIADB_FOLDERS = ("services/ivr/sources/", "iact/", "shared/testing/", "tests/")
ENVIRONMENT_READERS = frozenset({"getenv", "environ.get", "environ.setdefault", "environ.pop"})
SESSION_ENGINE = re.compile(r"cache|signed_cookies|redis|memory", re.IGNORECASE)


def check_python(source: Source) -> Iterator[Finding]:
    """Every restriction that a syntax tree can show."""
    if source.suffix != ".py":
        return
    try:
        tree = ast.parse(source.text)
    except SyntaxError as error:
        yield Finding(source.path, error.lineno or 0, "unreadable", "is not Python.", "Repair the file.")
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from _imports(source, node)
            case ast.Call():
                yield from _calls(source, node)
            case ast.ClassDef():
                yield from _settings_class(source, node)
            case ast.Assign():
                yield from _assignment(source, node)
            case ast.Subscript():
                yield from _environment_lookup(source, node)
            case ast.Constant(value=str() as text) if product := product_of_address(text):
                problem = f"has an address {text.partition('://')[0]}://: {product.title}."
                yield Finding(source.path, node.lineno, product.rule, problem, product.way_out)
            case _:
                pass
    yield from check_built_sql(source, tree)
    yield from check_ivr_writes(source, tree)


def _imports(source: Source, node: ast.Import | ast.ImportFrom) -> Iterator[Finding]:
    if isinstance(node, ast.ImportFrom):
        if node.level or not node.module:
            return
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        names = [alias.name for alias in node.names]
    for name in names:
        yield from _imported(source, name, node.lineno)


def _imported(source: Source, name: str, line: int) -> Iterator[Finding]:
    root = name.partition(".")[0]
    if product := product_of_module(name):
        yield Finding(source.path, line, product.rule, f"imports {name}: {product.title}.", product.way_out)
    elif root in UNPICKLERS:
        problem = f"imports {root}, which runs code found in data."
        yield Finding(source.path, line, "pickle", problem, "Store JSON or columns.")
    elif root in MARIADB_DRIVERS and not source.path.startswith(MARIADB_FOLDERS):
        problem = f"imports {root}: only services/ivr/sources reads MariaDB."
        way_out = "Read the ivr.*_v1 views in PostgreSQL, or put the reader into services/ivr/sources."
        yield Finding(source.path, line, "ivr-access", problem, way_out)


def _calls(source: Source, node: ast.Call) -> Iterator[Finding]:
    name = dotted(node.func)
    if name in EVALUATORS:
        problem = f"calls {name}(), which runs text as code."
        yield Finding(source.path, node.lineno, "eval", problem, "Use a table of functions, or ast.literal_eval.")
    elif name in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"} and not _safe_loader(node):
        problem = f"calls {name}(), which can run code found in data."
        yield Finding(source.path, node.lineno, "pickle", problem, "Use yaml.safe_load, JSON or TOML.")
    elif name in IMPORTERS and node.args and isinstance(node.args[0], ast.Constant):
        yield from _imported(source, str(node.args[0].value), node.lineno)
    elif name.rpartition(".")[2] in UNPICKLING or _allows_pickle(node):
        problem = "reads or writes pickles, which run code found in data."
        yield Finding(source.path, node.lineno, "pickle", problem, "Store JSON or columns; numpy without allow_pickle.")
    elif name.rpartition("os.")[2] in ENVIRONMENT_READERS and node.args:
        yield from _setting(source, node.args[0], node.lineno)


def _safe_loader(node: ast.Call) -> bool:
    loaders = [keyword.value for keyword in node.keywords if keyword.arg == "Loader"] + node.args[1:2]
    return any(dotted(loader).endswith("SafeLoader") for loader in loaders)


def _allows_pickle(node: ast.Call) -> bool:
    given = [keyword.value for keyword in node.keywords if keyword.arg == "allow_pickle"]
    return any(not (isinstance(value, ast.Constant) and value.value is False) for value in given)


def _settings_class(source: Source, node: ast.ClassDef) -> Iterator[Finding]:
    """Fields of a class whose base is some Settings: their names are names of variables."""
    if not any(dotted(base).endswith("Settings") for base in node.bases):
        return
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            yield from _setting_named(source, field.target.id, field.lineno)


def _assignment(source: Source, node: ast.Assign) -> Iterator[Finding]:
    """`SESSION_ENGINE = "…cached_db"`, the setting that the predecessor's check let through."""
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    if "SESSION_ENGINE" in names and isinstance(value, str) and SESSION_ENGINE.search(value):
        problem = f"keeps sessions in {value}, outside the database."
        yield Finding(source.path, node.lineno, "cached-sessions", problem, "Sessions are rows of sessions.*.")


def _environment_lookup(source: Source, node: ast.Subscript) -> Iterator[Finding]:
    if dotted(node.value) in {"os.environ", "environ"}:
        yield from _setting(source, node.slice, node.lineno)


def _setting(source: Source, node: ast.expr, line: int) -> Iterator[Finding]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _setting_named(source, node.value, line)


def _setting_named(source: Source, name: str, line: int) -> Iterator[Finding]:
    product: Product | None = product_of_setting(name)
    if product:
        yield Finding(source.path, line, product.rule, f"has the setting {name}: {product.title}.", product.way_out)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is a chain of names, else an empty text."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            before = dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        case _:
            return ""
