"""An answer as Markdown: what is missing first, then each number with what it is made of and the evidence. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

FAILURES_MAX = 50  # a page of evidence; the JSON holds all of it
DURATIONS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def markdown(answer: Mapping[str, Any]) -> str:
    """The whole report."""
    window = answer["window"]
    lines = [
        "# Delivery metrics",
        "",
        f"From {window['from']} to {window['to']}, judged at {window['as_of']}.",
        f"Deployments from `{answer['source']}`, commits of the {answer['scope']}.",
        "",
        "## Quality of the data",
        "",
        *_quality(answer["data_quality"]),
        "",
        "## Metrics",
        "",
        "| metric | value | n | 95 % interval | p75 | p90 | Quick Check |",
        "|---|---|---|---|---|---|---|",
        *(_row(name, metric) for name, metric in answer["metrics"].items()),
        "",
        *(f"- {name}: {metric['definition']}" for name, metric in answer["metrics"].items()),
        "",
        "## Evidence of failures",
        "",
        *_failures(answer["failures"]),
        "",
        "## Left out",
        "",
        *_left_out(answer["exclusions"]),
        "",
        "## Quality targets",
        "",
        *_targets(answer["quality_targets"]),
        "",
    ]
    return "\n".join(lines)


def _quality(quality: Mapping[str, Any]) -> list[str]:
    counts = [(name, value) for name, value in quality.items() if isinstance(value, int)]
    listed = [(name, value) for name, value in quality.items() if isinstance(value, Mapping)]
    lines = [f"- {name.replace('_', ' ')}: {value}" for name, value in counts]
    for name, values in listed:
        told = ", ".join(f"`{_cell(key)}` {count}" for key, count in values.items()) or "none"
        lines.append(f"- {name.replace('_', ' ')}: {told}")
    return lines


def _row(name: str, metric: Mapping[str, Any]) -> str:
    n = "-" if metric["n"] is None else metric["n"]
    if metric["value"] is None:
        return f"| {name} | no data: {_cell(metric['reason'].removeprefix('no data '))} | {n} | - | - | - | - |"
    unit = metric["unit"]
    interval = metric.get("median_s_ci95") or metric.get("ci95")
    cells = [
        _value(metric["value"], unit) + _parts(metric),
        n,
        "-" if interval is None else " to ".join(_value(each, unit) for each in interval),
        "-" if metric.get("p75_s") is None else _value(metric["p75_s"], unit),
        "-" if metric.get("p90_s") is None else _value(metric["p90_s"], unit),
        metric.get("quick_check") or "-",
    ]
    return f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |"


def _parts(metric: Mapping[str, Any]) -> str:
    return f" ({metric['numerator']} of {metric['denominator']})" if "numerator" in metric else ""


def _value(value: float, unit: str) -> str:
    if unit == "s":
        return duration(value)
    return f"{100 * value:.1f} %" if unit == "ratio" else f"{value:.3g} a day"


def duration(seconds: float) -> str:
    """Seconds in the largest unit of which there is at least one and a half."""
    name, size = next((each for each in DURATIONS if seconds >= 1.5 * each[1]), DURATIONS[-1])
    return f"{seconds / size:.3g} {name}"


def _failures(links: Sequence[Mapping[str, Any]]) -> list[str]:
    if not links:
        return ["None in this window."]
    rows = [
        f"| {_cell(link['failed'])} | {link['grade']} | {_cell(link['reason'])} | {link['recovered_at'] or 'open'} |"
        for link in links[:FAILURES_MAX]
    ]
    more = len(links) - len(rows)
    head = ["| deployment | evidence | why | recovered |", "|---|---|---|---|"]
    return [*head, *rows, *(["", f"{more} more stand in the JSON."] if more else [])]


def _left_out(exclusions: Mapping[str, Mapping[str, int]]) -> list[str]:
    found = [
        f"- {kind}: {reason.replace('_', ' ')}: {count}"
        for kind, counts in exclusions.items()
        for reason, count in counts.items()
    ]
    return found or ["Nothing."]


def _targets(report: Mapping[str, Any]) -> list[str]:
    run = report["run"]
    told = "Nobody wrote down which run the figures are of."
    if run is not None:
        told = f"Figures of the run of all tests on `{run['commit'][:12]}`, made at {run['at']}."
    return [
        told,
        "",
        "| target | wanted | measured | n | holds | from |",
        "|---|---|---|---|---|---|",
        *(_target_row(each) for each in report["targets"]),
        "",
        *(f"- {each['name']}: {each['definition']}" for each in report["targets"]),
    ]


def _target_row(target: Mapping[str, Any]) -> str:
    holds = {True: "yes", False: "no", None: "-"}[target["holds"]]
    n = "-" if target["n"] is None else target["n"]
    return f"| {target['name']} | {_wanted(target)} | {_measured(target)} | {n} | {holds} | {target['source']} |"


def _wanted(target: Mapping[str, Any]) -> str:
    bound = target["bound"].replace("_", " ")
    if target["name"] == "test_pyramid":
        return f"60/30/10 %, {bound} {100 * target['limit']:.0f} points off"
    return f"{bound} {_figure(target['limit'], target['unit'])}"


def _measured(target: Mapping[str, Any]) -> str:
    why = "" if target["reason"] is None else _cell(target["reason"])
    if target["value"] is None:
        return f"no data: {why}"
    value, parts = _figure(target["value"], target["unit"]), target["parts"]
    if target["name"] == "test_pyramid":
        value = "/".join(f"{100 * share:.0f}" for share in parts.values()) + " %"
    elif target["name"] == "complexity":
        value += f" ({parts['above']} above)"
    elif target["name"] == "critical_repair_time":
        value += f" ({parts['open']} open)"
    return f"{value}; {why}" if why else value


def _figure(value: float, unit: str) -> str:
    return str(value) if unit == "complexity" else _value(value, unit)


def _cell(text: str) -> str:
    """Text of a commit or a log within a table: it neither ends the cell nor becomes markup."""
    flat = " ".join(text.split())
    return "".join(f"\\{each}" if each in r"\`*_[]<>|" else each for each in flat)
