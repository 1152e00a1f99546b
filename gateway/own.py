"""The gateway's own endpoints: health, the OpenAPI document, its offline docs. All else is forwarded or a file."""

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from gateway import health, openapi
from gateway.health import Prober
from gateway.page import Asset
from gateway.problems import BROKEN
from shared.app import problem_response
from shared.errors import Problem

own = APIRouter(prefix="/api", include_in_schema=False)


@own.get("/openapi.json")
async def read_openapi(request: Request) -> Response:
    return asset_response(openapi.document(), request)


@own.get("/docs")
async def read_docs() -> Response:
    return HTMLResponse(openapi.docs_page(), headers={"cache-control": "no-cache"})


@own.get("/docs/{name}")
async def read_docs_file(name: str, request: Request) -> Response:
    return asset_response(openapi.docs_files()[f"/api/docs/{name}"], request)


def asset_response(asset: Asset, request: Request) -> Response:
    status, headers, body = asset.answer(
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match"),
    )
    return Response(body, status, headers={name.decode(): value.decode() for name, value in headers})


def create_own(prober: Prober) -> FastAPI:
    """The application behind the gateway's own addresses."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, generate_unique_id_function=lambda each: each.name)
    app.state.prober = prober
    app.add_exception_handler(Exception, _broken)
    app.include_router(health.router)
    app.include_router(own)
    return app


async def _broken(request: Request, _: Exception) -> Response:
    return problem_response(request, Problem(BROKEN))


def own_paths() -> frozenset[str]:
    """Exactly what `create_own` answers; other addresses below /api and /health do not exist."""
    return frozenset({"/health/live", "/health/ready", "/api/openapi.json", "/api/docs", *openapi.docs_files()})
