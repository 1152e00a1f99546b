import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.dora.entities import merged
from services.dora.events import LIFE, SHIPPED, Deployment, PullRequest, merge
from services.dora.models import DeploymentReport
from tests.dora.tables import RECEIVED_AT, moment, read, reports

pytestmark = pytest.mark.unit

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def test_time_is_the_best_that_the_report_knows() -> None:
    told = reports("""
        started_at  finished_at  deployed_at  duration_s  status
        02T10:00    02T10:09     02T10:05     .           success
        02T10:00    02T10:09     .            .           success
        02T10:00    .            .            120         success
        02T10:00    .            .            .           success
        .           .            .            .           success
    """)
    assert [(each.deployed_at, each.time_quality) for each in told] == [
        (moment("02T10:05"), "exact"),
        (moment("02T10:09"), "exact"),
        (moment("02T10:02"), "exact"),
        (moment("02T10:00"), "started"),
        (RECEIVED_AT, "received"),
    ]


@pytest.mark.parametrize("status", ["failed", "canceled", "in_progress"])
def test_attempt_that_never_reached_the_environment_was_not_deployed(status: str) -> None:
    told = read(status=status, finished_at="02T10:00")
    assert told.deployed_at is None
    assert told.occurred_at == moment("02T10:00")


def test_roll_back_does_not_move_the_deployment() -> None:
    state = merge(
        reports("""
            status       started_at  finished_at
            in_progress  02T10:00    .
            success      02T10:00    02T10:05
            rolled_back  .           02T11:30
        """)
    )
    assert (state.status, state.deployed_at, state.finished_at) == (
        "rolled_back",
        moment("02T10:05"),
        moment("02T11:30"),
    )


def test_failure_after_a_start_is_no_deployment() -> None:
    state = merge(
        reports("""
            status       started_at  finished_at
            failed       .           02T10:05
            in_progress  02T10:00    .
        """)
    )
    assert (state.status, state.deployed_at, state.started_at) == ("failed", None, moment("02T10:00"))


def test_what_was_deployed_must_be_said() -> None:
    with pytest.raises(ValidationError, match="commit_sha or version is needed"):
        DeploymentReport(service="gateway")


told_reports = st.lists(
    st.builds(
        lambda minutes, status, version, planned: replace(
            read(status=status, deployed_at="02T10:00"),
            occurred_at=MARCH + timedelta(minutes=minutes),
            deployed_at=MARCH + timedelta(minutes=minutes) if status in SHIPPED else None,
            version=version,
            planned=planned,
        ),
        st.integers(0, 5),
        st.sampled_from(LIFE),
        st.sampled_from(["1", "2", None]),
        st.sampled_from([True, False, None]),
    ),
    min_size=1,
    max_size=6,
)


@given(told_reports, st.randoms(use_true_random=False))
@pytest.mark.requirement("RF-030")
def test_neither_order_nor_repetition_matters(told: list[Deployment], chance: random.Random) -> None:
    shuffled = [*told, *chance.choices(told, k=3)]
    chance.shuffle(shuffled)
    assert merge(shuffled) == merge(told)


@given(told_reports)
def test_state_has_a_deployment_time_exactly_when_it_shipped(told: list[Deployment]) -> None:
    state = merge(told)
    assert (state.deployed_at is not None) == (state.status in SHIPPED)
    assert min(each.occurred_at for each in told) <= state.occurred_at <= max(each.occurred_at for each in told)


@given(told_reports, st.integers(1, 5))
def test_merging_in_two_steps_is_merging_at_once(told: list[Deployment], cut: int) -> None:
    first, second = told[:cut], told[cut:]
    # The service merges all raw events each time, so the first step must not have lost anything it needs.
    assert merge([*first, *second]) == merge([*second, *first])


def test_of_two_tellings_of_one_merge_the_one_that_knows_labels_counts() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    plain = PullRequest(
        source="github",
        repository="own/shop",
        external_id="7",
        number=7,
        head_sha="a" * 40,
        merge_sha="b" * 40,
        merged_at=at,
        occurred_at=at,
    )
    labelled = replace(plain, labels=("hotfix",))
    assert merged([plain, labelled]) == merged([labelled, plain]) == labelled
