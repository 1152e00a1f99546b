"""`iact dora`: report deployments to the running system and read its delivery metrics."""

import json
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from iact.ask import ask as service_answer
from iact.delivery_logs import check_logs
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.system import System

PREFIX = "/api/v1/dora"
HOUR_S = 3_600
REPLAY_LOOK_S = 1.0
DAYS_MAX = 3_660  # ten years: more than any series may hold


class Environment(StrEnum):
    PRODUCTION = "production"
    STAGING = "staging"
    TESTING = "testing"
    DEVELOPMENT = "development"


class Status(StrEnum):
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELED = "canceled"
    ROLLED_BACK = "rolled_back"


AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Software delivery: deployments and metrics.", no_args_is_help=True)
    group.command("deployed")(deployed)
    group.command("deployments")(deployments)
    group.command("metrics")(metrics)
    group.command("check-logs")(check_logs)
    group.command("replay")(replay)
    group.command("quality")(quality)
    app.add_typer(group, name="dora")


def deployed(
    service: Annotated[str, typer.Argument(help="What was deployed.")],
    *,
    version: Annotated[str | None, typer.Option(help="Its version.")] = None,
    commit: Annotated[str | None, typer.Option(help="Its commit, at least seven digits.")] = None,
    environment: Annotated[Environment, typer.Option(help="Where to.")] = Environment.PRODUCTION,
    status: Annotated[Status, typer.Option(help="How it went.")] = Status.SUCCESS,
    at: Annotated[str | None, typer.Option(help="When, like 2026-03-02T10:00:00-06:00; now if left out.")] = None,
    name: Annotated[str | None, typer.Option("--id", help="Your own name for this deployment.")] = None,
    key: Annotated[str | None, typer.Option("--idempotency-key", help="Makes a retry harmless.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Report a deployment."""
    told = {
        "service": service,
        "version": version,
        "commit_sha": commit,
        "environment": environment.value,
        "status": status.value,
        "finished_at": at,
        "deployment_id": name,
    }
    body = {field: value for field, value in told.items() if value is not None}
    headers = {} if key is None else {"Idempotency-Key": key}
    made = ask(System.load(data_dir), "POST", "/deployments", body=body, headers=headers)
    typer.echo(json.dumps(made) if json_output else _line(made))


def deployments(
    *,
    service: Annotated[str | None, typer.Option(help="Of this service only.")] = None,
    environment: Annotated[Environment | None, typer.Option(help="Of this environment only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many, newest first.")] = 20,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """List reported deployments."""
    asked = {"service": service, "environment": environment and environment.value, "limit": limit}
    page = ask(System.load(data_dir), "GET", "/deployments", parameters=asked)
    if json_output:
        typer.echo(json.dumps(page))
        return
    for item in page["items"]:
        typer.echo(_line(item))


def metrics(
    *,
    service: Annotated[str | None, typer.Option(help="Of this service; DORA measures one at a time.")] = None,
    environment: Annotated[Environment, typer.Option(help="Of this environment.")] = Environment.PRODUCTION,
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="Over the last so many days.")] = 30,
    benchmark: Annotated[int | None, typer.Option(help="Compare with the DORA report of this year.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Read the five delivery metrics."""
    asked = {
        "service": service,
        "environment": environment.value,
        "from": (datetime.now(UTC) - timedelta(days=days)).isoformat(),
        "granularity": "total",
        "benchmark": benchmark,
    }
    answer = ask(System.load(data_dir), "GET", "/metrics", parameters=asked)
    if json_output:
        typer.echo(json.dumps(answer))
        return
    for name, metric in answer["metrics"].items():
        known = metric["value"] is not None
        typer.echo(f"{name:<32} {_figure(name, metric) if known else 'unknown: ' + metric['reason']}")
    for warning in answer["warnings"]:
        typer.echo(f"note: {warning}", err=True)


def replay(*, json_output: AsJson = False, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Read every event that was ever kept again; the numbers come out the same, or better after an update."""
    system = System.load(data_dir)
    asked = ask(system, "POST", "/replay")["waiting"]
    waiting = asked
    while waiting:
        time.sleep(REPLAY_LOOK_S)
        waiting = ask(system, "GET", "/quality")["waiting"]
        typer.echo(f"{asked - waiting} of {asked} events read", err=True)
    typer.echo(json.dumps({"events": asked}) if json_output else f"{asked} events were read again.")


def quality(
    *,
    service: Annotated[str | None, typer.Option(help="Of this service only.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Say what is missing or doubtful behind the metrics of the last thirty days."""
    found = ask(System.load(data_dir), "GET", "/quality", parameters={"service": service})
    if json_output:
        typer.echo(json.dumps(found))
        return
    for check in found["checks"]:
        typer.echo(f"{check['count']:>8}  {check['detail']}")


def ask(
    system: System,
    method: str,
    path: str,
    *,
    parameters: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The service's answer. CommandFailed with its own sentence when it refuses."""
    found: dict[str, Any] = service_answer(
        system,
        "dora",
        {"DOR-001", "DOR-002"},
        method,
        f"{PREFIX}{path}",
        parameters=parameters,
        body=body,
        headers=headers,
    )
    return found


def _line(deployment: dict[str, Any]) -> str:
    what = deployment["version"] or deployment["commit_sha"]
    where = f"{deployment['service']} {what} to {deployment['environment']}"
    return f"{deployment['occurred_at']}  {deployment['status']:<11}  {where}"


def _figure(name: str, metric: dict[str, Any]) -> str:
    if name == "deployment_frequency":
        return _frequency(metric)
    if metric["unit"] == "ratio":
        low, high = metric["ci95"]
        of = f"{metric['numerator']} of {metric['denominator']} deployments"
        return f"{metric['value']:.1%} ({of}; 95 % of {low:.1%} to {high:.1%})"
    band = metric["quick_check"]["band"].replace("_", " ")
    return f"median {metric['median'] / HOUR_S:.3g} h (n = {metric['n']}, p90 {metric['p90'] / HOUR_S:.3g} h), {band}"


def _frequency(metric: dict[str, Any]) -> str:
    text = f"{metric['value']:.3g} a day ({metric['n']} deployments on {metric['active_days']} days)"
    if metric["quick_check"]:
        text += f", {metric['quick_check']['band'].replace('_', ' ')}"
    return text
