"""Writes calls the way the old IVR does: times swapped, telephones out of place, five ways to say nothing."""

import numpy as np

from iact.simulate import catalogue as cat
from iact.simulate import legacy_calls as lc
from iact.simulate.legacy_plan import Plan
from iact.simulate.text import Cells, Dates, Dialect, Ints, Rows, rows
from iact.simulate.zones import MARGIN_DAYS

SHORT_PHONE_ONE_IN = 12  # telephones in menus without their area
SHORT_PHONE_DIGITS = 7
BLANK_OPTION_ONE_IN = 8


class RowText:
    """The ten columns of a chunk as text of one dialect."""

    def __init__(self, dialect: Dialect, plan: Plan) -> None:
        self._dialect, self._callers = dialect, plan.callers
        self._dates = Dates(plan.first_day - MARGIN_DAYS, plan.last_day + MARGIN_DAYS)
        known = cat.combinations()
        self._dids = dialect.cells(cat.DIDS)
        self._labels = dialect.cells([label for label, _ in cat.LABELS])
        self._options = dialect.cells([None, *known.option_names[1:], ""])
        self._menus = dialect.cells(cat.menu_forms().texts)
        # Behind the centres themselves: null, blank, zeros, bad starts.
        self._centres = dialect.cells([*known.centre_names, None, "", " ", *cat.ZEROS, *cat.BAD_STARTS])
        self._null_centre = len(known.centre_names)

    def rows(self, calls: lc.Calls) -> Rows:
        end = calls.start + calls.duration
        first, second = np.where(calls.swapped, end, calls.start), np.where(calls.swapped, calls.start, end)
        columns = [
            (self._dates.cells(calls.stamp),),
            (self._dates.moments(first),),
            (self._dates.moments(second),),
            (self._dids[calls.did],),
            self._centre(calls),
            (self._menu(calls),),
            (self._option(calls),),
            (self._number(calls.origin),),
            (self._number(calls.typed),),
            (self._labels[calls.labels],),
        ]
        return rows(self._dialect, columns)

    def _centre(self, calls: lc.Calls) -> tuple[Cells, Cells, Cells]:
        """The centre, and the telephones that the IVR glued behind it."""
        code, kind, null = calls.centre.copy(), calls.centre_class, self._null_centre
        code[kind == lc.NULL] = null
        code[kind == lc.BLANK] = null + 1 + calls.noise[kind == lc.BLANK] % 2
        code[kind == lc.ZEROS] = null + 3 + calls.noise[kind == lc.ZEROS] % len(cat.ZEROS)
        bad = kind == lc.BAD_START
        code[bad] = null + 3 + len(cat.ZEROS) + calls.noise[bad] % len(cat.BAD_STARTS)
        once, twice = np.flatnonzero(kind >= lc.GLUED_17), np.flatnonzero(kind >= lc.GLUED_24)
        glued = np.zeros((2, len(code)), dtype="S10")
        glued[0, once] = self._callers.numbers(np.where(calls.typed >= 0, calls.typed, calls.menu_phone)[once])
        glued[1, twice] = self._callers.numbers(calls.menu_phone[twice])
        return self._centres[code], glued[0], glued[1]

    def _menu(self, calls: lc.Calls) -> Cells:
        cells = self._menus[cat.menu_forms().table[calls.menu, calls.menu_form]]
        phones = np.flatnonzero(calls.menu == cat.PHONE_MENU_CODE)
        cells[phones] = self._callers.numbers(calls.menu_phone[phones])
        short = phones[calls.noise[phones] % SHORT_PHONE_ONE_IN == 0]
        digits = self._callers.numbers(calls.menu_phone[short]).view("S1").reshape(len(short), 10)
        cells[short] = digits[:, -SHORT_PHONE_DIGITS:].copy().view(f"S{SHORT_PHONE_DIGITS}").reshape(-1)
        return cells

    def _option(self, calls: lc.Calls) -> Cells:
        blank = (calls.option == 0) & (calls.noise % BLANK_OPTION_ONE_IN == 0)
        return self._options[np.where(blank, len(self._options) - 1, calls.option)]

    def _number(self, callers: Ints) -> Cells:
        cells = self._callers.numbers(callers)
        cells[callers == lc.NOBODY] = self._dialect.null
        cells[callers == lc.BLANK_NUMBER] = b""
        return cells
