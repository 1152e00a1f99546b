import asyncio
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from services.sessions.hashing import NICENESS, WAITING_MAX, Hasher, SignInBusy, argon2
from shared.testing.plugin import ROOT

pytestmark = pytest.mark.unit


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    made = Hasher(memory_mib=19, iterations=2, workers=2)
    yield made
    made.close()


async def test_argon2id_with_our_parameters(hasher: Hasher) -> None:
    encoded = await hasher.hash("siete caballos miran el lago")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(encoded, "siete caballos miran el lago")
    assert not await hasher.verify(encoded, "siete caballos miran el rio")


async def test_the_same_characters_from_another_keyboard(hasher: Hasher) -> None:
    encoded = await hasher.hash("ñandú pájaro")
    assert await hasher.verify(encoded, "n\u0303andu\u0301 pa\u0301jaro")


@pytest.mark.parametrize("password_hash", [None, "", "not a hash", "$argon2id$v=19$m=8"])
async def test_without_a_usable_hash_nothing_is_right(hasher: Hasher, password_hash: str | None) -> None:
    assert not await hasher.verify(password_hash, "whatever it is")


async def test_an_unknown_name_costs_one_verification_too(hasher: Hasher, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = await hasher.hash("siete caballos miran el lago")
    parameters = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, hashed: str, password: str) -> bool:
        parameters.append(extract_parameters(hashed) if hashed.startswith("$") else None)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    for password_hash in (encoded, None, "unusable"):
        assert not await hasher.verify(password_hash, "wrong password here")
    assert parameters[0] == parameters[1]
    assert parameters[2:] == [None, parameters[0]], "what is no hash is tried, and then the dummy"


async def test_a_hash_of_old_is_refused_no_sooner_than_one_of_today(hasher: Hasher) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("siete caballos miran el lago")
    today = await hasher.hash("siete caballos miran el lago")

    async def refusal_s(password_hash: str) -> float:
        started = time.perf_counter()
        assert not await hasher.verify(password_hash, "wrong password here")
        return time.perf_counter() - started

    # By turns: what else the machine does slows both down alike.
    pairs = [(await refusal_s(weak), await refusal_s(today)) for _ in range(9)]
    of_weak, of_today = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert of_weak > 0.5 * of_today, "without the wait it is a hundredth"
    assert await hasher.verify(weak, "siete caballos miran el lago"), "the right one opens at once"


def test_a_hash_with_other_parameters_is_outdated(hasher: Hasher) -> None:
    assert hasher.outdated(argon2(20, 2).hash("x"))
    assert not hasher.outdated(argon2(19, 2).hash("x"))


async def test_a_full_queue_refuses_at_once_and_opens_again(hasher: Hasher) -> None:
    async def sign_in() -> bool:
        with hasher.place():
            return await hasher.verify(None, "x")

    answers = await asyncio.gather(*(sign_in() for _ in range(30)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, SignInBusy)]
    assert len(refused) == 30 - (2 + WAITING_MAX)
    assert refused[0].status == 503
    assert refused[0].headers["Retry-After"] == "2"
    assert await sign_in() is False


async def test_the_event_loop_stays_free(hasher: Hasher, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, hashed: str, password: str) -> bool:
        threads.add(threading.get_ident())
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    await asyncio.gather(*(hasher.verify(None, "x") for _ in range(4)))
    assert threads
    assert threading.get_ident() not in threads


OWN_AND_HASHING = """
import asyncio, os, threading
from services.sessions.hashing import Hasher
ask = lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
hasher = Hasher(memory_mib=19, iterations=2, workers=2)
print(ask(), asyncio.run(hasher._run(ask)))
"""


REFUSED = """
import asyncio, os
from services.sessions.hashing import Hasher
def refuse(*_): raise PermissionError(1, "Operation not permitted")
os.setpriority = refuse
hasher = Hasher(memory_mib=19, iterations=2, workers=2)
async def main():
    hashed = await hasher.hash("x" * 12)
    print(await hasher.verify(hashed, "x" * 12), await hasher.verify(hashed, "y" * 12))
asyncio.run(main())
"""


def test_hashing_goes_on_where_it_may_not_say_that_it_gives_way() -> None:
    """As in a unit whose filter refuses the call: every sign-in failed."""
    done = subprocess.run([sys.executable, "-c", REFUSED], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
@pytest.mark.parametrize("started_at", [0, 5, 15])
def test_hashing_goes_after_what_answers_in_a_millisecond(started_at: int) -> None:
    """And never before it: a service that gives way to others already may not be let go faster, nor may it ask to."""
    command = ["nice", "-n", str(started_at), sys.executable, "-c", OWN_AND_HASHING]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    own, hashing = map(int, done.stdout.split())
    assert own >= started_at
    assert hashing == max(NICENESS, own)
