"""One attempt to prove a password: counted before it is checked, so that parallel guesses cannot outrun the count."""

from dataclasses import dataclass
from typing import Literal

from services.sessions import throttle
from services.sessions.store import sign_in as store
from services.sessions.throttle import ACCOUNT_POLICY, EVERYWHERE, NETWORK_POLICY, Network, Verdict
from shared.errors import TooManyRequests
from shared.postgres import Connection

Purpose = Literal["sign_in", "password_change", "reauthentication"]


class TooManyAttempts(TooManyRequests):
    """Too many attempts to sign in have failed; wait as long as Retry-After says."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt on a name from a network, judged and, if admitted, counted as a failure until it succeeds."""

    key: bytes
    network: Network
    subject: store.Subject
    verdict: Verdict


async def begin(
    conn: Connection, *, key: bytes, username: str, network: Network, purpose: Purpose = "sign_in"
) -> Attempt:
    """Judge and count one attempt; each purpose has counters of its own."""
    account_key = throttle.account_key(key, f"{purpose}:{username}")
    subject = await store.subject(conn, username, network)
    by_network, by_account = await store.lock_counters(conn, account_key, network)
    # Whoever changes a password has a session already; a stolen one must not buy a hundred guesses.
    known = subject.known and purpose == "sign_in"
    verdict = throttle.judge(network=by_network, account=by_account, known=known, at=subject.at)
    if verdict.admitted:
        counted = throttle.count(by_network, NETWORK_POLICY, subject.at)
        await store.store_counter(conn, account_key, network, counted)
        if not known:
            counted = throttle.count(by_account, ACCOUNT_POLICY, subject.at)
            await store.store_counter(conn, account_key, EVERYWHERE, counted)
    return Attempt(account_key, network, subject, verdict)


async def succeed(conn: Connection, attempt: Attempt) -> None:
    """Take the counting back: the owner was right."""
    await store.clear_counter(conn, attempt.key, attempt.network)
    if not attempt.subject.known:
        # From a known network this counter is left alone: it is about strangers, who may be guessing right now.
        await store.clear_counter(conn, attempt.key, EVERYWHERE)
