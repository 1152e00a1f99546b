"""The logs of logs_data/: what is refused and how it is told, the files made from the models, the two readers alike."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from iact.commands import dora
from services.dora.delivery import cycle
from services.dora.delivery.logs import LogError, read_deployments, read_incidents
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Deployment, History
from services.dora.logs.check import check
from services.dora.logs.models import LOGS, schema
from services.dora.logs.page import page
from tests.dora.logfiles import DEPLOYMENT, INCIDENT, write
from tests.dora.test_delivery_metrics import MARCH

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).resolve().parents[2] / "logs_data"
NOBODY = "is missing and version is, too; a deployment needs one of them"
# What a record is changed to; the field and the sentence that are told. None takes a field out.
WRONG_DEPLOYMENTS: list[tuple[dict[str, Any], str, str]] = [
    ({"timestamp": None}, "timestamp", "must be a text, in quotes"),
    ({"timestamp": "10.3.2026"}, "timestamp", "is no time with a zone; write it like 2026-03-02T10:00:00-06:00"),
    ({"timestamp": "2026-03-10T12:00:00"}, "timestamp", "is no time with a zone"),
    ({"timestamp": "2026-13-10T12:00:00Z"}, "timestamp", "is no time with a zone"),
    ({"deployment_id": ""}, "deployment_id", "must not be empty"),
    ({"environment": "prod"}, "environment", "must be 'production', 'staging'"),
    ({"status": "ok"}, "status", "must be 'success', 'failed' or 'rolled_back'"),
    ({"version": None}, "commit_sha", NOBODY),
    ({"version": 1.4}, "version", "must be a text, in quotes"),
    ({"commit_sha": "3F2A9C1"}, "commit_sha", "7 to 64 hexadecimal digits in lower case"),
    ({"status": "rolled_back"}, "rolled_back_at", "stands exactly where status is rolled_back"),
    ({"rolled_back_at": "2026-03-10T13:00:00Z"}, "rolled_back_at", "stands exactly where"),
    (
        {"status": "rolled_back", "rolled_back_at": "2026-03-10T11:00:00Z"},
        "rolled_back_at",
        "lies before timestamp; exchange them",
    ),
    ({"services": "gateway"}, "services", 'must be a list of names, like ["gateway"]'),
    ({"planned": "no"}, "planned", "must be true or false, without quotes"),
]
WRONG_INCIDENTS: list[tuple[dict[str, Any], str, str]] = [
    ({"status": "fine"}, "status", "must be 'open'"),
    ({"resolved_at": None}, "resolved_at", "stands exactly where status is resolved or closed"),
    ({"status": "open"}, "resolved_at", "stands exactly where"),
    ({"resolved_at": "2026-03-10T12:00:00Z"}, "resolved_at", "lies before detected_at"),
    ({"detected_at": "today"}, "detected_at", "is no time with a zone"),
    ({"affected_services": [1]}, "affected_services.0", "must be a text"),
    ({"caused_by": ""}, "caused_by", "must not be empty"),
    ({"severity": "urgent"}, "severity", "must be 'critical'"),
    ({"severity": None}, "severity", "must be 'critical'"),
]
WRONG_BY_SCHEMA_ONLY: list[tuple[dict[str, Any], str, str]] = [
    ({"serverity": "high"}, "serverity", "is not a field of this log"),
    ({"mttr_minutes": 53}, "mttr_minutes", "detected_at and resolved_at say 35; leave it out"),
    ({"mttr_minutes": "35"}, "mttr_minutes", "must be a number, without quotes"),
]


def only_problem(folder: Path) -> tuple[str | None, str]:
    (problem,) = check(folder).problems
    assert problem.record == 1
    return problem.field, problem.sentence


@pytest.mark.parametrize(("change", "field", "sentence"), WRONG_DEPLOYMENTS)
def test_wrong_deployment_is_refused_by_both(tmp_path: Path, change: dict[str, Any], field: str, sentence: str) -> None:
    file = write(tmp_path, "deployment_logs", DEPLOYMENT | change)
    found = only_problem(tmp_path)
    assert found[0] == field
    assert sentence in found[1]
    with pytest.raises(LogError, match=f"record 1: {field}"):
        read_deployments([file], environment="production")


@pytest.mark.parametrize(("change", "field", "sentence"), WRONG_INCIDENTS)
def test_wrong_incident_is_refused_by_both(tmp_path: Path, change: dict[str, Any], field: str, sentence: str) -> None:
    file = write(tmp_path, "incident_logs", INCIDENT | change)
    found = only_problem(tmp_path)
    assert found[0] == field
    assert sentence in found[1]
    with pytest.raises(LogError, match=f"record 1: {field.partition('.')[0]}"):
        read_incidents([file])


@pytest.mark.parametrize(("change", "field", "sentence"), WRONG_BY_SCHEMA_ONLY)
def test_what_no_figure_needs_is_checked_too(tmp_path: Path, change: dict[str, Any], field: str, sentence: str) -> None:
    write(tmp_path, "incident_logs", INCIDENT | change)
    found = only_problem(tmp_path)
    assert found[0] == field
    assert sentence in found[1]


def test_one_id_in_two_files_is_refused_by_both(tmp_path: Path) -> None:
    files = [write(tmp_path, "deployment_logs", DEPLOYMENT), write(tmp_path, "deployment_logs_2025", DEPLOYMENT)]
    (problem,) = check(tmp_path).problems
    assert problem.line() == (
        f"{files[1]}: record 1: deployment_id: 'd-1' stands in deployment_logs.json, record 1, already;"
        " give each record its own"
    )
    with pytest.raises(LogError, match=r"'d-1' stands in deployment_logs\.json, record 1, already"):
        read_deployments(files, environment="production")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{}", "must be a list"), ("[", "is not JSON"), ("", "an empty log is []"), ("[" * 100_000, "is not JSON")],
)
def test_file_that_is_no_list_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "incident_logs.json").write_text(text, encoding="utf-8")
    (problem,) = check(tmp_path).problems
    assert sentence in problem.sentence
    assert (problem.record, problem.field) == (None, None)


WORDS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    st.floats(),
    st.text("a1 ", max_size=3),
    st.lists(st.text("a1 ", max_size=2), max_size=2),
    st.sampled_from(
        [*DEPLOYMENT.values(), *INCIDENT.values(), "rolled_back", "open", "staging", "2026-03-01T00:00:00Z"]
    ),
)


@pytest.mark.requirement("RF-059")
@given(st.dictionaries(st.sampled_from(sorted(LOGS["deployment_logs"][0].model_fields)), WORDS, max_size=3))
def test_what_the_check_accepts_the_script_reads(
    tmp_path_factory: pytest.TempPathFactory, change: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    file = write(folder, "deployment_logs", DEPLOYMENT | change)
    if check(folder).problems:
        return
    read_deployments([file], environment="production")


@given(st.dictionaries(st.sampled_from(sorted(LOGS["incident_logs"][0].model_fields)), WORDS, max_size=3))
def test_incident_that_the_check_accepts_is_read(
    tmp_path_factory: pytest.TempPathFactory, change: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    file = write(folder, "incident_logs", INCIDENT | change)
    if not check(folder).problems:
        assert len(read_incidents([file])) == 1


@pytest.mark.parametrize("made", [[], [Deployment(id="1", at=MARCH.since + 60, version="1")]])
def test_recorded_cycle_passes_the_check(tmp_path: Path, made: list[Deployment]) -> None:
    answer = report(measure(History({}), made, window=MARCH))
    cycle.write(tmp_path, cycle.record(answer, scope="repository", source="tags:v*"))
    checked = check(tmp_path)
    assert (list(checked.records.values()), checked.problems) == ([1], ())


def test_rate_that_disagrees_with_its_counts_is_told(tmp_path: Path) -> None:
    answer = report(measure(History({}), [Deployment(id="1", at=MARCH.since + 60, version="1")], window=MARCH))
    made = cycle.record(answer, scope="repository", source="tags:v*")
    made["change_failure_rate"]["failed_deployments"] = 2
    cycle.write(tmp_path, made)
    (problem,) = check(tmp_path).problems
    assert problem.field == "change_failure_rate.failed_deployments"
    assert "count deployments, not incidents" in problem.sentence


def test_folder_of_this_repository_is_as_the_models_say() -> None:
    made = {f"schema/{kind}.schema.json": json.dumps(schema(kind), indent=2) + "\n" for kind in LOGS}
    made["SCHEMA.md"] = page()
    if os.environ.get("IACT_UPDATE_SCHEMA"):
        (FOLDER / "schema").mkdir(exist_ok=True)
        for name, text in made.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in made} == made
    assert check(FOLDER).problems == ()


def test_command_tells_problems_and_exits_0_1_2(tmp_path: Path) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    dora.register(app)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["dora", "check-logs", *words])
        return done.exit_code, done.output

    assert run(str(tmp_path))[0] == 2
    assert run(str(tmp_path / "nowhere"))[0] == 2
    file = write(tmp_path, "incident_logs", INCIDENT)
    assert run(str(tmp_path)) == (0, f"{file}: 1 records\n")
    write(tmp_path, "incident_logs", INCIDENT | {"severity": "urgent"})
    code, told = run(str(tmp_path))
    assert code == 1
    assert told.startswith(f"{file}: record 1: severity: must be")
    told = run(str(tmp_path), "--json")[1]
    assert json.loads(told)["problems"][0]["field"] == "severity"
