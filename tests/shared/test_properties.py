"""What holds for every test of a property."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

TAKEN_S = 0.3  # longer than Hypothesis allows an example by itself


@given(st.just(TAKEN_S))
@settings(max_examples=1)
def test_an_example_may_take_its_time_on_a_busy_machine(seconds: float) -> None:
    time.sleep(seconds)
