"""Evaluates alert rules when the data has moved. The leader calls `tick` every ten seconds.

A rule sees with the data segment and the functions of its owner at that moment; who lost them gets its rule paused.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import asyncpg
from pydantic import TypeAdapter

from services.analytics import store
from services.analytics.alert_logic import Standing, age_s, holds, step
from services.analytics.alert_schemas import ChangeRule, Definition, MissingDataRule, ThresholdRule
from services.analytics.catalog import catalog
from services.analytics.messages import tell
from services.analytics.people import Person, person
from services.analytics.question import Question
from services.analytics.schemas import QueryRequest, TimeRange
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, asked_sources, data_as_of
from services.analytics.understand import understand
from shared.errors import Forbidden, Problem
from shared.log import log
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable
from shared.sql import folder

load = folder(__file__)
DEFINITION: TypeAdapter[Definition] = TypeAdapter(Definition)
EVALUATE_EVERY = timedelta(minutes=1)  # a source that publishes every ten seconds does not make a rule cost six times
RULE_TIMEOUT_S = 10.0  # a rule that reads longer would hold up all others
FAILURES_MAX = 3
COOLING = "cooling down"  # the state of no data


@dataclass(frozen=True, slots=True)
class Measured:
    """A rule's value, what it was compared with, its window, and why there is no value."""

    value: float | None
    reference: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    detail: str | None = None


async def tick(database: Database, config: Settings, now: datetime) -> int:
    """Evaluates every rule whose data has moved; how many they were."""
    async with database.transaction(readonly=True) as conn:
        versions = await store.data_versions(conn)
        rules = await conn.fetch(load("active_alert_rules"))
    evaluated = 0
    for rule in rules:
        if _rests(rule, now):
            continue
        try:
            evaluated += await _look(database, rule, versions, config, now)
        except (*OUTAGES, DatabaseUnavailable):
            raise
        except Exception:  # noqa: BLE001 - not even its failure could be noted; the rules of others must go on
            log.exception("alert rule failed", rule=rule["rule_id"])
    return evaluated


async def _look(
    database: Database, rule: asyncpg.Record, versions: Sequence[DataVersion], config: Settings, now: datetime
) -> bool:
    """Evaluate one rule, if its data has moved. What is wrong with it is noted with it."""
    try:
        definition = DEFINITION.validate_json(rule["definition"])
        seen = _digest(versions, definition)
        if not _due(rule, definition, seen):
            return False
        async with database.transaction(timeout_s=RULE_TIMEOUT_S, one_snapshot=True) as conn:
            await _evaluate(conn, rule, definition, versions, config, seen, now)
    except DatabaseUnavailable:
        raise
    except Problem as problem:
        await _failed(database, rule, problem.detail, now)
    except (TimeoutError, asyncpg.QueryCanceledError):
        await _failed(database, rule, "It takes longer than 10 s to evaluate; shorten its window or filter.", now)
    except OUTAGES:
        raise
    except Exception:  # noqa: BLE001 - logged with its trace; the rules of others must go on
        log.exception("alert rule failed", rule=rule["rule_id"])
        await _failed(database, rule, "It failed for a reason that is not yours; the service's log has it.", now)
    return True


def _rests(rule: asyncpg.Record, now: datetime) -> bool:
    """Whether it was looked at a moment ago; one that was changed since has nothing seen, and does not rest."""
    evaluated_at = rule["evaluated_at"]
    return evaluated_at is not None and rule["seen"] is not None and now - evaluated_at < EVALUATE_EVERY


def _due(rule: asyncpg.Record, definition: Definition, seen: str) -> bool:
    """Missing data moves no version: it is only noticed by looking."""
    return isinstance(definition, MissingDataRule) or rule["seen"] != seen or bool(rule["failures"])


def _digest(versions: Sequence[DataVersion], definition: Definition) -> str:
    kind = definition.source_kind
    moved = [[each.source, each.version, each.updated_at] for each in versions if kind in (None, each.kind)]
    return hashlib.sha256(json.dumps(moved, default=str).encode()).hexdigest()[:32]


async def _evaluate(
    conn: Connection,
    rule: asyncpg.Record,
    definition: Definition,
    versions: Sequence[DataVersion],
    config: Settings,
    seen: str,
    now: datetime,
) -> None:
    owner = await person(conn, rule["user_id"])
    if owner is None:
        raise Forbidden("The account that made the rule is no longer active.")
    if isinstance(definition, MissingDataRule):
        measured = _age(definition, versions, now)
        breached = holds(measured.value, "gt", definition.age_minutes * 60)
    else:
        measured = await _measure(conn, definition, owner, versions, config)
        breached = holds(measured.value, definition.comparison, definition.value)
    number = rule["rule_id"]
    standing = Standing(rule["firing"], rule["opened_at"], timedelta(seconds=rule["cooldown_s"]))
    found = step(standing, breached, now)
    match found:
        case "open":
            await _open(conn, rule, measured, owner, now)
        case "resolve":
            await conn.execute(load("resolve_alert"), number, now)
        case "keep":
            pass
    # One that holds while it cools down is looked at again, whether data moves or not.
    cooling = bool(breached) and found == "keep" and not standing.firing
    state = COOLING if cooling else seen
    about = (now, state, measured.value, measured.detail, owner.segment)
    await conn.execute(load("note_alert_evaluation"), number, *about)


