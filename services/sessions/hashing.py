"""argon2id off the event loop, in a pool of its own that refuses what it cannot serve soon.

The pool is small because each hash takes tens of MiB, and its queue is short so that a flood of sign-ins gets an
instant 503 and leaves the rest of the service alive.
"""

import asyncio
import contextlib
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from services.sessions.passwords import normal
from services.sessions.settings import Settings
from shared.errors import Unavailable

T = TypeVar("T")

SALT_BYTES = 16
HASH_BYTES = 32
LANES = 1  # more lanes only help an attacker's many cores on a machine with two
WAITING_MAX = 6  # with two at work this is half of what the service admits at once: look-ups keep the other half
RETRY_AFTER_S = 2
# Hashing takes whole cores for a tenth of a second: what answers in a millisecond goes first.
NICENESS = 10
USUAL_WEIGHT = 0.1  # of the newest verification in the moving mean: follows the load within ten of them


class SignInBusy(Unavailable):
    """Too many people are signing in at this moment; try again shortly."""


class Hasher:
    """Hashes and verifies passwords; `close` ends its threads."""

    def __init__(self, *, memory_mib: int, iterations: int, workers: int) -> None:
        self._argon2 = argon2(memory_mib, iterations)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="argon2", initializer=_yield_to_others)
        self._places = workers + WAITING_MAX
        # Verified when there is no hash to verify, so that an unknown name costs the same time.
        self._dummy = self._argon2.hash(secrets.token_hex(16))
        self._usual_s = self._time_once()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            memory_mib=settings.iact_argon2_memory_mib,
            iterations=settings.iact_argon2_iterations,
            workers=settings.iact_argon2_workers,
        )

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, taken before anything is counted against the person. SignInBusy when there is none."""
        if self._places == 0:
            raise SignInBusy(retry_after_s=RETRY_AFTER_S)
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1

    async def hash(self, password: str) -> str:
        """The encoded argon2id hash; the caller holds a place."""
        return await self._run(lambda: self._argon2.hash(normal(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right; one full verification also without a hash. The caller holds a place.

        A hash with weaker parameters of old is verified sooner, which would tell that the name exists: a refusal
        then waits for the rest of the usual time.
        """
        started = time.perf_counter()
        right = await self._run(lambda: self._verify(password_hash, password))
        elapsed_s = time.perf_counter() - started
        if not right and self._is_of_old(password_hash):
            await asyncio.sleep(max(0.0, self._usual_s - elapsed_s))
        elif not right:
            self._usual_s += (elapsed_s - self._usual_s) * USUAL_WEIGHT
        return right

    def outdated(self, password_hash: str) -> bool:
        """Whether this hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(password_hash)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _time_once(self) -> float:
        started = time.perf_counter()
        self._verify(None, "")
        return time.perf_counter() - started

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            self._argon2.verify(password_hash or self._dummy, normal(password))
        except InvalidHashError:
            # Whatever stands there is no hash; it must not be answered sooner for that.
            self._verify(None, password)
            return False
        except VerificationError:
            return False
        return password_hash is not None

    def _is_of_old(self, password_hash: str | None) -> bool:
        try:
            return password_hash is not None and self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _yield_to_others() -> None:
    """Linux gives every thread its own niceness; elsewhere it is the whole process's, and left alone.

    A process that gives way more than that already stays as it is: less is for root to ask, and nobody else. Where a
    filter refuses the call nobody's sign-in hangs on it: a pool ends with a thread that cannot begin.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, thread, max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))


def argon2(memory_mib: int, iterations: int) -> PasswordHasher:
    """The algorithm with our parameters, for whoever hashes one password outside the service."""
    return PasswordHasher(
        time_cost=iterations,
        memory_cost=memory_mib * 1024,
        parallelism=LANES,
        hash_len=HASH_BYTES,
        salt_len=SALT_BYTES,
        type=Type.ID,
    )
