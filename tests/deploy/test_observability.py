"""Alerts and the dashboard ask only for metrics and labels that the processes expose; every metric is documented."""

import importlib
import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from iact.ports import METRICS_OFFSET, PORT_DEFAULT, PROCESSES, process_name, process_ports
from scripts.reference.metrics import PROCESSES as MODULES
from scripts.reference.metrics import exposed
from services.ivr import figures
from shared.metrics import REGISTRY

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "observability"
PROMTOOL = os.environ.get("IACT_PROMTOOL") or shutil.which("promtool")
OWN_NAME = re.compile(r"\biact_[a-z0-9_]+")
WITH_LABELS = re.compile(r"\b(iact_[a-z0-9_]+)\{([^}]*)\}")
GROUPED = re.compile(r"by \(([^)]*)\) \(\w+\((iact_[a-z0-9_]+)")
PLACEHOLDER = re.compile(r"\{\{ ?(?:\$labels\.)?(\w+) ?\}\}")
SUFFIXES = ("_bucket", "_sum", "_count")
OF_PROMETHEUS = {"job", "instance", "process", "le"}  # put on by the scrape, or by a histogram
# Not alerted on: they explain what an alert found.
ONLY_SHOWN = {
    "iact_http_in_flight",
    "iact_gateway_refused_total",
    "iact_gateway_retries_total",
    "iact_gateway_in_flight_limit",
    "iact_reads_total",
    "iact_replica_lag_seconds",
}


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    return found


def queries() -> dict[str, list[str]]:
    """Expressions by the alert or panel that has them."""
    asked = {rule["alert"]: [rule["expr"]] for rule in rules()}
    return asked | {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in panels()}


def families() -> dict[str, set[str]]:
    """Name of each family → its labels, from the registry of every process together."""
    for module in MODULES.values():
        importlib.import_module(module)
    found = {}
    # The library tells the labels of a family that has no sample yet nowhere else.
    collectors: list[Any] = list(REGISTRY._collector_to_names)
    for collector in collectors:
        for family in collector.describe():
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = set(collector._labelnames)
    return found


def family_of(name: str, known: dict[str, set[str]]) -> str:
    return next((name.removesuffix(end) for end in SUFFIXES if name.removesuffix(end) in known), name)


@pytest.mark.integration
def test_a_process_exposes_its_own_over_http_and_no_other() -> None:
    known = families()
    names = {process: {metric.name for metric in exposed(MODULES[process])} for process in ("ivr", "gateway")}
    common = {
        name for name in known if name.startswith(("iact_http_", "iact_reads_", "iact_replica_", "iact_background_"))
    }
    assert names["ivr"] == common | {name for name in known if name.startswith("iact_source_")}
    assert names["gateway"] == common | {name for name in known if name.startswith("iact_gateway_")}


@pytest.mark.requirement("RF-060")
@pytest.mark.unit
@pytest.mark.parametrize("title", sorted(queries()))
def test_a_query_asks_for_what_there_is(title: str) -> None:
    known = families()
    for query in queries()[title]:
        assert query.count("(") == query.count(")")
        names = {family_of(name, known) for name in OWN_NAME.findall(query)}
        assert names <= set(known), f"{title}: {sorted(names - set(known))} is exposed by nobody"
        assert names or query.startswith('up{job="iact"}')
        wanted = [(name, re.findall(r"(\w+)\s*(?:=|!)", labels)) for name, labels in WITH_LABELS.findall(query)]
        wanted += [(name, [each.strip() for each in labels.split(",")]) for labels, name in GROUPED.findall(query)]
        for name, labels in wanted:
            unknown = set(labels) - known[family_of(name, known)] - OF_PROMETHEUS
            assert not unknown, f"{title}: {name} has no label {sorted(unknown)}"


@pytest.mark.requirement("RF-060")
@pytest.mark.unit
def test_every_metric_is_alerted_on_or_shown() -> None:
    known = families()
    alerted = {family_of(name, known) for rule in rules() for name in OWN_NAME.findall(rule["expr"])}
    shown = {
        family_of(name, known)
        for panel in panels()
        for target in panel["targets"]
        for name in OWN_NAME.findall(target["expr"])
    }
    assert set(known) == shown
    assert set(known) - alerted == ONLY_SHOWN


