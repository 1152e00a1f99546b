"""Generated requests against every operation of the OpenAPI document, signed in: what they may and may not cause.

`python -m tests.gateway.fuzz --url http://127.0.0.1:8000 --token TOKEN [--cases 100000] [--seconds S] [--state FILE]`
against a system that nobody else uses (it writes) and that allows the rate: 0 answers of 500 and above, no hang, every
error a complete problem document, and at least 60 % of the cases reach a handler. With a state file a run that was
ended, or reached its time, goes on where it was. The last line is the report as JSON; the exit code says whether it
passed.
"""

import argparse
import copy
import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from shared.testing.plugin import ROOT

DOCUMENT = ROOT / "gateway" / "openapi.json"
HANG_S = 2.0
CASES_AT_ONCE = 8  # of one operation before the next one's turn
SENDERS = 2  # while one case is made others are answered; more would be refused where two may work at a time
PROGRESS_S = 10.0
REACHED_MIN = 0.6
FINDINGS_MAX = 50  # a broken system says the same thing thousands of times
PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "request_id"}
# Answers of the edge: whoever gets these has not reached a handler.
NOT_REACHED = frozenset({401, 404, 405, 429})
# Ours to set; generated ones would only sign the request out.
HEADERS_KEPT_OUT = frozenset({"authorization", "cookie", "host", "content-length", "connection", "x-iact-identity"})
# Things of the caller's own, by the parameter that names them: where they are made, and of what.
OWN: dict[str, tuple[str, dict[str, Any]]] = {
    "view_id": ("views", {}),
    "rule_id": ("alert-rules", {"definition": {"kind": "missing_data", "source_kind": "legacy", "age_minutes": 60}}),
    "schedule_id": (
        "schedules",
        {"calendar": {"every": "day", "at": "07:30"}, "report": "abandonment", "format": "csv"},
    ),
}
STOOD_BEFORE = {"user_id": re.compile(r"\d"), "group": re.compile("AGR-")}
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass
class Report:
    """What came back. `rounds` is how often each operation had its turn."""

    rounds: int = 0
    cases: int = 0
    reached: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    by_operation: dict[str, Counter[int]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    @property
    def reached_share(self) -> float:
        return self.reached / self.cases if self.cases else 0.0

    def verdict(self) -> list[str]:
        """Why this run did not pass; empty when it did."""
        wrong = list(self.findings)
        if self.reached_share < REACHED_MIN:
            wrong.append(f"only {self.reached_share:.0%} of {self.cases} cases reached a handler")
        return wrong

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """What `to_json` has written."""
        found = json.loads(text)
        statuses = _statuses(found.pop("statuses"))
        by_operation = {label: _statuses(each) for label, each in found.pop("by_operation").items()}
        return cls(**found, statuses=statuses, by_operation=by_operation)

    def to_json(self) -> str:
        return json.dumps(vars(self))


def _statuses(found: Mapping[str, int]) -> Counter[int]:
    return Counter({int(status): count for status, count in found.items()})


Progress = Callable[[Report], None]


def _say_nothing(_: Report) -> None:
    pass


class Fuzzer:
    """Sends generated cases over one client. `known` holds real values of path parameters by name, `report` what an
    earlier run found.
    """

    def __init__(
        self, client: httpx.Client, document: Mapping[str, Any], known: Mapping[str, Sequence[str]] = {}, *,
        hang_s: float = HANG_S, report: Report | None = None,
    ) -> None:  # fmt: skip
        self._client = client
        self._document = without_security(document)
        self._known = known
        self._hang_s = hang_s
        self.report = report or Report()
        self._made = self.report.cases
        self._lock = threading.Lock()
        self._under_way: set[Future[None]] = set()

    def run(
        self, cases: int, *, seeded: int = 0, seconds: float = float("inf"), progress: Progress = _say_nothing
    ) -> Report:
        """At least `cases` requests, as many for each operation, fewer when the time is over; the same for a seed."""
        schema = schemathesis.openapi.from_dict(self._document)
        operations = [_operation(found) for found in schema.get_all_operations()]
        strategies = [operation.as_strategy() for operation in operations]
        ends_at = time.monotonic() + seconds
        with ThreadPoolExecutor(SENDERS) as senders:
            while self.report.cases < cases:
                for operation, strategy in zip(operations, strategies, strict=True):
                    if time.monotonic() > ends_at:
                        self._settle()
                        return self.report
                    self._ask(operation, strategy, seeded + self.report.rounds, senders)
                    with self._lock:
                        progress(self.report)
                self._settle()
                self.report.rounds += 1
        return self.report

    def _ask(self, operation: Any, strategy: Any, seeded: int, senders: ThreadPoolExecutor) -> None:
        before = self._made

        @seed(seeded)
        @settings(
            max_examples=CASES_AT_ONCE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(strategy)
        def send(case: Any) -> None:
            self._hand_on(operation.label, case, senders)

        send()
        if self._made == before:
            # None of them could be written as HTTP.
            self._hand_on(operation.label, operation.Case(), senders)

    def _hand_on(self, label: str, case: Any, senders: ThreadPoolExecutor) -> None:
        """Have a case sent while the next one is made."""
        self._place(case)
        wanted = case.as_transport_kwargs(base_url=str(self._client.base_url).rstrip("/"))
        headers = {name: value for name, value in wanted["headers"].items() if name.lower() not in HEADERS_KEPT_OUT}
        body = wanted.get("data")
        given_body = {"params": wanted.get("params"), "json": wanted.get("json")}
        if isinstance(body, bytes | str):
            given_body["content"] = body
        try:
            request = self._client.build_request(
                wanted["method"], wanted["url"], headers=printable(headers), **given_body
            )
        except httpx.InvalidURL:
            return  # cannot be written as HTTP at all: the raw sockets of test_framing.py send such things
        self._made += 1
        if len(self._under_way) > SENDERS:
            self._settle(all_of_them=False)
        self._under_way.add(senders.submit(self._send, label, request, wanted))

    def _settle(self, *, all_of_them: bool = True) -> None:
        """Wait for answers; what went wrong in a sender is raised here."""
        how = ALL_COMPLETED if all_of_them else FIRST_COMPLETED
        done, self._under_way = wait(self._under_way, return_when=how)
        for each in done:
            each.result()

    def _send(self, label: str, request: httpx.Request, wanted: Mapping[str, Any]) -> None:
        started = time.monotonic()
        wrong = None
        answer = None
        try:
            answer = self._client.send(request)
        except httpx.TimeoutException:
            wrong = "no answer"
        except httpx.LocalProtocolError:
            return  # as with an address that cannot be written
        except httpx.HTTPError as error:
            wrong = f"the connection broke ({type(error).__name__})"
        elapsed_s = time.monotonic() - started
        with self._lock:
            self.report.cases += 1
            self.report.slowest_s = max(self.report.slowest_s, elapsed_s)
            if wrong is not None:
                self._find(label, wrong, wanted)
            if elapsed_s > self._hang_s:
                self._find(label, f"took {elapsed_s:.1f} s", wanted)
            if answer is not None:
                self._check(label, answer, wanted)

    def _place(self, case: Any) -> None:
        """Real ids in three of four cases: a made-up one tests little more than that nothing has it."""
        number = self._made
        for name, value in (case.path_parameters or {}).items():
            real = self._known.get(name)
            # What was there before stays: the caller is one of the people, and holds its rights by groups.
            there_before = STOOD_BEFORE.get(name)
            if real and (number % 4 or (there_before and there_before.match(str(value)))):
                # What is removed is none of those that the other operations ask for.
                kept = real[1:] if case.method == "DELETE" else real[:1] if name in OWN else real
                case.path_parameters[name] = (kept or real)[number % len(kept or real)]

    def _check(self, label: str, answer: httpx.Response, wanted: Mapping[str, Any]) -> None:
        status = answer.status_code
        self.report.statuses[status] += 1
        self.report.by_operation.setdefault(label, Counter())[status] += 1
        self.report.reached += status not in NOT_REACHED and not at_the_edge(answer)
        if status >= 500:
            self._find(label, f"answered {status}: {answer.text[:200]}", wanted)
        elif status >= 400 and (wrong := not_a_problem(answer)):
            self._find(label, f"answered {status} with {wrong}", wanted)

    def _find(self, label: str, what: str, wanted: Mapping[str, Any]) -> None:
        if len(self.report.findings) < FINDINGS_MAX:
            sent = {name: wanted.get(name) for name in ("method", "url", "params", "json", "data") if wanted.get(name)}
            self.report.findings.append(f"{label}: {what}; sent {str(sent)[:2000]}")


def _operation(found: Any) -> Any:
    """An operation of the document; one that cannot be understood raises what is wrong with it."""
    return found.ok()


def without_security(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as somebody sees it who is signed in already: credentials are no parameters."""
    made = copy.deepcopy(dict(document))
    made.pop("security", None)
    made.get("components", {}).pop("securitySchemes", None)
    for path in made["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            operation.pop("security", None)
            operation["parameters"] = [
                each
                for each in operation.get("parameters", [])
                if each.get("in") != "cookie" and each.get("name", "").lower() not in HEADERS_KEPT_OUT
            ]
    return made


def at_the_edge(answer: httpx.Response) -> bool:
    """Whether the gateway itself refused: an address that can be read in two ways."""
    return answer.status_code == 400 and b"urn:iact:problem:bad-path" in answer.content


def printable(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that a client library can write; odd ones are for raw sockets."""
    return {name: value for name, value in headers.items() if value.isascii() and value.isprintable()}


def not_a_problem(answer: httpx.Response) -> str | None:
    """What an error lacks of RFC 9457; None when it is complete."""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"content type {answer.headers.get('content-type')}"
    try:
        document = answer.json()
    except ValueError:
        return "a body that is not JSON"
    missing = PROBLEM_FIELDS - document.keys() if isinstance(document, dict) else PROBLEM_FIELDS
    if missing:
        return f"no {', '.join(sorted(missing))}"
    return None if document["status"] == answer.status_code else f"another status inside ({document['status']})"


def known_values(client: httpx.Client, *, people: int = 3) -> dict[str, list[str]]:
    """Real ids to ask for. What may be changed or blocked is made for it: never the caller, nor a group it holds."""

    def items(path: str, key: str) -> Iterator[str]:
        answer = client.get(f"/api/v1/{path}")
        document = answer.json() if answer.status_code == 200 else {}
        for each in document.get("items", document if isinstance(document, list) else []):
            if key in each:
                yield str(each[key])

    made, groups = [], []
    for number in range(people):
        stamp = f"{time.time_ns() % 10**9}_{number}"
        answer = client.post("/api/v1/users", json={"username": f"fuzz.{stamp}"})
        if answer.status_code == 201:
            made.append(str(answer.json()["user"]["id"]))
        answer = client.post("/api/v1/groups", json={"name": f"fuzz_{stamp}"})
        if answer.status_code == 201:
            groups.append(str(answer.json()["code"]))
    own: dict[str, list[str]] = {name: [] for name in OWN}
    for name, (path, body) in OWN.items():
        for number in range(people):
            answer = client.post(f"/api/v1/analytics/{path}", json={"name": f"fuzz {number}", **body})
            if answer.status_code == 201:
                own[name].append(str(answer.json()["id"]))
    return {
        **own,
        "user_id": made,
        "group": groups,
        "code": list(items("analytics/reports", "code")),
        "run_id": list(items("ivr/runs", "id")),
        "source_id": list(items("ivr/sources", "id")),
        "menu": list(items("ivr/menus", "menu"))[:20],
        "did": list(items("ivr/segments", "did"))[:20],
        "rule": list(items("separation-rules", "code")),
        "day": ["2025-07-01", "2025-12-25"],
    }


def summary(report: Report) -> dict[str, Any]:
    return {
        "cases": report.cases,
        "reached_share": round(report.reached_share, 3),
        "statuses": {str(status): count for status, count in sorted(report.statuses.items())},
        "slowest_s": round(report.slowest_s, 2),
        "passed": not report.verdict(),
    }


def progress_of(cases: int, state: Path | None) -> Progress:
    """Says every ten seconds how far the run is, and keeps the state."""
    started = said_at = time.monotonic()
    begun_with: int | None = None

    def tell(report: Report) -> None:
        nonlocal said_at, begun_with
        begun_with = report.cases if begun_with is None else begun_with
        now = time.monotonic()
        if now - said_at < PROGRESS_S:
            return
        said_at = now
        per_s = (report.cases - begun_with) / (now - started)
        left = f"{max(0, cases - report.cases) / per_s / 60:.0f} min left" if per_s else "nothing is answered"
        found = f"{report.reached_share:.1%} reach a handler, {len(report.findings)} findings"
        print(f"{report.cases} of {cases} cases, {per_s:.1f}/s, {found}, {left}", file=sys.stderr, flush=True)
        if state is not None:
            state.write_text(report.to_json(), encoding="utf-8")

    return tell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True, help="a personal token of somebody who may do everything")
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after this time")
    parser.add_argument("--state", type=Path, help="a file to go on from, and to keep what was found in")
    parser.add_argument("--hang-s", type=float, default=HANG_S)
    given_arguments = parser.parse_args()
    document = json.loads(Path(DOCUMENT).read_text(encoding="utf-8"))
    headers = {"authorization": f"Bearer {given_arguments.token}"}
    cases, state = given_arguments.cases, given_arguments.state
    before = Report.from_json(state.read_text(encoding="utf-8")) if state is not None and state.exists() else None
    with httpx.Client(base_url=given_arguments.url, headers=headers, trust_env=False, timeout=30) as client:
        fuzzer = Fuzzer(client, document, known_values(client), hang_s=given_arguments.hang_s, report=before)
        report = fuzzer.run(
            cases, seeded=given_arguments.seed, seconds=given_arguments.seconds, progress=progress_of(cases, state)
        )
    if state is not None:
        state.write_text(report.to_json(), encoding="utf-8")
    for label, statuses in sorted(report.by_operation.items()):
        print(f"{label:64} {dict(sorted(statuses.items()))}")
    wrong = report.verdict()
    print(*wrong, sep="\n")
    print(json.dumps(summary(report)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
