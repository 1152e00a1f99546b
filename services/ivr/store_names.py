"""The numbers that PostgreSQL gives to names of DIDs, menus, options and centres. Functions never begin or commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.ivr.cells import Subject
from services.ivr.rules import Meaning
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

Rows = dict[str, dict[str, Any]]  # by name


@dataclass(slots=True)
class KnownNames:
    """Names of one load, each asked for once: combinations come by the thousand, and most are of names seen before."""

    _dids: Rows = field(default_factory=dict)
    _options: Rows = field(default_factory=dict)
    _menus: Rows = field(default_factory=dict)
    _centres: Rows = field(default_factory=dict)

    def unknown(self, meanings: Iterable[Meaning]) -> list[Meaning]:
        """Those with a name that has not been asked for."""
        return [
            m
            for m in meanings
            if m.menu_key not in self._menus
            or m.option not in self._options
            or m.centre not in self._centres
            or m.did not in self._dids
        ]

    async def learn(self, conn: Connection, meanings: Sequence[Meaning]) -> None:
        """Ask for the names of these that are not known; new ones get their numbers."""
        menus = {m.menu_key: m for m in reversed(meanings) if m.menu_key not in self._menus}
        centres = {m.centre: m.centre_kind for m in meanings if m.centre not in self._centres}
        dids = {m.did for m in meanings} - self._dids.keys()
        options = {m.option for m in meanings} - self._options.keys()
        self._dids |= await _ensure(conn, "ensure_dids", sorted(dids))
        self._options |= await _ensure(conn, "ensure_options", sorted(options))
        shown, kinds = [m.menu for m in menus.values()], [m.menu_kind for m in menus.values()]
        self._menus |= await _ensure(conn, "ensure_menus", list(menus), shown, kinds)
        self._centres |= await _ensure(conn, "ensure_centres", list(centres), list(centres.values()))

    def subjects(self, meanings: Iterable[Meaning]) -> list[Subject]:
        """The numbers of each meaning, and what they count as; all of its names must be known."""
        return [
            Subject(
                did_id=self._dids[m.did]["id"],
                menu_id=(menu := self._menus[m.menu_key])["id"],
                option_id=self._options[m.option]["id"],
                centre_id=(centre := self._centres[m.centre])["id"],
                menu_abandoned=menu["abandoned"],
                # What is stored decides, for a name that was seen before keeps the kind it had.
                menu_kind=menu["kind"],
                centre_kind=centre["kind"],
            )
            for m in meanings
        ]


async def _ensure(conn: Connection, statement: str, names: list[str], *more: list[Any]) -> Rows:
    if not names:
        return {}
    while True:
        found = {row["name"]: dict(row) for row in await conn.fetch(load(statement), names, *more)}
        if len(found) == len(names):
            return found
        # A name that another run commits at this moment is seen by the next statement only.
