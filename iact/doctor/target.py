"""Where the parts to look at are: from `run.json` of a running system, else from the settings of the services."""

import os
from dataclasses import dataclass
from pathlib import Path

from iact import run_file
from iact.doctor.finding import Finding, critical
from iact.errors import CommandFailed
from iact.ports import PORT_DEFAULT, service_ports
from iact.sample import holds_the_sample
from iact.startup import external_owner
from iact.system import System
from shared.ports import LOOPBACK
from shared.settings import DatabaseSettings, MissingSetting, ServiceSettings

CHECK = "system"


@dataclass(frozen=True, slots=True)
class Target:
    """What is known about where things are; None where nothing says it."""

    data_dir: Path
    owner: DatabaseSettings | None = None
    secrets_dir: Path | None = None
    sources_file: Path | None = None
    service_urls: tuple[tuple[str, str], ...] = ()
    sample: bool = False  # `iact demo` wrote its sources and loaded them
    started: tuple[tuple[str, dict[str, object]], ...] = ()  # service → pid and started_at, as run.json has them


def find(data_dir: Path) -> tuple[Target, list[Finding]]:
    """The system of this folder, or the one that the environment describes; a finding when there is neither."""
    data_dir = data_dir.absolute()
    try:
        owner = external_owner()
        system = System.load(data_dir)
    except (CommandFailed, MissingSetting, KeyError) as error:
        return _from_environment(data_dir, error)
    run = run_file.read(data_dir)
    processes = {**run["services"], **run.get("more_processes", {})}
    started = tuple((name, entry) for name, entry in processes.items() if entry.get("pid"))
    urls = tuple((name, entry["url"]) for name, entry in processes.items())
    return Target(
        data_dir=data_dir,
        owner=owner or system.owner,
        secrets_dir=system.secrets_dir,
        sources_file=system.sources_file,
        service_urls=urls,
        sample=owner is None and holds_the_sample(data_dir, system.sources_file),
        started=started,
    ), []


def _from_environment(data_dir: Path, problem: Exception) -> tuple[Target, list[Finding]]:
    sources = Path(os.environ["IACT_SOURCES_FILE"]) if "IACT_SOURCES_FILE" in os.environ else None
    try:
        owner = external_owner()
        settings = ServiceSettings()
    except CommandFailed as error:
        return Target(data_dir), [_nothing(error)]
    if owner is None:
        return Target(data_dir), [_nothing(problem)]
    urls = tuple((name, f"http://{LOOPBACK}:{port}") for name, port in service_ports(PORT_DEFAULT).items())
    return Target(data_dir, owner, settings.secrets_dir, sources, urls), []


def _nothing(problem: Exception) -> Finding:
    return critical(
        CHECK,
        str(problem),
        "Neither a running system nor the settings of one were found, so only this machine was looked at.",
        "start it, name its folder with --data-dir, or set DB_ANALYTICS_HOST and DB_ANALYTICS_PASSWORD",
    )
