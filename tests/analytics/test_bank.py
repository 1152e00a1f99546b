"""A real month of a bank's call centre: the published figures come out, to the last digit that they have."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.analytics.conftest import Analyst
from tests.analytics.facts import QueueCall, Warehouse

pytestmark = pytest.mark.integration

JANUARY = {"from": "1999-01-01T00:00:00Z", "to": "1999-02-01T00:00:00Z", "zone": "UTC"}
EXITS = {"AGENT": "answered", "HANG": "abandoned"}


def bank_calls(path: Path) -> list[QueueCall]:
    """PHANTOM calls and malformed rows are left out; a call answered at once waited 0 s."""
    calls: list[QueueCall] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            left = EXITS.get(row["outcome"])
            # Who hung up before a queue began was never offered to one.
            if left is None or (left == "abandoned" and row["q_start"] == "0:00:00"):
                continue
            try:
                day = datetime.strptime(row["date"], "%y%m%d").replace(tzinfo=UTC)
                hours, minutes, seconds = (int(part) for part in row["vru_exit"].split(":"))
                wait_s, talk_s = float(row["q_time"]), float(row["ser_time"])
            except (ValueError, TypeError):
                continue
            entered = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
            answered = left == "answered"
            calls.append(
                QueueCall(
                    call_id=len(calls),
                    entered_at=entered,
                    caller_id=int(row["customer_id"]) if row["customer_id"].isdigit() else 0,
                    queue=row["type"],
                    agent=row["server"] if answered else None,
                    ended_at=entered + timedelta(seconds=wait_s + (talk_s if answered else 0)),
                    exit=left,
                    wait_s=wait_s,
                    talk_s=talk_s if answered else None,
                )
            )
    return calls


@pytest.fixture(params=["facts", "rollups"])
async def bank(analyst: Analyst, warehouse: Warehouse, real_data: Path, request: pytest.FixtureRequest) -> Analyst:
    await warehouse.conn.execute("UPDATE ivr.sources SET zone = 'UTC'")
    await warehouse.add_queue(bank_calls(real_data / "bank-1999" / "1999-01.tsv"))
    if request.param == "rollups":
        await warehouse.conn.execute("ANALYZE")
        await warehouse.roll_up()
    return analyst


async def test_waits_of_a_month_come_from_its_sketch(bank: Analyst) -> None:
    shares = ["wait_s_p50", "wait_s_p90", "wait_s_p95", "wait_s_p99", "wait_s_mean", "talk_s_p90"]
    month = await bank.ask(metrics=shares, time=JANUARY)
    days = await bank.ask(metrics=shares, dimensions=["exit"], time=JANUARY)
    assert month["meta"]["answered_from"] in ("facts", "rollup_month")
    assert days["meta"]["answered_from"] == "facts"
    assert all(column["exact"] for column in month["columns"])


async def test_the_published_figures(bank: Analyst) -> None:
    names = ["offered", "answered", "abandoned", "asa_s", "asa_queued_s", "talk_s_mean"]
    body = await bank.ask(metrics=names, time=JANUARY)
    offered, answered, abandoned, *means = body["rows"][0]
    assert (offered, answered, abandoned) == (30_161, 27_060, 3_101)
    assert [round(mean, 2) for mean in means] == [35.03, 69.77, 183.45]
    for variant, percent in (("A", 60.61), ("B", 54.38), ("C", 54.74), ("D", 57.72)):
        level = await bank.ask(metrics=["service_level"], time=JANUARY, service_level={"variant": variant})
        assert round(100 * level["rows"][0][0], 2) == percent, variant
    queued = await bank.ask(
        metrics=["calls", "wait_s_p50", "wait_s_p90", "wait_s_p95"],
        time=JANUARY,
        filters=[
            {"dimension": "exit", "op": "in", "values": ["answered"]},
            {"dimension": "wait_band", "op": "not_in", "values": ["0"]},
        ],
    )
    assert queued["rows"] == [[13_585, 48.0, 157.0, 203.0]]
