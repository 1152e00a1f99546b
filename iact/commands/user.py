"""`iact user`: accounts, from the machine."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from iact import people
from iact.account import sign_in_url
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.system import System

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Username = Annotated[str, typer.Argument(help="The user name.")]


class State(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    INACTIVE = "inactive"


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="People: make, find, block and recover accounts.", no_args_is_help=True)
    group.command("list")(list_people)
    group.command("create")(create)
    group.command("show")(show)
    group.command("recovery-code")(recovery_code)
    for action, text in (
        ("block", "Block an account: its sessions end at once, its tokens stop working."),
        ("unblock", "Unblock an account and forget its failed sign-ins."),
        ("deactivate", "Deactivate an account; nobody is deleted."),
        ("reactivate", "Reactivate an account with what it held before."),
    ):
        group.command(action, help=text)(_mover(action))
    app.add_typer(group, name="user")


def list_people(
    *,
    search: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    state: Annotated[State | None, typer.Option(help="Only accounts in this state.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """List accounts."""
    found = people.everybody(System.load(data_dir), search=search, state=None if state is None else state.value)
    if json_output:
        typer.echo(json.dumps({"items": found}))
        return
    for person in found:
        typer.echo(_line(person))


def create(
    username: Username,
    *,
    display_name: Annotated[str, typer.Option(help="The name that people see.")] = "",
    segment: Annotated[str | None, typer.Option(help="The one segment whose numbers the person sees.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group to give, such as AGR-001; again for more.")] = None,
    json_output: AsJson = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Make an account and print its one-time sign-in link, this once."""
    system = System.load(data_dir)
    body = {"username": username, "display_name": display_name, "segment": segment}
    made = people.call(system, "POST", "/users", body=body)
    if group:
        people.call(system, "POST", f"/users/{made['user']['id']}/groups", body={"groups": group})
    _tell_code(system, made["user"]["username"], made["sign_in_code"], as_json=json_output)


def show(username: Username, *, json_output: AsJson = False, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Show what a person may do, and why."""
    system = System.load(data_dir)
    user_id = people.user_id(system, username)
    person = people.call(system, "GET", f"/users/{user_id}")
    effective = people.call(system, "GET", f"/users/{user_id}/effective-functions")
    if json_output:
        typer.echo(json.dumps({"user": person, **effective}))
        return
    typer.echo(_line(person))
    for decision in effective["decisions"]:
        why = ", ".join(decision["groups"]) or decision["origin"].lower()
        typer.echo(f"  {'may' if decision['allowed'] else 'may not':<7}  {decision['function']}  {why}")


def recovery_code(username: Username, *, json_output: AsJson = False, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Print a one-time link for somebody who cannot sign in, this once; their sessions end."""
    system = System.load(data_dir)
    issued = people.call(system, "POST", f"/users/{people.user_id(system, username)}/recovery-code")
    _tell_code(system, username, issued, as_json=json_output)


def _mover(action: str) -> Any:
    def move(username: Username, *, json_output: AsJson = False, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
        system = System.load(data_dir)
        person = people.call(system, "POST", f"/users/{people.user_id(system, username)}/{action}")
        typer.echo(json.dumps(person) if json_output else _line(person))

    return move


def _tell_code(system: System, username: str, code: dict[str, Any], *, as_json: bool) -> None:
    url = sign_in_url(system.gateway_url, code["code"])
    if as_json:
        document = {"user_id": code["user_id"], "username": username, "sign_in_url": url}
        typer.echo(json.dumps({**document, "expires_at": code["expires_at"]}))
    else:
        typer.echo(f"{username} signs in once, until {code['expires_at']}, with:\n{url}")


def _line(person: dict[str, Any]) -> str:
    segment = person["segment"] or "all segments"
    return f"{person['id']:>6}  {person['username']:<32}  {person['state']:<8}  {segment}  {person['display_name']}"
