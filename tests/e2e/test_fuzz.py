"""Every operation of the API, signed in, with what a generator thinks of: no answer of 500 and above, no hang.

How many were asked and how many of them reached a handler is shown; `python -m tests.gateway.fuzz --cases 100000` asks
for as many as one likes.
"""

import json
import time

import httpx
import pytest

from tests.e2e.conftest import running_system
from tests.gateway.fuzz import DOCUMENT, OWN, Fuzzer, known_values, summary

pytestmark = pytest.mark.e2e

CASES = 5_000  # about a minute on a quiet machine
ENDS_S = 1200.0
HANG_S = 10.0  # two seconds by command on a quiet machine; here other tests share the cores
# One caller asks as fast as it can: the rates are out of its way, everything else is as shipped.
RATES = {
    f"IACT_RATE_{kind}_{what}": "1000000" for kind in ("SESSION", "TOKEN", "ADDRESS") for what in ("PER_S", "BURST")
}


@pytest.mark.timeout(ENDS_S)
def test_generated_requests_break_nothing() -> None:
    with running_system(RATES) as system:
        made = system.iact("token", "create", "--username", system.username)
        assert made.returncode == 0, made.stderr
        headers = {"authorization": f"Bearer {made.stdout.split()[-1]}"}
        with httpx.Client(base_url=system.url, headers=headers, trust_env=False, timeout=60) as client:
            known = known_values(client)
            assert known["user_id"]
            assert known["group"]
            assert all(known[name] for name in OWN)
            assert known["run_id"]
            fuzzer = Fuzzer(client, json.loads(DOCUMENT.read_text(encoding="utf-8")), known, hang_s=HANG_S)
            started = time.monotonic()
            report = fuzzer.run(CASES)
            print(json.dumps(summary(report)), f"in {time.monotonic() - started:.0f} s")  # with -s, and when it fails
            assert report.verdict() == [], "\n".join(report.verdict())
            assert report.cases >= CASES
            assert client.get("/api/v1/users").status_code == 200, "still signed in, still there"
            assert client.get("/health/ready").status_code == 200
