"""`iact ingest`: a configured source through the running service, or files as they are in this process.

Both ways are the same code and the same lease: a second run of one source is refused, wherever the first works.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer

from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir

POLL_EVERY_S = 0.3  # as fresh as the service writes progress
SERVICE_PATIENCE_S = 60.0  # a service that is being restarted is back by then
SERVER_ERROR = 500
DAY_FORMAT = ["%Y-%m-%d"]
FILES_SOURCE = "files-{}"  # the source that files given by hand belong to
PARTS = ("published", "unchanged", "held", "rejected", "duplicate")
LOG_FILE = "logs/ingest.log"  # beside the logs of the services
LOG_BYTES_MAX = 10_000_000  # a run writes some lines: years, and one older file is kept

Show = Callable[[dict[str, Any]], None]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(command)


def command(
    what: Annotated[
        list[str], typer.Argument(metavar="SOURCE | FILE…", help="A configured source, or files with --kind.")
    ],
    kind: Annotated[str | None, typer.Option(help="What the files are: legacy or asterisk.")] = None,
    zone: Annotated[str, typer.Option(help="The time zone of the files' local times.")] = "America/Mexico_City",
    since: Annotated[datetime | None, typer.Option("--from", formats=DAY_FORMAT, help="First day of dFecha.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=DAY_FORMAT, help="Day after the last.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Publish units that have shrunk, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finished run as JSON.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Read calls in and prove that none was lost: read = published + unchanged + held + rejected + duplicate."""
    request = {
        "from": since.date().isoformat() if since else None,
        "to": until.date().isoformat() if until else None,
        "force": force,
    }
    if kind is not None and kind not in {"legacy", "asterisk"}:
        raise typer.BadParameter("write legacy or asterisk", param_hint="--kind")
    if kind is None and len(what) != 1:
        raise typer.BadParameter("one configured source, or --kind with files", param_hint="SOURCE")
    with bar(visible=not as_json) as show:
        if kind is None:
            run = asyncio.run(through_service(data_dir, what[0], request, show))
        else:
            run = asyncio.run(in_process(data_dir, kind, zone, [Path(name) for name in what], request, show))
    if as_json:
        typer.echo(json.dumps(run))
    elif run["state"] == "succeeded" or any(run[part] for part in PARTS):
        typer.echo(sentence(run))
    if run["state"] != "succeeded":
        raise CommandFailed(run["error"] or f"the run ended as {run['state']}")
    if 0 < run["read"] == run["rejected"]:
        names = ", ".join(Path(name).name for name in what)
        raise CommandFailed(f"no row of {names} could be used: {run['read']:,} are kept as rejects, with their reasons")


async def through_service(data_dir: Path, source: str, request: dict[str, Any], show: Show) -> dict[str, Any]:
    """Ask the running service for a run and follow it, and the run that takes it up when it is interrupted."""
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help

    system = System.load(data_dir)
    body = {"source": source, **{name: value for name, value in request.items() if value}}
    accepted = await call_service(system, "POST", "/api/v1/ivr/runs", body, patience_s=0)
    return await follow(system, source, accepted["id"], show)


async def follow(system: Any, source: str, run_id: str, show: Show) -> dict[str, Any]:
    """A run of the service to its end, and the run that takes it up when it is interrupted."""
    while True:
        run = await call_service(system, "GET", f"/api/v1/ivr/runs/{run_id}")
        show(run)
        if run["state"] not in {"queued", "running"}:
            follower = await _follower(system, source, run_id)
            if follower is None:
                return run
            run_id = follower
        await asyncio.sleep(POLL_EVERY_S)


async def _follower(system: Any, source: str, run_id: str) -> str | None:
    runs = await call_service(system, "GET", f"/api/v1/ivr/runs?source={source}&limit=5")
    return next((str(run["id"]) for run in runs["items"] if run["retry_of"] == run_id), None)