@pytest.mark.unit
def test_alerts_say_what_and_what_to_do_with_labels_that_are_kept() -> None:
    known = families()
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found) > 10
    for rule in found:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert re.fullmatch(r"\d+[smh]", rule["for"])
        assert set(rule["annotations"]) == {"summary", "description"}
        grouped = re.search(r"by \(([^)]*)\)", rule["expr"])
        if grouped:
            kept = {label.strip() for label in grouped[1].split(",")}
        else:
            kept = set().union(*(known[family_of(n, known)] for n in OWN_NAME.findall(rule["expr"]))) | OF_PROMETHEUS
        used = set(PLACEHOLDER.findall(" ".join(rule["annotations"].values()))) - {"value"}
        assert used <= kept, rule["alert"]


@pytest.mark.requirement("RF-060")
@pytest.mark.unit
def test_every_alert_is_documented_in_both_languages() -> None:
    for name in ("observabilidad.md", "observabilidad.es.md"):
        text = (ROOT / "docs" / "operaciones" / name).read_text(encoding="utf-8")
        assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in text] == []
        assert [metric for metric in families() if f"`{metric}`" not in text] == []


@pytest.mark.unit
def test_what_is_scraped_are_the_ports_of_an_installation() -> None:
    document = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    scraped = {each["labels"]["process"]: each["targets"] for each in document["scrape_configs"][0]["static_configs"]}
    ports = process_ports(PORT_DEFAULT, 2)
    assert scraped == {
        process: [f"127.0.0.1:{ports[process_name(process, number)] + METRICS_OFFSET}" for number in (1, 2)]
        for process in PROCESSES
    }
    assert set(MODULES) == set(PROCESSES)
    assert document["rule_files"] == ["alerts.yml"]


@pytest.mark.unit
def test_sources_become_gauges_and_one_that_is_gone_has_none() -> None:
    """One that only a person reads has no age: an alert about it could only be answered by hand, every day."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    read = {"source": "one", "last_success_at": now - timedelta(hours=2), "last_state": "failed", "held_units": 3}
    never = {"source": "two", "last_success_at": None, "last_state": None, "held_units": 0}
    by_hand = {**read, "source": "files-legacy"}
    figures.show([read, never, by_hand], now, scheduled={"one", "two"})
    text = generate_latest(REGISTRY).decode()
    assert 'iact_source_age_seconds{source="one"} 7200.0' in text
    assert 'iact_source_last_run_failed{source="one"} 1.0' in text
    assert 'iact_source_held_units{source="one"} 3.0' in text
    assert 'iact_source_age_seconds{source="two"}' not in text
    assert 'iact_source_last_run_failed{source="two"} 0.0' in text
    assert 'iact_source_age_seconds{source="files-legacy"}' not in text
    assert 'iact_source_last_run_failed{source="files-legacy"} 1.0' in text
    figures.show([], now, scheduled=())
    assert "source=" not in generate_latest(REGISTRY).decode()


# --- by Prometheus's own tool ---


@pytest.fixture
def promtool() -> str:
    if PROMTOOL is None:
        pytest.skip("promtool is not installed (apt install prometheus, or IACT_PROMTOOL=FILE of its package)")
    return PROMTOOL


def told(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.integration
def test_prometheus_understands_rules_and_configuration(promtool: str) -> None:
    assert f"SUCCESS: {len(rules())} rules found" in told(promtool, "check", "rules", FOLDER / "alerts.yml")
    assert "is valid prometheus config file syntax" in told(promtool, "check", "config", FOLDER / "prometheus.yml")


@pytest.mark.integration
def test_what_gets_somebody_up_fires_when_it_should_and_not_before(promtool: str, tmp_path: Path) -> None:
    played = (ROOT / "tests" / "deploy" / "alerts_test.yml").read_text(encoding="utf-8")
    for rule in rules():
        assert (rule["labels"]["severity"] == "page") <= (f"alertname: {rule['alert']}\n" in played), rule["alert"]
    file = tmp_path / "alerts_test.yml"
    file.write_text(played.replace("[RULES]", f"[{FOLDER / 'alerts.yml'}]"), encoding="utf-8")
    assert "SUCCESS" in told(promtool, "test", "rules", file)
