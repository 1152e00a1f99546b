"""Closed hours are hours on the wall: what says an offset is refused with a sentence, not compared."""

import pytest
from pydantic import ValidationError

from services.analytics.plan_schemas import ClosedHoursIn

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "hours",
    [
        {"to": "05:44:51Z"},
        {"from": "22:42:19-02:02"},
        {"from": "08:00", "to": "18:00+02:00"},
        {"from": "08:00Z", "to": "18:00"},
        {"from": "08:00Z", "to": "18:00Z"},
    ],
)
def test_an_offset_is_refused(hours: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="leave the offset out"):
        ClosedHoursIn.model_validate({"weekdays": [1], **hours})


def test_plain_hours_are_taken() -> None:
    for hours in ({}, {"from": "08:00"}, {"from": "08:00", "to": "18:00"}):
        assert ClosedHoursIn.model_validate({"weekdays": [1], **hours}).weekdays == [1]
