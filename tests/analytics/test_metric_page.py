"""The catalogue is whole, and the page of the docs says the same."""

import re

import pytest

from services.analytics.catalog import catalog
from services.analytics.metric_page import PAGE, metric_page

pytestmark = pytest.mark.unit

BOTH = (
    "calls unique_callers repeat_rate_1h repeat_rate_24h repeat_rate_7d duration_s_mean duration_s_p50 duration_s_p90"
    " duration_s_p95 duration_s_p99 duration_s_max"
)
LEGACY = (
    "abandoned abandoned_rate transferred transferred_rate ended_in_ivr contained_rate same_line different_line"
    " no_typed_line weekday_calls weekend_calls menu_errors swapped_times"
)
ASTERISK = (
    "offered answered abandoned short_abandoned timed_out key_exits empty_exits withdrawn flowed_out open answered_rate"
    " abandoned_rate service_level asa_s asa_queued_s wait_s_mean wait_s_p50 wait_s_p90 wait_s_p95 wait_s_p99"
    " wait_s_max talk_s_mean talk_s_p50 talk_s_p90 talk_s_p95 talk_s_p99 aht_s transfers ring_no_answer"
    " agents_signed_in occupancy concurrency_max"
)


@pytest.mark.requirement("RF-011")
def test_every_metric_that_the_contract_names_is_there() -> None:
    named = {(name, "legacy") for name in f"{BOTH} {LEGACY}".split()}
    named |= {(name, "asterisk") for name in f"{BOTH} {ASTERISK}".split()}
    assert set(catalog().metrics) == named
    for metric in catalog().metrics.values():
        assert metric.es.endswith(".")
        assert metric.en.endswith(".")
        assert metric.formula.en
        assert metric.formula.es
        assert metric.formula.es != metric.formula.en
        assert metric.unit


def test_the_page_is_made_from_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == metric_page(catalog())


def test_a_row_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", metric_page(catalog()), flags=re.MULTILINE)
    assert len(tables) == 3
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
