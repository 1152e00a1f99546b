"""Brings the system up: databases, schemas and services, in that order, safe to repeat."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from pydantic import ValidationError

from iact import data_dir, databases, mariadb, partitions, ports, precheck, run_file, secret_files, services
from iact.console import Steps
from iact.data_dir import Layout
from iact.embedded import Embedded, embedded
from iact.errors import CommandFailed
from iact.sample import Sample
from iact.shutdown import stop
from iact.supervision import Program, Supervisor
from services.ivr.config import ConfigError, read_sources
from shared.ports import LOOPBACK
from shared.settings import DatabaseSettings, ServiceSettings

DATABASE_TIMEOUT_S = 60.0  # crash recovery of a large database included
READY_TIMEOUT_S = 90.0  # five interpreters on one slow core take a third of it
TROUBLE_S = 8.0  # supervisord's first retries are over: what still does not start will not
POLL_S = 0.05
CLOSING_WORDS = {"Application startup failed. Exiting."}  # uvicorn's last words, which say nothing of the reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    root: Path
    port: int | None
    rows: int
    demo: bool
    processes: int = 1  # of each kind


@dataclass(frozen=True, slots=True)
class Started:
    """A system whose services answered "ready"."""

    layout: Layout
    sample: Sample | None


def is_running(layout: Layout) -> bool:
    """Whether a supervisor of this folder answers."""
    return data_dir.is_ours(layout.root) and Supervisor(layout).answers()


def start(wanted: Wanted, steps: Steps, modules: Mapping[str, str] = services.MODULES) -> Started:
    """Bring everything up; a CommandFailed tells in one sentence why not, and nothing is left running then."""
    external = external_owner()
    layout = Layout(wanted.root)
    demo = wanted.demo and external is None
    ran_before = is_running(layout) and _as_wanted(wanted, external, demo=demo)
    if ran_before:
        steps.say("It already runs; looking at each part")
    else:
        stop(layout)
    precheck.check(wanted.root, wanted.port, wanted.rows if demo else 0, wanted.processes)
    attempt = _Start(wanted, steps, modules, external, demo=demo)
    try:
        return attempt.run()
    except BaseException:
        if not ran_before:
            stop(layout)
        raise


def external_owner() -> DatabaseSettings | None:
    """The login from DB_ANALYTICS_*, or None when DB_ANALYTICS_HOST is unset and the embedded server is meant."""
    try:
        settings = ServiceSettings()
    except ValidationError as error:
        first = error.errors()[0]
        raise CommandFailed(f"the setting {str(first['loc'][0]).upper()} is wrong: {first['msg']}") from error
    return databases.external_owner(settings)


class _Start:
    """One attempt; attributes fill from top to bottom as the steps go on."""

    def __init__(
        self,
        wanted: Wanted,
        steps: Steps,
        modules: Mapping[str, str],
        external: DatabaseSettings | None,
        *,
        demo: bool,
    ) -> None:
        self.wanted = wanted
        self.steps = steps
        self.modules = modules
        self.external = external
        self.demo = demo
        self.layout = data_dir.prepare(wanted.root)
        self.port = precheck.first_port(wanted.root, wanted.port)
        self.supervisor = Supervisor(self.layout)
        secret_files.generate(self.layout.secrets, owner_password=external.password if external else None)
        self.source: mariadb.SampleSource | None = None
        self.sample: Sample | None = None
        self.postgres: Embedded | None = None

    def run(self) -> Started:
        with self.steps.step("Starting the databases") as step:
            step.text = self._databases()
        with self.steps.step("Starting the five services") as step:
            self._services()
            more = "" if self.wanted.processes == 1 else f", {self.wanted.processes} processes of each"
            step.text = f"Five services answer on the ports {self.port} to {self.port + 4}{more}"
        return Started(self.layout, self.sample)

    def _databases(self) -> str:
        """Servers, database, roles and schemas; what to tell about them."""
        known = run_file.read(self.layout.root).get("databases", {})
        self.source = self._sample_source(known)
        if self.demo:
            self.sample = Sample(self.layout, self.wanted.rows, self.source)
        if self.demo or self.source:
            Sample(self.layout, self.wanted.rows, self.source).write_sources()
        if self.external is None:
            port = self._database_port(known.get("postgres"), avoid=[self.source.port] if self.source else [])
            self.postgres = embedded(self.layout, port, self.steps.say)
        owner = self.external or self._embedded_owner()
        self.place = self._place(owner, owner_password_needed=False)
        self._create_clusters()
        self._start_servers()
        prepared = asyncio.run(self._prepare(owner))
        if not prepared.roles_have_passwords:
            secret_files.forget_role_passwords(self.layout.secrets)
        self.place = self._place(owner, owner_password_needed=not prepared.roles_have_passwords)
        where = "embedded" if self.postgres else f"{owner.host}:{owner.port}"
        parts = [f"PostgreSQL {prepared.version} ({where})"]
        parts += [f"MariaDB {self.source.binaries.version} (sample source)"] if self.source else []
        parts += [f"{len(prepared.migrations)} migrations"] if prepared.migrations else []
        return ", ".join(parts)

    def _sample_source(self, known: run_file.Run) -> mariadb.SampleSource | None:
        """The sample's server: when samples are wanted, or were loaded here before, and MariaDB is installed."""
        binaries = mariadb.find()
        if binaries is None or not (self.demo or known.get("ivr")):
            return None
        port = self._database_port(known.get("ivr"))
        return mariadb.SampleSource(binaries, mariadb.place(self.layout), port, self.layout.secrets)

    def _database_port(self, known: run_file.Run | None, avoid: Iterable[int] = ()) -> int:
        """The port of the last start, while it is free or our own server still has it; none of the services'."""
        port = int(known["port"]) if known and known.get("embedded", True) else None
        if port and self.supervisor.answers():
            return port
        return ports.free_port(port, {*avoid, *ports.all_ports(self.port, self.wanted.processes)})

    def _embedded_owner(self) -> DatabaseSettings:
        if self.postgres is None:
            raise CommandFailed("there is neither an embedded PostgreSQL nor DB_ANALYTICS_HOST")
        return self.postgres.owner

    def _place(self, owner: DatabaseSettings, *, owner_password_needed: bool) -> services.Place:
        return services.Place(
            port=self.port,
            root=self.layout.root,
            secrets_dir=self.layout.secrets,
            sources_file=self.sources_file(),
            owner=owner,
            owner_password_needed=owner_password_needed,
            processes=self.wanted.processes,
        )

    def sources_file(self) -> Path | None:
        """The declared sources: the sample's own, the one named by IACT_SOURCES_FILE, or none (DB_IVR_* then)."""
        named = os.environ.get("IACT_SOURCES_FILE")
        if named and not self.demo:
            _check_sources(Path(named))
            return Path(named).absolute()
        return self.layout.sources_file if self.demo or self.layout.sources_file.exists() else None

    def _create_clusters(self) -> None:
        """Both servers' system tables at the same time: each keeps one core busy for half a second."""
        jobs: list[Callable[[], None]] = []
        if self.postgres and not self.postgres.server.exists:
            jobs.append(self.postgres.create)
        if self.source and not self.source.exists:
            jobs.append(self.source.create)
        with ThreadPoolExecutor() as pool:
            for job in [pool.submit(job) for job in jobs]:
                job.result()

    def _start_servers(self) -> None:
        servers = [each.program() for each in (self.postgres, self.source) if each is not None]
        programs = [*servers, *self._service_programs()]
        if not self.supervisor.answers():
            self.supervisor.start(programs)
        self.supervisor.start_programs([program.name for program in servers])
        probes = {"postgres": self.postgres.server.accepts} if self.postgres else {}
        if self.source:
            probes["mariadb"] = self.source.accepts
        for name, accepts in probes.items():
            self._wait(accepts, [name], DATABASE_TIMEOUT_S, f"{name} does not accept connections")

    async def _prepare(self, owner: DatabaseSettings) -> databases.Prepared:
        if self.postgres:
            await databases.ensure_database(owner)
        prepared = await databases.prepare(owner, self.layout.secrets, self.steps.say)
        # The timer that makes them on a server is not there beside an embedded one.
        if self.postgres and not await partitions.make_unless_held(owner):
            self.steps.say("A load holds its tables, so no month was made ahead; iact partitions make does it later")
        return prepared

    def _service_programs(self) -> list[Program]:
        from_shell = {name: value for name, value in os.environ.items() if name.startswith("DB_IVR_")}
        return services.programs(self.place, {"ivr": from_shell}, self.modules)

    def _services(self) -> None:
        programs = self._service_programs()
        self.supervisor.describe(programs)
        self.supervisor.start_programs([program.name for program in programs])

        patience_s = READY_TIMEOUT_S * self.place.processes

        def ready() -> bool:
            gateways = self.place.urls_of("gateway").split(",")
            asked = gateways if self.place.processes == 1 else self.place.urls().values()
            return all(services.readiness(url)[0] == HTTPStatus.OK for url in asked)

        self._wait(ready, [program.name for program in programs], patience_s, "the services do not become ready")
        run_file.update(self.layout.root, self._run)

    def _run(self, before: run_file.Run) -> run_file.Run:
        """What `run.json` says of this system."""
        alive = {name: known.as_json() for name, known in self.supervisor.process_ids().items()}
        owner, source = self.place.owner, self.source
        listening = {name: {"url": url, **alive.get(name, {})} for name, url in self.place.urls().items()}
        postgres = {"host": owner.host, "port": owner.port, "name": owner.name, "user": owner.user}
        ivr = None if source is None else {"host": LOOPBACK, "port": source.port, "name": mariadb.SCHEMA}
        return {
            "gateway_url": self.place.gateway_url,
            "services": {name: each for name, each in listening.items() if name in ports.PROCESSES},
            "more_processes": {name: each for name, each in listening.items() if name not in ports.PROCESSES},
            "pids": alive,
            "databases": {
                "postgres": {**postgres, "embedded": self.postgres is not None},
                "ivr": None if ivr is None else {**ivr, "user": mariadb.READER},
            },
            "data_dir": str(self.layout.root),
            "secrets_dir": str(self.layout.secrets),
            "sources_file": str(self.place.sources_file or self.layout.sources_file),
            "admin_username": before.get("admin_username"),
            "admin_sign_in_url": before.get("admin_sign_in_url"),
        }

    def _wait(self, done: Callable[[], bool], names: Sequence[str], timeout_s: float, sentence: str) -> None:
        """Until `done`; raises with the end of the log when one of these programs gives up or time is over."""
        began = time.monotonic()
        while not done():
            waited = time.monotonic() - began
            states = self.supervisor.states()
            failing = [name for name in names if states[name].state in {"BACKOFF", "FATAL", "EXITED"}]
            if (failing and waited > TROUBLE_S) or waited > timeout_s:
                name = (failing or list(names))[0]
                log = self.layout.logs / f"{name}.log"
                raise CommandFailed(f"{sentence}: {name} said: {last_line(log)}; see {log}")
            time.sleep(POLL_S)


