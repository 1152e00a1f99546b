"""Messages into people's trays. Nothing leaves the application."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from services.analytics.alert_schemas import Severity
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

MESSAGES_KEPT = timedelta(days=90)
ALERTS_KEPT = timedelta(days=400)  # a year can be compared with the year before


async def tell(
    conn: Connection,
    people: Sequence[int],
    *,
    kind: Literal["alert", "alert_rule", "schedule"],
    about: int,
    severity: Severity,
    es: str,
    en: str,
) -> None:
    await conn.execute(load("insert_message"), list(people), kind, about, severity, es, en)


async def sweep(conn: Connection, now: datetime) -> None:
    await conn.execute(load("sweep_messages"), MESSAGES_KEPT, ALERTS_KEPT, now)
