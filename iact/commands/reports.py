"""`iact reports`: a report of the running system to the screen or a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.system import System
from shared import http

PATH = "/api/v1/analytics/reports"
# The person at this machine is the operator: every form, every segment.
FUNCTIONS = {"RPT-001", "RPT-003", "RPT-004", "RPT-005", "RPT-006"}
READ_TIMEOUT_S = 120.0  # several questions over a year, one after the other


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


class Language(StrEnum):
    ES = "es"
    EN = "en"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reports")(command)


def command(
    code: Annotated[str | None, typer.Argument(help="The report; without one, the reports are listed.")] = None,
    *,
    quarter: Annotated[str | None, typer.Option(help="Like 2025-Q3.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day, like 2025-07-01.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The day after the last.")] = None,
    segment: Annotated[str, typer.Option(help="One segment, or todas.")] = "todas",
    zone: Annotated[str | None, typer.Option(help="IANA time zone of its days.")] = None,
    form: Annotated[Format, typer.Option("--format", help="The form of the answer.")] = Format.JSON,
    language: Annotated[Language, typer.Option(help="Language of the titles in a workbook or PDF.")] = Language.ES,
    output: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Write a report."""
    system = System.load(data_dir)
    if code is None:
        for entry in fetch(system, PATH, {}).json()["items"]:
            typer.echo(f"{entry['code']:<20} {entry['title'][language.value]}")
        return
    parameters = {
        "quarter": quarter,
        "from": since,
        "to": until,
        "segment": segment,
        "zone": zone,
        "format": form.value,
        "language": language.value,
    }
    if form in {Format.XLSX, Format.PDF} and output is None:
        raise typer.BadParameter(f"{form.value} is no text; say where with --output FILE", param_hint="--format")
    answer = fetch(system, f"{PATH}/{code}", {name: value for name, value in parameters.items() if value is not None})
    if output is None:
        typer.echo(answer.text, nl=not answer.text.endswith("\n"))
        return
    write(output, answer.content)
    typer.echo(f"{output}: {len(answer.content)} bytes", err=True)


def fetch(system: System, path: str, parameters: dict[str, Any]) -> http.Response:
    """The service's answer. CommandFailed with its own sentence when it refuses."""
    headers = system.operator_headers("analytics", FUNCTIONS)
    url = system.service_urls["analytics"]
    try:
        with http.sync_client(url, read_timeout_s=READ_TIMEOUT_S, headers=headers) as client:
            answer = client.get(path, params=parameters)
    except http.HTTPError as error:
        raise CommandFailed(f"The analytics service at {url} does not answer: {error}") from error
    if answer.is_success:
        return answer
    raise CommandFailed(_sentence(answer))


def write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}") from error


def _sentence(answer: http.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"The analytics service answered {answer.status_code}."
    hints = [error["suggestion"] for error in problem.get("errors", []) if error.get("suggestion")]
    detail = str(problem.get("detail", answer.status_code))
    return f"{detail} (did you mean {', '.join(hints)}?)" if hints else detail
