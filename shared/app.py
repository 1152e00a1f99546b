"""create_app(): what every service has — lifespan, request id, problem+json, health, metrics, identity."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared import errors, health, log, metrics, pulse, validation
from shared.asked import Asked
from shared.identity import LazyVerifier
from shared.middleware import Frame
from shared.postgres import Database
from shared.replicas import watched_replicas
from shared.revalidation import Revalidation
from shared.settings import ServiceSettings
from shared.tracing import Spans, sending

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
REQUEST_TOO_SLOW = "This question takes longer than the limit of 30 s; narrow the period or add a filter."


class FieldProblem(BaseModel):
    param: str
    detail: str
    suggestion: str | None = None


class ProblemDocument(BaseModel):
    """RFC 9457, as every error leaves."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FieldProblem] | None = None


def create_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    lifespan: Lifespan | None = None,
    checks: Callable[[FastAPI], Mapping[str, health.Check]] | None = None,
    lanes: Mapping[tuple[str, str], int] | None = None,
    loads_give_way: bool = False,
) -> FastAPI:
    """A service's application. Importing it connects to nothing; its lifespan opens the database and `lifespan`.

    `checks` adds to readiness what else the service depends on (the database is always asked); `lanes` gives single
    operations (method, path) a limit of their own, see shared.middleware. With `loads_give_way` loads hold back while
    people ask this service, see shared.asked.
    """
    app = FastAPI(
        title=title,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan(settings, lifespan, checks),
        dependencies=[Depends(validation.refuse_unknown_parameters), Depends(validation.refuse_nul)],
        responses={"default": {"model": ProblemDocument, "description": "RFC 9457 problem"}},
    )
    app.state.verifier = LazyVerifier(settings.secrets_dir, settings.service)
    app.state.checks = {}
    app.state.asked = Asked() if loads_give_way else None
    for router in (health.router(settings.service), *routers):
        app.include_router(router)
    _install_handlers(app)
    app.add_middleware(Revalidation)
    app.state.spans = Spans(settings.iact_otlp_endpoint, settings.service) if settings.iact_otlp_endpoint else None
    app.add_middleware(
        Frame,
        spans=app.state.spans,
        asked=app.state.asked,
        service=settings.service,
        in_flight_max=2 * settings.iact_pool_connections_max,
        lanes=lanes or {},
    )
    return app


def _lifespan(
    settings: ServiceSettings,
    inner: Lifespan | None,
    checks: Callable[[FastAPI], Mapping[str, health.Check]] | None,
) -> Lifespan:
    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        log.configure(service=settings.service, form=settings.iact_log_format)
        async with AsyncExitStack() as stack:
            stack.enter_context(metrics.serve(settings.iact_metrics_port))
            await stack.enter_async_context(sending(app.state.spans))
            database = Database(settings.database(), connections_max=settings.iact_pool_connections_max)
            await database.open()
            stack.push_async_callback(database.close)
            await stack.enter_async_context(pulse.watched(database, app.state.asked))
            app.state.database = database
            app.state.checks = {"postgres": database.ping}
            app.state.readings = readings = await stack.enter_async_context(watched_replicas(database, settings))
            if readings is not None and app.state.asked is not None:
                app.state.asked.elsewhere = readings.spare_the_primary
            if inner is not None:
                await stack.enter_async_context(inner(app))
            if checks is not None:
                app.state.checks.update(checks(app))
            _settle()
            yield

    return run


@cache
def _settle() -> None:
    """Once a process is up, what it has stays: looking through all of it for garbage stops the event loop (67 ms)."""
    gc.collect()
    gc.freeze()


def _install_handlers(app: FastAPI) -> None:
    def handle(
        kind: type[Exception], translate: Callable[[Any], errors.Problem]
    ) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
        async def handler(request: Request, error: Exception) -> JSONResponse:
            return problem_response(request, translate(error))

        app.add_exception_handler(kind, handler)
        return handler

    handle(errors.Problem, lambda problem: problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    handle(HTTPException, _from_http)
    handle(asyncpg.QueryCanceledError, lambda _: errors.Unavailable(REQUEST_TOO_SLOW, retry_after_s=1))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    return problem_response(request, validation.problem(request, error))


def problem_response(request: Request, problem: errors.Problem) -> JSONResponse:
    body = problem.body(instance=request.url.path, request_id=getattr(request.state, "request_id", ""))
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=errors.PROBLEM_JSON)


class MethodNotAllowed(errors.Problem):
    """This address does not take that method."""

    status = 405


FRAMEWORK_PROBLEMS: dict[int, type[errors.Problem]] = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: MethodNotAllowed,
    406: errors.NotAcceptable,
    413: errors.TooLarge,
    422: errors.Unprocessable,
    429: errors.TooManyRequests,
    503: errors.Unavailable,
}


def _from_http(error: HTTPException) -> errors.Problem:
    """A status that the framework itself gives, as the tree's own class where it has one."""
    kind = FRAMEWORK_PROBLEMS.get(error.status_code, errors.BadRequest)
    title = HTTPStatus(error.status_code).phrase
    return kind(None if error.detail == title else str(error.detail), headers=error.headers)
