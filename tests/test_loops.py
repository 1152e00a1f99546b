"""Rounds of endless loops: an outage is waited out, a failure is told once a minute, a cancellation ends the loop."""

import asyncio

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.loops import TELL_AGAIN_S, Rounds
from shared.postgres import DatabaseUnavailable
from shared.tasks import FAILURES

pytestmark = pytest.mark.unit


def fail(rounds: Rounds, error: BaseException) -> None:
    with rounds:
        raise error


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (OSError("no route"), "warning"),
        (DatabaseUnavailable(), "warning"),
        (asyncpg.InternalClientError("cannot switch to state 15"), "warning"),
        (asyncpg.InterfaceError("connection is closed"), "warning"),
        (asyncpg.QueryCanceledError("statement timeout"), "error"),
        (ValueError("a row that nobody understands"), "error"),
    ],
)
def test_what_a_round_raises_is_told_and_ends_it_only(error: Exception, level: str) -> None:
    rounds, counted = Rounds("sealing"), FAILURES.labels("sealing")
    before = counted._value.get()
    with capture_logs() as written:
        fail(rounds, error)
    assert counted._value.get() - before == (level == "error")
    assert [line["log_level"] for line in written] == [level]
    assert written[0]["event"].startswith("sealing: ")


def test_the_same_is_told_once_a_minute_and_something_new_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr("shared.loops.time.monotonic", lambda: now)
    rounds = Rounds("sealing")
    with capture_logs() as written:
        for _ in range(3):
            fail(rounds, ValueError("a row"))
        fail(rounds, KeyError("another"))
        now += TELL_AGAIN_S
        fail(rounds, KeyError("another"))
        rounds.well()
        fail(rounds, KeyError("another"))
        with rounds:
            pass
        fail(rounds, KeyError("another"))
    assert [type(line["exc_info"]).__name__ for line in written] == ["ValueError", *4 * ["KeyError"]]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), KeyboardInterrupt()])
def test_a_cancellation_goes_on(error: BaseException) -> None:
    with pytest.raises(type(error)):
        fail(Rounds("sealing"), error)