def _check_sources(path: Path) -> None:
    """A mistake in the sources file is told before anything starts, not found in a log afterwards."""
    try:
        read_sources(path)
    except ConfigError as error:
        raise CommandFailed(str(error)) from error


def last_line(log: Path) -> str:
    """Why a program gave up, from the end of its log: for a Python program that is the last line of its traceback."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return "nothing"
    for line in reversed(lines):
        words = _last_words(line)
        if words and words not in CLOSING_WORDS:
            return words
    return lines[-1] if lines else "nothing"


def _last_words(line: str) -> str:
    """The end of what a line says: of the traceback in it where it is one of our JSON lines."""
    try:
        said = json.loads(line)
        text = str(said.get("exception") or said["event"])
    except (ValueError, KeyError, AttributeError):
        text = line
    return text.strip().splitlines()[-1].strip() if text.strip() else ""


def _as_wanted(wanted: Wanted, external: DatabaseSettings | None, *, demo: bool) -> bool:
    """Whether the running system is the one asked for; a sentence when only its port differs."""
    run = run_file.read(wanted.root)
    if not run.get("pids"):
        return False
    if wanted.port is not None and wanted.port != precheck.first_port(wanted.root, None):
        raise CommandFailed(f"it already runs at {run['gateway_url']}; stop it first to move it to another port")
    if len(run.get("more_processes", {})) != (wanted.processes - 1) * len(ports.PROCESSES):
        return False
    postgres = run["databases"]["postgres"]
    if postgres["embedded"] != (external is None):
        return False
    if external is not None and (postgres["host"], postgres["port"]) != (external.host, external.port):
        return False
    return not demo or run["databases"]["ivr"] is not None or mariadb.find() is None
