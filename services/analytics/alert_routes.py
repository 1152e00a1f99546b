"""Alert rules and alerts over HTTP."""

import json
import re
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Query, Response

from services.analytics.alert_schemas import (
    AcknowledgeIn,
    AlertList,
    AlertOut,
    AlertRuleIn,
    AlertRuleList,
    AlertRuleOut,
    AlertRuleStateIn,
    MissingDataRule,
    SubscriptionIn,
)
from services.analytics.alert_watch import rule_question
from services.analytics.audit import RequestId, record
from services.analytics.export_work import below
from services.analytics.people import person, person_id
from services.analytics.question import SegmentForbidden
from services.analytics.routes import settings
from services.analytics.settings import Settings
from shared.errors import Conflict, NotFound, unprocessable
from shared.identity import Identity, need, require
from shared.postgres import Connection, Database, database
from shared.sql import folder

load = folder(__file__)
router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])
RULES_MAX = 50  # of one person; each costs a question whenever data arrives
SEEN_MAX = 500  # with those of groups
PAGE = 50
ID = re.compile(r"[0-9]{1,18}")

Db = Annotated[Database, Depends(database)]
Config = Annotated[Settings, Depends(settings)]
Viewer = Annotated[Identity, Depends(require("ALR-001"))]
Editor = Annotated[Identity, Depends(require("ALR-002"))]
PageSize = Annotated[int, Query(ge=1, le=1_000)]
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")]


class AlertRuleNotFound(NotFound):
    """There is no such rule, or it is not yours to see."""


class AlertNotFound(NotFound):
    """There is no such alert, or it is not yours to see."""


class TooManyAlertRules(Conflict):
    """You have 50 rules; delete one that you no longer need."""


class AlertRuleNameTaken(Conflict):
    """You have a rule of this name already."""


@router.get("/alert-rules")
async def list_alert_rules(identity: Viewer, db: Db) -> AlertRuleList:
    """Your rules, and those of your groups."""
    async with db.transaction(readonly=True) as conn:
        rows = await conn.fetch(load("alert_rules_for_person"), person_id(identity), None, SEEN_MAX, identity.segment)
    return AlertRuleList(items=[_rule(row, identity.segment) for row in rows])


@router.post("/alert-rules", status_code=201)
async def create_alert_rule(
    body: AlertRuleIn, identity: Editor, db: Db, config: Config, response: Response, request_id: RequestId
) -> AlertRuleOut:
    """A rule that is evaluated whenever data arrives. One for a group needs ALR-003."""
    owner = person_id(identity)
    async with db.transaction() as conn:
        await _check(conn, body, identity, config)
        if await conn.fetchval(load("count_alert_rules"), owner) >= RULES_MAX:
            raise TooManyAlertRules
        values = (body.group, body.name, body.severity, body.definition.model_dump_json(by_alias=True), body.cooldown_s)
        number = await conn.fetchval(load("insert_alert_rule"), owner, identity.username or "", *values)
        if number is None:
            raise AlertRuleNameTaken
        await _recorded(conn, "ALERT_RULE_CREATED", owner, number, body, request_id)
        rule = await _seen(conn, identity, str(number))
    response.headers["Location"] = f"/api/v1/analytics/alert-rules/{number}"
    return rule


@router.get("/alert-rules/{rule_id}")
async def read_alert_rule(rule_id: str, identity: Viewer, db: Db) -> AlertRuleOut:
    """One rule, its last value and how it stands."""
    async with db.transaction(readonly=True) as conn:
        return await _seen(conn, identity, rule_id)


@router.put("/alert-rules/{rule_id}")
async def replace_alert_rule(
    rule_id: str, body: AlertRuleIn, identity: Editor, db: Db, config: Config, request_id: RequestId
) -> AlertRuleOut:
    """Change a rule of your own."""
    owner = person_id(identity)
    async with db.transaction() as conn:
        number = await _own(conn, identity, rule_id)
        await _check(conn, body, identity, config)
        values = (body.group, body.name, body.severity, body.definition.model_dump_json(by_alias=True), body.cooldown_s)
        try:
            await conn.execute(load("update_alert_rule"), number, *values)
        except asyncpg.UniqueViolationError as taken:
            raise AlertRuleNameTaken from taken
        await _recorded(conn, "ALERT_RULE_CHANGED", owner, number, body, request_id)
        return await _seen(conn, identity, rule_id)


@router.put("/alert-rules/{rule_id}/state")
async def set_alert_rule_state(
    rule_id: str, body: AlertRuleStateIn, identity: Editor, db: Db, request_id: RequestId
) -> AlertRuleOut:
    """Pause a rule of your own or let it go on (ALR-004), or disable it (ALR-005)."""
    need(identity, "ALR-005" if body.state == "disabled" else "ALR-004", what="Changing the state of a rule")
    owner = person_id(identity)
    async with db.transaction() as conn:
        number = await _own(conn, identity, rule_id)
        await conn.execute(load("set_alert_rule_state"), number, body.state, None)
        about = ("alert_rule", number)
        await record(conn, "ALERT_RULE_STATE_CHANGED", owner, about, request_id=request_id, state=body.state)
        return await _seen(conn, identity, rule_id)


@router.delete("/alert-rules/{rule_id}", status_code=204)
async def delete_alert_rule(rule_id: str, identity: Editor, db: Db, request_id: RequestId) -> None:
    """Forget a rule of your own; its alerts stay as history."""
    async with db.transaction() as conn:
        owner = person_id(identity)
        number = await _own(conn, identity, rule_id)
        await conn.execute(load("delete_alert_rule"), number)
        await record(conn, "ALERT_RULE_DELETED", owner, ("alert_rule", number), request_id=request_id)


