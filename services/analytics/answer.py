"""From the database's rows to the answer: instants in the asked zone, bands by name, and what must be told beside."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.analytics.catalog import Metric, Occupancy, SignedIn, SourceKind
from services.analytics.columns import Column
from services.analytics.metrics_asterisk import SERVICE_LEVEL_FORMULAS
from services.analytics.parameters import COMPARISONS
from services.analytics.periods import bucket_end
from services.analytics.question import Cell, Question, ServiceLevel, zone_of


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader of a number must know. `code` is for programs, `detail` is the sentence."""

    code: str
    detail: str
    column: str | None = None
    calls: int | None = None
    error: float | None = None  # at most, relative


@dataclass(frozen=True, slots=True)
class Answer:
    question: Question
    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    totals: list[Cell] | None
    notices: tuple[Notice, ...]
    next_cursor: str | None
    answered_from: str
    # The relative error of each metric that is not exact in this answer.
    errors: Mapping[str, float] = field(default_factory=dict)

    def records(self) -> list[dict[str, Cell]]:
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def total(self) -> dict[str, Cell]:
        """The totals by column name; empty when none were asked for."""
        names = [column.name for column in self.columns if column.kind not in ("time", "dimension")]
        return dict(zip(names, self.totals or (), strict=False))


def shown_rows(columns: Sequence[Column], records: Sequence[Sequence[Any]], zone: str) -> list[list[Cell]]:
    """The records as they leave: only the columns that need it are touched."""
    place = zone_of(zone)
    changed = [
        (index, column) for index, column in enumerate(columns) if column.sql_type == "timestamptz" or column.labels
    ]
    rows = [list(record) for record in records]
    for row in rows:
        for index, column in changed:
            row[index] = shown(column, row[index], place)
    return rows


def shown(column: Column, value: Any, zone: ZoneInfo) -> Cell:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    named: Cell = column.labels[value] if column.labels else value
    return named


def unknown_columns(columns: Sequence[Column], question: Question) -> tuple[Notice, ...]:
    """Columns of nulls, each with its reason: a source that cannot know a value never reports 0."""
    return tuple(
        Notice(
            "unknown_to_source",
            f"{question.kind} calls cannot tell {column.name}; the column is null.",
            column=column.name,
        )
        for column in columns
        if not column.known and column.kind in ("dimension", "metric")
    )


def untold(columns: Sequence[Column], told: Container[str]) -> tuple[Notice, ...]:
    """Metrics that this question asks for in a way that nobody can tell."""
    return tuple(
        Notice(
            "cannot_be_split",
            f"{column.name} cannot be told apart by what this question splits or filters by; the column is null.",
            column=column.name,
        )
        for column in columns
        if column.kind == "metric" and column.known and column.name not in told
    )


def parts_missing(columns: Sequence[Column]) -> tuple[Notice, ...]:
    """Metrics whose definition has parts that this kind of source does not record."""
    return tuple(
        Notice(
            "part_not_recorded",
            f"{column.name} is without {' and '.join(column.metric.missing)}: this kind of source does not record it.",
            column=column.name,
        )
        for column in columns
        if column.kind == "metric" and column.known and column.metric is not None and column.metric.missing
    )


def no_agent_spans(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[Notice, ...]:
    """Columns about agents that are null all through: the source tells nobody's sessions there."""
    return tuple(
        Notice(
            "no_agent_sessions",
            f"No agent session is known in this range, so {column.name} is null: the source records none, or not yet.",
            column=column.name,
        )
        for index, column in enumerate(columns)
        if column.kind == "metric"
        and column.known
        and column.metric is not None
        and isinstance(column.metric.recipe, SignedIn | Occupancy)
        and rows
        and all(row[index] is None for row in rows)
    )


def uncovered(window: str, calls: int) -> Notice:
    return Notice(
        "window_not_covered",
        f"{calls} calls are left out of what looks {window} ahead: the data does not reach that far yet.",
        calls=calls,
    )


def absent(kind: SourceKind) -> Notice:
    return Notice(
        "source_kind_absent",
        f"No {kind} source has published data, so there is nothing to count.",
    )


def estimated(answers: Iterable[Answer]) -> list[Notice]:
    """Says of each metric that it was not counted one by one, and how far off it is at most."""
    errors: dict[str, float] = {}
    for answer in answers:
        for metric, error in answer.errors.items():
            errors[metric] = max(error, errors.get(metric, 0.0))
    return [
        Notice(
            "estimated",
            f"{metric} is estimated: at most {100 * error:g} % away from counting one by one.",
            metric,
            error=error,
        )
        for metric, error in errors.items()
    ]


def partial_buckets(columns: Sequence[Column], records: Sequence[Sequence[Any]], question: Question) -> list[Notice]:
    """Says so when the range cuts the first or the last bucket: they hold only the part inside."""
    if not records or columns[0].kind != "time":
        return []
    buckets = [record[0] for record in records]
    notices = []
    if min(buckets) < question.since:
        notices.append(_partial("The first bucket begins before the range"))
    if bucket_end(question.granularity, max(buckets), zone_of(question.zone)) > question.until:
        notices.append(_partial("The last bucket ends after the range"))
    return notices


def _partial(what: str) -> Notice:
    return Notice("partial_bucket", f"{what} and holds only the part inside it.")


def describe(column: Column, level: ServiceLevel, errors: Mapping[str, float]) -> dict[str, Any]:
    """What the answer says about one column; a service level carries the very definition that it was counted by."""
    base = {"name": column.name, "kind": column.kind}
    if column.metric is None:
        return base
    metric = column.metric
    unit = "ratio" if column.kind == "change" else metric.unit
    told = {
        "unit": unit,
        "good": metric.good,
        "exact": metric.name not in errors,
        "error": errors.get(metric.name),
        "version": metric.version,
        **(_formula(column, metric, level) if column.kind == "metric" else {}),
        "of": None if column.kind == "metric" else metric.name,
        "service_level": asdict(level) if column.is_service_level else None,
    }
    return {**base, **told}


def _formula(column: Column, metric: Metric, level: ServiceLevel) -> dict[str, str]:
    if not column.is_service_level:
        return {"formula": metric.formula.en, "formula_es": metric.formula.es}
    terms = {
        "in_time": f"{COMPARISONS[level.comparison]} {level.threshold_s:g}",
        "short": f"{level.short_abandon_s:g}",
    }
    form = SERVICE_LEVEL_FORMULAS[level.variant]
    return {"formula": form.en.format(**terms), "formula_es": form.es.format(**terms)}
