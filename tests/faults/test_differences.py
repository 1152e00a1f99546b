"""Any single inserted, deleted or changed row is found, and equal sides are equal."""

import shutil
from datetime import timedelta
from typing import Final

import pytest
from typing_extensions import override

from tests.faults.differences import Difference, LegacySide, Statements
from tests.faults.reconcile import Plan, What, measure

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("mariadbd") is None, reason="mariadbd is not installed"),
]

FORGOTTEN: Final = 3
ELSEWHERE: Final = 8  # the last: no other one is made on the day that it does not claim
NOTHING: Final = Statements()


@pytest.mark.parametrize(
    ("what", "rows", "seeds", "together"),
    [
        ("legacy", 20_000, 20, 1),
        ("asterisk", 6_000, 12, 1),
        ("legacy", 5_000, 40, 20),
        ("asterisk", 4_000, 40, 20),
        ("details", 2_000, 40, 20),
    ],
)
def test_every_seeded_difference_is_found(what: What, rows: int, seeds: int, together: int) -> None:
    tally = measure(what, Plan(rows, seeds, together=together, budget_s=250.0))
    assert (tally.found, tally.seeds, tally.alarms) == (seeds, seeds, 0), str(tally)
    assert tally.named >= seeds * 3 // 4, str(tally)
    assert tally.right, str(tally)


class Unreliable(LegacySide):
    """Claims one difference that it does not make, and makes one on a day that it does not claim."""

    planned = 0

    @override
    async def plan(self) -> Difference:
        difference = await super().plan()
        number = Unreliable.planned = Unreliable.planned + 1
        if number == FORGOTTEN:
            return Difference("forgotten", difference.days, make=NOTHING, undo=NOTHING)
        if number == ELSEWHERE:
            days = frozenset(day + timedelta(days=365) for day in difference.days)
            return Difference("elsewhere", days, difference.make, difference.undo)
        return difference


def test_a_difference_that_was_not_made_is_missed_and_one_on_another_day_is_an_alarm() -> None:
    Unreliable.planned = 0
    tally = measure("legacy", Plan(2_000, 8, together=8), side=Unreliable)
    assert tally.missed == ["forgotten", "elsewhere"]
    assert (tally.found, tally.seeds, tally.clean) == (6, 8, 3)  # equal: at first, after what was wrong, at last
    assert tally.alarms >= 1
    assert not tally.right