def _age(definition: MissingDataRule, versions: Sequence[DataVersion], now: datetime) -> Measured:
    asked = [each for each in versions if each.kind == definition.source_kind]
    asked = [each for each in asked if definition.source in (None, each.source)]
    as_of = data_as_of(asked)
    value = age_s(now, as_of)
    return Measured(value, until=as_of, detail=None if value is not None else "No such source has published data yet.")


async def _measure(
    conn: Connection,
    definition: ThresholdRule | ChangeRule,
    owner: Person,
    versions: Sequence[DataVersion],
    config: Settings,
) -> Measured:
    for function, needed in (("RPT-001", True), ("RPT-003", bool(definition.filters))):
        if needed and function not in owner.functions:
            raise Forbidden(f"The rule needs the function {function}, which its owner does not hold.")
    question = rule_question(definition, owner.segment, config, until=None)
    as_of = data_as_of(asked_sources(versions, kind=question.kind, filters=question.filters))
    if as_of is None:
        return Measured(None, detail="No such source has published data yet.")
    question = rule_question(definition, owner.segment, config, until=as_of)
    answer = await store.ask(conn, catalog(), question, versions)
    found = answer.records()[0] if answer.rows else {}
    calls = found.get("calls")
    if isinstance(calls, int | float) and calls < definition.calls_min:
        # Not how many there were: those of a group, whatever their data segment, read this.
        few = f"Fewer than {definition.calls_min} calls in the window."
        return Measured(None, since=question.since, until=question.until, detail=few)
    names = [column.name for column in answer.columns if column.metric and column.metric.name == definition.metric]
    values = [_number(found.get(name)) for name in names]
    if isinstance(definition, ThresholdRule):
        value, reference = values[0], None
    else:
        _, reference, value = values
    detail = None if value is not None else "The metric has no value in this window."
    return Measured(value, reference, question.since, question.until, detail)


def _number(cell: object) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def rule_question(
    definition: ThresholdRule | ChangeRule, segment: str | None, config: Settings, *, until: datetime | None
) -> Question:
    """What a rule asks about the window that ends at `until`. Raises Unprocessable for what nobody can ask."""
    end = until or datetime.fromisoformat("2025-01-01T00:00:00+00:00")
    since = end - timedelta(minutes=definition.window_minutes)
    metrics = list(dict.fromkeys([definition.metric, "calls"]))
    time = {"from": since.isoformat(), "to": end.isoformat(), "zone": config.iact_zone_default}
    compare = definition.compare if isinstance(definition, ChangeRule) else None
    request = QueryRequest(
        source_kind=definition.source_kind,
        metrics=metrics,
        time=TimeRange.model_validate(time),
        filters=definition.filters,
        service_level=definition.service_level,
        compare=compare,
    )
    question = understand(request, catalog=catalog(), segment=segment, zone_default=config.iact_zone_default)
    return replace(question, limit=1)


async def _open(conn: Connection, rule: asyncpg.Record, measured: Measured, owner: Person, now: datetime) -> None:
    segment = owner.segment
    about = (segment, measured.value, measured.reference, measured.since, measured.until, now)
    alert = await conn.fetchval(load("open_alert"), rule["rule_id"], *about)
    if alert is None:
        return
    told = [row["user_id"] for row in await conn.fetch(load("alert_receivers"), rule["rule_id"], segment)]
    value = "-" if measured.value is None else f"{measured.value:.6g}"
    await tell(
        conn,
        [rule["user_id"], *told],
        kind="alert",
        about=alert,
        severity=rule["severity"],
        es=f"Alerta: {rule['name']} (valor {value})",
        en=f"Alert: {rule['name']} (value {value})",
    )


async def _failed(database: Database, rule: asyncpg.Record, reason: str, now: datetime) -> None:
    """Notes why; the third time in a row pauses the rule and says so to its owner."""
    async with database.transaction() as conn:
        state = await conn.fetchval(load("note_alert_failure"), rule["rule_id"], now, reason, FAILURES_MAX)
        if state == "paused":
            await tell(
                conn,
                [rule["user_id"]],
                kind="alert_rule",
                about=rule["rule_id"],
                severity="warning",
                es=f"La regla {rule['name']} está en pausa tras {FAILURES_MAX} fallos: {reason}",
                en=f"The rule {rule['name']} is paused after {FAILURES_MAX} failures: {reason}",
            )
