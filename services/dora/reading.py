"""Reads stored events into states: what each tells, and from everything told about a thing, how it stands now.

The state is a function of the set of events, so reading twice, in another order or after a crash ends the same.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.dora import store_events as store
from services.dora.entities import Kind, as_json, from_json, key_of, kind_of, merged, read_event
from services.dora.webhooks.told import Fact, Reading
from services.dora.webhooks.understand import Understood
from shared.postgres import Connection

REASON_CHARS_MAX = 500  # a sentence


@dataclass(frozen=True, slots=True)
class Read:
    """How one event was read: `about` are the kinds and names of what it told, `rules` the version it was read by."""

    understood: Understood
    about: tuple[tuple[Kind, str], ...]
    rules: str


async def read_events(
    conn: Connection, events: Sequence[Any], rules: Reading, *, again: bool = False
) -> dict[int, Read]:
    """Read events (`event_id`, `source`, `kind`, `received_at`, `headers`, `body`) within this transaction.

    `again`: they may have been read before; what they told then is forgotten first.
    """
    await store.lock_reading(conn)
    ids = [event["event_id"] for event in events]
    touched = {(row["kind"], row["entity_key"]) for row in (await store.forget_reading(conn, ids) if again else [])}
    found = {event["event_id"]: read_one(event, rules) for event in events}
    await _record(conn, found, touched)
    return found


async def read_unread(conn: Connection, events: Sequence[Any], rules: Reading) -> None:
    """Read those of the events that still wait to be read, whoever kept them, within this transaction."""
    await store.lock_reading(conn)
    left = set(await store.take_unread(conn, [event["event_id"] for event in events]))
    await read_events(conn, [event for event in events if event["event_id"] in left], rules, again=True)


async def record_unread(conn: Connection, found: Mapping[int, Read]) -> None:
    """Record how new events were read, by id, as far as they still wait for it, within this transaction."""
    await store.lock_reading(conn)
    left = await store.take_unread(conn, sorted(found))
    await _record(conn, {event_id: found[event_id] for event_id in sorted(left)}, set())


async def _record(conn: Connection, found: Mapping[int, Read], touched: set[tuple[Kind, str]]) -> None:
    """Write down how events were read, and bring up what they and earlier readings of them are about."""
    if not found:
        return
    await store.insert_readings(
        conn,
        [
            (event_id, each.understood.outcome, (each.understood.reason or "")[:REASON_CHARS_MAX] or None, each.rules)
            for event_id, each in found.items()
        ],
    )
    tellings = [
        (event_id, place, kind, key, as_json(fact))
        for event_id, each in found.items()
        for place, ((kind, key), fact) in enumerate(zip(each.about, each.understood.facts, strict=True))
    ]
    if tellings:
        await store.insert_tellings(conn, tellings)
    fresh = {
        (event_id, place): fact for event_id, each in found.items() for place, fact in enumerate(each.understood.facts)
    }
    await _bring_up(conn, touched | {about for each in found.values() for about in each.about}, fresh)


def read_one(event: Any, rules: Reading) -> Read:
    """What one event tells; pure."""
    understood = read_event(event, rules)
    return Read(
        understood, tuple((kind_of(fact), key_of(fact, event["event_id"])) for fact in understood.facts), rules.version
    )


async def _bring_up(conn: Connection, about: set[tuple[Kind, str]], fresh: Mapping[tuple[int, int], Fact]) -> None:
    """Write the states of these things from everything told about them; `fresh` is what was read just now."""
    if not about:
        return
    told: defaultdict[tuple[Kind, str], list[Fact]] = defaultdict(list)
    for row in await store.tellings_about(conn, sorted({kind for kind, _ in about}), sorted({key for _, key in about})):
        fact = fresh.get((row["event_id"], row["place"])) or from_json(row["kind"], row["told"])
        told[row["kind"], row["entity_key"]].append(fact)
    # In one order in every transaction, so that none waits for another's rows crosswise.
    states = [(key, merged(told[kind, key])) for kind, key in sorted(about) if (kind, key) in told]
    await store.upsert_states(conn, states)
    for kind in ("deployment", "incident", "pull_request"):
        gone = sorted(key for each, key in about if each == kind and (kind, key) not in told)
        if gone:
            await store.delete_states(conn, kind, gone)
