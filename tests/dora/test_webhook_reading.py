"""What deliveries tell: the samples from the field, cases of each sender, and bodies that nobody meant to send."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.dora.events import Deployment, Incident, PullRequest, merge, merge_incident
from services.dora.webhooks.fields import moment
from services.dora.webhooks.senders import PROVIDERS, Provider
from services.dora.webhooks.understand import Understood, understand
from tests.dora import samples
from tests.dora.mutated import mutated
from tests.dora.whole_bodies import REPOSITORY, WHOLE, build, issue

pytestmark = pytest.mark.unit

RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(provider: Provider, body: Any, **headers: str) -> Understood:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return understand(provider, named, raw, RECEIVED)


def deployment(found: Understood) -> Deployment:
    assert found.outcome == "recorded", found.reason
    (fact,) = found.facts
    assert isinstance(fact, Deployment)
    return fact


def incident(found: Understood) -> Incident:
    assert found.outcome == "recorded", found.reason
    (fact,) = found.facts
    assert isinstance(fact, Incident)
    return fact


@pytest.mark.requirement("RF-040")
def test_github_s_status_of_a_deployment() -> None:
    found = deployment(
        read("github", samples.sample("github/deployment_status.created-success"), x_github_event="deployment_status")
    )
    assert (found.service, found.environment, found.status) == ("Codertocat/Hello-World", "production", "success")
    assert found.commit_sha == "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
    assert found.external_id == "145988746"
    assert found.deployed_at == datetime(2019, 5, 15, 15, 20, 55, tzinfo=UTC)
    assert found.started_at == datetime(2019, 5, 15, 15, 20, 53, tzinfo=UTC)


def test_gitlab_s_deployment_has_the_whole_commit_only_in_its_address() -> None:
    found = deployment(read("gitlab", samples.sample("gitlab/deployment.success"), x_gitlab_event="Deployment Hook"))
    assert (found.service, found.environment) == ("root/test-deployment-webhooks", "staging")
    assert found.commit_sha == "279484c09fbe69ededfced8c1bb6e6d24616b468"
    assert found.deployed_at == datetime(2021, 4, 28, 19, 50, tzinfo=UTC)


def test_cdevents_in_both_modes() -> None:
    body = samples.sample("cdevents/service_deployed")
    event = json.loads(body)
    envelope = {"specversion": "1.0", "id": "7", "source": "/x", "type": event["context"]["type"]}
    encoded = base64.b64encode(body).decode()
    binary = deployment(read("cdevents", body, ce_type=event["context"]["type"], ce_id="7"))
    assert binary == deployment(read("cdevents", envelope | {"data": event}))
    assert binary == deployment(read("cdevents", envelope | {"data_base64": encoded}))
    assert (binary.service, binary.environment, binary.status) == ("mySubject123", "testing", "success")
    assert binary.version == "sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427"
    assert binary.deployed_at == datetime(2023, 3, 20, 14, 27, 5, 315384, tzinfo=UTC)


def test_cdevents_tells_of_an_incident() -> None:
    found = incident(read("cdevents", samples.sample("cdevents/incident_detected")))
    assert (found.service, found.environment, found.status) == ("myApp", "production", "open")
    assert found.external_id == "/monitoring/prod1 incident-123"
    assert found.detected_at == datetime(2022, 11, 11, 13, 52, 20, 79000, tzinfo=UTC)


def test_alertmanager_s_alerts_stay_open_until_they_end() -> None:
    body = json.loads(samples.sample("alertmanager/webhook-v4"))
    found = incident(read("alertmanager", body))
    assert (found.service, found.title, found.status) == ("docker_nodes", "high_memory_load", "open")
    assert found.resolved_at is None
    assert found.detected_at == datetime(2018, 3, 7, 11, 33, 21, 873077, tzinfo=UTC)
    ended = body | {"status": "resolved"}
    ended["alerts"] = [body["alerts"][0] | {"endsAt": "2018-03-07T07:33:21-05:00"}]
    merged = merge_incident([incident(read("alertmanager", ended)), found])
    assert (merged.status, merged.resolved_at) == ("resolved", datetime(2018, 3, 7, 12, 33, 21, tzinfo=UTC))
    assert merged.detected_at == found.detected_at


def test_alert_that_is_not_understood_leaves_the_others_of_its_group() -> None:
    right = {"labels": {"service": "shop"}, "startsAt": "2026-03-02T10:00:00Z"}
    strange = {"labels": {"service": "shop", "env": "moon"}, "startsAt": "2026-03-02T10:00:00Z"}
    found = read("alertmanager", {"status": "firing", "alerts": [strange, {"labels": {}}, right]})
    assert incident(found).service == "shop"
    assert read("alertmanager", {"status": "firing", "alerts": [strange]}).outcome == "irrelevant"
    assert read("alertmanager", {"status": "firing", "alerts": [{"labels": {}}]}).outcome == "not_understood"


@pytest.mark.parametrize(
    ("provider", "name", "event"),
    [
        ("github", "github/ping", "ping"),
        ("github", "github/push.branch-created", "push"),
        ("github", "github/issues.labeled", "issues"),  # labelled `bug`, which is no incident
        ("github", "github/release.published", "release"),
        ("gitea", "gitea/push.branch-created", "push"),
    ],
)
def test_what_is_irrelevant_says_why(provider: Provider, name: str, event: str) -> None:
    found = read(provider, samples.sample(name), **{f"x_{provider}_event": event})
    assert found.outcome == "irrelevant"
    assert found.reason


def test_labelled_issue_is_an_incident_and_names_its_cause() -> None:
    body = issue("labeled", labels=["Incident"], body="We saw it.\nRoot cause: 0a1b2c3d4e.")
    found = incident(read("github", body, x_github_event="issues"))
    assert (found.status, found.caused_by) == ("open", "0a1b2c3d4e")
    closed = issue("closed", labels=["incident"], state="closed", closed_at="2026-03-02T11:00:00Z")
    assert incident(read("github", closed, x_github_event="issues")).resolved_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    taken = issue("unlabeled", labels=[]) | {"label": {"name": "incident"}}
    assert incident(read("github", taken, x_github_event="issues")).status == "dismissed"


def test_incident_that_opens_again_is_not_resolved() -> None:
    told = [
        incident(read("github", body, x_github_event="issues"))
        for body in (
            issue("opened", labels=["incident"], updated_at="2026-03-02T10:00:00Z"),
            issue("closed", labels=["incident"], state="closed", closed_at="2026-03-02T11:00:00Z"),
            issue("reopened", labels=["incident"], updated_at="2026-03-02T12:00:00Z"),
        )
    ]
    assert merge_incident(told[:2]).status == "resolved"
    assert merge_incident(told).resolved_at is None
    assert merge_incident(reversed([*told, *told])) == merge_incident(told)


@pytest.mark.parametrize(
    ("state", "status"), [("success", "success"), ("failure", "failed"), ("error", "failed"), ("queued", "in_progress")]
)
def test_states_of_github(state: str, status: str) -> None:
    assert deployment(_status(state)).status == status


def test_inactive_does_not_take_a_deployment_back() -> None:
    assert _status("inactive").outcome == "irrelevant"
    assert _status("exploded").outcome == "not_understood"


def _status(state: str) -> Understood:
    body = {
        "repository": REPOSITORY,
        "deployment": {"id": 9, "sha": "a" * 40, "environment": "prod-eu-1", "created_at": "2026-03-02T10:00:00Z"},
        "deployment_status": {"state": state, "created_at": "2026-03-02T10:05:00Z"},
    }
    return read("github", body, x_github_event="deployment_status")


def test_late_status_of_an_earlier_moment_does_not_win() -> None:
    running, done = deployment(_status("in_progress")), deployment(_status("success"))
    assert merge([done, running]) == merge([running, done])
    assert merge([done, running]).status == "success"


@pytest.mark.parametrize("provider", ["gitea", "forgejo"])
def test_published_release_of_gitea_is_a_deployment(provider: Provider) -> None:
    release = {"tag_name": "v1.2", "published_at": "2026-03-02T10:00:00Z", "target_commitish": "main"}
    body = {"action": "published", "repository": REPOSITORY, "release": release}
    found = deployment(read(provider, body, **{f"x_{provider}_event": "release"}))
    assert (found.version, found.commit_sha, found.environment) == ("v1.2", None, "production")
    body["release"] = release | {"draft": True}
    assert read(provider, body, **{f"x_{provider}_event": "release"}).outcome == "irrelevant"


def test_forgejo_s_runs_that_deploy() -> None:
    run = {"id": 3, "workflow_id": "deploy.yml", "commit_sha": "b" * 40, "stopped": "2026-03-02T10:00:00Z"}
    body = {"run": run | {"repository": REPOSITORY}}
    assert deployment(read("forgejo", body, x_forgejo_event="action_run_success")).status == "success"
    assert deployment(read("forgejo", body, x_forgejo_event="action_run_failure")).status == "failed"
    body["run"]["workflow_id"] = "test.yml"
    assert read("forgejo", body, x_forgejo_event="action_run_success").outcome == "irrelevant"


def test_jenkins_counts_a_finished_build_once() -> None:
    scm = {"url": "https://git.example.org/acme/shop.git", "commit": "c" * 40}
    found = deployment(read("jenkins", build(scm=scm, parameters={"ENVIRONMENT": "staging", "SERVICE": "shop"})))
    assert (found.service, found.environment, found.commit_sha) == ("shop", "staging", "c" * 40)
    assert found.deployed_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert found.started_at == datetime(2026, 3, 2, 9, 59, tzinfo=UTC)
    for phase in ("QUEUED", "STARTED", "FINALIZED"):
        assert read("jenkins", build(phase=phase)).outcome == "irrelevant"
    assert deployment(read("jenkins", build(status="FAILURE"))).status == "failed"
    assert read("jenkins", build() | {"name": "unit-tests"}).outcome == "irrelevant"


def test_gitlab_s_incidents_and_merge_requests() -> None:
    project = {"path_with_namespace": "acme/shop"}
    told = {"iid": 5, "type": "Incident", "action": "open", "created_at": "2026-03-02 10:00:00 UTC", "title": "down"}
    found = incident(read("gitlab", {"object_kind": "work_item", "project": project, "object_attributes": told}))
    assert found.detected_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    shut = told | {"action": "close", "state": "closed", "closed_at": "2026-03-02T12:00:00+0200"}
    found = incident(read("gitlab", {"object_kind": "issue", "project": project, "object_attributes": shut}))
    assert found.resolved_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    plain = told | {"type": "Issue"}
    assert (
        read("gitlab", {"object_kind": "issue", "project": project, "object_attributes": plain}).outcome == "irrelevant"
    )
    merged = {"iid": 8, "state": "merged", "last_commit": {"id": "d" * 40}, "squash_commit_sha": "e" * 40}
    merged["source_branch"] = "hotfix/tone"
    whole = {"object_kind": "merge_request", "project": project, "object_attributes": merged}
    (fact,) = read("gitlab", whole | {"labels": [{"title": "Hotfix"}, {"title": "Hotfix"}, {"id": 1}, 2]}).facts
    assert isinstance(fact, PullRequest)
    assert (fact.number, fact.head_sha, fact.merge_sha, fact.labels) == (8, "d" * 40, "e" * 40, ("Hotfix",))
    assert fact.branch == "hotfix/tone"


def test_unmerged_pull_request_says_nothing_though_it_names_a_merge_commit() -> None:
    told = {"number": 8, "merged": False, "merge_commit_sha": "e" * 40, "head": {"sha": "d" * 40, "ref": "fix"}}
    body = {"action": "closed", "repository": REPOSITORY, "pull_request": told}
    assert read("github", body, x_github_event="pull_request").outcome == "irrelevant"
    labels = [{"name": "type/hotfix"}, {"name": "urgent"}]
    (fact,) = read(
        "github", body | {"pull_request": told | {"merged": True, "labels": labels}}, x_github_event="pull_request"
    ).facts
    assert isinstance(fact, PullRequest)
    assert (fact.labels, fact.branch) == (("type/hotfix", "urgent"), "fix")


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("Production", "production"),
        ("prod1", "production"),
        ("prod/eu-west", "production"),
        ("non-prod", "staging"),
        ("preprod", "staging"),
        ("review/feature-9", "development"),
        ("qa2", "testing"),
    ],
)
def test_names_of_environments(name: str, environment: str) -> None:
    assert deployment(read("jenkins", build(parameters={"ENVIRONMENT": name}))).environment == environment


def test_unknown_environment_is_not_taken_for_production() -> None:
    found = read("jenkins", build(parameters={"ENVIRONMENT": "productivity"}))
    assert (found.outcome, "productivity" in (found.reason or "")) == ("irrelevant", True)


@pytest.mark.parametrize(
    ("told", "utc"),
    [
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00+00:00"),
        ("2026-03-02 10:00:00 UTC", "2026-03-02T10:00:00+00:00"),
        ("2026-03-02 12:00:00 +0200", "2026-03-02T10:00:00+00:00"),
        ("2026-03-02T10:00:00.123456789Z", "2026-03-02T10:00:00.123456+00:00"),
        (1_772_445_600, "2026-03-02T10:00:00+00:00"),
        (1_772_445_600_000, "2026-03-02T10:00:00+00:00"),
    ],
)
def test_forms_of_time(told: Any, utc: str) -> None:
    assert moment(told) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    "told", ["0001-01-01T00:00:00Z", "2026-03-02T10:00:00", "never", True, -1, 10**30, None, [], ""]
)
def test_what_is_no_time(told: Any) -> None:
    assert moment(told) is None


@given(st.one_of(st.floats(), st.integers(), st.text(max_size=40), st.booleans(), st.none()))
def test_no_value_breaks_the_reading_of_times(told: Any) -> None:
    found = moment(told)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5_000]
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_body_that_is_no_object_is_not_understood(provider: Provider, body: bytes) -> None:
    assert understand(provider, {"x-github-event": "push"}, body, RECEIVED).outcome == "not_understood"


FACTS: TypeAdapter[Any] = TypeAdapter(Deployment | Incident | PullRequest)


@pytest.mark.parametrize(("provider", "event", "body"), WHOLE)
def test_whole_body_is_recorded(provider: Provider, event: str, body: Any) -> None:
    headers = {f"x-{provider}-event": event}
    assert understand(provider, headers, json.dumps(body).encode(), RECEIVED).outcome == "recorded"


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_mutated_bodies_are_read_without_breaking_and_fit_the_tables(data: st.DataObject) -> None:
    provider, event, body = data.draw(st.sampled_from(WHOLE))
    found = understand(provider, {f"x-{provider}-event": event}, mutated(data, body), RECEIVED)
    assert (found.outcome == "recorded") == bool(found.facts)
    assert (found.outcome != "recorded") == bool(found.reason)
    for fact in found.facts:
        text = FACTS.dump_json(fact)
        assert b"\\u0000" not in text
        assert FACTS.validate_json(text) == fact
        assert fact.external_id
        if isinstance(fact, Deployment):
            assert (fact.deployed_at is not None) == (fact.status in {"success", "rolled_back"})
            assert fact.service
