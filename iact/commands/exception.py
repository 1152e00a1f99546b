"""`iact exception`: one function more or less for one person, with a reason and an end."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from iact import people
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.system import System

DAYS_MAX = 30  # as the service allows; longer belongs into a group

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Username = Annotated[str, typer.Argument(help="Whose.")]
Function = Annotated[str, typer.Argument(help="The function, such as RPT-004.")]
Reason = Annotated[str, typer.Option(help="Why, in at least twenty characters.")]
Days = Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="For so many days.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Exceptions to what groups give, for at most 30 days.", no_args_is_help=True)
    group.command("list")(list_exceptions)
    group.command("grant")(grant)
    group.command("revoke")(revoke)
    group.command("end")(end)
    app.add_typer(group, name="exception")


def list_exceptions(username: Username, *, json_output: AsJson = False, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """List a person's exceptions."""
    system = System.load(data_dir)
    page = people.call(system, "GET", f"/users/{people.user_id(system, username)}/exceptions")
    if json_output:
        typer.echo(json.dumps(page))
        return
    for item in page["items"]:
        typer.echo(_line(item))


def grant(
    username: Username,
    function: Function,
    *,
    reason: Reason,
    days: Days,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Give one function more than the groups do."""
    _add(System.load(data_dir), username, function, "grant", reason=reason, days=days, as_json=json_output)


def revoke(
    username: Username,
    function: Function,
    *,
    reason: Reason,
    days: Days,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Hold one function back, whatever the groups give."""
    _add(System.load(data_dir), username, function, "revoke", reason=reason, days=days, as_json=json_output)


def end(
    username: Username,
    number: Annotated[str, typer.Argument(help="The exception's number, as the list shows it.")],
    *,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """End an exception before its time."""
    system = System.load(data_dir)
    people.call(system, "DELETE", f"/users/{people.user_id(system, username)}/exceptions/{number}")
    typer.echo(f"exception {number} of {username} has ended")


def _add(system: System, username: str, function: str, effect: str, *, reason: str, days: int, as_json: bool) -> None:
    # A minute less than the limit: the service's clock may be a little behind.
    expires_at = datetime.now(UTC) + timedelta(days=days) - timedelta(minutes=1)
    body = {"function": function, "effect": effect, "justification": reason, "expires_at": expires_at.isoformat()}
    made = people.call(system, "POST", f"/users/{people.user_id(system, username)}/exceptions", body=body)
    typer.echo(json.dumps(made) if as_json else _line(made))


def _line(item: dict[str, Any]) -> str:
    return (
        f"{item['id']:>6}  {item['effect']:<6}  {item['function']}  until {item['expires_at']}  {item['justification']}"
    )
