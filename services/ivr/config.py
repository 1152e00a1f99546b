"""The declared sources: a TOML file, or the customer's `DB_IVR_*` names for a single legacy source."""

import glob
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.ivr.column_names import BadColumns, ColumnNames, read_column_names
from services.ivr.pace import PACE_MAX, PACE_MIN
from services.ivr.schedule import (
    ASTERISK_EVERY_S,
    EVERY_S_MAX,
    EVERY_S_MIN,
    LEGACY_AT,
    NIGHTLY_DAYS,
    NIGHTLY_DAYS_MAX,
    BadSchedule,
    Pause,
    Schedule,
    read_pause,
    read_time,
)
from shared.settings import MissingSetting, read_secret

if TYPE_CHECKING:
    from services.ivr.sources.guard import SourceGuard

Kind = Literal["legacy", "asterisk"]
KINDS: tuple[Kind, ...] = ("legacy", "asterisk")
DEFAULT_ZONE = "America/Mexico_City"
MARIADB_PORT = 3306
STATEMENT_TIMEOUT_S = 7_200  # one full pass over the largest table, slowed by back-pressure
STATEMENT_TIMEOUT_S_MIN, STATEMENT_TIMEOUT_S_MAX = 1, 86_400
SLOW_PASS_S = 300.0  # a row that was committed very late is found within five minutes; the ids of a day are asked for
SLOW_PASS_S_MAX = 86_400.0  # it looks 24 hours back
SOURCE_ID = re.compile(r"^[a-z][a-z0-9_-]{0,30}$")
FIELDS = frozenset(
    [
        "id",
        "kind",
        "zone",
        "host",
        "port",
        "name",
        "user",
        "password_file",
        "dsn_file",
        "paths",
        "tables",
        "allow_privileged",
        "dialect",
        "schedule",
        "every_s",
        "nightly_days",
        "pause",
        "pace",
        "statement_timeout_s",
        "columns",
        "slow_pass_s",
    ]
)


class ConfigError(MissingSetting):
    """The sources file says something that cannot be."""


@dataclass(frozen=True, slots=True)
class MariaDbLogin:
    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """One declared source: either a login or paths."""

    id: str
    kind: Kind
    zone: str
    login: MariaDbLogin | None = None
    paths: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    allow_privileged: bool = False
    dialect: str = "auto"
    schedule: Schedule | None = None
    nightly_days: int = NIGHTLY_DAYS
    pauses: tuple[Pause, ...] = ()
    pace: float = PACE_MAX
    statement_timeout_s: int = STATEMENT_TIMEOUT_S
    slow_pass_s: float = SLOW_PASS_S
    guard: "SourceGuard | None" = field(default=None, repr=False, compare=False)  # put on by whoever reads it
    columns: ColumnNames = field(default_factory=ColumnNames)

    def files(self) -> list[Path]:
        """The files that the paths name now, sorted; a folder that grows gives more of them later."""
        found: set[Path] = set()
        for pattern in self.paths:
            found.update(Path(name) for name in glob.glob(pattern))  # noqa: PTH207 - Path.glob refuses absolute patterns
        return sorted(path for path in found if path.is_file())


