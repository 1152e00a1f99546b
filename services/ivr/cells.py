"""What calls are about, as the small numbers that rollups are counted by. Pure.

A subject is one (DID, menu, option, centre) with what they count as; each belongs to one cell of every grain. Numbers
here are places in this process's lists; the database's numbers of cells are looked up when rows are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

GRAINS: Final = (1, 2, 3, 4)
OTHER_CENTRE, TRANSFERRED, ENDED = range(3)  # what reaching a centre means for counts
CENTRE_CLASSES: Final = {"vdn": TRANSFERRED, "hung_up": ENDED, "null": ENDED}
CLASSES: Final = 6  # centre class x whether the menu is a telephone


class Subject(NamedTuple):
    """What a call is about, in the database's numbers."""

    did_id: int
    menu_id: int
    option_id: int
    centre_id: int
    menu_abandoned: bool
    menu_kind: str
    centre_kind: str


class Cell(NamedTuple):
    """A row of `ivr.legacy_cells`; None where the grain does not tell apart."""

    grain: int
    did_id: int
    menu_id: int | None
    option_id: int | None
    centre_id: int | None
    menu_abandoned: bool | None


def cell_of(subject: Subject, grain: int) -> Cell:
    match grain:
        case 1:
            return Cell(1, subject.did_id, None, None, None, subject.menu_abandoned)
        case 2:
            return Cell(2, subject.did_id, subject.menu_id, None, None, None)
        case 3:
            return Cell(3, subject.did_id, None, None, subject.centre_id, subject.menu_abandoned)
        case _:
            return Cell(4, subject.did_id, subject.menu_id, subject.option_id, subject.centre_id, None)


@dataclass(slots=True)
class Subjects:
    """Every subject met so far, with its cells. `cells[g]` is the place of each subject's cell of grain g."""

    known: list[Subject] = field(default_factory=list)
    lists: dict[int, list[Cell]] = field(default_factory=lambda: {grain: [] for grain in GRAINS})
    cells: dict[int, Ints] = field(default_factory=lambda: {grain: np.zeros(0, dtype=np.int64) for grain in GRAINS})
    classes: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    did_ids: list[int] = field(default_factory=list)
    dids: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # the place of each subject's DID
    _did_places: dict[int, int] = field(default_factory=dict)
    _places: dict[Subject, int] = field(default_factory=dict)
    _cell_places: dict[Cell, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.known)

    def add(self, subjects: Iterable[Subject]) -> Ints:
        """The place of each; new ones get one."""
        places = []
        first = len(self.known)
        for subject in subjects:
            place = self._places.setdefault(subject, len(self.known))
            if place == len(self.known):
                self.known.append(subject)
            places.append(place)
        self._learn(self.known[first:])
        return np.array(places, dtype=np.int64)

    def _learn(self, new: list[Subject]) -> None:
        if not new:
            return
        for grain in GRAINS:
            found = np.array([self._cell(cell_of(subject, grain)) for subject in new], dtype=np.int64)
            self.cells[grain] = np.concatenate([self.cells[grain], found])
        classes = [CENTRE_CLASSES.get(each.centre_kind, OTHER_CENTRE) * 2 + (each.menu_kind == "phone") for each in new]
        self.classes = np.concatenate([self.classes, np.array(classes, dtype=np.int64)])
        self.dids = np.concatenate([self.dids, np.array([self._did(each.did_id) for each in new], dtype=np.int64)])

    def _did(self, did_id: int) -> int:
        place = self._did_places.setdefault(did_id, len(self.did_ids))
        if place == len(self.did_ids):
            self.did_ids.append(did_id)
        return place

    def _cell(self, cell: Cell) -> int:
        cells = self.lists[cell.grain]
        place = self._cell_places.setdefault(cell, len(cells))
        if place == len(cells):
            cells.append(cell)
        return place
