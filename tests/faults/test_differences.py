"""Any single inserted, deleted or changed row is found, and equal sides are equal."""

import shutil

import pytest

from tests.faults.reconcile import What, measure

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("mariadbd") is None, reason="mariadbd is not installed"),
]


@pytest.mark.parametrize(("what", "rows", "seeds"), [("legacy", 20_000, 20), ("asterisk", 6_000, 12)])
def test_every_seeded_difference_is_found(what: What, rows: int, seeds: int) -> None:
    tally = measure(what, rows, seeds, 1, 250.0, lambda _: None)
    assert (tally.found, tally.seeds, tally.alarms) == (seeds, seeds, 0), str(tally)
    assert tally.named >= seeds * 3 // 4, str(tally)
