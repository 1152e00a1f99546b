"""Series and evidence as files."""

import csv
import io
from typing import Any

import httpx
import openpyxl
import pytest

from services.dora import exports
from tests.dora.conftest import Engineer

MARCH = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-16T00:00:00Z", "zone": "UTC", "as_of": "2026-03-30T00:00:00Z"}


@pytest.mark.unit
def test_texts_never_become_formulas() -> None:
    text = exports.to_csv(["a", "b"], [["=1+1", "@x"], [None, True], [1.5, "-2"]]).decode()
    assert text == "\ufeffa,b\r\n'=1+1,'@x\r\n,true\r\n1.5,'-2\r\n"
    book = openpyxl.load_workbook(io.BytesIO(exports.to_xlsx("t", ["a"], [["=1+1"]], [("what", "=2")])))
    assert (book["t"]["A2"].value, book["t"]["A2"].data_type) == ("=1+1", "s")
    assert book["asked"]["B1"].data_type == "s"


def table_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.requirement("RF-048")
@pytest.mark.integration
async def test_files_hold_what_the_answers_hold(engineer: Engineer) -> None:
    for hour, version in ((10, "1"), (12, "2"), (15, "1"), (18, "=3")):
        await engineer.reported(deployed_at=f"2026-03-04T{hour}:00:00Z", version=version)
    asked: dict[str, Any] = {**MARCH, "service": "gateway"}
    answer = await engineer.get("/exports/change_fail_rate", **asked)
    assert answer.headers["content-disposition"].endswith('"dora-change-fail-rate-20260302-20260316.csv"')
    rows = table_of(answer)
    assert [(row["version"], row["numerator"], row["grade"]) for row in rows] == [
        ("'=3", "false", ""),
        ("1", "false", ""),
        ("2", "true", "rollback"),
        ("1", "false", ""),
    ]
    series = table_of(await engineer.get("/exports/series", **asked, granularity="week"))
    answered = (await engineer.get("/metrics", **asked, granularity="week")).json()["series"]
    assert [row["deployments"] for row in series] == [str(point["deployments"]) for point in answered] == ["4", "0"]
    assert [row["change_fail_rate"] for row in series] == ["0.25", ""]
    for what in ("series", "change_lead_time", "deployment_frequency", "failed_deployment_recovery_time"):
        sheet = await engineer.get(f"/exports/{what}", **asked, format="xlsx")
        assert sheet.status_code == 200, sheet.text
        book = openpyxl.load_workbook(io.BytesIO(sheet.content))
        assert book["asked"]["B2"].value == "gateway"
    assert (await engineer.get("/exports/series", **asked, format="pdf")).status_code == 422
    assert (await engineer.get("/exports/velocity", **asked)).status_code == 422
    assert (await engineer.holding("DOR-002").get("/exports/series")).status_code == 403
