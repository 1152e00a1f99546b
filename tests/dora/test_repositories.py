"""Repositories that lie below an allowed folder: what is refused, what is fetched, and the numbers that come of it."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from services.dora import background
from services.dora.clones import KEPT, RefusedError, allowed, git_folder, sync
from services.dora.delivery.git import GitError, read_history
from services.dora.delivery.model import History
from services.dora.histories import Histories
from tests.dora.conftest import Engineer
from tests.dora.repository import build, git

pytestmark = pytest.mark.integration

COMMITS = """
    name  author     parents
    one   02T10:00   .
    two   03T10:00   one
    three 04T10:00   two
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "repositories" / "shop"


def test_path_must_lie_below_an_allowed_folder(tmp_path: Path, source: Path) -> None:
    build(source, COMMITS)
    roots = [source.parent]
    assert allowed(source, roots) == source.resolve()
    (source.parent / "way-out").symlink_to(tmp_path)
    for path in (source.parent / "way-out", tmp_path, Path("shop"), source.parent / ".." / "repositories", Path("/")):
        with pytest.raises(RefusedError):
            allowed(path, roots)
    (source.parent / "circle").symlink_to("circle")
    with pytest.raises(RefusedError, match="in a circle"):
        allowed(source.parent / "circle", roots)
    with pytest.raises(RefusedError, match="IACT_DORA_REPOSITORY_ROOTS"):
        allowed(source, [])


@pytest.mark.parametrize("name", ["objects/info/alternates", "commondir", "shallow", "objects", "config", ".git"])
def test_repository_that_borrows_or_leads_elsewhere_is_refused(tmp_path: Path, source: Path, name: str) -> None:
    build(source, COMMITS)
    assert git_folder(source) == source
    place = source / name
    if place.exists():
        place.rename(tmp_path / "moved")
        place.symlink_to(tmp_path / "moved")
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"gitdir: {tmp_path}\n")
    with pytest.raises(RefusedError):
        git_folder(source)
    with pytest.raises(RefusedError):
        git_folder(tmp_path)


