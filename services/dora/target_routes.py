"""The endpoint about the customer's quality targets, beside the delivery metrics."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.dora import answers
from services.dora.answer_models import Window
from services.dora.delivery import logs, model, targets
from services.dora.measuring import Question
from services.dora.metric_routes import question_of
from services.dora.models import MetricsRequest
from shared.identity import require

router = APIRouter(prefix="/api/v1/dora", tags=["dora"])


class TargetsRequest(BaseModel):
    """The window in which repairs count, by default the last 30 days; other figures are of the last run of tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")


class QualityTarget(BaseModel):
    """One target: `value`, in `unit`, keeps the `bound` of `limit`, or not. null is what nobody knows, with a `reason`.

    `parts` are what the value is made of: shares of lines and branches, or of unit, integration and e2e tests;
    functions `above` the limit; incidents `open`, and `mean_with_open`, the mean if those were repaired at the end.
    """

    name: targets.TargetName
    unit: Literal["ratio", "complexity", "s"]
    bound: Literal["at_least", "at_most"]
    limit: float
    value: float | None
    n: int | None
    parts: dict[str, float]
    holds: bool | None
    reason: str | None
    source: str
    definition: str


class MeasuredRun(BaseModel):
    """Which commit the figures are of, and when they were made."""

    commit: str
    at: datetime


class TargetsAnswer(BaseModel):
    """The customer's quality targets. `run` is null where nobody wrote down which run the figures are of."""

    window: Window
    run: MeasuredRun | None
    targets: list[QualityTarget]


@router.get("/targets", dependencies=[Depends(require("DOR-001"))])
async def read_quality_targets(request: Request, asked: Annotated[TargetsRequest, Query()]) -> TargetsAnswer:
    """The customer's quality targets, what was measured, and whether they hold."""
    window = {"from": asked.since, "to": asked.until}
    question = question_of(
        MetricsRequest.model_validate(window),
        datetime.now(UTC),
        default_zone=request.app.state.time_zone,
        rules=model.Rules(),  # nothing is judged here
    )
    return await asyncio.to_thread(_answer, question, request.app.state.figures_dir)


def _answer(question: Question, folder: Path | None) -> TargetsAnswer:
    window = model.Window(
        since=question.since.timestamp(), until=question.until.timestamp(), as_of=question.as_of.timestamp()
    )
    try:
        found = targets.targets(folder, _incidents(folder), window)
    except logs.LogError as error:
        found = targets.targets(folder, None, window, unknown=str(error).replace(f"{folder}/", ""))
    run = targets.run_of(folder)
    return TargetsAnswer.model_validate({"window": answers.asked_window(question), **targets.report(found, run)})


def _incidents(folder: Path | None) -> list[model.Incident] | None:
    files = [] if folder is None else logs.logs_of(folder, "incident_logs")
    return logs.read_incidents(files) if files else None
