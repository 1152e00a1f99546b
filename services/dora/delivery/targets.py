"""The customer's quality targets beside the delivery metrics: what is wanted, what was measured, whether it holds.

Standard library only. Figures come from the files that a run of all tests leaves in one folder, repairs from the
incident logs. What nobody measured is None with the reason: a missing file is never a pass.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, TypeAlias

from services.dora.delivery.logs import SHA, instant
from services.dora.delivery.model import DAY_S, Incident, Window

TargetName: TypeAlias = Literal["coverage", "test_pyramid", "complexity", "critical_repair_time"]

COVERAGE_MIN = 0.8
PYRAMID: Mapping[str, float] = {"unit": 0.6, "integration": 0.3, "e2e": 0.1}
PYRAMID_TOLERANCE = 0.1  # a shape, not a sum: a share ten points off is another shape
COMPLEXITY_MAX = 10
REPAIR_S_MAX = 2 * DAY_S
CRITICAL = "critical"

FOLDER = "build/quality"  # below the repository; ignored by git
COVERAGE_FILE, PYRAMID_FILE, COMPLEXITY_FILE, RUN_FILE = "coverage.xml", "pyramid.json", "complexity.json", "run.json"
INCIDENTS_FILE = "incident_logs.json"
FILE_BYTES_MAX = 50_000_000  # a hundred thousand functions; ruff tells five hundred bytes of each
HEAD_CHARS = 4_000  # the first element of coverage.xml stands within
WRITTEN_BY = "./scripts/run_all_tests.sh writes it"

COVERAGE_ELEMENT = re.compile(r"<coverage\b[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)="(\d{1,12})"')
COMPLEXITY = re.compile(r"too complex \((\d{1,6}) > \d+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target. `value` is in `unit` (ratio, s, complexity) and keeps the `bound` of `limit`, or not: `holds`.

    `parts` are what the value is made of; `n` of how many things; `reason` says why there is no value, or why it does
    not hold although the value alone would.
    """

    name: TargetName
    unit: Literal["ratio", "complexity", "s"]
    bound: Literal["at_least", "at_most"]
    limit: float
    value: float | None
    n: int | None
    parts: Mapping[str, float] = field(default_factory=dict)
    holds: bool | None
    reason: str | None
    source: str
    definition: str


@dataclass(frozen=True, slots=True)
class Figure:
    """What a file told."""

    value: float
    n: int
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """One target as it is wanted, and who reads its file."""

    unit: Literal["ratio", "complexity", "s"]
    bound: Literal["at_least", "at_most"]
    limit: float
    source: str
    definition: str


def targets(
    folder: Path | None, incidents: Sequence[Incident] | None, window: Window, *, unknown: str | None = None
) -> list[Target]:
    """The four targets: figures of `folder`, and repairs of a window. None: nobody said where they are.

    `unknown` says why there are no incidents, where it is not that their log is missing.
    """
    read = {name: _figure(folder, KINDS[name].source, reader) for name, reader in READERS.items()}
    return [*(_target(name, *found) for name, found in read.items()), repair_time(incidents, window, unknown=unknown)]


def run_of(folder: Path | None) -> dict[str, str] | None:
    """Which commit the figures are of, and when they were made; None where nobody wrote it down."""
    if folder is None:
        return None
    try:
        told = json.loads(_text(folder / RUN_FILE))
        found = {name: told[name] for name in ("commit", "at")}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(isinstance(each, str) for each in found.values()):
        return None
    return found if SHA.fullmatch(found["commit"]) and instant(found["at"]) is not None else None


def report(found: Sequence[Target], run: Mapping[str, str] | None) -> dict[str, Any]:
    """The targets as JSON."""
    return {"run": None if run is None else dict(run), "targets": [asdict(each) for each in found]}


def repair_time(incidents: Sequence[Incident] | None, window: Window, *, unknown: str | None = None) -> Target:
    """The mean over critical incidents repaired within the window; those open at its end are counted beside it.

    Were all of them repaired at that moment, the mean would be at least `mean_with_open`: where that misses the target,
    the target is missed already.
    """
    if incidents is None:
        why = unknown or f"{INCIDENTS_FILE} is missing: nobody told of incidents"
        return _target("critical_repair_time", None, why)
    critical = [each for each in incidents if each.severity == CRITICAL and each.detected_at < window.until]
    took = [
        each.resolved_at - each.detected_at
        for each in critical
        if each.resolved_at is not None and window.since <= each.resolved_at < window.until
    ]
    lasting = [
        window.until - each.detected_at
        for each in critical
        if each.resolved_at is None or each.resolved_at >= window.until
    ]
    if not took and not lasting:
        return _target("critical_repair_time", None, "no critical incident was repaired in this window, none is open")
    with_open = fmean([*took, *lasting])
    parts = {"open": len(lasting), "mean_with_open": with_open}
    late = with_open > REPAIR_S_MAX
    if not took:
        told = "no critical incident was repaired in this window, and what is open has lasted "
        told += "longer than the target" if late else "less than the target"
        return _target("critical_repair_time", None, told, parts=parts, missed=late)
    figure = Figure(fmean(took), len(took), parts)
    spoiled = "what is still open takes the mean above the target" if late and figure.value <= REPAIR_S_MAX else None
    return _target("critical_repair_time", figure, spoiled, missed=late)


