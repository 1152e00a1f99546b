"""Reports of Asterisk sources: queues, agents, and whom to call back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from services.analytics.answer import Notice
from services.analytics.navigation import Known
from services.analytics.question import Cell, Question, zone_of
from services.analytics.reports.model import ROWS_MAX, Answers, Chart, Column, Listing, Report, Request, Table

OCCUPANCY: Final = "occupancy"
# A quarter. Occupancy reads every call, a million in one to two seconds; all else comes from rollups.
OCCUPANCY_SPAN_MAX: Final = timedelta(days=100)
QUEUE_METRICS = (
    "offered",
    "answered",
    "abandoned",
    "timed_out",
    "key_exits",
    "empty_exits",
    "withdrawn",
    "flowed_out",
    "open",
    "answered_rate",
    "abandoned_rate",
    "service_level",
    "asa_s",
    "talk_s_mean",
    "aht_s",
    OCCUPANCY,
    "wait_s_p50",
    "wait_s_p90",
    "wait_s_p95",
    "wait_s_max",
    "transfers",
    "ring_no_answer",
)
QUEUE_COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("queue", "text", "Cola", "Queue"),
    Column("offered", "integer", "Ofrecidas", "Offered"),
    Column("answered", "integer", "Atendidas", "Answered"),
    Column("abandoned", "integer", "Abandonadas", "Abandoned"),
    Column("timed_out", "integer", "Tiempo agotado", "Timed out"),
    Column("key_exits", "integer", "Salidas por tecla", "Exits by key"),
    Column("empty_exits", "integer", "Cola sin agentes", "Queue without agents"),
    Column("withdrawn", "integer", "Retiradas", "Withdrawn"),
    Column("flowed_out", "integer", "Desviadas", "Flowed out"),
    Column("open", "integer", "Sin terminar", "Not ended"),
    Column("answered_rate", "ratio", "% atendidas", "Answered rate"),
    Column("abandoned_rate", "ratio", "% de abandono", "Abandonment"),
    Column("service_level", "ratio", "Nivel de servicio (B, 20 s)", "Service level (B, 20 s)"),
    Column("asa_s", "number", "ASA (s)", "ASA (s)"),
    Column("talk_s_mean", "number", "Conversación media (s)", "Mean talk (s)"),
    Column("aht_s", "number", "TMO (s)", "AHT (s)"),
    Column("occupancy", "ratio", "Ocupación", "Occupancy"),
    Column("wait_s_p50", "number", "Espera p50 (s)", "Wait p50 (s)"),
    Column("wait_s_p90", "number", "Espera p90 (s)", "Wait p90 (s)"),
    Column("wait_s_p95", "number", "Espera p95 (s)", "Wait p95 (s)"),
    Column("wait_s_max", "number", "Espera máxima (s)", "Longest wait (s)"),
    Column("transfers", "integer", "Transferencias", "Transfers"),
    Column("ring_no_answer", "integer", "Timbres sin respuesta", "Rings without answer"),
)


def queue_questions(request: Request) -> dict[str, Question]:
    return {"queues": request.question("asterisk", _asked(request, QUEUE_METRICS), dimensions=["queue"], totals=True)}


def _asked(request: Request, metrics: Sequence[str]) -> list[str]:
    """The metrics that are told over so long a period."""
    return [name for name in metrics if name != OCCUPANCY or not too_long(request)]


def too_long(request: Request) -> tuple[Notice, ...]:
    """Why occupancy is null over a long period; nothing over one that is short enough."""
    if request.until - request.since <= OCCUPANCY_SPAN_MAX:
        return ()
    days = OCCUPANCY_SPAN_MAX // timedelta(days=1)
    detail = f"Occupancy is told over {days} days at most: ask for a quarter, or for a shorter range."
    return (Notice("occupancy_range_too_long", detail, column=OCCUPANCY),)


def build_queues(_: Request, answers: Answers) -> Table:
    """Offered is all exits plus the open ones, in every row. Queues that agents only waited for are none."""
    answer = answers["queues"]
    rows: list[list[Cell]] = [
        ["detail", row["queue"], *(row.get(name) for name in QUEUE_METRICS)]
        for row in answer.records()
        if row["offered"]
    ]
    if rows:
        total = answer.total()
        rows.append(["total", None, *(total.get(name) for name in QUEUE_METRICS)])
    return Table(QUEUE_COLUMNS, rows)


AGENT_METRICS = (
    *("answered", "talk_s_mean", "talk_s_p50", "talk_s_p90", "aht_s", OCCUPANCY),
    *("asa_s", "transfers", "ring_no_answer"),
)
AGENT_COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("agent", "text", "Agente", "Agent"),
    Column("answered", "integer", "Atendidas", "Answered"),
    Column("talk_s_mean", "number", "Conversación media (s)", "Mean talk (s)"),
    Column("talk_s_p50", "number", "Conversación p50 (s)", "Talk p50 (s)"),
    Column("talk_s_p90", "number", "Conversación p90 (s)", "Talk p90 (s)"),
    Column("aht_s", "number", "TMO (s)", "AHT (s)"),
    Column("occupancy", "ratio", "Ocupación", "Occupancy"),
    Column("asa_s", "number", "Espera media atendida (s)", "Mean wait answered (s)"),
    Column("transfers", "integer", "Transferencias", "Transfers"),
    Column("ring_no_answer", "integer", "Timbres sin respuesta", "Rings without answer"),
)


def agent_questions(request: Request) -> dict[str, Question]:
    return {"agents": request.question("asterisk", _asked(request, AGENT_METRICS), dimensions=["agent"], totals=True)}


def build_agents(_: Request, answers: Answers) -> Table:
    """Calls that nobody answered have no agent and are no row; the total is that of all calls."""
    answer = answers["agents"]
    rows: list[list[Cell]] = [
        ["detail", row["agent"], *(row.get(name) for name in AGENT_METRICS)]
        for row in answer.records()
        if row["agent"] is not None and row["answered"]
    ]
    if rows:
        total = answer.total()
        rows.append(["total", None, *(total.get(name) for name in AGENT_METRICS)])
    return Table(AGENT_COLUMNS, rows)


RECALL_COLUMNS = (
    Column("entered_at", "text", "Entrada", "Entered"),
    Column("queue", "text", "Cola", "Queue"),
    Column("callid", "text", "Identificador en el PBX", "PBX call id"),
    Column("wait_s", "number", "Espera (s)", "Wait (s)"),
    Column("attempts", "integer", "Intentos", "Attempts"),
    Column("caller", "text", "Llamante", "Caller"),
)


def recall_statement(request: Request, _: Known) -> tuple[str, tuple[Any, ...]]:
    return "recall_list", (request.since, request.until, ROWS_MAX + 1)


def build_recalls(request: Request, records: Sequence[Mapping[str, Any]]) -> Table:
    """`caller` is known or unknown: of an unknown one nobody can tell whether they were reached since."""
    zone = zone_of(request.zone)
    return Table(
        RECALL_COLUMNS,
        [
            [
                row["entered_at"].astimezone(zone).isoformat(),
                row["queue"],
                row["callid"],
                row["wait_s"],
                row["attempts"],
                "known" if row["known"] else "unknown",
            ]
            for row in records
        ],
    )


QUEUE_PERFORMANCE = Report(
    "queue-performance",
    "asterisk",
    "Desempeño de colas",
    "Queue performance",
    queue_questions,
    build_queues,
    chart=Chart("queue", "offered"),
    notices=too_long,
)
AGENT_PERFORMANCE = Report(
    "agent-performance",
    "asterisk",
    "Desempeño de agentes",
    "Agent performance",
    agent_questions,
    build_agents,
    chart=Chart("agent", "answered"),
    notices=too_long,
)
RECALL_LIST = Report(
    "recall-list",
    "asterisk",
    "Llamadas por devolver",
    "Recall list",
    listing=Listing(recall_statement, build_recalls),
    chart=Chart("queue", "attempts"),
)
