"""What a look at one part of the system found, and what a person should make of it. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any


class Severity(IntEnum):
    """How much it matters, least first."""

    GOOD = 0  # looked at, and right
    NOTE = 1  # worth knowing, nobody has to do anything
    WARNING = 2  # needs hands before it hurts
    CRITICAL = 3  # hurts now, or data is at risk

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on what is; where it is not good also what it means and what to do."""

    check: str
    severity: Severity
    what: str
    meaning: str = ""
    way_out: str = ""

    @property
    def needs_hands(self) -> bool:
        return self.severity >= Severity.WARNING

    def document(self) -> dict[str, Any]:
        """The finding for a script."""
        return {**asdict(self), "severity": self.severity.word}


def good(check: str, what: str) -> Finding:
    return Finding(check, Severity.GOOD, what)


def note(check: str, what: str, meaning: str = "", way_out: str = "") -> Finding:
    return Finding(check, Severity.NOTE, what, meaning, way_out)


def warning(check: str, what: str, meaning: str, way_out: str) -> Finding:
    return Finding(check, Severity.WARNING, what, meaning, way_out)


def critical(check: str, what: str, meaning: str, way_out: str) -> Finding:
    return Finding(check, Severity.CRITICAL, what, meaning, way_out)


def sentences(findings: Iterable[Finding]) -> list[str]:
    """The findings for a person, in the order of the looks; a line each, and below it what to make of it."""
    lines: list[str] = []
    for found in findings:
        lines.append(f"{found.severity.word:<8}  {found.check:<12}  {found.what}")
        lines += [f"{'':24}{text}" for text in (found.meaning, found.way_out and f"Do: {found.way_out}") if text]
    return lines