def _target(
    name: TargetName,
    figure: Figure | None,
    reason: str | None,
    *,
    parts: Mapping[str, float] | None = None,
    missed: bool = False,
) -> Target:
    kind = KINDS[name]
    return Target(
        name=name,
        unit=kind.unit,
        bound=kind.bound,
        limit=kind.limit,
        value=None if figure is None else figure.value,
        n=None if figure is None else figure.n,
        parts=dict(figure.parts if figure is not None else parts or {}),
        holds=False if missed else _holds(kind, figure),
        reason=reason,
        source=kind.source,
        definition=kind.definition,
    )


def _holds(kind: Kind, figure: Figure | None) -> bool | None:
    if figure is None:
        return None
    return figure.value >= kind.limit if kind.bound == "at_least" else figure.value <= kind.limit


def _figure(folder: Path | None, name: str, read: Callable[[str], Figure]) -> tuple[Figure, None] | tuple[None, str]:
    if folder is None:
        return None, "no folder of figures is named"
    try:
        return read(_text(folder / name)), None
    except FileNotFoundError:
        return None, f"{name} is missing: {WRITTEN_BY}"
    except OSError as error:
        return None, f"{name} cannot be read ({error.strerror})"
    except KeyError as error:
        return None, f"{name} lacks {error}"
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return None, f"{name} is not what {WRITTEN_BY.removesuffix(' it')}: {str(error)[:120] or 'it is damaged'}"


def _text(path: Path) -> str:
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"it is larger than {FILE_BYTES_MAX} bytes")
    return path.read_text(encoding="utf-8")


def _coverage(text: str) -> Figure:
    element = COVERAGE_ELEMENT.search(text[:HEAD_CHARS])
    if element is None:
        raise ValueError("it has no element coverage")
    told = {name: int(digits) for name, digits in ATTRIBUTE.findall(element[0])}
    lines, branches = (told["lines-covered"], told["lines-valid"]), (told["branches-covered"], told["branches-valid"])
    if not lines[1] or lines[0] > lines[1] or branches[0] > branches[1]:
        raise ValueError("its counts of lines and branches cannot be")
    n = lines[1] + branches[1]
    parts = {"lines": lines[0] / lines[1]} | ({"branches": branches[0] / branches[1]} if branches[1] else {})
    return Figure((lines[0] + branches[0]) / n, n, parts)


def _pyramid(text: str) -> Figure:
    counts = Counter(markers[0] for markers in json.loads(text).values() if len(markers) == 1)
    total = sum(counts[name] for name in PYRAMID)
    if not total:
        raise ValueError("it names no test")
    shares = {name: counts[name] / total for name in PYRAMID}
    furthest = max(abs(shares[name] - aim) for name, aim in PYRAMID.items())
    return Figure(round(furthest, 9), total, shares)  # rounded, or 0.4 - 0.3 would be more than 0.1


def _complexity(text: str) -> Figure:
    found = [COMPLEXITY.search(each["message"]) for each in json.loads(text) if each["code"] == "C901"]
    numbers = [int(each[1]) for each in found if each is not None]
    if not numbers or len(numbers) < len(found):
        raise ValueError("it does not tell the complexity of every function")
    return Figure(max(numbers), len(numbers), {"above": sum(each > COMPLEXITY_MAX for each in numbers)})


READERS: Mapping[TargetName, Callable[[str], Figure]] = {
    "coverage": _coverage,
    "test_pyramid": _pyramid,
    "complexity": _complexity,
}
KINDS: Mapping[TargetName, Kind] = {
    "coverage": Kind(
        "ratio",
        "at_least",
        COVERAGE_MIN,
        COVERAGE_FILE,
        "Lines and branches that the tests reach, of all lines and branches.",
    ),
    "test_pyramid": Kind(
        "ratio",
        "at_most",
        PYRAMID_TOLERANCE,
        PYRAMID_FILE,
        "How far the share of unit, integration or e2e tests lies from 60/30/10 %, whichever is furthest.",
    ),
    "complexity": Kind(
        "complexity",
        "at_most",
        COMPLEXITY_MAX,
        COMPLEXITY_FILE,
        "The cyclomatic complexity of the most complex function.",
    ),
    "critical_repair_time": Kind(
        "s",
        "at_most",
        REPAIR_S_MAX,
        INCIDENTS_FILE,
        "From the detection of a critical incident to its resolution, mean over those resolved in the window.",
    ),
}
