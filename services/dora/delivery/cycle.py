"""One measured window as a record of `dora_metrics.json`, and that log written so that no half of it ever stands."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.dora.delivery.logs import LogError, load

FILE = "dora_metrics.json"
PERIODS = {1: "daily", 7: "weekly"}
MONTH_DAYS = (28, 31)
HOUR_S = 3_600


def record(answer: Mapping[str, Any], *, scope: str, source: str) -> dict[str, Any]:
    """The record of a report; what there is no data for is null."""
    window, metrics = answer["window"], answer["metrics"]
    frequency, rate, rework = (
        metrics[name] for name in ("deployment_frequency", "change_fail_rate", "deployment_rework_rate")
    )
    return {
        "cycle_id": f"{scope}:{source}:{window['from']}/{window['to']}"[:200],
        "timestamp": window["as_of"],
        "metric_period": _period(window["days"]),
        "from": window["from"],
        "to": window["to"],
        "scope": scope,
        "source": source,
        "deployment_frequency": {"count": frequency["n"], "per_day": frequency["value"]},
        "lead_time_for_changes": _hours(metrics["change_lead_time"]),
        "failed_deployment_recovery_time": {
            **_hours(metrics["failed_deployment_recovery_time"]),
            "open": metrics["failed_deployment_recovery_time"]["open"],
        },
        "change_failure_rate": {
            "total_deployments": rate["denominator"],
            "failed_deployments": rate["numerator"],
            "rate_percent": _percent(rate["value"]),
        },
        "deployment_rework_rate": {
            "total_deployments": rework["denominator"],
            "rework_deployments": rework["numerator"],
            "rate_percent": _percent(rework["value"]),
        },
    }


def write(folder: Path, made: Mapping[str, Any]) -> Path:
    """Add a record to the folder's log; the same cycle measured again replaces its record, for it knows more.

    LogError when the log is there and cannot be read; OSError when it cannot be written. The log is changed whole.
    """
    file = folder / FILE
    kept = load(file) if file.exists() else []
    if not all(isinstance(each, dict) for each in kept):
        raise LogError(f"{file}: every record must be an object; correct it before a cycle is added")
    kept = [each for each in kept if each.get("cycle_id") != made["cycle_id"]]
    folder.mkdir(parents=True, exist_ok=True)
    replace(file, json.dumps([*kept, made], indent=2, ensure_ascii=False) + "\n")
    return file


def replace(file: Path, text: str) -> None:
    """Write a log as a whole, or leave the old one."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as draft:
            draft.write(text)
        os.chmod(name, 0o644)  # noqa: PTH101 - a log is read by everybody, like the files beside it
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _period(days: float) -> str:
    if days in PERIODS:
        return PERIODS[int(days)]
    return "monthly" if MONTH_DAYS[0] <= days <= MONTH_DAYS[1] else "custom"


def _hours(figures: Mapping[str, Any]) -> dict[str, Any]:
    parts = {"median_hours": "median_s", "p75_hours": "p75_s", "p90_hours": "p90_s"}
    return {"n": figures["n"]} | {
        name: None if figures[key] is None else round(figures[key] / HOUR_S, 4) for name, key in parts.items()
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 4)
