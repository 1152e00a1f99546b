"""Deployments as a text table, so that a test shows the rows and the answer and nothing else."""

from datetime import UTC, datetime

from services.dora.delivery import model as core
from services.dora.events import Deployment, read_report
from services.dora.models import DeploymentReport

RECEIVED_AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def table(text: str) -> list[dict[str, str]]:
    """The rows of a table whose first line names its columns; a dot is an empty cell."""
    header, *lines = (line.split() for line in text.strip().splitlines())
    return [{name: cell for name, cell in zip(header, line, strict=True) if cell != "."} for line in lines]


def shipped(text: str) -> list[core.Deployment]:
    """What changed production: `at` (UTC, March 2026: `02T10:00`), `artefact`, `service`, `fixes`."""
    return [
        core.Deployment(
            id=str(number),
            at=moment(cells["at"]).timestamp(),
            service=cells.get("service", "gateway"),
            version=cells.get("artefact"),
            fixes=cells.get("fixes"),
        )
        for number, cells in enumerate(table(text))
    ]


def reports(text: str) -> list[Deployment]:
    """Reports about one deployment; columns are fields of a report, times as in `rows`."""
    return [read(**cells) for cells in table(text)]


def read(**fields: str) -> Deployment:
    times = {name: moment(value) for name, value in fields.items() if name.endswith("_at")}
    report = DeploymentReport.model_validate({"service": "gateway", "version": "1", **fields, **times})
    return read_report(report, RECEIVED_AT)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}:00+00:00")
