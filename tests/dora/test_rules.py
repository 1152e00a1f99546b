"""Rules of evidence are data with a version: a number changes with them, and comes back with them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora.delivery.model import Rules
from services.dora.delivery.ruling import BYTES_MAX, FIELDS, RulesError, read_rules, rules_from
from services.dora.rulebook import RuleBook, RulesUnreadable
from tests.dora.conftest import Engineer
from tests.dora.repository import build
from tests.dora.test_dora_metrics_script import run

VALUES = st.none() | st.floats() | st.integers() | st.text() | st.lists(st.text())
WHOLE: dict[str, Any] = {
    "version": "2026-03",
    "gap_s": 864_000,
    "gap_commits_max": 500,
    "judge_after_s": 3_600,
    "remediation_versions": ["*hotfix*", "*-urgente*"],
    "incident_window_s": 86_400,
    "bots": ["*[[]bot]"],
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
