"""Labels through the whole chain: a signed delivery, kept as it came, read by a rule, a link with its grade, the rate,
and the evidence behind it."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.dora.rulebook import RuleBook
from services.dora.webhooks.senders import PROVIDERS
from tests.dora import samples
from tests.dora.conftest import Engineer
from tests.dora.repository import build
from tests.dora.test_repositories import synced
from tests.dora.test_rules import said
from tests.dora.test_webhooks_api import send

pytestmark = [pytest.mark.integration, pytest.mark.requirement("RF-046")]

SHOP = {"full_name": "acme/shop"}
PROJECT = {"path_with_namespace": "acme/shop"}
ASKED = {"from_": "2026-03-01T00:00:00Z", "to": "2026-03-20T00:00:00Z", "zone": "UTC", "service": "acme/shop"}
COMMITS = """
    name  author     parents
    one   02T10:00   .
    two   03T10:00   one
    fix   04T10:00   two
    three 04T11:00   two+fix
"""
SHIPPED = {"one": "2026-03-02T12:00:00Z", "two": "2026-03-03T12:00:00Z", "three": "2026-03-04T12:00:00Z"}


@pytest.fixture(autouse=True)
def secrets(identity_keys: Path) -> None:
    for provider in PROVIDERS:
        (identity_keys / f"webhook_secret_{provider}").write_bytes(samples.SECRET)


@pytest.fixture
async def shas(engineer: Engineer, tmp_path: Path) -> dict[str, str]:
    """The commits of a repository whose deployments GitHub has told of: `one`, then `two`, then `three`."""
    source = tmp_path / "repositories" / "shop"
    made = build(source, COMMITS)
    told = {"name": "acme/shop", "path": str(source), "service": "acme/shop"}
    assert (await engineer.post("/repositories", told)).status_code == 201
    assert (await synced(engineer, "acme/shop"))["problem"] is None
    for number, (name, at) in enumerate(SHIPPED.items(), start=1):
        body = {
            "repository": SHOP,
            "deployment": {"id": number, "ref": f"v{number}", "sha": made[name], "environment": "production"},
            "deployment_status": {"state": "success", "created_at": at},
        }
        assert await delivered(engineer, "github", "deployment_status", body) == "recorded"
    return made


async def delivered(engineer: Engineer, provider: str, event: str, body: dict[str, Any]) -> str:
    """What became of a delivery that its sender signed."""
    raw = json.dumps(body).encode()
    name = f"{event} {hash(raw)}"
    headers = samples.gitlab(event, key=name) if provider == "gitlab" else samples.github(event, raw, delivery=name)
    answer = await send(engineer, provider, headers, raw)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["outcome"])


async def failed(engineer: Engineer) -> tuple[dict[str, int], float, list[tuple[str, list[tuple[str, bool]]]]]:
    """The links by grade, the rate, and of each failed deployment in the evidence its version and its links."""
    answer = (await engineer.get("/metrics", **ASKED)).json()["metrics"]["change_fail_rate"]
    evidence = (await engineer.get("/metrics/change_fail_rate/evidence", **ASKED)).json()["items"]
    assert answer["numerator"] == sum(item["numerator"] for item in evidence)
    lines = [
        (item["deployment"]["version"], [(link["grade"], link["deciding"]) for link in item["links"]])
        for item in evidence
        if item["numerator"]
    ]
    return answer["by_grade"], answer["value"], lines


async def settled(engineer: Engineer) -> None:
    """Until a reader of events has found a failure; an answer and its evidence are compared only after that."""
    async with asyncio.timeout(60):
        while not await _links(engineer):  # noqa: ASYNC110 - a reader tells nobody
            await asyncio.sleep(0.1)


async def _links(engineer: Engineer) -> dict[str, int]:
    metrics = (await engineer.get("/metrics", **ASKED)).json()["metrics"]
    links: dict[str, int] = metrics["change_fail_rate"]["by_grade"]
    return links


async def kept(conn: asyncpg.Connection, kind: str) -> Sequence[tuple[dict[str, Any], str]]:
    """Bodies of one kind of event as they are stored, and how each was read."""
    rows = await conn.fetch(
        "SELECT e.body, r.outcome FROM dora.events AS e JOIN dora.readings AS r USING (event_id)"
        " WHERE e.kind = $1 ORDER BY e.event_id",
        kind,
    )
    return [(json.loads(row["body"]), row["outcome"]) for row in rows]


async def test_labelled_pull_request_says_that_what_ran_before_its_merge_failed(
    engineer: Engineer, conn: asyncpg.Connection, shas: dict[str, str], tmp_path: Path
) -> None:
    assert await failed(engineer) == ({}, 0.0, [])
    pull = {
        "number": 12,
        "merged": True,
        "merged_at": "2026-03-04T11:00:00Z",
        "merge_commit_sha": shas["three"],
        "head": {"sha": shas["fix"]},
        "labels": [{"name": "Type/Hotfix"}, {"name": "urgente"}],
    }
    body = {"action": "closed", "repository": SHOP, "pull_request": pull}
    assert await delivered(engineer, "github", "pull_request", body) == "recorded"
    assert await kept(conn, "pull_request") == [(body, "recorded")]
    assert await failed(engineer) == ({"rule": 1}, 1 / 3, [("v2", [("rule", True)])])

    (item,) = (await engineer.get("/metrics/failed_deployment_recovery_time/evidence", **ASKED)).json()["items"]
    (link,) = item["links"]
    assert "the label Type/Hotfix, which fits the rule *hotfix*" in link["reason"]
    assert item["value_s"] == 24 * 3600  # v2 failed, v3 repaired it a day later
    rework = (await engineer.get("/metrics/deployment_rework_rate/evidence", **ASKED)).json()["items"]
    assert [each["deployment"]["id"] for each in rework if each["numerator"]] == [link["fix"]]

    assert engineer.app is not None
    engineer.app.state.rules = RuleBook(tmp_path / "rules.json")
    (tmp_path / "rules.json").write_bytes(said(remediation_labels=["incidente"]))
    assert await failed(engineer) == ({}, 0.0, [])
    (tmp_path / "rules.json").write_bytes(said(remediation_labels=["URGENTE"]))
    assert await failed(engineer) == ({"rule": 1}, 1 / 3, [("v2", [("rule", True)])])


async def test_branch_of_a_squashed_pull_request_says_it_too(
    engineer: Engineer, conn: asyncpg.Connection, shas: dict[str, str]
) -> None:
    pull = {
        "number": 12,
        "merged": True,
        "merged_at": "2026-03-03T10:00:00Z",
        "merge_commit_sha": shas["two"],
        "head": {"sha": "e" * 40, "ref": "Hotfix/tone"},
    }
    body = {"action": "closed", "repository": SHOP, "pull_request": pull}
    assert await delivered(engineer, "github", "pull_request", body) == "recorded"
    assert await failed(engineer) == ({"rule": 1}, 1 / 3, [("v1", [("rule", True)])])
    # The release before kept no branches: what it has read is read again.
    await conn.execute("UPDATE dora.pull_requests SET branch = NULL")
    await conn.execute("UPDATE dora.tellings SET told = told - 'branch' WHERE kind = 'pull_request'")
    assert await failed(engineer) == ({}, 0.0, [])
    await conn.execute("UPDATE dora.readings SET rules = '0ld'")
    await settled(engineer)
    assert await failed(engineer) == ({"rule": 1}, 1 / 3, [("v1", [("rule", True)])])


async def test_labelled_issue_is_an_incident_that_blames_by_its_word_or_by_the_time_window(
    engineer: Engineer, conn: asyncpg.Connection, shas: dict[str, str], tmp_path: Path
) -> None:
    def issue(action: str, *labels: str, **more: Any) -> dict[str, Any]:
        fields = {"number": 4, "title": "No tone", "state": "open", "created_at": "2026-03-03T13:00:00Z", **more}
        return {
            "action": action,
            "repository": SHOP,
            "issue": fields | {"labels": [{"name": label} for label in labels]},
        }

    assert await delivered(engineer, "github", "issues", issue("opened", "bug")) == "irrelevant"
    assert await failed(engineer) == ({}, 0.0, [])
    labelled = issue("labeled", "bug", "Incidente", updated_at="2026-03-03T13:05:00Z")
    assert await delivered(engineer, "github", "issues", labelled) == "recorded"
    assert await kept(conn, "issues") == [(issue("opened", "bug"), "irrelevant"), (labelled, "recorded")]
    assert await failed(engineer) == ({}, 0.0, []), "an incident alone blames nobody"

    assert engineer.app is not None
    engineer.app.state.rules = RuleBook(tmp_path / "rules.json")
    (tmp_path / "rules.json").write_bytes(said(incident_window_s=7_200))
    assert await failed(engineer) == ({"window": 1}, 1 / 3, [("v2", [("window", True)])])

    said_so = f"caused by: {shas['one'][:12]}"
    told = issue("closed", "Incidente", state="closed", closed_at="2026-03-03T15:00:00Z", body=said_so)
    assert await delivered(engineer, "github", "issues", told) == "recorded"
    assert await failed(engineer) == ({"explicit": 1}, 1 / 3, [("v1", [("explicit", True)])])
    (item,) = (await engineer.get("/metrics/failed_deployment_recovery_time/evidence", **ASKED)).json()["items"]
    assert item["value_s"] == 27 * 3600  # from v1 to the closing of the issue
    assert item["links"][0]["incident"] is not None

    taken = issue("unlabeled", "bug", updated_at="2026-03-03T16:00:00Z") | {"label": {"name": "Incidente"}}
    assert await delivered(engineer, "github", "issues", taken) == "recorded"
    assert await failed(engineer) == ({}, 0.0, [])


async def test_incident_of_gitlab_with_a_label_ends_in_the_same_evidence(
    engineer: Engineer, conn: asyncpg.Connection, shas: dict[str, str]
) -> None:
    told = {
        "object_kind": "issue",
        "project": PROJECT,
        "object_attributes": {
            "iid": 9,
            "action": "close",
            "state": "closed",
            "created_at": "2026-03-03 13:00:00 UTC",
            "updated_at": "2026-03-03 14:00:00 UTC",
            "closed_at": "2026-03-03 14:00:00 UTC",
            "description": f"root cause: {shas['two']}",
            "labels": [{"title": "outage"}],
        },
    }
    assert await delivered(engineer, "gitlab", "Issue Hook", told) == "recorded"
    assert [outcome for _, outcome in await kept(conn, "issue_hook")] == ["recorded"]
    assert await failed(engineer) == ({"explicit": 1}, 1 / 3, [("v2", [("explicit", True)])])
