"""`iact rollups`: which sources have rollups for all of their facts, and how to have them made anew."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from iact.commands.ingest import call_service
from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir

POLL_EVERY_S = 0.5

rollups = typer.Typer(help="Counts and sketches beside the facts: their state, and how to make them anew.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(rollups, name="rollups")


@rollups.command("list")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print the states as JSON.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Whether the rollups of each source hold all of its facts; until then facts answer."""
    found = asyncio.run(_states(data_dir))
    if as_json:
        typer.echo(json.dumps(found))
        return
    for state in found:
        typer.echo(f"{state['source']}: {_line(state)}")


@rollups.command("rebuild")
def rebuild(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A legacy source.")],
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Make the rollups of a source anew from its facts, and wait for it. Runs of the source go on between the steps."""
    asyncio.run(_rebuild(data_dir, source))


async def _states(data_dir: Path) -> list[dict[str, Any]]:
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help

    found = await call_service(System.load(data_dir), "GET", "/api/v1/ivr/rollups")
    states: list[dict[str, Any]] = found["items"]
    return states


async def _rebuild(data_dir: Path, source: str) -> None:
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help

    system = System.load(data_dir)
    await call_service(system, "POST", "/api/v1/ivr/rollups/rebuild", {"source": source}, patience_s=0)
    shown = ""
    while True:
        state = next(state for state in await _states(data_dir) if state["source"] == source)
        if (line := _line(state)) != shown:
            typer.echo(f"{source}: {line}")
            shown = line
        if state["complete"]:
            return
        if state["error"]:
            raise CommandFailed(state["error"])
        await asyncio.sleep(POLL_EVERY_S)


def _line(state: dict[str, Any]) -> str:
    if state["complete"]:
        return "complete"
    done = f"{state['calls_done']:,} of {state['calls_expected']:,} calls" if state["calls_expected"] else "not begun"
    return f"{state['phase']}, {done}" + (f"; {state['error']}" if state["error"] else "")
