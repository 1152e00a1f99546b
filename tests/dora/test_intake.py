"""What stands in front of the framework and takes deliveries: the gateway's word, ids, limits, and who hangs up."""

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.dora import intake
from services.dora.intake import IN_FLIGHT_MAX, Gate, Intake
from services.dora.keeping import Delivery, Kept
from services.dora.webhooks.signatures import Secrets
from shared.identity import ANONYMOUS, HEADER, InvalidIdentity, LazyVerifier, Signer, rotate_key_pair
from tests.dora import samples

pytestmark = pytest.mark.unit

ADDRESS = "/api/v1/dora/webhooks/jenkins"


class SlowKeeper:
    """Keeps nothing until it is let."""

    def __init__(self) -> None:
        self.came: list[Delivery] = []
        self.let = asyncio.Event()
        self.full = asyncio.Event()

    async def keep(self, delivery: Delivery) -> Kept | None:
        self.came.append(delivery)
        if len(self.came) == IN_FLIGHT_MAX:
            self.full.set()
        await self.let.wait()
        return None


class Front:
    """The intake with nothing behind it, asked as a server would ask it."""

    def __init__(self, secrets_dir: Path) -> None:
        (secrets_dir / "webhook_secret_jenkins").write_bytes(samples.SECRET)
        self.keeper = SlowKeeper()
        self.passed: list[str] = []
        self.statement = Signer.load(secrets_dir).sign(ANONYMOUS, "dora")
        verifier = LazyVerifier(secrets_dir, "dora")
        desk = SimpleNamespace(keeper=self.keeper, secrets=Secrets(secrets_dir))
        self.intake = Intake(self._behind, service="dora", state=SimpleNamespace(desk=desk, verifier=verifier))

    async def _behind(self, scope: Any, _receive: Any, _send: Any) -> None:
        self.passed.append(scope["path"])

    async def send(
        self, *messages: dict[str, Any], path: str = ADDRESS, query: bytes = b"", method: str = "POST"
    ) -> Any:
        """Status, headers and document of the answer; None when there is none."""
        headers = {HEADER.lower(): self.statement, "authorization": f"Bearer {samples.SECRET.decode()}"}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
        coming = iter(messages or [{"type": "http.request", "body": b"{}"}])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return next(coming)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.intake(scope, receive, send)  # type: ignore[arg-type] # plain callables, as a server has them
        return (sent[0]["status"], dict(sent[0]["headers"]), json.loads(sent[1]["body"])) if sent else None


@pytest.fixture
def front(identity_keys: Path) -> Front:
    return Front(identity_keys)


async def test_one_more_than_may_be_under_way_is_told_to_come_again(front: Front) -> None:
    waiting = [asyncio.create_task(front.send()) for _ in range(IN_FLIGHT_MAX)]
    await asyncio.wait_for(front.keeper.full.wait(), 60)
    status, headers, problem = await front.send()
    assert (status, headers[b"retry-after"], headers[b"content-type"]) == (503, b"1", b"application/problem+json")
    assert problem["request_id"] == headers[b"x-request-id"].decode()
    assert problem["instance"] == ADDRESS
    front.keeper.let.set()
    assert {answer[0] for answer in await asyncio.gather(*waiting)} == {202}
    assert (await front.send())[0] == 202  # and the places are free again


async def test_everything_else_passes(front: Front) -> None:
    for changed in ({"method": "GET"}, {"query": b"a=1"}, {"path": "/api/v1/dora/webhooks/cvs"}, {"path": "/x"}):
        assert await front.send(**changed) is None
    assert len(front.passed) == 4
    assert front.keeper.came == []


async def test_body_in_pieces_is_one_and_half_a_body_is_none(front: Front) -> None:
    front.keeper.let.set()
    pieces = [{"type": "http.request", "body": piece, "more_body": piece != b"}"} for piece in (b"{", b'"a": 1', b"}")]
    assert (await front.send(*pieces))[0] == 202
    assert front.keeper.came.pop().body == b'{"a": 1}'
    assert await front.send(pieces[0], {"type": "http.disconnect"}) is None
    assert front.keeper.came == []
    assert not +front.intake.in_flight


async def test_what_breaks_is_a_problem_without_its_reason(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("nobody may see this")

    monkeypatch.setattr(intake, "accept", broken)
    status, _, problem = await front.send()
    assert status == 500
    assert "nobody" not in json.dumps(problem)


async def test_statement_of_nobody_is_refused(front: Front) -> None:
    front.statement = "x"
    assert (await front.send())[0] == 401
    assert front.keeper.came == []


def test_gate_remembers_for_seconds_and_never_beyond_the_end(identity_keys: Path) -> None:
    statement = Signer.load(identity_keys).sign(ANONYMOUS, "dora")
    gate = Gate(LazyVerifier(identity_keys, "dora"))
    now = time.time()
    for _ in range(2):
        gate.check(statement, now)
    for _ in range(2):  # by now the key that signed it is not accepted any more
        rotate_key_pair(identity_keys)
    gate.check(statement, now)
    for later in (now + intake.REMEMBERED_S, now + 3_600):
        with pytest.raises(InvalidIdentity):
            gate.check(statement, later)
    for missing in (None, "", "x", statement + "x"):
        with pytest.raises(InvalidIdentity):
            gate.check(missing, now)
