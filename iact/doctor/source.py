"""The IVR sources: declared rightly, reachable, read-only, and with a clock that agrees with ours."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from iact.doctor.finding import Finding, critical, good, note, warning
from iact.doctor.postgres import Clock, judge_clock
from services.ivr.config import ConfigError, Source, read_sources
from services.ivr.sources.errors import SourceError
from services.ivr.sources.protocol import Reader
from shared.settings import MissingSetting


async def look_at_sources(file: Path | None, now: Clock) -> list[Finding]:
    """Findings on each declared source; what is published of it is looked at in the database."""
    declared, findings = _declared(file)
    for source in declared:
        findings += _look_at_files(source) if source.login is None else await _look_at_login(source, now)
    return findings


def scheduled(file: Path | None) -> frozenset[str] | None:
    """The declared sources that are read without a person's asking; None where nothing right is declared here."""
    if file is None or not file.is_file():
        return None
    try:
        return frozenset(source.id for source in read_sources(file) if source.schedule is not None)
    except (ConfigError, MissingSetting):
        return None  # told by look_at_sources


def _declared(file: Path | None) -> tuple[list[Source], list[Finding]]:
    if file is None or not file.is_file():
        return [], [note("source", "no sources file is declared here (IACT_SOURCES_FILE)")]
    try:
        declared = read_sources(file)
    except (ConfigError, MissingSetting) as error:
        return [], [critical("source", str(error), "No source is read by the ivr service.", f"put {file} right")]
    return declared, [] if declared else [note("source", f"{file} declares no source")]


def _look_at_files(source: Source) -> list[Finding]:
    files = source.files()
    if files:
        return [good("source", f"{source.id}: {len(files)} files to read")]
    where = ", ".join(source.paths)
    return [warning("source", f"{source.id}: no file is called {where}", "Nothing can be read.", "put paths right")]


async def _look_at_login(source: Source, now: Clock) -> list[Finding]:
    assert source.login is not None  # noqa: S101 - the caller tells files apart
    login = source.login
    where = f"{source.id} at {login.host}:{login.port}"
    try:
        # A login that may too much is to be found here, not refused.
        async with Reader.open(replace(source, allow_privileged=True), login) as reader:
            excess = await reader.privileges()
            before = now()
            seconds = await reader.rows("SELECT UNIX_TIMESTAMP(SYSDATE(6))")
            after = now()
    except SourceError as error:
        way_out = "start it, or put host, port, user and password_file of this source right"
        return [critical("source", f"{where}: {error}", "Nothing new is read from it.", way_out)]
    theirs = datetime.fromtimestamp(float(seconds[0][0]), UTC)
    return [_privileges(source, where, login.user, excess), judge_clock(where, before, theirs, after)]


def _privileges(source: Source, where: str, user: str, excess: list[str]) -> Finding:
    if not excess:
        return good("grants", f"{where}: {user} may read and nothing else")
    what = f"{where}: {user} may do more than SELECT: {', '.join(excess[:3])}"
    way_out = f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{user}'@'HOST'; GRANT SELECT ON the database to it again"
    if source.allow_privileged:
        return warning("grants", what, "allow_privileged lets it: a stolen password could change the IVR.", way_out)
    return critical("grants", what, "The ivr service refuses to read with such a login.", way_out)
