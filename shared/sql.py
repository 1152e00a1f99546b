"""One statement, one file: `load = folder(__file__)`, then `load("hourly_load")` is sql/hourly_load.sql."""

from collections.abc import Callable
from functools import cache
from pathlib import Path


def folder(module_file: str) -> Callable[[str], str]:
    """A loader of the `sql/` folder beside the given module."""
    root = Path(module_file).resolve().parent / "sql"

    @cache
    def load(name: str) -> str:
        return (root / f"{name}.sql").read_text(encoding="utf-8")

    return load


def statements(package_folder: Path) -> dict[str, str]:
    """Every statement below a package's sql/ folder by name; tests prepare them all on the migrated schema."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((package_folder / "sql").glob("*.sql"))}


def identifier(name: str) -> str:
    """A PostgreSQL name (table, role, database) quoted for the statements that take no parameter there."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """A PostgreSQL string for utility statements (ALTER ROLE … PASSWORD) that take no parameter."""
    return "'" + text.replace("'", "''") + "'"


def quote_backticks(name: str) -> str:
    """A MariaDB name quoted for the statements that take no parameter there."""
    return "`" + name.replace("`", "``") + "`"
