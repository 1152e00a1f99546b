"""A refusal of what somebody may not do says which function is missing and the way out, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.problems import InsecureAddress
from shared.errors import Forbidden
from shared.identity import FunctionNeeded, Identity, Kind, need

pytestmark = pytest.mark.unit

CODES = ["RPT-001", "RPT-003", "USR-004", "AUD-001", "DOR-002"]
SETS = st.sets(st.sampled_from(CODES))


@given(held=SETS, wanted=SETS.filter(bool), kind=st.sampled_from(["user", "token", "display", "operator"]))
def test_whoever_lacks_a_function_is_told_which_and_what_to_do(held: set[str], wanted: set[str], kind: Kind) -> None:
    caller = Identity(kind=kind, user_id="7", username="ana", functions=frozenset(held), segment="puebla")
    asked = sorted(wanted)
    if held & wanted:
        need(caller, *asked)
        return
    with pytest.raises(FunctionNeeded) as refused:
        need(caller, *asked, what="Filtering")
    said = refused.value.detail
    assert said.startswith("Filtering needs the function ")
    assert set(re.findall(r"[A-Z]+-\d+", said)) == wanted  # not what else the caller holds
    assert ("whoever administers permissions" in said) == (kind in {"user", "operator"})
    assert ("token" in said) == (kind in {"token", "display"})
    assert "ana" not in said
    assert "puebla" not in said


def test_a_refusal_has_a_kind_of_its_own_and_is_still_a_403() -> None:
    with pytest.raises(Forbidden) as refused:
        need(Identity(kind="user"), "RPT-001")
    body = refused.value.body(instance="/", request_id="r")
    assert (body["status"], body["type"]) == (403, "urn:iact:problem:function-needed")


def test_a_sentence_of_two_lines_is_said_in_one() -> None:
    assert "\n" not in InsecureAddress().detail
    assert "  " not in InsecureAddress().detail
