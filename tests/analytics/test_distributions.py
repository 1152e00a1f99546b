"""Many sketches read at once say what each says by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics import distributions
from services.analytics.distributions import read_all
from shared.sketches import Distribution, codes_of, write_sketch

pytestmark = pytest.mark.unit

values = st.lists(st.one_of(st.integers(0, 5_000).map(float), st.floats(0, 100)), max_size=30)


@given(st.lists(values, max_size=12), st.sampled_from([0.01, 0.5, 0.9, 0.95, 1.0]), st.sampled_from([6, 60, 1 << 17]))
def test_percentiles_of_rows_are_those_of_each_row(rows: list[list[float]], share: float, block: int) -> None:
    sketches = []
    for row in rows:
        codes, counts = np.unique(codes_of(np.array(row, dtype=np.float64)), return_counts=True)
        sketches.append(write_sketch(codes, counts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributions, "BLOCK_BYTES", block)
        found = [pair for batch in read_all(sketches) for pair in zip(*batch.percentile(share), strict=True)]
    each = [Distribution.read(sketch).percentile(share) for sketch in sketches]
    assert found == [one or (None, True) for one in each]
