"""Checks the logs of a folder, record by record, and tells each thing that is wrong with its place and the way out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.dora.delivery.logs import LogError, load, logs_of
from services.dora.logs.models import LOGS, Record

WAYS_OUT: Mapping[str, str] = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a field of this log; correct its name or leave it out",
    "literal_error": "must be {expected}",
    "string_type": "must be a text, in quotes",
    "bool_type": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "list_type": 'must be a list of names, like ["gateway"]',
    "model_type": "must be an object, like {{...}}",
    "string_too_short": "must not be empty; leave it out instead",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be 7 to 64 hexadecimal digits in lower case",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `record` counts from 1, and is None where the file as a whole is meant."""

    file: str
    record: int | None
    field: str | None
    sentence: str

    def line(self) -> str:
        places = [self.file, None if self.record is None else f"record {self.record}", self.field]
        return ": ".join([*(place for place in places if place is not None), self.sentence])


@dataclass(frozen=True, slots=True)
class Checked:
    """How many records each file holds, and all problems in the order of files and records."""

    records: Mapping[str, int]
    problems: tuple[Problem, ...]


def check(folder: Path) -> Checked:
    """Every log of a folder; a file of another name is no log and is left alone."""
    records: dict[str, int] = {}
    problems: list[Problem] = []
    for kind, (model, key) in LOGS.items():
        seen: dict[str, str] = {}
        for file in logs_of(folder, kind):
            try:
                found = load(file)
            except LogError as error:
                problems.append(Problem(str(file), None, None, str(error).removeprefix(f"{file}: ")))
                continue
            records[str(file)] = len(found)
            for number, record in enumerate(found, start=1):
                problems += _problems(model, key, seen, Problem(str(file), number, None, ""), record)
    return Checked(records, tuple(problems))


def _problems(model: type[Record], key: str, seen: dict[str, str], place: Problem, record: Any) -> Iterator[Problem]:
    try:
        model.model_validate_json(json.dumps(record))
    except ValidationError as error:
        for each in error.errors(include_url=False):
            yield _problem(place, ".".join(str(part) for part in each["loc"]), each)
    name = record.get(key) if isinstance(record, dict) else None
    if not isinstance(name, str):
        return
    if name in seen:
        sentence = f"{name!r} stands in {seen[name]} already; give each record its own"
        yield Problem(place.file, place.record, key, sentence)
    seen.setdefault(name, f"{Path(place.file).name}, record {place.record},")


def _problem(place: Problem, field: str, error: Any) -> Problem:
    if error["type"] == "value_error":
        sentence = str(error["ctx"]["error"])
        # A rule over several fields names the one to look at first.
        named, parted, rest = sentence.partition(": ")
        if parted and named.isidentifier():
            field, sentence = ".".join(part for part in (field, named) if part), rest
    else:
        way_out = WAYS_OUT.get(error["type"])
        sentence = error["msg"] if way_out is None else way_out.format(**error.get("ctx", {}))
    return Problem(place.file, place.record, field or None, sentence)
