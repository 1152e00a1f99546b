"""Exports over HTTP: asked for here, made by a worker, fetched by their own person only."""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse

from services.analytics import csvfile, export_store, pdf, spreadsheet
from services.analytics.audit import RequestId, record
from services.analytics.export_runner import ExportRunner
from services.analytics.export_schemas import ExportList, ExportOut, ExportRequest
from services.analytics.export_store import KEPT_MAX, OPEN_MAX, Export
from services.analytics.export_work import check, check_functions
from services.analytics.people import person_id
from services.analytics.routes import settings
from services.analytics.settings import Settings
from shared.errors import Conflict, NotFound, TooManyRequests, unprocessable
from shared.identity import Identity, need, require
from shared.postgres import Database, database

router = APIRouter(prefix="/api/v1/analytics/exports", tags=["analytics"])
KEY_LENGTH_MAX = 200
RETRY_AFTER_S = 10
MEDIA_TYPES = {"csv": csvfile.MEDIA_TYPE, "xlsx": spreadsheet.MEDIA_TYPE, "pdf": pdf.MEDIA_TYPE}
FUNCTIONS = {"csv": "RPT-004", "xlsx": "RPT-005", "pdf": "RPT-006"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
UNSAFE = re.compile(r"[^\w.() -]+")


class ExportNotFound(NotFound):
    """There is no such export of yours; exports are forgotten 24 hours after they were made."""


class TooManyExports(TooManyRequests):
    """Five exports of yours wait or run already; wait for one to end, or cancel one."""


class TooManyKept(Conflict):
    """You keep 50 exports; delete one that you no longer need."""


class NotReady(Conflict):
    """The export has no file: it is not made yet, or it failed."""


class OtherSegment(Conflict):
    """Your data segment has changed since this was made; ask for the export again."""


async def runner(request: Request) -> ExportRunner:
    found: ExportRunner = request.app.state.exports
    return found


Reader = Annotated[Identity, Depends(require("RPT-001"))]
Db = Annotated[Database, Depends(database)]
Config = Annotated[Settings, Depends(settings)]


@router.post("", status_code=202)
async def create_export(
    body: ExportRequest,
    identity: Reader,
    db: Db,
    config: Config,
    runs: Annotated[ExportRunner, Depends(runner)],
    response: Response,
    request_id: RequestId,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=KEY_LENGTH_MAX)] = None,
) -> ExportOut:
    """Have a report, a query or calls made as a file in the background: up to 1 000 000 rows and 200 MB.

    The same Idempotency-Key gives the same export. Whether its person still may, and their data segment, are looked
    at again when it is made.
    """
    owner = person_id(identity)
    check_functions(body, identity)
    text = body.model_dump_json(by_alias=True, exclude_unset=True)
    async with db.transaction() as conn:
        waiting, kept = await export_store.counts(conn, owner)
        earlier = None if idempotency_key is None else await export_store.by_key(conn, owner, idempotency_key, text)
        if earlier is not None:
            export, same = earlier
            if not same:
                raise unprocessable("Idempotency-Key", "this key was used for another request", "use a new key")
            return export_out(export)
        name = await check(conn, body, segment=identity.segment, config=config)
        if waiting >= OPEN_MAX:
            raise TooManyExports(retry_after_s=RETRY_AFTER_S)
        if kept >= KEPT_MAX:
            raise TooManyKept
        export = await export_store.insert(
            conn, user_id=owner, kind=body.kind, form=body.format, name=name, request=text, key=idempotency_key
        )
        about = {"kind": body.kind, "format": body.format}
        await record(conn, "EXPORT_REQUESTED", owner, ("export", export.export_id), request_id=request_id, **about)
    runs.wake()
    response.headers["Location"] = f"/api/v1/analytics/exports/{export.export_id}"
    return export_out(export)


@router.get("")
async def list_exports(identity: Reader, db: Db) -> ExportList:
    """Your exports, the newest first."""
    async with db.transaction(readonly=True) as conn:
        return ExportList(items=[export_out(each) for each in await export_store.of_person(conn, person_id(identity))])


@router.get("/{export_id}")
async def read_export(export_id: str, identity: Reader, db: Db) -> ExportOut:
    """One export and how far it has come."""
    async with db.transaction(readonly=True) as conn:
        return export_out(await _own(conn, identity, export_id))


@router.delete("/{export_id}", status_code=204)
async def delete_export(export_id: str, identity: Reader, db: Db, config: Config, request_id: RequestId) -> None:
    """Cancel an export that waits or runs; forget one that has ended, with its file."""
    async with db.transaction() as conn:
        export = await _own(conn, identity, export_id)
        cancelled = await export_store.cancel(conn, export.user_id, export.export_id)
        if cancelled or await export_store.forget(conn, export.user_id, export.export_id):
            event = "EXPORT_CANCELLED" if cancelled else "EXPORT_DELETED"
            await record(conn, event, export.user_id, ("export", export.export_id), request_id=request_id)
    await asyncio.to_thread((config.exports_dir / export.file).unlink, missing_ok=True)


@router.get(
    "/{export_id}/file",
    response_class=FileResponse,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                spreadsheet.MEDIA_TYPE: BINARY,
                pdf.MEDIA_TYPE: BINARY,
            }
        }
    },
)
async def read_export_file(export_id: str, identity: Reader, db: Db, config: Config, request_id: RequestId) -> Any:
    """The file of an export that is done. Needs the function of its format, and the data segment it was made with."""
    async with db.transaction(readonly=True) as conn:
        export = await _own(conn, identity, export_id)
    need(identity, FUNCTIONS[export.format], what=f"An export as {export.format.upper()}")
    if export.state != "done":
        raise NotReady(f"The export is {export.state}: {export.detail}" if export.detail else None)
    if identity.segment not in (None, export.segment):
        raise OtherSegment
    path = config.exports_dir / export.file
    if not path.is_file():
        raise ExportNotFound("The file of this export is gone; ask for the export again.")
    about = {"format": export.format, "rows": export.rows_done, "segment": export.segment}
    async with db.transaction() as conn:  # before the first byte: what is not in the trail is not handed out
        await record(
            conn, "EXPORT_DOWNLOADED", export.user_id, ("export", export.export_id), request_id=request_id, **about
        )
    name = UNSAFE.sub("_", export.name).strip() or "export"
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[export.format],
        filename=f"{name}.{export.format}",
        headers={"Cache-Control": "private, no-store"},
    )


async def _own(conn: Any, identity: Identity, export_id: str) -> Export:
    """The caller's own export. Raises ExportNotFound, also for somebody else's."""
    owner = person_id(identity)
    found = await export_store.one(conn, owner, int(export_id)) if is_id(export_id) else None
    if found is None:
        raise ExportNotFound
    return found


def is_id(text: str) -> bool:
    """Whether the text can be the number of a row."""
    return bool(re.fullmatch(r"[0-9]{1,18}", text))


def export_out(export: Export) -> ExportOut:
    total = export.rows_total
    progress = 1.0 if export.state == "done" else None if not total else min(export.rows_done / total, 1.0)
    return ExportOut(
        id=str(export.export_id),
        kind=export.kind,
        format=export.format,
        name=export.name,
        state=export.state,
        rows_done=export.rows_done,
        rows_total=total,
        progress=progress,
        bytes=export.bytes,
        detail=export.detail,
        schedule_id=None if export.schedule_id is None else str(export.schedule_id),
        data_as_of=export.data_as_of,
        created_at=export.created_at,
        started_at=export.started_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
        request=export.request,
    )