def test_hooks_and_programs_of_the_repository_do_not_run(tmp_path: Path, source: Path) -> None:
    build(source, COMMITS)
    mark = tmp_path / "ran"
    hook = f"#!/bin/sh\ntouch {mark}\n"
    for name in ("post-upload-pack", "pre-receive", "reference-transaction", "post-checkout", "post-merge"):
        (source / "hooks").mkdir(exist_ok=True)
        (source / "hooks" / name).write_text(hook)
        (source / "hooks" / name).chmod(0o755)
    program = tmp_path / "program"
    program.write_text(hook)
    program.chmod(0o755)
    for setting in ("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "gpg.program", "core.pager"):
        git(source, "config", setting, str(program))
    sync(source, tmp_path / "clone")
    assert not mark.exists()
    assert len(read_history(tmp_path / "clone").commits) == 3


def same(one: History, other: History) -> bool:
    return (dict(one.commits), set(one.tags), dict(one.pulls), one.head) == (
        dict(other.commits),
        set(other.tags),
        dict(other.pulls),
        other.head,
    )


def test_incremental_look_reads_what_a_fresh_one_reads_and_keeps_what_was_rewritten(
    tmp_path: Path, source: Path
) -> None:
    shas = build(source, COMMITS, refs="ref target\nrefs/tags/v1 one")
    histories = Histories(tmp_path / "clones")
    clone = histories.clone_of(1)
    first = sync(source, clone)
    assert same(histories.get(1, first), read_history(clone))
    assert sync(source, clone) == first
    # Three is dropped from the branch, four comes upon two, the tag moves.
    tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    four = git(source, "commit-tree", tree, "-p", shas["two"], "-m", "four").strip()
    git(source, "update-ref", "refs/heads/main", four)
    git(source, "update-ref", "refs/tags/v1", shas["two"])
    git(source, "update-ref", "refs/pull/7/head", four)
    second = sync(source, clone)
    assert second != first
    found = histories.get(1, second)
    assert same(found, read_history(clone))
    assert set(found.commits) == {*shas.values(), four}
    assert found.pulls == {7: four}
    assert git(clone, "rev-parse", f"{KEPT}/{shas['three']}").strip() == shas["three"]
    assert found.head == four
    assert histories.get(1, second) is found
    with pytest.raises(GitError):
        histories.get(2, "unknown")


async def synced(engineer: Engineer, name: str) -> dict[str, Any]:
    """The repository once it was looked into."""
    for _ in range(600):
        found: dict[str, Any] = next(
            each for each in (await engineer.get("/repositories")).json()["items"] if each["name"] == name
        )
        if not found["waiting"]:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("nobody looked into the repository")


MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-20T00:00:00Z", "zone": "UTC", "service": "shop"}


async def test_lead_time_comes_from_a_repository_and_its_tags(engineer: Engineer, source: Path) -> None:
    shas = build(source, COMMITS, refs="ref target tagger\nrefs/tags/v1 one 02T12:00\nrefs/tags/v2 two 03T15:00")
    asked = {"name": "acme/shop", "path": str(source), "service": "shop", "tags": ["v*"]}
    assert (await engineer.post("/repositories", asked)).status_code == 201
    assert (await engineer.post("/repositories", asked)).status_code == 409
    found = await synced(engineer, "acme/shop")
    assert (found["problem"], found["synced_at"] is not None) == (None, True)
    await engineer.reported(service="shop", commit_sha=shas["three"][:10], deployed_at="2026-03-04T12:00:00Z")

    got = (await engineer.get("/metrics", **MARCH)).json()
    lead = got["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median"]) == (2, 3.5 * 3600)  # two after 5 h, three after 2 h
    assert got["meta"]["repositories"] == ["acme/shop"]
    assert {"of": "commits", "reason": "seed_deployment", "count": 1} in got["exclusions"]
    assert got["metrics"]["change_fail_rate"]["value"] == 0
    evidence = (await engineer.get("/metrics/change_lead_time/evidence", **MARCH)).json()
    assert [(item["commit"]["subject"], item["counted"], item["value_s"]) for item in evidence["items"]] == [
        ("three", True, 7200),
        ("two", True, 18_000),
        ("one", False, None),
    ]

    tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    four = git(source, "commit-tree", tree, "-p", shas["three"], "-m", "four").strip()
    git(source, "update-ref", "refs/heads/main", four)
    assert (await engineer.post(f"/repositories/{found['id']}/sync", {})).status_code == 202
    again = await synced(engineer, "acme/shop")
    assert again["refs_sha256"] != found["refs_sha256"]
    waiting = (await engineer.get("/metrics", **MARCH)).json()["metrics"]["change_lead_time"]["waiting"]
    assert waiting["commits"] == 1

    await asyncio.to_thread(source.rename, source.parent / "gone")
    await engineer.post(f"/repositories/{found['id']}/sync", {})
    assert "git repository" in ((await synced(engineer, "acme/shop"))["problem"] or "")
    assert (await engineer.get("/metrics", **MARCH)).json()["metrics"]["change_lead_time"]["n"] == 2
    assert (await engineer.delete(f"/repositories/{found['id']}")).status_code == 204
    assert (await engineer.delete(f"/repositories/{found['id']}")).status_code == 404
    assert (await engineer.get("/metrics", **MARCH)).json()["metrics"]["change_lead_time"]["value"] is None


