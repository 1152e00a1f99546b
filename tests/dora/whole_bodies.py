"""Bodies that each reader understands as a whole; tests change places in them."""

from typing import Any

from services.dora.webhooks.senders import Provider

REPOSITORY = {"full_name": "acme/shop"}


def issue(action: str, *, labels: list[str], state: str = "open", **more: Any) -> dict[str, Any]:
    fields = {"number": 4, "title": "down", "state": state, "created_at": "2026-03-02T10:00:00Z", **more}
    return {
        "action": action,
        "repository": REPOSITORY,
        "issue": fields | {"labels": [{"name": name} for name in labels]},
    }


def build(**more: Any) -> dict[str, Any]:
    told = {"number": 12, "phase": "COMPLETED", "status": "SUCCESS", "timestamp": 1_772_445_600_000, "duration": 60_000}
    return {"name": "deploy-shop", "url": "job/deploy-shop/", "build": told | more}


WHOLE: list[tuple[Provider, str, Any]] = [
    (
        "github",
        "deployment_status",
        {
            "deployment": {
                "id": 1,
                "sha": "a" * 40,
                "environment": "prod",
                "payload": {"service": "s"},
                "created_at": "2026-03-02T10:00:00Z",
            },
            "deployment_status": {"state": "success", "created_at": "2026-03-02T10:00:00Z"},
            "repository": REPOSITORY,
        },
    ),
    (
        "github",
        "issues",
        issue("closed", labels=["incident"], state="closed", closed_at="2026-03-02T11:00:00Z", body="caused by: x"),
    ),
    (
        "forgejo",
        "action_run_success",
        {"run": {"id": 3, "workflow_id": "deploy.yml", "commit_sha": "b" * 40, "repository": REPOSITORY}},
    ),
    (
        "gitea",
        "release",
        {
            "action": "published",
            "repository": REPOSITORY,
            "release": {"tag_name": "v1", "published_at": "2026-03-02T10:00:00Z"},
        },
    ),
    (
        "gitlab",
        "Deployment Hook",
        {
            "object_kind": "deployment",
            "status": "success",
            "deployment_id": 1,
            "environment": "prod",
            "commit_url": "http://x/" + "a" * 40,
            "project": {"path_with_namespace": "a/b"},
            "status_changed_at": "2021-04-28 21:50:00 +0200",
        },
    ),
    (
        "gitlab",
        "Issue Hook",
        {
            "object_kind": "issue",
            "project": {"path_with_namespace": "a/b"},
            "object_attributes": {
                "iid": 1,
                "type": "Incident",
                "action": "open",
                "created_at": "2026-03-02 10:00:00 UTC",
            },
            "labels": [{"title": "incident"}],
        },
    ),
    ("jenkins", "x", build(parameters={"ENVIRONMENT": "prod"}, scm={"url": "u", "commit": "c" * 40})),
    (
        "cdevents",
        "x",
        {
            "context": {
                "type": "dev.cdevents.incident.resolved.0.3.0",
                "id": "1",
                "source": "/s",
                "timestamp": "2026-03-02T10:00:00Z",
            },
            "subject": {
                "id": "i",
                "content": {"environment": {"id": "prod"}, "service": {"id": "s"}, "artifactId": "pkg:oci/a@sha256:1"},
            },
        },
    ),
    (
        "cdevents",
        "x",
        {
            "type": "dev.cdevents.service.deployed.0.3.0",
            "id": "1",
            "data": {
                "context": {"id": "1", "type": "dev.cdevents.service.deployed.0.3.0"},
                "subject": {"id": "i", "content": {"environment": {"id": "prod"}}},
            },
        },
    ),
    (
        "alertmanager",
        "x",
        {
            "status": "resolved",
            "groupKey": "g",
            "alerts": [
                {
                    "status": "resolved",
                    "labels": {"service": "s", "env": "prod"},
                    "startsAt": "2026-03-02T10:00:00Z",
                    "endsAt": "2026-03-02T11:00:00Z",
                }
            ],
        },
    ),
]
