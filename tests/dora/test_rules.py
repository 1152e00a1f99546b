"""Rules of evidence are data with a version: a number changes with them, and comes back with them."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora.delivery.model import Rules
from services.dora.delivery.ruling import BYTES_MAX, FIELDS, RulesError, read_rules, rules_from
from services.dora.rulebook import RuleBook, RulesUnreadable
from tests.dora import samples, whole_bodies
from tests.dora.conftest import Engineer
from tests.dora.repository import build
from tests.dora.test_dora_metrics_script import run
from tests.dora.test_webhooks_api import send

VALUES = st.none() | st.floats() | st.integers() | st.text() | st.lists(st.text())
WHOLE: dict[str, Any] = {
    "version": "2026-03",
    "gap_s": 864_000,
    "gap_commits_max": 500,
    "judge_after_s": 3_600,
    "remediation_versions": ["*hotfix*", "*-urgente*"],
    "remediation_labels": ["urgente"],
    "remediation_branches": ["urgente/*"],
    "incident_window_s": 86_400,
    "bots": ["*[[]bot]"],
    "deploy_jobs": ["*entrega*"],
    "incident_labels": ["caida", "sev-[12]"],
}


def said(**fields: Any) -> bytes:
    return json.dumps({"version": "1", **fields}).encode()


@pytest.mark.unit
def test_file_says_all_of_the_rules_and_its_version() -> None:
    found = asdict(rules_from(json.dumps(WHOLE).encode()))
    assert found.pop("version").startswith("2026-03+")
    assert found.pop("count_redeployments") is True  # that one is the question's
    for name in FIELDS:
        expected = tuple(WHOLE[name]) if isinstance(WHOLE[name], list) else WHOLE[name]
        assert found[name] == expected
    assert set(found) == set(FIELDS)


@pytest.mark.unit
def test_what_a_file_leaves_out_is_as_it_is_without_one() -> None:
    found, without = asdict(rules_from(said())), asdict(Rules())
    assert {**found, "version": ""} == {**without, "version": ""}
    off = rules_from(said(gap_s=None, incident_window_s=None, gap_commits_max=None, remediation_versions=[]))
    assert (off.gap_s, off.incident_window_s, off.gap_commits_max, off.remediation_versions) == (None, None, None, ())


@pytest.mark.requirement("RF-046")
@pytest.mark.unit
def test_change_without_a_new_version_shows_and_the_order_of_fields_does_not() -> None:
    one = rules_from(said(gap_s=1, judge_after_s=2)).version
    assert rules_from(said(judge_after_s=2, gap_s=1)).version == one
    assert rules_from(said(gap_s=1, judge_after_s=3)).version != one


@pytest.mark.unit
@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"", "JSON"),
        (b"[]", "object"),
        (b"{}", "version"),
        (b'{"version": 1}', "version"),
        (b'{"version": "a\\nb"}', "version"),
        (said(gap="1"), "gap: there is no such rule"),
        (said(count_redeployments=False), "count_redeployments"),
        (said(gap_s=-1), "gap_s"),
        (said(gap_s=True), "gap_s"),
        (said(judge_after_s=None), "judge_after_s"),
        (said(incident_window_s=10**9), "incident_window_s"),
        (b'{"version": "1", "gap_s": NaN}', "gap_s"),
        (said(gap_commits_max=0), "gap_commits_max"),
        (said(gap_commits_max=1.5), "gap_commits_max"),
        (said(bots="*"), "bots"),
        (said(bots=[""]), "bots"),
        (said(remediation_versions=["x"] * 101), "remediation_versions"),
        (said(incident_labels="caida"), "incident_labels"),
        (said(deploy_jobs=[1]), "deploy_jobs"),
        (b" " * (BYTES_MAX + 1), "bytes"),
    ],
)
def test_what_cannot_be_a_rule_is_named(raw: bytes, named: str) -> None:
    with pytest.raises(RulesError, match=named):
        rules_from(raw)


@pytest.mark.unit
@given(
    st.dictionaries(st.sampled_from(["version", *FIELDS]), st.none() | st.floats() | st.text() | st.lists(st.text()))
)
def test_any_document_is_rules_or_an_error(document: dict[str, Any]) -> None:
    try:
        found = rules_from(json.dumps(document).encode())
    except RulesError:
        return
    assert rules_from(json.dumps(document).encode()) == found


@pytest.mark.requirement("RF-046")
@pytest.mark.unit
def test_book_reads_again_what_changed_and_never_judges_by_what_it_cannot_read(tmp_path: Path) -> None:
    assert RuleBook(None).current() == Rules()
    file = tmp_path / "rules.json"
    book = RuleBook(file)
    for broken in (None, b"{", said(gap_s=5), said(gap="x"), said(gap_s=60)):
        file.unlink(missing_ok=True)
        if broken is not None:
            file.write_bytes(broken)
        if broken in (said(gap_s=5), said(gap_s=60)):
            assert book.current() == read_rules(file)
        else:
            with pytest.raises(RulesUnreadable, match=r"rules\.json"):
                book.current()


@pytest.mark.requirement("RF-046")
@pytest.mark.integration
async def test_numbers_change_with_the_rules_and_come_back_with_them(engineer: Engineer, tmp_path: Path) -> None:
    for hour, version in ((10, "1"), (12, "2"), (14, "2-urgente")):
        await engineer.reported(deployed_at=f"2026-03-04T{hour}:00:00-06:00", version=version)
    told = {"incident_id": "i-1", "service": "gateway", "detected_at": "2026-03-04T11:00:00-06:00"}
    assert (await engineer.post("/incidents", told)).status_code == 201
    assert engineer.app is not None
    file = tmp_path / "rules.json"
    asked = {"service": "gateway", "from_": "2026-03-01T00:00:00Z", "to": "2026-03-10T00:00:00Z"}

    async def failed() -> tuple[dict[str, int], str]:
        answer = (await engineer.get("/metrics", **asked, as_of="2026-03-20T00:00:00Z")).json()
        return answer["metrics"]["change_fail_rate"]["by_grade"], answer["meta"]["rules_version"]

    assert await failed() == ({}, "1")
    engineer.app.state.rules = RuleBook(file)
    file.write_bytes(said(remediation_versions=["*-urgente"], incident_window_s=7_200))
    first = await failed()
    assert first[0] == {"rule": 1, "window": 1}
    file.write_bytes(said(incident_window_s=1_800))
    assert (await failed())[0] == {}
    file.write_bytes(said(remediation_versions=["*-urgente"], incident_window_s=7_200))
    assert await failed() == first

    file.write_bytes(said(incident_window="2h"))
    answer = await engineer.get("/metrics", **asked)
    assert answer.status_code == 503
    assert "incident_window: there is no such rule" in answer.json()["detail"]


@pytest.mark.requirement("RF-046")
@pytest.mark.integration
async def test_deliveries_are_read_again_by_new_rules_and_every_version_is_kept(
    engineer: Engineer, conn: asyncpg.Connection, tmp_path: Path, identity_keys: Path
) -> None:
    for provider in ("jenkins", "github"):
        (identity_keys / f"webhook_secret_{provider}").write_bytes(samples.SECRET)
    assert engineer.app is not None
    file = engineer.app.state.rules.file = tmp_path / "rules.json"
    file.write_bytes(said(deploy_jobs=["Entrega-*"]))

    async def sent(number: int) -> list[str]:
        built = {**whole_bodies.build(number=number), "name": "entrega-shop"}
        issue = json.dumps(whole_bodies.issue("opened", labels=["Caida"], number=number)).encode()
        named = samples.github("issues", issue, delivery=f"d-{number}")
        answers = [
            await send(engineer, "jenkins", samples.bearer(), json.dumps(built).encode()),
            await send(engineer, "github", named, issue),
        ]
        return [answer.json()["outcome"] for answer in answers]

    async def until(**expected: int) -> None:
        """What there is by the rules of the file, once the one that leads has seen it."""
        for _ in range(300):
            found = {table: await conn.fetchval(f"SELECT count(*) FROM dora.{table}") for table in expected}
            if found == expected:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(found)

    assert await sent(1) == ["recorded", "irrelevant"]
    await until(deployments=1, incidents=0)
    file.write_bytes(said(incident_labels=["caida"]))
    await until(deployments=0, incidents=1)
    assert await sent(2) == ["irrelevant", "recorded"]
    file.write_bytes(said(deploy_jobs=["Entrega-*"]))
    await until(deployments=2, incidents=0, unread=0)

    file.write_bytes(b"{")
    assert await sent(3) == ["waiting", "waiting"]
    file.write_bytes(said(deploy_jobs=["*entrega*"], incident_labels=["caida"]))
    await until(deployments=3, incidents=3, unread=0)
    versions = [row["version"] for row in await conn.fetch("SELECT version FROM dora.rules ORDER BY first_used_at")]
    assert len(set(versions)) >= 3
    assert versions[-1] == read_rules(file).version


@pytest.mark.requirement("RF-046")
@pytest.mark.integration
def test_script_judges_by_the_same_file(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    build(folder, "name author\nfirst 02T10:00", refs="ref target tagger\nrefs/tags/v1 first 02T11:00")
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(WHOLE), encoding="utf-8")
    words = ["--repo", str(folder), "--start", "2026-03-01", "--end", "2026-03-31", "--rules", str(file)]
    answer = run(*words)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["rules"]["version"] == read_rules(file).version
    for more in (("--incident-window", "2"), ("--remediation", "*x*")):
        refused = run(*words, *more)
        assert (refused.returncode, "--rules contradicts" in refused.stderr) == (2, True)
    file.write_bytes(said(gap="x"))
    refused = run(*words)
    assert (refused.returncode, "gap: there is no such rule" in refused.stderr) == (2, True)
