"""`iact group`: what groups there are, who gets them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from iact import people
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.system import System

DAYS_MAX = 366  # as the service allows

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Username = Annotated[str, typer.Argument(help="Whose.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Groups of functions: list, make, give, take.", no_args_is_help=True)
    group.command("list")(list_groups)
    group.command("create")(create)
    group.command("give")(give)
    group.command("take")(take)
    app.add_typer(group, name="group")


def list_groups(
    *,
    user: Annotated[str | None, typer.Option(help="Only those that this person holds.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """List groups, or what a person holds."""
    system = System.load(data_dir)
    path = "/groups" if user is None else f"/users/{people.user_id(system, user)}/groups"
    page = people.call(system, "GET", path)
    if json_output:
        typer.echo(json.dumps(page))
        return
    for item in page["items"]:
        typer.echo(_line(item))


def create(
    name: Annotated[str, typer.Argument(help="Its name, such as night_shift.")],
    functions: Annotated[list[str], typer.Argument(help="Functions that it gives, such as RPT-001.")],
    *,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Make a group; its code is given to it."""
    made = people.call(System.load(data_dir), "POST", "/groups", body={"name": name, "functions": functions})
    typer.echo(json.dumps(made) if json_output else _line(made))


def give(
    username: Username,
    groups: Annotated[list[str], typer.Argument(help="Groups, such as AGR-001; all or none.")],
    *,
    days: Annotated[int | None, typer.Option(min=1, max=DAYS_MAX, help="For so many days; else without end.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Give groups to a person, who then signs in again."""
    system = System.load(data_dir)
    expires_at = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
    path = f"/users/{people.user_id(system, username)}/groups"
    page = people.call(system, "POST", path, body={"groups": groups, "expires_at": expires_at})
    if json_output:
        typer.echo(json.dumps(page))
        return
    for item in page["items"]:
        typer.echo(_line(item))


def take(
    username: Username,
    group: Annotated[str, typer.Argument(help="The group, such as AGR-001.")],
    *,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Take a group back from a person, who then signs in again."""
    system = System.load(data_dir)
    people.call(system, "DELETE", f"/users/{people.user_id(system, username)}/groups/{group}")
    typer.echo(f"{username} no longer holds {group}")


def _line(item: dict[str, Any]) -> str:
    if "functions" in item:
        return f"{item['code']}  {item['name']:<24}  {' '.join(item['functions'])}"
    end = "without end" if item["expires_at"] is None else f"until {item['expires_at']}"
    return f"{item['group']}  {item['name']:<24}  {end}"