@router.put("/alert-rules/{rule_id}/subscription", status_code=204)
async def subscribe_to_alert_rule(
    rule_id: str, body: SubscriptionIn, identity: Annotated[Identity, Depends(require("ALR-008"))], db: Db
) -> None:
    """Be told of a rule of your groups. From another severity than `info` on needs ALR-010."""
    if body.min_severity != "info":
        need(identity, "ALR-010", what="Choosing a severity")
    who = person_id(identity)
    async with db.transaction() as conn:
        rule = await _seen(conn, identity, rule_id)
        await conn.execute(load("subscribe_alert"), int(rule.id), who, body.min_severity)


@router.delete("/alert-rules/{rule_id}/subscription", status_code=204)
async def unsubscribe_from_alert_rule(
    rule_id: str, identity: Annotated[Identity, Depends(require("ALR-009"))], db: Db
) -> None:
    """Be told of a rule no more."""
    who = person_id(identity)
    async with db.transaction() as conn:
        rule = await _seen(conn, identity, rule_id)
        await conn.execute(load("unsubscribe_alert"), int(rule.id), who)


@router.get("/alerts")
async def list_alerts(
    identity: Viewer,
    db: Db,
    state: Annotated[str, Query(pattern="^(open|all)$")] = "open",
    rule_id: Cursor = None,
    limit: PageSize = PAGE,
    cursor: Cursor = None,
) -> AlertList:
    """Alerts that are open, the newest first; with `state=all` the ended ones, too (ALR-006)."""
    if state == "all":
        need(identity, "ALR-006", what="The history of alerts")
    rule, after = None if rule_id is None else int(rule_id), None if cursor is None else int(cursor)
    async with db.transaction(readonly=True) as conn:
        about = (person_id(identity), after, limit + 1, state == "open", rule, identity.segment, None)
        rows = await conn.fetch(load("alerts_for_person"), *about)
    more = str(rows[limit - 1]["alert_id"]) if len(rows) > limit else None
    return AlertList(items=[_alert(row) for row in rows[:limit]], next_cursor=more)


@router.post("/alerts/{alert_id}/acknowledgement")
async def acknowledge_alert(
    alert_id: str, body: AcknowledgeIn, identity: Annotated[Identity, Depends(require("ALR-007"))], db: Db
) -> AlertOut:
    """Say that you have seen an alert and take care of it; whoever was first stays named."""
    number, who = int(alert_id) if ID.fullmatch(alert_id) else -1, person_id(identity)
    async with db.transaction() as conn:
        about = (who, None, 1, False, None, identity.segment, number)
        if await conn.fetchrow(load("alerts_for_person"), *about) is None:
            raise AlertNotFound
        await conn.execute(load("acknowledge_alert"), number, identity.username or "", body.note)
        return _alert(await conn.fetchrow(load("alerts_for_person"), *about))


async def _check(conn: Connection, body: AlertRuleIn, identity: Identity, config: Settings) -> None:
    """Raises for a rule that could never be evaluated, or that its person may not make."""
    if body.group is not None:
        need(identity, "ALR-003", what="A rule for a group")
        maker = await person(conn, person_id(identity))
        if maker is None or body.group not in maker.groups:
            raise unprocessable("group", "you are not in this group; rules are for the people of one's own groups")
    definition = body.definition
    if isinstance(definition, MissingDataRule):
        if identity.segment is not None and definition.source_kind != "legacy":
            raise SegmentForbidden
        return
    need(identity, "RPT-001", what="A rule about a metric")
    if definition.filters:
        need(identity, "RPT-003", what="Filtering")
    with below("definition"):
        rule_question(definition, identity.segment, config, until=None)


async def _recorded(
    conn: Connection, event: str, owner: int, number: int, body: AlertRuleIn, request_id: str | None
) -> None:
    about = {"name": body.name, "severity": body.severity, "group": body.group, "kind": body.definition.kind}
    await record(conn, event, owner, ("alert_rule", number), request_id=request_id, **about)


async def _own(conn: Connection, identity: Identity, rule_id: str) -> int:
    rule = await _seen(conn, identity, rule_id)
    if not rule.own:
        raise AlertRuleNotFound
    return int(rule.id)


async def _seen(conn: Connection, identity: Identity, rule_id: str) -> AlertRuleOut:
    number = int(rule_id) if ID.fullmatch(rule_id) else -1
    row = await conn.fetchrow(load("alert_rules_for_person"), person_id(identity), number, 1, identity.segment)
    if row is None:
        raise AlertRuleNotFound
    return _rule(row, identity.segment)


def _rule(row: Any, segment: str | None) -> AlertRuleOut:
    visible = row["own"] and segment in (None, row["value_segment"])
    return AlertRuleOut(
        id=str(row["rule_id"]),
        name=row["name"],
        severity=row["severity"],
        definition=json.loads(row["definition"]),
        cooldown_s=row["cooldown_s"],
        group=row["group_code"],
        own=row["own"],
        owner=row["owner"],
        state=row["state"],
        detail=row["detail"],
        # The value is of the data segment that its owner had when it was measured.
        value=row["value"] if visible else None,
        evaluated_at=row["evaluated_at"],
        firing=row["firing"],
        last_alert_at=row["last_alert_at"],
        subscribed_from=row["min_severity"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _alert(row: Any) -> AlertOut:
    values = {name: row[name] for name in AlertOut.model_fields if name not in ("id", "rule_id", "definition")}
    return AlertOut(
        id=str(row["alert_id"]), rule_id=str(row["rule_id"]), definition=json.loads(row["definition"]), **values
    )
