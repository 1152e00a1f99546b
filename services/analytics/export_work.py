"""What an export holds: understood before it is queued and again when it is made, by the same rules as a request."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from services.analytics import export_files, export_sheets, report_making, store
from services.analytics.call_routes import understand_listing
from services.analytics.call_rows import compile_call_lines, compile_call_rows
from services.analytics.call_schemas import LegacyCallOut, QueueCallOut
from services.analytics.catalog import catalog
from services.analytics.columns import columns_of
from services.analytics.csv_sql import Lines, answer_lines
from services.analytics.cursors import read_cursor
from services.analytics.drilldown import Listing, in_turn
from services.analytics.export_files import ROWS_MAX, CsvSink, LineSink, Sink, TooManyRows, partial
from services.analytics.export_schemas import ExportRequest
from services.analytics.export_sheets import SheetLineSink, Template, XlsxSink
from services.analytics.people import Person
from services.analytics.pool import at_once
from services.analytics.query import order_of
from services.analytics.question import Cell, Question, zone_of
from services.analytics.report_request import find_report
from services.analytics.report_words import segment_named
from services.analytics.reports.model import ALL_SEGMENTS
from services.analytics.settings import Settings
from services.analytics.sheet_sql import answer_rows
from services.analytics.sources import DataVersion, asked_sources, data_as_of, refuse_removed_calls
from services.analytics.spreadsheet import FACTS_SHEETS
from services.analytics.understand import understand
from shared.errors import FieldError, TooLarge, Unprocessable
from shared.identity import Identity, need
from shared.postgres import Connection

PAGE_ROWS = 50_000  # some 30 MB of cells at a time; a page of a question costs its groups again
# PostgreSQL sends 8 KiB at a time. A breath after a small piece lets them gather, in buffers that hold some megabytes:
# at 100 000 rows a second the next piece is of 200 KB. It saves a fifth of this process's time, more than uvloop does.
PIECE_BYTES = 65_536
BREATH_S = 0.01
# Calls of a statement: sorted in memory, while the file of those before them is still written.
PART_ROWS = 100_000
COPY_TIMEOUT_S = 900.0  # the worker's own limit for an export, instead of the one that people's answers have
FORMAT_FUNCTIONS = {"csv": "RPT-004", "xlsx": "RPT-005", "pdf": "RPT-006"}


@dataclass(slots=True)
class Progress:
    """How far the work has come, for whoever reports it."""

    rows_done: int = 0
    rows_total: int | None = None

    def add(self, rows: int) -> None:
        self.rows_done += rows
        if self.rows_done > ROWS_MAX:
            raise TooManyRows


@dataclass(frozen=True, slots=True)
class Produced:
    rows: int
    data_as_of: datetime | None


def check_functions(body: ExportRequest, identity: Identity) -> None:
    """Raises FunctionNeeded, which names the function that this export needs and its person does not hold."""
    wanted = {"RPT-001": "An export", FORMAT_FUNCTIONS[body.format]: f"An export as {body.format.upper()}"}
    by_segment = body.report is not None and body.report.segment not in (ALL_SEGMENTS, identity.segment)
    if by_segment or (body.query or body.calls or NOTHING).filters:
        wanted["RPT-003"] = "Filtering"
    for function, why in wanted.items():
        need(identity, function, what=why)


class _Nothing:
    filters: Sequence[object] = ()


NOTHING = _Nothing()


async def check(conn: Connection, body: ExportRequest, *, segment: str | None, config: Settings) -> str:
    """What the export is called. Raises Unprocessable, Forbidden or NotFound for what could never be made."""
    if body.report is not None:
        report = find_report(body.report.code)
        with below("report"):
            request = await report_making.understood(
                conn, report, body.report_query(), own_segment=segment, config=config
            )
        return body.name or f"{report.code}-{request.quarter or request.since.date().isoformat()}"
    question = _question(body, segment, config)
    return body.name or f"{body.kind}-{question.since.astimezone(zone_of(question.zone)).date().isoformat()}"


def _question(body: ExportRequest, segment: str | None, config: Settings) -> Question:
    if body.query is not None:
        asked = body.query.model_copy(update={"cursor": None, "totals": False})
        with below("query"):
            return understand(asked, catalog=catalog(), segment=segment, zone_default=config.iact_zone_default)
    return _listing(body, segment, config).question


def _listing(body: ExportRequest, segment: str | None, config: Settings) -> Listing:
    if body.calls is None:
        raise AssertionError("an export is a report, a query or calls")
    with below("calls"):
        return understand_listing(body.calls, segment=segment, zone_default=config.iact_zone_default)


@contextmanager
def below(part: str) -> Iterator[None]:
    """Names bad fields by their place in the whole body."""
    try:
        yield
    except Unprocessable as problem:
        errors = [FieldError(f"{part}.{each.param}", each.detail, each.suggestion) for each in problem.errors]
        raise Unprocessable(str(problem), errors=errors) from problem


async def produce(
    conn: Connection, body: ExportRequest, person: Person, config: Settings, path: Path, progress: Progress
) -> Produced:
    """Writes the export's partial file from one state of the data. Raises Problem with the sentence for its person."""
    check_functions(body, person.identity())
    versions = await store.data_versions(conn)
    if body.report is not None:
        return await _report(conn, body, person, config, versions, path, progress)
    listing: Listing | None = None
    if body.query is not None:
        question = _question(body, person.segment, config)
        names = [column.name for column in columns_of(catalog(), question)]
        kinds = [_kind(column) for column in columns_of(catalog(), question)]
    else:
        listing = _listing(body, person.segment, config)
        refuse_removed_calls(versions, listing.since)
        question = listing.question
        progress.rows_total = await store.calls_total(conn, catalog(), listing)
        if progress.rows_total > ROWS_MAX:
            raise TooManyRows
        model = LegacyCallOut if question.kind == "legacy" else QueueCallOut
        names = [name for name in model.model_fields if name != "source_kind"]
        kinds = ["time" if name.endswith("_at") else "any" for name in names]
    target = _Target(partial(path), names, kinds)
    await _rows(conn, body, question, listing, versions, target, progress)
    return Produced(progress.rows_done, _as_of(question, versions))


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the rows go, and their columns: the name of each, and its kind for a worksheet."""

    path: Path
    names: Sequence[str]
    kinds: Sequence[str]


async def _rows(
    conn: Connection,
    body: ExportRequest,
    question: Question,
    listing: Listing | None,
    versions: Sequence[DataVersion],
    target: _Target,
    progress: Progress,
) -> None:
    template = None if body.format == "csv" else _template(body, target, question, versions)
    if listing is not None:
        stored = replace(listing, question=await store.with_stored_menus(conn, question))
        lines: Iterable[Lines] | None = _call_lines(stored, template, progress)
    else:
        lines = await _answer_lines(conn, question, versions, template)
    if lines is None:
        sink = XlsxSink(target.path, template) if template else CsvSink(target.path, target.names, bom=body.bom)
        await _write(_answers(conn, question, versions), sink, progress)
    elif template:
        await _copy(conn, lines, SheetLineSink(target.path, template), question.zone, progress, form="text")
    else:
        await _copy(conn, lines, LineSink(target.path, target.names, bom=body.bom), question.zone, progress)


async def _write(pages: AsyncIterator[Sequence[Sequence[Cell]]], sink: Sink, progress: Progress) -> None:
    try:
        async for page in pages:
            progress.add(len(page))
            sink.write(page)
    finally:
        sink.close()


def _call_lines(listing: Listing, template: Template | None, progress: Progress) -> Iterator[Lines]:
    """Statements that follow one another, each made when those before it are done."""
    for part in in_turn(listing, progress.rows_total or 0, PART_ROWS):
        done = progress.rows_done
        if template is None:
            yield compile_call_lines(catalog(), part, limit=ROWS_MAX - done)
        else:
            yield compile_call_rows(catalog(), part, template.styles, limit=ROWS_MAX - done, before=done)


async def _answer_lines(
    conn: Connection, question: Question, versions: Sequence[DataVersion], template: Template | None
) -> Sequence[Lines] | None:
    """The statement of all rows as lines, of CSV or of a worksheet; None for an answer that only Python can finish."""
    statement = await store.whole_answer(conn, catalog(), replace(question, limit=ROWS_MAX), versions)
    if statement is None:
        return None
    return [answer_lines(statement) if template is None else answer_rows(statement, template.styles)]


async def _copy(
    conn: Connection,
    lines: Iterable[Lines],
    sink: LineSink | SheetLineSink,
    zone: str,
    progress: Progress,
    *,
    form: Literal["csv", "text"] = "csv",
) -> None:
    refused: list[TooLarge] = []

    async def write(piece: bytes) -> None:
        # What comes after a limit is thrown away, the rest of a statement: cancelling it could hit its successor.
        if not refused:
            try:
                progress.add(sink.write(piece))
                sink.check()
            except TooLarge as problem:
                refused.append(problem)
        if len(piece) < PIECE_BYTES:
            await asyncio.sleep(BREATH_S)

    try:
        for sql, arguments in lines:
            await store.copy_lines(conn, sql, arguments, write, zone=zone, timeout_s=COPY_TIMEOUT_S, form=form)
            if refused:
                break
    finally:
        sink.close()
    if refused:
        raise refused[0]


def _kind(column: object) -> str:
    metric = getattr(column, "metric", None)
    if getattr(column, "kind", None) == "time":
        return "time"
    return "ratio" if metric is not None and (metric.unit == "ratio" or column.kind == "change") else "any"  # type: ignore[attr-defined] # a column


async def _report(
    conn: Connection,
    body: ExportRequest,
    person: Person,
    config: Settings,
    versions: Sequence[DataVersion],
    path: Path,
    progress: Progress,
) -> Produced:
    if body.report is None:
        raise AssertionError("only for reports")
    report, query = find_report(body.report.code), body.report_query()
    with below("report"):
        request = await report_making.understood(conn, report, query, own_segment=person.segment, config=config)
    try:
        made = await report_making.make(conn, report, request, versions, at_once, rows_max=ROWS_MAX)
    except report_making.ReportTooLong as problem:
        raise TooManyRows from problem
    progress.rows_total = len(made.table.rows)
    partial(path).write_bytes(report_making.render(made, query))
    progress.add(len(made.table.rows))
    return Produced(progress.rows_done, made.meta.data_as_of)


async def _answers(
    conn: Connection, question: Question, versions: Sequence[DataVersion]
) -> AsyncIterator[Sequence[Sequence[Cell]]]:
    """The rows of an answer that Python finishes, in pages that each begin where the one before ended."""
    columns = [column for column, _ in order_of(catalog(), question)]
    question = replace(question, limit=PAGE_ROWS)
    while True:
        answer = await store.ask(conn, catalog(), question, versions)
        yield answer.rows
        if answer.next_cursor is None:
            return
        question = replace(question, after=read_cursor(answer.next_cursor, question, columns))


def _template(body: ExportRequest, target: _Target, question: Question, versions: Sequence[DataVersion]) -> Template:
    words = WORDS[body.language]
    zone, as_of = zone_of(question.zone), _as_of(question, versions)
    values: list[str] = [
        question.since.astimezone(zone).isoformat(),
        question.until.astimezone(zone).isoformat(),
        question.zone,
        segment_named(question.segment or ALL_SEGMENTS, body.language),
        ", ".join(each.source for each in asked_sources(versions, kind=question.kind, filters=question.filters)),
        as_of.astimezone(zone).isoformat() if as_of else "",
        "; ".join(f"{each.dimension} {each.operator} {list(each.values)}" for each in question.filters),
    ]
    return export_sheets.template(
        export_files.title_row(target.names, question.zone),
        target.kinds,
        title=words[0],
        facts=list(zip(words[1:], values, strict=True)),
        facts_title=FACTS_SHEETS[body.language],
    )


WORDS: dict[str, tuple[str, ...]] = {
    "es": ("Datos", "Desde", "Hasta (no incluido)", "Zona horaria", "Segmento", "Fuentes", "Datos hasta", "Filtros"),
    "en": ("Data", "From", "To (not included)", "Time zone", "Segment", "Sources", "Data until", "Filters"),
}


def _as_of(question: Question, versions: Sequence[DataVersion]) -> datetime | None:
    return data_as_of(asked_sources(versions, kind=question.kind, filters=question.filters))