async def call_service(
    system: Any, method: str, path: str, body: dict[str, Any] | None = None, *, patience_s: float = SERVICE_PATIENCE_S
) -> dict[str, Any]:
    """One call of the service; a service that is down for a moment is waited for."""
    from shared import http  # noqa: PLC0415 - slow to import, not needed for --help

    deadline = time.monotonic() + patience_s
    while True:
        try:
            headers = system.operator_headers("ivr", {"PIP-001", "PIP-004", "PIP-005"})
            async with http.client(system.service_urls["ivr"], headers=headers) as client:
                response = await client.request(method, path, json=body)
            if response.status_code < SERVER_ERROR or time.monotonic() > deadline:
                break
        except http.HTTPError as error:
            if time.monotonic() > deadline:
                raise CommandFailed(f"the ingestion service does not answer at {system.service_urls['ivr']}") from error
        await asyncio.sleep(POLL_EVERY_S)
    document: dict[str, Any] = response.json()
    if response.is_error:
        raise CommandFailed(str(document.get("detail", response.status_code)))
    return document


async def in_process(
    data_dir: Path, kind: str, zone: str, files: list[Path], request: dict[str, Any], show: Show
) -> dict[str, Any]:
    """Run the service's own code here, with its role and its lease, on files that nobody configured."""
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help
    from services.ivr.by_hand import run_files  # noqa: PLC0415 - slow to import, not needed for --help
    from services.ivr.config import ConfigError  # noqa: PLC0415 - slow to import, not needed for --help
    from shared.errors import Problem  # noqa: PLC0415 - slow to import, not needed for --help

    system = System.load(data_dir)
    if missing := [path for path in files if not path.is_file()]:
        raise CommandFailed(f"there is no file {missing[0]}")
    try:
        with logs_in(data_dir / LOG_FILE):
            return await run_files(
                database=system.service_database("ivr"),
                secrets_dir=system.secrets_dir,
                source_id=FILES_SOURCE.format(kind),
                kind="legacy" if kind == "legacy" else "asterisk",
                zone=zone,
                files=[path.absolute() for path in files],
                request=request,
                show=show,
            )
    except (Problem, ConfigError) as problem:
        raise CommandFailed(str(problem)) from problem


class _LogFile:
    """A disk without room is no reason for a run to break here: it may be what the run is about to tell."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()


@contextmanager
def _log_file(path: Path) -> Iterator[TextIO]:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
            path.replace(path.with_suffix(".log.1"))
        opened = path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        typer.echo(f"the log of this run cannot be written ({path}: {error.strerror})", err=True)
        opened = Path(os.devnull).open("a", encoding="utf-8")  # noqa: SIM115 - closed below
    file = _LogFile(opened)
    try:
        yield cast("TextIO", file)  # all that a logger asks of one
    finally:
        file.close()


@contextmanager
def logs_in(path: Path) -> Iterator[None]:
    """The run's log goes to a file, tracebacks without local variables: a row of the source may stand in one.

    On the terminal only what the run waits for is told: the command itself says how it ended.
    """
    import structlog  # noqa: PLC0415 - slow to import, not needed for --help

    before = structlog.get_config()
    with _log_file(path) as file:
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                _tell,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
            logger_factory=lambda *_: structlog.WriteLogger(file),
            cache_logger_on_first_use=False,
        )
        try:
            yield
        finally:
            structlog.configure(**before)


def _tell(_: object, __: str, event: Any) -> Any:
    if event["level"] == "warning" and "error" not in event:
        typer.echo(event["event"], err=True)
    return event


class bar:  # noqa: N801 - used as a function: `with bar(...) as show`
    """A progress bar on stderr, so that standard output stays for the answer."""

    def __init__(self, *, visible: bool) -> None:
        from rich.console import Console  # noqa: PLC0415 - slow to import, not needed for --help
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - slow to import, not needed for --help

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.fields[expected]} rows, {task.fields[rate]} rows/s"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not visible,
        )
        self._task = self._progress.add_task("waiting", total=None, expected="?", rate="?")

    def __enter__(self) -> Show:
        self._progress.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _show(self, run: dict[str, Any]) -> None:
        expected = run["expected"]
        rate = run["rows_per_s"]
        self._progress.update(
            self._task,
            description=run["phase"],
            completed=run["read"],
            total=max(expected, run["read"]) if expected is not None else None,
            expected="?" if expected is None else f"{expected:,}",
            rate="?" if rate is None else f"{rate:,.0f}",
        )


def sentence(run: dict[str, Any]) -> str:
    """What became of the rows: a sum only where it is one; a run that failed has read rows that it discarded."""
    whole = run["read"] == sum(run[part] for part in PARTS)
    parts = (" + " if whole else ", ").join(f"{part} {run[part]:,}" for part in PARTS)
    return f"{run['source']}: read {run['read']:,}{' = ' if whole else ', of which '}{parts}"
