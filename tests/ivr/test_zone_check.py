"""Is the zone right? Local times beside epochs, and what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.clock import LocalClock
from services.ivr.names import epoch_of
from services.ivr.zone_check import ROWS_MIN, ZoneFinding, ZoneTally

pytestmark = pytest.mark.unit


def finding(zone: str, text: str) -> ZoneFinding | None:
    tally, clock = ZoneTally(), LocalClock(zone)
    for line in text.strip().splitlines():
        day, time, unique_id = line.split()
        tally.look(clock, f"{day} {time}", unique_id)
    return tally.finding()


IN_MEXICO = """
    2025-07-01 09:00:00 1751382000.1
    2025-07-01 09:00:01 1751382000.1
    2025-07-01 09:10:00 1751382600.4
    2025-07-01 09:40:00 1751382000.1
    2025-07-01 10:00:02 pbx-1751385600.9
    2025-07-01 10:00:00 NONE
    never      10:00:00 1751385600.9
"""


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Mexico_City", ZoneFinding(0, 0.8, 5)),
        ("America/New_York", ZoneFinding(-7200, 0.8, 5)),
        ("UTC", ZoneFinding(-21600, 0.8, 5)),
        ("Asia/Kathmandu", ZoneFinding(-42300, 0.8, 5)),
    ],
)
def test_the_most_frequent_difference_says_how_far_the_zone_is_off(zone: str, expected: ZoneFinding) -> None:
    assert finding(zone, IN_MEXICO) == expected
    assert expected.right is (zone == "America/Mexico_City")


def test_too_few_rows_prove_nothing() -> None:
    line = "2025-07-01 09:00:00 1751382000.1\n"
    assert finding("UTC", line * (ROWS_MIN - 1)) is None
    assert finding("UTC", line * ROWS_MIN) is not None


def test_a_difference_of_days_is_no_zone() -> None:
    tally = ZoneTally()
    for _ in range(ROWS_MIN):
        tally.add(1751382000 + 3 * 86_400, 1751382000)
    assert tally.finding() is None


def test_an_epoch_is_read_from_a_unique_id_only() -> None:
    assert epoch_of("1751382000.1") == epoch_of("pbx-2-1751382000.17") == 1751382000
    assert [epoch_of(text) for text in ("", "NONE", "5512345678", "1751382000", "a.1")] == [None] * 5


@given(st.lists(st.tuples(st.floats(-90_000, 90_000), st.booleans()), max_size=60))
def test_a_finding_is_a_share_of_what_was_looked_at(differences: list[tuple[float, bool]]) -> None:
    tally = ZoneTally()
    for difference, has_epoch in differences:
        tally.add(1751382000 + difference, 1751382000 if has_epoch else None)
    found = tally.finding()
    assert found is None or (0 < found.share <= 1 and ROWS_MIN <= found.rows <= len(differences))
    assert found is None or found.offset_s % 900 == 0