def read_sources(path: Path) -> list[Source]:
    """The sources of a TOML file. ConfigError names the file, the source and the field."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the sources file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the sources file {path} is not TOML: {error}") from error
    entries = document.get("source", [])
    if not isinstance(entries, list):
        raise ConfigError(f"{path}: write each source as [[source]]")
    sources = [_source(entry, f"{path}, source {n}") for n, entry in enumerate(entries, 1)]
    ids = [source.id for source in sources]
    if len(set(ids)) != len(ids):
        raise ConfigError(f"{path}: two sources have the same id")
    return sources


def check_zone(zone: str, where: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{where}: {zone!r} is no time zone; write one like {DEFAULT_ZONE}") from error
    return zone


def _source(entry: dict[str, Any], where: str) -> Source:
    where = f"{where} ({entry.get('id', 'without id')})"
    if unknown := sorted(entry.keys() - FIELDS):
        raise ConfigError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(sorted(FIELDS))}")
    if not SOURCE_ID.match(str(entry.get("id", ""))):
        raise ConfigError(f"{where}: the id must be lower-case letters, digits, _ or -, at most 31, a letter first")
    if entry.get("kind") not in KINDS:
        raise ConfigError(f"{where}: kind must be legacy or asterisk")
    paths = tuple(str(each) for each in entry.get("paths", ()))
    login = None if paths else _login(entry, where)
    return Source(
        id=entry["id"],
        kind=entry["kind"],
        zone=check_zone(str(entry.get("zone", DEFAULT_ZONE)), where),
        login=login,
        paths=paths,
        tables=tuple(str(each) for each in entry.get("tables", ())),
        allow_privileged=bool(entry.get("allow_privileged", False)),
        dialect=str(entry.get("dialect", "auto")),
        columns=_columns(entry, where),
        **_times(entry, where),
        **_care(entry, where),
    )


def _columns(entry: dict[str, Any], where: str) -> ColumnNames:
    """Columns of the source that are called otherwise than ours."""
    if "columns" in entry and entry["kind"] != "asterisk":
        raise ConfigError(f"{where}: columns is for kind asterisk; the legacy tables have names of their own")
    try:
        return read_column_names(entry.get("columns", {}))
    except BadColumns as bad:
        raise ConfigError(f"{where}: {bad}") from bad


def default_schedule(kind: Kind) -> Schedule:
    """When a database is read that says nothing about it."""
    return Schedule(at=LEGACY_AT) if kind == "legacy" else Schedule(every_s=ASTERISK_EVERY_S)


def _times(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """When the source is read by itself, how far back, and when it is left alone."""
    days = entry.get("nightly_days", NIGHTLY_DAYS)
    if not _is_number(days) or not 1 <= days <= NIGHTLY_DAYS_MAX or days != int(days):
        raise ConfigError(f"{where}: nightly_days must be a whole number from 1 to {NIGHTLY_DAYS_MAX}")
    windows = entry.get("pause", [])
    if not isinstance(windows, list):
        raise ConfigError(f'{where}: write pause as a list, ["09:00-11:00"]')
    try:
        pauses = tuple(read_pause(str(window)) for window in windows)
        return {"schedule": _schedule(entry, where), "nightly_days": int(days), "pauses": pauses}
    except BadSchedule as bad:
        raise ConfigError(f"{where}: {bad}") from bad


def _care(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """How much the source may be asked for."""
    pace = entry.get("pace", PACE_MAX)
    if not _is_number(pace) or not PACE_MIN <= pace <= PACE_MAX:
        raise ConfigError(
            f"{where}: pace is the share of time that may go into reading, from {PACE_MIN:g} to {PACE_MAX:g}"
        )
    limit_s = entry.get("statement_timeout_s", STATEMENT_TIMEOUT_S)
    if (
        not _is_number(limit_s)
        or limit_s != int(limit_s)
        or not STATEMENT_TIMEOUT_S_MIN <= limit_s <= STATEMENT_TIMEOUT_S_MAX
    ):
        raise ConfigError(
            f"{where}: statement_timeout_s must be a whole number of seconds from {STATEMENT_TIMEOUT_S_MIN} to "
            f"{STATEMENT_TIMEOUT_S_MAX}"
        )
    slow_pass_s = entry.get("slow_pass_s", SLOW_PASS_S)
    if not _is_number(slow_pass_s) or not 0 <= slow_pass_s <= SLOW_PASS_S_MAX:
        raise ConfigError(f"{where}: slow_pass_s must be from 0 (every run) to {SLOW_PASS_S_MAX:g} seconds")
    return {"pace": float(pace), "statement_timeout_s": int(limit_s), "slow_pass_s": float(slow_pass_s)}


def _schedule(entry: dict[str, Any], where: str) -> Schedule | None:
    """A database is read by itself unless it says off; files only when they say when."""
    kind: Kind = entry["kind"]
    if "schedule" in entry and "every_s" in entry:
        raise ConfigError(f"{where}: give schedule or every_s, not both")
    if entry.get("schedule") == "off":
        return None
    if "schedule" in entry:
        if kind != "legacy":
            raise ConfigError(f'{where}: asterisk is read every so often: write every_s = 10, or schedule = "off"')
        return Schedule(at=read_time(str(entry["schedule"])))
    if "every_s" in entry:
        seconds = entry["every_s"]
        if kind != "asterisk":
            raise ConfigError(f'{where}: legacy is read once a day: write schedule = "02:00", or "off"')
        if not _is_number(seconds) or not EVERY_S_MIN <= seconds <= EVERY_S_MAX:
            raise ConfigError(f"{where}: every_s must be from {EVERY_S_MIN:g} to {EVERY_S_MAX:g} seconds")
        return Schedule(every_s=float(seconds))
    return None if "paths" in entry else default_schedule(kind)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _login(entry: dict[str, Any], where: str) -> MariaDbLogin:
    if "dsn_file" in entry:
        return parse_dsn(read_secret(Path(entry["dsn_file"])), where)
    missing = [name for name in ("host", "name", "user", "password_file") if name not in entry]
    if missing:
        raise ConfigError(
            f"{where}: give paths, dsn_file, or host, name, user and password_file ({missing[0]} is missing)"
        )
    return MariaDbLogin(
        host=str(entry["host"]),
        port=int(entry.get("port", MARIADB_PORT)),
        name=str(entry["name"]),
        user=str(entry["user"]),
        password=read_secret(Path(entry["password_file"])),
    )


def parse_dsn(dsn: str, where: str) -> MariaDbLogin:
    """mysql://user:password@host:port/database; the text itself is never shown, it holds a password."""
    parts = urlsplit(dsn)
    try:
        port = parts.port or MARIADB_PORT
    except ValueError:
        port = 0
    if parts.scheme not in {"mysql", "mariadb"} or not parts.hostname or not parts.path.strip("/") or not port:
        raise ConfigError(f"{where}: the DSN must be like mysql://user:password@host:3306/database")
    return MariaDbLogin(
        host=parts.hostname,
        port=port,
        name=unquote(parts.path.strip("/")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
