from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sessions.permissions import (
    Clash,
    FunctionException,
    GroupHolding,
    SeparationRule,
    clashes,
    decide,
    effective,
    reachable,
)

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
GONE = NOW - timedelta(seconds=1)
VIEWER = GroupHolding("AGR-002", frozenset({"RPT-001", "RPT-003"}))
EXPORTER = GroupHolding("AGR-004", frozenset({"RPT-001", "RPT-004"}))


def grant(function: str, until: datetime = LATER) -> FunctionException:
    return FunctionException(function, "grant", until)


def revoke(function: str, until: datetime = LATER) -> FunctionException:
    return FunctionException(function, "revoke", until)


@pytest.mark.parametrize(
    ("groups", "exceptions", "allowed", "origin"),
    [
        ([VIEWER], [], True, "GRANTED_BY_AGR"),
        ([], [], False, "DENIED_NO_GRANT"),
        ([], [grant("RPT-001")], True, "GRANTED_EXCEPTIONAL"),
        ([VIEWER], [grant("RPT-001")], True, "GRANTED_EXCEPTIONAL"),
        ([VIEWER], [revoke("RPT-001")], False, "REVOKED_EXCEPTIONAL"),
        ([VIEWER], [grant("RPT-001"), revoke("RPT-001")], False, "REVOKED_EXCEPTIONAL"),
        ([VIEWER], [revoke("RPT-001", GONE)], True, "GRANTED_BY_AGR"),
        ([VIEWER], [revoke("RPT-001", NOW)], True, "GRANTED_BY_AGR"),
        ([], [grant("RPT-001", GONE)], False, "DENIED_NO_GRANT"),
        ([GroupHolding("AGR-002", VIEWER.functions, expires_at=GONE)], [], False, "DENIED_NO_GRANT"),
        ([GroupHolding("AGR-002", VIEWER.functions, expires_at=LATER)], [], True, "GRANTED_BY_AGR"),
        ([GroupHolding("AGR-002", VIEWER.functions, active=False)], [], False, "DENIED_NO_GRANT"),
        ([VIEWER], [revoke("RPT-003")], True, "GRANTED_BY_AGR"),
    ],
)
@pytest.mark.requirement("RF-025")
def test_precedence(
    groups: list[GroupHolding], exceptions: list[FunctionException], allowed: bool, origin: str
) -> None:
    decision = decide("RPT-001", groups=groups, exceptions=exceptions, at=NOW)
    assert (decision.allowed, decision.origin) == (allowed, origin)


def test_a_decision_names_every_group_that_gives_it() -> None:
    decision = decide("RPT-001", groups=[EXPORTER, VIEWER], exceptions=[revoke("RPT-001")], at=NOW)
    assert decision.groups == ("AGR-002", "AGR-004")


def test_separation_looks_past_a_revoke_that_will_run_out() -> None:
    groups = [GroupHolding("AGR-008", frozenset({"AUD-001"}))]
    assert effective(groups=groups, exceptions=[revoke("AUD-001")], at=NOW) == frozenset()
    assert reachable(groups=groups, exceptions=[revoke("AUD-001")], at=NOW) == {"AUD-001"}


def test_a_clash_names_the_rule_and_one_pair() -> None:
    rule = SeparationRule("SOD-001", "pipeline and audit", frozenset({"PIP-001"}), frozenset({"AUD-001", "AUD-002"}))
    assert clashes(frozenset({"PIP-001", "AUD-002", "RPT-001"}), [rule]) == [
        Clash("SOD-001", "pipeline and audit", ("PIP-001", "AUD-002"))
    ]
    assert clashes(frozenset({"PIP-001", "RPT-001"}), [rule]) == []


FUNCTIONS = st.sampled_from(["RPT-001", "RPT-002", "USR-001", "AUD-001"])
MOMENTS = st.sampled_from([GONE, NOW, LATER])
GROUPS = st.lists(
    st.builds(
        GroupHolding,
        st.sampled_from(["AGR-001", "AGR-002", "AGR-008"]),
        st.frozensets(FUNCTIONS),
        st.booleans(),
        st.none() | MOMENTS,
    ),
    max_size=4,
)
EXCEPTIONS = st.lists(
    st.builds(FunctionException, FUNCTIONS, st.sampled_from(["grant", "revoke"]), MOMENTS), max_size=5
)


@given(GROUPS, EXCEPTIONS, FUNCTIONS)
@pytest.mark.requirement("RF-025")
def test_a_live_revoke_always_wins(
    groups: list[GroupHolding], exceptions: list[FunctionException], function: str
) -> None:
    held = effective(groups=groups, exceptions=[*exceptions, revoke(function)], at=NOW)
    assert function not in held


@given(GROUPS, EXCEPTIONS)
def test_nothing_is_held_that_nothing_gives(groups: list[GroupHolding], exceptions: list[FunctionException]) -> None:
    given_somewhere = {name for group in groups for name in group.functions}
    given_somewhere |= {each.function for each in exceptions if each.effect == "grant"}
    assert effective(groups=groups, exceptions=exceptions, at=NOW) <= given_somewhere


@given(GROUPS, EXCEPTIONS)
@pytest.mark.requirement("RF-025")
def test_what_expired_changes_nothing(groups: list[GroupHolding], exceptions: list[FunctionException]) -> None:
    expired = [FunctionException(each.function, each.effect, GONE) for each in exceptions]
    assert effective(groups=groups, exceptions=[*exceptions, *expired], at=NOW) == effective(
        groups=groups, exceptions=exceptions, at=NOW
    )
