"""Asking the sessions service as the person at the machine: people by name, groups, exceptions."""

from typing import Any

from iact.ask import ask
from iact.errors import CommandFailed
from iact.system import System

PREFIX = "/api/v1"
# All that administers people, and never the audit (AUD-*): the machine proves the trail, and does not serve it.
FUNCTIONS = frozenset(
    {
        *(f"USR-{n:03}" for n in range(1, 10)),
        *(f"ACC-{n:03}" for n in range(1, 13)),
        *("AUTH-002", "AUTH-003", "AUTH-004"),
    }
)
PAGE_ROWS = 1_000


def call(
    system: System,
    method: str,
    path: str,
    *,
    parameters: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
) -> Any:
    """The answer of the sessions service. CommandFailed with its sentence when it refuses."""
    return ask(system, "sessions", FUNCTIONS, method, f"{PREFIX}{path}", parameters=parameters, body=body)


def everybody(system: System, *, search: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """People in the order of their creation, over all pages."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        asked = {"search": search, "state": state, "limit": PAGE_ROWS, "cursor": cursor}
        page = call(system, "GET", "/users", parameters=asked)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def user_id(system: System, username: str) -> str:
    """The id of whoever has this name; CommandFailed when nobody has."""
    name = username.strip().lower()
    if name:
        for person in everybody(system, search=name):
            if person["username"] == name:
                return str(person["id"])
    raise CommandFailed(f"Nobody has the user name {username!r}; see: iact user list")
