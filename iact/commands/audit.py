"""`iact audit verify`: prove the whole audit trail, from the database and the anchors beside it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.system import System
from services.sessions import audit, proof
from services.sessions.accounts import OPERATOR
from services.sessions.anchors import AnchorFile
from services.sessions.local_files import anchor_key
from services.sessions.proof import Proof
from services.sessions.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Anchors = Annotated[
    Path | None, typer.Option(help="The anchors file, or a copy kept elsewhere; the running system's if left out.")
]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="The audit trail.", no_args_is_help=True)
    group.command("verify")(verify)
    group.callback()(lambda: None)
    app.add_typer(group, name="audit")


def verify(*, anchors: Anchors = None, json_output: AsJson = False, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Verify every event, seal and anchor; exit code 1 and the places when something was changed."""
    found = asyncio.run(_prove(System.load(data_dir), anchors))
    if json_output:
        typer.echo(json.dumps(document(found)))
    else:
        for line in sentences(found):
            typer.echo(line)
    if not found.intact:
        raise typer.Exit(1)


async def _prove(system: System, anchors: Path | None) -> Proof:
    settings = Settings(iact_data_dir=system.data_dir, iact_secrets_dir=system.secrets_dir)
    file = AnchorFile(anchors or settings.anchors_file, anchor_key(system.secrets_dir))
    try:
        conn = await asyncpg.connect(**system.service_database("sessions").connect_arguments(), timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandFailed(f"PostgreSQL does not answer: {error}") from error
    try:
        # The trail says that it was read; then one snapshot of it, so that the sealer may go on.
        async with conn.transaction():
            await audit.record(conn, "AUDIT_VERIFIED", OPERATOR)
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            return await proof.verify(conn, file, progress=_progress if sys.stderr.isatty() else None)
    finally:
        await conn.close()


def _progress(position: int, last: int) -> None:
    typer.echo(f"\r{position} of {last} events", nl=position == last, err=True)


def sentences(found: Proof) -> list[str]:
    """The proof for a person."""
    anchored = (
        f"{found.anchors} anchors, the last of {found.anchored_at} at event {found.anchored_position}"
        if found.anchors
        else "no anchor yet"
    )
    if found.intact:
        return [
            f"The audit trail is intact: {found.head} sealed events, {anchored}.",
            "What was recorded after the last anchor could be cut off unseen.",
        ]
    places = [
        f"  {each.kind}{'' if each.position is None else f' at {each.position}'}"
        f"{'' if each.event_id is None else f' (event {each.event_id})'}: {each.detail}"
        for each in found.breaks
    ]
    return [f"The audit trail is NOT intact: {found.head} sealed events, {anchored}.", *places]


def document(found: Proof) -> dict[str, Any]:
    """The proof for a script."""
    return {
        "intact": found.intact,
        "chain": found.chain,
        "head": found.head,
        "anchors": found.anchors,
        "anchored_position": found.anchored_position,
        "anchored_at": found.anchored_at,
        "waiting": found.waiting,
        "breaks": [
            {"kind": each.kind, "position": each.position, "event_id": each.event_id, "detail": each.detail}
            for each in found.breaks
        ],
    }
