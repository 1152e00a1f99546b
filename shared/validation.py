"""Turns the framework's findings about a request into fields, sentences and ways out for the person who wrote it."""

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.errors import FieldError, Unprocessable, unprocessable

FIELD_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
QUOTED = re.compile(r"'([^']*)'")
WHOLE = "body"
NUL = "\x00"
NUL_IN_JSON = b"u0000"  # the only spelling that JSON has for it
NO_NUL = "holds the character NUL (U+0000), which no text may; leave it out"
# The framework's sentences that speak of Python, said again for a person.
SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    "string_pattern_mismatch": "does not have the form that is asked for ({pattern})",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "string_type": "is not a text",
    "list_type": "is not a list",
    "dict_type": "is not an object",
    "model_attributes_type": "is not an object",
    "model_type": "is not an object",
    "too_short": "needs at least {min_length} entries",
    "too_long": "takes at most {max_length} entries",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "takes at most {max_length} characters",
    "literal_error": "is not one of {expected}",
    "enum": "is not one of {expected}",
    "timezone_aware": "needs a time zone, as in 2025-07-01T00:00:00-06:00",
    "datetime_from_date_parsing": "is not a time such as 2025-07-01T00:00:00-06:00",
    "datetime_parsing": "is not a time such as 2025-07-01T00:00:00-06:00",
    "date_parsing": "is not a day such as 2025-07-01",
    "date_from_datetime_parsing": "is not a day such as 2025-07-01",
}


def problem(request: Request, error: RequestValidationError) -> Unprocessable:
    """One 422 that names each bad field once, by the name that the caller wrote."""
    model = _body_model(request)
    found: dict[str, FieldError] = {}
    for each in error.errors():
        field = _field(each, model)
        if (known := found.get(field.param)) is None:
            found[field.param] = field
        elif field.detail not in known.detail:
            # The members of a union complain one by one about the same field.
            found[field.param] = FieldError(
                field.param, f"{known.detail}, or {field.detail}", known.suggestion or field.suggestion
            )
    fields = list(found.values())
    return Unprocessable("; ".join(f"{field.param}: {field.detail}" for field in fields), errors=fields)


async def refuse_nul(request: Request) -> None:
    """FastAPI dependency of every route: NUL, which no text of PostgreSQL can hold, is refused where it is written."""
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if NUL in str(value) or NUL in name:
            raise unprocessable(name.replace(NUL, ""), NO_NUL)
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None or NUL_IN_JSON not in await request.body():
        return
    try:
        document = await request.json()
    except ValueError:
        return  # no JSON: the framework says so
    if (place := _place_of_nul(document)) is not None:
        raise unprocessable(place, NO_NUL)


def _place_of_nul(document: Any) -> str | None:
    """The path of the first text with NUL in it, as `filters.0.values.2`."""
    left: list[tuple[str, Any]] = [("", document)]
    while left:
        place, value = left.pop()
        if isinstance(value, str) and NUL in value:
            return place.removeprefix(".") or WHOLE
        if isinstance(value, dict):
            for name, inner in value.items():
                left.append((f"{place}.{name}".replace(NUL, ""), name if NUL in name else inner))
        elif isinstance(value, list):
            left.extend((f"{place}.{at}", inner) for at, inner in enumerate(value))
    return None


async def refuse_unknown_parameters(request: Request) -> None:
    """FastAPI dependency of every route: a misspelt query parameter is an error, not a filter that does nothing."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = {name for name, _ in _query_names(route.dependant)}
    for name in request.query_params:
        if name not in known:
            raise unprocessable(name, "there is no such parameter", _closest(name, known))


def _query_names(dependant: Dependant) -> Iterable[tuple[str, Any]]:
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        models = list(_models(annotation))
        if models:
            yield from ((name, None) for model in models for name in _aliases(model))
        else:
            yield parameter.alias, annotation
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _field(error: Mapping[str, Any], model: Any) -> FieldError:
    location: Sequence[Any] = error["loc"]
    kind: str = error["type"]
    path = [part for part in location[1:] if isinstance(part, int) or FIELD_NAME.match(str(part))]
    if kind == "json_invalid":
        reason = f"is not valid JSON: {error['ctx']['error']} at character {location[-1]}"
        return FieldError(WHOLE, reason)
    detail = _sentence(error)
    if not path and isinstance(error.get("input"), dict):
        # A check over several fields starts its sentence with the one to change.
        first = detail.split(" ", 1)[0].rstrip(":")
        path = [first] if first in error["input"] else []
    param = ".".join(str(part) for part in path) or (str(location[0]) if location else WHOLE)
    return FieldError(param, detail, _suggestion(error, location, model))


def _sentence(error: Mapping[str, Any]) -> str:
    template = SENTENCES.get(error["type"])
    if template is None:
        return str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return template.format_map({name: str(value) for name, value in (error.get("ctx") or {}).items()})


def _suggestion(error: Mapping[str, Any], location: Sequence[Any], model: Any) -> str | None:
    if error["type"] == "extra_forbidden":
        siblings = {name for found in _models_at(model, location[1:-1]) for name in _aliases(found)}
        return _closest(str(location[-1]), siblings)
    if error["type"] in {"literal_error", "enum"} and isinstance(error.get("input"), str):
        return _closest(error["input"], QUOTED.findall(str(error["ctx"]["expected"])))
    return None


def _closest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.5)), None)


def _body_model(request: Request) -> Any:
    route = request.scope.get("route")
    if isinstance(route, APIRoute) and route.body_field is not None:
        return route.body_field.field_info.annotation
    return None


def _models_at(annotation: Any, path: Sequence[Any]) -> list[type[BaseModel]]:
    """The models that may stand at this place of a document; tags of union members in the path are passed over."""
    models = list(_models(annotation))
    if not path:
        return models
    here, *rest = path
    inner = [
        field.annotation
        for model in models
        for name, field in model.model_fields.items()
        if here in {name, field.alias}
    ]
    if not inner:
        return _models_at(annotation, rest)
    return [found for each in inner for found in _models_at(each, rest)]


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Union, types.UnionType, Annotated, list, tuple, dict}:
        for argument in get_args(annotation):
            yield from _models(argument)


def _aliases(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
