"""Every error that leaves a service, as one tree.

Problem
├── BadRequest        400  the request makes no sense
├── Unauthorized      401  nobody is signed in
├── Forbidden         403  signed in, but not allowed
├── NotFound          404  no such thing (or its existence must not be told)
├── NotAcceptable     406  this form of answer does not exist
├── Conflict          409  the thing is in another state than the caller thinks
├── Gone              410  it was there and was removed on purpose
├── TooLarge          413  the body or the result is over a named limit
├── Unprocessable     422  a field is wrong; `errors` names it and the way out
├── TooManyRequests   429  slow down; carries Retry-After
└── Unavailable       503  a part is down or full; carries Retry-After

`status` is a class attribute and the docstring is the default sentence, so the text stands where a reader looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: where (`param`, dotted path), why (`detail`) and, where known, what to write instead."""

    param: str
    detail: str
    suggestion: str | None = None

    def as_dict(self) -> dict[str, Any]:
        body = {"param": self.param, "detail": self.detail}
        return body if self.suggestion is None else {**body, "suggestion": self.suggestion}


class Problem(Exception):  # noqa: N818 - the name is RFC 9457's
    """Something went wrong."""

    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)
        super().__init__(self.detail)

    def body(self, *, instance: str, request_id: str) -> dict[str, Any]:
        """The RFC 9457 document; `type` is the class's name, stable for programs."""
        document: dict[str, Any] = {
            "type": f"urn:iact:problem:{_kebab(type(self).__name__)}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
        }
        if self.errors:
            document["errors"] = [error.as_dict() for error in self.errors]
        return document


class BadRequest(Problem):
    """The request makes no sense."""

    status = 400


class Unauthorized(Problem):
    """Sign in first."""

    status = 401


class Forbidden(Problem):
    """You may not do this."""

    status = 403


class NotFound(Problem):
    """There is no such thing."""

    status = 404


class NotAcceptable(Problem):
    """This form of answer does not exist."""

    status = 406


class Conflict(Problem):
    """The thing is in another state than the request expects."""

    status = 409


class Gone(Problem):
    """This was there, and was removed."""

    status = 410


class TooLarge(Problem):
    """This is larger than the limit allows."""

    status = 413


class Unprocessable(Problem):
    """A field of the request is wrong."""

    status = 422


class TooManyRequests(Problem):
    """Too many requests; wait as long as Retry-After says."""

    status = 429


class Unavailable(Problem):
    """A part of the system is not reachable; try again after the time that Retry-After says."""

    status = 503


def unprocessable(param: str, detail: str, suggestion: str | None = None) -> Unprocessable:
    """A 422 about one field."""
    return Unprocessable(f"{param}: {detail}", errors=[FieldError(param, detail, suggestion)])


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
