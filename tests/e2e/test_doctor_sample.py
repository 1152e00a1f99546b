"""`iact doctor` has nothing to advise about a sample that was just brought up."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import running_system
from tests.e2e.system import RunningSystem

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def sample() -> Iterator[RunningSystem]:
    """A system of its own: others read files into the common one."""
    with running_system() as system:
        yield system


@pytest.mark.requirement("RF-051")
def test_a_fresh_sample_gets_no_advice(sample: RunningSystem) -> None:
    told = sample.iact("doctor", "--json")
    # Room on the disk is the machine's, and has nothing to do with the sample.
    findings = [each for each in json.loads(told.stdout)["findings"] if each["check"] != "disk"]
    assert [each for each in findings if each["way_out"] or each["severity"] not in {"good", "note"}] == []
    ends = {each["what"].split()[0]: each["severity"] for each in findings if each["check"] == "freshness"}
    assert ends == {"legacy": "note", "queues": "note"}
