"""How run_all_tests.sh runs a suite: what it sets, says and ends with, quietly and with --verbose."""

import re
import subprocess
from pathlib import Path

import pytest

from shared.testing.plugin import ROOT

pytestmark = pytest.mark.unit
# From the lists of results to the end of the last function about one suite.
SUITES = re.search(
    r"^NAMES=\(\).*?^verdict\(\) \{.*?^\}$",
    (ROOT / "scripts" / "run_all_tests.sh").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
SCRIPT = """
finds_node() { export NODE=found; echo "node is there"; }
fails() { echo "what broke" >&2; return 3; }
suite packages finds_node
suite page fails
echo "NODE=$NODE FAILED=$FAILED RESULTS=${RESULTS[*]}"
"""


@pytest.mark.parametrize("verbose", ["", "yes"])
def test_a_suite_sets_things_for_those_after_it(verbose: str, tmp_path: Path) -> None:
    assert SUITES is not None
    settings = f"VERBOSE={verbose} SCRATCH={tmp_path} LOG_LINES=5\n"
    command = ["/usr/bin/env", "bash", "-c", settings + SUITES[0] + SCRIPT]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[-1] == "NODE=found FAILED=1 RESULTS=passed FAILED"
    assert ("node is there" in lines) is bool(verbose)
    assert "what broke" in lines
    assert re.search(r"page: FAILED after \d+ s \(exit 3\)", done.stdout)