@pytest.mark.requirement("RF-049")
async def test_one_deployment_ships_several_repositories(engineer: Engineer, source: Path) -> None:
    other = source.parent / "api"
    shop = build(source, COMMITS)
    api = build(other, "name author parents\nuno 02T09:00 .\ndos 03T08:00 uno")
    for name, folder in (("acme/shop", source), ("acme/api", other)):
        asked = {"name": name, "path": str(folder), "service": "shop"}
        assert (await engineer.post("/repositories", asked)).status_code == 201
        assert (await synced(engineer, name))["problem"] is None
    told = {"service": "shop", "repository": "acme/shop"}
    for number, (one, two, at) in enumerate((("one", "uno", "02T12:00"), ("two", "dos", "03T15:00"))):
        parts = [{"repository": "acme/api", "commit_sha": api[two]}]
        named = told | {"deployment_id": f"train-{number}", "deployed_at": f"2026-03-{at}:00Z"}
        await engineer.reported(**named, commit_sha=shop[one], components=parts)
        made = await engineer.reported(**named, commit_sha=shop[one])  # told again without them: they stay
        assert made["components"] == parts
    listed = (await engineer.get("/deployments")).json()["items"]
    assert [each["components"][0]["commit_sha"] for each in listed] == [api["dos"], api["uno"]]

    whole = (await engineer.get("/metrics", **MARCH)).json()["metrics"]
    assert (whole["change_lead_time"]["n"], whole["change_lead_time"]["median"]) == (
        2,
        6 * 3600,
    )  # after 5 and 7 h
    assert whole["deployment_frequency"]["n"] == 2
    for name, hours in (("acme/shop", 5), ("acme/api", 7)):
        alone = (await engineer.get("/metrics", **MARCH, repository=name)).json()["metrics"]
        assert (alone["change_lead_time"]["n"], alone["change_lead_time"]["median"]) == (1, hours * 3600)
        assert alone["deployment_frequency"]["n"] == 2

    bad = await engineer.report(**told, commit_sha=shop["one"], components=[{"repository": "acme/api"}])
    assert [error["param"] for error in bad.json()["errors"]] == ["components.0.commit_sha"]
    many = [{"repository": "acme/api", "commit_sha": api["uno"]}] * 51
    bad = await engineer.report(**told, commit_sha=shop["one"], components=many)
    assert [error["param"] for error in bad.json()["errors"]] == ["components"]


async def test_repository_outside_or_wrong_is_refused_by_name(engineer: Engineer, source: Path) -> None:
    build(source, COMMITS)
    outside = source.parents[1] / "outside"
    build(outside, COMMITS)
    right = {"name": "shop", "path": str(source)}
    (source.parent / "circle").symlink_to("circle")
    for change, field in (
        ({"path": str(outside)}, "path"),
        ({"path": "ext::sh -c touch% x"}, "path"),
        ({"path": "https://example.org/x.git"}, "path"),
        ({"path": os.fspath(source.parent)}, "path"),
        ({"path": "a\0b"}, "path"),
        ({"path": str(source.parent / "circle")}, "path"),
        ({"name": "../x"}, "name"),
        ({"service": "x", "tags": [""]}, "tags.0"),
    ):
        answer = await engineer.post("/repositories", right | change)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["param"] == field
    assert (await engineer.post("/repositories", right | {"tags": ["v*"]})).status_code == 422
    assert (await engineer.holding("DOR-001").post("/repositories", right)).status_code == 403


def become_a_circle(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(path.name)


async def test_a_repository_that_became_a_circle_of_links_stops_no_other(engineer: Engineer, source: Path) -> None:
    build(source, COMMITS)
    other = source.with_name("other")
    build(other, COMMITS)
    assert (await engineer.post("/repositories", {"name": "circle", "path": str(source)})).status_code == 201
    assert (await synced(engineer, "circle"))["problem"] is None
    await asyncio.to_thread(become_a_circle, source)
    number = (await engineer.get("/repositories")).json()["items"][0]["id"]
    assert (await engineer.post(f"/repositories/{number}/sync", {})).status_code == 202
    assert "in a circle" in (await synced(engineer, "circle"))["problem"]
    assert (await engineer.post("/repositories", {"name": "other", "path": str(other)})).status_code == 201
    assert (await synced(engineer, "other"))["problem"] is None


async def test_a_look_that_breaks_is_noted_and_the_next_repository_is_looked_into(
    engineer: Engineer, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(source, COMMITS)
    other = source.with_name("other")
    build(other, COMMITS)

    def breaks(repository: Path) -> Path:
        if repository.name == source.name:
            raise RuntimeError("nobody expects this")
        return git_folder(repository)

    monkeypatch.setattr(background, "git_folder", breaks)
    for name, path in (("broken", source), ("other", other)):
        assert (await engineer.post("/repositories", {"name": name, "path": str(path)})).status_code == 201
    assert (await synced(engineer, "broken"))["problem"] == background.LOOK_BROKEN
    assert (await synced(engineer, "other"))["problem"] is None


@pytest.mark.parametrize("number", [0, -1, -72735169733742270160568320, 2**63])
async def test_a_number_that_no_repository_has_is_unknown(engineer: Engineer, number: int) -> None:
    assert (await engineer.delete(f"/repositories/{number}")).status_code == 404
    assert (await engineer.post(f"/repositories/{number}/sync", {})).status_code == 404
