"""Sketches against the values they were made of."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.sketches import (
    CODE_MAX,
    HLL_REGISTERS,
    HLL_RELATIVE_ERROR,
    RELATIVE_ERROR_MAX,
    SMALLEST_ERROR_S,
    SPARSE_MAX,
    Distribution,
    codes_of,
    estimate,
    hyperloglog,
    merge_sketches,
    read_registers,
    union,
    write_registers,
    write_sketch,
)

pytestmark = pytest.mark.unit

whole = st.integers(0, 200_000)
seconds = st.one_of(whole.map(float), st.floats(0, 200_000, allow_nan=False))


def sketch(values: list[float]) -> bytes:
    codes, counts = np.unique(codes_of(np.array(values, dtype=np.float64)), return_counts=True)
    return write_sketch(codes, counts)


def nearest_rank(values: list[float], share: float) -> float:
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


@given(st.lists(st.integers(0, 3_600), min_size=1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_whole_seconds_of_an_hour_are_exact(values: list[int], share: float) -> None:
    found = Distribution.read(sketch([float(value) for value in values]))
    assert found.percentile(share) == (nearest_rank([float(value) for value in values], share), True)
    assert found.exact


# Evenly drawn seconds hardly ever lie where codes are widest for their value: just above a whole second.
just_above = st.builds(lambda second, part: second + part, st.integers(0, 51), st.floats(0, 0.2, exclude_min=True))


@given(st.lists(st.one_of(seconds, just_above), min_size=1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
@example([1.125], 0.5)
@example([math.nextafter(1.0, 2.0)], 0.5)
@example([math.nextafter(0.0, 1.0)], 0.5)
def test_any_value_is_within_the_error_that_is_told(values: list[float], share: float) -> None:
    found = Distribution.read(sketch(values)).percentile(share)
    assert found is not None
    truth = nearest_rank(values, share)
    assert abs(found[0] - truth) <= max(SMALLEST_ERROR_S, RELATIVE_ERROR_MAX * truth) + 1e-9  # rounding
    assert not found[1] or found[0] == truth


@given(st.lists(seconds), st.integers(0, 3_600), st.booleans())
def test_a_threshold_of_whole_seconds_counts_exactly(values: list[float], threshold: int, inclusive: bool) -> None:
    truth = sum(value <= threshold if inclusive else value < threshold for value in values)
    assert Distribution.read(sketch(values)).up_to(threshold, inclusive=inclusive) == truth


@given(st.lists(st.lists(seconds), max_size=5))
def test_joined_and_merged_sketches_are_the_sketch_of_all_values(parts: list[list[float]]) -> None:
    merged = merge_sketches(sketch(part) for part in parts)
    assert merged == sketch([value for part in parts for value in part])
    joined = Distribution.read(b"".join(sketch(part) for part in parts))
    assert joined.n == sum(map(len, parts))
    assert joined.percentile(0.5) == Distribution.read(merged).percentile(0.5)


@given(st.lists(whole))
def test_integers_and_floats_have_the_same_codes(values: list[int]) -> None:
    assert (codes_of(np.array(values, dtype=np.int64)) == codes_of(np.array(values, dtype=np.float64))).all()


def test_no_value_leaves_the_codes() -> None:
    assert codes_of(np.array([1e9])).tolist() == [CODE_MAX]
    assert Distribution.read(b"").percentile(0.5) is None


@pytest.mark.requirement("RF-016")
@pytest.mark.parametrize("n", [0, 1, 1_000, 30_000, 300_000])
def test_different_ids_are_counted_within_three_standard_errors(n: int) -> None:
    ids = np.random.default_rng(n).integers(-(1 << 63), (1 << 63) - 1, n, dtype=np.int64)
    parts = [hyperloglog(part).tobytes() for part in (ids[: n // 2], ids[n // 3 :])]
    assert abs(estimate(union(parts)) - n) <= 3 * HLL_RELATIVE_ERROR * n
    assert (union(parts) == hyperloglog(ids)).all()


@given(st.lists(st.tuples(st.integers(0, 4_000), st.booleans(), st.integers(0, 2**32)), max_size=5))
@example([(0, True, 1)])
@example([(SPARSE_MAX, True, 1), (3_900, True, 2), (10, False, 3)])
def test_registers_of_few_and_of_many_ids_are_joined_end_to_end(parts: list[tuple[int, bool, int]]) -> None:
    """As they are written now, and as all were once: whole."""
    expected = np.zeros(HLL_REGISTERS, dtype=np.uint8)
    joined = b""
    for n, as_written, seed in parts:
        registers = hyperloglog(np.random.default_rng(seed).integers(-(1 << 63), (1 << 63) - 1, n, dtype=np.int64))
        written = write_registers(registers) if as_written else registers.tobytes()
        assert (read_registers(written) == registers).all()
        joined += written
        expected = np.maximum(expected, registers)
    assert (read_registers(joined) == expected).all()


@pytest.mark.parametrize("more", [0, 1])
def test_few_registers_take_half_the_room_at_most(more: int) -> None:
    registers = np.zeros(HLL_REGISTERS, dtype=np.uint8)
    registers[-SPARSE_MAX - more :] = 51
    written = write_registers(registers)
    assert len(written) == (HLL_REGISTERS if more else 3 + 3 * SPARSE_MAX)
    assert (read_registers(written) == registers).all()


def test_registers_that_were_cut_off_are_refused() -> None:
    few = write_registers(hyperloglog(np.array([1 << 50, 1 << 51], dtype=np.int64)))
    for damaged in (few[:-1], bytes(HLL_REGISTERS - 1)):
        with pytest.raises(ValueError, match="buffer"):
            read_registers(damaged)
