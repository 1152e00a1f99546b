"""kill -9 of everything at seeded moments: no row lost, doubled or changed; and the proof that this would be seen."""

import shutil

import pytest

from tests.faults import kills
from tests.faults.harness import Servers, Trial

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),  # a busy machine of two cores
    pytest.mark.skipif(shutil.which("mariadbd") is None, reason="mariadbd is not installed"),
]

KILLS = 30
FROZEN_ROWS = 2_000  # few enough to be on their way: MariaDB ends a statement that it cannot send for a minute
FROZEN_BYTES_PER_S = 5_000  # a load of forty seconds: no row of it is in when the process is stopped


@pytest.mark.requirement("RNF-005")
def test_thirty_kills_lose_double_and_change_nothing(servers: Servers) -> None:
    result = kills.run(servers, kills=KILLS, seed=7)
    assert result.kills >= KILLS
    assert result.verdict.clean, str(result)
    assert {"service", "postgres"} <= result.faults.keys()


def test_without_overlap_rows_are_lost(servers: Servers) -> None:
    only = frozenset({"service"})
    result = kills.run(servers, kills=6, seed=3, mutations=("without_overlap",), only=only, legacy_rows=100)
    assert result.verdict.lost + result.verdict.changed > 0, str(result)


def test_with_the_watermark_committed_apart_rows_are_lost(servers: Servers) -> None:
    result = kills.run(
        servers,
        kills=5,
        seed=3,
        mutations=("watermark_apart",),
        only=frozenset({"service"}),
        legacy_rows=100,
        cycle_s=(2.0, 4.0),
    )
    assert result.verdict.lost + result.verdict.changed > 0, str(result)


@pytest.mark.parametrize("fenced", [True, False])
def test_a_process_that_was_frozen_and_replaced_publishes_only_without_the_fence(
    servers: Servers, fenced: bool
) -> None:
    mutations = () if fenced else ("without_fence",)
    with Trial.begun(servers, 5, legacy_rows=FROZEN_ROWS, mutations=mutations) as trial:
        trial.start()
        trial.to_mariadb.faults.bytes_per_s = FROZEN_BYTES_PER_S
        trial.ask_for_legacy()
        trial.wait_for(lambda: loading(trial), 60, "the load does not begin")
        trial.freeze_and_replace_in_load()
        trial.settle()
        verdict = trial.verdict()
    if fenced:
        assert verdict.clean, verdict
    else:
        assert verdict.duplicated > 0, verdict


def loading(trial: Trial) -> bool:
    """The first load has found nothing published, and waits for its rows."""
    runs = trial.query(
        "SELECT phase FROM ivr.runs WHERE state = 'running' AND phase LIKE 'loading tbl%' AND rows_read = 0"
    )
    return bool(runs)
