"""Real logs give the figures that are published with them: a PBXware machine, and a bank's call centre of 1999."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from services.ivr.check import look
from services.ivr.keys import Keys
from shared.sketches import Distribution
from tests.ivr.conftest import Ingest, files_source

pytestmark = pytest.mark.integration

ZONE = "America/New_York"


async def run_details(conn: asyncpg.Connection) -> dict[str, Any]:
    row = await conn.fetchrow("SELECT *, details -> 'verbs' AS verbs FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert row is not None
    return dict(row)


async def test_the_real_log_gives_its_published_figures(
    real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = real_data / "asterisk-queue" / "queue_log.csv"
    outcome = await ingest(files_source(path, kind="asterisk", zone=ZONE))
    assert outcome.error is None
    run = await run_details(as_owner)
    assert (run["rows_read"], run["rows_published"], run["rows_rejected"]) == (1000, 1000, 0)
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    verbs = Counter(row["event"] for row in rows)
    assert (verbs["ENTERQUEUE"], verbs["CONNECT"], verbs["RINGNOANSWER"]) == (108, 93, 360)
    told = await as_owner.fetchval("SELECT details -> 'verbs' FROM ivr.runs")
    assert json.loads(told) == dict(verbs)
    exits = {
        row[0]: row[1] for row in await as_owner.fetch("SELECT exit, count(*) FROM ivr.queue_calls_v1 GROUP BY exit")
    }
    assert exits == {"answered": 93, "abandoned": 12, "timeout": 1, "open": 2}
    told_calls = await as_owner.fetchrow(
        "SELECT sum(ring_no_answer) AS rings,"
        " count(*) FILTER (WHERE exit = 'answered' AND ended_at IS NULL) AS unended,"
        " sum(transfers) AS transfers, max(wait_s) AS wait, max(ring_s) AS ring FROM ivr.queue_calls_v1"
    )
    assert told_calls is not None
    ring_s_max = told_calls["ring"]
    assert {name: value for name, value in told_calls.items() if name != "ring"} == {
        "rings": 360,
        "unended": 2,
        "transfers": 2,
        "wait": 300.0,
    }
    assert ring_s_max < 60  # CONNECT tells seconds, RINGNOANSWER milliseconds


async def test_the_real_logs_zone_is_five_hours_behind(real_data: Path, tmp_path: Path) -> None:
    keys = Keys(bytes(range(32)))
    path = real_data / "asterisk-queue" / "queue_log.csv"
    with path.open(newline="") as stream:
        row = next(csv.DictReader(stream))
    local = datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
    assert local.timestamp() - int(row["date_time"]) == -5 * 3600
    assert (await look(files_source(path, kind="asterisk", zone=ZONE), keys, None)).zone_right is True
    assert (await look(files_source(path, kind="asterisk", zone="Europe/Madrid"), keys, None)).zone_right is False


async def test_the_real_logs_agents(real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    """A logoff says how long the login lasted: it began before two restarts and survived both."""
    await ingest(files_source(real_data / "asterisk-queue" / "queue_log.csv", kind="asterisk", zone=ZONE))
    rows = await as_owner.fetch(
        "SELECT extract(epoch FROM since)::int AS since, extract(epoch FROM until)::int AS until "
        "FROM ivr.agent_spans_v1 WHERE agent = 'Agent/1141' AND queue IS NULL AND kind = 'signed_in'"
        " ORDER BY since LIMIT 1"
    )
    assert dict(rows[0]) == {"since": 1_543_625_964 - 25_195, "until": 1_543_625_964}
    members = await as_owner.fetch(
        "SELECT extract(epoch FROM since)::int AS since, extract(epoch FROM until)::int AS until "
        "FROM ivr.agent_spans_v1 WHERE agent = 'Agent/1141' AND queue = 'IT' ORDER BY since LIMIT 2"
    )
    # Its membership did not: the PBX added the agent again a second after the restart.
    assert [tuple(row) for row in members] == [(1_543_600_769, 1_543_614_690), (1_543_614_691, 1_543_619_107)]
    agents = {row[0] for row in await as_owner.fetch("SELECT DISTINCT agent FROM ivr.agent_spans_v1")}
    calls = {
        row[0] for row in await as_owner.fetch("SELECT DISTINCT agent FROM ivr.queue_calls WHERE agent IS NOT NULL")
    }
    assert calls <= agents


def queue_log_of_the_bank(path: Path) -> str:
    """One line an event, in the order of time. Calls that never queued and were answered waited 0 s; those that hung up
    inside the voice unit never entered a queue.
    """
    lines: list[tuple[int, int, str]] = []
    with path.open(newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream, delimiter="\t")):
            queued = row["q_start"] != "0:00:00"
            if row["outcome"] == "PHANTOM" or (row["outcome"] == "HANG" and not queued):
                continue
            entered = _moment(row["date"], row["q_start"] if queued else row["vru_exit"])
            wait, talk = int(row["q_time"]) if queued else 0, int(row["ser_time"])
            caller = "" if row["customer_id"] == "0" else row["customer_id"]
            call, agent = f"{entered}.{number}|{row['type']}", f"Agent/{row['server']}"
            lines.append((entered, number, f"{entered}|{call}|NONE|ENTERQUEUE||{caller}|1\n"))
            if row["outcome"] == "HANG":
                lines.append((entered + wait, number, f"{entered + wait}|{call}|NONE|ABANDON|1|1|{wait}\n"))
                continue
            lines.append((entered + wait, number, f"{entered + wait}|{call}|{agent}|CONNECT|{wait}|{number}|0\n"))
            ended = entered + wait + talk
            lines.append((ended, number, f"{ended}|{call}|{agent}|COMPLETECALLER|{wait}|{talk}|1\n"))
    return "".join(line for _, _, line in sorted(lines, key=lambda each: each[:2]))


def _moment(day: str, time: str) -> int:
    hour, minute, second = (int(part) for part in time.split(":"))
    date = datetime(1900 + int(day[:2]), int(day[2:4]), int(day[4:]), tzinfo=ZoneInfo("Asia/Jerusalem"))
    return int(date.timestamp()) + hour * 3600 + minute * 60 + second


async def test_the_bank_of_1999_gives_its_published_figures_from_facts_and_rollups(
    real_data: Path, tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "queue_log"
    path.write_text(queue_log_of_the_bank(real_data / "bank-1999" / "1999-01.tsv"))
    outcome = await ingest(files_source(path, kind="asterisk", zone="Asia/Jerusalem"))
    assert outcome.error is None
    facts = await as_owner.fetchrow("""
        SELECT count(*) AS offered, count(*) FILTER (WHERE exit = 'answered') AS answered,
               count(*) FILTER (WHERE exit = 'answered' AND wait_s > 0) AS queued,
               count(*) FILTER (WHERE exit = 'abandoned') AS abandoned,
               round(avg(wait_s) FILTER (WHERE exit = 'answered')::numeric, 2) AS asa,
               round(avg(talk_s)::numeric, 2) AS talk,
               round(100.0 * count(*) FILTER (WHERE exit = 'answered' AND wait_s <= 20)
                     / count(*) FILTER (WHERE exit = 'answered'), 2) AS a,
               round(100.0 * count(*) FILTER (WHERE exit = 'answered' AND wait_s <= 20) / count(*), 2) AS b,
               round(100.0 * count(*) FILTER (WHERE exit = 'answered' AND wait_s <= 20)
                     / count(*) FILTER (WHERE exit = 'answered' OR wait_s > 5), 2) AS c,
               round(100.0 * count(*) FILTER (WHERE wait_s <= 20) / count(*), 2) AS d
        FROM ivr.queue_calls_v1""")
    assert facts is not None
    told = {name: float(value) for name, value in facts.items()}
    assert told == {
        "offered": 30_161,
        "answered": 27_060,
        "queued": 13_585,
        "abandoned": 3_101,
        "asa": 35.03,
        "talk": 183.45,
        "a": 60.61,
        "b": 54.38,
        "c": 54.74,
        "d": 57.72,
    }
    await check_rollups(as_owner)
    await check_percentiles(as_owner)


async def check_rollups(conn: asyncpg.Connection) -> None:
    for table, where in (
        ("quarter_hours", ""),
        ("hours", ""),
        ("days", "WHERE grain = 1"),
        ("months", "WHERE grain = 2"),
    ):
        row = await conn.fetchrow(
            "SELECT sum(offered) AS offered, sum(answered) AS answered, sum(abandoned) AS abandoned,"
            " sum(wait_answered_s_total) / sum(wait_answered_n) AS asa, sum(talk_s_total) / sum(talk_n) AS talk,"
            " sum(wait_answered_s_total) / sum(queued_n) AS asa_queued, sum(queued_n) AS queued,"
            " string_agg(waits_answered, '') AS answered_waits, string_agg(waits_abandoned, '') AS abandoned_waits"
            f" FROM ivr.queue_{table}_v1 {where}"
        )
        assert row is not None
        assert (row["offered"], row["answered"], row["abandoned"], row["queued"]) == (30_161, 27_060, 3_101, 13_585)
        means = (round(row["asa"], 2), round(row["asa_queued"], 2), round(row["talk"], 2))
        assert means == (35.03, 69.77, 183.45)
        answered, abandoned = (Distribution.read(row[f"{kind}_waits"]) for kind in ("answered", "abandoned"))
        in_time = answered.up_to(20, inclusive=True)
        assert round(100 * in_time / 30_161, 2) == 54.38
        assert round(100 * (in_time + abandoned.up_to(20, inclusive=True)) / 30_161, 2) == 57.72


async def check_percentiles(conn: asyncpg.Connection) -> None:
    """Of queued answered calls, exact: the sketch without those that did not wait."""
    waits = Distribution.read(
        await conn.fetchval("SELECT string_agg(waits_answered, '') FROM ivr.queue_months WHERE grain = 1")
    )
    at_once = waits.up_to(0, inclusive=True)
    queued = waits.n - at_once
    found = []
    for share in (0.5, 0.9, 0.95):
        rank = (at_once + share * queued) / waits.n
        value = waits.percentile(rank)
        assert value is not None
        found.append(value)
    assert found == [(48.0, True), (157.0, True), (203.0, True)]
